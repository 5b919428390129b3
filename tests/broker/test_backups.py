"""What was said, restored elsewhere: recorded when it was, and the same records."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from services.cli.backups import Saved
from services.cli.letters import publish
from services.cli.tracing import tell_of, traced
from services.runtime.settings import Settings
from tests.broker import wire
from tests.broker.reading import everything
from tests.broker.running import create_topics
from tests.broker.saying import put
from tests.broker.test_commands import twincity
from tests.broker.test_ledger_letters import keeping
from tests.support.broker import own_kafka
from tests.support.harness.comparing import all_services, settled
from tests.support.saying import S11, described, envelope, reported
from twincity_schemas.operations import DiscardDecided, Origin
from twincity_schemas.topology import inbox, statements


@pytest.fixture
def elsewhere(settings: Settings) -> Settings:
    """A fresh cluster, as far as the system can see."""
    return settings.model_copy(update={"prefix": f"again.{settings.prefix}"})


def told(settings: Settings) -> list[str]:
    steps = traced(S11, settings)
    return [step.text(tell_of(steps, settings)) for step in steps]


async def say(settings: Settings) -> int:
    """As two parties, over a while; two messages are no statements of theirs."""
    for number, party in enumerate(("chengdu", "deyang", "chengdu", "deyang")):
        fact, data = "project.described", described(name=f"S11 {number}")
        if number > 1:
            fact, data = "progress.reported", reported()
        await put(settings, envelope(fact, party, S11, f"{number}"), data)
        await asyncio.sleep(0.05)
    await put(settings, envelope("project.described", "chengdu", S11, "x"), {"a": 1})
    place = TopicPartition(settings.prefix + inbox("deyang"), 0)
    broken = [(b"k", b"{}", [("x-ZZ", b"")], 1)]
    await wire.send(settings, place, wire.batch(broken, (b"x-ZZ", b"x-\xff\xfe")))
    await put(settings, envelope("project.described", "deyang", S11, "0"), {})
    return 7


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Settings]:
    """A second cluster: a broker of its own, and a database for its ledger."""
    with own_kafka(tmp_path / "another") as (_, theirs):
        database = SecretStr(f"sqlite:///{tmp_path}/another.sqlite3")
        yield theirs.model_copy(update={"database": database})


def act() -> DiscardDecided:
    """An operator's, about what lies elsewhere in any other cluster."""
    return DiscardDecided(
        service="coordination",
        subject=S11,
        origin=Origin(topic=statements("project"), partition=0, offset=0),
        by="王敏",
        why="重复填报",
    )


@pytest.mark.timeout(300)
async def test_a_cluster_rebuilt_from_inboxes_alone(
    settings: Settings, another: Settings, tmp_path: Path
) -> None:
    elsewhere = another
    file = str(tmp_path / "inboxes.gz")
    await create_topics(settings)
    said = await say(settings)
    await publish(settings, [act()])
    async with all_services(settings, story_time=False):
        before = await settled(settings, said)
    done = await asyncio.to_thread(twincity, settings, "backup", file)
    assert (done.returncode, f"{said + 1} 条消息" in done.stdout) == (0, True)
    done = await asyncio.to_thread(twincity, elsewhere, "restore", file)
    assert done.returncode == 0, done.stderr
    assert "another offset" not in done.stdout
    check = await asyncio.to_thread(twincity, elsewhere, "topics", "check")
    assert check.returncode == 0, check.stdout
    async with all_services(elsewhere, story_time=False), keeping(elsewhere):
        after = await settled(elsewhere, said)
        async with asyncio.timeout(60):
            while not any("重复填报" in line for line in told(elsewhere)):
                await asyncio.sleep(0.5)
    assert after.records == before.records
    # Receipts say when each was recorded; what nobody can read is refused otherwise.
    lost = before.each - after.each
    assert {json.loads(v)["problems"][0]["code"] for *_, v in lost} == {"unreadable"}
    assert lost.total() == 1
    for party in ("chengdu", "deyang"):
        stamps = [
            [one.timestamp for one in await everything(where, inbox(party))]
            for where in (settings, elsewhere)
        ]
        assert stamps[0] == stamps[1]
    # Who did what and why is in the new ledger; no service did it a second time.
    assert sum("王敏" in line for line in told(elsewhere)) == 1
    # From then on the broker stamps again.
    await put(elsewhere, envelope("project.described", "ziyang", S11, "9"), {})
    [later] = await everything(elsewhere, inbox("ziyang"))
    assert later.timestamp_type == 1


@pytest.mark.timeout(120)
async def test_what_cannot_be_restored_is_one_sentence(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "inboxes.jsonl"
    await create_topics(settings)
    await say(settings)
    assert (await asyncio.to_thread(twincity, settings, "backup", str(file))).stdout
    whole = file.read_bytes().splitlines(keepends=True)
    other = Saved.read(json.loads(whole[2])).line() | {"topic": inbox("atlantis")}
    wrong = {
        "cut": b"".join(whole[:-1]),
        "changed": b"".join(whole[:2] + whole[3:]),
        "no backup": b"hello\n",
        "empty": b"",
        "unregistered": b"".join([whole[0], json.dumps(other).encode()]),
    }
    for name, content in wrong.items():
        file.write_bytes(content)
        done = await asyncio.to_thread(twincity, elsewhere, "restore", str(file))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), name
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"".join(whole))[:-9])
    file.write_bytes(b"".join(whole))
    for there, source in ((elsewhere, cut), (settings, file)):
        done = await asyncio.to_thread(twincity, there, "restore", str(source))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is not empty" in done.stderr
    # Nor has it opened the inboxes that are in use to anybody's timestamps.
    check = await asyncio.to_thread(twincity, settings, "topics", "check")
    assert check.returncode == 0, check.stdout
