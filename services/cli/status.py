"""How the system stands, read from the cluster alone: any service may be down.

What a shard says of itself lies beside its group's offsets
(``services.runtime.presence``); how far it is behind follows from them and from the
topics; who is silent, from the inboxes; what is disputed or overdue, from the
records; what waits, from the dead letters.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.cli.following import consumer_of, present
from services.cli.following import snapshot as whole
from services.rules.due import outstanding
from services.runtime.errors import Unavailable
from services.runtime.presence import Presence, committed
from services.runtime.settings import Settings
from services.runtime.shard import inputs_of
from twincity_schemas.catalogue import (
    OPERATIONS,
    SERVICES,
    SHARDS,
    Topic,
    dead_letters,
    inbox,
    records,
    topics,
)
from twincity_schemas.parties import Registry
from twincity_schemas.project_record import FieldState, ProjectRecorded
from twincity_schemas.values import Domain

_MISSED = 3
"""Signs of life that may be missed before a shard counts as silent."""

_TAILS = (1, 10, 100, 1_000)
"""How far back a party's last message is looked for: markers lie between."""

_ANSWER_MS = 2_000


@dataclass(frozen=True)
class ShardStatus:
    """How one shard stands.

    Attributes:
        service: whose it is.
        shard: its number.
        alive: whether it said so lately; False too where it never did.
        halted: whether it said that it waits for an operator.
        behind_s: age of the oldest record that it has not taken in, in seconds.
        committed_at: its last commit or sign of life.
        starts: how often it was started.
        waiting: subjects whose statements wait among its dead letters.
    """

    service: str
    shard: int
    alive: bool
    halted: bool
    behind_s: float
    committed_at: datetime | None
    starts: int | None
    waiting: int | None


@dataclass(frozen=True)
class PartyStatus:
    """When a party was last heard; None: never."""

    party: str
    heard_at: datetime | None
    silent_days: float | None


@dataclass
class Status:
    """How the whole system stands.

    Attributes:
        as_of: when it was asked.
        dead_letters: by service, how many.
        disputed: projects with a figure that is disputed.
        overdue: tasks, obstacles and factors past their time.
    """

    as_of: datetime
    shards: list[ShardStatus] = field(default_factory=list)
    parties: list[PartyStatus] = field(default_factory=list)
    dead_letters: dict[str, int] = field(default_factory=dict)
    disputed: int = 0
    overdue: int = 0

    def document(self) -> dict[str, Any]:
        """All of it, times as ISO 8601."""
        told: dict[str, Any] = _plain(asdict(self))
        return told


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case _:
            return value


async def snapshot(settings: Settings) -> Status:
    """Ask the cluster.

    Raises:
        Unavailable: it does not answer, or a topic is not there.
    """
    registry = Registry.load(settings.parties)
    catalogue = list(topics(registry))
    status = Status(datetime.now(UTC))
    read = [t for t in catalogue if t.events and {*t.consumers} & {*SERVICES}]
    try:
        async with consumer_of(settings, read) as consumer:
            for service in SERVICES:
                said = await committed(
                    settings.kafka, f"{settings.prefix}twincity.{service}"
                )
                for number, places in _shards(service, catalogue, settings.prefix):
                    status.shards.append(
                        await _shard(
                            consumer, service, number, places, said, settings, status
                        )
                    )
            for party in sorted(registry.codes):
                place = TopicPartition(settings.prefix + inbox(party), 0)
                status.parties.append(await _party(consumer, party, place, status))
    except KafkaError as error:
        raise Unavailable(f"Kafka cannot be asked 无法查询 Kafka：{error}") from None
    letters = {dead_letters(service): service for service in SERVICES}
    await _count_letters(status, settings, letters, catalogue)
    await _count_records(status, settings, catalogue)
    return status


def _shards(
    service: str, catalogue: list[Topic], prefix: str
) -> Iterator[tuple[int, list[TopicPartition]]]:
    if service not in SHARDS:  # the ledger is one, and reads whole topics
        yield (
            0,
            [
                TopicPartition(prefix + topic.name, partition)
                for topic in catalogue
                if service in topic.consumers
                for partition in range(topic.partitions)
            ],
        )
        return
    for number in range(SHARDS[service]):
        places = [
            one.source
            for one in inputs_of(service, number, catalogue, prefix)
            if one.source.topic != prefix + OPERATIONS  # is in no group's offsets
        ]
        if places:
            yield number, places


