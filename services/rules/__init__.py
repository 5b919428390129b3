"""Rules that more than one service folds by: pure, imported by any of them.

A service knows the others through topics alone. What an obstacle's steps come to
is no service's secret, though: coordination records it, appraisal counts it at a
cut-off. So the rule is said once, here.
"""
