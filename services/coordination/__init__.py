"""Coordination: one joint record per project, whatever the parties' order.

Consumes  the trusted statements about projects (described, endorsed, declined,
          withdrawn, progress reported), keyed by subject.
Decides   field by field whether the members agree: settled, disputed, single;
          and what their monthly reports add up to.
Emits     project.recorded on the topic of the project's domain.
"""
