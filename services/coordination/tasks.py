"""The responsibility list of one project: both sides' units, and what they did.

The list follows from the descriptions that stand, so it is a part that says
nothing of its own; what a unit reports is another.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.coordination import standing, units
from services.rules import presence
from services.rules.closing import over
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.canonical import comparable
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
from twincity_schemas.project import ResponsibleUnit, UnitRole
from twincity_schemas.task import TaskReported
from twincity_schemas.task_record import TaskRecorded, TaskState
from twincity_schemas.values import earlier


@dataclass(frozen=True, slots=True)
class TaskView:
    """A party's latest report of one of its units.

    Attributes:
        done: when, as recorded, it was reported as done, without a break until now.
    """

    report: Remembered[TaskReported] | None = None
    done: tuple[datetime, ...] = ()

    def done_since(self, worded: datetime | None) -> datetime | None:
        """Returns since when its task is done; None while it is not.

        Args:
            worded: since when the task is what it is; done before, it was another.
        """
        since = (one for one in self.done if worded is None or one >= worded)
        return next(since, None)


def name_of(event: Event[Any]) -> str:
    """Returns which unit a report is of: ``<party>/<role>/<name>``."""
    return _name(event.envelope.party, event.data.role, event.data.unit)


def _name(party: str, role: UnitRole, unit: str) -> str:
    return f"{party}/{role}/{comparable(unit)}"


def apply(before: TaskView, event: Event[Any], _states: States) -> TaskView:
    """Put a report in place of the earlier one."""
    # Since it was first reported as done, without a break: to say so once more makes
    # nobody late.
    done = (*before.done, event.envelope.recorded) if event.data.done else ()
    return TaskView(remember(event), done)


def _listed(states: States) -> list[ResponsibleUnit]:
    """Each unit of the descriptions that stand, as its own party says it.

    While that has not listed it, as the others do: of several the one due first. One
    that was dropped when it was done, or overdue, stays.
    """
    project = str(states.subject)
    positions = standing.positions_of(states, states.of(project))
    texts = standing.texts(standing.standings(positions))
    views = units.of(states)
    identify = units.identify(views)
    listed: dict[tuple[str, str, str], list[tuple[bool, ResponsibleUnit]]] = {}
    for party, description in texts.items():
        for unit in description.content.responsible_units:
            key = unit.party, unit.role, identify(unit)
            listed.setdefault(key, []).append((unit.party != party, unit))
    for one, unit, since in units.dropped(views):
        done = _done(states, unit, views)
        if (done and done <= since) or (one.due and over(one.due, since)):
            key = unit.party, unit.role, identify(unit)
            listed.setdefault(key, [(False, unit)])
    return [min(named, key=_own_first)[1] for named in listed.values()]


def _own_first(listed: tuple[bool, ResponsibleUnit]) -> tuple[bool, str, str]:
    by_another, unit = listed
    if not by_another:
        return False, "", ""  # a party's own, in its own order
    return True, unit.due or units.NEVER, unit.model_dump_json()


def derive_list(states: States) -> Derived:
    """A record for each unit on the list, open while its task is."""
    where = presence.of(states, str(states.subject))
    records = [_record(states, unit) for unit in _listed(states)]
    # Who has left owes nothing more; its task stays to be read.
    left = [
        record
        for record in records
        if record.state is TaskState.OPEN and presence.is_away(where, record.party)
    ]
    counted = [record for record in records if record not in left]
    return Derived(
        {record.part: record for record in sorted(records, key=lambda r: r.part)},
        open={
            record.part: record.due
            for record in counted
            if record.state is TaskState.OPEN and record.due is not None
        },
        tally=Counter(record.state.value for record in counted),
    )


def _record(states: States, unit: ResponsibleUnit) -> TaskRecorded:
    listed = units.of(states)
    due, first_due = units.dues(listed, unit)
    view = _latest(states, unit, units.names(listed, unit))
    report = None if view is None else view.report
    state = TaskState.OPEN
    if (done := _done(states, unit, listed)) is not None:
        late = due is not None and earlier(due, day_of(done))
        state = TaskState.DONE_LATE if late else TaskState.DONE
    return TaskRecorded(
        subject=str(states.subject),
        part=f"task/{unit.party}/{unit.role}/{unit.name}",
        party=unit.party,
        unit=unit.name,
        role=unit.role,
        officer=unit.officer,
        task=unit.task,
        due=due,
        first_due=None if first_due == due else first_due,
        state=state,
        note=report.content.note if report else None,
        statement=report.id if report else None,
    )


def _done(
    states: States, unit: ResponsibleUnit, listed: units.Views
) -> datetime | None:
    """Returns when a unit's task was done, in the words that it has; None if not."""
    view = _latest(states, unit, units.names(listed, unit))
    return None if view is None else view.done_since(units.worded(listed, unit))


def _latest(
    states: States, unit: ResponsibleUnit, names: tuple[str, ...]
) -> TaskView | None:
    """The last report of a unit, under whichever of its names."""
    reports: list[tuple[datetime, TaskView]] = []
    for name in names:
        node = f"{unit.party}/{unit.role}/{name}"
        views: Mapping[str, TaskView] = states.of(str(states.subject), "report", node)
        view = views.get(unit.party)
        if view is not None and view.report is not None:
            reports.append((view.report.recorded, view))
    return max(reports, key=lambda one: one[0])[1] if reports else None


def derive_report(states: States) -> Derived:
    """No record of its own; a notice where the unit is not on the list."""
    [(party, view)] = states.own.items()
    if view.report is None:
        return Derived()
    unit = view.report.content.unit
    listed = units.of(states)
    for one in _listed(states):
        if any(
            states.name == f"{one.party}/{one.role}/{name}"
            for name in units.names(listed, one)
        ):
            done = view.done and view.done_since(units.worded(listed, one)) is None
            idle = [no_effect_of(party, view.report, _REWORDED)] if done else []
            return Derived(no_effect=idle)
    why = (
        "not_on_the_list",
        f"责任清单上没有本方单位 {unit}",
        f"{unit} is not on the list as a unit of this party",
    )
    return Derived(no_effect=(no_effect_of(party, view.report, why),))


_REWORDED = (
    "reworded",
    "该任务此后已改变内容，须重新填报",
    "the task says something else since: it has to be reported anew",
)

REPORTS = Part("report", TaskView, {TaskReported: name_of}, apply, derive_report)
LIST = Part("task", derive=derive_list)
