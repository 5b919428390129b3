"""A measure of a plan, version by version."""

from collections.abc import Mapping
from datetime import datetime

from services.rules.closing import over
from services.rules.heard import Recorded
from services.rules.turns import Move
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.plan import Effect, EffectFigure, PlanDrawn, PlanMeasure
from twincity_schemas.values import PartialDate


class Step(Move):
    """A step of a measure as it was said."""

    recorded: datetime
    as_of: PartialDate
    note: str
    effect: Effect | None = None
    value: EffectFigure | None = None


def in_force(
    code: str,
    plans: tuple[Recorded[PlanDrawn], ...],
    said: Mapping[str, tuple[Step, ...]],
) -> tuple[PlanMeasure, str, tuple[DeadlineChange, ...], datetime | None]:
    """A measure after every version of its plan.

    A version that comes when the deadline is over changes nothing of the measure, and
    none gives it to another party once somebody has taken a step.
    """
    now: PlanMeasure | None = None
    first_due, dropped = "", None
    changes: list[DeadlineChange] = []
    for plan in plans:
        measures = {m.code: m for m in plan.heard.content.measures}
        told = measures.get(code)
        if now is None:
            now, first_due = told, told.due if told else ""
            continue
        if told is None:
            dropped = dropped or plan.recorded
            continue
        dropped = None
        counts = not over(now.due, plan.recorded)
        if told.due != now.due:
            changes.append(
                DeadlineChange(
                    statement=plan.heard.statement,
                    recorded=plan.recorded,
                    due=told.due,
                    counts=counts,
                )
            )
        if counts:
            begun = any(s.recorded <= plan.recorded for by in said.values() for s in by)
            keep = {"party": now.party, "unit": now.unit} if begun else {}
            now = told.model_copy(update=keep)
    assert now is not None  # noqa: S101  a root is of a measure that a version has
    return now, first_due, tuple(changes), dropped
