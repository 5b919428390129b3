"""A service as a process: shards, broker, start and stop, in one visible stack."""

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.kafka import TopicPartition as Partition
from faststream.params import NoCast

from services.runtime.deciding import Decide, Finish, NoteAside, note_nothing
from services.runtime.delivery import Delivery
from services.runtime.incoming import Incoming, decode_batch, parse_batch
from services.runtime.memory import Store
from services.runtime.settings import Settings
from services.runtime.shard import Shard, inputs_of
from services.runtime.transaction import Transactions
from services.runtime.watching import Watching
from twincity_schemas.catalogue import SHARDS, topics
from twincity_schemas.parties import Registry


@dataclass(frozen=True)
class Mind:
    """What a shard thinks with: its memory and how it decides."""

    memory: Store
    decide: Decide[Any]
    finish: Finish[Any] = tuple
    """What is still to be done when a batch has been decided about."""
    step: str = "statement.applied"
    """What the log calls a statement that was decided about."""
    note_aside: NoteAside[Any] = note_nothing
    """What is kept of a record that is laid aside, undecided."""


MakeMind = Callable[[Registry], Mind]


@dataclass(frozen=True)
class Running:
    """A composed service, ready to be started."""

    app: FastStream
    broker: KafkaBroker
    shards: Sequence[Shard[Any]]


def compose(service: str, make_mind: MakeMind, settings: Settings) -> Running:
    """Build a service whose deliveries are transactions; nothing is started.

    Args:
        service: its name in the catalogue.
        make_mind: makes one shard's memory and decision.
        settings: of this process.

    Raises:
        ContractError: the registry of parties cannot be read.
    """
    registry = Registry.load(settings.parties)
    catalogue = list(topics(registry))
    numbers = range(SHARDS[service]) if settings.shards is None else settings.shards
    minds = [make_mind(registry) for _ in numbers]
    shards: list[Shard[Any]] = [
        Shard(
            service,
            number,
            inputs_of(service, number, catalogue, settings.prefix),
            mind.memory,
            settings,
        )
        for number, mind in zip(numbers, minds, strict=True)
    ]
    shards_with_work = [shard for shard in shards if shard.inputs]
    broker = KafkaBroker(
        settings.kafka or "127.0.0.1:9092",
        allow_auto_create_topics=False,
        graceful_timeout=settings.commit_wait.total_seconds(),
        logger=faststream_log(),
    )
    for shard, mind in zip(shards, minds, strict=True):
        if shard in shards_with_work:
            delivery = Delivery(
                shard,
                mind.decide,
                mind.finish,
                mind.note_aside,
                registry.codes,
                mind.step,
            )
            _subscribe(broker, shard, delivery)

    watching = Watching(service, [shard.feed for shard in shards_with_work], settings)
    for shard in shards_with_work:
        watching.sizes[shard.feed.name] = shard.sizes

    async def start() -> None:
        await watching.listen()
        for shard in shards_with_work:
            await shard.start()
        # The memory lives as long as the process: keep the collector off it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)

    async def stop() -> None:
        await watching.stop()
        for shard in shards_with_work:
            await shard.stop()

    app = FastStream(
        broker,
        on_startup=[start],
        after_startup=[watching.start],
        after_shutdown=[stop],
        logger=None,
    )
    return Running(app, broker, shards_with_work)


def faststream_log() -> logging.Logger:
    """FastStream's errors, which tell of a loop that has died; nothing below."""
    logger = logging.getLogger("faststream")
    logger.setLevel(logging.ERROR)
    return logger


def _subscribe(broker: KafkaBroker, shard: Shard[Any], delivery: Delivery[Any]) -> None:
    # A router a shard: the operators' topic is read by several, each in a
    # transaction of its own.
    router = KafkaRouter(middlewares=[Transactions(shard)])
    subscriber = router.subscriber(
        partitions=[Partition(tp.topic, tp.partition) for tp in shard.inputs],
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
