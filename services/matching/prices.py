"""The canonical prices of a pool, kept through events.

``certificate`` says what they are: of all prices that prove the pairing the best, those
that ask the least of the demands. Each follows from its neighbours,

    u(d) = the most that w(d, s) - v(s) comes to over the pairs not chosen, or 0
    v(s) = the least that w(d, s) - u(d) comes to over the chosen pairs, if s is full,
           and 0 where it has room

like the distances of a shortest-path problem. An event changes few pairs, so few
prices: those that rested on what changed are taken back and worked out anew from those
that stand (Ramalingam and Reps, 1996), in the order of their distances. That needs no
two optima of one weight, which the hash in the weights sees to; the totals are checked
each time, and ``certify`` has the last word where they do not agree.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush

from services.matching.assignment import Assignment, Side
from services.matching.certificate import Certificate, certify
from services.matching.digests import NO_MEMBERS, changed, price_digest

Quote = tuple[Side, int, int]
"""An entry's side, the places that it has left, its price in the certificate."""
_ENDLESS = 1 << 120
"""The price of a supply without places, where nothing bounds it."""
_MANY = 4
"""Where a quarter of the entries changed, all are worked out at once."""


class Prices:
    """The quotes of a pool, with their totals and their digest.

    Attributes:
        total: what the recommended pairs weigh.
        dual_total: the dual programme's value; the same.
        quotes: by entry.
        members: the quotes as a set.
    """

    def __init__(self) -> None:
        self.total = self.dual_total = 0
        self.quotes: dict[str, Quote] = {}
        self.members = NO_MEMBERS
        self._requoted: set[str] = set()
        self._values: dict[str, int] = {}
        self._parts: dict[str, tuple[int, int]] = {}
        """By entry, what it adds to the two totals."""

    def requoted(self) -> list[str]:
        """The entries quoted otherwise since it was last asked."""
        to_quote, self._requoted = sorted(self._requoted), set()
        return to_quote

    def learn(self, assignment: Assignment, stale: Iterable[str]) -> None:
        """Work the prices out anew.

        Args:
            assignment: the optimum as it is now.
            stale: every entry whose pairs, partners or places changed.
        """
        again = set(stale)
        known = sum(len(nodes.weights) for nodes in assignment.sides.values())
        if len(again) * _MANY > known:
            self._all(assignment, again)
            return
        for entry in again:
            if _side(assignment, entry) is None:
                self._values.pop(entry, None)
        repair = _Repair(assignment, self._values)
        again |= repair.run([e for e in again if _side(assignment, e) is not None])
        self._quote(assignment, again)
        # Strong duality: where the totals differ the repair missed something.
        if self.total != self.dual_total:
            self._all(assignment, again)

    def _all(self, assignment: Assignment, gone: set[str]) -> None:
        proof = certify(assignment)
        self._values = {**proof.demands, **proof.supplies}
        for supply, places in assignment.sides["supply"].capacity.items():
            if places == 0:
                self._values[supply] = _ENDLESS
        self._quote(assignment, gone | self._values.keys() | self.quotes.keys())

    def _quote(self, assignment: Assignment, entries: set[str]) -> None:
        """Say anew what entries cost, and those beside them that it follows for."""
        demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
        beside = {
            other
            for entry in entries
            for other in (
                *(
                    supply
                    for supply in demands.weights.get(entry, ())
                    if supplies.capacity[supply] == 0
                ),
                *supplies.chosen.get(entry, ()),
            )
        }
        before: dict[str, str] = {}
        now: dict[str, str] = {}
        for entry in entries | beside:
            quote, known = self._quoted(assignment, entry), self.quotes.get(entry)
            if quote == known:
                continue
            self._requoted.add(entry)
            if known is not None:
                before[entry] = price_digest(entry, *known[1:])
                del self.quotes[entry]
            if quote is not None:
                now[entry] = price_digest(entry, *quote[1:])
                self.quotes[entry] = quote
        self.members = changed(self.members, before, now)
        for entry in entries | beside:
            total, dual_total = self._parts.pop(entry, (0, 0))
            self.total, self.dual_total = (
                self.total - total,
                self.dual_total - dual_total,
            )
            if entry in self.quotes:
                total, dual_total = self._parts[entry] = self._adds(assignment, entry)
                self.total += total
                self.dual_total += dual_total

    def _quoted(self, assignment: Assignment, entry: str) -> Quote | None:
        side = _side(assignment, entry)
        if side is None:
            return None
        nodes, value = assignment.sides[side], self._values[entry]
        if value == _ENDLESS:
            row = nodes.weights[entry]
            value = max([0, *(worth - self._values[d] for d, worth in row.items())])
        return side, nodes.capacity[entry], value

    def _adds(self, assignment: Assignment, entry: str) -> tuple[int, int]:
        """Returns what an entry adds to the totals: a demand its pairs too."""
        side, places, mine = self.quotes[entry]
        total, dual_total = 0, places * mine
        if side == "demand":
            nodes = assignment.sides["demand"]
            for supply in nodes.chosen[entry]:
                worth = nodes.weights[entry][supply]
                total += worth
                dual_total += max(0, worth - mine - self.quotes[supply][2])
        return total, dual_total

    def proof(self, assignment: Assignment) -> Certificate:
        """The certificate whole."""
        quoted: dict[Side, Mapping[str, int]] = {
            side: {entry: self.quotes[entry][2] for entry in nodes.weights}
            for side, nodes in assignment.sides.items()
        }
        return Certificate(
            self.total, self.dual_total, quoted["demand"], quoted["supply"]
        )


