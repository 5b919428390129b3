"""What is counted and told of a batch: once it has committed, and for whom."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from services.cli.up import LOGS
from services.local import logbook
from services.local.logbook import Logbook, LogFilter, following, kept
from services.local.supervisor import Supervisor
from services.runtime.errors import TwinCityError, WrongSetting
from services.runtime.feed import Feed
from services.runtime.flow import Flow
from services.runtime.focus import Focus, matches
from services.runtime.health import Health
from services.runtime.logs import Folded, NormalAtStart
from services.runtime.metrics import Source, registry_of
from services.runtime.outage import pause_s
from services.runtime.presence import Presence
from services.runtime.settings import LogFormat, Settings
from tests.support.commands import twincity

SAID = {
    "event_id": "1",
    "source": "/chengdu/bureau",
    "subject": "project/chengdu.deyang/s11",
    "correlation": "story",
    "topic": "twincity.project.statements",
}


def test_a_batch_counts_once_it_has_committed() -> None:
    flow = Flow()
    log = structlog.get_logger()
    with capture_logs() as told:
        for _ in range(2):
            flow.begin()
            flow.batch.decided = 3
            flow.tell(log.info, "statement.applied", number=1)
            flow.abort([])
        assert flow.aborted_in_a_row == 2
        flow.begin()
        flow.batch.decided, flow.batch.dead_letters = 3, 1
        flow.tell(log.info, "statement.applied", number=2)
        assert told == []
        flow.commit([None] * 4)
    assert [line["number"] for line in told] == [2]
    assert flow.total.as_dict() == {
        "taken": 4,
        "decided": 3,
        "published": 0,
        "refused": 0,
        "dead_letters": 1,
    }
    assert (flow.batches, flow.aborted, flow.aborted_in_a_row) == (1, 2, 0)
    assert flow.total.since({"taken": 1})["taken"] == 3


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        ("party", "chengdu", True),
        ("party", "deyang", True),
        ("party", "cheng", False),
        ("party", "bureau/chengdu", False),
        ("subject", SAID["subject"], True),
        ("subject", "s11", False),
        ("correlation", "story", True),
        ("correlation", "1", True),
        ("correlation", "", False),
    ],
)
def test_whose_way_is_told(kind: str, name: str, *, wanted: bool) -> None:
    assert matches(kind, name, SAID) is wanted


def test_the_focus_is_a_file_that_comes_and_goes(tmp_path: Path) -> None:
    focus, file = Focus(), tmp_path / "focus"
    focus.look(None)
    focus.look(file)
    assert not focus.on
    with capture_logs() as told:
        file.write_text("# 谁\nparty = chengdu\n\nnonsense\nsubject project/a.b/c\n")
        focus.look(file)
        focus.look(file)
    assert [line["event"] for line in told] == ["focus.unreadable", "focus.changed"]
    assert focus.on
    assert focus.wants(SAID)
    file.write_text("correlation another")
    focus.look(file)
    assert focus.on
    assert not focus.wants(SAID)
    file.unlink()
    focus.look(file)
    assert not focus.on
    file.write_bytes(b"party \xff\xfe\n" * 10_000)
    focus.look(file)
    assert not focus.wants(SAID)


def test_a_wait_that_is_normal_at_a_start_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    normal, now = NormalAtStart(), [0.0]
    monkeypatch.setattr("services.runtime.logs.time.monotonic", lambda: now[0])
    line = logging.makeLogRecord({"msg": "Group Coordinator Request failed: %s"})
    assert not normal.filter(line)
    assert normal.filter(logging.makeLogRecord({"msg": "something else"}))
    now[0] = 31.0
    assert normal.filter(line)


def test_a_sentence_of_a_library_is_told_once_in_a_while_with_how_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folded, now = Folded(), [0.0]
    monkeypatch.setattr("services.runtime.logs.time.monotonic", lambda: now[0])

    def tell(*nodes: int, **more: Any) -> list[str]:
        given = {"msg": "Unable connect to node %s", **more}
        records = [logging.makeLogRecord(given | {"args": (node,)}) for node in nodes]
        return [one.getMessage() for one in records if folded.filter(one)]

    assert tell(1, 1, 2, 1) == [f"Unable connect to node {one}" for one in (1, 2)]
    now[0] = 599.0
    assert tell(1) == []
    now[0] = 600.0
    assert tell(1, 1, 2) == [
        "Unable connect to node 1 (and 3 times before)",
        "Unable connect to node 2",
    ]
    # The same words may have another cause each time.
    assert len(tell(1, 1, exc_info=(ValueError, ValueError(), None))) == 2
    assert len(tell(*range(3, 5_000))) == 4_997
    assert len(folded._logged) <= 1_000


def line(event: str, level: str = "info", **fields: Any) -> bytes:
    return json.dumps({"event": event, "level": level, **fields}).encode()


async def relay(book: Logbook, service: str, *chunks: bytes) -> None:
    stream = asyncio.StreamReader()
    for chunk in chunks:
        stream.feed_data(chunk)
    stream.feed_eof()
    await book.relay(service, stream)


async def test_lines_are_kept_and_shown_from_a_level_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Settings(log_format=LogFormat.HUMAN)
    book = Logbook(tmp_path / "logs", kept="DEBUG", shown=shown)
    assert book.environment["TWINCITY_LOG_LEVEL"] == "DEBUG"
    first = line("statement.admitted", "debug", **SAID, timestamp="2026-01-01T00:00:01")
    second = line("shard.progress", timestamp="2026-01-01T00:00:03", service="matching")
    await relay(book, "admission", first[:20], first[20:] + b"\nSegmentation fault")
    await relay(book, "matching", second + b"\n")
    printed = capsys.readouterr().err
    assert "statement.admitted" not in printed
    assert "Segmentation fault" in printed
    assert "shard.progress" in printed
    assert '"event"' not in printed
    book.close()
    folder = tmp_path / "logs"
    assert [told["event"] for told in kept(folder, LogFilter("DEBUG"))] == [
        "Segmentation fault",
        "statement.admitted",
        "shard.progress",
    ]
    way = LogFilter("DEBUG", names={"correlation": "story"})
    assert [told["event"] for told in kept(folder, way)] == ["statement.admitted"]
    assert [t["event"] for t in kept(folder, LogFilter("INFO", "matching"))] == [
        "shard.progress"
    ]


def test_what_is_kept_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "_LARGEST_FILE", 1_000)
    book = Logbook(tmp_path)
    for number in range(200):
        book.take("ledger", line("entry.kept", timestamp=f"{number:03}"))
    book.close()
    files = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert files.keys() == {"ledger.log", "ledger.log.1"}
    assert max(files.values()) < 1_200
    assert [*kept(tmp_path, LogFilter("INFO"))][-1]["timestamp"] == "199"


def test_where_nothing_is_kept_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(TwinCityError, match="no logs"):
        list(kept(tmp_path, LogFilter("INFO")))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ((), ["2", "3"]),
        (("--level", "DEBUG"), ["1", "2", "3"]),
        (("--party", "chengdu"), ["1", "2"]),
        (("--party", "meishan"), ["2"]),
        (("--party", "chengdu", "--level", "INFO"), ["2"]),
        (("--subject", SAID["subject"]), ["1"]),
        (("--correlation", "story"), ["1"]),
        (("--correlation", "other"), ["2"]),
        (("--service", "matching"), ["3"]),
    ],
)
def test_lines_are_asked_for_by_whom_and_what_they_are_about(
    asked: tuple[str, ...],
    wanted: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "deploy").symlink_to(Path("deploy").absolute())
    monkeypatch.chdir(tmp_path)
    book = Logbook(LOGS)
    other = SAID | {"subject": "project/chengdu.meishan/s5", "correlation": "other"}
    other["event_id"] = "2"
    book.take("admission", line("statement.admitted", "debug", **SAID, timestamp="1"))
    book.take("admission", line("statement.refused", **other, timestamp="2"))
    book.take("matching", line("shard.progress", service="matching", timestamp="3"))
    book.close()
    ran = twincity(capsys, monkeypatch, "logs", *asked, "--json")
    assert ran.status == 0, ran.err
    assert [json.loads(one)["timestamp"] for one in ran.out.splitlines()] == wanted


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def test_health_answers_whatever_it_is_asked() -> None:
    feed = Feed("twincity.admission.0", [], Settings())
    health = Health(
        "admission", [feed], registry_of(Source("admission", "0", [feed], {}))
    )
    await health.listen("127.0.0.1", 0)
    assert health._server is not None
    port = health._server.sockets[0].getsockname()[1]
    try:
        for request, status in {
            b"GET /livez HTTP/1.1\r\n\r\n": b"200",
            b"HEAD /livez?x=1 HTTP/1.0\r\n\r\n": b"200",
            b"GET /readyz HTTP/1.1\r\n\r\n": b"503",
            b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n": b"200",
            b"GET /etc/passwd HTTP/1.1\r\n\r\n": b"404",
            b"POST /livez HTTP/1.1\r\n\r\n": b"405",
            b"\xff\xfe\r\n\r\n": b"405",
        }.items():
            answer = await ask(port, request)
            assert answer.split(b" ")[1] == status, request
        for request in (b"", b"GET /livez", b"x" * 100_000):
            assert await ask(port, request) == b""
        second = Health("admission", [], CollectorRegistry())
        with pytest.raises(WrongSetting, match="TWINCITY_HEALTH"):
            await second.listen("127.0.0.1", port)
    finally:
        await health.close()


def test_what_lies_beside_offsets_may_be_anybodys() -> None:
    places = [TopicPartition("t", number) for number in range(4)]
    said = [Presence(at_ms=5, starts=2), Presence(at_ms=7, starts=3, waiting=1)]
    committed = {
        places[0]: OffsetAndMetadata(1, said[0].model_dump_json()),
        places[1]: OffsetAndMetadata(1, said[1].model_dump_json()),
        places[2]: OffsetAndMetadata(1, "another client's"),
        places[3]: OffsetAndMetadata(1, '{"at_ms": 1000000000000000000}'),
    }
    assert Presence.latest(committed, places) == said[1]
    assert Presence.latest(committed, places[2:]) is None


async def test_each_service_of_up_answers_at_a_port_of_its_own() -> None:
    supervisor = Supervisor(
        {"admission": dict, "ledger": dict}, {}, health=("::1", 9100)
    )
    addresses = [supervisor._own(service) for service in ("admission", "ledger")]
    settings = [Settings(health=one["TWINCITY_HEALTH"]) for one in addresses]
    assert [one.health for one in settings] == [("::1", 9100), ("::1", 9101)]
    assert Supervisor({"ledger": dict}, {})._own("ledger") == {}


async def test_a_disk_that_is_full_holds_up_no_service(tmp_path: Path) -> None:
    book = Logbook(tmp_path)
    (tmp_path / "ledger.log").symlink_to("/dev/full")
    await relay(book, "ledger", line("entry.kept") + b"\n", line("entry.kept"))
    book.close()


def test_what_comes_is_followed_past_a_cut(tmp_path: Path) -> None:
    file = tmp_path / "ledger.log"
    file.write_bytes(line("before") + b"\n")
    coming = following(tmp_path, LogFilter("INFO"))
    with pytest.MonkeyPatch.context() as patch:
        later = iter([line("first") + b"\n" + line("half")[:5], b"", b""])

        def wait(_seconds: float) -> None:
            file.write_bytes(file.read_bytes() + next(later))

        patch.setattr(logbook.time, "sleep", wait)
        assert next(coming)["event"] == "first"
        file.write_bytes(line("2") + b"\n")
        assert next(coming)["event"] == "2"
    coming.close()


def test_a_pause_doubles_to_a_bound_however_long_an_outage_lasts() -> None:
    assert [pause_s(n) for n in (1, 2, 3)] == [0.1, 0.2, 0.4]
    assert {pause_s(n) for n in (8, 1_025, 10**6)} == {10.0}
