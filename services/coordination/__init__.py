"""Coordination: one joint record per subject, whatever the parties' order.

Consumes  the trusted statements about projects, policies, enterprises' plans and
          industry chains, keyed by subject.
Decides   what the members' statements amount to: what is settled, disputed or
          said by one; how far each chain of steps has come, and who is next.
Emits     the subject's record on the topic of its domain, and an objection to
          whoever said what has no effect.
"""
