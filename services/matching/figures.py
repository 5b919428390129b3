"""The figures of a pool's recommended pairs, kept through events."""

from collections.abc import Iterable

from services.matching.assignment import Assignment, score_of
from services.matching.stability import Wishes

_Standing = frozenset[tuple[str, int, bool]]
"""A demand's recommended pairs: the supply, the score, whether both put it first."""
_NONE: _Standing = frozenset()


class PoolFigures:
    """The numbers of pairs and of mutual first choices, and the score in all."""

    def __init__(self) -> None:
        self.pairs = self.score = self.mutual_first_choices = 0
        self._of: dict[str, _Standing] = {}

    def learn(
        self, assignment: Assignment, wishes: Wishes, stale: Iterable[str]
    ) -> set[str]:
        """Count anew what a change of some entries' pairs or wishes touches.

        Returns:
            The entries whose pairs are others now, score or rank otherwise.
        """
        demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
        again = {
            demand
            for entry in stale
            for demand in (entry, *supplies.chosen.get(entry, ()))
        }
        otherwise = set[str]()
        for demand in again:
            before, now = self._of.pop(demand, _NONE), _NONE
            if demand in demands.weights:
                row = demands.weights[demand]
                scores = {s: score_of(row[s]) for s in demands.chosen[demand]}
                now = self._of[demand] = frozenset(
                    (s, score, wishes.is_mutual_first_choice(score, demand, s))
                    for s, score in scores.items()
                )
            if before != now:
                otherwise |= {demand, *(supply for supply, _, _ in before ^ now)}
                self._add(before, -1)
                self._add(now, 1)
        return otherwise

    def _add(self, standing: _Standing, sign: int) -> None:
        self.pairs += sign * len(standing)
        self.score += sign * sum(score for _, score, _ in standing)
        self.mutual_first_choices += sign * sum(first for _, _, first in standing)
