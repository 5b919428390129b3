"""What is said of a day to come: it has no effect, and its party is told.

One rule for every type: the dates by which a statement says that something is so, or
was done (``Statement.happened``), have come when it is recorded. Where one has not, no
part of its kind takes it in: it replaces nothing, ends nothing and scores nothing, and
its party says it again once the day has come. The day is that of the recording, so that
every replay and every cluster judges alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from services.runtime.kinds import Derived, Kind, Part, no_effect
from services.runtime.nodes import node_key, part_of
from services.runtime.seeing import Seen
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
from twincity_schemas.statement import Statement
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import earlier

NAME, _NODE = "ahead", "of"


@dataclass(frozen=True, slots=True)
class Ahead:
    """One party's statements about a subject that had not come, in its own order."""

    idle: tuple[NoEffect, ...] = ()


def _is_ahead(event: Event[Any]) -> bool:
    """Returns whether a statement speaks of a day that had not come."""
    if not isinstance(event.data, Statement):
        return False
    day = day_of(event.envelope.recorded)
    return any(earlier(day, date) for date in event.data.happened().values())


def _apply(before: Ahead, event: Event[Any], _states: Any) -> Ahead:
    of = event.envelope
    return Ahead((*before.idle, no_effect(of.party, of.id, event.type.fact, _WHY)))


_WHY = (
    "before_its_date",
    "所报日期晚于收件日，届时尚未发生，不生效；发生后请再填报",
    "it is of a day that was yet to come when it was recorded: say it when it has come",
)


PART = Part(
    NAME,
    Ahead,
    {
        event_type.model: lambda _event: _NODE
        for event_type in EVENT_TYPES.values()
        if event_type.is_statement
    },
    _apply,
)
"""The line that every kind with a record of its own has besides those of its table."""


def with_part(kind: Kind) -> Kind:
    """Returns a kind that remembers what was said to it of days to come."""
    return replace(kind, parts=(*kind.parts, PART)) if kind.has_header else kind


def node_of(subject: str) -> str:
    """Returns where it is remembered; the subject's own record is derived from it."""
    return node_key(subject, NAME, _NODE)


def taking(kind: Kind, event: Event[Any]) -> Iterator[Part]:
    """Yields the parts that may take a statement in: of what is ahead, this alone."""
    is_ahead = _is_ahead(event)
    return (part for part in kind.parts if (part is PART) is is_ahead)


def listed(derived: Derived, node: str, seen: Seen) -> Derived:
    """Returns what follows of a node; of a subject, with what was said ahead.

    Args:
        derived: its own record, with what has no effect by its own rules.
        node: the subject, or a part of it, which stays as it is.
        seen: the memory, the changes of this cause included.
    """
    views = {} if part_of(node)[0] else seen.views(node_of(node))
    idle = [one for party in sorted(views) for one in views[party].idle]
    if not idle:
        return derived
    records = dict(derived.records)
    header: Any = records.get("")
    if hasattr(header, "no_effect"):
        records[""] = _with(header, no_effect=(*header.no_effect, *idle))
    return replace(derived, records=records, no_effect=(*derived.no_effect, *idle))


class _Idle(TypedDict):
    no_effect: tuple[NoEffect, ...]


def _with(header: Any, **idle: Unpack[_Idle]) -> Any:
    return header.model_copy(update=idle)
