"""The pairing of most total weight, repaired event by event.

Maximum-weight bipartite b-matching: every entry has a capacity, a pair is
chosen at most once, an entry may stay alone. Beside the chosen pairs every
entry keeps a dual (its price). With the reduced cost

    r(i, j) = dual(i) + dual(j) - weight(i, j)

these hold between events, and prove that no better pairing exists (linear
programming duality; ``certificate`` derives it):

    dual ≥ 0;  r ≥ 0 on every pair not chosen;  r ≤ 0 on every chosen pair;
    dual > 0 only on entries whose capacity is used up.

An event breaks them in one or two places; each is mended by one search for the
shortest augmenting path (Dijkstra on |r|), which also moves the duals.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import pairwise
from typing import Literal, Self

Side = Literal["demand", "supply"]
OTHER: dict[Side, Side] = {"demand": "supply", "supply": "demand"}

TIE_BITS = 40
FIXED = 1 << 100
"""Added to the weight of a pair that both owners accepted: it outweighs any
pairing without it, and where accepted pairs exceed a capacity, the best of them
stand, whatever the order in which they were accepted."""


def weight(score: int, demand: str, supply: str) -> int:
    """A pair's weight: its score, and a hash of the two names below it.

    The hash makes the optimum unique in practice, so that the pairing does not
    depend on the order of events.
    """
    name = f"{demand}\n{supply}".encode()
    tie = int.from_bytes(blake2b(name, digest_size=TIE_BITS // 8).digest())
    return (score << TIE_BITS) + tie


def score_of(value: int) -> int:
    """The score in a pair's weight; what a pin adds stays in it."""
    return value >> TIE_BITS


def weight_above(score: int) -> int:
    """The least weight of a pair that scores more."""
    return (score + 1) << TIE_BITS


@dataclass
class _Nodes:
    """One side of the pool."""

    weights: dict[str, dict[str, int]] = field(default_factory=dict)
    chosen: dict[str, set[str]] = field(default_factory=dict)
    capacity: dict[str, int] = field(default_factory=dict)
    dual: MutableMapping[str, int] = field(default_factory=dict)

    def has_room(self, node: str) -> bool:
        return len(self.chosen[node]) < self.capacity[node]


