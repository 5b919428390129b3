"""A statement as it is remembered, and the word that it has no effect."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.message import Event
from twincity_schemas.statement import Statement
from twincity_schemas.steps import OpenStep, Unmet
from twincity_schemas.values import Value

Content = TypeVar("Content", bound=Statement)


class Heard(Value, Generic[Content]):
    """What a party said, with the statement that it said it in."""

    statement: str
    content: Content


class Recorded(Value, Generic[Content]):
    """A statement as it is remembered where it matters when it was recorded."""

    recorded: datetime
    heard: Heard[Content]


def recorded(event: Event[Any]) -> Recorded[Any]:
    """Returns a statement as it is remembered."""
    kind = type(event.data)
    heard = cast("Any", Heard)[kind](statement=event.envelope.id, content=event.data)
    made: Recorded[Any] = cast("Any", Recorded)[kind](
        recorded=event.envelope.recorded, heard=heard
    )
    return made


def first(moments: Mapping[str, datetime]) -> list[str]:
    """Returns who was recorded first: several where it was the same instant.

    Args:
        moments: of each party.
    """
    least = min(moments.values(), default=None)
    return [party for party, moment in sorted(moments.items()) if moment == least]


def in_order(
    said: Mapping[str, Sequence[Recorded[Content]]],
) -> list[tuple[str, Recorded[Content]]]:
    """Returns what the parties said in the order in which it was recorded.

    A party's own order holds within it. Parties recorded at the same instant stand
    by code, for a list has to have an order; nothing may be decided by that.
    """
    found = []
    for party, own in said.items():
        latest = None
        for place, one in enumerate(own):
            latest = one.recorded if latest is None else max(latest, one.recorded)
            found.append((latest, party, place, one))
    found.sort(key=lambda one: one[:3])
    return [(party, one) for _, party, _, one in found]


Why = tuple[str, str, str]
"""Why a statement has no effect: a code, and the reason in Chinese and English."""


def unmet(
    party: str,
    heard: Heard[Content],
    why: Why,
    open_steps: tuple[OpenStep, ...] = (),
) -> Unmet:
    """Say of a statement that it has no effect.

    Args:
        party: who said it.
        heard: the statement.
        why: the code and the reason in Chinese and in English.
        open_steps: what could be said instead.
    """
    code, zh, en = why
    return Unmet(
        statement=heard.statement,
        party=party,
        step=EVENT_TYPE_OF[type(heard.content)].fact,
        code=code,
        zh=zh,
        en=en,
        open=open_steps,
    )
