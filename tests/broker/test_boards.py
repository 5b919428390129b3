"""``twincity dispatch``, ``board`` and ``due``, on what a real broker holds."""

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.cli.following import snapshot
from services.demo.mechanisms import statements
from services.demo.story import chapter
from services.local.stack import system
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.broker.test_commands import twincity
from tests.support.saying import envelope
from twincity_schemas.parties import Registry
from twincity_schemas.topology import APPRAISAL_RECORDS, inbox, topics

BOARD = "board/chengdu/2024-q3"
UNIT = f"{BOARD}#unit/jinniu"
DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"


@pytest.mark.timeout(240)
async def test_what_an_official_reads_and_whether_it_can_be_computed_again(
    settings: Settings, tmp_path: Path
) -> None:
    # What is late goes by when it was recorded: the story's time has to be kept.
    settings = settings.model_copy(update={"story_time": True})
    async with system(settings, tmp_path):
        await say_everything(settings)
        unit = await until_every_figure_is_in(settings)
        for arguments, wanted in (
            (("dispatch", "show", DISPATCH), "未报"),
            (("--lang", "en", "dispatch", "show", DISPATCH), "silent"),
            (("board", "show", BOARD), "红榜"),
            (("due", "--as-of", "2027"), "逾期"),
            (("board", "verify", BOARD), "逐字节一致"),
            (("dispatch", "verify", DISPATCH), "逐字节一致"),
            (("due", "--as-of", "2027"), "议定事项"),
        ):
            ran = await asyncio.to_thread(twincity, settings, *arguments)
            assert ran.returncode == 0, ran.stderr
            assert wanted in ran.stdout
        for arguments in (
            ("board", "show", "board/chengdu/none"),
            ("dispatch", "show", BOARD),
            ("dispatch", "verify", BOARD),
            ("due", "--as-of", "soon"),
        ):
            ran = await asyncio.to_thread(twincity, settings, *arguments)
            assert ran.returncode == 1
            assert ran.stderr.count("\n") == 1
    await tamper(settings, unit)
    wrong = await asyncio.to_thread(twincity, settings, "board", "verify", BOARD)
    assert wrong.returncode == 1
    assert "复算" in wrong.stderr


async def say_everything(settings: Settings) -> None:
    told = [m for n in ("1-s11", "2-s5", "4-progress") for _, m in chapter(n).values()]
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for message in (*told, *statements()):
            assert message.time is not None
            await producer.send_and_wait(
                settings.prefix + inbox(message.inbox),
                message.value,
                key=message.key,
                headers=list(message.headers),
                timestamp_ms=int(message.time.timestamp() * 1000),
            )


async def until_every_figure_is_in(settings: Settings) -> bytes:
    catalogue = topics(Registry.load(settings.parties))
    wanted = [topic for topic in catalogue if topic.name == APPRAISAL_RECORDS]
    async with asyncio.timeout(90):
        while True:
            latest = {r.key: r.value async for r in snapshot(settings, wanted)}
            header, unit = latest.get(BOARD.encode()), latest.get(UNIT.encode())
            if header and unit and DISPATCH.encode() in latest:
                exempt = sum(s["exempt"] for s in json.loads(header)["sequences"])
                reported = json.loads(unit)["projects"][0]["standing"] == "reported"
                if json.loads(header)["final"] and reported and exempt:
                    return unit
            await asyncio.sleep(0.5)


async def tamper(settings: Settings, unit: bytes) -> None:
    """Publish a unit once more, with another score."""
    changed = unit.replace(b'"score":"109.7"', b'"score":"99.7"')
    assert changed != unit
    said = envelope("standing.recorded", "twincity", BOARD)
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        await producer.send_and_wait(
            settings.prefix + APPRAISAL_RECORDS,
            changed,
            key=UNIT.encode(),
            headers=said.to_headers(),
        )
