"""A stream begun at one city's gateway, and resumed at the other's: two real clusters.

Each has its own inbox and copies the other's as a mirror does, timestamps kept; each
derives its own records, in its own order.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from services.admission import service as admission
from services.cli.services import PROCESSORS
from services.runtime.connecting import client_options
from services.runtime.service import compose
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.broker.test_gateway import Follower, free, gateway, up
from tests.support.broker import own_kafka
from tests.support.folding import REGISTRY
from tests.support.saying import described, envelope, reported
from twincity_schemas.topology import inbox, topics

HOUR_MS = 3_600_000
NOW_MS = int(datetime.fromisoformat("2026-11-20T09:00:00+08:00").timestamp() * 1000)


@asynccontextmanager
async def city(folder: Path, name: str) -> AsyncIterator[tuple[Settings, str]]:
    """A cluster with the services that records come of, and its gateway's address."""
    with own_kafka(folder / name) as (_, theirs):
        settings = theirs.model_copy(
            update={
                "database": SecretStr(f"sqlite:///{folder}/{name}.sqlite3"),
                "gateway_listen": free(),
            }
        )
        async with Cluster(settings) as cluster:
            assert not await cluster.apply(topics(REGISTRY, story_time=True))
        gate = partial(admission.make_processor, story_time=True)
        makes = {
            admission.SERVICE: gate,
            "coordination": PROCESSORS["coordination"],
        }
        async with AsyncExitStack() as running:
            for service, make in makes.items():
                app = compose(service, make, settings).app
                await app.start()
                running.push_async_callback(app.stop)
            trying = gateway(settings, TWINCITY_GATEWAY_TRYING="true")
            await running.enter_async_context(trying)
            address = f"http://{settings.gateway_listen}"
            async with httpx.AsyncClient(base_url=address) as client:
                await up(client)
            yield settings, address


class Mirror:
    """Copies an inbox from one cluster to the other while it is let."""

    def __init__(self, source: Settings, target: Settings, party: str) -> None:
        self._source, self._target = source, target
        self._place = TopicPartition(inbox(party), 0)
        self.linked = asyncio.Event()

    async def run(self) -> None:
        async with (
            AIOKafkaConsumer(
                **client_options(self._source), isolation_level="read_committed"
            ) as read,
            AIOKafkaProducer(**client_options(self._target)) as written,
        ):
            read.assign([self._place])
            await read.seek_to_beginning()
            async for record in read:
                await self.linked.wait()
                await written.send_and_wait(
                    self._place.topic,
                    key=record.key,
                    value=record.value,
                    headers=[*record.headers],
                    timestamp_ms=record.timestamp,
                )


class Saying:
    """A party that speaks at home, minute after minute of the story."""

    def __init__(self, home: Settings, party: str) -> None:
        self._home, self._party, self._said = home, party, 0

    async def say(self, subject: str, at_ms: int, **changes: Any) -> None:
        """Describe a project, or report about it once it is described."""
        self._said += 1
        fact, data = "project.described", described(name=f"{self._party} {self._said}")
        if changes:
            fact, data = "progress.reported", reported(**changes)
        said = envelope(fact, self._party, subject, f"{self._said}")
        async with AIOKafkaProducer(**client_options(self._home)) as producer:
            await producer.send_and_wait(
                inbox(self._party),
                json.dumps(data).encode(),
                key=subject.encode(),
                headers=said.to_headers(),
                timestamp_ms=at_ms,
            )


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not true():
            await asyncio.sleep(0.1)


def by_key(told: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a reader holds of each record: the last that it was told."""
    return {f"{one['subject']}#{one.get('part', '')}": one for one in told}


@asynccontextmanager
async def reading(follower: Follower) -> AsyncIterator[None]:
    task = asyncio.create_task(follower.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def present(address: str, has: Callable[[Mapping[str, Any]], bool]) -> Any:
    """What a city's gateway tells somebody new, once it has all that is wanted."""
    async with asyncio.timeout(90):
        while True:
            fresh = Follower(address)
            async with reading(fresh):
                await fresh.live()
            if has(held := by_key(fresh.told)):
                return held
            await asyncio.sleep(0.2)


OLD, NEW = (f"project/chengdu.chongqing/{name}" for name in ("old", "new"))
MONTHS = range(1, 9)


def has_all(records: Mapping[str, Any]) -> bool:
    """Whether every month of both parties is in the records."""
    reports = [{*one.get("by", ())} for one in records.values() if month_of(one)]
    return (
        reports.count({"chengdu", "chongqing"}) == len(MONTHS) and f"{OLD}#" in records
    )


def month_of(record: Mapping[str, Any]) -> int:
    """The month that a record of progress is about; 0: it is another one."""
    part = str(record.get("part", ""))
    return int(record["through_month"]) if part.startswith("progress/") else 0


@pytest.mark.timeout(300)
async def test_a_reader_moves_to_the_other_city(tmp_path: Path) -> None:
    async with (
        city(tmp_path, "chengdu") as (here, here_address),
        city(tmp_path, "chongqing") as (there, there_address),
        asyncio.TaskGroup() as tasks,
    ):
        out, back = Mirror(here, there, "chengdu"), Mirror(there, here, "chongqing")
        mirrors = [tasks.create_task(mirror.run()) for mirror in (out, back)]
        ours, theirs = Saying(here, "chengdu"), Saying(there, "chongqing")
        out.linked.set()
        back.linked.set()
        for saying in (ours, theirs):
            await saying.say(OLD, NOW_MS - 5 * HOUR_MS)
            await saying.say(NEW, NOW_MS)
        for month in MONTHS[:3]:
            await ours.say(NEW, NOW_MS + month * 1000, through_month=month)
        reader = Follower(here_address)
        async with reading(reader):
            await reader.live()
            await until(lambda: len(reader.records) >= 7)
            # The link is cut: what is said from here on is read here, and not there.
            out.linked.clear()
            for month in MONTHS[3:6]:
                await ours.say(NEW, NOW_MS + month * 1000, through_month=month)
            await until(lambda: 6 in map(month_of, reader.told))
        seen = {*reader.records}
        # There they have spoken meanwhile, and were recorded before what he read last.
        for month in MONTHS:
            await theirs.say(NEW, NOW_MS + month * 900, through_month=month)
        moved = Follower(there_address, reader.last)
        async with reading(moved):
            await moved.live()
            assert moved.read[0][0] == "resumed"
            out.linked.set()
            for month in MONTHS[6:]:
                await ours.say(NEW, NOW_MS + month * 1000, through_month=month)
            there_now = await present(there_address, has_all)
            # No gap: with what it was told here, it holds what is there.
            await until(lambda: by_key([*reader.told, *moved.told]) == there_now)
        assert await present(here_address, has_all) == there_now
        # Repeats have the id that they had here, and are no older than an hour.
        again = [id_ for id_ in moved.records if id_ in seen]
        assert again
        assert max(Counter(moved.records).values()) == 1
        assert OLD not in {one["subject"] for one in moved.told}
        for mirror in mirrors:
            mirror.cancel()
