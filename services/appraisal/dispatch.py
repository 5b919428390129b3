"""Monthly dispatch and quarterly drill: due, reported, silent, decided, done."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from services.appraisal import belated, calendar, decision, drill
from services.appraisal.called import DispatchView, apply, call
from services.appraisal.carried import Kin, is_waiting, kin_of, obstacles_once
from services.appraisal.facts import (
    MonthCoverage,
    Reported,
    figures_of,
    missing_sections,
    reports,
    split,
    whole,
)
from services.appraisal.followed import FOLLOWED
from services.appraisal.said import EVER
from services.rules import presence, succession
from services.rules.closing import over, period
from services.rules.editions import Editions
from services.rules.obstacles import OVER
from services.rules.rates import completion
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.dispatch import DispatchCalled, before_its_end
from twincity_schemas.dispatch_record import (
    DispatchRecorded,
    LineRecorded,
    ObstacleBrief,
    ReportDue,
    Reporting,
)
from twincity_schemas.parties import day_of
from twincity_schemas.topology import APPRAISAL_RECORDS
from twincity_schemas.values import Subject


def derive(states: States) -> Derived:
    """The header; none as long as nobody has called it before all others."""
    called = call(str(states.subject), states.own)
    if called.by is None:
        return Derived(no_effect=called.no_effect)
    dispatch = called.content
    lines = _lines(dispatch, states)
    sites = drill.drilled(called, states)
    reporting = Counter(due.state for line in lines for due in line.reports)
    open_parts, due_first = states.open
    record = DispatchRecorded(
        subject=str(states.subject),
        called_by=called.by,
        openings=called.records,
        agreed_by=called.agreed_by,
        kind=dispatch.kind,
        year=dispatch.year,
        through_month=dispatch.through_month,
        cut_off=dispatch.cut_off,
        previous=dispatch.previous,
        lights=dispatch.lights,
        editions=tuple(one.name_at(dispatch.cut_off) for one in _editions(sites)),
        projects=sum(line.counted_as is None for line in lines),
        suspended=sum(line.suspended_since is not None for line in lines),
        due=reporting.total() - reporting[Reporting.NOT_DUE],
        on_time=reporting[Reporting.ON_TIME],
        late=reporting[Reporting.LATE],
        silent=reporting[Reporting.SILENT],
        by_light=dict(
            sorted(Counter(line.light for line in lines if line.light).items())
        ),
        sites=len(sites),
        visited=sum(bool(one.scores) for one in sites),
        corrections=states.parts["amendment"].count
        if "amendment" in states.parts
        else 0,
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        no_effect=called.no_effect,
    )
    return Derived({"": record}, called.no_effect)


def derive_list(states: States) -> Derived:
    """A record for each project, followed decision, site, unit drilled, correction."""
    called = call(str(states.subject), states.of(str(states.subject)))
    if called.by is None:
        return Derived()
    dispatch = called.content
    parts = [
        *_lines(dispatch, states),
        *FOLLOWED.at(dispatch.cut_off)(dispatch, states),
        *drill.records(drill.drilled(called, states), str(states.subject)),
        *belated.corrections(dispatch, called, states),
    ]
    records = {part.part: part for part in parts}
    return Derived(
        records,
        tuple(drill.no_effect(called, states)),
        doubted=drill.doubts(called, states),
    )


def _projects(dispatch: DispatchCalled) -> list[str]:
    return sorted(set(dispatch.projects))


def _lines(dispatch: DispatchCalled, states: States) -> list[LineRecorded]:
    """Every project as it stood at the cut-off, by the edition of that time."""
    lines: tuple[dict[str, str], Kin] = states.once("instead", _in_stead, dispatch)
    instead, kin = lines
    line = LINES.at(dispatch.cut_off)
    return [
        states.once(
            ("line", project),
            line,
            project,
            dispatch,
            instead.get(project),
            kin.get(project, (project,)),
        )
        for project in _projects(dispatch)
    ]


def _in_stead(dispatch: DispatchCalled, states: States) -> tuple[dict[str, str], Kin]:
    """Returns by which other a listed project is gone on with, and all of its line."""
    listed = _projects(dispatch)
    heirs = succession.heirs(states, listed, dispatch.cut_off)
    return succession.counted_as(heirs, listed, listed), kin_of(heirs)


def _line_1(
    project: str,
    dispatch: DispatchCalled,
    instead: str | None,
    kin: tuple[str, ...],
    states: States,
) -> LineRecorded:
    stands = presence.of(states, project)
    members = Subject.parse(project).members
    suspended = presence.suspended_at(stands, members, dispatch.cut_off)
    left = {
        party: day_of(since)
        for party in members
        if (since := presence.left_at(stands, party, dispatch.cut_off)) is not None
    }
    reported = reports(states, project, dispatch.year, dispatch.through_month)
    early = before_its_end(dispatch.cut_off, dispatch.year, dispatch.through_month)
    due: tuple[ReportDue, ...] = ()
    # A project that rests owes no report, nor one in whose stead another goes on.
    if suspended is None and instead is None:
        due = tuple(
            _due(party, reported.get(party, ()), project, dispatch, states)
            for party in members
            if party not in left
        )
    known = period(dispatch.year, dispatch.through_month)
    total = whole(states, project, known, reported, dispatch.cut_off)
    lead = None
    if total.coverage is MonthCoverage.FULL and total.plan:
        _, lead = completion(total.invested, total.plan, dispatch.through_month)
    in_full = total.coverage is MonthCoverage.FULL
    return LineRecorded(
        subject=str(states.subject),
        part=f"line/{project.partition('/')[2]}",
        project=project,
        counted_as=instead,
        suspended_since=None if suspended is None else day_of(suspended),
        left=left,
        reports=due,
        annual_plan=total.plan if in_full else None,
        annual_investment=total.invested if in_full else None,
        lead=lead,
        # Before its month is over nobody is silent, and no light says so.
        light=None
        if not due or early
        else dispatch.lights.light(lead, silent=not in_full),
        obstacles=tuple(_obstacles(project, kin, dispatch, states)),
    )


def _due(
    party: str,
    reported: tuple[Reported, ...],
    project: str,
    dispatch: DispatchCalled,
    states: States,
) -> ReportDue:
    in_time, later = split(reported, dispatch.cut_off)
    early = before_its_end(dispatch.cut_off, dispatch.year, dispatch.through_month)
    known = period(dispatch.year, dispatch.through_month)
    missing = missing_sections(states, project, known, party, dispatch.cut_off)
    # Without one of its sections it has not reported.
    if missing:
        in_time = None
    if missing_sections(states, project, known, party, EVER):
        later = None
    state = Reporting.NOT_DUE if early else Reporting.SILENT
    if in_time is not None:
        state = Reporting.ON_TIME
    elif later is not None and not early:
        state = Reporting.LATE
    return ReportDue(
        party=party,
        state=state,
        figures=figures_of(in_time) if in_time else None,
        correction=figures_of(later) if later else None,
        missing_sections=missing,
    )


def _obstacles(
    project: str, kin: tuple[str, ...], dispatch: DispatchCalled, states: States
) -> Iterator[ObstacleBrief]:
    there = obstacles_once(states, kin, dispatch.cut_off)[project]
    due_soon = [
        ObstacleBrief(
            obstacle=name,
            title=record.title,
            state=record.state,
            parties=record.parties,
            due=record.due,
            overdue=over(record.due, dispatch.cut_off) and not is_waiting(record),
        )
        for name, record in there.items()
        if record.state not in OVER
    ]
    yield from sorted(due_soon, key=lambda o: (not o.overdue, o.due, o.obstacle))


def _editions(sites: Sequence[Any]) -> tuple[Editions[Any], ...]:
    return (LINES, FOLLOWED, drill.DRILLED) if sites else (LINES, FOLLOWED)


LINES = Editions("lines", _line_1)

KIND = Kind(
    "dispatch",
    (
        Part("", DispatchView, {DispatchCalled: lambda _event: ""}, apply, derive),
        decision.PART,
        drill.PART,
        calendar.DISPATCHES,
        Part("list", derive=derive_list),
    ),
    lambda _states: APPRAISAL_RECORDS,
)
