"""Reading topics as any integrator would: snapshot, then follow.

What others can put into a topic costs itself alone: a record that is no event, or
cannot be read, is named and passed over. What cannot be read yet is said, and the
answer's status tells of it: see :func:`services.cli.terminal.incomplete`.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import BaseModel

from services.cli.lines import moment
from services.cli.terminal import incomplete, warn
from services.runtime.batches import Unreadable
from services.runtime.connecting import CANNOT_READ, NOT_SEEN, unavailable
from services.runtime.consuming import consuming
from services.runtime.errors import Unavailable, sentence
from services.runtime.reading import Reader
from services.runtime.settings import Settings
from twincity_schemas.message import Event, parse
from twincity_schemas.problems import ContractError
from twincity_schemas.topic import Topic

_OPEN_S = 5.0
"""A transaction of ours takes well under a second: one that is open for longer
than this is not waited for."""

_SILENT_S = 30.0


@asynccontextmanager
async def consumer_of(
    settings: Settings,
    topics: Iterable[Topic],
    isolation: Literal["read_committed", "read_uncommitted"] = "read_committed",
    wait_ms: int = 500,
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of whole topics, outside any group.

    Args:
        settings: of the cluster.
        topics: which ones.
        isolation: whether what is not committed is read.
        wait_ms: how long the broker holds an answer back where nothing is new; the
            next question waits for it.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    options = {"isolation_level": isolation, "fetch_max_wait_ms": wait_ms}
    try:
        async with consuming(settings, **options) as consumer:
            wanted = {settings.prefix + t.name: t.partitions for t in topics}
            if missing := wanted.keys() - await consumer.topics():
                unseen = NOT_SEEN * (settings.protocol != "PLAINTEXT")
                raise Unavailable(
                    f"topic {min(missing)} is missing; "
                    f"run twincity topics apply 主题缺失{unseen}"
                )
            consumer.assign(
                [
                    TopicPartition(name, partition)
                    for name, partitions in wanted.items()
                    for partition in range(partitions)
                ]
            )
            yield consumer
    except KafkaError as error:
        raise await unavailable(settings, error, CANNOT_READ) from None


@asynccontextmanager
async def reader(
    settings: Settings, topics: Iterable[Topic], *, from_beginning: bool
) -> AsyncIterator[Reader]:
    """A read-committed reader of whole topics, outside any group.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    async with consumer_of(settings, topics) as consumer:
        places = consumer.assignment()
        positions = await (
            consumer.beginning_offsets(places)
            if from_beginning
            else consumer.end_offsets(places)
        )
        yield Reader(consumer, positions)


async def follow(
    reading: Reader, poll_s: float = 0.5
) -> AsyncIterator[list[ConsumerRecord]]:
    """Batches of records as they come; an empty one when nothing came."""
    while True:
        records = await reading.poll(int(poll_s * 1000))
        reading.keep()
        yield list(_readable(records))


def _readable(records: Iterable[ConsumerRecord]) -> Iterator[ConsumerRecord]:
    """The records without those that cannot be read, which are named."""
    for record in records:
        if isinstance(record, Unreadable):
            warn(
                f"{record.topic}/{record.partition}@{record.offset} cannot be decoded "
                f"and is passed over 无法解码，已跳过: {record.reason}"
            )
        else:
            yield record


async def snapshot(
    settings: Settings, topics: Collection[Topic], *, damaged: bool = False
) -> AsyncIterator[ConsumerRecord]:
    """Yields what whole topics hold now, each partition in its order, then end.

    Now is the call: what was written by then is read. A transaction that is open
    for longer than a moment keeps what follows it back; that is said.

    Args:
        settings: of the cluster.
        topics: all of their partitions.
        damaged: give what cannot be read too, as ``Unreadable``.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    async with consumer_of(settings, topics, "read_uncommitted") as all_seeing:
        ends = await all_seeing.end_offsets(all_seeing.assignment())
        async with reader(settings, topics, from_beginning=True) as reading:
            clock = asyncio.get_running_loop().time
            behind, moved = reading.behind(ends), clock()
            while behind:
                records = await reading.poll(200)
                for record in records if damaged else _readable(records):
                    place = TopicPartition(record.topic, record.partition)
                    if record.offset < ends[place]:
                        yield record
                reading.keep()
                before, behind = behind, reading.behind(ends)
                if behind != before:
                    moved = clock()
                elif clock() - moved > _OPEN_S and _are_held_back(reading, behind):
                    break
                elif clock() - moved > _SILENT_S:
                    raise Unavailable(
                        f"{min(behind)} gives nothing for {_SILENT_S:.0f} s 分区无应答"
                    )
        if behind:
            since = await _first_time(all_seeing, behind)
            incomplete(
                f"{len(behind)} partitions hold a transaction that is open since "
                f"{since}; what follows it is missing "
                f"{len(behind)} 个分区有未结束的事务，其后内容缺失"
            )


def _are_held_back(reading: Reader, behind: dict[TopicPartition, int]) -> bool:
    """Returns whether all that may be read of these partitions has been read."""
    return all(
        at == reading.consumer.last_stable_offset(place) for place, at in behind.items()
    )


async def _first_time(
    consumer: AIOKafkaConsumer, places: dict[TopicPartition, int]
) -> str:
    """Returns when the first record was written that nobody has decided about."""
    records = await Reader(consumer, places, others=True).poll(5_000)
    return moment(min((record.timestamp for record in records), default=-1))


async def present(settings: Settings, topics: Collection[Topic]) -> list[BaseModel]:
    """The latest record of each key.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    records: dict[tuple[str, bytes], BaseModel | None] = {}
    async for record, event in events(settings, topics):
        records[record.topic, record.key] = event.data if event else None
    return [record for record in records.values() if record is not None]


async def events(
    settings: Settings, topics: Collection[Topic]
) -> AsyncIterator[tuple[ConsumerRecord, Event[BaseModel] | None]]:
    """Yields what :func:`snapshot` gives, read; None stands for a removed record.

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
