"""The pairs that a pool chooses from: of each demand, the supplies that fit it best.

Possible pairs grow with the square of a list: 67,000 at 5,000 entries. A demand keeps
its ``MOST`` heaviest, so that what an event costs stays bounded. On lists made as the
demo's are, the best pairing loses nothing by that (docs/decisions/0017).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from heapq import nlargest

from services.matching.assignment import Side

MOST = 20
"""How many supplies a demand keeps."""
Row = Mapping[str, int]
_NONE: Row = {}


class Rows:
    """The weights of every possible pair, and those that each demand keeps."""

    def __init__(self) -> None:
        self.kept: dict[str, Row] = {}
        self._full: dict[str, dict[str, int]] = {}
        self._reach: dict[str, set[str]] = defaultdict(set)
        """By supply, the demands that it could be paired with."""

    def put(self, subject: str, side: Side | None, row: Row) -> dict[str, Row]:
        """Say anew what an entry's possible pairs weigh.

        Args:
            subject: the entry.
            side: which side it is on; None where it cannot be paired.
            row: the weights by the other side's entries.

        Returns:
            The demands that keep other pairs now, each with those it kept before.
        """
        changed = {subject, *self._forget(subject)}
        if side == "demand":
            self._full[subject] = dict(row)
            for supply in row:
                self._reach[supply].add(subject)
        elif side == "supply":
            for demand, value in row.items():
                self._full[demand][subject] = value
                self._reach[subject].add(demand)
            changed |= row.keys()
        found = {}
        for demand in changed:
            before = self.kept.pop(demand, _NONE)
            if demand in self._full:
                full = self._full[demand]
                best = nlargest(MOST, full, key=full.__getitem__)
                self.kept[demand] = {supply: full[supply] for supply in best}
            if before != self.kept.get(demand, _NONE):
                found[demand] = before
        return found

    def _forget(self, subject: str) -> Iterator[str]:
        """Take an entry out; the demands whose rows it was in."""
        for supply in self._full.pop(subject, ()):
            self._reach[supply].discard(subject)
        for demand in self._reach.pop(subject, ()):
            del self._full[demand][subject]
            yield demand

    def column(self, supply: str) -> dict[str, int]:
        """The weights of a supply's pairs, by the demands that keep it."""
        return {
            demand: self.kept[demand][supply]
            for demand in self._reach.get(supply, ())
            if supply in self.kept[demand]
        }

    def possible(self, subject: str) -> set[str]:
        """The entries that an entry could be paired with, kept or not."""
        return {*self._full.get(subject, ()), *self._reach.get(subject, ())}
