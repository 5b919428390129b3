"""Obstacles (挂账销号): each a part of its project, open until it is verified."""

from services.rules import obstacles, presence
from services.runtime.kinds import Derived, Part, States


def derive(states: States) -> Derived:
    """The obstacle's record; none while nobody has registered it."""
    where = presence.of(states, str(states.subject))
    record, no_effect = obstacles.stand(states.subject, states.name, states.own, where)
    if record is None:
        return Derived(no_effect=no_effect)
    if record.state in obstacles.OVER:
        return Derived({record.part: record}, no_effect)
    return Derived(
        {record.part: record},
        no_effect,
        open={record.part: record.due},
        tally={record.kind.value: 1},
    )


PART = Part("obstacle", obstacles.Obstacle, obstacles.TAKES, obstacles.apply, derive)
