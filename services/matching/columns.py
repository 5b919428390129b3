"""The index over arrays (numpy, the extra «scale»): the same whole numbers, at once.

Each entry is a row: what its terms weigh, its senses, what it asks for. The rows of
texts of about one length lie in one block, so that none is mostly empty. A text is
spread out over all terms once and then read by each row: that looks nothing up and
costs a nanosecond or two for a term of a row. Nothing leaves the machine word: a text's
inner product with another stays below 2^50.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from services.matching import senses
from services.matching.candidates import Compared
from services.matching.scorer import LEAST_LIKENESS, LIKENESS, Prepared, carried
from services.matching.senses import COMPONENTS

_Ints: TypeAlias = NDArray[np.int64]
_FIRST = 16
_NARROWEST = 64
_NEVER = 1 << 62
_TRUST = np.array([senses.trust_of(words) for words in range(senses.MANY + 1)])
_WHOLE = senses.TENTHS * senses.UNIT**2


class _Growing:
    """An array with room to grow, of rows of one width."""

    def __init__(self, *width: int, kind: DTypeLike = np.int64) -> None:
        self._cells = np.zeros((_FIRST, *width), dtype=kind)
        self.size = 0

    @property
    def all(self) -> _Ints:
        return self._cells[: self.size]

    def add(self, row: int | tuple[int, ...] | _Ints) -> None:
        if self.size == len(self._cells):
            self._cells = np.concatenate([self._cells, np.zeros_like(self._cells)])
        self._cells[self.size] = row
        self.size += 1

    def remove(self, at: int) -> None:
        """The last row takes the place."""
        self.size -= 1
        self._cells[at] = self._cells[self.size]


class _Terms:
    """The terms of the listed texts by number; nought stands for none."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names = [""]
        self._free: list[int] = []
        self._uses = np.zeros(_FIRST, dtype=np.int64)
        self._spread = np.zeros(_FIRST, dtype=np.int64)

    def enter(self, terms: Mapping[str, int]) -> list[int]:
        """Returns the numbers of a text's terms, which are in use from now on."""
        numbers = [self._numbers.get(term) or self._add(term) for term in terms]
        self._uses[numbers] += 1
        return numbers

    def leave(self, numbers: _Ints) -> None:
        """Give up what a text has entered."""
        self._uses[numbers] -= 1
        for number in numbers[self._uses[numbers] == 0].tolist():
            del self._numbers[self._names[number]]
            self._free.append(number)

    def spread(self, weights: Mapping[str, int]) -> tuple[_Ints, list[int]]:
        """A text's weights by term number, and where they are to be cleared."""
        known = self._numbers.keys() & weights.keys()
        numbers = [self._numbers[term] for term in known]
        self._spread[numbers] = [weights[term] for term in known]
        return self._spread, numbers

    def _add(self, term: str) -> int:
        if not self._free:
            self._free.append(len(self._names))
            self._names.append("")
            if len(self._names) > len(self._uses):
                self._uses = np.concatenate([self._uses, np.zeros_like(self._uses)])
                self._spread = np.zeros_like(self._uses)
        number = self._numbers[term] = self._free.pop()
        self._names[number] = term
        return number


class _Block:
    """The entries of about one length."""

    def __init__(self, width: int) -> None:
        self.entries: list[Prepared] = []
        self.row: dict[str, int] = {}
        self.terms = _Growing(width, kind=np.int32)
        self.weights = _Growing(width, kind=np.int32)
        self.lengths = _Growing()
        self.senses = _Growing(COMPONENTS)
        self.scenarios = _Growing(COMPONENTS)
        self.words = _Growing()
        self.asked = _Growing()
        self.known = _Growing()
        self._width = width
        self._columns = (
            *(self.terms, self.weights, self.lengths, self.senses),
            *(self.scenarios, self.words, self.asked, self.known),
        )

    def add(self, own: Prepared, numbers: list[int]) -> None:
        self.row[own.subject] = len(self.entries)
        self.entries.append(own)
        none = (0,) * (self._width - len(numbers))
        self.terms.add((*numbers, *none))
        self.weights.add((*own.text.weights.values(), *none))
        self.lengths.add(own.text.length)
        self.senses.add(own.sense.components)
        self.scenarios.add(senses.named(own.scenario))
        self.words.add(own.sense.words)
        self.asked.add(0)
        self.known.add(_NEVER)

    def remove(self, subject: str) -> None:
        row, last = self.row.pop(subject), self.entries.pop()
        for column in self._columns:
            column.remove(row)
        if last.subject != subject:
            self.entries[row] = last
            self.row[last.subject] = row


