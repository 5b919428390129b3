"""The frozen, versioned table of term weights.

A score may depend on its two entries and this table alone: with weights that
followed the entries, every event would change every score. A new table is a
new version of the scorer, and one full re-solve.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

VERSION = "lexical-7"
_FILE = Path(__file__).with_name(f"{VERSION}.tsv")


@dataclass(frozen=True)
class Table:
    """Integer weights by term, as ``tools/matching/fit.py`` made them.

    Attributes:
        digest: of the file, so that two machines know they score alike.
        unseen: the weight of a term that the corpus does not have: the median, for
            most are rare in any corpus and some are names that mean nothing.
    """

    digest: str
    unseen: int
    weights: dict[str, int]

    def __getitem__(self, term: str) -> int:
        """The weight of a term, seen or not."""
        return self.weights.get(term, self.unseen)


@cache
def load() -> Table:
    """Read the committed table; its head says where it comes from."""
    raw = _FILE.read_bytes()
    lines = raw.decode().splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    weights = {term: int(weight) for term, weight in pairs}
    return Table(sha256(raw).hexdigest()[:16], weights.pop("*"), weights)
