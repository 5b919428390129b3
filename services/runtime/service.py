"""A service as a process: its shard, broker, start and stop, in one visible stack."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.kafka import TopicPartition as Partition
from faststream.params import NoCast

from services.runtime.connecting import broker_options
from services.runtime.deciding import Decide, Finish, NoteLetter, note_nothing
from services.runtime.delivery import Delivery
from services.runtime.incoming import Incoming, decode_batch, parse_batch
from services.runtime.layout import inputs_of
from services.runtime.memory import StateStore
from services.runtime.process import spare_collector
from services.runtime.producing import Compression
from services.runtime.registering import Registered
from services.runtime.renewing import Places, Renewal
from services.runtime.settings import Settings
from services.runtime.shard import Shard
from services.runtime.spans import traced
from services.runtime.transaction import Transactions
from services.runtime.watching import Watching
from twincity_schemas.catalogue import build_models
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics


@dataclass(frozen=True)
class Processor:
    """A shard's memory and its decisions."""

    memory: StateStore
    decide: Decide[Any]
    finish: Finish[Any] = tuple
    """What is still to be done when a batch has been decided about."""
    step: str = "statement.applied"
    """What the log calls a statement that was decided about."""
    note_letter: NoteLetter[Any] = note_nothing
    """What is kept of a record that becomes a dead letter, undecided."""
    learn: Callable[[Registry], None] = lambda _registry: None
    """Takes a changed registry in; by default it makes no difference."""
    compression: Compression = None
    """Of the batches that it writes; None where that would cost more than it saves."""


MakeProcessor = Callable[[Registry], Processor]


@dataclass(frozen=True)
class Running:
    """A composed service, ready to be started."""

    app: FastStream
    broker: KafkaBroker
    shard: Shard[Any]


def compose(service: str, make_processor: MakeProcessor, settings: Settings) -> Running:
    """Build a service whose deliveries are transactions; nothing is started.

    Args:
        service: its name in the catalogue.
        make_processor: makes one shard's memory and decision.
        settings: of this process.

    Raises:
        ContractError: the registry of parties cannot be read.
    """
    registered = Registered.load(settings.parties)
    registry = registered.now
    processor = make_processor(registry)
    shard: Shard[Any] = Shard(
        service,
        settings.shard,
        inputs_of(service, settings.shard, topics(registry), settings.prefix),
        processor.memory,
        settings,
        processor.compression,
    )
    broker = KafkaBroker(
        **broker_options(settings),
        allow_auto_create_topics=False,
        graceful_timeout=settings.commit_wait.total_seconds(),
        logger=faststream_log(),
    )
    delivery = Delivery(
        shard,
        processor.decide,
        processor.finish,
        processor.note_letter,
        registered.codes,
        processor.step,
        registered.takes_two,
    )
    _subscribe(broker, shard, delivery)
    _renew(shard, processor, registered)
    shard.flow.traced = traced(service, shard.feed.name, settings)
    watching = Watching(service, [shard.feed], settings)
    watching.sizes[shard.feed.name] = shard.sizes

    async def start() -> None:
        await watching.listen()
        build_models()
        await shard.start()
        spare_collector()

    async def stop() -> None:
        await watching.stop()
        await shard.stop()

    app = FastStream(
        broker,
        on_startup=[start],
        after_startup=[watching.start],
        after_shutdown=[stop],
        logger=None,
    )
    return Running(app, broker, shard)


def _renew(shard: Shard[Any], processor: Processor, registered: Registered) -> None:
    """Let a shard follow the registry."""

    def inputs(registry: Registry) -> dict[TopicPartition, TopicPartition]:
        inputs_now = inputs_of(
            shard.service, shard.ordinal, topics(registry), shard.settings.prefix
        )
        return {one.source: one.changelog for one in inputs_now}

    def places(registry: Registry) -> dict[TopicPartition, Places]:
        return {source: [changelog] for source, changelog in inputs(registry).items()}

    async def admit(new: Places) -> None:
        every = inputs(registered.now)
        await shard.admit({source: every[source] for source in new})

    Renewal(registered, shard.feed, places, admit, processor.learn)


def faststream_log() -> logging.Logger:
    """FastStream's errors, which tell of a loop that has died; nothing below.

    They are lines of our log: its own handler would write them in colours, not JSON.
    """
    logger = logging.getLogger("faststream")
    logger.setLevel(logging.ERROR)
    logger.handlers.clear()
    logger.propagate = True
    return logger


def _subscribe(broker: KafkaBroker, shard: Shard[Any], delivery: Delivery[Any]) -> None:
    router = KafkaRouter(middlewares=[Transactions(shard)])
    subscriber = router.subscriber(
        partitions=[Partition(tp.topic, tp.partition) for tp in shard.feed.positions],
        batch=True,
        ack_policy=AckPolicy.MANUAL,  # the transaction commits the offsets
        isolation_level="read_committed",
        auto_offset_reset="none",  # positions are the shard's, and never jump
        parser=parse_batch,
        decoder=decode_batch,
        fetch_max_wait_ms=100,
    )

    async def deliver(batch: NoCast[list[Incoming]]) -> None:
        await delivery(batch)

    subscriber(deliver)
    broker.include_router(router)
    shard.feed.attach(subscriber)
    shard.broker = broker
