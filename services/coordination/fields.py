"""Field by field, what the members agree on.

Texts are compared as a reader would, lists as sets by their key. Each member listing
its own units, places or shares is the normal case: what is joint is the union, and
only an entry that two of them give differently is a dispute.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from services.coordination.stance import Description, Standings
from twincity_schemas.canonical import comparable
from twincity_schemas.project import Figure, Investment, ProjectDescribed
from twincity_schemas.project_record import FieldRecord, FieldState, Said
from twincity_schemas.regions import in_force

_WHOLE = Decimal(100)
_NOT_COMPARED = {"figures", "as_of", "source", "corrects"}

Identify = Callable[[Any], str]
"""Which unit a listed one is, whatever it was called then."""
Entries = dict[Any, frozenset[Any]]
"""A list as a set: what is said of each entry, by its key."""
Spoken = tuple[Any, Description]
"""A value, and the description that it stands in."""


def fields(standings: Standings, identify: Identify) -> dict[str, FieldRecord]:
    """Returns each field that anybody fills in, by name."""
    spoken: dict[str, dict[str, Spoken]] = {}
    for party, standing in standings.items():
        if standing.text is not None:
            for name, value in _values(standing.text.content):
                spoken.setdefault(name, {})[party] = value, standing.text
    held = {party for party, standing in standings.items() if standing.held}
    return {name: _field(name, spoken[name], held, identify) for name in sorted(spoken)}


def _values(content: ProjectDescribed) -> list[tuple[str, Any]]:
    """Each filled-in field of a description; each key figure by its own name."""
    filled = [
        (name, value)
        for name in ProjectDescribed.model_fields
        if name not in _NOT_COMPARED
        and (value := getattr(content, name)) not in (None, ())
    ]
    return filled + [(f"figures.{k}", figure) for k, figure in content.figures.items()]


def _field(
    name: str, spoken: Mapping[str, Spoken], held: set[str], identify: Identify
) -> FieldRecord:
    by = {party: said(value, text) for party, (value, text) in spoken.items()}
    values = {party: value for party, (value, _) in spoken.items()}
    joint = _joint(name, values, identify)
    if joint is not None:
        return FieldRecord(state=joint[0], value=joint[1], by=by)
    now = {party: value for party, value in values.items() if party not in held}
    if len(now) == len(values) or (now and _joint(name, now, identify) is None):
        return FieldRecord(state=FieldState.DISPUTED, by=by)
    return FieldRecord(state=FieldState.AWAITING, by=by)


def _joint(
    name: str, values: Mapping[str, Any], identify: Identify
) -> tuple[FieldState, Any] | None:
    """What the values come to together; None where they contradict each other."""
    first = next(iter(values.values()))
    if len(values) == 1:
        return FieldState.SINGLE, _json(first)
    keyed = _KEYED.get(name)
    if keyed is None:
        if len({_compared(value) for value in values.values()}) > 1:
            return None
        return FieldState.SETTLED, _json(first)
    lists = {
        party: _entries(keyed(one, identify) for one in value)
        for party, value in values.items()
    }
    joint: Entries = {}
    for said_by in lists.values():
        for key, content in said_by.items():
            if joint.setdefault(key, content) != content:
                return None
    if name == "investor_shares" and _total(joint) > _WHOLE:
        return None
    listed: dict[Any, Any] = {}
    for value in values.values():
        for one in value:
            listed.setdefault(keyed(one, identify), one)
    state = FieldState.SETTLED if _is_whole(name, lists) else FieldState.SINGLE
    return state, _json(tuple(listed.values()))


def _entries(said: Iterable[tuple[Any, Any]]) -> Entries:
    found: dict[Any, set[Any]] = {}
    for key, content in said:
        found.setdefault(key, set()).add(content)
    return {key: frozenset(contents) for key, contents in found.items()}


def _total(shares: Entries) -> Decimal:
    return sum((percent for said in shares.values() for percent in said), Decimal())


def _is_whole(name: str, lists: Mapping[str, Entries]) -> bool:
    """Whether every entry is said by all, or by the one whose it is to say."""
    if name == "responsible_units":
        return all(
            key in lists.get(key[0], ()) or all(key in said for said in lists.values())
            for said in lists.values()
            for key in said
        )
    sets = [frozenset(said) for said in lists.values()]
    return len(set(sets)) == 1 or sum(map(len, sets)) == len(frozenset().union(*sets))


_KEYED: dict[str, Callable[[Any, Identify], tuple[Any, Any]]] = {
    "regions": lambda code, _: (in_force(code), None),
    "investor_shares": lambda share, _: (comparable(share.investor), share.percent),
    "responsible_units": lambda unit, identify: (
        (unit.party, unit.role, identify(unit)),
        (comparable(unit.task or ""), unit.due),
    ),
}
"""Of each list that is compared as a set, an entry's key and what it says of it."""


def _compared(value: Any) -> Any:
    """What two parties have to agree on: the figure, not the paper it is from."""
    match value:
        case Investment():
            return value.amount, value.basis
        case Figure():
            return value.value, comparable(value.unit)
        case BaseModel():
            return value.model_dump_json()
        case str():
            return comparable(value)
        case _:
            return value


def said(value: Any, text: Description) -> Said:
    """Returns a value with the paper it comes from."""
    content = text.content
    return Said(
        value=_json(value),
        as_of=getattr(value, "as_of", None) or content.as_of,
        source=getattr(value, "source", None) or content.source,
        statement=text.statement,
    )


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return value
