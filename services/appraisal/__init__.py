"""Appraisal: what the statements about many subjects add up to.

Consumes  twincity.{project,dispatch,board,cluster}.statements: progress, obstacles, who
          is on a project; what was called, opened and decided.
Decides   who had reported by a cut-off and who is silent; the red and black
          boards by published rules; what came after a cut-off, and what an appeal
          puts right; what follows for a unit, until it has left the black board;
          the progress of clusters and areas, a month at a time.
Emits     twincity.appraisal.records: dispatch.recorded with line, decision, site,
          drill and amendment.recorded; board.recorded with standing, appeal, amendment,
          rectification and incentive.recorded; cluster.recorded with
          membership.recorded;
          twincity.receipts.<party>: notice.issued where a statement has no effect.

One shard: a board spans projects of every partition.
"""
