"""A transaction that is aborted and survived leaves nothing, in every service.

Another case than a kill: whatever a decision keeps beside the memory that is
rolled back would be wrong afterwards.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.admission import handlers as admission
from services.cli.services import MINDS
from services.demo.observer import observing
from services.runtime.service import compose
from services.runtime.settings import Settings
from services.runtime.shard import Shard
from services.runtime.topics import Cluster
from tests.broker.reading import everything
from tests.support.examples import EXAMPLES, read
from tests.support.folding import REGISTRY
from twincity_schemas.catalogue import SHARDS, inbox, topics
from twincity_schemas.message import Event

STATEMENTS = sorted(
    (
        event
        for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
        if event.type.is_statement
    ),
    key=lambda event: event.envelope.time,
)
Contents = Mapping[str, Any]


@asynccontextmanager
async def all_services(settings: Settings) -> AsyncIterator[None]:
    async with Cluster(settings.kafka, settings.prefix) as cluster:
        assert not await cluster.apply(topics(REGISTRY, story_time=True))
    gate = partial(admission.make_mind, story_time=True)
    async with AsyncExitStack() as running:
        for service in SHARDS:
            make = gate if service == admission.SERVICE else MINDS[service]
            app = compose(service, make, settings).app
            await app.start()
            running.push_async_callback(app.stop)
        yield


async def say(settings: Settings, said: list[Event[Any]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    async with producer:
        for one in said:
            key, value, headers = one.to_message()
            await producer.send_and_wait(
                settings.prefix + inbox(one.envelope.party),
                value,
                key=key,
                headers=headers,
                timestamp_ms=int(one.envelope.time.timestamp() * 1000),
            )


async def contents(settings: Settings) -> tuple[Contents, Contents]:
    """The last value of each record, and every statement and receipt."""
    latest: dict[str, Any] = {}
    each: Counter[Any] = Counter()
    for topic in topics(REGISTRY):
        if not topic.events or topic.name.startswith("twincity.inbox."):
            continue
        for record in await everything(settings, topic.name):
            type_ = dict(record.headers).get("ce_type", b"")
            if topic.name.endswith((".records", ".candidates")):
                latest[f"{topic.name} {record.key.decode()}"] = record.value
            elif b"notice" not in type_:  # notices tell of arrival
                value = record.value.replace(settings.prefix.encode(), b"")
                each[topic.name, record.key, value] += 1
    return {k: v for k, v in latest.items() if v is not None}, each


async def run(settings: Settings) -> tuple[Contents, Contents]:
    async with all_services(settings), observing(settings, lambda _: None) as seen:
        for begins in range(0, len(STATEMENTS), 40):
            said = STATEMENTS[begins : begins + 40]
            await say(settings, said)
            wanted = begins + len(said)
            await seen.until("receipts", lambda n=wanted: len(seen.receipts) == n)
        await settled(settings)
    return await contents(settings)


async def settled(settings: Settings) -> None:
    """Until three looks in a row find the same records."""
    same, before = 0, None
    async with asyncio.timeout(90):
        while same < 3:
            await asyncio.sleep(1)
            now = await contents(settings)
            same = same + 1 if now == before else 0
            before = now


@pytest.mark.timeout(300)
async def test_every_batch_of_every_service_is_aborted_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = settings.model_copy(update={"story_time": True, "prefix": "calm."})
    undisturbed = await run(calm)
    commit, aborted = Shard.commit, Counter[str]()

    async def refused_once(self: Shard[Any]) -> None:
        if self.failures == 0 and aborted[self.service] < 30:
            aborted[self.service] += 1
            raise KafkaError("refused once")  # the brokers have it all
        await commit(self)

    monkeypatch.setattr(Shard, "commit", refused_once)
    disturbed = await run(settings.model_copy(update={"story_time": True}))
    assert all(aborted[service] >= 3 for service in SHARDS)
    for calmly, now in zip(undisturbed, disturbed, strict=True):
        assert now == calmly
    assert len(undisturbed[0]) > 30
