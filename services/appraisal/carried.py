"""Obstacles of projects that go on in each other's stead: each is counted once.

What is still open in a project and is registered under the one that goes on in its
stead, by the same party and name, is one obstacle. It stands as it does there, and is
due by the earlier of both days: a project's new name must not move a deadline. What
was closed before is done, and the same name there is another matter; what nobody has
registered anew stays where it was.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from services.appraisal.facts import obstacles_at
from services.rules import succession
from services.runtime.kinds import States
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState
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
                # One that goes on twice is carried from either: the first day counts.
                if name in once[one] and earlier(record.due, once[one][name].due):
                    once[one][name] = _with(once[one][name], due=record.due)
    return once


def _there(
    project: str, moment: datetime, states: States
) -> dict[str, ObstacleRecorded]:
    return obstacles_at(states, project, moment)


class ObstacleRecordedChanges(TypedDict):
    """The day that an obstacle keeps from the project it was raised in first."""

    due: PartialDate


def _with(
    record: ObstacleRecorded, **kept: Unpack[ObstacleRecordedChanges]
) -> ObstacleRecorded:
    return record.model_copy(update=kept)
