"""Reading records again where they were read first.

What waits is decided from its original, not from the dead letter's copy: nothing
of it was cut, and its timestamp and headers are as they were.
"""

from collections.abc import AsyncGenerator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError, OffsetOutOfRangeError

from services.runtime.reading import Reader, Record
from services.runtime.settings import Settings

_POLL_MS = 200


async def reread(
    settings: Settings, source: TopicPartition, offsets: Sequence[int]
) -> AsyncGenerator[tuple[int, Record | None]]:
    """Each record at these offsets of a partition, in order; None: it is gone.

    Raises:
        KafkaError: the partition cannot be read, or nothing comes.
    """
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    ) as consumer:
        consumer.assign([source])
        starts = await consumer.beginning_offsets([source])
        for offset in offsets:
            gone = offset < starts[source]
            yield (
                offset,
                None if gone else await _at(settings, consumer, source, offset),
            )


async def _at(
    settings: Settings, consumer: AIOKafkaConsumer, source: TopicPartition, offset: int
) -> Record | None:
    reader = Reader(consumer, {source: offset})
    tries = int(settings.commit_wait.total_seconds() * 1000) // _POLL_MS
    for _ in range(tries):
        try:
            records = await reader.poll(_POLL_MS, 1)
        except OffsetOutOfRangeError:
            return None
        if records:
            return records[0] if records[0].offset == offset else None
    raise KafkaTimeoutError(f"{source} gives nothing at {offset}")
