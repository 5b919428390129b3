"""Where each member stands: its own description, or its answer to another's."""

from collections.abc import Mapping
from typing import Any

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
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Value


class Description(Value):
    """What a party describes, with the statement it said it in."""

    statement: str
    digest: str
    content: ProjectDescribed


class Position(Value):
    """A stance, and whose description it answers to."""

    stance: Stance = Stance.SILENT
    party: str | None = None
    description: str | None = None
    """The digest of the description that is answered to."""
    reason: str | None = None


class StanceView(Value):
    """One party's statements about the project itself, folded in its own order.

    Attributes:
        position: where it stands.
        left: where it stood before it withdrew, while it has.
        description: its own, the latest.
        successor: which project it says goes on in this one's stead.
        reopened: its statements that take up again what it had not withdrawn.
    """

    position: Position = Position()
    left: Position | None = None
    description: Description | None = None
    successor: Heard[ProjectSucceeded] | None = None
    reopened: tuple[str, ...] = ()


Views = Mapping[str, StanceView]
"""What each party has said of one project."""

_NOTHING = StanceView()


def apply(before: StanceView, event: Event[Any], _states: States) -> StanceView:
    """Add a party's statement about the project itself."""
    match event.data:
        case ProjectDescribed() as data:
            description = Description(
                statement=event.envelope.id, digest=data.digest, content=data
            )
            position = Position(stance=Stance.DESCRIBED)
            return _taken(before, position, description)
        case ProjectEndorsed(party=party, description=digest):
            endorsed = Position(stance=Stance.ENDORSED, party=party, description=digest)
            return _taken(before, endorsed)
        case ProjectDeclined(party=party, description=digest, reason=reason):
            declined = Position(
                stance=Stance.DECLINED, party=party, description=digest, reason=reason
            )
            return _taken(before, declined)
        case ProjectSucceeded() as data:
            successor = Heard[ProjectSucceeded](
                statement=event.envelope.id, content=data
            )
            return before.model_copy(update={"successor": successor})
        case data:
            return _left_or_back(before, event.envelope.id, data)


def _left_or_back(before: StanceView, statement: str, data: Any) -> StanceView:
    if isinstance(data, ProjectWithdrawn):
        position = Position(stance=Stance.WITHDRAWN, reason=data.reason)
        held = before.left or before.position
        return before.model_copy(update={"position": position, "left": held})
    if before.left is None:  # it takes up again what it has not withdrawn
        reopened = (*before.reopened, statement)
        return before.model_copy(update={"reopened": reopened})
    return _taken(before, before.left)


def _taken(
    before: StanceView, position: Position, description: Description | None = None
) -> StanceView:
    return before.model_copy(
        update={
            "position": position,
            "left": None,
            "description": description or before.description,
        }
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


def members(views: Views, parties: tuple[str, ...]) -> dict[str, MemberStance]:
    """Where each member of the subject stands, the silent ones included."""
    return {party: _standing(views, party) for party in parties}


def effective(
    views: Views, stances: Mapping[str, MemberStance]
) -> dict[str, Description]:
    """The description that speaks for each member: its own, or the one it endorsed."""
    return {
        party: description
        for party, stance in stances.items()
        if (description := _effective(views, party, stance)) is not None
    }


def first_description(views: Views) -> Description | None:
    """The description of the first party in code order that has one."""
    return next(
        (
            description
            for party in sorted(views)
            if (description := views[party].description) is not None
        ),
        None,
    )


def no_effect(views: Views) -> tuple[Unmet, ...]:
    """The statements that take up again what was not withdrawn."""
    return tuple(
        Unmet(
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


def _held(views: Views, party: str | None, digest: str | None) -> Description | None:
    """A description that a party still holds as it was answered to."""
    view = views.get(party or "", _NOTHING)
    if view.position.stance is Stance.WITHDRAWN or view.description is None:
        return None
    return view.description if view.description.digest == digest else None


def _standing(views: Views, party: str) -> MemberStance:
    view = views.get(party, _NOTHING)
    position = view.position
    if position.stance is Stance.DESCRIBED and view.description is not None:
        return MemberStance(
            stance=Stance.DESCRIBED, description=view.description.digest, of=party
        )
    stance = position.stance
    if stance in {Stance.ENDORSED, Stance.DECLINED} and (
        _held(views, position.party, position.description) is None
    ):
        stance = Stance.OUTDATED
    return MemberStance(
        stance=stance,
        description=position.description,
        of=position.party,
        reason=position.reason,
    )


def _effective(views: Views, party: str, standing: MemberStance) -> Description | None:
    match standing.stance:
        case Stance.SILENT | Stance.WITHDRAWN:
            return None
        case Stance.ENDORSED:
            return _held(views, standing.of, standing.description)
        case Stance.DESCRIBED | Stance.DECLINED | Stance.OUTDATED:
            return views[party].description
