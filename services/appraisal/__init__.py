"""Appraisal: what the statements about many subjects add up to.

Consumes  the trusted statements about projects (progress, obstacles, who is in
          them), and about dispatches, boards and clusters.
Decides   who had reported by a cut-off and who is silent; the red and black
          boards by published rules; what came after a cut-off, and what an appeal
          puts right; the progress of clusters and areas, a month at a time.
Emits     dispatch.recorded with line, decision and amendment.recorded;
          board.recorded with standing, appeal and amendment.recorded;
          cluster.recorded with membership.recorded; notice.issued where a
          statement has no effect.

One shard: a board spans projects of every partition.
"""
