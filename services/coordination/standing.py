"""Where each member stands: the text it stands by, and its answer to another's.

A member stands by a text until it says another: its own description, or the one it
endorsed, as it read at the time. What the other has said since changes nothing of
that; it makes the endorsement *outdated*, and the member is to answer anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic

from typing_extensions import override

from services.coordination import units
from services.coordination.stance import (
    VERSION,
    Description,
    KeptDescription,
    MeantDescription,
    StanceView,
    Text,
    Views,
)
from services.rules import presence
from services.runtime.kinds import States
from twincity_schemas.project_record import MemberStance, Stance
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import Subject

_NOTHING: StanceView[Any] = StanceView()


@dataclass(frozen=True)
class Positions(Generic[Text]):
    """All that says where the members of a subject stand.

    Attributes:
        views: each party's statements about the project itself.
        where: where each party was.
        descriptions: the descriptions that were endorsed, by digest and party.
    """

    subject: Subject
    views: Views[Text]
    where: presence.Views
    descriptions: Mapping[str, Mapping[str, KeptDescription[Text]]]


def positions_of(states: States, views: Views) -> Positions:
    """Returns what the derivation of a project, or of a part of it, goes by.

    A description is looked up only where somebody endorsed it, so that a project's
    record does not rest on every text that anybody ever said.
    """
    project = str(states.subject)
    descriptions = {
        view.endorsed.digest: states.of(project, VERSION, view.endorsed.digest)
        for _, view in sorted(views.items())
        if view.endorsed is not None
    }
    return Positions(states.subject, views, presence.of(states, project), descriptions)


@dataclass(frozen=True)
class MemberStanding(Generic[Text]):
    """The text that a member stands by, and how its stance reads.

    Attributes:
        text: the description it stands by, if any.
        held: whether that is one that its own describer has gone beyond.
    """

    stance: MemberStance
    text: Description[Text] | None = None
    held: bool = False

    @property
    def awaits(self) -> bool:
        """Returns whether the member has yet to answer anew."""
        return self.stance.stance in {Stance.OUTDATED, Stance.CROSSED}


Standings = Mapping[str, MemberStanding[Text]]


class Unchanged:
    """All that a header follows from, equal only to itself: views are never changed."""

    def __init__(self, positions: Positions, listed: units.Views | None = None) -> None:
        # Copies, since the memory changes its own in place; and they keep the views
        # alive, so that no other object comes to have their identity.
        self.positions = Positions(
            positions.subject,
            dict(positions.views),
            dict(positions.where),
            {digest: dict(views) for digest, views in positions.descriptions.items()},
        )
        self.listed = dict(listed or {})
        self._key = (str(positions.subject), *self._identities())

    def _identities(self) -> Iterator[tuple[str, int]]:
        for views in (
            self.positions.views,
            self.positions.where,
            self.listed,
            *self.positions.descriptions.values(),
        ):
            yield from ((party, id(view)) for party, view in views.items())

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unchanged) and self._key == other._key

    @override
    def __hash__(self) -> int:
        return hash(self._key)


def standings(positions: Positions) -> Standings:
    """Returns where each member of the subject stands, the silent ones included."""
    return _standings(Unchanged(positions))


@lru_cache(maxsize=5_000)  # the header and every month ask for the same
def _standings(unchanged: Unchanged) -> Standings:
    return standings_of(unchanged.positions)


def standings_of(positions: Positions[Text]) -> Standings[Text]:
    """Returns the same without keeping it: for positions that are made anew."""
    return {party: _standing(positions, party) for party in positions.subject.members}


def texts(standings: Standings[Text]) -> dict[str, Description[Text]]:
    """Returns the description that each member stands by that has not left."""
    return {
        party: standing.text
        for party, standing in standings.items()
        if standing.text is not None
    }


def _standing(positions: Positions[Text], party: str) -> MemberStanding[Text]:
    view = positions.views.get(party, _NOTHING)
    if view.withdrawn is not None:
        left = presence.left_at(positions.where, party)
        reason = view.withdrawn
        return MemberStanding(
            MemberStance(stance=Stance.WITHDRAWN, reason=reason, left=left)
        )
    text, stance, of = _stands_by(positions, party)
    held = stance in {Stance.OUTDATED, Stance.CROSSED}
    if (declined := view.declined) is not None:
        # A refusal is of a text: of the next one its party has to be asked anew.
        in_force = _in_force(positions.views, declined)
        stance, of = Stance.DECLINED if in_force else Stance.OUTDATED, declined
    own = view.description
    return MemberStanding(
        MemberStance(
            stance=stance,
            description=None if of is None else of.digest,
            of=None if of is None else of.party,
            reason=view.reason,
            version=None if own is None else own.text.version,
            doubts=tuple(own.content.doubts()) if own and text is own else (),
        ),
        text,
        held,
    )


def _stands_by(
    positions: Positions[Text], party: str
) -> tuple[Description[Text] | None, Stance, MeantDescription | None]:
    view = positions.views.get(party, _NOTHING)
    endorsed, own = view.endorsed, view.description
    if endorsed is None:
        if own is None or view.given_up:
            return None, Stance.SILENT, None
        return own, Stance.DESCRIBED, MeantDescription(party=party, digest=own.digest)
    if party in _circle(positions.views, party):
        return own, Stance.CROSSED, endorsed
    described = positions.descriptions.get(endorsed.digest, {}).get(endorsed.party)
    text = None if described is None else described.description
    in_force = text is not None and _in_force(positions.views, endorsed)
    return text, Stance.ENDORSED if in_force else Stance.OUTDATED, endorsed


def _in_force(views: Views[Text], meant: MeantDescription) -> bool:
    """Returns whether a party stands by a description even now."""
    view = views.get(meant.party, _NOTHING)
    if view.withdrawn is not None:
        return False
    if view.endorsed is not None:
        return view.endorsed.digest == meant.digest
    own = view.description
    return own is not None and own.digest == meant.digest and not view.given_up


def _circle(views: Views[Text], party: str) -> tuple[str, ...]:
    """Returns the members that endorsed each other's present texts, in a circle.

    Each has given up its own text for another's, so none of the texts is anybody's:
    only a new description ends it. Where all texts read the same there is nothing to
    end. Who spoke last decides nothing, for two clusters may see another last.
    """
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


def awaiting(
    positions: Positions[Text], standings: Standings[Text]
) -> tuple[OpenStep, ...]:
    """Returns the steps that would settle what awaits confirmation, and to whom."""
    kind = positions.subject.kind
    steps: dict[tuple[str, str], list[str]] = {}
    for party, standing in standings.items():
        if not standing.awaits:
            continue
        view = positions.views.get(standing.stance.of or "", _NOTHING)
        present = None if view.withdrawn is not None else view.description
        if standing.stance.stance is Stance.CROSSED or present is None:
            steps.setdefault((f"{kind}.described", ""), []).append(party)
            continue
        for step in ("declined", "endorsed"):
            steps.setdefault((f"{kind}.{step}", present.text.id), []).append(party)
    return tuple(
        OpenStep(step=step, parties=tuple(sorted(parties)), answers=answers or None)
        for (step, answers), parties in sorted(steps.items())
    )
