"""Coordination: one joint record per subject, whatever the parties' order.

Consumes  the trusted statements about projects (with their progress and
          obstacles), policies, plans of enterprises, industry chains, challenges
          and indicators, keyed by subject.
Decides   what the members' statements come to: which fields are settled, which
          steps are open and to whom, who is ahead.
Emits     one record a subject on the topic of its domain; notice.issued where
          a statement has no effect.
"""
