"""The ledger's subscription: write the batch down, offsets and all."""

import asyncio

import structlog
from aiokafka import TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka import TopicPartition as Partition
from faststream.params import NoCast

from services.ledger.domain import entry
from services.ledger.store import Ledger
from services.runtime.delivery import Incoming, decode_batch, parse_batch
from services.runtime.settings import Settings
from services.runtime.transaction import leave
from twincity_schemas.catalogue import topics
from twincity_schemas.parties import Registry

SERVICE = "ledger"
log = structlog.get_logger()


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
    broker = KafkaBroker(
        settings.kafka, allow_auto_create_topics=False, logger=None, graceful_timeout=30
    )
    subscriber = broker.subscriber(
        partitions=[Partition(place.topic, place.partition) for place in places],
        batch=True,
        ack_policy=AckPolicy.MANUAL,  # the database holds the offsets
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        parser=parse_batch,
        decoder=decode_batch,
        max_records=settings.batch_size,
        batch_timeout_ms=50,
        fetch_max_wait_ms=100,
    )

    @subscriber
    async def write_down(batch: NoCast[list[Incoming]]) -> None:
        entries = [entry(incoming.record, settings.prefix) for incoming in batch]
        try:
            written = await asyncio.to_thread(ledger.write, entries)
        except Exception as error:  # noqa: BLE001  FastStream would read on past it
            # The offset in the database is the truth: start anew from there.
            leave(error)
        else:
            log.debug("entries.written", new=written, of=len(entries))

    async def resume() -> None:
        # A record that is read before the seek is skipped by its offset.
        kept = await asyncio.to_thread(ledger.positions)
        consumer = subscriber.consumer
        if consumer is None:
            return  # FastStream's in-memory broker has none
        for place in places:
            topic = place.topic.removeprefix(settings.prefix)
            if (following := kept.get((topic, place.partition))) is not None:
                consumer.seek(place, following)
        log.info("ledger.started", partitions=len(places), kept=len(kept))

    def close() -> None:
        ledger.close()

    return FastStream(
        broker, after_startup=[resume], after_shutdown=[close], logger=None
    )
