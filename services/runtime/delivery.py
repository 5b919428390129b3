"""From a batch of records to decisions, one record at a time.

A record that cannot be processed goes, whole, to the service's dead letters
within the same transaction; later statements of its subject wait behind it
there, in order, and every other subject flows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from time import monotonic
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import BaseModel

from services.runtime.batches import Unreadable
from services.runtime.errors import Halted
from services.runtime.failures import Failures
from services.runtime.fitting import dead_letter, refuse_oversized
from services.runtime.logs import bound
from services.runtime.outcomes import Failed, Outcome, Publish, Refused, Save
from services.runtime.reading import Record, event_of
from services.runtime.shard import Shard
from services.runtime.way import Way
from twincity_schemas.catalogue import inbox
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, glimpse
from twincity_schemas.problems import ContractError

T = TypeVar("T")
log = structlog.get_logger()

_LONGEST_SUBJECT = 500
"""Bytes of a key that is remembered as it is; a longer one by its digest."""


@dataclass
class Incoming:
    """One record of the input, and the event in it."""

    record: Record
    _seen: Envelope | None = None

    @cached_property
    def event(self) -> Event[BaseModel]:
        """The event; raises ContractError where the record does not hold one."""
        return event_of(self.record)

    def read(self, *, gate: bool) -> Event[BaseModel]:
        """The event, read as strictly as at the gate.

        Raises:
            ContractError: the record does not hold one, or cannot be read.
        """
        try:
            event = event_of(self.record, gate=gate)
        except ContractError as error:
            self._seen = error.envelope
            raise
        self._seen = event.envelope
        return event

    @property
    def envelope(self) -> Envelope:
        """The event's envelope."""
        return self.event.envelope

    @property
    def subject(self) -> str:
        """What order is kept by: the record's key.

        A message that came without one (into an inbox) waits behind nobody.
        """
        key = self.record.key
        if not key:
            return f"{self.record.topic}/{self.record.offset}"
        if len(key) > _LONGEST_SUBJECT:
            return f"sha256:{sha256(key).hexdigest()}"
        return str(key, errors="replace")

    @property
    def party(self) -> str:
        """Who is to be taken for its author: the inbox's owner, or who it names."""
        if inbox("") in self.record.topic:
            return str(self.record.topic)
        source = glimpse(self.record.headers).get("source", "")
        return source.removeprefix("/").partition("/")[0]

    @property
    def source(self) -> TopicPartition:
        """The partition it was read from."""
        return TopicPartition(self.record.topic, self.record.partition)

    def fields(self) -> dict[str, Any]:
        """What a log line says of it."""
        read = self.__dict__.get("event")
        envelope = read.envelope if read is not None else self._seen
        seen = glimpse(self.record.headers) if envelope is None else dict(envelope)
        return {
            "event_id": seen.get("id"),
            "source": seen.get("source"),
            "type": seen.get("type"),
            "subject": seen.get("subject", self.subject),
            "correlation": seen.get("correlationid") or seen.get("id"),
            "topic": self.record.topic,
            "partition": self.record.partition,
            "offset": self.record.offset,
        }


Decide = Callable[[Incoming], Iterable[Outcome[T]]]
Finish = Callable[[], Iterable[Outcome[T]]]


