"""The command line as a person uses it, and other clients than ours."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from services.local.stack import system
from services.runtime.connecting import librdkafka_options
from services.runtime.settings import Settings
from tests.support.saying import S11, described, envelope
from twincity_schemas.parties import Registry
from twincity_schemas.topology import inbox


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_DATABASE": settings.database.get_secret_value(),
        "TWINCITY_STORY_TIME": str(settings.story_time),
        "TWINCITY_CLUSTER": settings.cluster,
    }


def twincity(
    settings: Settings, *arguments: str, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        env=environment(settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def document(folder: Path, party: str, name: str = "S11") -> Path:
    file = folder / f"{party}.json"
    said = envelope("project.described", party, S11).model_dump(mode="json")
    content = {
        "envelope": {k: v for k, v in said.items() if v is not None},
        "data": described(name=name),
    }
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return file


def test_topics_are_compared_and_made(settings: Settings) -> None:
    before = twincity(settings, "topics", "check")
    assert before.returncode == 1
    assert "twincity.inbox.chengdu" in before.stdout
    assert twincity(settings, "topics", "apply").returncode == 0
    assert twincity(settings, "topics", "check").returncode == 0


def test_story_time_is_for_trying_alone(settings: Settings) -> None:
    story = settings.model_copy(update={"story_time": True})
    assert twincity(story, "topics", "apply").returncode == 0
    unfit = twincity(story, "topics", "check")
    assert unfit.returncode == 1
    assert "仅供试用" in unfit.stdout
    assert "message.timestamp.type CreateTime" in unfit.stdout
    assert twincity(settings, "topics", "check").returncode == 1
    assert twincity(settings, "topics", "apply").returncode == 0
    assert twincity(settings, "topics", "check").returncode == 0


@pytest.mark.timeout(120)
def test_an_inbox_is_stamped_at_home_and_mirrored_elsewhere(
    settings: Settings, tmp_path: Path
) -> None:
    parties = Registry.load(settings.parties).party
    judges = ("", "chengdu", "chongqing")
    for cluster in judges[1:]:
        here = settings.model_copy(
            update={"cluster": cluster, "prefix": f"{cluster}.{settings.prefix}"}
        )
        assert twincity(here, "topics", "apply").returncode == 0
        for judge in judges:
            judged = here.model_copy(update={"cluster": judge})
            found = twincity(judged, "topics", "check", "--json")
            told = {json.loads(line)["topic"] for line in found.stdout.splitlines()}
            assert told == {
                here.prefix + inbox(party.code)
                for party in parties
                if party.is_at_home(judge) != party.is_at_home(cluster)
            }
            assert found.returncode == bool(told)
        # A story's time is unfit where mirrors write, too.
        story = here.model_copy(update={"story_time": True})
        assert twincity(story, "topics", "apply").returncode == 0
        unfit = twincity(story, "topics", "check")
        assert (unfit.returncode, "仅供试用" in unfit.stdout) == (1, True)
        away = "chongqing" if cluster == "chengdu" else "chengdu"
        said = twincity(here, "say", str(document(tmp_path, away)))
        assert (said.returncode, "is mirrored" in said.stderr) == (1, True)


async def started(log: Path) -> None:
    """Wait until a service's log says so."""

    def says_so() -> bool:
        return log.exists() and b"shard.started" in log.read_bytes()

    async with asyncio.timeout(90):
        while not says_so():
            await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
async def test_say_watch_trace_and_a_librdkafka_client(
    settings: Settings, tmp_path: Path
) -> None:
    async with system(settings, tmp_path):
        await started(tmp_path / "admission.log")  # it is waited for 30 s alone
        said = await asyncio.to_thread(
            twincity, settings, "say", str(document(tmp_path, "chengdu"))
        )
        assert said.returncode == 0, said.stderr
        assert "已受理" in said.stdout
        again = await asyncio.to_thread(
            twincity, settings, "say", str(document(tmp_path, "chengdu", ""))
        )
        assert again.returncode == 1
        assert "/name" in again.stdout
        assert "Traceback" not in again.stderr
        headers, record = await asyncio.to_thread(read_record, settings)
        assert headers["ce_subject"] == S11.encode()
        assert "成都至德阳市域铁路" in record
        trace = await asyncio.to_thread(traced, settings)
        assert "项目信息填报" in trace
        assert "项目记录" in trace
        assert "Project recorded" not in trace
        english = await asyncio.to_thread(
            twincity, settings, "--lang", "en", "trace", S11
        )
        assert "Project recorded  TwinCity coordination" in english.stdout
        assert "Project described  Chengdu" in english.stdout
        assert "项目记录" not in english.stdout
        described_line = "Project described S11 [Chengdu bureau]"
        watched = await watching(settings, "Project recorded", described_line)
        assert described_line in watched
        assert S11 not in watched
        status = await asyncio.to_thread(twincity, settings, "--lang", "en", "status")
        assert "Chengdu" in status.stdout
        assert "last heard" in status.stdout
        assert "主体" not in status.stdout
        none = "project/chengdu.deyang/none"
        unknown = await asyncio.to_thread(twincity, settings, "trace", none)
        assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
        assert "knows nothing" in unknown.stderr


async def watching(settings: Settings, *until: str) -> str:
    """Returns what ``twincity watch`` prints in English until it says all that."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli"),
        *("--lang", "en", "watch", "--from-beginning"),
        env=environment(settings) | {"PYTHONUNBUFFERED": "1", "COLUMNS": "300"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = ""
    try:
        async with asyncio.timeout(60):
            while not all(one in printed for one in until):
                line = await process.stdout.readline()
                assert line, printed
                printed += line.decode()
    finally:
        process.kill()
        await process.wait()
    return printed


def read_record(settings: Settings) -> tuple[dict[str, bytes], str]:
    consumer = Consumer(
        librdkafka_options(settings)
        | {
            "group.id": f"{settings.prefix}integrator",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([f"{settings.prefix}twincity.transport.records"])
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            message = consumer.poll(1.0)
            if message is not None and message.error() is None:
                value = message.value()
                assert isinstance(value, bytes)
                return dict(message.headers() or []), value.decode()
    finally:
        consumer.close()
    raise AssertionError("no record was read")


def traced(settings: Settings) -> str:
    for _ in range(20):
        done = twincity(settings, "trace", S11)
        if done.returncode == 0 and "项目记录" in done.stdout:
            break
    return done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "nothing"), "there is no service nothing"),
        (("say", "missing.json"), "missing.json"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    settings: Settings, arguments: tuple[str, ...], sentence: str
) -> None:
    done = twincity(settings, *arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_broker_that_is_not_there_is_one_sentence(settings: Settings) -> None:
    gone = settings.model_copy(update={"kafka": "127.0.0.1:1"})
    done = twincity(gone, "topics", "check")
    assert done.returncode == 1
    assert "127.0.0.1:1 does not answer: no broker listens there" in done.stderr
    assert "Traceback" not in done.stderr