async def _shard(  # noqa: PLR0913, PLR0917  what one row is made of
    consumer: AIOKafkaConsumer,
    service: str,
    number: int,
    places: list[TopicPartition],
    said: Mapping[TopicPartition, Any],
    settings: Settings,
    status: Status,
) -> ShardStatus:
    presence = Presence.latest(said, places)
    at = None
    if presence is not None:
        at = datetime.fromtimestamp(presence.at_ms / 1000, UTC)
    oldest = await _oldest(consumer, places, said)
    behind = 0.0 if oldest is None else status.as_of.timestamp() - oldest
    missed = settings.affirm_every * _MISSED
    return ShardStatus(
        service,
        number,
        alive=at is not None and status.as_of - at < missed,
        halted=presence is not None and presence.halted,
        behind_s=round(max(0.0, behind), 1),
        committed_at=at,
        starts=None if presence is None else presence.starts,
        waiting=None if presence is None else presence.waiting,
    )


async def _oldest(
    consumer: AIOKafkaConsumer,
    places: list[TopicPartition],
    said: Mapping[TopicPartition, Any],
) -> float | None:
    """When the oldest record was written that a shard has not taken in."""
    starts = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    behind = {}
    for place in places:
        position = said[place].offset if place in said else 0
        if max(position, starts[place]) < ends[place]:
            behind[place] = max(position, starts[place])
    times = [await _first_after(consumer, p, at, ends[p]) for p, at in behind.items()]
    return min((time for time in times if time is not None), default=None)


async def _first_after(
    consumer: AIOKafkaConsumer, place: TopicPartition, offset: int, end: int
) -> float | None:
    """When the first record from an offset on was written; markers are none."""
    consumer.seek(place, offset)
    loop = asyncio.get_running_loop()
    until = loop.time() + _ANSWER_MS / 1000
    while await consumer.position(place) < end and loop.time() < until:
        found = await consumer.getmany(place, timeout_ms=200, max_records=1)
        for batch in found.values():
            return float(batch[0].timestamp) / 1000
    return None


async def _party(
    consumer: AIOKafkaConsumer, party: str, place: TopicPartition, status: Status
) -> PartyStatus:
    [start] = (await consumer.beginning_offsets([place])).values()
    [end] = (await consumer.end_offsets([place])).values()
    for back in _TAILS:
        consumer.seek(place, max(start, end - back))
        last = None
        while await consumer.position(place) < end:
            batches = await consumer.getmany(place, timeout_ms=_ANSWER_MS)
            if not batches:
                break
            last = max(r.timestamp for batch in batches.values() for r in batch)
        if last is not None:
            heard = datetime.fromtimestamp(max(0, last) / 1000, UTC)
            days = (status.as_of - heard) / timedelta(days=1)
            return PartyStatus(party, heard, round(max(0.0, days), 1))
        if end - back <= start:
            break
    return PartyStatus(party, None, None)


async def _count_letters(
    status: Status,
    settings: Settings,
    letters: Mapping[str, str],
    catalogue: Iterable[Topic],
) -> None:
    wanted = [topic for topic in catalogue if topic.name in letters]
    status.dead_letters = {letters[topic.name]: 0 for topic in wanted}
    left: dict[tuple[str, bytes], bool] = {}
    async for record in whole(settings, wanted):
        left[record.topic, record.key] = record.value is not None
    for (topic, _), is_left in left.items():
        status.dead_letters[letters[topic.removeprefix(settings.prefix)]] += is_left


async def _count_records(
    status: Status, settings: Settings, catalogue: Iterable[Topic]
) -> None:
    names = {records(domain) for domain in Domain}
    today = status.as_of.date().isoformat()
    for record in await present(settings, [t for t in catalogue if t.name in names]):
        status.overdue += sum(one.overdue for one in outstanding(record, today))
        if isinstance(record, ProjectRecorded):
            states = {one.state for one in record.fields.values()}
            status.disputed += FieldState.DISPUTED in states
