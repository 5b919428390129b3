"""The pairing of most total weight, repaired event by event.

Maximum-weight bipartite b-matching: every entry has a capacity, a pair is
chosen at most once, an entry may stay alone. Beside the chosen pairs every
entry keeps a dual (its price). With the reduced cost

    r(i, j) = dual(i) + dual(j) - weight(i, j)

these hold between events, and prove that no better pairing exists (linear
programming duality; Schrijver, Combinatorial Optimization, chapters 17, 21):

    dual ≥ 0;  r ≥ 0 on every pair not chosen;  r ≤ 0 on every chosen pair;
    dual > 0 only on entries whose capacity is used up.

An event breaks them in one or two places; each is mended by one search for the
shortest augmenting path (Dijkstra on |r|), which also moves the duals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappop, heappush
from typing import Literal

Side = Literal["demand", "supply"]
OTHER: dict[Side, Side] = {"demand": "supply", "supply": "demand"}

_TIE_BITS = 40
PINNED = 1 << 100
"""Added to the weight of a pair that both owners accepted: it outweighs any
pairing without it, and where accepted pairs exceed a capacity, the best of them
stand, whatever the order in which they were accepted."""


def weight(score: int, demand: str, supply: str) -> int:
    """A pair's weight: its score, and a hash of the two names below it.

    The hash makes the optimum unique in practice, so that the pairing does not
    depend on the order of events.
    """
    name = f"{demand}\n{supply}".encode()
    tie = int.from_bytes(blake2b(name, digest_size=_TIE_BITS // 8).digest())
    return (score << _TIE_BITS) + tie


@dataclass
class _Nodes:
    """One side of the pool."""

    weights: dict[str, dict[str, int]] = field(default_factory=dict)
    chosen: dict[str, set[str]] = field(default_factory=dict)
    capacity: dict[str, int] = field(default_factory=dict)
    dual: dict[str, int] = field(default_factory=dict)

    def has_room(self, node: str) -> bool:
        return len(self.chosen[node]) < self.capacity[node]


class Assignment:
    """The optimum of one pool, kept through every event."""

    def __init__(self) -> None:
        self.sides: dict[Side, _Nodes] = {"demand": _Nodes(), "supply": _Nodes()}
        self.touched: set[str] = set()
        """Whose pairs changed since it was last cleared."""

    def put(
        self, side: Side, node: str, weights: Mapping[str, int], capacity: int
    ) -> None:
        """Add an entry, or replace it with its pairs.

        Args:
            side: which side it is on.
            node: its name.
            weights: of its possible pairs, by the other side's names.
            capacity: how many pairs it can take.
        """
        self.remove(node)
        here, there = self.sides[side], self.sides[OTHER[side]]
        here.weights[node] = dict(weights)
        here.chosen[node] = set()
        here.capacity[node] = capacity
        for other, value in weights.items():
            there.weights[other][node] = value
        least = (value - there.dual[other] for other, value in weights.items())
        here.dual[node] = max(0, max(least, default=0))
        self._mend(side, node)

    def remove(self, node: str) -> None:
        """Take an entry out; unknown names are ignored."""
        for side, here in self.sides.items():
            if node not in here.weights:
                continue
            there = self.sides[OTHER[side]]
            for other in here.weights.pop(node):
                del there.weights[other][node]
            left = here.chosen.pop(node)
            del here.capacity[node], here.dual[node]
            for other in left:
                there.chosen[other].discard(node)
            self.touched |= left
            for other in sorted(left):
                self._mend(OTHER[side], other)

    def pairs(self) -> list[tuple[str, str]]:
        """The chosen pairs, demand first, sorted."""
        chosen = self.sides["demand"].chosen
        return sorted((d, s) for d, partners in chosen.items() for s in partners)

    def _mend(self, side: Side, node: str) -> None:
        here = self.sides[side]
        while here.dual[node] > 0 and here.has_room(node):
            self._augment(side, node)

    def _augment(self, side: Side, root: str) -> None:  # noqa: C901, PLR0912
        """Search the cheapest way to make root's price right.

        It ends at an entry of the other side that has room, at one of this side
        that gives its place up, or (cheapest of all) at root staying alone.
        One loop on purpose: it is the hot path, and a call per step doubles it.
        """
        here, there = self.sides[side], self.sides[OTHER[side]]
        near: dict[str, int] = {root: 0}
        far: dict[str, int] = {}
        came_by: dict[str, str] = {}  # an entry here: by which chosen pair
        came_from: dict[str, str] = {}  # an entry there: from which entry here
        settled: set[tuple[bool, str]] = set()
        best, end, end_there = here.dual[root], root, False
        heap: list[tuple[int, bool, str]] = [(0, False, root)]
        while heap:
            distance, is_there, node = heappop(heap)
            if distance >= best:
                break
            if (is_there, node) in settled:
                continue
            settled.add((is_there, node))
            if is_there:
                if there.has_room(node):
                    best, end, end_there = distance, node, True
                    break
                price = there.dual[node]
                for back in there.chosen[node]:
                    step = here.weights[back][node] - here.dual[back] - price
                    length = distance + step
                    if length < best and length < near.get(back, length + 1):
                        near[back], came_by[back] = length, node
                        heappush(heap, (length, False, back))
            else:
                price = here.dual[node]
                if distance + price < best:
                    best, end, end_there = distance + price, node, False
                taken = here.chosen[node]
                for other, value in here.weights[node].items():
                    length = distance + price + there.dual[other] - value
                    if (
                        length < best
                        and length < far.get(other, length + 1)
                        and other not in taken
                    ):
                        far[other], came_from[other] = length, node
                        heappush(heap, (length, True, other))
        for node, distance in near.items():
            if distance < best:
                here.dual[node] -= best - distance
        for node, distance in far.items():
            if distance < best:
                there.dual[node] += best - distance
        self._flip(side, root, end, end_there, came_by, came_from)

    def _flip(  # noqa: PLR0913, PLR0917  the search's whole result
        self,
        side: Side,
        root: str,
        end: str,
        end_there: bool,  # noqa: FBT001
        came_by: Mapping[str, str],
        came_from: Mapping[str, str],
    ) -> None:
        here, there = self.sides[side], self.sides[OTHER[side]]
        node = end
        if not end_there:
            if end == root:
                return  # root stays alone
            other = came_by[end]
            here.chosen[end].discard(other)
            there.chosen[other].discard(end)
            self.touched |= {end, other}
            node = other
        while True:
            before = came_from[node]
            here.chosen[before].add(node)
            there.chosen[node].add(before)
            self.touched |= {before, node}
            if before == root:
                return
            other = came_by[before]
            here.chosen[before].discard(other)
            there.chosen[other].discard(before)
            self.touched.add(other)
            node = other
