"""The target of an indicator, version by version (量化目标).

Each time that the target of the whole comes to be another, that is its next version;
a date is judged by the one that stood then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from services.coordination.attainment import last_day, meets
from services.rules.comparison import compared, whole_of
from services.rules.remembered import Remembered, no_effect_of
from services.runtime.kinds import Reason
from twincity_schemas.bound import Bound
from twincity_schemas.indicator import (
    Coverage,
    IndicatorReported,
    IndicatorTargeted,
    Measure,
)
from twincity_schemas.indicator_record import (
    IndicatorPoint,
    IndicatorState,
    JointTarget,
    TargetRecord,
    TargetSaid,
)
from twincity_schemas.parties import day_of
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Subject, Value

Targets = Mapping[str, Remembered[IndicatorTargeted]]
"""By party, the latest by a moment."""


class Version(NamedTuple):
    """The joint target from one moment on."""

    since: datetime
    statements: tuple[str, ...]
    record: TargetRecord


def versions_of(
    targeted: Mapping[str, tuple[Remembered[IndicatorTargeted], ...]], subject: Subject
) -> list[Version]:
    """The target each time that it came to be another, the first before all."""
    moments = sorted({one.recorded for own in targeted.values() for one in own})
    versions: list[Version] = []
    for moment in moments:
        latest = {
            party: by_then[-1]
            for party, own in targeted.items()
            if (by_then := [one for one in own if one.recorded <= moment])
        }
        record = _target(latest, subject)
        new = tuple(
            one.id for own in targeted.values() for one in own if one.recorded == moment
        )
        alike = versions and (versions[-1].record.state, versions[-1].record.joint) == (
            record.state,
            record.joint,
        )
        # Said by one more, or in other words: the same target, since it first stood.
        if alike:
            versions[-1] = Version(versions[-1].since, versions[-1].statements, record)
        else:
            versions.append(Version(moment, new, record))
    return versions


def joint_at(versions: list[Version], day: str) -> JointTarget | None:
    """The target that stood on a day; before the first, the first that there was."""
    # A target lowered today does not reach into the months that it was missed in.
    then = [v.record for v in versions if day_of(v.since) <= day]
    if then and then[-1].state is FieldState.DISPUTED:
        # Who is behind does not escape by another target: what all had agreed on holds
        # until they agree on the next. One party's word alone holds against nobody.
        return next(
            (t.joint for t in reversed(then) if t.state is FieldState.SETTLED), None
        )
    return then[-1].joint if then and then[-1].joint else first_joint(versions)


def is_afterwards(versions: list[Version], day: str) -> bool:
    """Returns whether the target that a day goes by was set only after it."""
    # Whoever knows the value sets a target that it meets.
    joint_since = next((v.since for v in versions if v.record.joint), None)
    return joint_since is not None and day_of(joint_since) > day


def is_ceiling(target: JointTarget) -> bool:
    """Returns whether a running total is to stay below its target."""
    return (
        target.measure is Measure.CUMULATIVE
        and target.bound is Bound.AT_MOST
        and target.baseline is None
    )


def first_joint(versions: list[Version]) -> JointTarget | None:
    """Returns the first target of the whole; None before there is one."""
    return next((v.record.joint for v in versions if v.record.joint), None)


class Spoken(NamedTuple):
    """One party's figures, and what must be the same of all to compare them."""

    coverage: Coverage
    alike: Any
    figures: tuple[Decimal | None, ...]


def joint(
    by_party: Mapping[str, Spoken], members: int
) -> tuple[FieldState, tuple[Decimal | None, ...] | None]:
    """Returns the figures of the whole, where those of the parties allow it.

    Figures in other units, or over other periods, contradict each other whatever
    they are: nothing of them can be added up or taken for the same.
    """
    if compared(spoken.alike for spoken in by_party.values()) is FieldState.DISPUTED:
        return FieldState.DISPUTED, None
    wholes = {
        party: spoken.figures
        for party, spoken in by_party.items()
        if spoken.coverage is Coverage.WHOLE
    }
    parts = {p: spoken.figures for p, spoken in by_party.items() if p not in wholes}
    return whole_of(wholes, parts, _added, complete=len(by_party) == members)


