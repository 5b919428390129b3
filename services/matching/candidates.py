"""The entries of a pool, found by their words.

A pair worth proposing has words in common (or a vector on both sides), so an
index from terms to entries finds every such pair, and with the same whole
numbers as scoring them one by one. Entries of one direction or of need types
that do not go together never meet, so each kind has an index of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from heapq import nlargest

from services.matching.likeness import share
from services.matching.scorer import KINDRED, LIKENESS, Prepared, meaning, worth
from twincity_schemas.opportunity import Direction, NeedType

_OTHER = {
    Direction.DEMAND: Direction.SUPPLY,
    Direction.SUPPLY: Direction.DEMAND,
}


class _Index:
    """The entries of one direction and need type, by their terms."""

    def __init__(self) -> None:
        self.entries: dict[str, Prepared] = {}
        self._holding: dict[str, dict[str, int]] = defaultdict(dict)
        self._with_vector: set[str] = set()

    def add(self, own: Prepared) -> None:
        self.entries[own.subject] = own
        for term, weight in own.text.weights.items():
            self._holding[term][own.subject] = weight
        if own.vector:
            self._with_vector.add(own.subject)

    def remove(self, subject: str) -> None:
        for term in self.entries.pop(subject).text.weights:
            holding = self._holding[term]
            del holding[subject]
            if not holding:
                del self._holding[term]
        self._with_vector.discard(subject)

    def products(self, own: Prepared) -> dict[str, int]:
        """The inner product with every entry that may be worth proposing."""
        found: Counter[str] = Counter()
        for term, weight in own.text.weights.items():
            if term in self._holding:
                for subject, theirs in self._holding[term].items():
                    found[subject] += weight * theirs
        if own.vector:
            found.update(dict.fromkeys(self._with_vector, 0))
        return found


class Candidates:
    """The entries on a pool's list; :meth:`scores` finds an entry's pairs."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[Direction, NeedType], _Index] = defaultdict(_Index)
        self._where: dict[str, _Index] = {}

    def add(self, own: Prepared) -> None:
        """List an entry, in place of what was listed under its subject."""
        self.remove(own.subject)
        index = self._indexes[own.entry.direction, own.entry.need_type]
        index.add(own)
        self._where[own.subject] = index

    def remove(self, subject: str) -> None:
        """Take an entry off the list, if it is on it."""
        if (index := self._where.pop(subject, None)) is not None:
            index.remove(subject)

    def scores(self, own: Prepared) -> dict[str, int]:
        """What ``score`` says of the entry and each other one, where it says a number.

        Whether the owners declined a pair is not known here.
        """
        found = {}
        for subject, (pair, alike) in self._compared(own):
            if (points := worth(*pair, alike)) is not None:
                found[subject] = points
        return found

    def nearest(self, own: Prepared, count: int) -> list[tuple[int, str]]:
        """The entries likest to one, whatever stands between them; the likest first."""
        compared = self._compared(own)
        return nlargest(count, ((alike, s) for s, (_, alike) in compared if alike))

    def _compared(
        self, own: Prepared
    ) -> Iterator[tuple[str, tuple[tuple[Prepared, Prepared], int]]]:
        """Each other entry of kindred type with a word in common, demand first."""
        direction = own.entry.direction
        for need_type in KINDRED[own.entry.need_type]:
            index = self._indexes[_OTHER[direction], need_type]
            for subject, product in index.products(own).items():
                other = index.entries[subject]
                words = share(product, own.text, other.text, LIKENESS)
                pair = (own, other) if direction is Direction.DEMAND else (other, own)
                yield subject, (pair, words + meaning(*pair))
