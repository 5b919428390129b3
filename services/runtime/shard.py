"""A shard: fixed input partitions, one transactional id, one memory.

The transactional id belongs to the shard, not to the process that runs it.
Whoever starts the shard fences every earlier incarnation by the producer's
epoch; a group membership could not do that (docs/decisions/0002). The order of
the start is the proof: (1) the producer's InitProducerId, (2) the memory is
read back, with the positions that belong to it (docs/decisions/0012), (3) the
first record.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import OffsetAndMetadata

from services.runtime import waiting
from services.runtime.batches import Unreadable
from services.runtime.errors import OutcomeUnknown, Unavailable
from services.runtime.feed import Feed
from services.runtime.memory import Store
from services.runtime.outbox import Outbox
from services.runtime.outcomes import Publish
from services.runtime.presence import Presence, starts
from services.runtime.reading import Reader, Record, until_end
from services.runtime.rereading import reread
from services.runtime.settings import Settings
from services.runtime.waiting import Queue, Waiting, Waits
from twincity_schemas.catalogue import OPERATIONS, Topic, changelog_of, shard_of

T = TypeVar("T")
log = structlog.get_logger()

# A changelog key that is not the memory's own; no subject begins so.
_POSITION = b"position\x00"  # the next offset of the input partition


@dataclass(frozen=True)
class Input:
    """An input partition and the changelog partition that goes with it."""

    source: TopicPartition
    changelog: TopicPartition


def inputs_of(
    service: str, shard: int, topics: Iterable[Topic], prefix: str
) -> Iterator[Input]:
    """Every input partition of a shard, from the catalogue."""
    for topic in topics:
        if service not in topic.consumers or not topic.events:
            continue
        changelog = changelog_of(service, topic.name)
        if topic.name == OPERATIONS:  # every shard reads it, to a place of its own
            yield Input(
                TopicPartition(prefix + topic.name, 0),
                TopicPartition(prefix + changelog, shard),
            )
            continue
        for partition in range(topic.partitions):
            if shard_of(service, topic.name, partition) == shard:
                yield Input(
                    TopicPartition(prefix + topic.name, partition),
                    TopicPartition(prefix + changelog, partition),
                )


class Shard(Generic[T]):
    """One shard of a service; see the module's docstring.

    Args:
        service: the service's name.
        number: which of its shards.
        inputs: the input partitions that belong to it.
        memory: what it remembers.
        settings: of this process.
    """

    def __init__(
        self,
        service: str,
        number: int,
        inputs: Iterable[Input],
        memory: Store,
        settings: Settings,
    ) -> None:
        self.service = service
        self.inputs = {item.source: item.changelog for item in inputs}
        self.memory = memory
        self.waiting = Waiting()
        self.settings = settings
        self._operations = settings.prefix + OPERATIONS
        self.group = f"{settings.prefix}twincity.{service}"
        self.transactional_id = f"{self.group}.{number}"
        self.feed = Feed(self.transactional_id, self.inputs, settings)
        self.taken: list[Record] = []
        """What has been decided about in the present batch."""
        self.saved_last = next(iter(self.inputs), TopicPartition("", 0))
        """The input partition whose changelog was written to last."""
        self.flow = self.feed.flow
        self.broker: Any = None
        self._producer: AIOKafkaProducer | None = None
        self._starts = 1
        self.feed.affirm = self.affirm
        self._outbox: Outbox | None = None

    # --- life -----------------------------------------------------------------

    async def start(self) -> None:
        """Fence earlier incarnations, then read the memory back.

        Raises:
            Unavailable: Kafka does not answer.
        """
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka,
            transactional_id=self.transactional_id,
            acks="all",
            linger_ms=0,  # the outbox makes whole batches
            max_batch_size=262_144,  # a whole batch of 1-KB events in one request
            transaction_timeout_ms=int(
                self.settings.transaction_timeout.total_seconds() * 1000
            ),
        )
        try:
            await self._producer.start()
            self._starts = await starts(self.settings.kafka, self.group, self.inputs)
            self._outbox = Outbox(self._producer)
            await self.recall()
            await self.affirm()
        except KafkaError as error:
            await self.stop()
            raise Unavailable(
                f"shard {self.transactional_id} cannot start 分片无法启动：{error}"
            ) from None
        self.flow.start()
        log.info(
            "shard.started",
            shard=self.transactional_id,
            starts=self._starts,
            partitions=len(self.inputs),
            remembered=len(self.memory),
            waiting=len(self.waiting),
        )

    async def stop(self) -> None:
        """Close the producer; an open transaction is aborted by the next start."""
        if self._producer is not None:
            await self._producer.stop()

    async def recall(self) -> None:
        """Read the memory back, with what waits and the positions.

        Raises:
            KafkaError: it cannot be read.
            Unavailable: a record of it is damaged.
        """
        sources = {changelog: source for source, changelog in self.inputs.items()}
        async with AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
        ) as consumer:
            consumer.assign(list(sources))
            starts = await consumer.beginning_offsets(list(sources))
            async for record in until_end(Reader(consumer, starts)):
                changelog = TopicPartition(record.topic, record.partition)
                if isinstance(record, Unreadable):
                    raise Unavailable(
                        f"{changelog} at {record.offset} cannot be read "
                        f"状态日志无法读取：{record.reason}"
                    )
                self._take_back(sources[changelog], record.key or b"", record.value)

    def _take_back(
        self, source: TopicPartition, key: bytes, value: bytes | None
    ) -> None:
        if key == _POSITION:
            self.feed.positions[source] = int(value or 0)
        elif key.startswith(waiting.KEY):
            self.waiting.restore(source, key, value)
        else:
            self.memory.restore(key.decode(), value)

    @property
    def failures(self) -> int:
        """How many batches were taken back since the last commit."""
        return self.flow.aborted_in_a_row

    def sizes(self) -> tuple[int, int]:
        """Values remembered, and subjects that wait among the dead letters."""
        return len(self.memory), self.waiting.subjects

    # --- one batch ------------------------------------------------------------

    async def begin(self) -> None:
        """Open the batch's transaction.

        Raises:
            OutcomeUnknown: the producer is fenced, or its transactions are over.
        """
        self.taken.clear()
        self.flow.begin()
        if self._producer is not None:
            await self._decided(self._producer.begin_transaction())

    def save(self, source: TopicPartition, key: bytes, value: bytes | None) -> None:
        """Write a change of memory to the changelog, within the transaction."""
        self.saved_last = source
        if self._outbox is not None:
            self._outbox.change(self.inputs[source], key, value)

    def wait(self, queue: Queue, offset: int, waits: Waits | None) -> None:
        """Remember that a message waits, or that it does no longer."""
        key, value = self.waiting.change(queue, offset, waits)
        self.save(queue[0], key, value)

    def reread(
        self, source: TopicPartition, offsets: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Record | None]]:
        """Records where they were read first; None: one is gone."""
        return reread(self.settings, source, offsets)

    async def send(self, message: Publish) -> None:
        """Write within the transaction; its outcome is looked at before commit."""
        topic = self.settings.prefix + message.topic
        if self._outbox is None:  # FastStream's in-memory broker, in the flow tests
            await self.broker.publish(
                message.value,
                topic,
                key=message.key,
                headers={name: text.decode() for name, text in message.headers},
                partition=message.partition,
            )
            return
        await self._outbox.add(
            topic, message.key, message.value, message.headers, message.partition
        )

    async def flush(self) -> None:
        """Write everything, the positions too, and wait until it has arrived.

        Raises:
            KafkaError: something was refused; a commit would not tell.
        """
        if self._outbox is None:
            return
        for source, offset in _after(self.taken).items():
            self.save(source, _POSITION, b"%d" % offset)
        wait = self.settings.commit_wait.total_seconds()
        try:
            await asyncio.wait_for(self._outbox.flush(), wait)
        except TimeoutError:
            # The broker's, so that no record is taken for what holds it up.
            raise KafkaTimeoutError(f"nothing arrived within {wait:.0f} s") from None

    async def commit(self) -> None:
        """Commit what was flushed, changes of memory and positions, as one.

        What was delivered and not taken in comes again.

        Raises:
            KafkaError: before the commit began; abort and repeat.
            OutcomeUnknown: nobody can say whether it was committed.
        """
        following = _after(self.taken)
        if self._producer is not None:
            if own := self._signed(following):
                await asyncio.wait_for(
                    self._producer.send_offsets_to_transaction(own, self.group),
                    self.settings.commit_wait.total_seconds(),
                )
            await self._decided(self._producer.commit_transaction())
        self.memory.commit()
        self.waiting.commit()
        self.feed.move_on(following, len(self.taken))
        self.flow.commit(len(self.taken))

    async def affirm(self) -> None:
        """Say that the shard lives, and learn whether it is still ours.

        A transaction that moves nothing: its only content is what is said beside
        the group's offsets, which Kafka would forget otherwise. It is awaited
        however long it takes: nothing was decided that could be decided twice.

        Raises:
            OutcomeUnknown: the producer is fenced, or its transactions are over.
        """
        if self._producer is None:
            return
        try:
            await self._producer.begin_transaction()
            await self._producer.send_offsets_to_transaction(
                self._signed(self.feed.positions), self.group
            )
            await self._producer.commit_transaction()
        except Exception as error:  # aiokafka asserts its states, too
            raise OutcomeUnknown(
                f"shard {self.transactional_id} is no longer ours, or its "
                f"transactions are over 分片已被接管或事务已失效：{error!r}"
            ) from error

    def _signed(
        self, positions: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """Positions with what the shard says of itself, for tools that ask a group.

        Nobody reads them back. What every shard reads is not among them: there are
        as many positions of it as shards.
        """
        own = {p: at for p, at in positions.items() if p.topic != self._operations}
        halted = self.feed.halted is not None
        said = Presence.now(self._starts, self.waiting.subjects, halted=halted)
        return said.beside(own)

    async def abort(self) -> None:
        """Undo the batch; its records come again.

        Raises:
            OutcomeUnknown: the abort got no answer.
        """
        self.memory.rollback()
        self.waiting.rollback()
        self.feed.go_back()
        self.flow.abort()
        if self._producer is None or self._outbox is None:
            return
        self._outbox.clear()
        await self._decided(self._producer.abort_transaction())

    async def _decided(self, transaction_end: Any) -> None:
        try:
            await asyncio.wait_for(
                transaction_end, self.settings.commit_wait.total_seconds()
            )
        except BaseException as error:
            raise OutcomeUnknown(
                f"transaction of {self.transactional_id} has an unknown outcome "
                f"事务结果未知：{error!r}"
            ) from error


def _after(records: Sequence[Record]) -> dict[TopicPartition, int]:
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
