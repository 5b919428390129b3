"""Fit the table of term weights: ``python -m services.matching.fit``.

The corpus is the field's own: the made-up opportunity list of another seed
than the demo's, since no real list is public. The names of places weigh
nothing: where an entry is, its region says, and two entries of one street have
not a word in common by that. Run it only to make a new version of the scorer.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.demo.opportunities import entries
from services.matching.table import VERSION, weight_of
from services.matching.text import terms

_SEED = 1070
_LEAST = 2  # a term of a single text says nothing about the field
_PLACES = Path(__file__).parents[1] / "demo" / "vocabulary.toml"


def main() -> None:
    """Write the table to standard output."""
    texts = [f"{entry.title} {entry.content}" for _, entry in entries(_SEED)]
    seen = Counter(term for text in texts for term in set(terms(text)))
    out = sys.stdout
    out.write(
        f"# {VERSION}: term weights, 100 ln((N + 1) / (n + 0.5)), from N = "
        f"{len(texts)} texts:\n"
        f"# services.demo.opportunities.entries({_SEED}), by services.matching.fit\n"
        "# 0: part of a place name.\n"
    )
    out.write(f"*\t{weight_of(len(texts), 1)}\n")
    places = set(_place_terms())
    for term in sorted(places | {t for t, count in seen.items() if count >= _LEAST}):
        weight = 0 if term in places else weight_of(len(texts), seen[term])
        out.write(f"{term}\t{weight}\n")


def _place_terms() -> Iterator[str]:
    districts = tomllib.loads(_PLACES.read_text("utf-8"))["district"]
    for of_party in districts.values():
        for names in of_party.values():
            for name in names:
                # Its single characters are words of their own elsewhere.
                yield from (term for term in terms(name) if len(term) > 1)


if __name__ == "__main__":
    main()
