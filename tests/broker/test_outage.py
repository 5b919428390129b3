"""A broker stops and starts again: one line each, and what was said is decided."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.demo.observer import observing
from tests.broker.operating import Process, process
from tests.broker.running import create_topics
from tests.broker.test_deadletters import Told, put, same, story
from tests.broker.test_gateway import free
from tests.support.broker import own_kafka
from tests.support.saying import S11

CLI = ("-m", "services.cli")


def complaints(one: Process) -> Counter[str]:
    """How often each sentence above INFO was told, a library's too."""
    return Counter(one["event"] for one in one.lines() if one["level"] != "info")


async def health(address: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://{address}/health")).status_code


@pytest.mark.timeout(300)
async def test_a_broker_that_stops_and_starts_again(tmp_path: Path) -> None:
    said, told, address = story(S11, "chengdu", 6), Told(), free()
    trying = {"GATEWAY_TRYING": "true", "GATEWAY_LISTEN": address}
    with own_kafka(tmp_path / "kafka") as (kafka, theirs):
        settings = theirs.model_copy(
            update={
                "prefix": "t.",
                "database": SecretStr(f"sqlite:///{tmp_path}/ledger.sqlite3"),
            }
        )
        await create_topics(settings)
        async with (
            process(settings, tmp_path, (*CLI, "run", "coordination")) as shard,
            process(settings, tmp_path, (*CLI, "gateway"), **trying) as gateway,
        ):
            await shard.ready()
            await gateway.until("gateway.abreast")
            await put(settings, *said[:3])
            assert (await gateway.ask("/readyz"))[0] == 200
            assert "process_start_time_seconds" in (await gateway.ask("/metrics"))[1]
            assert await health(address) == 200
            kafka.kill()
            for one in (shard, gateway):
                await one.until("broker.silent")
            assert await health(address) == 503
            assert (await gateway.ask("/readyz"))[0] == 503
            kafka.launch()
            while not kafka.ready():
                await asyncio.sleep(0.1)
            for one in (shard, gateway):
                [silent] = await one.until("broker.silent")
                [back] = await one.until("broker.answers")
                assert silent["since"] < back["timestamp"]
                assert back["after_s"] > 0
                # A client alone tells its troubles ten times a second.
                assert complaints(one).most_common(1)[0][1] == 1
            assert await health(address) == 200
            async with observing(settings, told) as seen:
                await put(settings, *said[3:])
                await seen.until("all", lambda: same(seen, S11, said))
    assert set(seen.events.values()) == {1}