class Delivery(Generic[T]):
    """The batches of one shard, decided record by record."""

    def __init__(
        self,
        shard: Shard[T],
        decide: Decide[T],
        finish: Finish[T] = tuple,
        step: str = "statement.applied",
    ) -> None:
        self._shard = shard
        self._way = Way(shard.flow, step)
        self._decide = decide
        self._finish = finish
        self._failures = Failures(shard.settings.dead_letter_limit)
        # After a batch that failed as a whole: so many records are to be taken
        # alone, until the one that makes it fail is found.
        self._alone = 0
        self._culprit: tuple[TopicPartition, int] | None = None

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Decide about each record and act; within one transaction.

        A batch that takes too long is left half-way: the rest comes again.

        Raises:
            Halted: the shard must not go on.
        """
        if self._alone:
            batch = batch[:1]
        try:
            await self._all(batch)
        except (KafkaError, Halted):
            raise
        except Exception:
            # It would fail again and again, and hold up everybody.
            if len(batch) == 1:
                record = batch[0].record
                self._culprit = batch[0].source, record.offset
            self._alone = max(self._alone, len(batch))
            raise
        self._alone = max(0, self._alone - 1)

    async def _all(self, batch: Sequence[Incoming]) -> None:
        shard = self._shard
        until = monotonic() + shard.settings.batch_time.total_seconds()
        for incoming in batch:
            if shard.taken and monotonic() > until:
                log.info("batch.cut", taken=len(shard.taken), of=len(batch))
                break
            token = bound.set(incoming.fields)
            try:
                await self._one(incoming)
            finally:
                bound.reset(token)
            shard.taken.append(incoming.record)
        for outcome in self._finish():
            try:
                content = self._fitting(outcome)
            except ValueError as error:
                # It rests on no single record that could be laid aside; what the
                # records themselves led to must not wait for it.
                log.error("summary.left_out", reason=str(error))  # noqa: TRY400
            else:
                last = shard.taken[-1]
                await self._act(
                    outcome, content, TopicPartition(last.topic, last.partition)
                )

    async def _one(self, incoming: Incoming) -> None:
        shard = self._shard
        if waiting := shard.parked.get(incoming.subject):
            await self._lay_aside(incoming, "waits behind an earlier one 排在其后")
            shard.park(incoming.source, incoming.subject, waiting + 1)
            return
        unreadable = isinstance(incoming.record, Unreadable)
        try:
            if (incoming.source, incoming.record.offset) == self._culprit:
                raise RuntimeError("its batch fails with it 整批因其失败")  # noqa: TRY301
            # All outcomes before the first is acted on: a decision that fails
            # half-way leaves nothing behind.
            outcomes = [(one, self._fitting(one)) for one in self._decide(incoming)]
        except Exception as error:
            if not unreadable:
                self._failures.failed(error, incoming.party, incoming.subject)
            log.exception("statement.laid_aside", reason=repr(error))
            await self._lay_aside(incoming, repr(error))
            if incoming.record.key:
                shard.park(incoming.source, incoming.subject, 1)
            return
        if unreadable:  # though the service knew an answer to it
            await self._lay_aside(incoming, incoming.record.reason)
        self._failures.went_well(incoming.subject)
        shard.flow.batch.decided += not unreadable
        self._way.decided(incoming.fields, [outcome for outcome, _ in outcomes])
        for outcome, content in outcomes:
            await self._act(outcome, content, incoming.source)

    def _fitting(self, outcome: Outcome[T]) -> bytes | None:
        """What an outcome writes, in bytes; refused where Kafka would refuse it.

        Found at the send only, it would abort the batch again and again.

        Raises:
            ValueError: it is larger than Kafka takes, or cannot be written.
        """
        match outcome:
            case Publish(value=content, key=key, headers=headers):
                refuse_oversized(key, content, headers)
            case Save(key=key, value=value):
                content = self._shard.memory.dump(value)
                refuse_oversized(key.encode(), content)
            case Failed() | Refused():
                content = None
        return content

    async def _act(
        self, outcome: Outcome[T], content: bytes | None, source: TopicPartition
    ) -> None:
        match outcome:
            case Publish():
                await self._shard.send(outcome)
                self._shard.flow.batch.published += 1
            case Save(key, value, place):
                self._shard.memory.change(key, value)
                if place is not None:
                    topic, partition = place
                    there = TopicPartition(
                        self._shard.settings.prefix + topic, partition
                    )
                    # A statement that lies elsewhere must not stop the batch.
                    source = there if there in self._shard.inputs else source
                self._shard.save(source, key.encode(), content)
            case Failed(subject, reason):
                log.error("record.not_derived", subject=subject, reason=reason)
            case Refused():
                self._shard.flow.batch.refused += 1

    async def _lay_aside(self, incoming: Incoming, reason: str) -> None:
        self._shard.flow.batch.laid_aside += 1
        await self._shard.send(
            dead_letter(self._shard.service, incoming.record, reason)
        )


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
