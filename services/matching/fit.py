"""Fit the table of term weights: ``python -m services.matching.fit``.

The corpus is the field's own: the made-up opportunity list of another seed
than the demo's, since no real list is public. Run it only to make a new
version of the scorer.
"""

import sys
from collections import Counter
from math import log

from services.demo.opportunities import entries
from services.matching.table import VERSION
from services.matching.text import terms

_SEED = 1070
_LEAST = 2  # a term of a single text says nothing about the field


def main() -> None:
    """Write the table to standard output."""
    texts = [f"{entry.title} {entry.content}" for _, entry in entries(_SEED)]
    seen = Counter(term for text in texts for term in terms(text))
    out = sys.stdout
    out.write(
        f"# {VERSION}: term weights, 100 ln((N + 1) / (n + 0.5)), from N = "
        f"{len(texts)} texts:\n"
        f"# services.demo.opportunities.entries({_SEED}), by services.matching.fit\n"
    )
    out.write(f"*\t{_weight(len(texts), 1)}\n")
    for term, count in sorted(seen.items()):
        if count >= _LEAST:
            out.write(f"{term}\t{_weight(len(texts), count)}\n")


def _weight(texts: int, containing: int) -> int:
    return round(100 * log((texts + 1) / (containing + 0.5)))


if __name__ == "__main__":
    main()
