"""Appraisal: what the statements about many subjects add up to.

Consumes  the trusted statements about projects (progress, obstacles), and about
          dispatches, boards and clusters.
Decides   who had reported by a cut-off and who is silent; the red and black
          boards by published rules; the progress of clusters and areas.
Emits     dispatch.recorded, board.recorded, cluster.recorded; notice.issued
          where a statement has no effect.

One shard: a board spans projects of every partition.
"""
