"""A shard: fixed input partitions, one transactional id, one memory.

The transactional id belongs to the shard, not to the process that runs it.
Whoever starts the shard fences every earlier incarnation by the producer's
epoch; a group membership could not do that (docs/decisions/0002). The order of
the start is the proof: (1) the producer's InitProducerId, (2) whoever had the
partitions in another layout is fenced (``owning``), (3) the memory is read back,
with the positions that belong to it (docs/decisions/0012), (4) the first record.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from services.runtime import owning, waiting
from services.runtime.errors import OutcomeUnknown, Unavailable
from services.runtime.feed import Feed
from services.runtime.layout import Input, Ordinal
from services.runtime.memory import StateStore
from services.runtime.outcomes import Publish
from services.runtime.owning import Owning
from services.runtime.presence import Presence, starts
from services.runtime.producing import Compression, Producer
from services.runtime.reading import Record
from services.runtime.recalling import changes
from services.runtime.rereading import reread
from services.runtime.settings import Settings
from services.runtime.waiting import Queue, Waiting, Waits
from twincity_schemas.topology import OPERATIONS

T = TypeVar("T")
log = structlog.get_logger()

# Changelog keys that are not the memory's own; no subject begins so.
_POSITION = b"position\x00"  # the next offset of the input partition
_OPERATIONS = b"operations\x00"  # the next offset of the operators' acts

_LAST_WORD_S = 5.0


class Shard(Generic[T]):
    """One shard of a service; see the module's docstring.

    Args:
        service: the service's name.
        ordinal: which of its shards.
        inputs: the input partitions that belong to it.
        memory: what it remembers.
        settings: of this process.
        compression: of what it writes.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what a shard is made of
        self,
        service: str,
        ordinal: Ordinal,
        inputs: Iterable[Input],
        memory: StateStore,
        settings: Settings,
        compression: Compression = None,
    ) -> None:
        self.service = service
        self.inputs = {item.source: item.changelog for item in inputs}
        self.memory = memory
        self.waiting = Waiting()
        self.settings = settings
        self._compression = compression
        self.ordinal = ordinal
        self._operations = TopicPartition(settings.prefix + OPERATIONS, 0)
        """Every shard reads it, to a place of its own in each of its changelogs."""
        self.group = f"{settings.prefix}twincity.{service}"
        self.transactional_id = f"{self.group}.{ordinal.number}-of-{ordinal.of}"
        self._owning = Owning(self.transactional_id)
        places = [*self.inputs, self._operations]
        self.feed = Feed(self.transactional_id, places, settings)
        self.taken: list[Record] = []
        """What has been decided about in the present batch."""
        self.saved_last = next(iter(self.inputs), TopicPartition("", 0))
        """The input partition whose changelog was written to last."""
        self.flow = self.feed.flow
        self.broker: Any = None
        self._producer: Producer | None = None
        self._starts = 1
        self.feed.affirm = self.affirm

    # --- lifecycle ------------------------------------------------------------

    async def start(self) -> None:
        """Fence earlier incarnations, then read the memory back.

        Raises:
            Unavailable: Kafka does not answer.
        """
        self._producer = Producer(
            self.transactional_id, self.group, self.settings, self._compression
        )
        try:
            await self._producer.start()
            self._starts = await starts(self.settings, self.group, self.inputs)
            # The claim comes before the reading: of two layouts that start at once
            # the later reader finds the other's, so one of them fences.
            await self._own(self.inputs)
            await self.recall()
            if self._owning.others:
                await self._owning.fence(self.settings)
                await self._own(self.inputs)
                await self.recall()  # what was written before that
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
        if self._producer is None:
            return
        if self.feed.unaffirmed:
            with suppress(OutcomeUnknown, TimeoutError):  # the next start affirms
                await asyncio.wait_for(self.affirm(), _LAST_WORD_S)
        await self._producer.stop()

    async def _own(self, inputs: Mapping[TopicPartition, TopicPartition]) -> None:
        """Say in each changelog whose its partition is, as far as is known."""
        assert self._producer is not None  # noqa: S101  it was started
        outbox = self._producer.outbox
        async with self._producer.transaction():
            for changelog in inputs.values():
                for key, value in self._owning.changes():
                    outbox.change(changelog, key, value)
            await outbox.flush()

    async def recall(self) -> None:
        """Read the memory back, with what waits and the positions.

        Raises:
            KafkaError: it cannot be read.
            Unavailable: a record of it is damaged.
        """
        acts = await self._recall(self.inputs)
        # Of partitions that were in different shards, some may have taken in less;
        # an act that comes again finds nothing left to do.
        self.feed.positions[self._operations] = min(acts.values(), default=0)

    async def admit(self, inputs: Mapping[TopicPartition, TopicPartition]) -> None:
        """Take further inputs in, between two batches, with their memory.

        Args:
            inputs: each with its changelog.

        Raises:
            KafkaError: it cannot be read.
            Unavailable: a record of it is damaged.
        """
        await self._own(inputs)
        # A changelog without a position is of a partition that nobody has read.
        self.feed.positions.update(dict.fromkeys(inputs, 0))
        try:
            await self._recall(inputs)
        except BaseException:
            for source in inputs:
                del self.feed.positions[source]
            raise
        self.inputs.update(inputs)

    async def _recall(
        self, inputs: Mapping[TopicPartition, TopicPartition]
    ) -> dict[TopicPartition, int]:
        """Read changelogs back; returns how far each had taken in operators' acts."""
        acts: dict[TopicPartition, int] = {}
        sources = {changelog: source for source, changelog in inputs.items()}
        async for changelog, key, value in changes(self.settings, sources):
            if key == _OPERATIONS:
                acts[sources[changelog]] = int(value or 0)
            else:
                self._take_back(sources[changelog], key, value)
        return acts

    def _take_back(
        self, source: TopicPartition, key: bytes, value: bytes | None
    ) -> None:
        if key == _POSITION:
            self.feed.positions[source] = int(value or 0)
        elif key.startswith(owning.KEY):
            self._owning.restore(key, value)
        elif key.startswith(waiting.KEY):
            self.waiting.restore(source, key, value)
        else:
            self.memory.restore(key.decode(), value)

    @property
    def failures(self) -> int:
        """Returns how many batches were taken back since the last commit."""
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
            await self._producer.begin()

    def save(self, source: TopicPartition, key: bytes, value: bytes | None) -> None:
        """Write a change of memory to the changelog, within the transaction."""
        self.saved_last = source
        if self._producer is not None:
            self._producer.outbox.change(self.inputs[source], key, value)

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
        if self._producer is None:  # FastStream's in-memory broker, in the flow tests
            await self.broker.publish(
                message.value,
                topic,
                key=message.key,
                headers={name: text.decode() for name, text in message.headers},
                partition=message.partition,
            )
            return
        await self._producer.outbox.add(
            topic, message.key, message.value, message.headers, message.partition
        )

    async def flush(self) -> None:
        """Write everything, the positions too, and wait until it has arrived.

        Raises:
            KafkaError: something was refused; a commit would not tell.
        """
        if self._producer is None:
            return
        for source, offset in _after(self.taken).items():
            if source != self._operations:
                self.save(source, _POSITION, b"%d" % offset)
                continue
            # In each: another layout may part these inputs, and each keeps its place.
            for changelog in self.inputs.values():
                self._producer.outbox.change(changelog, _OPERATIONS, b"%d" % offset)
        await self._producer.flush()

    async def commit(self) -> None:
        """Commit what was flushed, changes of memory and positions, as one.

        What was delivered and not taken in comes again.

        Raises:
            KafkaError: before the commit began; abort and repeat.
            OutcomeUnknown: nobody can say whether it was committed.
        """
        following = _after(self.taken)
        if self._producer is not None:
            affirms = self.feed.is_due
            moving = {**self.feed.positions, **following}
            await self._producer.commit(self._signed(moving) if affirms else {})
            self.feed.affirmed() if affirms else self.feed.moved()
        # Only now: until Kafka has committed, an abort has to undo all three.
        self.memory.commit()
        self.waiting.commit()
        self.feed.move_on(following, len(self.taken))
        self.flow.commit(self.taken)

    async def affirm(self) -> None:
        """Say that the shard lives, and learn whether it is still ours.

        A transaction that moves nothing: its only content is what is said beside
        the group's offsets, which Kafka would forget otherwise.

        Raises:
            OutcomeUnknown: the producer is fenced, or its transactions are over.
        """
        if self._producer is not None:
            await self._producer.affirm(self._signed(self.feed.positions))

    def _signed(
        self, positions: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """Positions with what the shard says of itself, for tools that ask a group.

        Nobody reads them back. What every shard reads is not among them: there are
        as many positions of it as shards.
        """
        own = {p: at for p, at in positions.items() if p != self._operations}
        halted = self.feed.halted is not None
        presence = Presence.now(
            self._starts, self.waiting.subjects, flow=self.flow,
            halted=halted, shards=self.ordinal.of,
        )  # fmt: skip
        return presence.beside(own)

    async def abort(self) -> None:
        """Undo the batch; its records come again.

        Raises:
            OutcomeUnknown: the abort got no answer.
        """
        self.memory.rollback()
        self.waiting.rollback()
        self.feed.go_back()
        self.flow.abort(self.taken)
        if self._producer is not None:
            await self._producer.abort()


def _after(records: Sequence[Record]) -> dict[TopicPartition, int]:
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
