"""Matching: the supply and demand of a pool, paired as well as can be.

Consumes  the trusted statements about opportunities (published, revised,
          withdrawn, match accepted, match declined), a pool in one partition.
Decides   which pairs are possible, what each is worth and why, and the one
          pairing of the pool that is worth most.
Emits     pairing.recorded for each entry whose pairing changed, pool.recorded
          with the certificate that no better pairing exists.

The flow: ``text`` → ``table`` → ``scorer`` (what is a pair worth) →
``assignment`` (which pairs) → ``certificate`` (why no better) → ``pool`` (the
life of entries and answers) → ``handlers``.
"""
