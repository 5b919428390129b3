"""Reading topics as any integrator would: snapshot, then follow.

What others can put into a topic costs itself alone: a record that is no event is
named and passed over. What cannot be read yet is said, and the answer's status
tells of it: see :func:`services.cli.terminal.incomplete`.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    KafkaError,
    UnsupportedCodecError,
)
from pydantic import BaseModel

from services.cli.lines import moment
from services.cli.terminal import incomplete, warn
from services.runtime.errors import Unavailable, sentence
from services.runtime.settings import Settings
from twincity_schemas.catalogue import Topic
from twincity_schemas.message import Event, parse
from twincity_schemas.problems import ContractError

_OPEN_S = 5.0
"""A transaction of ours takes well under a second: one that is open for longer
than this is not waited for."""

_SILENT_S = 30.0

_UNDECODABLE = (CorruptRecordException, UnsupportedCodecError, ValueError)
"""What aiokafka raises of a record's bytes: checksum, codec, a header's name."""

_MOST_AT_ONCE = 500
_FETCHED_MS = 1_000
"""The broker holds a fetch for half of this where there is nothing."""


@asynccontextmanager
async def reader(
    settings: Settings,
    topics: Iterable[Topic],
    *,
    from_beginning: bool,
    isolation: Literal["read_committed", "read_uncommitted"] = "read_committed",
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of whole topics, outside any group.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        wanted = {settings.prefix + t.name: t.partitions for t in topics}
        if missing := wanted.keys() - await consumer.topics():
            raise Unavailable(
                f"topic {min(missing)} is missing; run twincity topics apply 主题缺失"
            )
        consumer.assign(
            [
                TopicPartition(name, partition)
                for name, partitions in wanted.items()
                for partition in range(partitions)
            ]
        )
        if not from_beginning:
            await consumer.seek_to_end()
        yield consumer
    except KafkaError as error:
        raise Unavailable(
            f"Kafka at {settings.kafka} cannot be read 无法读取 Kafka：{error}"
        ) from None
    finally:
        await consumer.stop()


async def follow(
    consumer: AIOKafkaConsumer, poll_s: float = 0.5
) -> AsyncIterator[list[ConsumerRecord]]:
    """Batches of records as they come; an empty one when nothing came."""
    while True:
        yield await _take(consumer, consumer.assignment(), int(poll_s * 1000))


async def _take(
    consumer: AIOKafkaConsumer, places: Iterable[TopicPartition], wait_ms: int
) -> list[ConsumerRecord]:
    """The next records; one that cannot even be decoded is named and passed over."""
    before = {place: await consumer.position(place) for place in places}
    try:
        batches = await consumer.getmany(*before, timeout_ms=wait_ms)
    except _UNDECODABLE:
        # Which partition it was is not said, and the others' positions have moved
        # past records that are lost with the error.
        for place, offset in before.items():
            consumer.seek(place, offset)
        behind = [p for p, at in before.items() if (consumer.highwater(p) or 0) > at]
        return [r for place in behind for r in await _one_by_one(consumer, place)]
    return [record for records in batches.values() for record in records]


async def _one_by_one(
    consumer: AIOKafkaConsumer, place: TopicPartition
) -> list[ConsumerRecord]:
    """A partition's next records up to the first that cannot be decoded."""
    taken: list[ConsumerRecord] = []
    try:
        while len(taken) < _MOST_AT_ONCE and (
            batch := await consumer.getmany(
                place, timeout_ms=_FETCHED_MS, max_records=1
            )
        ):
            taken += batch[place]
    except _UNDECODABLE as error:
        offset = await consumer.position(place)
        warn(
            f"{place.topic}/{place.partition}@{offset} cannot be decoded and is passed "
            f"over 无法解码，已跳过: {type(error).__name__}: {error}"
        )
        consumer.seek(place, offset + 1)
    return taken


async def snapshot(
    settings: Settings, topics: Collection[Topic]
) -> AsyncIterator[ConsumerRecord]:
    """What whole topics hold now, each partition in its order, then end.

    Now is the call: what was written by then is read. A transaction that is open
    for longer than a moment keeps what follows it back; that is said.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    async with reader(
        settings, topics, from_beginning=False, isolation="read_uncommitted"
    ) as all_seeing:
        ends = await all_seeing.end_offsets(all_seeing.assignment())
        async with reader(settings, topics, from_beginning=True) as consumer:
            clock = asyncio.get_running_loop().time
            remaining = {place for place, end in ends.items() if end > 0}
            positions: dict[TopicPartition, int] = {}
            moved = clock()
            while remaining:
                for record in await _take(consumer, remaining, 200):
                    place = TopicPartition(record.topic, record.partition)
                    if record.offset < ends[place]:
                        yield record
                # A position also moves past transaction markers.
                now = {place: await consumer.position(place) for place in remaining}
                if now != positions:
                    positions, moved = now, clock()
                remaining = {place for place in remaining if now[place] < ends[place]}
                waited = clock() - moved
                if remaining and waited > _OPEN_S:
                    if all(
                        now[place] == consumer.last_stable_offset(place)
                        for place in remaining
                    ):
                        break
                    if waited > _SILENT_S:
                        raise Unavailable(
                            f"{min(remaining)} gives nothing for {_SILENT_S:.0f} s "
                            "分区无应答"
                        )
        if remaining:
            since = await _first_time(all_seeing, {p: now[p] for p in remaining})
            incomplete(
                f"{len(remaining)} partitions hold a transaction that is open since "
                f"{since}; what follows it is missing "
                f"{len(remaining)} 个分区有未结束的事务，其后内容缺失"
            )


async def _first_time(
    consumer: AIOKafkaConsumer, places: dict[TopicPartition, int]
) -> str:
    """When the first record was written that nobody has decided about."""
    for place, offset in places.items():
        consumer.seek(place, offset)
    found = (await consumer.getmany(*places, timeout_ms=5_000)).values()
    return moment(min((records[0].timestamp for records in found), default=-1))


async def events(
    settings: Settings, topics: Collection[Topic]
) -> AsyncIterator[tuple[ConsumerRecord, Event[BaseModel] | None]]:
    """What :func:`snapshot` gives, read; None stands for a removed record.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    async for record in snapshot(settings, topics):
        if record.value is None:
            yield record, None
        elif (event := event_of(record)) is not None:
            yield record, event


def event_of(record: ConsumerRecord) -> Event[BaseModel] | None:
    """The event in a record; a record that is none is named on standard error."""
    try:
        return parse(record.headers, record.value)
    except ContractError as error:
        warn(
            f"{record.topic}/{record.partition}@{record.offset} is no event of ours "
            f"and is passed over 不是本系统的事件，已跳过: {sentence(error.problems)}"
        )
        return None
