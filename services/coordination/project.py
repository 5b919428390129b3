"""Projects: field by field, what the members agree on.

This is the project itself, its header. What else is said about it are parts of
their own: months of progress, obstacles, factors, the units' tasks, corrections.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from typing_extensions import override

from services.coordination import corrections, factors, obstacles, progress, tasks
from services.coordination.stance import (
    TAKES,
    Description,
    StanceView,
    Views,
    apply,
    effective,
    first_description,
    members,
    no_effect,
)
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.catalogue import records
from twincity_schemas.project import Figure, Investment, ProjectDescribed, UnitRole
from twincity_schemas.project_record import (
    Agreement,
    FieldRecord,
    FieldState,
    MemberStance,
    ProjectRecorded,
    Said,
    Stance,
)
from twincity_schemas.statement import PROVENANCE
from twincity_schemas.values import Subject

_NO_STATEMENTS = "sha256:" + "0" * 64
_NOT_COMPARED = {"figures", "as_of", "source", "corrects", PROVENANCE}


def topic(states: States) -> str | None:
    """Where the project's records lie; None while nobody has described it."""
    first = first_description(states.own)
    return None if first is None else records(first.content.domain)


def derive(states: States) -> Derived:
    """The joint record; none while nobody has described the project."""
    said = _described(_Views(states.subject, states.own))
    if said is None:
        return Derived(no_effect=no_effect(states.own))
    open_parts, due_first = states.open
    record = said.model_copy(
        update={
            "parts": states.parts,
            "open_parts": open_parts,
            "open": due_first,
            "statements": states.statements,
            "statements_digest": states.statements_digest,
        }
    )
    return Derived({"": record}, said.unmet)


class _Views:
    """What the parties have said, equal only to itself: views are never changed."""

    def __init__(self, subject: Subject, views: Views) -> None:
        self.subject = subject
        # A copy, since the memory changes its own in place; and it keeps the views
        # alive, so that no other object comes to have their identity.
        self.views = dict(views)
        self._key = tuple((party, id(view)) for party, view in views.items())

    @override
    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Views)
            and self._key == other._key
            and self.subject == other.subject
        )

    @override
    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=1_000)  # a report changes nothing of it
def _described(said: _Views) -> ProjectRecorded | None:
    """The record as far as it follows from what is said of the project itself."""
    views, parties = said.views, said.subject.members
    first = first_description(views)
    if first is None:
        return None
    # A project that a party withdrew is known by the descriptions that are left.
    stances = members(views, parties)
    standing = effective(views, stances)
    header = next(iter(standing.values()), first).content
    fields = _fields(standing)
    return ProjectRecorded(
        subject=str(said.subject),
        agreement=_agreement(stances, standing, fields),
        domain=first.content.domain,
        name=header.name,
        item_class=header.item_class,
        members=stances,
        fields=fields,
        unowned=_unowned(parties, standing),
        successor=_successor(views),
        statements=0,
        statements_digest=_NO_STATEMENTS,
        unmet=no_effect(views),
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
    said = {
        party: (
            heard.content.successor,
            Said(
                value=heard.content.successor,
                as_of=heard.content.as_of,
                source=heard.content.reason,
                statement=heard.statement,
            ),
        )
        for party, view in sorted(views.items())
        if (heard := view.successor) is not None
    }
    return _field(said) if said else None


def _fields(effective: Mapping[str, Description]) -> dict[str, FieldRecord]:
    said: dict[str, dict[str, tuple[Any, Said]]] = {}
    for party, description in effective.items():
        for name, value in _values(description.content):
            said.setdefault(name, {})[party] = (
                _compared(value),
                _said(value, description),
            )
    return {name: _field(said[name]) for name in sorted(said)}


def _values(content: ProjectDescribed) -> list[tuple[str, Any]]:
    """Each filled-in field of a description; each key figure by its own name."""
    fields = [
        (name, value)
        for name in ProjectDescribed.model_fields
        if name not in _NOT_COMPARED
        and (value := getattr(content, name)) not in (None, ())
    ]
    return fields + [(f"figures.{k}", figure) for k, figure in content.figures.items()]


def _compared(value: Any) -> Any:
    """What two parties have to agree on: the figure, not the paper it is from."""
    match value:
        case Investment():
            return value.amount
        case Figure():
            return (value.value, value.unit)
        case _:
            return value


def _said(value: Any, description: Description) -> Said:
    content = description.content
    return Said(
        value=_json(value),
        as_of=getattr(value, "as_of", None) or content.as_of,
        source=getattr(value, "source", None) or content.source,
        statement=description.statement,
    )


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return value


def _field(said: Mapping[str, tuple[Any, Said]]) -> FieldRecord:
    compared = [value for value, _ in said.values()]
    by = {party: by_party for party, (_, by_party) in said.items()}
    if any(value != compared[0] for value in compared):
        return FieldRecord(state=FieldState.DISPUTED, by=by)
    return FieldRecord(
        state=FieldState.SETTLED if len(said) > 1 else FieldState.SINGLE,
        value=next(iter(by.values())).value,
        by=by,
    )


def _agreement(
    stances: Mapping[str, MemberStance],
    effective: Mapping[str, Description],
    fields: Mapping[str, FieldRecord],
) -> Agreement:
    taken = {stance.stance for stance in stances.values()}
    states = {field.state for field in fields.values()}
    if Stance.WITHDRAWN in taken:
        return Agreement.WITHDRAWN
    if Stance.DECLINED in taken:
        return Agreement.DECLINED
    if FieldState.DISPUTED in states:
        return Agreement.DISPUTED
    if len(effective) == len(stances) and _all_said_the_same(effective, fields):
        return Agreement.AGREED
    return Agreement.SINGLE if len(effective) == 1 else Agreement.COMPATIBLE


def _all_said_the_same(
    effective: Mapping[str, Description], fields: Mapping[str, FieldRecord]
) -> bool:
    return all(len(field.by) == len(effective) for field in fields.values())


KIND = Kind(
    "project",
    (
        # What a correction replaces has to stand when it is taken in.
        corrections.PART,
        Part("", StanceView, TAKES, apply, derive),
        progress.PART,
        obstacles.PART,
        factors.PART,
        tasks.REPORTS,
        tasks.LIST,
    ),
    topic,
)
