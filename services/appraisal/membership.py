"""Who is in a project at a moment, and whether its members say that it rests.

A party that left owes nothing from then on; a project that rests owes nothing as
long as all its members say so. Both go by when it was recorded.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from services.runtime.kinds import Part, States
from twincity_schemas.message import Event
from twincity_schemas.project import (
    Phase,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectWithdrawn,
)
from twincity_schemas.values import Value


class Stand(Value):
    """One statement of a party about the project itself, as far as it matters here."""

    recorded: datetime
    kind: Literal["described", "endorsed", "left", "back"]
    digest: str | None = None
    of: str | None = None
    phase: Phase | None = None


class Stands(Value):
    """What one party has said, in its order."""

    stands: tuple[Stand, ...] = ()


Views = Mapping[str, Stands]


def apply(before: Stands, event: Event[Any], _states: States) -> Stands:
    """Add a statement."""
    moment = event.envelope.recorded
    match event.data:
        case ProjectDescribed() as data:
            stand = Stand(
                recorded=moment, kind="described", digest=data.digest, phase=data.phase
            )
        case ProjectEndorsed(party=party, description=digest):
            stand = Stand(recorded=moment, kind="endorsed", digest=digest, of=party)
        case ProjectWithdrawn():
            stand = Stand(recorded=moment, kind="left")
        case _:
            stand = Stand(recorded=moment, kind="back")
    return Stands(stands=(*before.stands, stand))


def of(states: States, project: str) -> Views:
    """Returns what the parties have said of a project itself."""
    return states.of(project, "stand")


def left_at(views: Views, party: str, by: datetime) -> datetime | None:
    """Returns since when a party is out of a project; None where it is in it."""
    since = None
    for stand in _by(views, party, by):
        since = (since or stand.recorded) if stand.kind == "left" else None
    return since


def suspended_at(
    views: Views, members: tuple[str, ...], by: datetime
) -> datetime | None:
    """Returns since when a project rests; None unless all its members say that it does.

    One member alone cannot excuse itself. It rests from when the first of them said so.
    """
    staying = [party for party in members if left_at(views, party, by) is None]
    spells = [_spell(views, party, by) for party in staying]
    begun = [spell for spell in spells if spell is not None]
    return min(begun) if begun and len(begun) == len(staying) else None


def _spell(views: Views, party: str, by: datetime) -> datetime | None:
    since = None
    for stand in _by(views, party, by):
        if stand.kind in {"described", "endorsed"}:
            rests = _phase(views, stand, by) is Phase.SUSPENDED
            since = (since or stand.recorded) if rests else None
    return since


def _phase(views: Views, stand: Stand, by: datetime) -> Phase | None:
    if stand.kind == "described":
        return stand.phase
    said = _by(views, stand.of or "", by)
    return next((s.phase for s in said if s.digest == stand.digest), None)


def _by(views: Views, party: str, by: datetime) -> list[Stand]:
    own = views[party].stands if party in views else ()
    return [stand for stand in own if stand.recorded <= by]


PART = Part(
    "stand",
    Stands,
    dict.fromkeys(
        (ProjectDescribed, ProjectEndorsed, ProjectWithdrawn, ProjectReopened),
        lambda _event: "",
    ),
    apply,
)
