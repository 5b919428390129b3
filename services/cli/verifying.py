"""``twincity match verify``: what was published of the pools, checked."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from aiokafka import ConsumerRecord
from pydantic import BaseModel

from services.cli.following import events, snapshot
from services.matching.pools import Pools
from services.matching.service import KINDS, SERVICE
from services.matching.verification import Place, Published, by_pool, pool_named
from services.runtime.batches import Unreadable
from services.runtime.errors import sentence
from services.runtime.projection import Projection
from services.runtime.reading import event_of
from services.runtime.settings import Settings
from twincity_schemas.message import Event
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import (
    MATCHING_CANDIDATES,
    MATCHING_RECORDS,
    OPPORTUNITY_STATEMENTS,
    topics,
)

Position = tuple[str, bytes, int]
"""A topic without its prefix, a key and a partition."""
_TOPICS = (MATCHING_RECORDS, MATCHING_CANDIDATES)
_NAMED = 20
"""Records that differ are named up to so many."""


async def verified(
    settings: Settings, *, from_statements: bool
) -> dict[str, list[str]]:
    """Returns what is wrong with each pool.

    Args:
        settings: which system to read.
        from_statements: derive every record anew from what the owners said, and
            compare it byte for byte.
    """
    latest = await _latest(settings)
    return problems_of(latest, await remembered(settings) if from_statements else None)


def problems_of(
    latest: Mapping[Position, ConsumerRecord], projection: Projection | None
) -> dict[str, list[str]]:
    """Returns what is wrong with each pool.

    Args:
        latest: the latest record of each key by topic, key and partition; without
            those that were removed.
        projection: of what the owners said, to derive every record anew; None to
            look at the records alone.
    """
    records: dict[Place, BaseModel] = {}
    values: dict[Place, bytes] = {}
    faults: dict[Place, str] = {}
    for (topic, key, _), record in latest.items():
        place = topic, key
        if place in values or place in faults:
            faults[place] = "stands in two partitions 在两个分区中"
        try:
            event = event_of(record)
        except ContractError as error:
            faults[place] = f"cannot be read 无法读取: {sentence(error.problems)}"
            continue
        records[place], values[place] = event.data, record.value
        named = event.envelope.source, event.envelope.subject
        if named != (f"/twincity/{SERVICE}", _text(key).partition("#")[0]):
            faults[place] = f"is said by {named[0]} of {named[1]} 来源或事项不符"
    pools = by_pool(records)
    if projection is not None:
        for subject, _ in projection.nodes.all_views():
            pools.setdefault(pool_named(subject), Published())
    problems = {name: pool.problems() for name, pool in pools.items()}
    for (topic, key), why in faults.items():
        one = problems.setdefault(pool_named(_text(key)), [])
        one.insert(0, f"{topic} {_text(key)} {why}")
    if projection is not None:
        for name, one in problems.items():
            own = {p: v for p, v in values.items() if pool_named(_text(p[1])) == name}
            one.extend(islice(_differences(projection, name, own), _NAMED))
    return problems


async def remembered(settings: Settings) -> Projection:
    """Returns what the owners have said, taken in as matching does."""
    projection = Projection(SERVICE, KINDS, Pools)
    wanted = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if topic.name == OPPORTUNITY_STATEMENTS
    ]
    statements: list[Event[BaseModel]] = [
        event async for _, event in events(settings, wanted) if event is not None
    ]
    projection.remember(statements)
    return projection


async def _latest(settings: Settings) -> dict[Position, ConsumerRecord]:
    """The latest record of each of matching's keys, in each partition it is in."""
    wanted = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if topic.name in _TOPICS
    ]
    latest: dict[Position, ConsumerRecord] = {}
    async for record in snapshot(settings, wanted, damaged=True):
        name = record.topic.removeprefix(settings.prefix)
        position = name, record.key or b"", record.partition
        if record.value is None and not isinstance(record, Unreadable):
            latest.pop(position, None)
        else:
            latest[position] = record
    return latest


def _differences(
    projection: Projection, pool: str, published: Mapping[Place, bytes]
) -> Iterator[str]:
    """The records that are not what the statements come to."""
    subjects = [
        subject
        for subject, _ in projection.nodes.all_views()
        if pool_named(subject) == pool
    ]
    derived: dict[Place, bytes] = {}
    for subject in (*subjects, f"pool/{pool}") if subjects else ():
        records = projection.records(subject)
        derived |= {
            place: value for place, value in records.items() if place[0] in _TOPICS
        }
    for topic, key in _sorted(published.keys() | derived.keys()):
        was, is_ = published.get((topic, key)), derived.get((topic, key))
        if was == is_:
            continue
        why = (
            "is missing"
            if was is None
            else "follows from no statement"
            if is_ is None
            else "is not what the statements come to"
        )
        yield f"{topic} {_text(key)} {why} 与填报推导不符"


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (place[1], place[0]))


def _text(key: bytes) -> str:
    return key.decode(errors="replace")
