"""The ledger's subscription: write the batch down, offsets and all."""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka import TopicPartition as Partition
from faststream.params import NoCast

from services.ledger.keeping import SERVICE, Keeping
from services.ledger.store import Ledger
from services.runtime.errors import Halted
from services.runtime.feed import Feed
from services.runtime.incoming import Incoming, decode_batch, parse_batch
from services.runtime.service import faststream_log
from services.runtime.settings import Settings
from services.runtime.transaction import leave
from services.runtime.watchdog import watch
from twincity_schemas.catalogue import topics
from twincity_schemas.parties import Registry

log = structlog.get_logger()


async def _write_down(keeping: Keeping, feed: Feed, batch: Sequence[Incoming]) -> None:
    try:
        await keeping.write(batch)
    except Halted as error:
        feed.go_back()
        feed.halt(error)
    except Exception as error:  # noqa: BLE001  FastStream would read on past it
        # The offset in the database is the truth: start anew from there.
        leave(error)
    else:
        feed.move_on({i.source: i.record.offset + 1 for i in batch}, len(batch))


def compose(settings: Settings) -> FastStream:
    """Build the ledger; it reads on from the offsets in its database.

    Raises:
        ContractError: the registry of parties cannot be read.
        TwinCityError: the database cannot be used.
    """
    ledger = Ledger.open(settings.database.get_secret_value())
    places = [
        TopicPartition(settings.prefix + topic.name, partition)
        for topic in topics(Registry.load(settings.parties))
        if SERVICE in topic.consumers
        for partition in range(topic.partitions)
    ]
    keeping = Keeping(ledger, settings)
    feed = Feed(settings.prefix + SERVICE, places, settings)
    broker = KafkaBroker(
        settings.kafka,
        allow_auto_create_topics=False,
        logger=faststream_log(),
        graceful_timeout=30,
    )
    subscriber = broker.subscriber(
        partitions=[Partition(place.topic, place.partition) for place in places],
        batch=True,
        ack_policy=AckPolicy.MANUAL,  # the database holds the offsets
        isolation_level="read_committed",
        auto_offset_reset="none",  # the database's positions, and never a jump
        parser=parse_batch,
        decoder=decode_batch,
        fetch_max_wait_ms=100,
    )

    @subscriber
    async def write_down(batch: NoCast[list[Incoming]]) -> None:
        await _write_down(keeping, feed, batch)

    feed.attach(subscriber)
    watching: list[asyncio.Task[None]] = []

    async def resume() -> None:
        kept = await asyncio.to_thread(ledger.positions)
        for place in places:
            topic = place.topic.removeprefix(settings.prefix)
            feed.positions[place] = kept.get((topic, place.partition), 0)

    async def guard() -> None:
        if subscriber.consumer is None:
            return  # FastStream's in-memory broker has none
        watching.append(asyncio.create_task(watch([feed], settings.stall_after)))
        log.info("ledger.started", partitions=len(places))

    async def close() -> None:
        for task in watching:
            task.cancel()
        ledger.close()

    return FastStream(
        broker,
        on_startup=[resume],
        after_startup=[guard],
        after_shutdown=[close],
        logger=None,
    )
