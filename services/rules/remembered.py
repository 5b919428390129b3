"""A statement as it is remembered, and the word that it has no effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from services.runtime.kinds import Reason, no_effect
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect, OpenStep

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Remembered(Generic[Content]):
    """One statement of a party, as far as its service needs it.

    Attributes:
        id: the statement's.
        recorded: when it entered its inbox.
        content: its data, or the part of it that a record needs.
        version: how often its content had changed by then, from 1.
        place: its number among its party's statements about the subject, where one
            kind is compared with another; two of one instant keep their order.
    """

    id: str
    recorded: datetime
    content: Content
    version: int = 1
    place: int = 0


def remember(
    event: Event[Any], before: Remembered[Any] | None = None
) -> Remembered[Any]:
    """Returns a statement as it is remembered.

    Args:
        event: the statement.
        before: the one whose place it takes; it counts the versions.
    """
    version = 1
    if before is not None:
        version = before.version + (before.content != event.data)
    return Remembered(
        event.envelope.id, event.envelope.recorded, event.data, version=version
    )


def first(moments: Mapping[str, datetime]) -> list[str]:
    """Returns the parties that were recorded first: several at the same instant.

    Args:
        moments: of each party.
    """
    least = min(moments.values(), default=None)
    return [party for party, moment in sorted(moments.items()) if moment == least]


def in_order(
    by_party: Mapping[str, Sequence[Remembered[Content]]],
) -> list[tuple[str, Remembered[Content]]]:
    """Returns the parties' statements in the order in which they were recorded.

    A party's own order holds within it. Parties recorded at the same instant stand
    by code, for a list has to have an order; nothing may be decided by that.
    """
    ordered = []
    for party, own in by_party.items():
        latest = None
        for place, statement in enumerate(own):
            latest = (
                statement.recorded
                if latest is None
                else max(latest, statement.recorded)
            )
            ordered.append((latest, party, place, statement))
    ordered.sort(key=lambda one: one[:3])
    return [(party, statement) for _, party, _, statement in ordered]


def first_of(
    remembered: Sequence[tuple[str, Remembered[Content]]],
) -> Remembered[Content]:
    """Returns the first recorded of statements that are as good as each other.

    Of several at one instant the one whose id sorts first: it says which of them to
    answer to, and whose it is makes no difference.
    """
    return min((one for _, one in remembered), key=lambda one: (one.recorded, one.id))


def no_effect_of(
    party: str,
    statement: Remembered[Any],
    why: Reason,
    open_steps: tuple[OpenStep, ...] = (),
) -> NoEffect:
    """Returns the word that a remembered statement has no effect.

    Its content has to be the statement's data: the type of that names the step.
    """
    return no_effect(party, statement.id, step_of(statement.content), why, open_steps)


def step_of(content: BaseModel) -> str:
    """Returns the type of a statement by its data, such as ``obstacle.verified``."""
    return EVENT_TYPE_OF[type(content)].fact
