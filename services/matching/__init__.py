"""Matching: the supply and demand of a pool, paired as well as can be.

Consumes  twincity.opportunity.statements: entries published, revised, withdrawn, and
          what owners answer to pairs; a pool in one partition.
Decides   what owners have agreed; which other pairs are possible, what each is
          worth and why, and the one pairing of the rest that is worth most.
Emits     twincity.matching.records: pairing.recorded for each entry, price.recorded
          and pool.recorded, which prove with twincity.matching.candidates that no
          better pairing exists; twincity.receipts.<party>: notice.issued.

The flow: ``text`` → ``table``, ``senses`` → ``scorer`` (what is a pair worth) →
``candidates`` (compared with the list) → ``rows`` (the best of each demand) →
``assignment`` (which pairs) → ``prices`` (why no better; ``certificate``);
``entries`` → ``lifecycle`` → ``agreements`` → ``owners`` (what was said) → ``pool`` →
``telling``.
"""
