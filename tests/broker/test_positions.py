"""A shard's position belongs to its memory; Kafka's group offsets decide nothing."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from confluent_kafka.admin import AdminClient

from services.demo.observer import observing
from services.runtime.connecting import client_options, librdkafka_options
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


@pytest.mark.parametrize("bound", [{"batch_time": "PT0S"}, {"batch_bytes": 1}])
async def test_a_bounded_batch_loses_nothing_and_keeps_the_order(
    settings: Settings, bound: dict[str, object]
) -> None:
    bounded = Settings.model_validate({**settings.model_dump(), **bound})
    await create_topics(settings)
    await fill(settings)
    async with (
        running(bounded, "admission"),
        observing(settings, lambda _: None) as seen,
    ):
        await seen.until("every receipt", lambda: len(seen.receipts) == WANTED)
    offsets = [offset for topic, offset in seen.receipts if topic == inbox("deyang")]
    assert offsets == list(range(EACH))
    assert all(len(given) == 1 for given in seen.receipts.values())
