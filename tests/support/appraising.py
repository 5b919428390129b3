"""Statements appraised together, for tests of dispatches, boards and clusters."""

from collections.abc import Iterable
from typing import Any

from aiokafka import ConsumerRecord

from services.appraisal.handlers import Appraisal
from services.runtime.delivery import Incoming
from services.runtime.outcomes import Outcome, Save
from twincity_schemas.message import Event, to_json


def appraised(statements: Iterable[Event[Any]], batch: int = 1000) -> Appraisal:
    """Appraisal after the statements, in batches; what it tells is dropped."""
    appraisal = Appraisal()
    list(told(appraisal, statements, batch))
    return appraisal


def told(
    appraisal: Appraisal, statements: Iterable[Event[Any]], batch: int = 1000
) -> Iterable[Outcome[Any]]:
    """Everything that appraisal publishes.

    What it remembers is written down and read back after each batch, as the
    changelog does.
    """
    waiting = list(statements)
    while waiting:
        for said in waiting[:batch]:
            for outcome in appraisal.hear(_incoming(said)):
                assert isinstance(outcome, Save)
                written = appraisal.memory.put(outcome.key, outcome.value)
                appraisal.memory.commit()
                appraisal.memory.restore(outcome.key, written)
        yield from appraisal.tell()
        waiting = waiting[batch:]


def _incoming(said: Event[Any]) -> Incoming:
    key, value, headers = said.to_message()
    return Incoming(
        ConsumerRecord(
            "", 0, 0, 0, 0, key, value, 0, len(key), len(value), tuple(headers)
        )
    )


def spelled(statements: Iterable[Event[Any]], subject: str) -> bytes:
    """The bytes of an appraised subject's record; empty if there is none."""
    record = appraised(statements).record(subject)
    return b"" if record is None else to_json(record)
