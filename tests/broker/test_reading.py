"""What others leave in a topic costs itself alone, and what is missing is said."""

import asyncio
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from services.cli import following
from services.cli.following import events, snapshot
from services.runtime.connecting import client_options
from services.runtime.errors import Unavailable
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.broker import wire
from tests.broker.running import create_topics, running
from tests.broker.test_commands import document, twincity
from tests.support import kcat
from tests.support.saying import S11
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import inbox, records, topics
from twincity_schemas.values import Domain

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
RECORD = EXAMPLES / "project.recorded" / "s11-agreed-with-its-parts.json"
TRANSPORT = records(Domain.TRANSPORT)


def of(settings: Settings, name: str) -> list[Topic]:
    catalogue = topics(Registry.load(settings.parties))
    return [topic for topic in catalogue if topic.name == name]


async def made(settings: Settings) -> None:
    async with Cluster(settings) as cluster:
        await cluster.apply(list(topics(Registry.load(settings.parties))))


Put = tuple[bytes, bytes | None, Sequence[tuple[str, bytes | None]]]


def record() -> Put:
    content = json.loads(RECORD.read_text("utf-8"))
    content["data"]["unowned"] = ["deyang"]  # what is open, and so due
    headers = [(f"ce_{k}", v.encode()) for k, v in content["envelope"].items()]
    return S11.encode(), json.dumps(content["data"]).encode(), headers


FOREIGN: tuple[Put, ...] = (
    (b"foreign", b"hello", ()),
    (b"foreign", b"", ()),
    (b"\xff", b"\xff\xfe", [("ce_id", None), ("ce_type", b"\xff")]),
    (b"foreign", b"{}", [("ce_type", b"twincity.project.recorded.v1")]),
    (b"gone", None, ()),
)


async def put(settings: Settings, *given: Put, partition: int | None = None) -> None:
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for key, value, headers in given:
            await producer.send_and_wait(
                settings.prefix + TRANSPORT,
                value,
                key=key,
                headers=list(headers),
                partition=partition,
            )


