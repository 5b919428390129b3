"""The responsibility list of one project: both sides' units, and what they did.

The list follows from the descriptions that stand, so it is a part that says
nothing of its own; what a unit reports is another.
"""

from collections.abc import Mapping
from typing import Any

from services.coordination.stance import Views, effective, members
from services.rules.heard import Heard, unmet
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.message import Event
from twincity_schemas.project import ResponsibleUnit, UnitRole
from twincity_schemas.task import TaskRecorded, TaskReported, TaskState
from twincity_schemas.values import Value, earlier


class TaskView(Value):
    """A party's latest report of one of its units."""

    report: Heard[TaskReported] | None = None


def name_of(event: Event[Any]) -> str:
    """Returns which unit a report is of: ``<party>/<role>/<name>``."""
    return _name(event.envelope.party, event.data.role, event.data.unit)


def _name(party: str, role: UnitRole, unit: str) -> str:
    return f"{party}/{role}/{unit}"


def apply(_before: TaskView, event: Event[Any], _states: States) -> TaskView:
    """Put a report in place of the earlier one."""
    heard = Heard[TaskReported](statement=event.envelope.id, content=event.data)
    return TaskView(report=heard)


def _listed(states: States) -> dict[str, ResponsibleUnit]:
    """Each unit of the descriptions that stand, with the task that the first says."""
    views: Views = states.of(str(states.subject))
    listed: dict[str, ResponsibleUnit] = {}
    stances = members(views, states.subject.members)
    for description in effective(views, stances).values():
        for unit in description.content.responsible_units:
            listed.setdefault(_name(unit.party, unit.role, unit.name), unit)
    return listed


def derive_list(states: States) -> Derived:
    """A record for each unit on the list, open while its task is."""
    records = {
        record.part: record
        for name, unit in sorted(_listed(states).items())
        for record in (_record(states, name, unit),)
    }
    return Derived(
        records,
        open={
            part: record.due
            for part, record in records.items()
            if record.state is TaskState.OPEN and record.due is not None
        },
    )


def _record(states: States, name: str, unit: ResponsibleUnit) -> TaskRecorded:
    views: Mapping[str, TaskView] = states.of(str(states.subject), "report", name)
    report = views[unit.party].report if unit.party in views else None
    state = TaskState.OPEN
    if report is not None and report.content.done:
        late = unit.due is not None and earlier(unit.due, report.content.as_of)
        state = TaskState.DONE_LATE if late else TaskState.DONE
    return TaskRecorded(
        subject=str(states.subject),
        part=f"task/{name}",
        party=unit.party,
        unit=unit.name,
        role=unit.role,
        task=unit.task,
        due=unit.due,
        state=state,
        note=report.content.note if report else None,
        statement=report.statement if report else None,
    )


def derive_report(states: States) -> Derived:
    """No record of its own; a notice where the unit is not on the list."""
    [(party, view)] = states.own.items()
    if view.report is None or states.name in _listed(states):
        return Derived()
    unit = view.report.content.unit
    why = (
        "not_on_the_list",
        f"责任清单上没有本方单位 {unit}",
        f"{unit} is not on the list as a unit of this party",
    )
    return Derived(no_effect=(unmet(party, view.report, why),))


REPORTS = Part("report", TaskView, {TaskReported: name_of}, apply, derive_report)
LIST = Part("list", derive=derive_list)
