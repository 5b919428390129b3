"""The ledger's subscription: write the batch down, offsets and all."""

import asyncio
from collections.abc import Iterable, Sequence

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka import TopicPartition as Partition
from faststream.params import NoCast

from services.ledger.errors import LedgerError, Transient
from services.ledger.keeping import SERVICE, Keeping
from services.ledger.store import Ledger
from services.runtime.connecting import broker_options
from services.runtime.errors import Halted
from services.runtime.feed import Feed
from services.runtime.focus import focus
from services.runtime.incoming import Incoming, decode_batch, parse_batch
from services.runtime.outage import pause_s
from services.runtime.presence import Presence, starts
from services.runtime.process import leave
from services.runtime.redriving import TakesTwo
from services.runtime.registering import Registered
from services.runtime.renewing import Places, Renewal
from services.runtime.service import faststream_log
from services.runtime.settings import Settings
from services.runtime.spans import traced
from services.runtime.watching import Watching
from services.runtime.way import level_of
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics

log = structlog.get_logger()


class Work:
    """The ledger at work: a batch, its positions, and signs of life between.

    Args:
        ledger: the database; its positions are the truth.
        feed: what is read.
        settings: of this process.
        takes_two: whether a discard took two people at a moment, in epoch seconds.
    """

    def __init__(
        self, ledger: Ledger, feed: Feed, settings: Settings, takes_two: TakesTwo
    ) -> None:
        self._ledger = ledger
        self._feed = feed
        self._settings = settings
        self._keeping = Keeping(ledger, settings, takes_two, feed.positions)
        self._starts = 1
        self._untold = 0
        self._waiting: int | None = None
        self._watching = Watching(SERVICE, [feed], settings)
        self._watching.sizes[feed.name] = lambda: (None, self._waiting)

    async def resume(self) -> None:
        """Go on where the database ends."""
        await self._watching.listen()
        written = await asyncio.to_thread(self._ledger.positions)
        prefix, positions = self._settings.prefix, self._feed.positions
        for place in positions:
            topic = place.topic.removeprefix(prefix)
            positions[place] = written.get((topic, place.partition), 0)

    async def admit(self, places: Iterable[TopicPartition]) -> None:
        """Read further topics too: a new party's."""
        self._feed.positions.update(dict.fromkeys(places, 0))

    async def start(self) -> None:
        """Say that it has started, and look after it."""
        feed = self._feed
        if feed.subscriber.consumer is None:
            return  # FastStream's in-memory broker has none
        self._starts = await starts(self._settings, feed.name, feed.positions)
        feed.affirm, feed.affirm_every = self.affirm, self._settings.progress_every
        feed.flow.start()
        await self._watching.start()
        log.info(
            "shard.started",
            shard=feed.name,
            starts=self._starts,
            partitions=len(feed.positions),
        )

    async def affirm(self) -> None:
        """Say that it lives, where tools look that show a group's lag."""
        if self._feed.reader is None:
            return
        halted = self._feed.halted is not None
        try:
            self._waiting = await self._keeping.waiting()
            presence = Presence.now(
                self._starts, self._waiting, flow=self._feed.flow, halted=halted
            )
            await self._feed.reader.consumer.commit(
                presence.beside(self._feed.positions)
            )
        except (KafkaError, LedgerError) as error:  # nothing rests on it
            log.warning("fetch.failed", shard=self._feed.name, reason=repr(error))

    async def write_down(self, batch: Sequence[Incoming]) -> None:
        """Write a batch with its positions, in one transaction of the database."""
        feed = self._feed
        feed.flow.begin()
        try:
            kept = await self._keeping.write(batch)
        except Halted as error:
            feed.go_back()
            feed.halt(error)
        except Transient as error:
            await self._wait_for_database(batch, error)
        except KafkaError as error:  # a letter, or an act, could not be told
            await self._repeat(error)
        except Exception as error:  # noqa: BLE001  FastStream would read on past it
            # The offset in the database is the truth: start anew from there.
            leave(error)
        else:
            feed.move_on({i.source: i.record.offset + 1 for i in batch}, len(batch))
            feed.flow.batch.decided = kept
            feed.flow.batch.dead_letters = len(batch) - kept
            self._tell(batch)
            feed.flow.commit([one.record for one in batch])
            self._untold = 0

    async def _wait_for_database(
        self, batch: Sequence[Incoming], error: Transient
    ) -> None:
        """Have the batch come again: an outage is no reason to be started anew."""
        feed = self._feed
        feed.flow.abort([one.record for one in batch], waits=True)
        tried = feed.flow.aborted_in_a_row
        log.warning(
            "entries.repeated", shard=feed.name, in_a_row=tried, reason=str(error)
        )
        # A connection from before a fail-over can be read-only for ever.
        await asyncio.to_thread(self._ledger.close)
        feed.go_back()
        await asyncio.sleep(pause_s(tried))

    async def _repeat(self, error: KafkaError) -> None:
        """Have the batch come again: what of it is written is passed over then."""
        feed = self._feed
        self._untold += 1  # what its flow counts is the database's
        log.warning(
            "transaction.aborted",
            shard=feed.name,
            in_a_row=self._untold,
            reason=repr(error),
        )
        feed.go_back()
        await asyncio.sleep(pause_s(self._untold))

    def _tell(self, batch: Sequence[Incoming]) -> None:
        for incoming in batch if focus.on else ():
            fields = incoming.fields()
            if write := level_of(fields):
                self._feed.flow.tell(write, "entry.kept", **fields)

    async def close(self) -> None:
        """Let go of the database."""
        await self._watching.stop()
        self._ledger.close()


def compose(settings: Settings) -> FastStream:
    """Build the ledger; it reads on from the offsets in its database.

    Raises:
        ContractError: the registry of parties cannot be read.
        TwinCityError: the database cannot be used.
    """
    ledger = Ledger.open(settings.database.get_secret_value())
    registered = Registered.load(settings.parties)

    def places_of(registry: Registry) -> dict[TopicPartition, Places]:
        return {
            TopicPartition(settings.prefix + topic.name, partition): ()
            for topic in topics(registry)
            if SERVICE in topic.consumers
            for partition in range(topic.partitions)
        }

    places = list(places_of(registered.now))
    group = f"{settings.prefix}twincity.{SERVICE}"
    feed = Feed(group, places, settings)
    feed.flow.traced = traced(SERVICE, feed.name, settings)
    work = Work(ledger, feed, settings, registered.takes_two)
    Renewal(registered, feed, places_of, work.admit, lambda _registry: None)
    broker = KafkaBroker(
        **broker_options(settings),
        allow_auto_create_topics=False,
        logger=faststream_log(),
        graceful_timeout=30,
    )
    subscriber = broker.subscriber(
        partitions=[Partition(place.topic, place.partition) for place in places],
        batch=True,
        group_id=group,  # for tools that show a lag; nobody reads its offsets back
        ack_policy=AckPolicy.MANUAL,  # the database holds the offsets
        isolation_level="read_committed",
        auto_offset_reset="none",  # the database's positions, and never a jump
        parser=parse_batch,
        decoder=decode_batch,
        fetch_max_wait_ms=100,
    )

    async def write_down(batch: NoCast[list[Incoming]]) -> None:
        await work.write_down(batch)

    subscriber(write_down)
    feed.attach(subscriber)
    return FastStream(
        broker,
        on_startup=[work.resume],
        after_startup=[work.start],
        after_shutdown=[work.close],
        logger=None,
    )
