"""What a transaction writes: whole, in order, a changed key once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from services.runtime.connecting import client_options
from services.runtime.outbox import Outbox
from services.runtime.settings import Settings

PARTITIONS = 3
BATCH_BYTES = 20_000


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[tuple[str, AIOKafkaProducer]]:
    """A topic of three partitions, and a transactional producer of small batches."""
    topic = f"{settings.prefix}outbox"
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()
    async with AIOKafkaProducer(
        **client_options(settings),
        transactional_id=topic,
        max_batch_size=BATCH_BYTES,
        max_request_size=2_000_000,
    ) as producer:
        yield topic, producer


async def written(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """Everything that is committed on a topic, each partition in order."""
    places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    async with AIOKafkaConsumer(
        **client_options(settings),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    ) as consumer:
        consumer.assign(places)
        found: list[ConsumerRecord] = []
        while batches := await consumer.getmany(timeout_ms=1500):
            for records in batches.values():
                found += records
    return found


async def test_more_than_a_batch_keeps_its_order(settings: Settings) -> None:
    async with writing(settings) as (topic, producer):
        outbox = Outbox(producer)
        async with producer.transaction():
            for number in range(500):
                key = f"subject-{number % 7}".encode()
                large = b"x" * (BATCH_BYTES * 3 if number == 250 else 100)
                await outbox.add(
                    topic, key, b"%d " % number + large, [("n", b"%d" % number)], None
                )
            await outbox.flush()
            # By Kafka's own partitioner: a key has one partition.
            await producer.send(topic, b"500 after", key=b"subject-3")
    records = await written(settings, topic)
    order: dict[bytes, list[int]] = {}
    for record in records:
        order.setdefault(record.key, []).append(int(record.value.split()[0]))
    assert sorted(n for numbers in order.values() for n in numbers) == [*range(501)]
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert all(
        len({record.partition for record in records if record.key == key}) == 1
        for key in order
    )
    assert all(r.headers == (("n", r.value.split()[0]),) for r in records if r.headers)


async def test_a_key_that_changes_is_written_once(settings: Settings) -> None:
    async with writing(settings) as (topic, producer):
        outbox = Outbox(producer)
        changelog = TopicPartition(topic, 1)
        async with producer.transaction():
            for value in (b"1", None, b"3"):
                outbox.change(changelog, b"a", value)
            outbox.change(changelog, b"b", None)
            await outbox.flush()
    records = await written(settings, topic)
    assert [(r.partition, r.key, r.value) for r in records] == [
        (1, b"a", b"3"),
        (1, b"b", None),
    ]


async def test_what_was_cleared_is_not_written(settings: Settings) -> None:
    async with writing(settings) as (topic, producer):
        outbox = Outbox(producer)
        await outbox.add(topic, b"a", b"dropped", [], 0)
        outbox.change(TopicPartition(topic, 0), b"a", b"dropped")
        outbox.clear()
        async with producer.transaction():
            await outbox.add(topic, b"a", b"kept", [], 0)
            await outbox.flush()
    assert [r.value for r in await written(settings, topic)] == [b"kept"]


async def test_what_the_broker_refuses_is_an_error(settings: Settings) -> None:
    """aiokafka's commit would pass over it."""
    async with writing(settings) as (topic, producer):
        outbox = Outbox(producer)
        await producer.begin_transaction()
        await outbox.add(topic, b"a", b"x" * 1_500_000, [], 0)
        with pytest.raises(MessageSizeTooLargeError):
            await outbox.flush()
        await producer.abort_transaction()