def _added(
    parts: Sequence[tuple[Decimal | None, ...]],
) -> tuple[Decimal | None, ...]:
    """Returns the sums, figure by figure; None of what nobody gives."""
    return tuple(map(_sum, zip(*parts, strict=True)))


def _sum(figures: tuple[Decimal | None, ...]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, Decimal()) if known else None


def _target(targets: Targets, subject: Subject) -> TargetRecord:
    first = next(iter(targets.values())).content
    state, figures = joint(
        {party: _target_figure(target.content) for party, target in targets.items()},
        len(subject.members),
    )
    whole = None
    if figures is not None and figures[0] is not None:
        whole = JointTarget(
            target=figures[0],
            unit=first.unit,
            measure=first.measure,
            bound=first.bound,
            baseline=figures[1],
            begins=first.begins,
            ends=first.ends,
        )
    by = {
        party: TargetSaid(**shown(target, TargetSaid))
        for party, target in targets.items()
    }
    return TargetRecord(state=state, joint=whole, by=by)


def shown(version: Remembered[Any], model: type[Value]) -> dict[str, Any]:
    """Returns what a record shows of a statement: its fields, and where it was said."""
    content = version.content
    fields = model.model_fields.keys() & type(content).model_fields.keys()
    values = {name: getattr(content, name) for name in sorted(fields)}
    return {**values, "statement": version.id}


def _target_figure(content: IndicatorTargeted) -> Spoken:
    alike = (
        content.unit,
        content.measure,
        content.bound,
        content.begins,
        content.ends,
        # A baseline that some give and some do not is none of the whole.
        content.baseline is None,
    )
    return Spoken(content.coverage, alike, (content.target, content.baseline))


def why_not(
    party: str,
    report: Remembered[IndicatorReported],
    day: str,
    target: JointTarget | None,
) -> NoEffect | None:
    """Returns why a report has no effect; None where it has.

    Args:
        party: whose report it is.
        report: what it says.
        day: the last day it holds for.
        target: what that day goes by; None while there is none.
    """
    content = report.content
    why: Reason
    # A value of a month that has not begun, or of a day to come, is a forecast: it
    # would be the latest, and hide where the indicator is.
    begins = day if content.as_of == day else f"{day[:7]}-01"
    if day_of(report.recorded) < begins:
        why = (
            "before_its_date",
            f"数据截至 {content.as_of}，收件时该日期尚未到",
            f"it is as of {content.as_of}, which was yet to come when it was recorded",
        )
        return no_effect_of(party, report, why)
    if target is None:
        return None
    if content.unit != target.unit:
        why = (
            "other_unit",
            f"单位 {content.unit} 与目标的单位 {target.unit} 不同",
            f"it is in {content.unit}, the target in {target.unit}",
        )
    elif day < target.begins:
        why = (
            "before_the_period",
            f"数据截至 {content.as_of}，早于期间起 {target.begins}",
            f"it is as of {content.as_of}, before the period begins: {target.begins}",
        )
    else:
        return None
    return no_effect_of(party, report, why)


def state_at(point: IndicatorPoint | None, versions: list[Version]) -> IndicatorState:
    """Returns how an indicator stood at a date, by the target that stood then."""
    if point is None or point.value is None:
        return IndicatorState.UNDETERMINED
    day = last_day(point.as_of)
    target, first = joint_at(versions, day), first_joint(versions)
    if target is None:
        return IndicatorState.UNDETERMINED
    # Reached by a target that was made easier is said to be so.
    met = meets(point.value, target.target, target.bound)
    if is_ceiling(target) and day < last_day(target.ends):
        # What accrues until the end is kept to at the end, and not before.
        return _paced(Decimal() if met and point.lead is None else point.lead)
    if met:
        if is_afterwards(versions, day):
            return IndicatorState.REACHED_AFTERWARDS
        as_first = first is not None and (
            (first.unit, first.bound) == (target.unit, target.bound)
            and meets(point.value, first.target, first.bound)
            and (first == target or day <= last_day(first.ends))
        )
        return IndicatorState.REACHED if as_first else IndicatorState.REACHED_CHANGED
    return _paced(point.lead)


def _paced(lead: Decimal | None) -> IndicatorState:
    # What is no running total has no pace: it is behind until it is reached.
    if lead is None or lead < 0:
        return IndicatorState.BEHIND
    return IndicatorState.AHEAD if lead else IndicatorState.ON_TIME
