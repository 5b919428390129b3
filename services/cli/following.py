"""Reading topics as any integrator would: snapshot, then follow."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.batches import Unreadable
from services.runtime.errors import Unavailable
from services.runtime.reading import Reader, until_end
from services.runtime.settings import Settings
from twincity_schemas.catalogue import Topic


@asynccontextmanager
async def reader(
    settings: Settings, topics: Iterable[Topic], *, from_beginning: bool
) -> AsyncIterator[Reader]:
    """A read-committed reader of whole topics, outside any group.

    Raises:
        Unavailable: Kafka does not answer.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",  # never a silent jump
    )
    try:
        await consumer.start()
        partitions = [
            TopicPartition(settings.prefix + topic.name, partition)
            for topic in topics
            for partition in range(topic.partitions)
        ]
        consumer.assign(partitions)
        positions = await (
            consumer.beginning_offsets(partitions)
            if from_beginning
            else consumer.end_offsets(partitions)
        )
        yield Reader(consumer, positions)
    except KafkaError as error:
        raise Unavailable(
            f"Kafka at {settings.kafka} cannot be read 无法读取 Kafka：{error}"
        ) from None
    finally:
        await consumer.stop()


async def follow(
    reading: Reader, poll_s: float = 0.5
) -> AsyncIterator[list[ConsumerRecord]]:
    """Batches of records as they come; an empty one when nothing came.

    What cannot be read is named in the log and passed over.
    """
    while True:
        records = await reading.poll(int(poll_s * 1000))
        reading.keep()
        yield [record for record in records if not isinstance(record, Unreadable)]


async def snapshot(
    settings: Settings, topics: Iterable[Topic]
) -> AsyncIterator[ConsumerRecord]:
    """What whole topics hold now, each partition in its order, then end.

    What cannot be read is named in the log and passed over.

    Raises:
        Unavailable: Kafka does not answer.
    """
    async with reader(settings, topics, from_beginning=True) as reading:
        async for record in until_end(reading):
            if not isinstance(record, Unreadable):
                yield record
