"""Field by field, what the members agree on.

Texts are compared as a reader would, lists as sets by their key. Each member listing
its own units, places or shares is the normal case: what is joint is the union, and
only an entry that two of them give differently is a dispute.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from services.coordination.stance import Description, Text
from services.coordination.standing import Standings
from twincity_schemas.canonical import comparable
from twincity_schemas.consent import Described
from twincity_schemas.project import Figure, Investment
from twincity_schemas.project_record import FieldRecord, FieldState, Said
from twincity_schemas.regions import in_force

WHOLE = Decimal(100)
"""Of shares, in per cent."""
_NOT_COMPARED = {"figures", "as_of", "source", "corrects"}

Identify = Callable[[Any], str]
"""Which unit a listed one is, whatever it was called then."""
Entries = dict[Any, frozenset[Any]]
"""A list as a set: what is said of each entry, by its key."""
Spoken = tuple[Any, Description[Any]]
"""A value, and the description that it stands in."""


def fields(
    standings: Standings[Text], identify: Identify = lambda unit: unit.name
) -> dict[str, FieldRecord]:
    """Returns each field that anybody fills in, by name."""
    spoken: dict[str, dict[str, Spoken]] = {}
    for party, standing in standings.items():
        if standing.text is not None:
            for name, value in _values(standing.text.content):
                spoken.setdefault(name, {})[party] = value, standing.text
    held = {party for party, standing in standings.items() if standing.held}
    return {name: _field(name, spoken[name], held, identify) for name in sorted(spoken)}


def _values(content: Described) -> list[tuple[str, Any]]:
    """Each filled-in field of a description; each key figure by its own name."""
    figures: Mapping[str, Any] = getattr(content, "figures", {})
    filled = [
        (name, value)
        for name in type(content).model_fields
        if name not in _NOT_COMPARED
        and (value := getattr(content, name)) not in (None, ())
    ]
    return filled + [(f"figures.{k}", figure) for k, figure in figures.items()]


def _field(
    name: str, spoken: Mapping[str, Spoken], held: set[str], identify: Identify
) -> FieldRecord:
    by = {party: _word(value, text) for party, (value, text) in spoken.items()}
    values = {party: value for party, (value, _) in spoken.items()}
    joint = _joint(name, values, identify)
    if joint is not None:
        return FieldRecord(state=joint[0], value=joint[1], by=by)
    # Without those who stand by a text that its author has left: if the others agree,
    # it is no dispute, and the held ones are awaited.
    now = {party: value for party, value in values.items() if party not in held}
    if len(now) == len(values) or (now and _joint(name, now, identify) is None):
        return FieldRecord(state=FieldState.DISPUTED, by=by)
    return FieldRecord(state=FieldState.AWAITING, by=by)


def _joint(
    name: str, values: Mapping[str, Any], identify: Identify
) -> tuple[FieldState, Any] | None:
    """Returns the values' state and their joint value; None on a contradiction."""
    if len(values) == 1:
        return FieldState.SINGLE, _json(next(iter(values.values())))
    keyed = _KEYED.get(name)
    if keyed is None:
        return _settled([*values.values()])
    lists = {
        party: _entries(keyed(one, identify) for one in value)
        for party, value in values.items()
    }
    joint: Entries = {}
    for said_by in lists.values():
        for key, content in said_by.items():
            if joint.setdefault(key, content) != content:
                return None
    # Shares add up to more than the whole: each may be right alone, not all of them.
    if name == "investor_shares" and _total(joint) > WHOLE:
        return None
    listed: dict[Any, Any] = {}
    entries = [one for value in values.values() for one in enumerate(value)]
    for _, one in sorted(entries, key=lambda e: (e[0], _spelled(_json(e[1])))):
        listed.setdefault(keyed(one, identify), one)
    state = FieldState.SETTLED if _is_whole(name, lists) else FieldState.SINGLE
    return state, _json(tuple(listed.values()))


def _settled(values: Sequence[Any]) -> tuple[FieldState, Any] | None:
    """Returns the one value that all mean, as text; None where they mean several."""
    if all(value == values[0] for value in values):  # as most are: the same words
        return FieldState.SETTLED, _json(values[0])
    if len({_compared(value) for value in values}) > 1:
        return None
    # Of several wordings of one value the first as texts go, not as parties do.
    return FieldState.SETTLED, min(map(_json, values), key=_spelled)


def _entries(values: Iterable[tuple[Any, Any]]) -> Entries:
    entries: dict[Any, set[Any]] = {}
    for key, content in values:
        entries.setdefault(key, set()).add(content)
    return {key: frozenset(contents) for key, contents in entries.items()}


def _total(shares: Entries) -> Decimal:
    return sum((percent for share in shares.values() for percent in share), Decimal())


def _is_whole(name: str, lists: Mapping[str, Entries]) -> bool:
    """Returns whether every entry is said by all, or by the one whose it is to say."""
    if name == "responsible_units":
        return all(
            key in lists.get(key[0], ())
            or all(key in listed for listed in lists.values())
            for listed in lists.values()
            for key in listed
        )
    # Lists without an entry in common are each side's own part, and together all.
    sets = [frozenset(listed) for listed in lists.values()]
    return len(set(sets)) == 1 or sum(map(len, sets)) == len(frozenset().union(*sets))


_KEYED: dict[str, Callable[[Any, Identify], tuple[Any, Any]]] = {
    # A code that was replaced means the region that has its place now.
    "regions": lambda code, _: (in_force(code), None),
    "investor_shares": lambda share, _: (comparable(share.investor), share.percent),
    "responsible_units": lambda unit, identify: (
        (unit.party, unit.role, identify(unit)),
        (comparable(unit.task or ""), unit.due),
    ),
}
"""Of each list that is compared as a set, an entry's key and what it says of it."""


def _compared(value: Any) -> Any:
    """Returns the figure that parties have to agree on, without its paper."""
    match value:
        case Investment():
            return value.amount, value.basis
        case Figure():
            return value.value, comparable(value.unit)
        case BaseModel():
            return frozenset((k, _compared(v)) for k, v in value)
        case tuple():  # a list's order is no dispute
            return frozenset(map(_compared, value))
        case str():
            return comparable(value)
        case _:
            return value


def _word(value: Any, text: Description[Any]) -> Said:
    """Returns a value with the paper it comes from."""
    content = text.content
    return Said(
        value=_json(value),
        as_of=getattr(value, "as_of", None) or content.as_of,
        source=getattr(value, "source", None) or content.source,
        statement=text.text.id,
    )


def _spelled(value: Any) -> str:
    """Returns a value as text: an order in which no party stands first."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return value
