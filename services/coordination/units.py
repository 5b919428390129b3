"""The units of a project under every name they had, and the due dates of their tasks.

A unit that was renamed, merged or given another code is the same unit: its credit
code says so, or its ``formerly``. A due date that has passed is not moved by another
description; the first one stays visible.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.rules.presence import day_of
from services.runtime.kinds import Part, States
from twincity_schemas.canonical import comparable
from twincity_schemas.message import Event
from twincity_schemas.project import ProjectDescribed, ResponsibleUnit, UnitRole
from twincity_schemas.values import PartialDate, PartyCode, Value, earlier

_PART, _NAME = "unit", "all"


class Unit(Value):
    """A unit as one party has listed it so far.

    Attributes:
        names: every name it was listed under, or formerly had.
        codes: every credit code.
        first_due: of its task, as it was said first.
        due: the one that holds.
    """

    party: PartyCode
    role: UnitRole
    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    first_due: PartialDate | None = None
    due: PartialDate | None = None


class Listed(Value):
    """Every unit that one party has ever listed."""

    units: tuple[Unit, ...] = ()


Views = Mapping[str, Listed]
Identify = Callable[[ResponsibleUnit], str]


def apply(before: Listed, event: Event[Any], _states: States) -> Listed:
    """Add the units of a description, each to what it was listed as before."""
    data: ProjectDescribed = event.data
    day = day_of(event.envelope.recorded)
    units = [*before.units]
    for listed in data.responsible_units:
        place = next((n for n, u in enumerate(units) if _is(u, listed)), None)
        if place is None:
            units.append(_first(listed))
        else:
            units[place] = _again(units[place], listed, day)
    return Listed(units=tuple(units))


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
    )


def _again(before: Unit, unit: ResponsibleUnit, day: str) -> Unit:
    due = unit.due
    if before.due is not None and earlier(before.due, day):
        due = before.due  # it has passed
    return before.model_copy(
        update={
            "names": tuple(dict.fromkeys((*before.names, *_names(unit)))),
            "codes": tuple(dict.fromkeys((*before.codes, *_codes(unit)))),
            "first_due": before.first_due or unit.due,
            "due": due,
        }
    )


def of(states: States) -> Views:
    """Returns what each party has listed on a project."""
    return states.of(str(states.subject), _PART, _NAME)


def identify(views: Views) -> Identify:
    """Returns what tells which unit a listed one is, whatever it was called then."""
    groups: dict[tuple[str, str], set[str]] = {}
    for _, listed in sorted(views.items()):
        for unit in listed.units:
            names = {*unit.names, *unit.codes}
            joined = names.union(
                *(groups.get((unit.party, name), ()) for name in names)
            )
            for name in joined:
                groups[unit.party, name] = joined
    return lambda unit: min(groups.get((unit.party, name := _names(unit)[0]), {name}))


def names(views: Views, unit: ResponsibleUnit) -> tuple[str, ...]:
    """Returns every name that a unit was listed under."""
    which = identify(views)
    same = {
        name
        for listed in views.values()
        for one in listed.units
        if one.party == unit.party
        for name in one.names
        if which(unit.model_copy(update={"name": name})) == which(unit)
    }
    return tuple(sorted(same | set(_names(unit))))


def dues(views: Views, unit: ResponsibleUnit) -> tuple[str | None, str | None]:
    """When a unit's task is due, and was at first, as its own party says if it does."""
    for party in (unit.party, *sorted(views)):
        for one in views[party].units if party in views else ():
            if _is(one, unit):
                return one.due, one.first_due
    return unit.due, unit.due


PART = Part(_PART, Listed, {ProjectDescribed: lambda _event: _NAME}, apply)
