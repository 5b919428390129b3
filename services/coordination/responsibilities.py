"""The responsibility list of one project: both sides' units, and what they did."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from services.rules.heard import Heard, unmet
from twincity_schemas.envelope import Envelope
from twincity_schemas.project import ResponsibleUnit, UnitRole
from twincity_schemas.steps import Unmet
from twincity_schemas.task import Responsibility, TaskReported, TaskState
from twincity_schemas.values import earlier

Tasks = Mapping[str, Heard[TaskReported]]
"""One party's latest report of each of its units, by ``<role>/<name>``."""


def hear(before: Tasks, envelope: Envelope, data: BaseModel) -> Tasks:
    """Add a party's statement; what is no report of a task changes nothing."""
    if not isinstance(data, TaskReported):
        return before
    heard = Heard[TaskReported](statement=envelope.id, content=data)
    return {**before, _key(data.role, data.unit): heard}


def _key(role: UnitRole, name: str) -> str:
    return f"{role}/{name}"


def responsibilities(
    units: Iterable[ResponsibleUnit], said: Mapping[str, Tasks]
) -> tuple[tuple[Responsibility, ...], list[Unmet]]:
    """Each unit once, in the order of party, role and name; what has no effect.

    Args:
        units: of every description that stands; of several that name one unit,
            the first says its task.
        said: what each party reported of its units.
    """
    listed: dict[tuple[str, str], ResponsibleUnit] = {}
    for unit in units:
        listed.setdefault((unit.party, _key(unit.role, unit.name)), unit)
    found = tuple(
        _responsibility(unit, said.get(party, {}).get(key))
        for (party, key), unit in sorted(listed.items())
    )
    return found, list(_unmet(listed.keys(), said))


def _responsibility(
    unit: ResponsibleUnit, report: Heard[TaskReported] | None
) -> Responsibility:
    state = TaskState.OPEN
    if report is not None and report.content.done:
        late = unit.due is not None and earlier(unit.due, report.content.as_of)
        state = TaskState.DONE_LATE if late else TaskState.DONE
    return Responsibility(
        party=unit.party,
        unit=unit.name,
        role=unit.role,
        task=unit.task,
        due=unit.due,
        state=state,
        note=report.content.note if report else None,
        statement=report.statement if report else None,
    )


def unowned(members: Iterable[str], found: Iterable[Responsibility]) -> tuple[str, ...]:
    """The members without a lead: nobody of theirs answers for the project."""
    leads = {unit.party for unit in found if unit.role is UnitRole.LEAD}
    return tuple(member for member in members if member not in leads)


def _unmet(
    listed: Iterable[tuple[str, str]], said: Mapping[str, Tasks]
) -> Iterator[Unmet]:
    known = set(listed)
    for party, tasks in sorted(said.items()):
        for key, heard in sorted(tasks.items()):
            if (party, key) not in known:
                why = (
                    "not_on_the_list",
                    f"责任清单上没有本方单位 {heard.content.unit}",
                    f"{heard.content.unit} is not on the list as a unit of this party",
                )
                yield unmet(party, heard, why)
