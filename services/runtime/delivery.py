"""From a batch of records to decisions, one record at a time.

A record that cannot be processed goes, whole, to the service's dead letters
within the same transaction; later statements of its subject wait behind it
there, in order, and every other subject flows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import TopicPartition
from pydantic import BaseModel

from services.runtime.errors import TooManyDeadLetters
from services.runtime.logs import bound
from services.runtime.outcomes import Failed, Outcome, Publish, Save
from services.runtime.shard import Record, Shard
from twincity_schemas.catalogue import dead_letters
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, glimpse, parse

T = TypeVar("T")
log = structlog.get_logger()


@dataclass
class Incoming:
    """One record of the input, and the event in it."""

    record: Record

    @cached_property
    def event(self) -> Event[BaseModel]:
        """The event; raises ContractError where the record does not hold one."""
        return parse(self.record.headers, self.record.value)

    @property
    def envelope(self) -> Envelope:
        """The event's envelope."""
        return self.event.envelope

    @property
    def subject(self) -> str:
        """What order is kept by: the record's key.

        A message that came without one (into an inbox) waits behind nobody.
        """
        if not self.record.key:
            return f"{self.record.topic}/{self.record.offset}"
        return str(self.record.key, errors="replace")

    @property
    def source(self) -> TopicPartition:
        """The partition it was read from."""
        return TopicPartition(self.record.topic, self.record.partition)

    def fields(self) -> dict[str, Any]:
        """What a log line says of it."""
        seen = glimpse(self.record.headers)
        return {
            "event_id": seen.get("id"),
            "type": seen.get("type"),
            "subject": seen.get("subject", self.subject),
            "correlation": self.__dict__["event"].envelope.correlation
            if "event" in self.__dict__
            else None,
            "topic": self.record.topic,
            "partition": self.record.partition,
            "offset": self.record.offset,
        }


Decide = Callable[[Incoming], Iterable[Outcome[T]]]
Finish = Callable[[], Iterable[Outcome[T]]]


class Delivery(Generic[T]):
    """The batches of one shard, decided record by record."""

    def __init__(
        self, shard: Shard[T], decide: Decide[T], finish: Finish[T] = tuple
    ) -> None:
        self._shard = shard
        self._decide = decide
        self._finish = finish
        self._laid_aside = 0

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Decide about each record and act; within one transaction."""
        for incoming in batch:
            token = bound.set(incoming.fields)
            try:
                await self._one(incoming)
            finally:
                bound.reset(token)
        for outcome in self._finish():
            try:
                fitting = _fitting(outcome)
            except ValueError as error:
                # It rests on no single record that could be laid aside; what the
                # records themselves led to must not wait for it.
                log.error("summary.left_out", reason=str(error))  # noqa: TRY400
            else:
                await self._act(fitting, batch[-1].source)

    async def _one(self, incoming: Incoming) -> None:
        shard = self._shard
        if waiting := shard.parked.get(incoming.subject):
            await self._lay_aside(incoming, "waits behind an earlier one 排在其后")
            await shard.park(incoming.source, incoming.subject, waiting + 1)
            return
        try:
            # All outcomes before the first is acted on: a decision that fails
            # half-way leaves nothing behind.
            outcomes = [_fitting(outcome) for outcome in self._decide(incoming)]
        except Exception as error:
            self._laid_aside += 1
            log.exception("statement.laid_aside", reason=repr(error))
            if self._laid_aside > shard.settings.dead_letter_limit:
                raise TooManyDeadLetters(
                    f"more than {shard.settings.dead_letter_limit} dead letters "
                    "死信过多，停止处理"
                ) from error
            await self._lay_aside(incoming, repr(error))
            await shard.park(incoming.source, incoming.subject, 1)
            return
        for outcome in outcomes:
            await self._act(outcome, incoming.source)

    async def _act(self, outcome: Outcome[T], source: TopicPartition) -> None:
        match outcome:
            case Publish():
                await self._shard.send(outcome)
            case Save(key, value, place):
                changed = self._shard.memory.put(key, value)
                if place is not None:
                    topic, partition = place
                    there = TopicPartition(
                        self._shard.settings.prefix + topic, partition
                    )
                    # A statement that lies elsewhere must not stop the batch.
                    source = there if there in self._shard.inputs else source
                await self._shard.save(source, key.encode(), changed)
            case Failed(subject, reason):
                log.error("record.not_derived", subject=subject, reason=reason)

    async def _lay_aside(self, incoming: Incoming, reason: str) -> None:
        record = incoming.record
        origin = f"{record.topic}/{record.partition}/{record.offset}"
        await self._shard.send(
            Publish(
                dead_letters(self._shard.service),
                record.key or b"",
                record.value,
                [
                    *((name, value or b"") for name, value in record.headers),
                    ("twincity-reason", reason.encode()),
                    ("twincity-origin", origin.encode()),
                ],
            )
        )


_LARGEST_MESSAGE = 1_000_000  # Kafka's default limit, less what headers need


def _fitting(outcome: Outcome[T]) -> Outcome[T]:
    """Refuse a message that Kafka would refuse.

    Found at the send only, it would abort the batch again and again.
    """
    match outcome:
        case Publish(value=bytes(value)) if len(value) > _LARGEST_MESSAGE:
            raise ValueError(f"a message of {len(value)} bytes does not fit Kafka")
        case _:
            return outcome


async def parse_batch(records: Any, original: Any) -> Any:
    """Keep FastStream's parser from the headers.

    It decodes every header as UTF-8 and silently skips the batch where one is
    null or binary.
    """
    message = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def decode_batch(message: Any) -> list[Incoming]:
    """Hand the records over one by one; each is read when it is decided about."""
    return [Incoming(record) for record in message.raw_message]
