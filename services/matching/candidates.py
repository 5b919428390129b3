"""The entries of a pool, compared with one of them.

An index from terms to entries gives the inner products of the texts with all of them at
once, the same whole numbers as scoring them one by one. Entries of one direction or of
need types that do not go together never meet, so each kind has an index of its own:
over dictionaries, and over arrays once it is large, where numpy is installed (the extra
«scale»).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Protocol

from services.matching.likeness import share
from services.matching.scorer import KINDRED, LIKENESS, Prepared, meaning
from twincity_schemas.opportunity import Direction, NeedType

_OTHER = {
    Direction.DEMAND: Direction.SUPPLY,
    Direction.SUPPLY: Direction.DEMAND,
}
LARGE = 200
"""Entries up to which dictionaries are as quick as arrays."""
_Sort = tuple[Direction, NeedType]
Compared = tuple[int, Prepared]
"""How alike the texts are, and the other entry."""


class TextIndex(Protocol):
    """The entries of one direction and need type."""

    def add(self, own: Prepared) -> None:
        """List an entry that is not listed."""

    def remove(self, subject: str) -> None:
        """Take an entry off that is listed."""

    def compared(self, own: Prepared) -> Iterator[Compared]:
        """Each listed entry, and how alike one of the other direction is to it."""


class ByTerm:
    """An index in pure Python."""

    def __init__(self) -> None:
        self.entries: dict[str, Prepared] = {}
        self._holding: dict[str, dict[str, int]] = defaultdict(dict)

    def add(self, own: Prepared) -> None:
        """See ``TextIndex``."""
        self.entries[own.subject] = own
        for term, weight in own.text.weights.items():
            self._holding[term][own.subject] = weight

    def remove(self, subject: str) -> None:
        """See ``TextIndex``."""
        for term in self.entries.pop(subject).text.weights:
            holding = self._holding[term]
            del holding[subject]
            if not holding:
                del self._holding[term]

    def compared(self, own: Prepared) -> Iterator[Compared]:
        """See ``TextIndex``."""
        products: Counter[str] = Counter()
        for term, weight in own.text.weights.items():
            if term in self._holding:
                for subject, theirs in self._holding[term].items():
                    products[subject] += weight * theirs
        for subject, other in self.entries.items():
            words = share(products[subject], own.text, other.text, LIKENESS)
            yield words + meaning(own, other), other


def grown(index: ByTerm) -> TextIndex:
    """The same index over arrays, where numpy is installed."""
    if find_spec("numpy") is None:
        return index
    from services.matching.columns import Columns  # noqa: PLC0415  an extra

    columns = Columns()
    for own in index.entries.values():
        columns.add(own)
    return columns


class CandidateIndex:
    """The entries on a pool's list."""

    def __init__(self) -> None:
        self._indexes: dict[_Sort, TextIndex] = defaultdict(ByTerm)
        self._where: dict[str, _Sort] = {}

    def add(self, own: Prepared) -> None:
        """List an entry, in place of what was listed under its subject."""
        self.remove(own.subject)
        sort = self._where[own.subject] = own.entry.direction, own.entry.need_type
        index = self._indexes[sort]
        index.add(own)
        if isinstance(index, ByTerm) and len(index.entries) > LARGE:
            self._indexes[sort] = grown(index)

    def remove(self, subject: str) -> None:
        """Take an entry off the list, if it is on it."""
        if (sort := self._where.pop(subject, None)) is not None:
            self._indexes[sort].remove(subject)

    def compared(self, own: Prepared) -> list[Compared]:
        """Each listed entry of the other direction and a kindred need type."""
        other = _OTHER[own.entry.direction]
        return [
            pair
            for need_type in KINDRED[own.entry.need_type]
            for pair in self._indexes[other, need_type].compared(own)
        ]
