"""A database that may only be read for a while: nothing is lost, nothing waits."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.cli.letters import letters
from services.ledger.store import Ledger
from services.runtime.settings import Settings
from tests.broker.operating import process
from tests.broker.running import create_topics
from tests.broker.test_deadletters import S11, put, story
from tests.support.harness.disk import Disk
from tests.support.harness.storm import read_only_postgres
from tests.support.postgres import real_postgres

LEDGER = ("-m", "services.cli", "run", "ledger")
EARLY, LATE = story(S11, "chengdu", 2), story("project/chengdu.deyang/p", "chengdu", 2)


@pytest.fixture
def postgres(settings: Settings) -> Iterator[Settings]:
    with real_postgres() as server:
        database = SecretStr(server.new_database())
        yield settings.model_copy(update={"database": database})


async def holds(settings: Settings, count: int) -> None:
    """Wait until the ledger has so many statements, each once."""
    async with asyncio.timeout(120):  # its process starts beside much else
        while (found := await asyncio.to_thread(_statements, settings)) != count:
            assert found < count
            await asyncio.sleep(0.3)


def _statements(settings: Settings) -> int:
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        return ledger.counts().statements
    finally:
        ledger.close()


@pytest.mark.timeout(400)
async def test_postgresql_as_after_a_fail_over(
    postgres: Settings, tmp_path: Path
) -> None:
    await create_topics(postgres)
    # It waits for longer than a shard may stand still.
    async with process(postgres, tmp_path, LEDGER, STALL_AFTER="5s") as one:
        await put(postgres, *EARLY)
        await holds(postgres, len(EARLY))
        with read_only_postgres(postgres.database.get_secret_value()):
            await put(postgres, *LATE)
            await one.until("entries.repeated", 6)
            assert "its database takes nothing" in (await one.ask("/readyz"))[1]
        assert "read-only" in one.lines("entries.repeated")[0]["reason"]
        await holds(postgres, len(EARLY) + len(LATE))
        assert one.child.returncode is None
    assert await letters(postgres, ["ledger"]) == []


@pytest.mark.timeout(400)
async def test_a_sqlite_file_that_may_only_be_read(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    disk = Disk(folder)
    database = SecretStr(f"sqlite:///{folder}/ledger.sqlite3")
    settings = settings.model_copy(update={"database": database})
    await create_topics(settings)
    try:
        async with process(settings, tmp_path, LEDGER):
            await put(settings, *EARLY)
            await holds(settings, len(EARLY))
        await put(settings, *LATE)
        async with AsyncExitStack() as stack:
            with disk.read_only():
                one = await stack.enter_async_context(
                    process(settings, tmp_path, LEDGER)
                )
                line = (await one.until("entries.repeated"))[0]
                assert "数据库暂不可用：attempt to write a readonly" in line["reason"]
            await holds(settings, len(EARLY) + len(LATE))
            assert one.child.returncode is None
    finally:
        disk.close()
    assert await letters(settings, ["ledger"]) == []
