"""Indicators (量化目标): the members' targets, what they report, and the lead.

Figures of the whole must agree; figures of the members' own parts add up once
every member has given its own. A target that is said again is its next version: a
date is judged by the one that stood then. The formulas stand in the record's module.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.coordination import plausibility
from services.coordination.attainment import last_day, month_ends_before
from services.coordination.lead import of_first, shares
from services.coordination.place import (
    differing,
    domain_of,
    domain_or_why_not,
    in_domain,
    text_of,
)
from services.coordination.target import (
    Spoken,
    Version,
    first_joint,
    is_afterwards,
    joint,
    joint_at,
    shown,
    state_at,
    versions_of,
    why_not,
)
from services.rules.remembered import Remembered, remember
from services.runtime.kinds import Derived, Doubted, Kind, Part, States
from twincity_schemas.indicator import (
    IndicatorReported,
    IndicatorTargeted,
    Measure,
)
from twincity_schemas.indicator_record import (
    MET,
    AttainmentRecorded,
    IndicatorPoint,
    IndicatorRecorded,
    IndicatorState,
    TargetRecord,
    TargetVersion,
    ValueBefore,
    ValueSaid,
)
from twincity_schemas.message import Event
from twincity_schemas.problems import Problem
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Domain

ATTAINMENT = "attainment"
"""The part: a date that was reported on, by its last day."""
_JOINT = "="
"""What a date counts that has a joint value, beside the parties that reported on it."""
_IN_TIME = "in time"
"""What such a date counts besides, up to the end of its target's period."""

_LOOK_BACK = 12
"""Months; how far back a value is compared with its party's last one."""


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One party's targets of an indicator, each version in its order."""

    targets: tuple[Remembered[IndicatorTargeted], ...] = ()


@dataclass(frozen=True, slots=True)
class DateView:
    """One party's reports of a date: the last counts, the others are shown."""

    reports: tuple[Remembered[IndicatorReported], ...] = ()


Views = Mapping[str, IndicatorView]
Dates = Mapping[str, DateView]
"""Each party's reports of one date."""


def apply(before: IndicatorView, event: Event[Any], _states: States) -> IndicatorView:
    """Add a target to those that its party has set."""
    return replace(before, targets=(*before.targets, remember(event)))


def apply_date(before: DateView, event: Event[Any], _states: States) -> DateView:
    """Add a report to those of its party and date."""
    return replace(before, reports=(*before.reports, remember(event)))


def date_of(event: Event[Any]) -> str:
    """Returns the last day that a report holds for."""
    return last_day(event.data.as_of)


def _stated(views: Views) -> dict[str, tuple[Remembered[IndicatorTargeted], ...]]:
    return {p: view.targets for p, view in sorted(views.items()) if view.targets}


def record_domain(views: Views) -> Domain | None:
    """The domain of the record; None as long as nobody has set a target."""
    return domain_of(_stated(views))


def derive(states: States) -> Derived:
    """The indicator's own record; none as long as nobody has set a target."""
    subject, stated = states.subject, _stated(states.own)
    domain = domain_or_why_not(stated)
    if not isinstance(domain, Domain):
        return domain or Derived()
    versions = versions_of(stated, subject)
    latest, by = _latest(states, versions)
    record = IndicatorRecorded(
        subject=str(subject),
        state=_state(states, latest, versions),
        domain=domain,
        name=text_of(stated, "name"),
        differing=differing(stated, "domain", "name"),
        target=_target(versions),
        latest=latest,
        by=by,
        parts=states.parts,
        statements=states.statements,
        statements_digest=states.statements_digest,
    )
    return Derived({"": record})


def derive_date(states: States) -> Derived:
    """The record of one date; none where nothing that was reported of it counts."""
    subject, day = states.subject, states.name
    stated = _stated(states.of(str(subject)))
    if domain_of(stated) is None:
        return Derived()
    versions = versions_of(stated, subject)
    counted, no_effect = _counted(day, states.own, versions)
    if not counted:
        return Derived(no_effect=no_effect)
    part = f"{ATTAINMENT}/{day}"
    record = AttainmentRecorded(
        subject=str(subject),
        part=part,
        **_point(day, counted, versions, states),
        no_effect=tuple(no_effect),
    )
    tally = dict.fromkeys(counted, 1)
    if record.value is not None:
        tally[_JOINT] = 1
        target = joint_at(versions, day)
        if target is not None and day <= last_day(target.ends):
            tally[_IN_TIME] = 1
    doubted = (
        Doubted(party, value.statement, doubt)
        for party, value in record.by.items()
        for doubt in value.doubts
    )
    return Derived({part: record}, no_effect, tally=tally, doubted=doubted)


