"""The units of a project under every name they had, and the due dates of their tasks.

A unit that was renamed, merged or given another code is the same unit: its credit
code says so, or its ``formerly``. A due date that has passed is not moved by another
description; the first one stays visible.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.runtime.kinds import Part, States
from twincity_schemas.canonical import comparable
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
from twincity_schemas.project import (
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectWithdrawn,
    ResponsibleUnit,
    UnitRole,
)
from twincity_schemas.values import PartialDate, PartyCode, earlier

_PART, _NAME = "unit", "all"
NEVER = "9999"
"""Behind every date."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as one party has listed it so far.

    Attributes:
        names: every name it was listed under, or formerly had.
        codes: every credit code.
        first_due: of its task, as it was said first.
        due: the one that holds.
        task: in the words of its latest listing.
        worded: since when, as recorded, where it had other words before.
        listed: as it was listed last.
        dropped: since when, as recorded, its party's own text lists it no more.
    """

    party: PartyCode
    role: UnitRole
    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    first_due: PartialDate | None = None
    due: PartialDate | None = None
    task: str = ""
    worded: datetime | None = None
    listed: ResponsibleUnit | None = None
    dropped: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Every unit that one party has ever listed.

    Attributes:
        left: since when, as recorded, it has left the project.
    """

    units: tuple[Unit, ...] = ()
    left: datetime | None = None


Views = Mapping[str, Listed]
Identify = Callable[[ResponsibleUnit], str]


def apply(before: Listed, event: Event[Any], _states: States) -> Listed:
    """Add the units of a description, each to what it was listed as before.

    Whoever endorses another's text, or leaves, has given up its own text with the units
    that this lists; whoever comes back has it again.
    """
    recorded = event.envelope.recorded
    if isinstance(event.data, ProjectReopened):
        left = before.left
        return Listed(
            tuple(
                replace(u, dropped=None) if left and u.dropped == left else u
                for u in before.units
            )
        )
    units = [replace(u, dropped=u.dropped or recorded) for u in before.units]
    described = isinstance(event.data, ProjectDescribed)
    own = event.data.responsible_units if described else ()
    for listed in own:
        place = next((n for n, u in enumerate(units) if _is(u, listed)), None)
        if place is None:
            units.append(_first(listed))
        else:
            units[place] = _again(units[place], listed, recorded)
    away = isinstance(event.data, ProjectWithdrawn)
    return Listed(units=tuple(units), left=(before.left or recorded) if away else None)


def _names(unit: ResponsibleUnit) -> tuple[str, ...]:
    return tuple(comparable(name) for name in (unit.name, *unit.formerly))


def _codes(unit: ResponsibleUnit) -> tuple[str, ...]:
    return () if unit.credit_code is None else (unit.credit_code,)


def _is(unit: Unit, listed: ResponsibleUnit) -> bool:
    same = {*unit.names, *unit.codes} & {*_names(listed), *_codes(listed)}
    return (unit.party, unit.role) == (listed.party, listed.role) and bool(same)


def _first(unit: ResponsibleUnit) -> Unit:
    return Unit(
        party=unit.party,
        role=unit.role,
        names=_names(unit),
        codes=_codes(unit),
        first_due=unit.due,
        due=unit.due,
        task=_task(unit),
        listed=unit,
    )


def _task(unit: ResponsibleUnit) -> str:
    return comparable(unit.task or "")


def _again(before: Unit, unit: ResponsibleUnit, recorded: datetime) -> Unit:
    due, task = unit.due, _task(unit)
    if before.due is not None and earlier(before.due, day_of(recorded)):
        # It has passed: saying the list again is no extension.
        due = before.due
    return replace(
        before,
        names=tuple(dict.fromkeys((*before.names, *_names(unit)))),
        codes=tuple(dict.fromkeys((*before.codes, *_codes(unit)))),
        first_due=before.first_due or unit.due,
        due=due,
        task=task,
        worded=before.worded if task == before.task else recorded,
        listed=unit,
        dropped=None,
    )


def dropped(views: Views) -> Iterator[tuple[Unit, ResponsibleUnit, datetime]]:
    """Yields units that their own party lists no more: as listed last, and since when.

    To list one no more is no way around a deadline that has passed, and undoes nothing
    that it did.
    """
    for party, own in sorted(views.items()):
        for one in own.units:
            if one.listed and one.dropped and one.party == party:
                yield one, one.listed, one.dropped


def of(states: States) -> Views:
    """Returns what each party has listed on a project."""
    return states.of(str(states.subject), _PART, _NAME)


def identify(views: Views) -> Identify:
    """Returns what tells which unit a listed one is, whatever it was called then."""
    groups = _groups(views)

    def which(unit: ResponsibleUnit) -> str:
        return _known_as(groups, unit.party, _names(unit)[0])

    return which


Groups = Mapping[tuple[str, str], set[str]]
"""By party and any name or code of a unit: all names and codes that it ever had."""


def _groups(views: Views) -> Groups:
    groups: dict[tuple[str, str], set[str]] = {}
    for _, listed in sorted(views.items()):
        for unit in listed.units:
            names = {*unit.names, *unit.codes}
            joined = names.union(
                *(groups.get((unit.party, name), ()) for name in names)
            )
            for name in joined:
                groups[unit.party, name] = joined

    return groups


def _known_as(groups: Groups, party: str, name: str) -> str:
    """Returns the one name that stands for all names of a unit."""
    # Any of its names would do, if only every cluster takes the same.
    return min(groups.get((party, name), {name}))


def names(views: Views, unit: ResponsibleUnit) -> tuple[str, ...]:
    """Returns every name that a unit was listed under."""
    groups, own = _groups(views), _names(unit)
    key = _known_as(groups, unit.party, own[0])
    same = {
        name
        for listed in views.values()
        for one in listed.units
        if one.party == unit.party
        for name in one.names
        if _known_as(groups, one.party, name) == key
    }
    return tuple(sorted(same.union(own)))


def dues(views: Views, unit: ResponsibleUnit) -> tuple[str | None, str | None]:
    """Returns a unit's due date and its first one, by its own party's word.

    While that has said nothing of the unit, the earliest that the others say.
    """
    dues_ = {
        party: (one.due, one.first_due)
        for party, listed in views.items()
        if (one := next((u for u in listed.units if _is(u, unit)), None)) is not None
    }
    own = dues_.get(unit.party)
    if own is None:
        own = min(dues_.values(), key=_soonest, default=(unit.due, unit.due))
    return own


def worded(views: Views, unit: ResponsibleUnit) -> datetime | None:
    """Returns since when a unit's own party words its task as it does now.

    None where it never said otherwise.
    """
    own = views.get(unit.party, Listed()).units
    return next((one.worded for one in own if _is(one, unit)), None)


def _soonest(dues: tuple[str | None, str | None]) -> tuple[str, str]:
    return dues[0] or NEVER, dues[1] or NEVER


PART = Part(
    _PART,
    Listed,
    dict.fromkeys(
        (ProjectDescribed, ProjectEndorsed, ProjectWithdrawn, ProjectReopened),
        lambda _event: _NAME,
    ),
    apply,
)
