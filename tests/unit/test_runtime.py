"""The runtime's small parts: memory, log lines, shards, settings."""

import asyncio
import json
import logging
from typing import Any

import pytest
import structlog

from services.runtime import logs, producing
from services.runtime.layout import Ordinal
from services.runtime.log_names import FAULTS
from services.runtime.memory import Memory
from services.runtime.service import faststream_log
from services.runtime.settings import LogFormat, Settings
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError


def test_a_batch_is_kept_by_its_commit_and_dropped_by_its_abort() -> None:
    memory: Memory[str] = Memory(str)
    memory.put("a", "1")
    memory.commit()
    memory.put("a", None)
    memory.put("b", "2")
    assert (memory.get("a"), memory.get("b")) == (None, "2")
    assert dict(memory.items()) == {"b": "2"}
    memory.rollback()
    assert dict(memory.items()) == {"a": "1"}


def test_what_is_written_to_the_changelog_is_read_back() -> None:
    memory: Memory[dict[str, int]] = Memory(dict[str, int])
    changelog = [("a", memory.put("a", {"x": 1})), ("b", memory.put("b", {"y": 2}))]
    changelog.append(("b", memory.put("b", None)))
    again: Memory[dict[str, int]] = Memory(dict[str, int])
    for key, value in changelog:
        again.restore(key, value)
    assert dict(again.items()) == {"a": {"x": 1}}


async def test_a_producer_ends_though_what_it_sent_never_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where its token expired in the middle of a transaction."""
    monkeypatch.setattr(producing, "_STOP_S", 0.01)
    closed = []

    class Stuck:
        client: "Stuck"

        async def stop(self) -> None:
            await asyncio.Event().wait()

        async def close(self) -> None:
            closed.append(self)

    stuck = Stuck()
    stuck.client = stuck
    monkeypatch.setattr(producing, "AIOKafkaProducer", lambda **_options: stuck)
    producer = producing.Producer("x", "x", Settings())
    await asyncio.wait_for(producer.stop(), 10)
    assert closed == [stuck]


def test_a_line_names_the_record_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("admission", LogFormat.JSON)
    fields: dict[str, Any] = {"event_id": "7", "subject": "project/a.b/c"}
    token = logs.bound.set(lambda: fields)
    try:
        structlog.get_logger().info("statement.refused", codes=["missing"])
    finally:
        logs.bound.reset(token)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["event"] == "statement.refused"
    assert (line["event_id"], line["subject"]) == ("7", "project/a.b/c")
    assert line["service"] == "admission"


@pytest.mark.parametrize(
    ("level", "lines"), [("ERROR", 1 + len(FAULTS)), ("CRITICAL", 0)]
)
def test_faults_that_are_got_over_are_counted(
    capsys: pytest.CaptureFixture[str], level: str, lines: int
) -> None:
    logs.configure("admission", LogFormat.JSON, level)
    before, log = logs.faults.count, structlog.get_logger()
    try:
        for name in ("fetch.failed", *sorted(FAULTS)):
            log.error(name)
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    assert logs.faults.count - before == len(FAULTS)
    assert len(capsys.readouterr().err.splitlines()) == lines


@pytest.mark.parametrize("name", ["aiokafka.consumer.fetcher", "faststream"])
def test_an_error_of_a_library_is_a_line_of_the_log(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("admission", LogFormat.JSON)
    faststream_log()
    try:
        logging.getLogger(name).error("Failed fetch from %s", "7")
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["level"]) == ("Failed fetch from 7", "error")
    assert line["service"] == "admission"


def test_settings_are_typed_to_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINCITY_COMMIT_WAIT", "PT5S")
    monkeypatch.setenv("TWINCITY_SHARD", "1/2")
    settings = Settings()
    assert settings.commit_wait.total_seconds() == 5
    assert settings.shard == Ordinal(1, 2)
    assert "s3cr3t" not in repr(Settings(database="postgresql://u:s3cr3t@h/d"))


def test_a_registry_that_cannot_be_read_is_one_error(tmp_path: Any) -> None:
    for text in ("party = ", '[[party]]\ncode = "X"', None):
        path = tmp_path / "parties.toml"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        with pytest.raises(ContractError):
            Registry.load(path)
