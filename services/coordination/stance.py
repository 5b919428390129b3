"""Where each member stands: the text it stands by, and its answer to another's.

A member stands by a text until it says another: its own description, or the one it
endorsed, as it read at the time. What the other has said since changes nothing of
that; it makes the endorsement *outdated*, and the member is to answer anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.rules import presence
from services.rules.heard import Heard
from services.runtime.kinds import Name, States
from twincity_schemas.message import Event
from twincity_schemas.project import (
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectSucceeded,
    ProjectWithdrawn,
)
from twincity_schemas.project_record import MemberStance, Stance
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.values import Subject, Value

VERSION = "version"
"""The part that keeps each description under its digest, for whoever endorsed it."""


class Description(Value):
    """What a party describes, with the statement it said it in.

    Attributes:
        version: how often its content had changed by then, from 1.
    """

    statement: str
    digest: str
    content: ProjectDescribed
    version: int = 1


class Reference(Value):
    """Whose description is meant, and which: by its digest."""

    party: str
    digest: str


class StanceView(Value):
    """One party's statements about the project itself, folded in its own order.

    Attributes:
        described: when it first described the project, as recorded.
        description: its own, the latest.
        given_up: whether it has endorsed another's since its own.
        endorsed: whose it has made its own.
        declined: whose it has refused since, and why.
        withdrawn: why it has taken its word back, while it has.
        successor: which project it says goes on in this one's stead.
        reopened: its statements that take up again what it had not withdrawn.
    """

    described: datetime | None = None
    description: Description | None = None
    given_up: bool = False
    endorsed: Reference | None = None
    declined: Reference | None = None
    reason: str | None = None
    withdrawn: str | None = None
    successor: Heard[ProjectSucceeded] | None = None
    reopened: tuple[str, ...] = ()


Views = Mapping[str, StanceView]
"""What each party has said of one project."""

_NOTHING = StanceView()


def apply(before: StanceView, event: Event[Any], _states: States) -> StanceView:
    """Add a party's statement about the project itself."""
    match event.data:
        case ProjectDescribed() as data:
            return before.model_copy(
                update={
                    **_ANSWERED,
                    "described": before.described or event.envelope.recorded,
                    "description": _next(before.description, event, data),
                    "given_up": False,
                    "endorsed": None,
                }
            )
        case ProjectEndorsed(party=party, description=digest):
            endorsed = Reference(party=party, digest=digest)
            return before.model_copy(
                update={**_ANSWERED, "given_up": True, "endorsed": endorsed}
            )
        case ProjectDeclined(party=party, description=digest, reason=reason):
            declined = Reference(party=party, digest=digest)
            # What it refuses it stands by no more.
            still = None if before.endorsed == declined else before.endorsed
            answer = {"declined": declined, "reason": reason, "endorsed": still}
            return before.model_copy(update={**_ANSWERED, **answer})
        case ProjectSucceeded() as data:
            successor = Heard[ProjectSucceeded](
                statement=event.envelope.id, content=data
            )
            return before.model_copy(update={"successor": successor})
        case ProjectWithdrawn(reason=reason):
            return before.model_copy(update={"withdrawn": reason})
        case _:
            return _taken_up(before, event.envelope.id)


def _taken_up(before: StanceView, statement: str) -> StanceView:
    if before.withdrawn is None:  # it had not left
        reopened = (*before.reopened, statement)
        return before.model_copy(update={"reopened": reopened})
    return before.model_copy(update={"withdrawn": None})


_ANSWERED = {"declined": None, "reason": None, "withdrawn": None}
"""What an answer or a description takes the place of."""


def _next(
    before: Description | None, event: Event[Any], data: ProjectDescribed
) -> Description:
    digest = data.digest
    version = 1
    if before is not None:
        version = before.version + (before.digest != digest)
    return Description(
        statement=event.envelope.id, digest=digest, content=data, version=version
    )


TAKES: dict[type[Any], Name] = dict.fromkeys(
    (
        ProjectDescribed,
        ProjectEndorsed,
        ProjectDeclined,
        ProjectWithdrawn,
        ProjectReopened,
        ProjectSucceeded,
    ),
    lambda _event: "",
)


def digest_of(event: Event[Any]) -> str:
    """Returns the digest under which a description is kept."""
    digest: str = event.data.digest
    return digest


def keep(before: "Kept", event: Event[Any], _states: States) -> "Kept":
    """Keep a description for whoever endorses it; said again, it is the same."""
    if before.description is not None:
        return before
    said = Description(
        statement=event.envelope.id, digest=event.data.digest, content=event.data
    )
    return Kept(description=said)


class Kept(Value):
    """A description of a party, under its digest."""

    description: Description | None = None


@dataclass(frozen=True)
class Said:
    """All that says where the members of a project stand.

    Attributes:
        views: each party's statements about the project itself.
        where: where each party was.
        kept: the descriptions that were endorsed, by digest and party.
    """

    subject: Subject
    views: Views
    where: presence.Views
    kept: Mapping[str, Mapping[str, Kept]]


def said(states: States, views: Views) -> Said:
    """Returns what the derivation of a project, or of a part of it, goes by."""
    project = str(states.subject)
    kept = {
        view.endorsed.digest: states.of(project, VERSION, view.endorsed.digest)
        for _, view in sorted(views.items())
        if view.endorsed is not None
    }
    return Said(states.subject, views, presence.of(states, project), kept)


