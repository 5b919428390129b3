"""A measure of a plan, version by version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.rules.closing import over
from services.rules.remembered import Remembered
from services.rules.turns import Move
from services.runtime.kinds import Doubted, no_effect
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.plan import Effect, EffectFigure, PlanDrawn, PlanMeasure
from twincity_schemas.problems import problem
from twincity_schemas.steps import NoEffect
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
) -> tuple[PlanMeasure, PlanMeasure, tuple[DeadlineChange, ...], datetime | None]:
    """Returns a measure after every version of its plan, and as it was at first.

    A version that comes when the deadline is over changes nothing of the measure. Once
    somebody has taken a step, none gives it to another party, and none makes it
    another measure: what was done is what it said then.
    """
    now: PlanMeasure | None = None
    first: PlanMeasure | None = None
    dropped = None
    changes: list[DeadlineChange] = []
    for plan in plans:
        measures = {m.code: m for m in plan.content.measures}
        version = measures.get(code)
        if now is None:
            now = first = version
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
            now = due_as(version, now) if begun else version
    assert now is not None  # noqa: S101  a root is of a measure that a version has
    assert first is not None  # noqa: S101  likewise
    return now, first, tuple(changes), dropped


def due_as(version: PlanMeasure, before: PlanMeasure) -> PlanMeasure:
    """Returns a measure that has begun, with the deadline that a version gives it."""
    return PlanMeasure(
        code=before.code,
        what=before.what,
        party=before.party,
        unit=before.unit,
        due=version.due,
        effect=before.effect,
        target=before.target,
    )


def doubts(
    party: str, plan: Remembered[PlanDrawn], measures: Mapping[str, PlanMeasure]
) -> Iterator[Doubted]:
    """Yields the measures that a plan words otherwise than they are in force.

    Args:
        party: who has drawn it.
        plan: its latest version.
        measures: in force, by code.
    """
    for place, drawn in enumerate(plan.content.measures):
        now = measures[drawn.code]
        if due_as(drawn, now) != drawn:
            kept = problem(
                f"/measures/{place}",
                "kept_as_begun",
                f"措施 {drawn.code} 已有步骤或已过时限，内容不变；如有另项请另行编号",
                f"{drawn.code} has begun or was due: it stays as it was; give another"
                " measure another code",
            )
            yield Doubted(party, plan.id, kept)


def split(moves: Moves, dropped: datetime | None) -> tuple[Moves, Moves]:
    """Returns the steps recorded until a measure was dropped, and those after it."""
    if dropped is None:
        return moves, {}
    return (
        {p: tuple(m for m in own if m.recorded <= dropped) for p, own in moves.items()},
        {p: tuple(m for m in own if m.recorded > dropped) for p, own in moves.items()},
    )


def not_in_plan(key: str, moves: Moves) -> list[NoEffect]:
    """Returns that the steps of a measure that no plan has are without effect."""
    why = (
        "not_in_plan",
        f"现行计划中没有措施 {key}",
        f"no plan has the measure {key} at present",
    )
    return [
        no_effect(party, move.id, move.step, why)
        for party in sorted(moves)
        for move in moves[party]
    ]
