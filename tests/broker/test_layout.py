"""How many shards a service has is a deployment's choice, changed with it stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.cli.status import system_status
from services.demo.observer import observing
from services.runtime.layout import Ordinal
from services.runtime.presence import committed
from services.runtime.settings import Settings
from tests.broker.reading import everything
from tests.broker.running import create_topics, running
from tests.broker.saying import put
from tests.support.folding import Shard
from tests.support.saying import described, envelope, reported
from twincity_schemas.message import parse
from twincity_schemas.topology import PROJECT_STATEMENTS, records
from twincity_schemas.values import Domain

SERVICES = ("admission", "coordination")
PARTIES = ("chengdu", "chongqing", "deyang", "meishan", "ziyang")


@asynccontextmanager
async def deployed(settings: Settings, shards: int) -> AsyncIterator[None]:
    """Both services, each in so many shards."""
    async with AsyncExitStack() as stack:
        for service in SERVICES:
            for number in range(shards):
                own = settings.model_copy(update={"shard": Ordinal(number, shards)})
                await stack.enter_async_context(running(own, service))
        yield


async def say(settings: Settings, turn: int) -> int:
    """Each party says something of three projects; returns how much was said."""
    said = 0
    for party in PARTIES:
        other = "chongqing" if party != "chongqing" else "chengdu"
        for number in range(3):
            members = ".".join(sorted((party, other)))
            subject = f"project/{members}/p{number}-{party}"
            for fact, data in (
                ("project.described", described(name=f"{number} {turn}")),
                ("progress.reported", reported()),
            ):
                one = envelope(fact, party, subject, f"{fact} {party} {number} {turn}")
                await put(settings, one, data)
                said += 1
    return said


@pytest.mark.timeout(180)
async def test_a_change_of_layout_loses_and_doubles_nothing(settings: Settings) -> None:
    await create_topics(settings)
    zombies = [await _process(settings, service) for service in SERVICES]
    try:
        async with observing(settings, lambda _event: None) as seen:
            said = await say(settings, 0)
            await seen.until("the first", lambda: len(seen.receipts) == said)
            # Both have to be in their places: one that still starts is no zombie, and
            # would by right take the partitions from all that started before it.
            await _are_read(settings)
            for zombie in zombies:
                zombie.send_signal(signal.SIGSTOP)
            said += await say(settings, 1)
            # What was not stopped, though it should have been, is fenced.
            async with deployed(settings, 3):
                await seen.until("the second", lambda: len(seen.receipts) == said)
                for zombie in zombies:
                    zombie.send_signal(signal.SIGCONT)
                    assert await asyncio.wait_for(zombie.wait(), 90) == 70
                said += await say(settings, 2)
                await seen.until("the third", lambda: len(seen.receipts) == said)
                standing = await system_status(settings)
                assert [
                    (one.service, one.shard)
                    for one in standing.shards
                    if one.service in SERVICES and one.alive
                ] == [(service, number) for service in SERVICES for number in range(3)]
            said += await say(settings, 3)
            async with deployed(settings, 2):
                await seen.until("the last", lambda: len(seen.receipts) == said)
                await _are_read(settings)
            assert all(len(given) == 1 for given in seen.receipts.values())
            assert set(seen.events.values()) == {1}
    finally:
        for zombie in zombies:
            if zombie.returncode is None:
                zombie.kill()
                await zombie.wait()
    statements = await everything(settings, PROJECT_STATEMENTS)
    assert len(statements) == said
    whole = Shard("coordination")
    for one in statements:
        whole.take([parse(one.headers, one.value)])
    found = {
        record.key: record.value
        for record in await everything(settings, records(Domain.TRANSPORT))
    }
    assert found == {
        key: value
        for (topic, key), value in whole.records.items()
        if topic == records(Domain.TRANSPORT)
    }


async def _process(settings: Settings, service: str) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "run", service, env=environment
    )


async def _are_read(settings: Settings) -> None:
    """Until coordination has decided about every statement that was passed on."""

    def left(positions: dict[TopicPartition, OffsetAndMetadata], one: object) -> bool:
        place = TopicPartition(one.topic, one.partition)  # type: ignore[attr-defined]
        # It has none before it has started.
        at = positions[place].offset if place in positions else 0
        return at <= one.offset  # type: ignore[attr-defined, no-any-return]

    group = f"{settings.prefix}twincity.coordination"
    statements = await everything(settings, PROJECT_STATEMENTS)
    async with asyncio.timeout(60):
        while True:
            positions = await committed(settings, group)
            if not any(left(positions, one) for one in statements):
                return
            await asyncio.sleep(0.2)