async def test_a_foreign_record_is_named_and_passed_over(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await made(settings)
    await put(settings, *FOREIGN, record(), *FOREIGN, partition=0)
    read = [event async for _, event in events(settings, of(settings, TRANSPORT))]
    assert [e.envelope.subject for e in read if e is not None] == [S11]
    assert read.count(None) == 2  # the two that were removed
    named = capsys.readouterr().err.splitlines()
    assert len(named) == 8
    place = f"{settings.prefix}{TRANSPORT}/0@0 is no event"
    assert place in named[0]
    assert "已跳过" in named[0]
    for command in (("due", "--as-of", "2027"), ("due", "--as-of", "2027", "--json")):
        ran = await asyncio.to_thread(twincity, settings, *command)
        assert ran.returncode == 0, ran.stderr
        assert "S11" in ran.stdout.upper()
        assert place in ran.stderr


async def test_a_record_that_cannot_be_decoded_costs_itself_alone(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await made(settings)
    for partition in (0, 1):
        await put(settings, record(), partition=partition)
        await asyncio.to_thread(produce_with_a_bad_header, settings, partition)
        await put(settings, record(), partition=partition)
    async with asyncio.timeout(30):
        wanted = of(settings, TRANSPORT)
        seen = [(r.partition, r.offset) async for r in snapshot(settings, wanted)]
    assert sorted(seen) == [(p, offset) for p in (0, 1) for offset in (0, 1, 3)]
    named = capsys.readouterr().err.splitlines()
    for partition in (0, 1):
        wanted_line = f"/{partition}@2 cannot be decoded"
        assert sum(wanted_line in line for line in named) == 1, named


@pytest.mark.timeout(180)
async def test_what_cannot_be_decoded_stops_no_command(settings: Settings) -> None:
    """Nor is a line of the log among what is asked for."""
    await made(settings)
    await put(settings, record(), partition=0)
    broken = [(b"k", b"{}", [("x-ZZ", b"")], 1)]
    content = wire.batch(broken, (b"x-ZZ", b"x-\xff\xfe"))
    for topic in (TRANSPORT, inbox("chengdu")):
        place = TopicPartition(settings.prefix + topic, 0)
        await wire.send(settings, place, content)
    for command in (("status",), ("due", "--as-of", "2027")):
        ran = await asyncio.to_thread(twincity, settings, *command, "--json")
        assert ran.returncode == 0, ran.stderr
        told = parsed(ran.stdout)
        assert told
        if command == ("status",):
            heard = {
                party["party"]: party["last_statement_at"]
                for party in told[0]["parties"]
            }
            assert heard.pop("chengdu")
            assert {*heard.values()} == {None}


def produce_with_a_bad_header(settings: Settings, partition: int) -> None:
    """In one batch with a good record: a header whose name is not UTF-8."""
    command = [b"kcat", *map(str.encode, kcat.options(settings)), b"-P", b"-K:", b"-p"]
    command += [str(partition).encode(), b"-X", b"linger.ms=500"]
    command += [b"-t", (settings.prefix + TRANSPORT).encode()]
    for header, given in ((b"x=1", b"a:1"), (b"x-\xff\xfe=1", b"b:2")):
        subprocess.run(
            [*command, b"-H", header],
            input=given,
            env=os.environ | {"PATH": kcat.path()},
            check=True,
        )


async def test_an_open_transaction_is_said_and_nothing_hangs(
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "_OPEN_S", 1.0)
    await made(settings)
    await put(settings, record(), partition=0)
    wanted = of(settings, TRANSPORT)
    producer = AIOKafkaProducer(
        **client_options(settings), transactional_id=f"{settings.prefix}hangs"
    )
    await producer.start()
    await producer.begin_transaction()
    topic = settings.prefix + TRANSPORT
    for partition in (0, 1):
        await producer.send_and_wait(topic, None, key=b"open", partition=partition)
    await put(settings, record(), partition=0)
    async with asyncio.timeout(30):
        seen = [r.partition async for r in snapshot(settings, wanted)]
    assert seen == [0]
    said = capsys.readouterr().err
    assert "2 partitions hold a transaction that is open since 20" in said
    assert "2 个分区" in said
    ran = await asyncio.to_thread(twincity, settings, "due", "--as-of", "2027")
    assert (ran.returncode, ran.stderr.count("\n")) == (3, 1)
    assert "S11" in ran.stdout.upper()
    await producer.abort_transaction()
    await producer.stop()
    seen = [r.partition async for r in snapshot(settings, wanted)]
    assert seen == [0, 0]
    assert not capsys.readouterr().err


async def test_topics_that_are_missing_are_one_sentence(settings: Settings) -> None:
    for command in (
        ("run", "admission"),
        ("run", "ledger"),
        ("due", "--as-of", "2027"),
    ):
        ran = await asyncio.to_thread(twincity, settings, *command)
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stderr
        assert "twincity topics apply" in ran.stderr
    with pytest.raises(Unavailable, match="is missing"):
        [_ async for _ in snapshot(settings, of(settings, TRANSPORT))]


@pytest.mark.timeout(240)
async def test_statements_are_said_from_files_folders_and_lines(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    good = json.loads(document(folder, "chengdu").read_text("utf-8"))
    document(folder, "deyang", "")
    event = good["envelope"] | {"id": "2", "data": good["data"]}
    lines = f"{json.dumps(event)}\n\n{json.dumps(good)}\n"
    dry = await asyncio.to_thread(
        twincity, settings, "say", "--dry-run", "--json", str(folder)
    )
    assert dry.returncode == 1
    assert "1 of 2 were rejected" in dry.stderr
    kept = {Path(j["from"]).stem: j["keeps_contract"] for j in parsed(dry.stdout)}
    assert kept == {"chengdu": True, "deyang": False}
    await create_topics(settings)
    async with running(settings, "admission"), asyncio.timeout(150):
        said = await asyncio.to_thread(
            twincity, settings, "say", "--json", str(folder), "-", given=lines
        )
    assert said.returncode == 1, said.stderr
    verdicts = [(Path(j["from"]).stem, j["verdict"]) for j in parsed(said.stdout)]
    assert sorted(verdicts) == [
        ("chengdu", "accepted"),
        ("deyang", "rejected"),
        ("line 1", "accepted"),
        ("line 3", "duplicate"),
    ]
    assert "1 of 4 were rejected" in said.stderr


def parsed(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def test_a_trace_makes_no_database(settings: Settings, tmp_path: Path) -> None:
    ran = twincity(settings, "trace", S11)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "TWINCITY_DATABASE" in ran.stderr
    assert not list(tmp_path.iterdir())
