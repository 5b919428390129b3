"""What FastStream's loop is given to deliver, and from which positions.

FastStream swallows what its own poll raises, after aiokafka has moved the
positions of other partitions. A feed never raises: it reads on, waits, or halts,
and says which. Positions belong to whoever decides, in the transaction that
decides (docs/decisions/0012); a log that does not hold a position is an error
with a decision for the operator, never a jump.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic, time
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from services.runtime.batches import Unreadable
from services.runtime.errors import RecordsMissing, Unrecoverable
from services.runtime.flow import Flow
from services.runtime.gaps import resumed
from services.runtime.process import leave
from services.runtime.reading import Reader, Record
from services.runtime.settings import Settings

log = structlog.get_logger()

_POLL_MS = 200
_FAILED_S = 1.0
_HALTED_S = 60.0
_MOVED_S = 1.0
"""So long at most tools that ask a group see positions that have moved."""
_SMALL, _LEAST_S = 50, 0.015
"""Records of a batch that is small, and seconds from one such to the next: a
transaction costs the same however few there are."""


class Feed:
    """The input of one shard, or of the ledger.

    Args:
        name: of the shard, for the log.
        places: its input partitions.
        settings: of this process.

    Attributes:
        positions: the next offset of each partition to be decided about.
        halted: why nothing is delivered any more; None: it is.
        flow: what was delivered and what came of it.
        affirm: says that whoever decides still lives, and learns whether it may.
        unaffirmed: whether positions have moved since it was last said.
        renew: takes in, between two batches, what has changed outside.
    """

    def __init__(
        self, name: str, places: Iterable[TopicPartition], settings: Settings
    ) -> None:
        self.name = name
        self.positions = dict.fromkeys(places, 0)
        self.halted: str | None = None
        self.reader: Reader | None = None
        self.subscriber: Any = None
        self.flow = Flow()
        self.affirm: Callable[[], Awaitable[None]] | None = None
        self.renew: Callable[[AIOKafkaConsumer], Awaitable[None]] | None = None
        self.affirm_every = settings.affirm_every
        self.unaffirmed = False
        self._affirmed_at = monotonic()
        self._settings = settings
        self._delivered = 0
        self._delivered_at = -math.inf

    def attach(self, subscriber: Any) -> None:
        """Give this subscriber its batches, in place of FastStream's own poll."""
        self.subscriber = subscriber
        subscriber.get_msg = self.next_batch

    @property
    def runs(self) -> bool:
        """Returns whether FastStream has started it."""
        return self.subscriber is not None and bool(self.subscriber.running)

    @property
    def has_ended(self) -> bool:
        """Returns whether FastStream's loop has ended, which nobody would say."""
        return self.runs and all(task.done() for task in self.subscriber.tasks)

    def halt(self, reason: Exception) -> None:
        """Deliver nothing more until the process is started again."""
        self.halted = str(reason)
        self._affirmed_at = -math.inf  # to be said at once
        log.error(
            "shard.halted",
            shard=self.name,
            error=type(reason).__name__,
            reason=self.halted,
        )

    async def next_batch(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """Returns what is to be delivered next; empty where there is nothing."""
        if self.renew is not None:
            await self.renew(consumer)
        # FastStream makes a consumer of its own at each start.
        if self.reader is None or self.reader.consumer is not consumer:
            self.reader = Reader(consumer, self.positions)
        await self._affirm()
        if self.halted is not None and self._affirmed_at == -math.inf:
            await asyncio.sleep(_FAILED_S)  # no broker has answered yet
            return ()
        if self.halted is not None:
            await asyncio.sleep(_HALTED_S)
            log.error("shard.halted", shard=self.name, reason=self.halted)
            return ()
        if 0 < self._delivered < _SMALL:
            await asyncio.sleep(self._delivered_at + _LEAST_S - monotonic())
        try:
            records = await self.reader.poll(
                _POLL_MS, self._settings.batch_size, self._settings.batch_bytes
            )
        except KafkaError as error:
            await self._failed(error, consumer)
            return ()
        self._delivered, self._delivered_at = len(records), monotonic()
        self.flow.unreadable += sum(isinstance(one, Unreadable) for one in records)
        return tuple(records)

    def move_on(self, following: Mapping[TopicPartition, int], taken: int) -> None:
        """Note what is decided; what was delivered beside it comes again.

        Args:
            following: the next offset of each partition that moves.
            taken: how many of the delivered records were decided about.
        """
        self.positions.update(following)
        if taken < self._delivered:
            self.go_back()

    @property
    def is_due(self) -> bool:
        """Returns whether positions that move now are to be said with what moves them.

        At a steady rate most are not: to commit a group's offsets takes a small
        transaction as long as all the rest of it.
        """
        return monotonic() - self._affirmed_at >= _MOVED_S

    def affirmed(self) -> None:
        """Note that the positions, and that it lives, were said just now."""
        self._affirmed_at, self.unaffirmed = monotonic(), False

    def moved(self) -> None:
        """Note that positions have moved that are still to be said."""
        self.unaffirmed = True

    def go_back(self) -> None:
        """Note that nothing of the last batch is decided; it comes again."""
        if self.reader is not None:
            self.reader.go_back()

    async def _affirm(self) -> None:
        """Between batches, now and then; not while no broker answers.

        A shard that waits for its turn in an outage must not be ended by it.
        """
        every = self.affirm_every.total_seconds()
        every = min(every, _MOVED_S) if self.unaffirmed else every
        answered = self.flow.answered_at
        if self.affirm is None or answered is None:
            return
        lately = every + self._settings.progress_every.total_seconds()
        if monotonic() - self._affirmed_at < every or time() - answered > lately:
            return
        try:
            await self.affirm()
        except Unrecoverable as error:
            leave(error)
        self.affirmed()
        self.flow.committed_at = time()

    async def _failed(self, error: KafkaError, consumer: AIOKafkaConsumer) -> None:
        self.flow.fetch_failures += 1
        log.warning("fetch.failed", shard=self.name, reason=repr(error))
        try:
            if isinstance(error, OffsetOutOfRangeError):
                await self._compare(consumer)
        except KafkaError as unanswered:
            log.warning("fetch.failed", shard=self.name, reason=repr(unanswered))
        await asyncio.sleep(_FAILED_S)

    async def _compare(self, consumer: AIOKafkaConsumer) -> None:
        """Halt where a log does not hold a position."""
        places = list(self.positions)
        starts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        for place, position in self.positions.items():
            held = range(starts[place], ends[place])
            try:
                at = resumed(place, position, held, self._settings.accept_gaps)
            except RecordsMissing as error:
                self.halt(error)
            else:
                self.positions[place] = at
        self.go_back()
