"""What single owners would say of an optimum.

The optimum is the best in total; that does not make it everybody's choice. Two
entries *block* where both would rather have each other than what they hold: a
partner of theirs scores less, or a place is free. A chosen pair is a *mutual first
choice* where neither entry has a possible partner that scores more. Scores count
here, and the hash below them does not: it is nobody's wish.
"""

from collections.abc import Iterable
from heapq import nlargest

from services.matching.assignment import OTHER, Assignment, Side, score_of

_NOBODY = 1 << 62
"""More than any score: what an entry without capacity would want."""


class Wishes:
    """The blocking pairs and the first choices of an assignment, kept through events.

    An event changes what few entries hold or could hold; only those are asked again.
    """

    def __init__(self) -> None:
        self._best: dict[str, tuple[int, int]] = {}
        """What an entry's best and second best possible partner score."""
        self._wants: dict[str, int] = {}
        """What a pair has to exceed for an entry to want it."""
        self._blocking: dict[str, tuple[str, ...]] = {}

    def learn(self, assignment: Assignment, changed: Iterable[str]) -> None:
        """Ask those again whose pairs or possible pairs changed."""
        again: set[str] = set()
        for node in changed:
            for known in (self._best, self._wants, self._blocking):
                known.pop(node, None)
            side = _side(assignment, node)
            if side is None:
                continue
            row = assignment.sides[side].weights[node]
            first, second = nlargest(2, (*row.values(), 0, 0))
            self._best[node] = score_of(first), score_of(second)
            self._wants[node] = _wants(assignment, side, node)
            again |= {node} if side == "demand" else row.keys()
        for demand in again:
            self._ask(assignment, demand)

    def _ask(self, assignment: Assignment, demand: str) -> None:
        nodes = assignment.sides["demand"]
        mine, chosen = self._wants[demand], nodes.chosen[demand]
        found = tuple(
            supply
            for supply, value in nodes.weights[demand].items()
            if (score := score_of(value)) > mine
            and score > self._wants[supply]
            and supply not in chosen
        )
        if found:
            self._blocking[demand] = found
        else:
            self._blocking.pop(demand, None)

    def blocking(self) -> list[tuple[str, str]]:
        """The pairs that block, demand first, sorted."""
        return sorted((d, s) for d, those in self._blocking.items() for s in those)

    def is_mutual_first_choice(self, score: int, demand: str, supply: str) -> bool:
        """Whether neither entry of a pair has a possible partner that scores more."""
        return self.ahead(score, demand, supply) >= 0

    def ahead(self, score: int, demand: str, supply: str) -> int:
        """By how much a pair scores more than any other of its two entries."""
        others = (
            second if first == score else first
            for first, second in (self._best[demand], self._best[supply])
        )
        return score - max(others)


def blocking(assignment: Assignment) -> list[tuple[str, str]]:
    """The pairs that block, demand first, sorted; in one pass over all pairs."""
    return wishes(assignment).blocking()


def wishes(assignment: Assignment) -> Wishes:
    """What the owners of a whole pool would say."""
    found = Wishes()
    found.learn(assignment, [n for s in OTHER for n in assignment.sides[s].weights])
    return found


def _wants(assignment: Assignment, side: Side, node: str) -> int:
    nodes = assignment.sides[side]
    if nodes.capacity[node] == 0:
        return _NOBODY
    if nodes.has_room(node):
        return -1
    row = nodes.weights[node]
    return min(score_of(row[other]) for other in nodes.chosen[node])


def _side(assignment: Assignment, node: str) -> Side | None:
    return next((s for s in OTHER if node in assignment.sides[s].weights), None)
