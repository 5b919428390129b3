"""Who is on a project at a moment: left, come back, suspended.

A party that leaves is from then on neither due nor counted; what was settled before
stays. So it is asked of a moment, of what was recorded by it, and never of «now»:
the end of a month, the cut-off of a dispatch, the day of a step.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from services.runtime.kinds import Name, Part, States
from twincity_schemas.message import Event
from twincity_schemas.parties import CHINA
from twincity_schemas.project import (
    Phase,
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectWithdrawn,
)
from twincity_schemas.values import PartialDate, PartyCode

PART = "presence"
"""The name of the part that remembers it, in every service that asks."""

RESTING = frozenset({Phase.SUSPENDED, Phase.REMOVED, Phase.TERMINATED})
"""Phases in which nobody has to report."""


HAD_LEFT = (
    "has_left",
    "本方当时已退出该项目",
    "this party had left the project then",
)
"""Why what a party says of a project it has left has no effect."""


@dataclass(frozen=True, slots=True)
class Act:
    """One change of a party's presence: it is there or away, and by which text.

    Attributes:
        recorded: when the statement that changed it entered its inbox.
        digest: of the description it stands by.
        of: whose that is, where it has endorsed another's.
        phase: the project's, as its own description says.
        statement: the one that changed it.
        step: that one's type.
        as_of: the day that it is of, where it says one.
    """

    recorded: datetime
    away: bool = False
    digest: str | None = None
    of: PartyCode | None = None
    phase: Phase | None = None
    statement: str = ""
    step: str = ""
    as_of: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One party's presence on a project over time, in its own order."""

    acts: tuple[Act, ...] = ()


Views = Mapping[str, Whereabouts]


def apply(before: Whereabouts, event: Event[Any], _states: States) -> Whereabouts:
    """Add what a party's statement changes of where it is."""
    recorded = event.envelope.recorded
    last = before.acts[-1] if before.acts else Act(recorded=recorded)
    match event.data:
        case ProjectDescribed(phase=phase) as data:
            now = Act(recorded=recorded, digest=data.digest, phase=phase)
        case ProjectEndorsed(party=party, description=digest):
            now = Act(recorded=recorded, digest=digest, of=party)
        case ProjectWithdrawn():
            now = replace(last, recorded=recorded, away=True)
        case _:  # it declines, or takes up again: either way it is there
            now = replace(last, recorded=recorded, away=False)
    now = replace(
        now,
        statement=event.envelope.id,
        step=event.type.fact,
        as_of=getattr(event.data, "as_of", None),
    )
    if _where(now) == _where(last):
        return before
    return Whereabouts(acts=(*before.acts, now))


def _where(act: Act) -> tuple[Any, ...]:
    """Returns what an act says of where its party is, whichever statement said it."""
    return act.away, act.digest, act.of, act.phase


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


PART_OF_PROJECT = Part(PART, Whereabouts, TAKES, apply)
"""The line of a service's table of projects."""


def of(states: States, project: str) -> Views:
    """Returns where each party was on a project."""
    return states.of(project, PART, "of")


def _by(views: Views, party: str, moment: datetime | None) -> tuple[Act, ...]:
    acts = views[party].acts if party in views else ()
    if moment is None:
        return acts
    return tuple(act for act in acts if act.recorded <= moment)


def known_by(views: Views, moment: datetime) -> dict[str, Whereabouts]:
    """Returns where each party was at a moment, by when it was recorded."""
    return {party: Whereabouts(acts=_by(views, party, moment)) for party in views}


def left_at(
    views: Views, party: str, moment: datetime | None = None
) -> datetime | None:
    """Returns since when a party is out of a project; None where it is in it.

    Args:
        views: where each party was.
        party: which.
        moment: at which; None: after all that was said.
    """
    since = None
    for act in _by(views, party, moment):
        since = (since or act.recorded) if act.away else None
    return since


def is_away(views: Views, party: str, moment: datetime | None = None) -> bool:
    """Returns whether a party had left at a moment; None: after all that was said."""
    return left_at(views, party, moment) is not None


def had_left(views: Views, party: str, moment: datetime) -> bool:
    """Returns whether a party had left before a moment.

    What it says at the moment it leaves counts: either may have come first.
    """
    left = left_at(views, party, moment)
    return left is not None and left < moment


def stance(views: Views, party: str, moment: datetime) -> tuple[bool, bool]:
    """Returns whether a party had left at a moment, and whether its text rests."""
    rests = _resting(views, party, moment) is not None
    return is_away(views, party, moment), rests


def left_since(
    views: Views, party: str, since: datetime, moment: datetime | None = None
) -> datetime | None:
    """Returns when a party first left since a moment, and its promises ended.

    Args:
        views: where each party was.
        party: which.
        since: the moment of its promise.
        moment: by when it has left; None: after all that was said.
    """
    acts = _by(views, party, moment)
    left = (act.recorded for act in acts if act.away and act.recorded >= since)
    return next(left, None)


def staying(
    views: Views, members: Iterable[str], moment: datetime | None = None
) -> tuple[str, ...]:
    """Returns the members that had not left at a moment."""
    return tuple(m for m in members if not is_away(views, m, moment))


def suspended_at(
    views: Views, members: Iterable[str], moment: datetime | None = None
) -> datetime | None:
    """Returns since when a project rests; None unless all who stay say that it does.

    One member alone cannot excuse itself. It rests from when the first of them said so.
    """
    spells = [
        _resting(views, party, moment) for party in staying(views, members, moment)
    ]
    begun = [spell for spell in spells if spell is not None]
    return min(begun) if begun and len(begun) == len(spells) else None


def _resting(views: Views, party: str, moment: datetime | None) -> datetime | None:
    """Since when the text that a party stands by says that the project rests."""
    since = None
    for act in _by(views, party, moment):
        rests = _phase(views, act, moment) in RESTING
        since = (since or act.recorded) if rests else None
    return since


def _phase(views: Views, act: Act, moment: datetime | None) -> Phase | None:
    if act.of is None:
        return act.phase
    phases = _by(views, act.of, moment)
    own = (one for one in phases if one.of is None and one.digest == act.digest)
    return next((one.phase for one in own), None)


@lru_cache(maxsize=1_200)  # asked of every report
def end_of(year: int, month: int) -> datetime:
    """The last moment of a month."""
    following = year + month // 12, month % 12 + 1
    begins = datetime(*following, 1, tzinfo=CHINA)
    return (begins - timedelta(microseconds=1)).astimezone(UTC)
