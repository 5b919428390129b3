"""Reading records again where they were read first.

What waits is decided from its original, not from the dead letter's copy: nothing
of it was cut, and its timestamp and headers are as they were.
"""

from collections import deque
from collections.abc import AsyncGenerator, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError, OffsetOutOfRangeError

from services.runtime.consuming import consuming
from services.runtime.reading import Reader, Record
from services.runtime.settings import Settings

_POLL_MS = 200
_SEEK_BEYOND = 5_000
"""Offsets between two wanted records: fewer are read over faster than sought."""


async def reread(
    settings: Settings, source: TopicPartition, offsets: Sequence[int]
) -> AsyncGenerator[tuple[int, Record | None]]:
    """Each record at these offsets of a partition, in order; None: it is gone.

    Raises:
        KafkaError: the partition cannot be read, or nothing comes.
    """
    async with consuming(settings) as consumer:
        consumer.assign([source])
        wanted = deque(offsets)
        while wanted:
            start = (await consumer.beginning_offsets([source]))[source]
            if wanted[0] < start:
                yield wanted.popleft(), None
                continue
            reader = Reader(consumer, {source: wanted[0]})
            while wanted and wanted[0] - reader.positions[source] < _SEEK_BEYOND:
                try:
                    records = await _next(settings, reader, source)
                except OffsetOutOfRangeError:  # the topic is another one
                    while wanted:
                        yield wanted.popleft(), None
                    return
                for record in records:
                    while wanted and wanted[0] < record.offset:
                        yield wanted.popleft(), None
                    if wanted and wanted[0] == record.offset:
                        yield wanted.popleft(), record
                reader.keep()


async def _next(
    settings: Settings, reader: Reader, source: TopicPartition
) -> Sequence[Record]:
    """The next records of the partition, at least one."""
    for _ in range(int(settings.commit_wait.total_seconds() * 1000) // _POLL_MS):
        if records := await reader.poll(_POLL_MS, settings.batch_size):
            return records
    raise KafkaTimeoutError(f"{source} gives nothing at {reader.positions[source]}")
