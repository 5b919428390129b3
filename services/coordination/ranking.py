"""Scores and ranks of a challenge, by the rules that its record publishes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.coordination.attainment import attained, meets
from services.rules.rates import hundredths
from twincity_schemas.challenge import (
    ChallengeGoal,
    ChallengeTerms,
)

_FULL = Fraction(100)


@dataclass(frozen=True)
class Score:
    """A weighted mean, and what it is the mean of; in per cent, exact."""

    total: Fraction
    parts: Mapping[str, Fraction]


def review_score(
    terms: ChallengeTerms, points: Sequence[Mapping[str, Decimal]]
) -> Score:
    """Returns what the jurors made of an entry.

    Args:
        terms: with the criteria and their weights.
        points: each juror's, of every criterion.
    """
    means = {
        criterion.code: Fraction(
            sum(Fraction(of_one[criterion.code]) for of_one in points),
            len(points),
        )
        for criterion in terms.criteria
    }
    weights = {criterion.code: criterion.weight for criterion in terms.criteria}
    return Score(_weighted(means, weights), means)


def result_score(terms: ChallengeTerms, measured: Mapping[str, Decimal]) -> Score:
    """Returns how far the goals are attained, each from 0 to the cap."""
    cap = _FULL if terms.cap is None else Fraction(terms.cap)
    parts = {
        goal.code: min(max(_share(goal, measured.get(goal.code)), Fraction()), cap)
        for goal in terms.goals
    }
    weights = {goal.code: goal.weight for goal in terms.goals}
    return Score(_weighted(parts, weights), parts)


def _share(goal: ChallengeGoal, value: Decimal | None) -> Fraction:
    if value is None:
        return Fraction()
    share = attained(value, goal.target, goal.baseline, goal.bound)
    # A target that is not beyond its baseline leaves no way to be measured on: it is
    # met or missed.
    if share is None:
        return _FULL if meets(value, goal.target, goal.bound) else Fraction()
    return share


def _weighted(
    parts: Mapping[str, Fraction], weights: Mapping[str, Decimal]
) -> Fraction:
    total = sum(Fraction(weight) for weight in weights.values())
    return sum(
        (part * Fraction(weights[code]) for code, part in parts.items()), Fraction()
    ) / Fraction(total)


def ranks(scores: Mapping[str, Fraction]) -> dict[str, tuple[int, bool]]:
    """Rank and whether it is shared, by key, the best first: 1, 1, 3.

    By the scores as they are shown: whoever reads the record can check the order.
    """
    # Two that read alike are ranked alike: nobody is beaten by what no one can see.
    rounded = {key: hundredths(score) for key, score in scores.items()}
    totals = list(rounded.values())
    placed = {
        key: (1 + sum(other > total for other in totals), totals.count(total) > 1)
        for key, total in rounded.items()
    }
    return dict(sorted(placed.items(), key=lambda item: (item[1][0], item[0])))
