"""Who is on a project at a moment: left, come back, suspended.

A party that leaves is from then on neither due nor counted; what was settled before
stays. So it is asked of a moment, of what was recorded by it, and never of «now»:
the end of a month, the cut-off of a dispatch, the day of a step.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from services.runtime.kinds import Name, Part, States
from twincity_schemas.message import Event
from twincity_schemas.project import (
    Phase,
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectWithdrawn,
)
from twincity_schemas.values import PartyCode, Value

PART = "presence"
"""The name of the part that remembers it, in every service that asks."""

BEIJING = timezone(timedelta(hours=8))
"""The days of the field's papers."""

RESTING = frozenset({Phase.SUSPENDED, Phase.REMOVED, Phase.TERMINATED})
"""Phases in which nobody has to report."""


HAD_LEFT = (
    "has_left",
    "本方当时已退出该项目",
    "this party had left the project then",
)
"""Why what a party says of a project it has left has no effect."""


class Act(Value):
    """A change of where a party is, and when it was recorded.

    Attributes:
        phase: the project's, as the party describes it.
        follows: whose description it has made its own instead.
    """

    recorded: datetime
    away: bool = False
    phase: Phase | None = None
    follows: PartyCode | None = None


class Presence(Value):
    """Where one party was, in its own order."""

    acts: tuple[Act, ...] = ()


Views = Mapping[str, Presence]


def apply(before: Presence, event: Event[Any], _states: States) -> Presence:
    """Add what a party's statement changes of where it is."""
    recorded = event.envelope.recorded
    last = before.acts[-1] if before.acts else Act(recorded=recorded)
    match event.data:
        case ProjectDescribed(phase=phase):
            change: dict[str, Any] = {"away": False, "phase": phase, "follows": None}
        case ProjectEndorsed(party=party):
            change = {"away": False, "phase": None, "follows": party}
        case ProjectWithdrawn():
            change = {"away": True}
        case _:  # it declines, or takes up again: either way it is there
            change = {"away": False}
    now = last.model_copy(update={**change, "recorded": recorded})
    if now.model_copy(update={"recorded": last.recorded}) == last:
        return before
    return Presence(acts=(*before.acts, now))


TAKES: dict[type[Any], Name] = dict.fromkeys(
    (
        ProjectDescribed,
        ProjectEndorsed,
        ProjectDeclined,
        ProjectWithdrawn,
        ProjectReopened,
    ),
    lambda _event: "of",
)


PART_OF_PROJECT = Part(PART, Presence, TAKES, apply)
"""The line of a service's table of projects."""


def of(states: States, project: str) -> Views:
    """Returns where each party was on a project."""
    return states.of(project, PART, "of")


def _at(views: Views, party: str, moment: datetime | None) -> Act | None:
    acts = views[party].acts if party in views else ()
    by_then = [act for act in acts if moment is None or act.recorded <= moment]
    return by_then[-1] if by_then else None


def as_of(views: Views, moment: datetime) -> dict[str, Presence]:
    """Where each party was at a moment, by when it was recorded."""
    return {
        party: Presence(acts=tuple(a for a in view.acts if a.recorded <= moment))
        for party, view in views.items()
    }


def is_away(views: Views, party: str, moment: datetime | None = None) -> bool:
    """Whether a party had left at a moment; None: after all that was said."""
    act = _at(views, party, moment)
    return act is not None and act.away


def left_since(views: Views, party: str) -> datetime | None:
    """Returns when a party that is away now has left."""
    act = _at(views, party, None)
    return act.recorded if act is not None and act.away else None


def left_after(views: Views, party: str, moment: datetime) -> bool:
    """Whether a party has left since a moment: what it promised by then has ended."""
    acts = views[party].acts if party in views else ()
    return any(act.away and act.recorded >= moment for act in acts)


def staying(
    views: Views, members: Iterable[str], moment: datetime | None = None
) -> tuple[str, ...]:
    """Returns the members that had not left at a moment."""
    return tuple(m for m in members if not is_away(views, m, moment))


def is_suspended(views: Views, moment: datetime | None = None) -> bool:
    """Whether all who say its phase said that the project rests, at a moment."""
    phases = {
        phase
        for party in views
        if not is_away(views, party, moment)
        and (phase := _phase(views, party, moment, frozenset())) is not None
    }
    return bool(phases) and phases <= RESTING


def _phase(
    views: Views, party: str, moment: datetime | None, passed: frozenset[str]
) -> Phase | None:
    act = _at(views, party, moment)
    if act is None or party in passed:
        return None
    if act.follows is not None:
        return _phase(views, act.follows, moment, passed | {party})
    return act.phase


def suspended_since(views: Views, moment: datetime) -> datetime | None:
    """Returns since when a project has rested that rests at a moment."""
    if not is_suspended(views, moment):
        return None
    since = moment
    for change in sorted(_changes(views, moment), reverse=True):
        if not is_suspended(views, change):
            break
        since = change
    return since


def _changes(views: Views, moment: datetime) -> Iterator[datetime]:
    for presence in views.values():
        for act in presence.acts:
            if act.recorded <= moment:
                yield act.recorded


def day_of(moment: datetime) -> str:
    """The day of a moment, as the field's papers date it: ``2024-09-05``."""
    return moment.astimezone(BEIJING).date().isoformat()


def end_of(year: int, month: int) -> datetime:
    """The last moment of a month."""
    following = year + month // 12, month % 12 + 1
    begins = datetime(*following, 1, tzinfo=BEIJING)
    return (begins - timedelta(microseconds=1)).astimezone(UTC)
