"""Obstacles (挂账销号): each a part of its project, open until it is verified."""

from services.rules import obstacles, presence
from services.runtime.kinds import Derived, Part, States


def derive(states: States) -> Derived:
    """The obstacle's record; none while nobody has registered it."""
    where = presence.of(states, str(states.subject))
    record, no_effect = obstacles.standing(
        states.subject, states.name, states.own, where
    )
    if record is None:
        return Derived(no_effect=no_effect)
    over = record.state in obstacles.OVER
    open_items = {} if over else {record.part: record.due}
    return Derived({record.part: record}, no_effect, open_items)


PART = Part("obstacle", obstacles.Obstacle, obstacles.TAKES, obstacles.apply, derive)
