"""How the system stands, read from the cluster alone: any service may be down.

What a shard says of itself lies beside its group's offsets
(``services.runtime.presence``); how far it is behind follows from them and from the
topics; who is silent, from the inboxes; what is disputed or overdue, from the
records; what waits, from the dead letters.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.cli.following import consumer_of, present, snapshot
from services.rules.due import outstanding
from services.rules.recorded import Arrival
from services.runtime.errors import Unavailable
from services.runtime.layout import Ordinal, inputs_of
from services.runtime.presence import Presence, committed
from services.runtime.reading import Reader
from services.runtime.settings import Settings
from services.runtime.standing import PartyStatus, ShardStatus, Status
from twincity_schemas.parties import Registry
from twincity_schemas.project_record import FieldState, ProjectRecorded
from twincity_schemas.topic import Topic
from twincity_schemas.topology import (
    DECIDING,
    SERVICES,
    dead_letters,
    inbox,
    records,
    topics,
)
from twincity_schemas.values import Domain

_MISSED = 3
"""Signs of life that may be missed before a shard counts as silent."""

_TAILS = (1, 10, 100, 1_000)
"""How far back a party's last message is looked for: markers lie between."""

_ANSWER_S, _POLL_MS = 2.0, 200

_HELD_MS = 20
"""How long the broker holds back an answer without news: many questions are asked."""


async def system_status(settings: Settings, *, with_records: bool = True) -> Status:
    """Ask the cluster.

    Args:
        settings: of the cluster.
        with_records: count what is disputed and overdue; it reads every record.

    Raises:
        Unavailable: it does not answer, or a topic is not there.
    """
    registry = Registry.load(settings.parties)
    catalogue = list(topics(registry))
    status = Status(datetime.now(UTC))
    read = [t for t in catalogue if t.events and {*t.consumers} & {*SERVICES}]
    try:
        async with consumer_of(settings, read, wait_ms=_HELD_MS) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            for place, end in ends.items():
                name = place.topic.removeprefix(settings.prefix)
                status.written[name] = status.written.get(name, 0) + end
            for service in SERVICES:
                committed_ = await committed(
                    settings, f"{settings.prefix}twincity.{service}"
                )
                for number, places in _shards(
                    service, catalogue, settings.prefix, committed_
                ):
                    status.shards.append(
                        await _shard(
                            consumer,
                            service,
                            number,
                            places,
                            committed_,
                            settings,
                            status,
                        )
                    )
            inboxes = {
                party: TopicPartition(settings.prefix + inbox(party), 0)
                for party in sorted(registry.codes)
            }
            status.parties += await _parties(consumer, inboxes, status.as_of)
    except KafkaError as error:
        raise Unavailable(f"Kafka cannot be asked 无法查询 Kafka：{error}") from None
    letters = {dead_letters(service): service for service in SERVICES}
    await _count_letters(status, settings, letters, catalogue)
    if with_records:
        await _count_records(status, settings, catalogue)
    return status


def _shards(
    service: str,
    catalogue: list[Topic],
    prefix: str,
    offsets: Mapping[TopicPartition, Any],
) -> Iterator[tuple[int, list[TopicPartition]]]:
    """A service's shards, of as many as whoever spoke last was one of."""
    if service not in DECIDING:  # the ledger is one, and reads whole topics
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
    latest = Presence.latest(offsets, offsets)
    shards = 1 if latest is None else latest.shards
    for number in range(shards):
        shard = Ordinal(number, shards)
        yield number, [o.source for o in inputs_of(service, shard, catalogue, prefix)]


async def _shard(  # noqa: PLR0913, PLR0917  what one row is made of
    consumer: AIOKafkaConsumer,
    service: str,
    number: int,
    places: list[TopicPartition],
    offsets: Mapping[TopicPartition, Any],
    settings: Settings,
    status: Status,
) -> ShardStatus:
    presence = Presence.latest(offsets, places)
    at = None
    if presence is not None:
        at = datetime.fromtimestamp(presence.at_ms / 1000, UTC)
    oldest = await _oldest(consumer, places, offsets)
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
        taken=None if presence is None else presence.taken,
        aborted=None if presence is None else presence.aborted,
    )


async def _oldest(
    consumer: AIOKafkaConsumer,
    places: list[TopicPartition],
    offsets: Mapping[TopicPartition, Any],
) -> float | None:
    """Returns when the oldest record was written that a shard has not taken in."""
    starts = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    behind = {}
    for place in places:
        position = max(offsets[place].offset if place in offsets else 0, starts[place])
        if position < ends[place]:
            behind[place] = position, ends[place]
    written = await _written(consumer, behind, first=True)
    return min((times[0] for times in written.values() if times), default=None)


async def _written(
    consumer: AIOKafkaConsumer,
    spans: Mapping[TopicPartition, tuple[int, int]],
    *,
    first: bool = False,
) -> dict[TopicPartition, list[float]]:
    """Returns when the records of some spans of offsets were written; markers are none.

    What cannot be decoded has its time all the same.

    All partitions are asked at once: what was asked of them before is waited for by
    every question, so one by one a small cluster took half a minute.

    Args:
        consumer: of the partitions.
        spans: of each, the first offset and the one after the last.
        first: whether its first records are enough.
    """
    left = {place: start for place, (start, _) in spans.items()}
    reader = Reader(consumer, left, others=True)
    moments: dict[TopicPartition, list[float]] = {place: [] for place in spans}
    clock = asyncio.get_running_loop().time
    until = clock() + _ANSWER_S
    while left and clock() < until:
        for record in await reader.poll(_POLL_MS):
            place = TopicPartition(record.topic, record.partition)
            moments[place].append(record.timestamp / 1000)
            until = clock() + _ANSWER_S
        reader.keep()
        behind = reader.behind({place: spans[place][1] for place in left})
        for place in [*left]:
            if place not in behind or (first and moments[place]):
                del left[place]
    return moments


async def _parties(
    consumer: AIOKafkaConsumer, places: Mapping[str, TopicPartition], as_of: datetime
) -> list[PartyStatus]:
    """Returns when each party was last heard."""
    starts = await consumer.beginning_offsets([*places.values()])
    ends = await consumer.end_offsets([*places.values()])
    last_said: dict[TopicPartition, datetime] = {}
    left = {place for place in places.values() if starts[place] < ends[place]}
    for back in _TAILS:
        spans = {
            place: (max(starts[place], ends[place] - back), ends[place])
            for place in left
        }
        for place, times in (await _written(consumer, spans)).items():
            if times:  # any number may stand there where the publisher sets it
                arrivals = (Arrival.after(0, round(at * 1000)) for at in times)
                last_said[place] = max(one.moment for one in arrivals)
            if times or ends[place] - back <= starts[place]:
                left.discard(place)
    return [
        _party(party, last_said.get(place), as_of) for party, place in places.items()
    ]


def _party(party: str, last_moment: datetime | None, as_of: datetime) -> PartyStatus:
    if last_moment is None:
        return PartyStatus(party, None, None)
    days = (as_of - last_moment) / timedelta(days=1)
    return PartyStatus(party, last_moment, round(max(0.0, days), 1))


async def _count_letters(
    status: Status,
    settings: Settings,
    letters: Mapping[str, str],
    catalogue: Iterable[Topic],
) -> None:
    wanted = [topic for topic in catalogue if topic.name in letters]
    status.dead_letters = {letters[topic.name]: 0 for topic in wanted}
    left: dict[tuple[str, bytes], bool] = {}
    async for record in snapshot(settings, wanted):
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
