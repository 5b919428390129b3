"""What happens to a real service makes a real Prometheus raise the alert of it."""

import asyncio
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from pydantic import SecretStr

from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.broker import wire
from tests.broker.operating import Process, process
from tests.broker.running import create_topics
from tests.broker.test_deadletters import S11, put, story
from tests.broker.test_ledger_database import LEDGER, holds
from tests.support.faulty import FAULT
from tests.support.harness.disk import Disk
from tests.support.harness.storm import read_only_postgres
from tests.support.postgres import real_postgres
from twincity_schemas.topology import PROJECT_STATEMENTS

OBSERVABILITY = Path(__file__).parents[2] / "deploy/observability"
FAULTY = ("-m", "tests.support.faulty", "run", "coordination")


@asynccontextmanager
async def prometheus(folder: Path, target: int) -> AsyncIterator[int]:
    """One that looks every second, by our rules; pending times are a second each."""
    rules = (OBSERVABILITY / "rules.yml").read_text("utf-8")
    (folder / "rules.yml").write_text(re.sub(r"for: \w+", "for: 1s", rules), "utf-8")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {
                "job_name": "twincity",
                "static_configs": [{"targets": [f"127.0.0.1:{target}"]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "prometheus.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        yield port
    finally:
        child.kill()
        await child.wait()


def firing(port: int) -> set[str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v1/alerts")
        response = connection.getresponse()
        text = response.read()
        if response.status != HTTPStatus.OK:  # it is coming up
            return set()
    except OSError:  # it has not come up yet
        return set()
    finally:
        connection.close()
    alerts = json.loads(text).get("data", {}).get("alerts", [])
    return {a["labels"]["alertname"] for a in alerts if a["state"] == "firing"}


async def until(port: int, *names: str) -> set[str]:
    async with asyncio.timeout(90):
        while not {*names} <= (found := await asyncio.to_thread(firing, port)):
            await asyncio.sleep(0.5)
    return found


async def scraped(port: int) -> None:
    """Until it has seen what a service has counted so far."""
    query = "/api/v1/query?query=twincity_records_unreadable_total"
    async with asyncio.timeout(60):
        while True:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", query)
                answer = json.loads(connection.getresponse().read())
                if len(answer["data"]["result"]) == 1:
                    return
            except (OSError, KeyError, ValueError):  # it is coming up
                pass
            finally:
                connection.close()
            await asyncio.sleep(0.5)


async def damage(settings: Settings) -> TopicPartition:
    """Write a message that nobody can read; gives where."""
    place = TopicPartition(settings.prefix + PROJECT_STATEMENTS, 0)
    broken = [(b"k", b"{}", [("x-ZZ", b"")], 1)]
    await wire.send(settings, place, wire.batch(broken, (b"x-ZZ", b"x-\xff\xfe")))
    return place


async def cut(settings: Settings, place: TopicPartition) -> None:
    """Take away all that a log holds, read or not, as retention would."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="it is not here")
@pytest.mark.timeout(240)
async def test_what_fails_is_what_rings(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = tmp_path / "fault"
    fault.write_text("s11-0")
    monkeypatch.setenv(FAULT, str(fault))
    await create_topics(settings)
    async with (
        process(settings, tmp_path, FAULTY) as one,
        prometheus(tmp_path, one.port) as port,
    ):
        await one.until("shard.started")
        await scraped(port)
        async with asyncio.timeout(30):  # it was looked for before it was up
            while await asyncio.to_thread(firing, port):
                await asyncio.sleep(0.5)
        await put(settings, *story(S11, "chengdu", 0))
        await until(port, "TwinCityDeadLetter", "TwinCitySubjectsWaiting")
        place = await damage(settings)
        found = await until(port, "TwinCityRecordUnreadable")
        assert not {"TwinCityShardHalted", "TwinCityServiceDown"} & found
        one.child.kill()
        await one.child.wait()
        await until(port, "TwinCityServiceDown")
    await damage(settings)
    await cut(settings, place)
    async with (
        process(settings, tmp_path, FAULTY) as one,
        prometheus(_new(tmp_path), one.port) as port,
    ):
        await until(port, "TwinCityShardHalted")


def _new(folder: Path) -> Path:
    (folder / "again").mkdir()
    return folder / "again"


@asynccontextmanager
async def ledger_watched(
    settings: Settings, folder: Path
) -> AsyncIterator[tuple[Process, int]]:
    """A ledger at rest, and who looks at it."""
    await create_topics(settings)
    async with (
        process(settings, folder, LEDGER) as one,
        prometheus(folder, one.port) as port,
    ):
        await scraped(port)
        async with asyncio.timeout(30):  # it was looked for before it was up
            while await asyncio.to_thread(firing, port):
                await asyncio.sleep(0.5)
        yield one, port


async def rings_and_goes_on(settings: Settings, one: Process, port: int) -> None:
    """What is said while the database takes nothing: an alert, and the same process."""
    await put(settings, *story(S11, "chengdu", 3))
    await until(port, "TwinCityDatabaseSilent")
    assert one.child.returncode is None


async def quiet_again(settings: Settings, port: int) -> None:
    """The alert ends, and the statements are there, each once."""
    await holds(settings, len(story(S11, "chengdu", 3)))
    async with asyncio.timeout(60):
        while "TwinCityDatabaseSilent" in await asyncio.to_thread(firing, port):
            await asyncio.sleep(0.5)


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="it is not here")
@pytest.mark.timeout(240)
async def test_a_full_disk_rings(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    disk = Disk(folder)
    database = SecretStr(f"sqlite:///{folder}/ledger.sqlite3")
    settings = settings.model_copy(update={"database": database})
    try:
        async with ledger_watched(settings, tmp_path) as (one, port):
            with disk.full(one.child.pid):
                await rings_and_goes_on(settings, one, port)
            await quiet_again(settings, port)
            assert str(folder) in one.lines("entries.repeated")[0]["reason"]
    finally:
        disk.close()


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="it is not here")
@pytest.mark.timeout(240)
async def test_a_read_only_database_rings(settings: Settings, tmp_path: Path) -> None:
    with real_postgres() as server:
        url = server.new_database()
        settings = settings.model_copy(update={"database": SecretStr(url)})
        async with ledger_watched(settings, tmp_path) as (one, port):
            with read_only_postgres(url):
                await rings_and_goes_on(settings, one, port)
            await quiet_again(settings, port)
            assert "read-only" in one.lines("entries.repeated")[0]["reason"]
