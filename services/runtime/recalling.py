"""Changelogs read back: every change of a memory that was committed, in order."""

from collections.abc import AsyncIterator, Iterable

from aiokafka import TopicPartition

from services.runtime.batches import Unreadable
from services.runtime.consuming import consuming
from services.runtime.errors import Unavailable
from services.runtime.reading import Reader, until_end
from services.runtime.settings import Settings

Change = tuple[TopicPartition, bytes, bytes | None]
"""The changelog, the key, and what it was changed to; None: it was forgotten."""


async def changes(
    settings: Settings, changelogs: Iterable[TopicPartition]
) -> AsyncIterator[Change]:
    """Yields the changes of some changelogs, each one's in order, up to their ends.

    Raises:
        KafkaError: they cannot be read.
        Unavailable: a record is damaged.
    """
    async with consuming(settings) as consumer:
        places = list(changelogs)
        consumer.assign(places)
        starts = await consumer.beginning_offsets(places)
        async for record in until_end(Reader(consumer, starts)):
            changelog = TopicPartition(record.topic, record.partition)
            if isinstance(record, Unreadable):
                raise Unavailable(
                    f"{changelog} at {record.offset} cannot be read "
                    f"状态日志无法读取：{record.reason}"
                )
            yield changelog, record.key or b"", record.value
