"""``twincity match verify``: what was published of the pools, checked."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from pydantic import BaseModel

from services.cli.following import events
from services.matching.pools import Pools
from services.matching.service import KINDS, SERVICE
from services.matching.verification import Published, by_pool
from services.runtime.projection import Projection
from services.runtime.settings import Settings
from twincity_schemas.message import Event
from twincity_schemas.opportunity import pool_of
from twincity_schemas.parties import Registry
from twincity_schemas.topology import (
    MATCHING_CANDIDATES,
    MATCHING_RECORDS,
    OPPORTUNITY_STATEMENTS,
    topics,
)
from twincity_schemas.values import Subject

Place = tuple[str, bytes]
"""A topic without its prefix, and a key."""
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
    records, values = await _published(settings)
    pools = by_pool({f"{t} {key!r}": one for (t, key), one in records.items()})
    projection = await remembered(settings) if from_statements else None
    if projection is not None:
        for subject, _ in projection.nodes.all_views():
            pools.setdefault(_pool_of(subject), Published())
    problems_of = {name: pool.problems() for name, pool in pools.items()}
    if projection is not None:
        for name, problems in problems_of.items():
            own = {p: v for p, v in values.items() if _is_of(p, name)}
            differ = _differences(projection, name, own)
            problems.extend(islice(differ, _NAMED))
    return problems_of


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


async def _published(
    settings: Settings,
) -> tuple[dict[Place, BaseModel], dict[Place, bytes]]:
    """The present records of matching and their bytes, by topic and key."""
    wanted = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if topic.name in _TOPICS
    ]
    records: dict[Place, BaseModel] = {}
    values: dict[Place, bytes] = {}
    async for record, event in events(settings, wanted):
        place = record.topic.removeprefix(settings.prefix), record.key
        if event is None:
            records.pop(place, None)
            values.pop(place, None)
        else:
            records[place], values[place] = event.data, record.value
    return records, values


def _differences(
    projection: Projection, pool: str, published: Mapping[Place, bytes]
) -> Iterator[str]:
    """The records that are not what the statements come to."""
    subjects = [
        subject
        for subject, _ in projection.nodes.all_views()
        if _pool_of(subject) == pool
    ]
    derived: dict[Place, bytes] = {}
    for subject in (*subjects, f"pool/{pool}"):
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
        yield f"{topic} {key.decode()} {why} 与填报推导不符"


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (place[1], place[0]))


def _is_of(place: Place, pool: str) -> bool:
    return _pool_of(place[1].decode().partition("#")[0]) == pool


def _pool_of(subject: str) -> str:
    kind, _, name = subject.partition("/")
    return name if kind == "pool" else pool_of(Subject.parse(subject))
