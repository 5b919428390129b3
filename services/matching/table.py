"""The frozen, versioned table of term weights.

A score may depend on its two entries and this table alone: with weights that
followed the entries, every event would change every score. A new table is a
new version of the scorer, and one full re-solve.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import log
from pathlib import Path
from statistics import median_low

VERSION = "lexical-6"
_POWER = 0.65
_FILE = Path(__file__).with_name(f"{VERSION}.tsv")


@dataclass(frozen=True)
class Table:
    """Integer weights by term, see ``weight_of``.

    Attributes:
        digest: of the file, so that two machines know they score alike.
        unseen: the weight of a term that the corpus does not have: the median, for
            most are rare in any corpus and some are names that mean nothing.
    """

    digest: str
    unseen: int
    weights: dict[str, int]

    @classmethod
    def fitted(cls, counts: Mapping[str, int], texts: int) -> "Table":
        """Make a table from how many of so many texts hold each term."""
        weights = {term: weight_of(texts, count) for term, count in counts.items()}
        return cls("", median_low(weights.values()), weights)

    def __getitem__(self, term: str) -> int:
        """The weight of a term, seen or not."""
        return self.weights.get(term, self.unseen)


def weight_of(texts: float, containing: float) -> int:
    """Returns the weight of a term that n of N texts hold: 100 ln((N+1)/(n+½))^0.65.

    With the logarithm itself a few rare terms decide alone (docs/decisions/0025).
    """
    rarity = log((texts + 1) / (containing + 0.5))
    return round(100 * float(rarity**_POWER))


@cache
def load() -> Table:
    """Read the committed table; its head says where it comes from."""
    raw = _FILE.read_bytes()
    lines = raw.decode().splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    weights = {term: int(weight) for term, weight in pairs}
    return Table(sha256(raw).hexdigest()[:16], weights.pop("*"), weights)
