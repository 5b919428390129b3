"""The index over arrays (numpy, the extra «scale»): the same whole numbers, at once.

Each entry has a row; a term has the rows of the entries that hold it, and what it
weighs there. Nothing leaves the machine word: a text's inner product with another
stays below 2^50.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.matching import senses, vectors
from services.matching.candidates import Compared
from services.matching.scorer import LIKENESS, MEANING, Prepared
from services.matching.senses import COMPONENTS

_Ints: TypeAlias = NDArray[np.int64]
_FIRST = 16
_TRUST = np.array([senses.trust_of(words) for words in range(senses.MANY + 1)])
_WHOLE = senses.TENTHS * senses.UNIT**2


class _Growing:
    """An array with room to grow, of rows of one width."""

    def __init__(self, *width: int) -> None:
        self._cells = np.zeros((_FIRST, *width), dtype=np.int64)
        self.size = 0

    @property
    def all(self) -> _Ints:
        return self._cells[: self.size]

    def add(self, row: int | tuple[int, ...]) -> None:
        if self.size == len(self._cells):
            self._cells = np.concatenate([self._cells, np.zeros_like(self._cells)])
        self._cells[self.size] = row
        self.size += 1

    def remove(self, at: int) -> None:
        """The last row takes the place."""
        self.size -= 1
        self._cells[at] = self._cells[self.size]


class Columns:
    """The entries of one direction and need type; see ``candidates.TextIndex``."""

    def __init__(self) -> None:
        self._entries: list[Prepared] = []
        self._row: dict[str, int] = {}
        self._holding: dict[str, _Growing] = {}
        self._lengths = _Growing()
        self._senses = _Growing(COMPONENTS)
        self._scenarios = _Growing(COMPONENTS)
        self._words = _Growing()
        self._carrying: set[str] = set()

    def add(self, own: Prepared) -> None:
        """See ``candidates.TextIndex``."""
        row = self._row[own.subject] = len(self._entries)
        self._entries.append(own)
        self._lengths.add(own.text.length)
        self._senses.add(own.sense.components)
        self._scenarios.add(senses.named(own.scenario))
        self._words.add(own.sense.words)
        for term, weight in own.text.weights.items():
            self._holding.setdefault(term, _Growing(2)).add((row, weight))
        if own.vector:
            self._carrying.add(own.subject)

    def remove(self, subject: str) -> None:
        """See ``candidates.TextIndex``."""
        row = self._row.pop(subject)
        self._carrying.discard(subject)
        for term in self._entries[row].text.weights:
            holding = self._holding[term]
            holding.remove(_at(holding, row))
            if not holding.size:
                del self._holding[term]
        last = self._entries.pop()
        for column in (self._lengths, self._senses, self._scenarios, self._words):
            column.remove(row)
        if last.subject != subject:
            self._entries[row], moved = last, len(self._entries)
            self._row[last.subject] = row
            for term in last.text.weights:
                holding = self._holding[term]
                holding.all[_at(holding, moved), 0] = row

    def compared(self, own: Prepared) -> Iterator[Compared]:
        """See ``candidates.TextIndex``."""
        products = np.zeros(len(self._entries), dtype=np.int64)
        for term, weight in own.text.weights.items():
            if (holding := self._holding.get(term)) is not None:
                products[holding.all[:, 0]] += weight * holding.all[:, 1]
        lengths = np.maximum(self._lengths.all * own.text.length, 1)
        scores = LIKENESS * products // lengths + self._alike(own)
        for subject in self._carrying if own.vector else ():
            row = self._row[subject]
            theirs = self._entries[row].vector
            scores[row] += vectors.vector_likeness(own.vector, theirs, MEANING)
        return zip(scores.tolist(), self._entries, strict=True)

    def _alike(self, own: Prepared) -> _Ints:
        """``senses.sense_likeness`` with every entry."""
        dots = self._senses.all @ np.array(own.sense.components, dtype=np.int64)
        words = np.minimum(self._words.all, own.sense.words)
        trust = _TRUST[np.minimum(words, senses.MANY)]
        alike = LIKENESS * trust * np.maximum(dots, 0) // _WHOLE
        return alike * self._near(own) // senses.NEAREST

    def _near(self, own: Prepared) -> _Ints:
        """``senses.nearness`` of every entry's scenario."""
        mine = np.array(senses.named(own.scenario), dtype=np.int64)
        square = senses.UNIT**2
        tenths = (senses.TENTHS * (self._scenarios.all @ mine) + square // 2) // square
        nameless = ~self._scenarios.all.any(axis=1) | (not mine.any())
        return np.where(nameless, senses.NEAREST, np.maximum(tenths, senses.FARTHEST))


def _at(holding: _Growing, row: int) -> int:
    return int(np.flatnonzero(holding.all[:, 0] == row)[0])
