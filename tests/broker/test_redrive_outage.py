"""The broker dies in the middle of a redrive: nothing lost, nothing twice, in order."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.cli.letters import letters, publish
from services.demo.observer import observing
from tests.broker.running import create_topics
from tests.broker.test_deadletters import COORDINATION, Told, put, same, start, story
from tests.broker.test_deadletters import until as until_letters
from tests.support.broker import own_kafka
from tests.support.saying import S11
from twincity_schemas.operations import RedriveAsked


@pytest.mark.timeout(300)
async def test_a_broker_that_is_killed_in_the_middle_of_a_redrive(
    tmp_path: Path,
) -> None:
    fault = tmp_path / "fault"
    fault.write_text("s11-1")
    said, told = story(S11, "chengdu", 120), Told()
    with own_kafka(tmp_path / "kafka") as (kafka, theirs):
        settings = theirs.model_copy(
            update={
                "prefix": "t.",
                "database": SecretStr(f"sqlite:///{tmp_path}/ledger.sqlite3"),
            }
        )
        await create_topics(settings)
        service = await start(settings, fault)
        try:
            await put(settings, *said)
            [first, *_] = await until_letters(settings, 120)
            fault.unlink()
            asked = RedriveAsked(
                service=COORDINATION,
                subject=S11,
                origin=first.origin,
                by="王敏",
                why="已修复",
            )
            async with observing(settings, told) as seen:
                await publish(settings, [asked])
                await seen.until("some", lambda: len(told.headers[S11]) > 10)
            kafka.kill()
            assert len(told.headers[S11]) < 121  # it was in the middle
            kafka.launch()
            while not kafka.ready():
                await asyncio.sleep(0.1)
            async with observing(settings, told := Told()) as seen:
                await seen.until("all", lambda: same(seen, S11, said), patience_s=120)
                assert await letters(settings, [COORDINATION]) == []
        finally:
            if service.returncode is None:
                service.kill()
            await service.wait()
    assert Counter(seen.events.values()).keys() == {1}
    assert told.headers[S11] == list(range(1, 122))
