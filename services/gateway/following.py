"""Reads the topics into the view, and tells whoever waits for an event."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.gateway.rows import Row, row_of
from services.gateway.view import View
from services.runtime.consuming import consumer_for, let_go
from services.runtime.outage import ANSWER_S
from services.runtime.process import leave
from services.runtime.reading import Reader, without_end
from services.runtime.settings import Settings
from twincity_schemas.topic import Topic

log = structlog.get_logger()

_POLL_MS = 200
_AT_ONCE = 500
_GATHERED = 1_000_000
_GATHERED_MS = 200
"""How long the broker gathers what nobody waits for. A poll of all the partitions
costs 3 ms of CPU, whatever comes: one for each record would be all we do."""

OnBatch = Callable[[Sequence[tuple[int, Row]]], None]


class Following:
    """Follows topics from their beginning until it is stopped.

    Args:
        settings: which cluster.
        topics: what is read.
        view: takes the events in.
        at_once: hand on each event as it comes, rather than what has gathered.
        on_event: is called with each batch after the view has it, in one breath: who
            asks the view and then waits misses nothing.

    Attributes:
        abreast: whether what the topics held at the start has been read.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Iterable[Topic],
        view: View,
        on_event: OnBatch,
        *,
        at_once: bool,
    ) -> None:
        self.abreast = False
        self._settings = settings
        self._view = view
        self._on_event = on_event
        self._places = [
            TopicPartition(settings.prefix + topic.name, partition)
            for topic in topics
            for partition in range(topic.partitions)
        ]
        self._task: asyncio.Task[None] | None = None
        self._consumer = consumer_for(
            settings,
            fetch_min_bytes=1 if at_once else _GATHERED,
            fetch_max_wait_ms=_GATHERED_MS,
        )

    async def start(self) -> None:
        """Connect, and read on in the background.

        Raises:
            KafkaError: no broker answers.
        """
        try:
            await self._consumer.start()
            self._consumer.assign(self._places)
            positions = await self._consumer.beginning_offsets(self._places)
            ends = await self._consumer.end_offsets(self._places)
        except BaseException:
            await let_go(self._consumer)
            raise
        self._task = asyncio.create_task(
            self._follow(Reader(self._consumer, positions), ends)
        )
        self._task.add_done_callback(_ended)

    async def stop(self) -> None:
        """Read no further; it need not have been started."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await let_go(self._consumer)

    async def answered(self) -> bool:
        """Ask: a poll is as empty where nobody answers as where nothing came."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._consumer.end_offsets(self._places)
        except (KafkaError, TimeoutError):
            return False
        return True

    async def _follow(self, reader: Reader, ends: dict[TopicPartition, int]) -> None:
        async for records in without_end(reader, _POLL_MS, _AT_ONCE):
            rows = []
            for record in records:
                if (row := row_of(record, self._settings.prefix)) is not None:
                    rows.append(row)
                else:
                    log.warning(
                        "event.unreadable",
                        topic=record.topic,
                        partition=record.partition,
                        offset=record.offset,
                    )
            if rows:
                self._on_event(self._view.take(rows))
            if not self.abreast and not reader.behind(ends):
                self.abreast = True
                log.info(
                    "gateway.abreast", partitions=len(ends), events=self._view.last
                )


def _ended(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        leave(error)
