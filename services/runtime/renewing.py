"""A changed registry, taken in between two batches; new parties' topics are read."""

from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.errors import Unavailable
from services.runtime.feed import Feed
from services.runtime.registering import Registered
from twincity_schemas.parties import Registry

log = structlog.get_logger()

_AGAIN_S = 5.0
"""Between two looks for topics that are not there yet."""

Places = Iterable[TopicPartition]


class Renewal:
    """A feed's way to take a changed registry in.

    Args:
        registered: the parties.
        feed: what is read.
        places: what a registry's parties are read from: input partitions, each with
            whatever else has to be there.
        admit: takes further input partitions in: memory and positions.
        learn: tells whoever decides.
    """

    def __init__(
        self,
        registered: Registered,
        feed: Feed,
        places: Callable[[Registry], dict[TopicPartition, Places]],
        admit: Callable[[Places], Awaitable[None]],
        learn: Callable[[Registry], None],
    ) -> None:
        self._registered = registered
        self._feed = feed
        self._places = places
        self._admit = admit
        self._learn = learn
        self._learned = self._joined = registered.now
        self._again_at = 0.0
        feed.renew = self.renew

    async def renew(self, consumer: AIOKafkaConsumer) -> None:
        """Take in what has changed; what is not there yet is looked for again."""
        self._registered.look()
        registry = self._registered.now
        # Who decides knows a party before its first record is read.
        if registry is not self._learned:
            self._learn(registry)
            self._learned = registry
        if registry is self._joined or monotonic() < self._again_at:
            return
        self._again_at = monotonic() + _AGAIN_S
        try:
            joined = await self._join(consumer, registry)
        except (KafkaError, Unavailable) as error:
            log.warning("fetch.failed", shard=self._feed.name, reason=repr(error))
        else:
            if joined:
                self._joined, self._again_at = registry, 0.0

    async def _join(self, consumer: AIOKafkaConsumer, registry: Registry) -> bool:
        """Read new parties' topics too; returns whether all were there."""
        new = {
            place: others
            for place, others in self._places(registry).items()
            if place not in self._feed.positions
        }
        if not new:
            return True
        wanted = {one.topic for place, more in new.items() for one in (place, *more)}
        # All at once or none: a memory without its changelog would begin empty.
        if missing := wanted - await consumer.topics():
            log.warning("party.awaited", shard=self._feed.name, missing=sorted(missing))
            return False
        await self._admit(new)
        consumer.assign(list(self._feed.positions))
        self._feed.reader = None  # a new one, from the positions
        log.info(
            "party.joined",
            shard=self._feed.name,
            topics=sorted({place.topic for place in new}),
        )
        return True
