"""Indicators (量化目标): the members' targets, what they report, and the lead.

Figures of the whole must agree; figures of the members' own parts add up once
every member has given its own. A target that is said again is its next version: a
date is judged by the one that stood then. The formulas stand in the record's module.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
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
from services.coordination.place import (
    differing,
    domain_of,
    in_domain,
    text_of,
    undecided,
)
from services.rules.closing import day as day_of
from services.rules.heard import Recorded, recorded
from services.rules.heard import unmet as unmet_of
from services.runtime.kinds import Derived, States, whole
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
    TargetVersion,
    ValueBefore,
    ValueSaid,
)
from twincity_schemas.message import Event
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Domain, Subject, Value


class PartyView(Value):
    """What one party has said of an indicator, each version in its order."""

    targets: tuple[Recorded[IndicatorTargeted], ...] = ()
    reports: Mapping[str, tuple[Recorded[IndicatorReported], ...]] = Field(
        default_factory=dict
    )
    """By the last day that they hold for."""


Views = Mapping[str, PartyView]
Targets = Mapping[str, Recorded[IndicatorTargeted]]
Report = tuple[Recorded[IndicatorReported], ...]
"""What a party reports of a date: the last counts, the others are shown."""


def apply(before: PartyView, event: Event[Any], _states: States) -> PartyView:
    """Add one statement to what its party has said."""
    said = recorded(event)
    if isinstance(event.data, IndicatorTargeted):
        return before.model_copy(update={"targets": (*before.targets, said)})
    day = last_day(event.data.as_of)
    reports = {**before.reports, day: (*before.reports.get(day, ()), said)}
    return before.model_copy(update={"reports": reports})


def _said(views: Views) -> dict[str, tuple[Recorded[IndicatorTargeted], ...]]:
    return {p: view.targets for p, view in sorted(views.items()) if view.targets}


def home(views: Views) -> Domain | None:
    """The domain of the record; None as long as nobody has set a target."""
    return domain_of(_said(views))


def derive(states: States) -> IndicatorRecorded | Derived | None:
    """The joint record; None as long as nobody has set a target."""
    subject, views = states.subject, states.own
    said = _said(views)
    if not said:
        return None
    domain = domain_of(said)
    if domain is None:
        return Derived(no_effect=undecided(said))
    versions = _versions(said, subject)
    counted: dict[str, dict[str, Report]] = {}
    unmet: list[Unmet] = []
    for party in sorted(views):
        for day, report in sorted(views[party].reports.items()):
            objection = _objection(party, report[-1], day, _joint_at(versions, day))
            if objection is None:
                counted.setdefault(day, {})[party] = report
            else:
                unmet.append(objection)
    history = tuple(
        _point(day, reports, versions, subject)
        for day, reports in sorted(counted.items())
    )
    with_value = [point for point in history if point.value is not None]
    latest = with_value[-1] if with_value else None
    return IndicatorRecorded(
        subject=str(subject),
        state=_state(latest, versions),
        domain=domain,
        name=text_of(said, "name"),
        differing=differing(said, "domain", "name"),
        target=versions[-1].record.model_copy(
            update={
                "versions": tuple(
                    TargetVersion(
                        since=version.since,
                        statements=version.statements,
                        state=version.record.state,
                        joint=version.record.joint,
                    )
                    for version in versions
                )
            }
        ),
        latest=latest,
        by=_latest_by_party(history),
        history=history,
        statements=states.statements,
        unmet=tuple(unmet),
    )


class _Version(NamedTuple):
    """The joint target from one moment on."""

    since: datetime
    statements: tuple[str, ...]
    record: TargetRecord


def _versions(
    said: Mapping[str, tuple[Recorded[IndicatorTargeted], ...]], subject: Subject
) -> list[_Version]:
    """The target each time that it came to be another, the first before all."""
    moments = sorted({one.recorded for own in said.values() for one in own})
    found: list[_Version] = []
    for moment in moments:
        latest = {
            party: by_then[-1]
            for party, own in said.items()
            if (by_then := [one for one in own if one.recorded <= moment])
        }
        record = _target(latest, subject)
        new = tuple(
            one.heard.statement
            for own in said.values()
            for one in own
            if one.recorded == moment
        )
        alike = found and (found[-1].record.state, found[-1].record.joint) == (
            record.state,
            record.joint,
        )
        if alike:
            found[-1] = _Version(found[-1].since, found[-1].statements, record)
        else:
            found.append(_Version(moment, new, record))
    return found


def _joint_at(versions: list[_Version], day: str) -> JointTarget | None:
    """The target that stood on a day; before the first, the first that there was."""
    then = [version for version in versions if day_of(version.since) <= day]
    if then and (then[-1].record.joint or then[-1].record.state is FieldState.DISPUTED):
        return then[-1].record.joint
    return _first(versions)


def _first(versions: list[_Version]) -> JointTarget | None:
    return next((v.record.joint for v in versions if v.record.joint), None)


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


def _target(targets: Targets, subject: Subject) -> TargetRecord:
    said = [target.heard.content for target in targets.values()]
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


def _content(said: Recorded[Any], model: type[Value]) -> dict[str, Any]:
    """What a record shows of a statement: its fields, and where it was said."""
    content = said.heard.content
    fields = model.model_fields.keys() & type(content).model_fields.keys()
    shown = {name: getattr(content, name) for name in sorted(fields)}
    return {**shown, "statement": said.heard.statement}


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
    party: str,
    report: Recorded[IndicatorReported],
    day: str,
    target: JointTarget | None,
) -> Unmet | None:
    """Why a report has no effect; None where it has."""
    if target is None:
        return None
    content = report.heard.content
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
    return unmet_of(party, report.heard, (code, zh, en))


def _point(
    day: str,
    reports: Mapping[str, Report],
    versions: list[_Version],
    subject: Subject,
) -> IndicatorPoint:
    latest = {party: report[-1].heard.content for party, report in reports.items()}
    state, figures = _joint(
        [_value_figure(content) for content in latest.values()],
        len(subject.members),
    )
    value = None if figures is None else figures[0]
    target, first = _joint_at(versions, day), _first(versions)
    return IndicatorPoint(
        as_of=max((content.as_of for content in latest.values()), key=len),
        state=state,
        value=value,
        target=None if target is None else target.target,
        **dict(_shares(day, value, target)),
        attained_of_first=_of_first(value, target, first),
        by={
            party: ValueSaid(
                **_content(report[-1], ValueSaid),
                before=tuple(
                    ValueBefore(
                        statement=one.heard.statement, value=one.heard.content.value
                    )
                    for one in report[:-1]
                ),
            )
            for party, report in reports.items()
        },
    )


def _of_first(
    value: Decimal | None, target: JointTarget | None, first: JointTarget | None
) -> Decimal | None:
    """What a value is of the first target, where that was another one."""
    if value is None or first is None or target in {None, first}:
        return None
    if target is None or first.unit != target.unit:
        return None
    share = attained(value, first.target, first.baseline, first.bound)
    return None if share is None else hundredths(share)


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


def _state(point: IndicatorPoint | None, versions: list[_Version]) -> IndicatorState:
    if point is None or point.value is None:
        return IndicatorState.UNDETERMINED
    day = last_day(point.as_of)
    target, first = _joint_at(versions, day), _first(versions)
    if target is None:
        return IndicatorState.UNDETERMINED
    if meets(point.value, target.target, target.bound):
        as_first = first is not None and (
            (first.unit, first.bound) == (target.unit, target.bound)
            and meets(point.value, first.target, first.bound)
            and (first == target or day <= last_day(first.ends))
        )
        return IndicatorState.REACHED if as_first else IndicatorState.REACHED_CHANGED
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
