"""Monthly dispatch and quarterly drill: due, reported, silent, decided, done."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from services.appraisal.facts import obstacles_at, reports, split
from services.appraisal.opening import (
    AFTER_THE_CUT_OFF,
    in_force,
    opener,
    without_effect,
)
from services.rules.heard import Heard, Recorded, Why, unmet
from services.rules.obstacles import OVER
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.dispatch import DecisionDone, DecisionTaken, DispatchCalled
from twincity_schemas.dispatch_record import (
    DecisionRecord,
    DecisionState,
    DispatchRecorded,
    ObstacleBrief,
    ReportDue,
    Reporting,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Subject, Value, earlier


class DispatchView(Value):
    """What one party has said of a dispatch."""

    called: tuple[Recorded[DispatchCalled], ...] = ()
    decisions: Mapping[str, Heard[DecisionTaken]] = Field(default_factory=dict)
    done: Mapping[str, Recorded[DecisionDone]] = Field(default_factory=dict)
    """By ``<who took the decision>/<its name>``."""


def apply(before: DispatchView, event: Event[Any], _states: States) -> DispatchView:
    """Add one statement; the latest of each name counts."""
    envelope, data = event.envelope, event.data
    match data:
        case DispatchCalled():
            called = Recorded[DispatchCalled](
                recorded=envelope.recorded,
                heard=Heard[DispatchCalled](statement=envelope.id, content=data),
            )
            return before.model_copy(update={"called": (*before.called, called)})
        case DecisionTaken(decision=name):
            taken = Heard[DecisionTaken](statement=envelope.id, content=data)
            return before.model_copy(
                update={"decisions": {**before.decisions, name: taken}}
            )
        case DecisionDone():
            heard = Heard[DecisionDone](statement=envelope.id, content=data)
            key = f"{data.taken_by}/{data.decision}"
            done = Recorded[DecisionDone](recorded=envelope.recorded, heard=heard)
            return before.model_copy(update={"done": {**before.done, key: done}})
        case _:
            return before


def derive(states: States) -> DispatchRecorded | Derived:
    """The record; none as long as nobody has called the dispatch before all others."""
    subject, views = states.subject, states.own
    calls = {party: view.called for party, view in views.items()}
    caller = opener(calls)
    no_effect = [*without_effect(calls, caller)]
    if caller is None:
        return Derived(no_effect=no_effect)
    called, idle = in_force(calls[caller], _why_not_anew)
    no_effect += [unmet(caller, heard, why) for heard, why in idle]
    told = called.content
    due = tuple(_due(told, states))
    reporting = [report.state for report in due]
    previous = states.of(told.previous) if told.previous else {}
    return DispatchRecorded(
        subject=str(subject),
        called_by=caller,
        kind=told.kind,
        year=told.year,
        through_month=told.through_month,
        cut_off=told.cut_off,
        due=due,
        on_time=reporting.count(Reporting.ON_TIME),
        late=reporting.count(Reporting.LATE),
        silent=reporting.count(Reporting.SILENT),
        obstacles=tuple(_obstacles(told, states)),
        decisions=tuple(_decisions(views, None)),
        followed_up=tuple(_decisions(previous, told.cut_off)),
        unmet=(*no_effect, *_unmet(views)),
    )


def _why_not_anew(told: DispatchCalled, later: Recorded[DispatchCalled]) -> Why | None:
    """Why a dispatch that is called again stays as it was."""
    return AFTER_THE_CUT_OFF if later.recorded > told.cut_off else None


def _due(told: DispatchCalled, states: States) -> Iterator[ReportDue]:
    for project in sorted(set(told.projects)):
        said = reports(states, project, told.year, told.through_month)
        for party in Subject.parse(project).members:
            in_time, later = split(said.get(party, ()), told.cut_off)
            state = Reporting.SILENT
            if in_time or later:
                state = Reporting.ON_TIME if in_time else Reporting.LATE
            yield ReportDue(
                project=project,
                party=party,
                state=state,
                figures=in_time.figures() if in_time else None,
                correction=later.figures() if later else None,
            )


def _obstacles(told: DispatchCalled, states: States) -> Iterator[ObstacleBrief]:
    day = told.cut_off.date().isoformat()
    found = [
        ObstacleBrief(
            project=project,
            obstacle=name,
            title=record.title,
            state=record.state,
            party=record.assigned_to or record.raised_by,
            due=record.due,
            overdue=earlier(record.due, day),
        )
        for project in sorted(set(told.projects))
        for name, record in obstacles_at(states, project, told.cut_off).items()
        if record.state not in OVER
    ]
    yield from sorted(found, key=lambda o: (not o.overdue, o.due, o.project))


def _decisions(
    views: Mapping[str, DispatchView], by: datetime | None
) -> Iterator[DecisionRecord]:
    """Each decision; done as far as that was said by a moment, if one is given."""
    for taker in sorted(views):
        for name, taken in sorted(views[taker].decisions.items()):
            key, told = f"{taker}/{name}", taken.content
            owner = views.get(told.party)
            done = owner.done.get(key) if owner else None
            if done is not None and by is not None and done.recorded > by:
                done = None
            state = DecisionState.OPEN
            if done is not None:
                late = earlier(told.due, done.heard.content.as_of)
                state = DecisionState.DONE_LATE if late else DecisionState.DONE
            yield DecisionRecord(
                decision=key,
                what=told.what,
                party=told.party,
                unit=told.unit,
                project=told.project,
                due=told.due,
                state=state,
                evidence=done.heard.content.evidence if done else None,
            )


def _unmet(views: Mapping[str, DispatchView]) -> Iterator[Unmet]:
    for party, view in sorted(views.items()):
        for key, done in sorted(view.done.items()):
            taker, _, name = key.partition("/")
            taken = views[taker].decisions.get(name) if taker in views else None
            if taken is None:
                why = (
                    "not_taken",
                    f"没有议定事项 {key}",
                    f"there is no decision {key}",
                )
                yield unmet(party, done.heard, why)
            elif taken.content.party != party:
                owner = taken.content.party
                why = (
                    "not_your_step",
                    f"该事项由 {owner} 负责",
                    f"it is {owner} that is to do it",
                )
                yield unmet(party, done.heard, why)


KIND = whole(
    "dispatch",
    DispatchView,
    (DispatchCalled, DecisionTaken, DecisionDone),
    apply,
    derive,
    lambda _states: APPRAISAL_RECORDS,
)
