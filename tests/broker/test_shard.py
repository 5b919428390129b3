"""A shard belongs to whoever started it last."""

import asyncio
import os
import signal
import sys

import pytest

from services.demo.observer import observing
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.broker.saying import put
from tests.support.saying import S11, described, envelope
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics


async def start(settings: Settings, service: str) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "run", service, env=environment
    )


@pytest.mark.timeout(120)
async def test_a_zombie_is_fenced_and_leaves(settings: Settings) -> None:
    """Stopped past its takeover and woken again, it commits nothing and exits."""
    registry = Registry.load(settings.parties)
    async with Cluster(settings) as cluster:
        assert not await cluster.apply(topics(registry))
    zombie = await start(settings, "admission")
    successor = None
    try:
        async with observing(settings, lambda _event: None) as seen:
            await put(
                settings, envelope("project.described", "chengdu", S11), described()
            )
            await seen.until("the first receipt", lambda: len(seen.receipts) == 1)
            zombie.send_signal(signal.SIGSTOP)
            successor = await start(settings, "admission")
            for number in range(20):
                said = envelope("project.described", "chengdu", S11, f"n{number}")
                await put(settings, said, described())
            await seen.until("every receipt", lambda: len(seen.receipts) == 21)
            zombie.send_signal(signal.SIGCONT)
            # A zombie learns of its end when it next has something to commit.
            said = envelope("project.described", "chengdu", S11, "last")
            await put(settings, said, described())
            assert await asyncio.wait_for(zombie.wait(), 60) == 70
            await seen.until("the last receipt", lambda: len(seen.receipts) == 22)
            assert all(len(given) == 1 for given in seen.receipts.values())
            assert set(seen.events.values()) == {1}
    finally:
        for process in (zombie, successor):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
