"""Indicators (量化目标): the members' targets, what they report, and the lead.

Figures of the whole must agree; figures of the members' own parts add up once
every member has given its own. A target that is said again is its next version: a
date is judged by the one that stood then. The formulas stand in the record's module.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

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
from services.coordination.target import (
    Figure,
    Version,
    first_joint,
    joint,
    joint_at,
    shown,
    versions_of,
)
from services.rules.heard import Recorded, recorded
from services.rules.heard import unmet as unmet_of
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.indicator import (
    IndicatorReported,
    IndicatorTargeted,
    Measure,
)
from twincity_schemas.indicator_record import (
    IndicatorPoint,
    IndicatorRecorded,
    IndicatorState,
    JointTarget,
    TargetVersion,
    ValueBefore,
    ValueSaid,
)
from twincity_schemas.message import Event
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
    versions = versions_of(said, subject)
    counted: dict[str, dict[str, Report]] = {}
    unmet: list[Unmet] = []
    for party in sorted(views):
        for day, report in sorted(views[party].reports.items()):
            objection = _objection(party, report[-1], day, joint_at(versions, day))
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


def _latest_by_party(history: tuple[IndicatorPoint, ...]) -> dict[str, ValueSaid]:
    # History runs with time, so a later date replaces an earlier one.
    latest = {party: said for point in history for party, said in point.by.items()}
    return dict(sorted(latest.items()))


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
    versions: list[Version],
    subject: Subject,
) -> IndicatorPoint:
    latest = {party: report[-1].heard.content for party, report in reports.items()}
    state, figures = joint(
        [_value_figure(content) for content in latest.values()],
        len(subject.members),
    )
    value = None if figures is None else figures[0]
    target, first = joint_at(versions, day), first_joint(versions)
    return IndicatorPoint(
        as_of=max((content.as_of for content in latest.values()), key=len),
        state=state,
        value=value,
        target=None if target is None else target.target,
        **dict(_shares(day, value, target)),
        attained_of_first=_of_first(value, target, first),
        by={
            party: ValueSaid(
                **shown(report[-1], ValueSaid),
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


def _value_figure(content: IndicatorReported) -> Figure:
    return Figure(content.coverage, content.unit, (content.value,))


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


def _state(point: IndicatorPoint | None, versions: list[Version]) -> IndicatorState:
    if point is None or point.value is None:
        return IndicatorState.UNDETERMINED
    day = last_day(point.as_of)
    target, first = joint_at(versions, day), first_joint(versions)
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