class _Repair:
    """One event's repair of the values."""

    def __init__(self, assignment: Assignment, values: dict[str, int]) -> None:
        self._assignment, self._values = assignment, values
        self._demands = assignment.sides["demand"]
        self._supplies = assignment.sides["supply"]
        self._lost: set[str] = set()
        self._heap: list[tuple[int, str, int]] = []

    def run(self, stale: list[str]) -> set[str]:
        """Mend the values; returns the entries whose changed, and some more."""
        self._take_back(stale)
        for entry in self._lost:
            self._values[entry] = 0 if self._is_demand(entry) else _ENDLESS
        for entry in {*stale, *self._lost}:
            self._better(entry, self._bound(entry))
            if entry in self._lost and self._is_demand(entry):
                self._push(entry)
        done = set(self._lost)
        while self._heap:
            _, entry, value = heappop(self._heap)
            if value == self._values[entry]:
                done.add(entry)
                for other, bound in self._bounds_of(entry):
                    self._better(other, bound)
        return done

    def _take_back(self, stale: list[str]) -> None:
        """Find the values that rest on nothing that stands."""
        due = list(stale)
        while due:
            entry = due.pop()
            if entry in self._lost or self._stands(entry):
                continue
            self._lost.add(entry)
            if entry in self._values:
                due += [
                    other
                    for other, bound in self._bounds_of(entry)
                    if self._values.get(other) == bound
                ]

    def _stands(self, entry: str) -> bool:
        value = self._values.get(entry)
        if value is None:
            return False
        if self._is_demand(entry) and value == 0:
            return True
        if not self._is_demand(entry):
            if self._supplies.has_room(entry):
                return value == 0
            if not self._supplies.chosen[entry]:
                return value == _ENDLESS
        return any(
            bound == value
            for other, bound in self._bounds(entry)
            if other not in self._lost
        )

    def _bound(self, entry: str) -> int:
        """Returns what the values that stand leave an entry."""
        bounds = [b for other, b in self._bounds(entry) if other not in self._lost]
        if self._is_demand(entry):
            return max([0, *bounds])
        return 0 if self._supplies.has_room(entry) else min([_ENDLESS, *bounds])

    def _bounds(self, entry: str) -> Iterator[tuple[str, int]]:
        """Yields what each neighbour leaves an entry."""
        values = self._values
        if self._is_demand(entry):
            chosen = self._demands.chosen[entry]
            for supply, worth in self._demands.weights[entry].items():
                if supply not in chosen and supply in values:
                    yield supply, worth - values[supply]
        else:
            row = self._supplies.weights[entry]
            for demand in self._supplies.chosen[entry]:
                if demand in values:
                    yield demand, row[demand] - values[demand]

    def _bounds_of(self, entry: str) -> Iterator[tuple[str, int]]:
        """Yields what an entry leaves each neighbour."""
        value = self._values[entry]
        if self._is_demand(entry):
            row = self._demands.weights[entry]
            for supply in self._demands.chosen[entry]:
                if not self._supplies.has_room(supply):
                    yield supply, row[supply] - value
        else:
            chosen = self._supplies.chosen[entry]
            for demand, worth in self._supplies.weights[entry].items():
                if demand not in chosen:
                    yield demand, worth - value

    def _better(self, entry: str, bound: int) -> None:
        """Take a bound that asks more of a demand, or leaves a supply less."""
        value = self._values.get(entry)
        if value is None:
            return
        if bound > value if self._is_demand(entry) else bound < value:
            self._values[entry] = bound
            self._push(entry)

    def _push(self, entry: str) -> None:
        value = self._values[entry]
        side: Side = "demand" if self._is_demand(entry) else "supply"
        standing = self._assignment.sides[side].dual[entry]
        distance = standing - value if side == "demand" else value - standing
        heappush(self._heap, (distance, entry, value))

    def _is_demand(self, entry: str) -> bool:
        return entry in self._demands.weights


def _side(assignment: Assignment, entry: str) -> Side | None:
    if entry in assignment.sides["demand"].weights:
        return "demand"
    return "supply" if entry in assignment.sides["supply"].weights else None
