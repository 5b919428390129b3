"""Matching: the supply and demand of a pool, paired as well as can be.

Consumes  the trusted statements about opportunities (published, revised,
          withdrawn, and what owners answer to pairs), a pool in one partition.
Decides   what owners have agreed; which other pairs are possible, what each is
          worth and why, and the one pairing of the rest that is worth most.
Emits     pairing.recorded for each entry; candidates.recorded and price.recorded,
          which prove with pool.recorded that no better pairing exists.

The flow: ``text`` → ``table`` → ``scorer`` (what is a pair worth) → ``rows`` (the
best of each demand) → ``assignment`` (which pairs) → ``certificate`` (why no better);
``entries`` → ``life`` → ``agreements`` (what owners said) → ``pool`` → ``telling``.
"""
