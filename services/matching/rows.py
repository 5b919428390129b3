"""The pairs that a pool chooses from: of each demand, the supplies that fit it best.

Possible pairs grow with the square of a list. A demand keeps its ``MOST`` heaviest, so
that what an event costs stays bounded (what the best pairing loses by that:
docs/decisions/0025). It knows some more, down to a floor, so that most events that take
one of the best away need no look at the whole list.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from heapq import nlargest

from services.matching.assignment import Side

MOST = 15
"""How many supplies a demand keeps."""
SPARE = 20
"""How many more it knows when it has looked at the whole list."""
Row = Mapping[str, int]
KnownRow = tuple[Row, int]
"""All that weigh as much as the floor, which comes second, or more."""
_NONE: Row = {}


class Rows:
    """The weights of the pairs that each demand keeps, through changes.

    Args:
        look: what a demand's heaviest pairs weigh, by the whole list.
        raised: told whenever a demand's floor is another.
    """

    def __init__(
        self,
        look: Callable[[str], KnownRow],
        raised: Callable[[str, int], None] = lambda _demand, _floor: None,
    ) -> None:
        self.kept: dict[str, Row] = {}
        self.floor: dict[str, int] = {}
        self._look, self._raised = look, raised
        self._known: dict[str, dict[str, int]] = {}
        self._reach: dict[str, set[str]] = defaultdict(set)
        """By supply, the demands that know it."""

    def put(self, subject: str, side: Side | None, row: Row) -> dict[str, Row]:
        """Say anew what an entry's possible pairs weigh.

        Args:
            subject: the entry.
            side: which side it is on; None where it cannot be paired.
            row: of a supply, the weights by demand; those below the demand's floor
                need not be told. Of a demand nothing: the list is looked at.

        Returns:
            The demands that keep other pairs now, each with those it kept before.
        """
        changed = {subject, *self._forget(subject)}
        if side == "demand":
            self._know(subject)
        elif side == "supply":
            for demand, value in row.items():
                if value >= self.floor[demand]:
                    self._known[demand][subject] = value
                    self._reach[subject].add(demand)
                    changed.add(demand)
        rows = {}
        for demand in changed:
            before = self.kept.pop(demand, _NONE)
            if demand in self._known:
                self.kept[demand] = self._best(demand)
            if before != self.kept.get(demand, _NONE):
                rows[demand] = before
        return rows

    def _best(self, demand: str) -> Row:
        known = self._known[demand]
        if len(known) < MOST and self.floor[demand]:
            self._know(demand)
        elif len(known) > MOST + 2 * SPARE:
            self._cut(demand)
        known = self._known[demand]
        best = nlargest(MOST, known, key=known.__getitem__)
        return {supply: known[supply] for supply in best}

    def _know(self, demand: str) -> None:
        """Look at the whole list."""
        for supply in self._known.get(demand, ()):
            self._reach[supply].discard(demand)
        row, self.floor[demand] = self._look(demand)
        self._raised(demand, self.floor[demand])
        self._known[demand] = dict(row)
        for supply in row:
            self._reach[supply].add(demand)

    def _cut(self, demand: str) -> None:
        """Raise the floor, so that no demand knows too many."""
        known = self._known[demand]
        best = nlargest(MOST + SPARE, known, key=known.__getitem__)
        self.floor[demand] = known[best[-1]]
        self._raised(demand, self.floor[demand])
        for supply in known.keys() - set(best):
            del known[supply]
            self._reach[supply].discard(demand)

    def _forget(self, subject: str) -> Iterator[str]:
        """Take an entry out; the demands that knew it."""
        self.floor.pop(subject, None)
        for supply in self._known.pop(subject, ()):
            self._reach[supply].discard(subject)
        for demand in self._reach.pop(subject, ()):
            del self._known[demand][subject]
            yield demand

    def column(self, supply: str) -> dict[str, int]:
        """The weights of a supply's pairs, by the demands that keep it."""
        return {
            demand: self.kept[demand][supply]
            for demand in self._reach.get(supply, ())
            if supply in self.kept[demand]
        }
