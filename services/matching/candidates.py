"""The entries of a pool, compared with one of them.

Entries of one direction or of need types that do not go together never meet, so each
kind has an index of its own. It tells how alike all of its texts are to one at once,
the same whole numbers as scoring them one by one: over arrays, where numpy is installed
(the extra «scale»), else over a dictionary from terms to entries.

An entry that keeps the best of many pairs asks for so many points at least, and one
without any knows the likest few: over arrays, only those are looked at that another can
concern.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from heapq import merge
from importlib.util import find_spec
from typing import Protocol

from services.matching.likeness import share
from services.matching.scorer import KINDRED, LIKENESS, Prepared, meaning
from twincity_schemas.opportunity import Direction, NeedType

_OTHER = {
    Direction.DEMAND: Direction.SUPPLY,
    Direction.SUPPLY: Direction.DEMAND,
}
_Sort = tuple[Direction, NeedType]
Compared = tuple[int, Prepared]
"""How alike the texts are, and the other entry."""


class Comparison(Protocol):
    """One entry compared with others: it holds until they change."""

    def of(self, subject: str) -> int:
        """Returns how alike an entry is; nought where it is none of the others."""

    def best(self) -> Iterator[Compared]:
        """Each that could be proposed for its texts, the likest first."""

    def likest(self, most: int) -> list[Compared]:
        """The likest that have anything in common, whatever can be proposed."""

    def keeping(self) -> Iterator[Compared]:
        """Each that could be proposed and come to the points that it asks for."""

    def knowing(self) -> Iterator[Compared]:
        """Each without a pair that may come to know the entry as one of its likest."""


class TextIndex(Protocol):
    """The entries of one direction and need type."""

    def add(self, own: Prepared) -> None:
        """List an entry that is not listed."""

    def remove(self, subject: str) -> None:
        """Take an entry off that is listed."""

    def ask(self, subject: str, points: int) -> None:
        """Say what a pair's texts have to come to for a listed entry to keep it."""

    def know(self, subject: str, points: int | None) -> None:
        """Say how alike another has to be for a listed one to know it; None: never."""

    def compared(self, own: Prepared) -> Iterable[Comparison]:
        """The listed entries compared with one of the other direction."""


class ByTerm:
    """An index in pure Python."""

    def __init__(self) -> None:
        self._entries: dict[str, Prepared] = {}
        self._holding: dict[str, dict[str, int]] = defaultdict(dict)

    def add(self, own: Prepared) -> None:
        """See ``TextIndex``."""
        self._entries[own.subject] = own
        for term, weight in own.text.weights.items():
            self._holding[term][own.subject] = weight

    def remove(self, subject: str) -> None:
        """See ``TextIndex``."""
        for term in self._entries.pop(subject).text.weights:
            holding = self._holding[term]
            del holding[subject]
            if not holding:
                del self._holding[term]

    def ask(self, subject: str, points: int) -> None:
        """All are looked at."""

    def know(self, subject: str, points: int | None) -> None:
        """All are looked at."""

    def compared(self, own: Prepared) -> Iterable[Comparison]:
        """See ``TextIndex``."""
        products: Counter[str] = Counter()
        for term, weight in own.text.weights.items():
            if term in self._holding:
                for subject, theirs in self._holding[term].items():
                    products[subject] += weight * theirs
        yield _OneByOne(
            (
                share(products[subject], own.text, other.text, LIKENESS)
                + meaning(own, other),
                other,
            )
            for subject, other in self._entries.items()
        )


class _OneByOne:
    """A comparison in pure Python; see ``Comparison``."""

    def __init__(self, pairs: Iterable[Compared]) -> None:
        self._pairs = {other.subject: (points, other) for points, other in pairs}

    def of(self, subject: str) -> int:
        return self._pairs[subject][0] if subject in self._pairs else 0

    def best(self) -> Iterator[Compared]:
        return iter(sorted(self._pairs.values(), key=_by_likeness, reverse=True))

    def likest(self, most: int) -> list[Compared]:
        return [one for one in self.best() if one[0]][:most]

    def keeping(self) -> Iterator[Compared]:
        return iter(self._pairs.values())

    def knowing(self) -> Iterator[Compared]:
        return iter(self._pairs.values())


class _Together:
    """Several comparisons as one; see ``Comparison``."""

    def __init__(self, parts: Iterable[Comparison]) -> None:
        self._parts = list(parts)

    def of(self, subject: str) -> int:
        return max((part.of(subject) for part in self._parts), default=0)

    def best(self) -> Iterator[Compared]:
        parts = (part.best() for part in self._parts)
        return merge(*parts, key=_by_likeness, reverse=True)

    def likest(self, most: int) -> list[Compared]:
        listed = [one for part in self._parts for one in part.likest(most)]
        return sorted(listed, key=_by_likeness, reverse=True)[:most]

    def keeping(self) -> Iterator[Compared]:
        return (one for part in self._parts for one in part.keeping())

    def knowing(self) -> Iterator[Compared]:
        return (one for part in self._parts for one in part.knowing())


NOBODY: Comparison = _Together(())
"""An entry that is not on the list is compared with nobody."""


def _by_likeness(one: Compared) -> tuple[int, str]:
    return one[0], one[1].subject


def _fresh() -> TextIndex:
    """An index over arrays, where numpy is installed."""
    if find_spec("numpy") is None:
        return ByTerm()
    from services.matching.columns import Columns  # noqa: PLC0415  an extra

    return Columns()


class CandidateIndex:
    """The entries on a pool's list."""

    def __init__(self) -> None:
        self._indexes: dict[_Sort, TextIndex] = {}
        self._where: dict[str, TextIndex] = {}

    def add(self, own: Prepared) -> None:
        """List an entry, in place of what was listed under its subject."""
        self.remove(own.subject)
        sort = own.entry.direction, own.entry.need_type
        if sort not in self._indexes:
            self._indexes[sort] = _fresh()
        index = self._where[own.subject] = self._indexes[sort]
        index.add(own)

    def remove(self, subject: str) -> None:
        """Take an entry off the list, if it is on it."""
        if (index := self._where.pop(subject, None)) is not None:
            index.remove(subject)

    def ask(self, subject: str, points: int) -> None:
        """Say what a pair's texts have to come to for an entry to keep it."""
        if (index := self._where.get(subject)) is not None:
            index.ask(subject, points)

    def know(self, subject: str, points: int | None) -> None:
        """Say how alike another has to be for an entry to know it; None: never."""
        if (index := self._where.get(subject)) is not None:
            index.know(subject, points)

    def compared(self, own: Prepared) -> Comparison:
        """An entry with each listed one of the other direction and a kindred type."""
        other = _OTHER[own.entry.direction]
        return _Together(
            comparison
            for need_type in KINDRED[own.entry.need_type]
            if (index := self._indexes.get((other, need_type))) is not None
            for comparison in index.compared(own)
        )
