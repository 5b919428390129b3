"""Indicators (量化目标): the members' targets, what they report, and the lead.

Figures of the whole must agree; figures of the members' own parts add up once
every member has given its own. The formulas stand in the record's module.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import Field

from services.coordination.attainment import (
    attained,
    elapsed,
    hundredths,
    last_day,
    meets,
)
from services.coordination.place import in_domain
from services.runtime.kinds import States, whole
from twincity_schemas.indicator import (
    Coverage,
    IndicatorReported,
    IndicatorTargeted,
    Measure,
)
from twincity_schemas.indicator_record import (
    IndicatorPoint,
    IndicatorRecorded,
    IndicatorState,
    JointTarget,
    TargetRecord,
    TargetSaid,
    ValueSaid,
)
from twincity_schemas.message import Event
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Domain, Subject, Value


class Target(Value):
    """A target, with the statement it came in."""

    statement: str
    content: IndicatorTargeted


class Report(Value):
    """A report, with the statement it came in."""

    statement: str
    content: IndicatorReported


class PartyView(Value):
    """What one party has said of an indicator: its target, a report for a date."""

    target: Target | None = None
    reports: Mapping[str, Report] = Field(default_factory=dict)
    """By the last day that they hold for."""


Views = Mapping[str, PartyView]


def apply(before: PartyView, event: Event[Any], _states: States) -> PartyView:
    """Add one statement to what its party has said."""
    envelope, data = event.envelope, event.data
    change: dict[str, Any] = {}
    match data:
        case IndicatorTargeted():
            change["target"] = Target(statement=envelope.id, content=data)
        case IndicatorReported():
            report = Report(statement=envelope.id, content=data)
            day = last_day(data.as_of)
            change["reports"] = {**before.reports, day: report}
        case _:
            pass
    return before.model_copy(update=change)


def _targets(views: Views) -> dict[str, Target]:
    return {
        party: target
        for party in sorted(views)
        if (target := views[party].target) is not None
    }


def home(views: Views) -> Domain | None:
    """The domain of the record; None as long as nobody has set a target."""
    first = next(iter(_targets(views).values()), None)
    return None if first is None else first.content.domain


def derive(states: States) -> IndicatorRecorded | None:
    """The joint record; None as long as nobody has set a target."""
    subject, views = states.subject, states.own
    targets = _targets(views)
    first = next(iter(targets.values()), None)
    if first is None:
        return None
    target = _target(targets, subject)
    counted: dict[str, dict[str, Report]] = {}
    unmet: list[Unmet] = []
    for party in sorted(views):
        for day, report in sorted(views[party].reports.items()):
            objection = _objection(party, report, day, target.joint)
            if objection is None:
                counted.setdefault(day, {})[party] = report
            else:
                unmet.append(objection)
    history = tuple(
        _point(day, reports, target.joint, subject)
        for day, reports in sorted(counted.items())
    )
    with_value = [point for point in history if point.value is not None]
    latest = with_value[-1] if with_value else None
    return IndicatorRecorded(
        subject=str(subject),
        state=_state(latest, target.joint),
        domain=first.content.domain,
        name=first.content.name,
        target=target,
        latest=latest,
        by=_latest_by_party(history),
        history=history,
        statements=states.statements,
        unmet=tuple(unmet),
    )


def _latest_by_party(history: tuple[IndicatorPoint, ...]) -> dict[str, ValueSaid]:
    # History runs with time, so a later date replaces an earlier one.
    latest = {party: said for point in history for party, said in point.by.items()}
    return dict(sorted(latest.items()))


class _Figure(NamedTuple):
    """A figure, and what must be the same of all for it to be comparable."""

    coverage: Coverage
    alike: Any
    figures: tuple[Decimal | None, ...]


def _joint(
    said: list[_Figure], members: int
) -> tuple[FieldState, tuple[Decimal | None, ...] | None]:
    """The figures of the whole, where what was said allows it."""
    if any(figure.alike != said[0].alike for figure in said):
        return FieldState.DISPUTED, None
    wholes = [figure for figure in said if figure.coverage is Coverage.WHOLE]
    if any(whole.figures != wholes[0].figures for whole in wholes):
        return FieldState.DISPUTED, None
    if wholes:
        state = FieldState.SETTLED if len(wholes) > 1 else FieldState.SINGLE
        return state, wholes[0].figures
    if len(said) < members:
        return FieldState.SINGLE, None
    state = FieldState.SETTLED if members > 1 else FieldState.SINGLE
    return state, tuple(map(_sum, zip(*(f.figures for f in said), strict=True)))


def _sum(parts: tuple[Decimal | None, ...]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal()) if known else None


def _target(targets: Mapping[str, Target], subject: Subject) -> TargetRecord:
    said = [target.content for target in targets.values()]
    state, figures = _joint([_target_figure(c) for c in said], len(subject.members))
    joint = None
    if figures is not None and figures[0] is not None:
        joint = JointTarget(
            target=figures[0],
            unit=said[0].unit,
            measure=said[0].measure,
            bound=said[0].bound,
            baseline=figures[1],
            begins=said[0].begins,
            ends=said[0].ends,
        )
    by = {
        party: TargetSaid(**_content(target, TargetSaid))
        for party, target in targets.items()
    }
    return TargetRecord(state=state, joint=joint, by=by)


def _content(said: Target | Report, model: type[Value]) -> dict[str, Any]:
    """What a record shows of a statement: its fields, and where it was said."""
    fields = model.model_fields.keys() - {"statement"}
    shown = {name: getattr(said.content, name) for name in sorted(fields)}
    return {**shown, "statement": said.statement}


def _target_figure(content: IndicatorTargeted) -> _Figure:
    alike = (
        content.unit,
        content.measure,
        content.bound,
        content.begins,
        content.ends,
        # A baseline that some give and some do not is none of the whole.
        content.baseline is None,
    )
    return _Figure(content.coverage, alike, (content.target, content.baseline))


def _objection(
    party: str, report: Report, day: str, target: JointTarget | None
) -> Unmet | None:
    """Why a report has no effect; None where it has."""
    if target is None:
        return None
    content = report.content
    if content.unit != target.unit:
        code, zh, en = (
            "other_unit",
            f"单位 {content.unit} 与目标的单位 {target.unit} 不同",
            f"it is in {content.unit}, the target in {target.unit}",
        )
    elif day < target.begins:
        code, zh, en = (
            "before_the_period",
            f"数据截至 {content.as_of}，早于期间起 {target.begins}",
            f"it is as of {content.as_of}, before the period begins: {target.begins}",
        )
    else:
        return None
    return Unmet(
        statement=report.statement,
        party=party,
        step="indicator.reported",
        code=code,
        zh=zh,
        en=en,
    )


def _point(
    day: str,
    reports: Mapping[str, Report],
    target: JointTarget | None,
    subject: Subject,
) -> IndicatorPoint:
    state, figures = _joint(
        [_value_figure(report.content) for report in reports.values()],
        len(subject.members),
    )
    value = None if figures is None else figures[0]
    return IndicatorPoint(
        as_of=max((r.content.as_of for r in reports.values()), key=len),
        state=state,
        value=value,
        **dict(_shares(day, value, target)),
        by={
            party: ValueSaid(**_content(report, ValueSaid))
            for party, report in reports.items()
        },
    )


def _value_figure(content: IndicatorReported) -> _Figure:
    return _Figure(content.coverage, content.unit, (content.value,))


def _shares(
    day: str, value: Decimal | None, target: JointTarget | None
) -> Iterator[tuple[str, Decimal]]:
    if target is None:
        return
    time = elapsed(day, target.begins, target.ends)
    yield "elapsed", hundredths(time)
    if value is None:
        return
    share = attained(value, target.target, target.baseline, target.bound)
    if share is not None:
        yield "attained", hundredths(share)
        if target.measure is Measure.CUMULATIVE:
            yield "lead", hundredths(share - time)


def _state(point: IndicatorPoint | None, target: JointTarget | None) -> IndicatorState:
    if point is None or point.value is None or target is None:
        return IndicatorState.UNDETERMINED
    if meets(point.value, target.target, target.bound):
        return IndicatorState.REACHED
    if point.lead is None or point.lead < 0:
        return IndicatorState.BEHIND
    return IndicatorState.AHEAD if point.lead else IndicatorState.ON_TIME


KIND = whole(
    "indicator",
    PartyView,
    (IndicatorTargeted, IndicatorReported),
    apply,
    derive,
    in_domain(home),
)