class Columns:
    """The entries of one direction and need type; see ``candidates.TextIndex``."""

    def __init__(self) -> None:
        self._terms = _Terms()
        self._blocks: dict[int, _Block] = {}
        self._in: dict[str, _Block] = {}
        self._carrying: set[str] = set()

    def add(self, own: Prepared) -> None:
        """See ``candidates.TextIndex``."""
        numbers = self._terms.enter(own.text.weights)
        width = max(_NARROWEST, 1 << max(0, len(numbers) - 1).bit_length())
        if width not in self._blocks:
            self._blocks[width] = _Block(width)
        block = self._in[own.subject] = self._blocks[width]
        block.add(own, numbers)
        if own.vector:
            self._carrying.add(own.subject)

    def remove(self, subject: str) -> None:
        """See ``candidates.TextIndex``."""
        block = self._in.pop(subject)
        self._carrying.discard(subject)
        row = block.terms.all[block.row[subject]]
        self._terms.leave(row[row > 0])
        block.remove(subject)

    def ask(self, subject: str, points: int) -> None:
        """See ``candidates.TextIndex``."""
        block = self._in[subject]
        block.asked.all[block.row[subject]] = points

    def know(self, subject: str, points: int | None) -> None:
        """See ``candidates.TextIndex``."""
        block = self._in[subject]
        known = _NEVER if points is None else points
        block.known.all[block.row[subject]] = known

    def compared(self, own: Prepared) -> Iterator["_AtOnce"]:
        """See ``candidates.TextIndex``."""
        spread, entered = self._terms.spread(own.text.weights)
        blocks = [block for block in self._blocks.values() if block.entries]
        likenesses = [_likeness(block, own, spread) for block in blocks]
        spread[entered] = 0
        for subject in self._carrying if own.vector else ():
            block = self._in[subject]
            row = block.row[subject]
            likenesses[blocks.index(block)][row] += carried(own, block.entries[row])
        for block, points in zip(blocks, likenesses, strict=True):
            yield _AtOnce(block, points, own)


class _AtOnce:
    """A block's entries compared with one; see ``candidates.Comparison``."""

    def __init__(self, block: _Block, points: _Ints, own: Prepared) -> None:
        self._block, self._points = block, points
        self._enough = LEAST_LIKENESS * _trust(block, own) // senses.TENTHS <= points

    def of(self, subject: str) -> int:
        row = self._block.row.get(subject)
        return 0 if row is None else int(self._points[row])

    def best(self) -> Iterator[Compared]:
        rows = np.flatnonzero(self._enough)
        return self._rows(rows[np.argsort(-self._points[rows])])

    def likest(self, most: int) -> list[Compared]:
        rows = np.flatnonzero(self._points)
        if len(rows) > most:
            last = np.partition(self._points[rows], -most)[-most]
            rows = rows[self._points[rows] >= last]
        listed = list(self._rows(rows))
        listed.sort(key=lambda one: (one[0], one[1].subject), reverse=True)
        return listed[:most]

    def keeping(self) -> Iterator[Compared]:
        kept = self._enough & (self._points >= self._block.asked.all)
        return self._rows(np.flatnonzero(kept))

    def knowing(self) -> Iterator[Compared]:
        return self._rows(np.flatnonzero(self._points >= self._block.known.all))

    def _rows(self, rows: _Ints) -> Iterator[Compared]:
        entries, points = self._block.entries, self._points[rows].tolist()
        return zip(points, map(entries.__getitem__, rows.tolist()), strict=True)


def _likeness(block: _Block, own: Prepared, spread: _Ints) -> _Ints:
    """``scorer.alike`` with every entry of a block, but for vectors."""
    products: _Ints = np.einsum("ij,ij->i", spread[block.terms.all], block.weights.all)
    lengths = np.maximum(block.lengths.all * own.text.length, 1)
    return LIKENESS * products // lengths + _alike(block, own)


def _alike(block: _Block, own: Prepared) -> _Ints:
    """``senses.sense_likeness`` with every entry, by scenario."""
    dots = block.senses.all @ np.array(own.sense.components, dtype=np.int64)
    alike = LIKENESS * _trust(block, own) * np.maximum(dots, 0) // _WHOLE
    return alike * _near(block, own) // senses.NEAREST


def _trust(block: _Block, own: Prepared) -> _Ints:
    """``senses.trust`` of every entry."""
    words = np.minimum(block.words.all, own.sense.words)
    return np.take(_TRUST, np.minimum(words, senses.MANY))


def _near(block: _Block, own: Prepared) -> _Ints:
    """``senses.nearness`` of every entry's scenario."""
    mine = np.array(senses.named(own.scenario), dtype=np.int64)
    square = senses.UNIT**2
    tenths = (senses.TENTHS * (block.scenarios.all @ mine) + square // 2) // square
    nameless = ~block.scenarios.all.any(axis=1) | (not mine.any())
    return np.where(nameless, senses.NEAREST, np.maximum(tenths, senses.FARTHEST))
