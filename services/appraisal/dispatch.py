"""Monthly dispatch and quarterly drill: due, reported, silent, decided, done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from services.appraisal import decision, membership
from services.appraisal.facts import (
    Coverage,
    Reported,
    obstacles_at,
    period,
    reports,
    split,
    whole,
)
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened, opened
from services.rules.closing import day, over
from services.rules.heard import Recorded, Why, recorded
from services.rules.rates import completion
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.amendment import AmendmentRecorded
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.correction import ChangedField
from twincity_schemas.dispatch import DispatchCalled, LightRule, before_its_end
from twincity_schemas.dispatch_record import (
    DecisionState,
    DispatchRecorded,
    Light,
    LineRecorded,
    ObstacleBrief,
    ReportDue,
    Reporting,
)
from twincity_schemas.message import Event
from twincity_schemas.obstacle import ObstacleState
from twincity_schemas.values import Subject, Value


class DispatchView(Value):
    """What one party has said of a dispatch itself."""

    called: tuple[Recorded[DispatchCalled], ...] = ()


Views = Mapping[str, DispatchView]


def apply(before: DispatchView, event: Event[Any], _states: States) -> DispatchView:
    """Add a call; none replaces another."""
    return DispatchView(called=(*before.called, recorded(event)))


def call(views: Views) -> Opened[DispatchCalled]:
    """Returns who called a dispatch, and with what."""
    return opened({party: view.called for party, view in views.items()}, _why_not_anew)


def _why_not_anew(told: DispatchCalled, later: Recorded[DispatchCalled]) -> Why | None:
    """Why a dispatch that is called again stays as it was."""
    closed = min(told.cut_off, later.heard.content.cut_off)
    return AFTER_THE_CUT_OFF if later.recorded > closed else None


def derive(states: States) -> Derived:
    """The header; none as long as nobody has called it before all others."""
    called = call(states.own)
    if called.by is None:
        return Derived(no_effect=called.no_effect)
    told = called.content
    lines = [_line(project, told, states) for project in _projects(told)]
    reporting = Counter(due.state for line in lines for due in line.reports)
    open_parts, due_first = states.open
    record = DispatchRecorded(
        subject=str(states.subject),
        called_by=called.by,
        openings=called.records,
        kind=told.kind,
        year=told.year,
        through_month=told.through_month,
        cut_off=told.cut_off,
        previous=told.previous,
        lights=told.lights,
        projects=len(lines),
        suspended=sum(line.suspended_since is not None for line in lines),
        due=reporting.total() - reporting[Reporting.NOT_DUE],
        on_time=reporting[Reporting.ON_TIME],
        late=reporting[Reporting.LATE],
        silent=reporting[Reporting.SILENT],
        by_light=dict(
            sorted(Counter(line.light for line in lines if line.light).items())
        ),
        corrections=states.parts["amendment"].count
        if "amendment" in states.parts
        else 0,
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        unmet=called.no_effect,
    )
    return Derived({"": record}, called.no_effect)


def derive_list(states: States) -> Derived:
    """A record for each project, each decision that is followed, each correction."""
    called = call(states.of(str(states.subject)))
    if called.by is None:
        return Derived()
    told = called.content
    parts = [
        *(_line(project, told, states) for project in _projects(told)),
        *_followed(told, states),
        *_amendments(told, called, states),
    ]
    return Derived({part.part: part for part in parts})


def _projects(told: DispatchCalled) -> list[str]:
    return sorted(set(told.projects))


def _line(project: str, told: DispatchCalled, states: States) -> LineRecorded:
    """A project as it stood at the cut-off."""
    stands = membership.of(states, project)
    members = Subject.parse(project).members
    suspended = membership.suspended_at(stands, members, told.cut_off)
    left = {
        party: day(since)
        for party in members
        if (since := membership.left_at(stands, party, told.cut_off)) is not None
    }
    said = reports(states, project, told.year, told.through_month)
    early = before_its_end(told.cut_off, told.year, told.through_month)
    due: tuple[ReportDue, ...] = ()
    if suspended is None:
        due = tuple(
            _due(party, said.get(party, ()), told, early=early)
            for party in members
            if party not in left
        )
    known = period(told.year, told.through_month)
    total = whole(states, project, known, said, told.cut_off)
    lead = None
    if total.coverage is Coverage.FULL and total.plan:
        _, lead = completion(total.invested, total.plan, told.through_month)
    in_full = total.coverage is Coverage.FULL
    return LineRecorded(
        subject=str(states.subject),
        part=f"line/{project.partition('/')[2]}",
        project=project,
        suspended_since=None if suspended is None else day(suspended),
        left=left,
        reports=due,
        annual_plan=total.plan if in_full else None,
        annual_investment=total.invested if in_full else None,
        lead=lead,
        light=None if not due or early else _light(lead, told.lights),
        obstacles=tuple(_obstacles(project, told, states)),
    )


def _due(
    party: str, said: tuple[Reported, ...], told: DispatchCalled, *, early: bool
) -> ReportDue:
    in_time, later = split(said, told.cut_off)
    state = Reporting.NOT_DUE if early else Reporting.SILENT
    if in_time is not None:
        state = Reporting.ON_TIME
    elif later is not None and not early:
        state = Reporting.LATE
    return ReportDue(
        party=party,
        state=state,
        figures=in_time.figures() if in_time else None,
        correction=later.figures() if later else None,
    )


def _light(lead: Any, rule: LightRule) -> Light:
    if lead is None or lead < rule.yellow_from:
        return Light.RED
    return Light.GREEN if lead >= rule.green_from else Light.YELLOW


def _obstacles(
    project: str, told: DispatchCalled, states: States
) -> Iterator[ObstacleBrief]:
    found = [
        ObstacleBrief(
            obstacle=name,
            title=record.title,
            state=record.state,
            party=record.assigned_to or record.raised_by,
            due=record.due,
            overdue=over(record.due, told.cut_off),
        )
        for name, record in obstacles_at(states, project, told.cut_off).items()
        if record.state is not ObstacleState.CLOSED
    ]
    yield from sorted(found, key=lambda o: (not o.overdue, o.due, o.obstacle))


# --- what earlier dispatches decided ------------------------------------------


def _followed(told: DispatchCalled, states: States) -> Iterator[Any]:
    """What was decided before: all of the last dispatch, what was open of others."""
    subject, passed = str(states.subject), {str(states.subject)}
    last, listed_by = told.previous, None
    while last is not None and last not in passed:
        passed.add(last)
        before = call(states.of(last))
        if before.by is None:
            return
        for name, views in sorted(states.all_of(last, "decision").items()):
            taker = name.partition("/")[0]
            found = decision.standing(views, taker, told.cut_off)
            if found is None:
                continue
            if listed_by is not None:
                then = decision.standing(views, taker, listed_by)
                if then is not None and then.state is not DecisionState.OPEN:
                    continue  # its end was told in the dispatch before
            part = f"followed/{last.partition('/')[2]}/{name}"
            yield decision.shown(found, subject, last, name, part=part, by=told.cut_off)
        listed_by = listed_by or before.content.cut_off
        last = before.content.previous


# --- what came after the cut-off ----------------------------------------------


def _amendments(
    told: DispatchCalled, called: Opened[DispatchCalled], states: States
) -> Iterator[AmendmentRecorded]:
    """Every report of the period, and every call, recorded after the cut-off."""
    late: list[tuple[Any, str, int, dict[str, Any]]] = []
    for project in _projects(told):
        said = reports(states, project, told.year, told.through_month)
        for party, own in said.items():
            was, _ = split(own, told.cut_off)
            for place, report in enumerate(own):
                if report.recorded > told.cut_off:
                    shown = {
                        "statement": report.statement,
                        "step": "progress.reported",
                        "about": project,
                        "changed": changed(was, report),
                    }
                    late.append((report.recorded, f"{party} {project}", place, shown))
                    was = report
    for place, (version, why) in enumerate(called.versions):
        if why is AFTER_THE_CUT_OFF:
            shown = {
                "statement": version.heard.statement,
                "step": "dispatch.called",
                "changed": changes_of(told, version.heard.content),
            }
            late.append((version.recorded, f"{called.by} ", place, shown))
    late.sort(key=lambda one: one[:3])
    for number, (moment, who, _, shown) in enumerate(late, 1):
        yield AmendmentRecorded(
            subject=str(states.subject),
            part=f"amendment/{number:05}",
            number=number,
            party=who.partition(" ")[0],
            recorded=moment,
            **shown,
        )


def changed(was: Reported | None, now: Reported) -> tuple[ChangedField, ...]:
    """What a report says otherwise than the one before it."""
    return tuple(
        ChangedField(pointer=f"/{name}", was=before, now=after)
        for name, before, after in (
            ("annual_plan", was and f"{was.plan:f}", f"{now.plan:f}"),
            ("annual_investment", was and f"{was.invested:f}", f"{now.invested:f}"),
        )
        if before != after
    )


def changes_of(was: Value | Any, now: Value | Any) -> tuple[ChangedField, ...]:
    """Which fields of a statement are not as they were; short values are shown."""
    before, after = (
        one.model_dump(mode="json", exclude_none=True) for one in (was, now)
    )
    return tuple(
        ChangedField(
            pointer=f"/{name}",
            was=_short(before.get(name)),
            now=_short(after.get(name)),
        )
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name) and name != "as_of"
    )


_LONGEST = 2_000


def _short(value: Any) -> Any:
    return value if len(str(value)) <= _LONGEST else f"{str(value)[:_LONGEST]}…"


KIND = Kind(
    "dispatch",
    (
        Part("", DispatchView, {DispatchCalled: lambda _event: ""}, apply, derive),
        decision.PART,
        Part("list", derive=derive_list),
    ),
    lambda _states: APPRAISAL_RECORDS,
)
