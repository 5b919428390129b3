"""What ends a shard is named in the log and in the health answer; it leaves with 70."""

import asyncio
import json
from pathlib import Path

import pytest

from services.runtime.settings import Settings
from tests.broker.operating import Process, process
from tests.broker.running import create_topics
from tests.broker.saying import put
from tests.support.saying import S11, described, envelope

ADMISSION = ("-m", "services.cli", "run", "admission")
ODD = str(Path(__file__).parent / "odd_service.py")


async def leaves(one: Process) -> str:
    """The reason with which it left."""
    assert await asyncio.wait_for(one.child.wait(), 90) == 70
    [line] = one.lines("process.left")
    return str(line["reason"])


async def say(settings: Settings) -> None:
    await put(settings, envelope("project.described", "chengdu", S11), described())


@pytest.mark.timeout(150)
async def test_an_idle_shard_learns_that_it_was_fenced(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    async with process(settings, tmp_path, ADMISSION, SHARD="0/2") as former:
        await former.until("shard.started")
        async with process(settings, tmp_path, ADMISSION, SHARD="0/2") as successor:
            assert "no longer ours" in await leaves(former)
            [started] = await successor.until("shard.started")
            assert started["starts"] == 2
            await asyncio.sleep(3)  # several signs of life
            assert successor.child.returncode is None


@pytest.mark.timeout(150)
async def test_no_progress_with_something_to_read(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    program = (ODD, "stuck")
    async with process(settings, tmp_path, program, STALL_AFTER="4s") as one:
        await one.until("shard.started")
        await asyncio.sleep(6)  # nothing to read is no reason
        await say(settings)
        assert "no progress for" in await leaves(one)
        assert any(line["behind_s"] > 0 for line in one.lines("shard.progress"))


@pytest.mark.timeout(150)
async def test_standing_still_is_seen_in_the_answer_on_health(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    async with process(settings, tmp_path, (ODD, "stuck"), STALL_AFTER="60s") as one:
        await one.until("shard.started")
        await one.ready()
        await say(settings)
        async with asyncio.timeout(60):
            while (answer := await one.ask("/readyz"))[0] == 200:
                await asyncio.sleep(0.5)
        assert answer[0] == 503
        states = {s["state"] for s in json.loads(answer[1])["shards"]}
        assert states == {"standing"}
        assert (await one.ask("/livez"))[0] == 200


@pytest.mark.timeout(150)
async def test_a_dead_consumer_task(settings: Settings, tmp_path: Path) -> None:
    await create_topics(settings)
    async with process(settings, tmp_path, (ODD, "dead")) as one:
        assert "consumer task has ended" in await leaves(one)


@pytest.mark.timeout(150)
async def test_an_error_with_records_in_hand_is_a_line_and_costs_none(
    settings: Settings, tmp_path: Path
) -> None:
    """FastStream begins its loop again, as if what it was given had been decided."""
    await create_topics(settings)
    async with process(settings, tmp_path, (ODD, "clumsy")) as one:
        await one.until("shard.started")
        await say(settings)
        async with asyncio.timeout(60):
            while not any(line["taken"] for line in one.lines("shard.progress")):
                await asyncio.sleep(0.2)
        raised, moved = (line for line in one.lines() if line["level"] == "error")
        assert "raised an exception" in raised["event"]
        assert "ZeroDivisionError: of a library" in raised["exception"]
        assert moved["event"] == "position.moved"
        assert (moved["decided"], moved["delivered"]) == (0, 1)
        figures = (await one.ask("/metrics"))[1].splitlines()
        [faults] = [f for f in figures if f.startswith("twincity_faults_total{")]
        assert faults.endswith(" 1.0")


@pytest.mark.timeout(150)
async def test_a_transaction_that_the_broker_ended(
    settings: Settings, tmp_path: Path
) -> None:
    """It outran its timeout: the broker aborts it, and the producer is over."""
    await create_topics(settings)
    given = {"TRANSACTION_TIMEOUT": "1s", "SHARD": "0/1", "AFFIRM_EVERY": "60s"}
    async with process(settings, tmp_path, (ODD, "slow"), **given) as one:
        await one.until("shard.started")
        await say(settings)
        assert "unknown outcome" in await leaves(one)


@pytest.mark.timeout(150)
async def test_a_loop_that_does_not_move_gives_no_answer(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    async with process(settings, tmp_path, (ODD, "blocked")) as one:
        await one.until("shard.started")
        assert (await one.ask("/livez"))[0] == 200
        await say(settings)
        async with asyncio.timeout(60):
            while True:
                try:
                    await one.ask("/livez", wait_s=2)
                except TimeoutError:
                    break
                await asyncio.sleep(0.2)