@dataclass(frozen=True)
class Standing:
    """What a member stands by, and how its stance reads.

    Attributes:
        text: the description it stands by, if any.
        held: whether that is one that its own describer has gone beyond.
    """

    stance: MemberStance
    text: Description | None = None
    held: bool = False

    @property
    def awaits(self) -> bool:
        """Whether the member has yet to answer anew."""
        return self.stance.stance in {Stance.OUTDATED, Stance.CROSSED}


Standings = Mapping[str, Standing]


def standings(said: Said) -> dict[str, Standing]:
    """Where each member of the subject stands, the silent ones included."""
    return {party: _standing(said, party) for party in said.subject.members}


def texts(standings: Standings) -> dict[str, Description]:
    """The description that each member stands by that has not left."""
    return {
        party: standing.text
        for party, standing in standings.items()
        if standing.text is not None
    }


def _standing(said: Said, party: str) -> Standing:
    view = said.views.get(party, _NOTHING)
    if view.withdrawn is not None:
        left = presence.left_at(said.where, party)
        reason = view.withdrawn
        return Standing(MemberStance(stance=Stance.WITHDRAWN, reason=reason, left=left))
    text, stance, of = _stands_by(said, party)
    held = stance in {Stance.OUTDATED, Stance.CROSSED}
    if (declined := view.declined) is not None:
        in_force = _in_force(said.views, declined)
        stance, of = Stance.DECLINED if in_force else Stance.OUTDATED, declined
    own = view.description
    return Standing(
        MemberStance(
            stance=stance,
            description=None if of is None else of.digest,
            of=None if of is None else of.party,
            reason=view.reason,
            version=None if own is None else own.version,
            doubts=tuple(own.content.doubts()) if own and text is own else (),
        ),
        text,
        held,
    )


def _stands_by(
    said: Said, party: str
) -> tuple[Description | None, Stance, Reference | None]:
    view = said.views.get(party, _NOTHING)
    endorsed, own = view.endorsed, view.description
    if endorsed is None:
        if own is None or view.given_up:
            return None, Stance.SILENT, None
        return own, Stance.DESCRIBED, Reference(party=party, digest=own.digest)
    if party in _circle(said.views, party):
        return own, Stance.CROSSED, endorsed
    kept = said.kept.get(endorsed.digest, {}).get(endorsed.party)
    text = None if kept is None else kept.description
    in_force = text is not None and _in_force(said.views, endorsed)
    return text, Stance.ENDORSED if in_force else Stance.OUTDATED, endorsed


def _in_force(views: Views, meant: Reference) -> bool:
    """Whether a party stands by the description that was answered to, even now."""
    view = views.get(meant.party, _NOTHING)
    if view.withdrawn is not None:
        return False
    if view.endorsed is not None:
        return view.endorsed.digest == meant.digest
    own = view.description
    return own is not None and own.digest == meant.digest and not view.given_up


def _circle(views: Views, party: str) -> tuple[str, ...]:
    """The members that endorsed each other's present description, in a circle."""
    passed: list[str] = []
    now = party
    while now not in passed:
        view = views.get(now, _NOTHING)
        if view.endorsed is None or view.withdrawn is not None:
            return ()
        other = views.get(view.endorsed.party, _NOTHING).description
        if other is None or other.digest != view.endorsed.digest:
            return ()
        passed.append(now)
        now = view.endorsed.party
    circle = passed[passed.index(now) :]
    contents = {views[p].endorsed.digest for p in circle}  # type: ignore[union-attr]
    return () if len(contents) == 1 else tuple(circle)


def awaiting(said: Said, standings: Standings) -> tuple[OpenStep, ...]:
    """What would settle what awaits confirmation, and who may say it."""
    steps: dict[tuple[str, str], list[str]] = {}
    for party, standing in standings.items():
        if not standing.awaits:
            continue
        view = said.views.get(standing.stance.of or "", _NOTHING)
        present = None if view.withdrawn is not None else view.description
        if standing.stance.stance is Stance.CROSSED or present is None:
            steps.setdefault(("project.described", ""), []).append(party)
            continue
        for step in ("project.declined", "project.endorsed"):
            steps.setdefault((step, present.statement), []).append(party)
    return tuple(
        OpenStep(step=step, parties=tuple(sorted(parties)), answers=answers or None)
        for (step, answers), parties in sorted(steps.items())
    )


def first_description(views: Views) -> Description | None:
    """The description of whoever was recorded first to describe the project.

    Of several at the same instant the first in code order: a record has to lie
    somewhere, and what they differ on is shown field by field.
    """
    first = sorted(
        (view.described, party, view.description)
        for party, view in views.items()
        if view.described is not None and view.description is not None
    )
    return first[0][2] if first else None


def by_seniority(views: Views, party: str) -> tuple[bool, Any, str]:
    """A key that sorts parties by when they first described the project."""
    described = views.get(party, _NOTHING).described
    return described is None, described or 0, party


def no_effect(views: Views) -> tuple[NoEffect, ...]:
    """The statements that take up again what was not withdrawn."""
    return tuple(
        NoEffect(
            statement=statement,
            party=party,
            step="project.reopened",
            code="not_withdrawn",
            zh="本方未撤回，无需重启",
            en="this party has not withdrawn",
        )
        for party, view in sorted(views.items())
        for statement in view.reopened
    )
