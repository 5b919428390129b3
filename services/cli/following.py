"""Reading topics as any integrator would: snapshot, then follow."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.errors import Unavailable
from services.runtime.settings import Settings
from twincity_schemas.catalogue import Topic


@asynccontextmanager
async def reader(
    settings: Settings, topics: Iterable[Topic], *, from_beginning: bool
) -> AsyncIterator[AIOKafkaConsumer]:
    """A read-committed consumer of whole topics, outside any group.

    Raises:
        Unavailable: Kafka does not answer.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        partitions = [
            TopicPartition(settings.prefix + topic.name, partition)
            for topic in topics
            for partition in range(topic.partitions)
        ]
        consumer.assign(partitions)
        if not from_beginning:
            await consumer.seek_to_end()
        yield consumer
    except KafkaError as error:
        raise Unavailable(
            f"Kafka at {settings.kafka} cannot be read 无法读取 Kafka：{error}"
        ) from None
    finally:
        await consumer.stop()


async def follow(
    consumer: AIOKafkaConsumer, poll_s: float = 0.5
) -> AsyncIterator[list[ConsumerRecord]]:
    """Batches of records as they come; an empty one when nothing came."""
    while True:
        batches = await consumer.getmany(timeout_ms=int(poll_s * 1000))
        yield [record for records in batches.values() for record in records]


async def snapshot(
    settings: Settings, topics: Iterable[Topic]
) -> AsyncIterator[ConsumerRecord]:
    """What whole topics hold now, each partition in its order, then end.

    Raises:
        Unavailable: Kafka does not answer.
    """
    async with reader(settings, topics, from_beginning=True) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        remaining = {place for place, end in ends.items() if end > 0}
        while remaining:
            batches = await consumer.getmany(*remaining, timeout_ms=200)
            for place, records in batches.items():
                for record in records:
                    if record.offset < ends[place]:
                        yield record
            # The position also moves past transaction markers.
            remaining = {
                place
                for place in remaining
                if await consumer.position(place) < ends[place]
            }
