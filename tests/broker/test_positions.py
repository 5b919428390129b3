"""A shard's position belongs to its memory; Kafka's group offsets decide nothing."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from confluent_kafka.admin import AdminClient
from structlog.testing import capture_logs

from services.demo.observer import observing
from services.runtime.connecting import client_options, librdkafka_options
from services.runtime.reading import Reader
from services.runtime.settings import Settings
from tests.broker.running import create_topics, running
from tests.broker.test_unreadable import EACH, PARTIES, fill
from twincity_schemas.topology import inbox

WANTED = EACH * len(PARTIES)


async def test_nothing_is_decided_twice_where_group_offsets_have_expired(
    settings: Settings,
) -> None:
    await create_topics(settings)
    await fill(settings)
    group = f"{settings.prefix}twincity.admission"
    async with observing(settings, lambda _: None) as seen:
        async with running(settings, "admission"):
            await seen.until("every receipt", lambda: len(seen.receipts) == WANTED)
        # As Kafka does by itself, a week after a quiet inbox's last commit.
        admin = AdminClient(librdkafka_options(settings))
        for gone in admin.delete_consumer_groups([group]).values():
            gone.result()
        async with running(settings, "admission"):
            await fill(settings, "again")
            await seen.until("the later ones", lambda: len(seen.receipts) == 2 * WANTED)
    assert all(len(given) == 1 for given in seen.receipts.values())


async def test_a_log_that_was_cut_halts_its_shard_until_it_is_accepted(
    settings: Settings,
) -> None:
    await create_topics(settings)
    await fill(settings)
    place = TopicPartition(settings.prefix + inbox("deyang"), 0)
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=2)})
    finally:
        await admin.close()
    async with running(settings, "admission") as composed:
        async with asyncio.timeout(30):
            while composed.shard.feed.halted is None:
                await asyncio.sleep(0.1)
    reason = composed.shard.feed.halted
    gap = f"{place.topic}/0@0"
    assert gap in reason
    accepting = settings.model_copy(update={"accept_gaps": (gap,)})
    async with (
        running(accepting, "admission"),
        observing(settings, lambda _: None) as seen,
    ):
        await seen.until("the rest", lambda: len(seen.receipts) == WANTED - 2)


async def test_what_moves_past_a_record_unasked_is_named_and_read_again(
    settings: Settings,
) -> None:
    await create_topics(settings)
    await fill(settings)
    moved, still = (
        TopicPartition(settings.prefix + inbox(party), 0) for party in PARTIES[:2]
    )
    async with AIOKafkaConsumer(
        **client_options(settings), isolation_level="read_committed"
    ) as consumer:
        consumer.assign([moved, still])
        reader = Reader(consumer, {moved: 0, still: 0})
        ends = await consumer.end_offsets([moved, still])
        seen: dict[TopicPartition, list[int]] = {moved: [], still: []}
        before = 0
        with capture_logs() as told:
            while reader.left(ends):
                for record in await reader.poll(200, 2):
                    place = TopicPartition(record.topic, record.partition)
                    seen[place].append(record.offset)
                reader.keep()
                # Of its first poll it has one or two, as they come.
                if seen[moved] and not before:
                    before = len(seen[moved])
                    consumer.seek(moved, EACH - 1)  # as a library may
    assert seen == {moved: [*range(EACH)], still: [*range(EACH)]}
    [line] = told
    assert (line["event"], line["topic"]) == ("position.moved", moved.topic)
    assert (line["decided"], line["delivered"]) == (before, before)


@pytest.mark.parametrize("bound", [{"batch_time": "PT0S"}, {"batch_bytes": 1}])
async def test_a_bounded_batch_loses_nothing_and_keeps_the_order(
    settings: Settings, bound: dict[str, object]
) -> None:
    bounded = Settings.model_validate({**settings.model_dump(), **bound})
    await create_topics(settings)
    await fill(settings)
    async with (
        running(bounded, "admission") as composed,
        observing(settings, lambda _: None) as seen,
    ):
        await seen.until("every receipt", lambda: len(seen.receipts) == WANTED)
    assert composed.shard.flow.batches >= WANTED  # one record each, however many lay
    offsets = [offset for topic, offset in seen.receipts if topic == inbox("deyang")]
    assert offsets == list(range(EACH))
    assert all(len(given) == 1 for given in seen.receipts.values())
