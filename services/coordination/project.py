"""Projects: what the members stand behind together.

This is the project itself, its header. What else is said about it are parts of
their own: months of progress, obstacles, factors, the units' tasks, corrections.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from typing_extensions import override

from services.coordination import (
    corrections,
    factors,
    obstacles,
    progress,
    stance,
    tasks,
    units,
)
from services.coordination.fields import fields
from services.coordination.stance import Description, StanceView, Standings, Views
from services.rules import presence
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.catalogue import records
from twincity_schemas.project import ProjectDescribed, UnitRole
from twincity_schemas.project_record import (
    Agreement,
    FieldRecord,
    FieldState,
    ProjectRecorded,
    Said,
    Stance,
)

_NO_STATEMENTS = "sha256:" + "0" * 64


def topic(states: States) -> str | None:
    """Where the project's records lie; None while nobody has described it."""
    first = stance.first_description(states.own)
    return None if first is None else records(first.content.domain)


def derive(states: States) -> Derived:
    """The joint record; none while nobody has described the project."""
    said = stance.said(states, states.own)
    described = _described(_Unchanged(said, units.of(states)))
    if described is None:
        return Derived(no_effect=stance.no_effect(states.own))
    open_parts, due_first = states.open
    record = described.model_copy(
        update={
            "parts": states.parts,
            "open_parts": open_parts,
            "open": due_first,
            "statements": states.statements,
            "statements_digest": states.statements_digest,
        }
    )
    return Derived({"": record}, described.no_effect)


class _Unchanged:
    """What a description goes by, equal only to itself: views are never changed."""

    def __init__(self, said: stance.Said, listed: units.Views) -> None:
        # Copies, since the memory changes its own in place; and they keep the views
        # alive, so that no other object comes to have their identity.
        self.said = stance.Said(
            said.subject,
            dict(said.views),
            dict(said.where),
            {digest: dict(views) for digest, views in said.kept.items()},
        )
        self.listed = dict(listed)
        self._key = (str(said.subject), *self._identities())

    def _identities(self) -> Iterator[tuple[str, int]]:
        for views in (
            self.said.views,
            self.said.where,
            self.listed,
            *self.said.kept.values(),
        ):
            yield from ((party, id(view)) for party, view in views.items())

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unchanged) and self._key == other._key

    @override
    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=1_000)  # a report changes nothing of it
def _described(unchanged: _Unchanged) -> ProjectRecorded | None:
    """The record as far as it follows from what is said of the project itself."""
    said = unchanged.said
    first = stance.first_description(said.views)
    if first is None:
        return None
    # A project that a party withdrew is known by the descriptions that are left.
    standings = stance.standings(said)
    standing = stance.texts(standings)
    eldest = sorted(standing, key=lambda p: stance.by_seniority(said.views, p))
    header = standing[eldest[0]].content if eldest else first.content
    found = fields(standings, units.identify(unchanged.listed))
    return ProjectRecorded(
        subject=str(said.subject),
        agreement=_agreement(standings, found),
        domain=first.content.domain,
        name=header.name,
        item_class=header.item_class,
        members={party: one.stance for party, one in standings.items()},
        fields=found,
        awaiting=stance.awaiting(said, standings),
        unowned=_unowned(presence.staying(said.where, said.subject.members), standing),
        successor=_successor(said.views),
        statements=0,
        statements_digest=_NO_STATEMENTS,
        no_effect=stance.no_effect(said.views),
    )


def _unowned(
    parties: tuple[str, ...], standing: Mapping[str, Description]
) -> tuple[str, ...]:
    """The members without a lead: nobody of theirs answers for the project."""
    leads = {
        unit.party
        for description in standing.values()
        for unit in description.content.responsible_units
        if unit.role is UnitRole.LEAD
    }
    return tuple(party for party in parties if party not in leads)


def _successor(views: Views) -> FieldRecord | None:
    """Which project the members say goes on in this one's stead."""
    by = {
        party: Said(
            value=heard.content.successor,
            as_of=heard.content.as_of,
            source=heard.content.reason,
            statement=heard.statement,
        )
        for party, view in sorted(views.items())
        if (heard := view.successor) is not None
    }
    named = {said.value for said in by.values()}
    if not by:
        return None
    if len(named) > 1:
        return FieldRecord(state=FieldState.DISPUTED, by=by)
    state = FieldState.SETTLED if len(by) > 1 else FieldState.SINGLE
    return FieldRecord(state=state, value=named.pop(), by=by)


_FEWEST = 2
"""Members that make a project a joint one."""


def _agreement(standings: Standings, fields: Mapping[str, FieldRecord]) -> Agreement:
    """How far those who stay have come; a party that has left is not counted."""
    stances = {party: standing.stance.stance for party, standing in standings.items()}
    staying = [p for p, taken in stances.items() if taken is not Stance.WITHDRAWN]
    states = {field.state for field in fields.values()}
    if len(staying) < min(_FEWEST, len(standings)):
        return Agreement.WITHDRAWN
    if Stance.DECLINED in stances.values():
        return Agreement.DECLINED
    if FieldState.DISPUTED in states:
        return Agreement.DISPUTED
    if any(standing.awaits for standing in standings.values()):
        return Agreement.AWAITING
    texts = stance.texts(standings)
    if len(texts) == len(staying) and all(
        len(field.by) == len(texts)
        and (field.state is FieldState.SETTLED or len(texts) == 1)
        for field in fields.values()
    ):
        return Agreement.AGREED
    return Agreement.SINGLE if len(texts) == 1 else Agreement.COMPATIBLE


KIND = Kind(
    "project",
    (
        # What a correction replaces has to stand when it is taken in.
        corrections.PART,
        presence.PART_OF_PROJECT,
        units.PART,
        Part(
            stance.VERSION,
            stance.Kept,
            {ProjectDescribed: stance.digest_of},
            stance.keep,
        ),
        Part("", StanceView, stance.TAKES, stance.apply, derive),
        progress.PART,
        obstacles.PART,
        factors.PART,
        tasks.REPORTS,
        tasks.LIST,
    ),
    topic,
)