class Assignment:
    """The optimum of one pool, kept through every event."""

    def __init__(self) -> None:
        self.sides: dict[Side, _Nodes] = {"demand": _Nodes(), "supply": _Nodes()}
        self.touched: set[str] = set()
        """Whose pairs, or a partner of whose, changed since it was last cleared."""

    @classmethod
    def resume(
        cls,
        weights: Mapping[str, Mapping[str, int]],
        capacities: Mapping[Side, Mapping[str, int]],
        pairs: Iterable[tuple[str, str]],
        duals: Mapping[Side, Mapping[str, int]],
    ) -> Self:
        """Go on from an optimum that is known already.

        Args:
            weights: of every possible pair, by demand and supply.
            capacities: of the entries of each side.
            pairs: the chosen ones, demand first.
            duals: prices that prove it, of the entries of each side.
        """
        self = cls()
        chosen: dict[str, set[str]] = {demand: set() for demand in weights}
        for demand, supply in pairs:
            chosen[demand].add(supply)
        for node, capacity in capacities["supply"].items():
            self._enter("supply", node, {}, capacity)
            self._keep("supply", node, set(), duals["supply"][node])
        for node, row in weights.items():
            self._enter("demand", node, row, capacities["demand"][node])
            self._keep("demand", node, chosen[node], duals["demand"][node])
            for other in chosen[node]:
                self.sides["supply"].chosen[other].add(node)
        return self

    def put(
        self, side: Side, node: str, weights: Mapping[str, int], capacity: int
    ) -> None:
        """Add an entry, or say anew what its pairs weigh and how many it takes.

        A revision, a changed capacity, a declined or an accepted pair are all
        this one event. Chosen pairs that are still worth their price stay, so
        that a small change costs a search or two, whatever the capacity.

        Args:
            side: which side it is on.
            node: its name.
            weights: of its possible pairs, by the other side's names.
            capacity: how many pairs it can take.
        """
        here, there = self.sides[side], self.sides[OTHER[side]]
        if node in there.weights:  # it has changed sides
            self.remove(node)
        before = here.chosen.get(node, set())
        self._enter(side, node, weights, capacity)
        # What each pair leaves for node: its price lies between the best that it
        # does without and the worst that it keeps.
        left = {other: value - there.dual[other] for other, value in weights.items()}
        price = max([0, *(left[other] for other in left.keys() - before)])
        worth = (other for other in before & left.keys() if left[other] >= price)
        best = sorted(worth, key=lambda other: (-left[other], other))
        price = max([price, *(left[other] for other in best[capacity:])])
        self._keep(side, node, set(best[:capacity]), price)
        self.touched |= before
        self._part(side, node, before - here.chosen[node])
        self._mend(side, node)

    def remove(self, node: str) -> None:
        """Take an entry out; unknown names are ignored."""
        for side, here in self.sides.items():
            if node not in here.weights:
                continue
            alone = here.chosen[node]
            self._leave(side, node)
            self.touched |= alone
            self._part(side, node, alone)

    def _enter(
        self, side: Side, node: str, weights: Mapping[str, int], capacity: int
    ) -> None:
        """Write down what an entry's pairs weigh and how many it takes."""
        here, there = self.sides[side], self.sides[OTHER[side]]
        for other in here.weights.get(node, {}).keys() - weights.keys():
            del there.weights[other][node]
        for other, value in weights.items():
            there.weights[other][node] = value
        here.weights[node] = dict(weights)
        here.capacity[node] = capacity

    def _keep(self, side: Side, node: str, partners: set[str], price: int) -> None:
        """Write down which pairs an entry begins with, and its price."""
        here = self.sides[side]
        here.chosen[node], here.dual[node] = partners, price

    def _leave(self, side: Side, node: str) -> None:
        """Forget an entry."""
        here, there = self.sides[side], self.sides[OTHER[side]]
        for other in here.weights.pop(node):
            del there.weights[other][node]
        del here.chosen[node], here.capacity[node], here.dual[node]

    def _part(self, side: Side, node: str, others: set[str]) -> None:
        """Let the others go, and find them another partner."""
        there = self.sides[OTHER[side]]
        for other in others:
            there.chosen[other].discard(node)
        for other in sorted(others):
            self._mend(OTHER[side], other)

    def pairs(self) -> list[tuple[str, str]]:
        """The chosen pairs, demand first, sorted."""
        chosen = self.sides["demand"].chosen
        return sorted((d, s) for d, partners in chosen.items() for s in partners)

    def _mend(self, side: Side, node: str) -> None:
        here = self.sides[side]
        while here.dual[node] > 0 and here.has_room(node):
            self._augment(side, node)

    def _augment(self, side: Side, root: str) -> None:  # noqa: C901, PLR0912  one search, branch by branch
        """Search the cheapest way to make root's price right.

        It ends at an entry of the other side that has room, at one of this side
        that gives its place up, or at root staying alone; the best end known
        bounds the search from the moment it is seen.
        One loop on purpose: it is the hot path, and a call per step doubles it.
        """
        here, there = self.sides[side], self.sides[OTHER[side]]
        price, their_price = here.dual, there.dual
        near: dict[str, int] = {root: 0}
        far: dict[str, int] = {}
        came_by: dict[str, str] = {}  # an entry here: by which chosen pair
        came_from: dict[str, str] = {}  # an entry there: from which entry here
        best, end, end_there = price[root], root, False
        heap: list[tuple[int, bool, str]] = [(0, False, root)]
        while heap:
            distance, is_there, node = heappop(heap)
            if distance >= best:
                break
            if is_there:
                if distance > far[node]:
                    continue  # a shorter way was found since
                rest = distance - their_price[node]
                for back in there.chosen[node]:
                    length = rest + here.weights[back][node] - price[back]
                    if length < best and length < near.get(back, best):
                        near[back], came_by[back] = length, node
                        heappush(heap, (length, False, back))
                        if length + price[back] < best:
                            best, end, end_there = length + price[back], back, False
            else:
                if distance > near[node]:
                    continue
                rest = distance + price[node]
                taken = here.chosen[node]
                for other, value in here.weights[node].items():
                    length = rest + their_price[other] - value
                    if (
                        length < best
                        and length < far.get(other, best)
                        and other not in taken
                    ):
                        came_from[other] = node
                        if there.has_room(other):
                            best, end, end_there = length, other, True
                        else:
                            far[other] = length
                            heappush(heap, (length, True, other))
        for node, distance in near.items():
            if distance < best:
                here.dual[node] -= best - distance
        for node, distance in far.items():
            if distance < best:
                there.dual[node] += best - distance
        trail = [] if end_there else [end]
        stop = end if end_there else came_by.get(end)
        while stop is not None:
            trail += [stop, came_from[stop]]
            stop = came_by.get(trail[-1])
        self._flip(side, trail[::-1])

    def _flip(self, side: Side, path: list[str]) -> None:
        """Choose and give up, by turns, the pairs along a path from its root."""
        here, there = self.sides[side], self.sides[OTHER[side]]
        for place, (one, next_one) in enumerate(pairwise(path)):
            if place % 2 == 0:
                here.chosen[one].add(next_one)
                there.chosen[next_one].add(one)
            else:
                there.chosen[one].discard(next_one)
                here.chosen[next_one].discard(one)
            self.touched |= {one, next_one}
