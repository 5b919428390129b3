"""What is said in a story that is told twice: undisturbed, and disturbed.

The contract's own examples in the order in which they were said, projects with
reports, entries of a pool, and messages that nobody can read. An inbox has the same
contents in the same order each time, so every receipt and record has to be the same.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from operator import itemgetter

from aiokafka import AIOKafkaProducer, TopicPartition

from services.demo.opportunities import entries
from services.ledger.keeping import SERVICE as LEDGER
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.broker import wire
from tests.support.examples import EXAMPLES, read
from tests.support.folding import REGISTRY
from tests.support.saying import S11, described, envelope, event, reported
from twincity_schemas.message import Event, to_json
from twincity_schemas.topic import Topic
from twincity_schemas.topology import OPERATIONS, SERVICES, inbox, topics

_BROKEN = (b"x-ZZ", b"x-\xff\xfe")
"""A header name that is no UTF-8, as franz-go sends it if told to."""


@dataclass(frozen=True)
class Said:
    """A message in an inbox; ``readable`` ones hold a statement."""

    party: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    time_ms: int
    readable: bool = True


def examples() -> Iterator[Said]:
    """Every statement among the contract's examples."""
    read_ = [read(path) for path in sorted(EXAMPLES.glob("*/*.json"))]
    said = [one for one in read_ if one.type.is_statement]
    return map(_said, sorted(said, key=lambda one: one.envelope.time))


def story(projects: int, reports: int, pool: int, damaged: int = 1) -> list[Said]:
    """All of it, evenly mixed; ``damaged``: unreadable messages in each inbox."""
    others = _mixed(list(_projects(projects, reports)), list(_pool(pool)))
    mixed = _mixed(list(examples()), others)
    return _mixed(mixed, [*map(_damaged, sorted(REGISTRY.codes))] * damaged)


def _mixed(some: Sequence[Said], others: Sequence[Said]) -> list[Said]:
    """Both in their own order, each as far as the other at any time."""
    placed = [
        ((number + 1) / len(said), one)
        for said in (some, others)
        for number, one in enumerate(said)
    ]
    return [one for _, one in sorted(placed, key=itemgetter(0))]


def _projects(projects: int, reports: int) -> Iterator[Said]:
    for month in range(reports + 1):
        for number in range(projects):
            subject = f"project/chengdu.deyang/p{number}"
            fact, data = "project.described", described()
            if month:
                fact = "progress.reported"
                data = reported(through_month=(month - 1) % 12 + 1, source=f"{month}")
            for party in ("chengdu", "deyang"):
                yield _said(event(fact, party, subject, data, f"{subject}-{month}"))


def _pool(size: int) -> Iterator[Said]:
    for (subject, data), _ in zip(entries(), range(size), strict=False):
        party = subject.split("/")[1]
        said = envelope("opportunity.published", party, subject, subject)
        yield Said(party, subject.encode(), to_json(data), said.to_headers(), _ms(said))


def _said(one: Event[object]) -> Said:
    key, value, headers = one.to_message()
    return Said(one.envelope.party, key, value, headers, _ms(one.envelope))


def _ms(said: object) -> int:
    return int(said.time.timestamp() * 1000)  # type: ignore[attr-defined]


def _damaged(party: str) -> Said:
    said = envelope("project.described", party, S11, f"damaged-{party}")
    value = json.dumps(described()).encode()
    return Said(party, b"", value, said.to_headers(), _ms(said), readable=False)


class Speaker:
    """Says a story into the inboxes, whatever becomes of the broker meanwhile.

    Attributes:
        broker_up: held by whoever takes the broker away; what is written byte by
            byte is not repeated by any client.
        pause_s: from one message to the next.
    """

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self._settings = settings
        self._producer = producer
        self.broker_up = asyncio.Lock()
        self.pause_s = 0.0
        self._damages = 0

    async def say(self, story_: Iterable[Said]) -> None:
        """Say it, in order."""
        for one in story_:
            topic = self._settings.prefix + inbox(one.party)
            if one.readable:
                await self._producer.send_and_wait(
                    topic,
                    one.value,
                    key=one.key,
                    headers=one.headers,
                    timestamp_ms=one.time_ms,
                )
            else:
                await self.damage(TopicPartition(topic, 0), one)
            if self.pause_s:
                await asyncio.sleep(self.pause_s)

    async def damage(self, place: TopicPartition, one: Said) -> None:
        """Write a message that nobody can read."""
        headers = [*one.headers, (_BROKEN[0].decode(), b"")]
        content = wire.batch([(one.key, one.value, headers, one.time_ms)], _BROKEN)
        async with self.broker_up:
            await wire.send(self._settings, place, content)

    async def damage_inputs(self) -> Counter[str]:
        """A message that nobody can read in every input topic but the inboxes.

        Returns:
            How many each service has been given; an act that cannot be read is
            none, so it counts for the ledger alone.
        """
        given = Counter(dict.fromkeys(SERVICES, 0))
        self._damages += 1
        # Of one key, compaction leaves the last: whoever reads anew meets fewer.
        damaged = replace(_damaged("chengdu"), key=f"damaged/{self._damages}".encode())
        for topic in inputs():
            place = TopicPartition(self._settings.prefix + topic.name, 0)
            await self.damage(place, damaged)
            for service in given.keys() & {*topic.consumers}:
                given[service] += topic.name != OPERATIONS or service == LEDGER
        return given


def inputs() -> list[Topic]:
    """Every topic with events that a service reads, but the inboxes."""
    return [
        topic
        for topic in topics(REGISTRY)
        if topic.events
        and {*SERVICES} & {*topic.consumers}
        and not topic.name.startswith(inbox(""))
    ]


@asynccontextmanager
async def speaking(settings: Settings) -> AsyncIterator[Speaker]:
    """Somebody who speaks for every party, and waits for a broker for minutes."""
    producer = AIOKafkaProducer(
        **client_options(settings),
        enable_idempotence=True,
        request_timeout_ms=180_000,
    )
    async with producer:
        yield Speaker(settings, producer)