def _counted(
    day: str, dates: Dates, versions: list[Version]
) -> tuple[dict[str, DateView], list[NoEffect]]:
    """Returns the reports of a date that count, and why the others have no effect."""
    counted: dict[str, DateView] = {}
    no_effect: list[NoEffect] = []
    target = joint_at(versions, day)
    for party, view in sorted(dates.items()):
        strays = [why_not(party, one, day, target) for one in view.reports]
        reports = [
            one
            for one, stray in zip(view.reports, strays, strict=True)
            if stray is None
        ]
        if reports:
            counted[party] = DateView(tuple(reports))
        # One without effect takes no figure's place; a later one that counts takes its.
        last = max(
            (n for n, stray in enumerate(strays) if stray is None),
            default=len(strays) - 2,
        )
        no_effect += [stray for stray in strays[last + 1 :] if stray is not None]
    return counted, no_effect


def _latest(
    states: States, versions: list[Version]
) -> tuple[IndicatorPoint | None, dict[str, ValueSaid]]:
    """Returns the latest date with a joint value, and each party's latest report.

    Looked at are those dates alone that are shown, however many there have been.
    """
    subject = states.subject
    by: dict[str, ValueSaid] = {}
    for party in subject.members:
        if (day := states.last(ATTAINMENT, party)) is not None:
            dates = {party: _on(day, states, versions)[party]}
            by |= _values(day, dates, versions, states)
    return _last_point(_JOINT, states, versions), by


def _last_point(
    label: str, states: States, versions: list[Version]
) -> IndicatorPoint | None:
    """Returns the last date that counts a label; None where none does."""
    day = states.last(ATTAINMENT, label)
    if day is None:
        return None
    dates = _on(day, states, versions)
    return IndicatorPoint(**_point(day, dates, versions, states))


def _on(day: str, states: States, versions: list[Version]) -> dict[str, DateView]:
    views = states.of(str(states.subject), ATTAINMENT, day)
    return _counted(day, views, versions)[0]


def _target(versions: list[Version]) -> TargetRecord:
    """Returns the target that stands, with every version that there was."""
    latest = versions[-1].record
    return TargetRecord(
        state=latest.state,
        joint=latest.joint,
        by=latest.by,
        versions=tuple(
            TargetVersion(
                since=version.since,
                statements=version.statements,
                state=version.record.state,
                joint=version.record.joint,
            )
            for version in versions
        ),
    )


def _point(
    day: str,
    dates: Dates,
    versions: list[Version],
    states: States,
) -> dict[str, Any]:
    """Returns the fields of a date: what each reported, and what follows."""
    latest = {party: view.reports[-1].content for party, view in dates.items()}
    spoken = {
        p: Spoken(one.coverage, one.unit, (one.value,)) for p, one in latest.items()
    }
    state, figures = joint(spoken, len(states.subject.members))
    value = None if figures is None else figures[0]
    target, first = joint_at(versions, day), first_joint(versions)
    return {
        # Spellings of one day, such as 2022-09 and 2022-09-30: the longest is exactest.
        "as_of": max((content.as_of for content in latest.values()), key=len),
        "state": state,
        "value": value,
        "target": None if target is None else target.target,
        "target_afterwards": is_afterwards(versions, day),
        **dict(shares(day, value, target)),
        "attained_of_first": of_first(value, target, first),
        "by": _values(day, dates, versions, states),
    }


def _values(
    day: str, dates: Dates, versions: list[Version], states: States
) -> dict[str, ValueSaid]:
    return {
        party: ValueSaid(
            **shown(view.reports[-1], ValueSaid),
            before=tuple(
                ValueBefore(statement=one.id, value=one.content.value)
                for one in view.reports[:-1]
            ),
            doubts=tuple(_doubts(day, party, view, versions, states)),
        )
        for party, view in dates.items()
    }


def _doubts(
    day: str, party: str, view: DateView, versions: list[Version], states: States
) -> Iterator[Problem]:
    """Doubt a value that differs by a factor of units from its party's last one."""
    now, target = view.reports[-1].content, joint_at(versions, day)
    for before in month_ends_before(day, _LOOK_BACK):
        last = _on(before, states, versions).get(party)
        if last is None:
            continue
        one = last.reports[-1].content
        if (one.unit, one.coverage) == (now.unit, now.coverage):
            yield from plausibility.slipped(
                "/value",
                ("数值", "the value"),
                now.value,
                one.value,
                may_grow_tenfold=target is None or target.measure is Measure.CUMULATIVE,
            )
            return


def _state(
    states: States, latest: IndicatorPoint | None, versions: list[Version]
) -> IndicatorState:
    """Returns how it stands; once its period is over, how it stood at its end."""
    state = state_at(latest, versions)
    if latest is None or state is IndicatorState.UNDETERMINED:
        return state
    target = joint_at(versions, last_day(latest.as_of))
    if target is None or last_day(latest.as_of) <= last_day(target.ends):
        return state
    in_time = state_at(_last_point(_IN_TIME, states, versions), versions)
    if in_time in MET:
        return in_time
    late = state in {IndicatorState.REACHED, IndicatorState.REACHED_CHANGED}
    return IndicatorState.REACHED_LATE if late else state


KIND = Kind(
    "indicator",
    (
        Part("", IndicatorView, {IndicatorTargeted: lambda _event: ""}, apply, derive),
        Part(
            ATTAINMENT,
            DateView,
            {IndicatorReported: date_of},
            apply_date,
            derive_date,
        ),
    ),
    in_domain(record_domain),
)
