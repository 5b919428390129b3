"""What single owners would say of an optimum.

The optimum is the best in total; that does not make it everybody's choice. Two
entries *block* where both would rather have each other than what they hold: a
partner of theirs scores less, or a place is free. A chosen pair is a *mutual first
choice* where neither entry has a possible partner that scores more. Scores count
here, and the hash below them does not: it is nobody's wish.
"""

from collections.abc import Iterable
from heapq import nlargest, nsmallest

from services.matching.assignment import OTHER, Assignment, Side, score_of
from services.matching.nearest import MOST

BLOCKING_LISTED = 10
"""Of the pairs that block, a pool's record names the first so many."""
_NOBODY = 1 << 62
"""More than any score: what an entry without capacity would want."""


class Wishes:
    """The blocking pairs and the first choices of an assignment, kept through events.

    An event changes what few entries hold or could hold; only those are asked again.
    """

    def __init__(self) -> None:
        self._best: dict[str, list[tuple[str, int]]] = {}
        """An entry's best possible partners, the best first, and what they score."""
        self._wants: dict[str, int] = {}
        """What a pair has to exceed for an entry to want it."""
        self.blocked = 0
        """How many pairs block."""
        self._blocking: dict[str, tuple[str, ...]] = {}

    def learn(self, assignment: Assignment, changed: Iterable[str]) -> set[str]:
        """Ask those again whose pairs or possible pairs changed.

        Returns:
            Those whose best possible partners are others now or score otherwise.
        """
        again: set[str] = set()
        otherwise: set[str] = set()
        for node in changed:
            before = self._best.pop(node, None)
            self._wants.pop(node, None)
            self.blocked -= len(self._blocking.pop(node, ()))
            side = _side(assignment, node)
            if side is None:
                continue
            row = assignment.sides[side].weights[node]
            best = nlargest(MOST, ((value, other) for other, value in row.items()))
            self._best[node] = [(other, score_of(value)) for value, other in best]
            if self._best[node] != before:
                otherwise.add(node)
            self._wants[node] = _wants(assignment, side, node)
            # A blocking pair is kept with its demand: for a supply its demands ask.
            again |= {node} if side == "demand" else row.keys()
        for demand in again:
            self._ask(assignment, demand)
        return otherwise

    def _ask(self, assignment: Assignment, demand: str) -> None:
        nodes = assignment.sides["demand"]
        mine, chosen = self._wants[demand], nodes.chosen[demand]
        better = tuple(
            supply
            for supply, value in nodes.weights[demand].items()
            if (score := score_of(value)) > mine
            and score > self._wants[supply]
            and supply not in chosen
        )
        self.blocked += len(better) - len(self._blocking.pop(demand, ()))
        if better:
            self._blocking[demand] = better

    def blocking(self, most: int | None = None) -> list[tuple[str, str]]:
        """The pairs that block, demand first, sorted; the first so many of them."""
        count = len(self._blocking) if most is None else most
        demands = nsmallest(count, self._blocking)
        pairs = sorted((d, s) for d in demands for s in self._blocking[d])
        return pairs[:most]

    def is_mutual_first_choice(self, score: int, demand: str, supply: str) -> bool:
        """Returns whether neither entry of a pair has a possible partner worth more."""
        return score >= max(self._else(demand, supply), self._else(supply, demand))

    def _else(self, node: str, partner: str) -> int:
        """Returns what the best possible partner of a node scores beside one."""
        others = (score for other, score in self._best[node] if other != partner)
        return next(others, 0)


def blocking(assignment: Assignment) -> list[tuple[str, str]]:
    """The pairs that block, demand first, sorted; in one pass over all pairs."""
    return wishes(assignment).blocking()


def wishes(assignment: Assignment) -> Wishes:
    """Returns what the owners of a whole pool would say."""
    wishes_ = Wishes()
    wishes_.learn(assignment, [n for s in OTHER for n in assignment.sides[s].weights])
    return wishes_


def _wants(assignment: Assignment, side: Side, node: str) -> int:
    nodes = assignment.sides[side]
    if nodes.capacity[node] == 0:
        return _NOBODY
    if nodes.has_room(node):
        # Below every score: with room left any partner is wanted.
        return -1
    row = nodes.weights[node]
    return min(score_of(row[other]) for other in nodes.chosen[node])


def _side(assignment: Assignment, node: str) -> Side | None:
    return next((s for s in OTHER if node in assignment.sides[s].weights), None)
