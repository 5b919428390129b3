"""Obstacles (挂账销号): each a part of its project, open until it is verified."""

from services.rules import obstacles
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.obstacle import ObstacleState


def derive(states: States) -> Derived:
    """The obstacle's record; none while nobody has registered it."""
    record, no_effect = obstacles.standing(states.subject, states.name, states.own)
    if record is None:
        return Derived(no_effect=no_effect)
    closed = record.state is ObstacleState.CLOSED
    open_items = {} if closed else {record.part: record.due}
    return Derived({record.part: record}, no_effect, open_items)


PART = Part("obstacle", obstacles.Obstacle, obstacles.TAKES, obstacles.apply, derive)
