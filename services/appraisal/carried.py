"""Obstacles of projects that go on in each other's stead: each is counted once.

What is still open in a project and is registered under the one that goes on in its
stead, by the same party and name, is one obstacle. It stands as it does there, and is
due by the earlier of both days: a project's new name must not move a deadline. What
was closed before is done, and the same name there is another matter; what nobody has
registered anew stays where it was.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, TypedDict, Unpack

from services.appraisal.facts import obstacles_at
from services.rules import succession
from services.rules.closing import over
from services.runtime.kinds import States
from twincity_schemas.obstacle_record import (
    MissedDeadline,
    ObstacleRecorded,
    ObstacleState,
)
from twincity_schemas.values import PartialDate, earlier

ObstaclesOf = Mapping[str, Mapping[str, ObstacleRecorded]]
"""By project, its obstacles by who raised them."""

Kin = Mapping[str, tuple[str, ...]]
"""By project that follows another or is followed, itself and all those."""


def kin_of(heirs: succession.Heirs) -> Kin:
    """Returns which projects an obstacle of a project may stand under as well."""
    kin: dict[str, set[str]] = {}
    for project, later in heirs.items():
        for one in (project, *later):
            kin.setdefault(one, {one}).update((project, *later))
    return {project: tuple(sorted(others)) for project, others in kin.items()}


def obstacles_once(
    states: States, projects: Iterable[str], moment: datetime
) -> ObstaclesOf:
    """Returns the obstacles of some projects as they stood at a moment, each once."""
    listed = sorted(set(projects))
    heirs = succession.heirs(states, listed, moment)
    there: dict[str, dict[str, ObstacleRecorded]] = {
        project: states.once(("obstacles", project, moment), _there, project, moment)
        for project in listed
    }
    once = {project: {**own} for project, own in there.items()}
    for project, own in there.items():
        for name, record in own.items():
            later = [one for one in heirs.get(project, ()) if name in there[one]]
            if not later or record.state is ObstacleState.CLOSED:
                continue
            del once[project][name]
            for one in later:
                if name in once[one]:
                    once[one][name] = _carried(record, once[one][name], moment)
    return once


def _carried(
    old: ObstacleRecorded, new: ObstacleRecorded, moment: datetime
) -> ObstacleRecorded:
    """Returns an obstacle with the days that it keeps from the project before."""
    kept = [*old.missed, *(one for one in new.missed if one not in old.missed)]
    passed = over(old.due, moment) and old.submitted is None
    if passed and _charged(old) != _charged(new):
        # Another has it now: the day stays with whoever had it.
        nobody = old.assigned_to is None
        kept += (
            MissedDeadline(party=one, due=old.due, unassigned=nobody)
            for one in _charged(old)
        )
        return _with(new, missed=tuple(kept))
    # One that goes on twice is carried from either: the first day counts.
    due = old.due if earlier(old.due, new.due) else new.due
    return _with(new, missed=tuple(kept), due=due)


def _there(
    project: str, moment: datetime, states: States
) -> dict[str, ObstacleRecorded]:
    return obstacles_at(states, project, moment)


class Charge(NamedTuple):
    """A deadline of an obstacle, and who had it when that passed, or has it now."""

    party: str
    due: PartialDate
    cleared: bool


def charges(record: ObstacleRecorded) -> Iterator[Charge]:
    """Yields every deadline of an obstacle with the party that had to act by it.

    What passed stays with whoever had it then: to be relieved of it, or to have it
    cancelled, does not undo that, and whoever has it next answers for its own day.
    Who had to find somebody for it is cleared by whoever clears it. What was submitted
    in time and nobody has looked at is charged to nobody: it is the verifier's delay.
    """
    closed = record.state is ObstacleState.CLOSED
    for missed in record.missed:
        clears = missed.unassigned or missed.party in _charged(record)
        yield Charge(missed.party, missed.due, closed and clears)
    passed = {missed.due for missed in record.missed}
    if record.due in passed or is_waiting(record):
        return
    if record.state is not ObstacleState.CANCELLED:
        for holder in _charged(record):
            yield Charge(holder, record.due, closed)


def is_waiting(record: ObstacleRecorded) -> bool:
    """Returns whether its closure was asked for in time and waits for a verifier."""
    asked = record.submitted
    waits = record.state is ObstacleState.SUBMITTED and asked is not None
    return waits and not earlier(record.due, asked or "")


def _charged(record: ObstacleRecorded) -> tuple[str, ...]:
    return (record.assigned_to,) if record.assigned_to else record.parties


class ObstacleRecordedChanges(TypedDict, total=False):
    """The days that an obstacle keeps from the project it was raised in first."""

    due: PartialDate
    missed: tuple[MissedDeadline, ...]


def _with(
    record: ObstacleRecorded, **kept: Unpack[ObstacleRecordedChanges]
) -> ObstacleRecorded:
    return record.model_copy(update=kept)
