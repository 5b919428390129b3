"""A measure of a plan, version by version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.rules.closing import over
from services.rules.remembered import Remembered
from services.rules.turns import Move
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.plan import Effect, EffectFigure, PlanDrawn, PlanMeasure
from twincity_schemas.values import PartialDate


@dataclass(frozen=True, slots=True)
class MeasureMove(Move):
    """One party's step of a measure, as far as its rule needs it."""

    as_of: PartialDate
    note: str
    effect: Effect | None = None
    value: EffectFigure | None = None


Moves = Mapping[str, tuple[MeasureMove, ...]]
"""Each party's steps of one measure, in its own order."""


def in_force(
    code: str,
    plans: tuple[Remembered[PlanDrawn], ...],
    moves: Moves,
) -> tuple[PlanMeasure, str, tuple[DeadlineChange, ...], datetime | None]:
    """Returns a measure after every version of its plan.

    A version that comes when the deadline is over changes nothing of the measure, and
    none gives it to another party once somebody has taken a step.
    """
    now: PlanMeasure | None = None
    first_due, dropped = "", None
    changes: list[DeadlineChange] = []
    for plan in plans:
        measures = {m.code: m for m in plan.content.measures}
        version = measures.get(code)
        if now is None:
            now, first_due = version, version.due if version else ""
            continue
        if version is None:
            # Since the first version without it, however often it is left out again.
            dropped = dropped or plan.recorded
            continue
        dropped = None
        # A plan drawn anew is no way around a deadline that has passed.
        counts = not over(now.due, plan.recorded)
        if version.due != now.due:
            changes.append(
                DeadlineChange(
                    statement=plan.id,
                    recorded=plan.recorded,
                    due=version.due,
                    counts=counts,
                )
            )
        if counts:
            begun = any(
                m.recorded <= plan.recorded for own in moves.values() for m in own
            )
            now = _owned_as(version, now) if begun else version
    assert now is not None  # noqa: S101  a root is of a measure that a version has
    return now, first_due, tuple(changes), dropped


def _owned_as(version: PlanMeasure, before: PlanMeasure) -> PlanMeasure:
    """Returns a version of a measure that stays with whoever has begun it."""
    return PlanMeasure(
        code=version.code,
        what=version.what,
        party=before.party,
        unit=before.unit,
        due=version.due,
        effect=version.effect,
        target=version.target,
    )
