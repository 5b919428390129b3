"""Statements folded into a record, for tests of any kind of subject."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter

from services.coordination.handlers import AGGREGATES
from twincity_schemas.message import Event, to_json
from twincity_schemas.values import Subject


def tell(subject: Subject, statements: Iterable[Event[Any]]) -> Any:
    """The record after the statements; None if there is none.

    What is remembered is written down and read back after each, as the
    changelog does.
    """
    aggregate = AGGREGATES[subject.kind]
    memory: TypeAdapter[Any] = TypeAdapter(dict[str, aggregate.view])  # type: ignore[name-defined]
    views: dict[str, Any] = {}
    for statement in statements:
        views = aggregate.take_in(views, statement.envelope, statement.data)
        views = memory.validate_json(memory.dump_json(views, exclude_defaults=True))
    record = aggregate.derive(subject, views)
    # Coordination leaves a tombstone by ``home``; it has to know where records lie.
    assert aggregate.home(views) == (None if record is None else record.domain)
    return record


def spelled(subject: Subject, statements: Iterable[Event[Any]]) -> bytes:
    """The record's bytes; empty if there is none."""
    record = tell(subject, statements)
    return b"" if record is None else to_json(record)


def interleaved(
    histories: Sequence[Sequence[Event[Any]]], chance: random.Random
) -> list[Event[Any]]:
    """One of the orders in which the parties' statements can arrive."""
    turns = [i for i, history in enumerate(histories) for _ in history]
    chance.shuffle(turns)
    waiting = [iter(history) for history in histories]
    return [next(waiting[turn]) for turn in turns]
