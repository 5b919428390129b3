"""A party joins a running system, and is suspended in it; nothing is started anew."""

import asyncio
import itertools
import os
import shutil
import sys
from pathlib import Path

import pytest

from services.ledger import service as ledger
from services.runtime.reading import event_of
from services.runtime.settings import Settings
from tests.broker.reading import everything
from tests.broker.running import create_topics, running
from tests.broker.saying import put
from tests.support.saying import described, envelope
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.topology import receipts

S1 = "project/chengdu.leshan/s1"
"""Between one that was there and one that joins."""


async def twincity(settings: Settings, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", *arguments),
        env={
            **os.environ,
            **settings.kafka_environment(),
            "TWINCITY_PREFIX": settings.prefix,
            "TWINCITY_PARTIES": str(settings.parties),
        },
        stdout=-1,
        stderr=-1,
    )
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()


async def answered(settings: Settings, party: str, wanted: int) -> list[ReceiptIssued]:
    """A party's receipts, when there are so many."""
    async with asyncio.timeout(60):
        while True:
            found = await everything(settings, receipts(party))
            if len(found) >= wanted:
                given = [event_of(record).data for record in found]
                return [one for one in given if isinstance(one, ReceiptIssued)]
            await asyncio.sleep(0.1)


@pytest.mark.timeout(180)
async def test_a_party_joins_and_is_suspended_while_everything_runs(
    settings: Settings, tmp_path: Path
) -> None:
    parties = tmp_path / "parties.toml"
    shutil.copy(settings.parties, parties)
    settings = settings.model_copy(update={"parties": parties})
    await create_topics(settings)
    keeping = ledger.compose(settings)
    await keeping.start()
    try:
        async with running(settings, "admission"):
            await put(
                settings, envelope("project.described", "chengdu", S1), described()
            )
            [refused] = await answered(settings, "chengdu", 1)
            assert [p.code for p in refused.problems] == ["unknown_party"]
            await twincity(
                settings,
                *("parties", "add", "leshan", "--zh", "乐山市", "--en", "Leshan"),
                *("--region", "511100", "--cluster", "chengdu"),
            )
            await put(
                settings, envelope("project.described", "leshan", S1), described()
            )
            [first] = await answered(settings, "leshan", 1)
            assert (first.verdict, first.problems) == ("accepted", ())
            again = envelope("project.described", "chengdu", S1, "2")
            await put(settings, again, described())
            assert (await answered(settings, "chengdu", 2))[1].verdict == "accepted"
            await twincity(settings, "parties", "suspend", "leshan")
            assert await _suspended(settings, "leshan")
            await _kept(settings, "leshan")
    finally:
        await keeping.stop()


async def _suspended(settings: Settings, party: str) -> ReceiptIssued:
    """The first receipt that calls a party suspended.

    The registry is a topic that every shard follows: a statement that entered
    before the shard had read the change is judged by what stood until then.
    """
    async with asyncio.timeout(60):
        for number in itertools.count(2):
            later = envelope("project.endorsed", party, S1, str(number))
            await put(settings, later, {"party": "chengdu"})
            last = (await answered(settings, party, number))[-1]
            if "party_suspended" in [problem.code for problem in last.problems]:
                return last
    raise AssertionError(f"{party} is heard for ever")


async def _kept(settings: Settings, party: str) -> None:
    """Wait until the ledger has a party's receipts too."""
    kept = ledger.Ledger.open(settings.database.get_secret_value())
    try:
        async with asyncio.timeout(60):
            while (receipts(party), 0) not in await asyncio.to_thread(kept.positions):
                await asyncio.sleep(0.1)
    finally:
        kept.close()
