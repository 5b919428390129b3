"""What an operator sees of services that run, and of those that do not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from services.cli.status import system_status
from services.local.logbook import Logbook, LogFilter, kept
from services.local.stack import system
from services.runtime.connecting import client_options
from services.runtime.errors import RecordsMissing
from services.runtime.presence import committed
from services.runtime.settings import Settings
from services.runtime.standing import Status
from tests.broker.operating import Process, process
from tests.broker.reading import everything
from tests.broker.running import create_topics, running
from tests.broker.saying import put
from tests.support.saying import S11, described, envelope, reported
from twincity_schemas.topology import inbox, receipts, statements

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RECORDS = "twincity.transport.records"
LONG_DUE = {
    "obstacle": "land",
    "title": "用地",
    "content": "待批",
    "kind": "site",
    "stage": "under-construction",
    "unit": {"name": "某局"},
    "due": "2024-06",
    "as_of": "2024-01",
}


def admission() -> tuple[str, ...]:
    return ("-m", "services.cli", "run", "admission")


async def metric(one: Process, name: str) -> float:
    status, text = await one.ask("/metrics")
    assert status == 200
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    )


@pytest.mark.timeout(150)
async def test_a_service_tells_what_it_does(settings: Settings, tmp_path: Path) -> None:
    await create_topics(settings)
    focus = tmp_path / "focus"
    given = {"LOG_FOCUS": str(focus)}
    async with process(settings, tmp_path, admission(), **given) as one:
        await one.until("shard.started")
        assert (await one.ask("/livez"))[0] == 200
        ready = await one.ready()
        assert [s["state"] for s in ready["shards"]] == ["running"]
        said = envelope("project.described", "chengdu", S11, "quiet")
        await put(settings, said, described())
        await put(settings, said, described())
        await one.until("statement.refused")
        async with asyncio.timeout(30):
            while await metric(one, "twincity_records_taken_total") < 2:
                await asyncio.sleep(0.2)
        assert await metric(one, "twincity_statements_refused_total") == 1
        assert await metric(one, "twincity_messages_published_total") == 3
        await asyncio.sleep(2)
        # An offset lag would rest at the commit markers for ever.
        assert await metric(one, "twincity_shard_seconds_behind") == 0
        told = one.lines("shard.progress")
        assert {"taken": 2, "refused": 1}.items() <= {
            name: sum(line[name] for line in told) for name in ("taken", "refused")
        }.items()
        assert not one.lines("statement.admitted")
        # On request, without a restart; and only for whom it was asked.
        focus.write_text("party chengdu\n")
        await one.until("focus.changed")
        for party in ("chongqing", "chengdu"):
            subject = "project/chongqing.deyang/x" if party == "chongqing" else S11
            said = envelope("project.described", party, subject, "asked")
            await put(settings, said, described())
        await one.until("message.published", 2)
        assert [line["source"] for line in one.lines("statement.admitted")] == [
            "/chengdu/bureau"
        ]
        focus.unlink()
        await one.until("focus.changed", 2)
        assert {line["level"] for line in one.lines()} == {"info"}  # a healthy start
        one.child.terminate()
        assert await asyncio.wait_for(one.child.wait(), 60) == 0


@pytest.mark.timeout(150)
async def test_trace_headers_survive_to_statement_receipt_and_record(
    settings: Settings,
) -> None:
    await create_topics(settings)
    async with running(settings, "admission"), running(settings, "coordination"):
        async with AIOKafkaProducer(**client_options(settings)) as producer:
            for number, parent in enumerate([PARENT, b"00-" + b"0" * 32 + b"-1-01"]):
                subject = f"project/chengdu.deyang/s{number}"
                said = envelope("project.described", "chengdu", subject, f"{number}")
                await producer.send_and_wait(
                    settings.prefix + inbox("chengdu"),
                    json.dumps(described()).encode(),
                    headers=[
                        *said.to_headers(),
                        ("traceparent", parent),
                        ("tracestate", b"vendor=1"),
                    ],
                )
        for topic in (statements("project"), receipts("chengdu"), RECORDS):
            async with asyncio.timeout(60):
                while len(told := await everything(settings, topic)) < 2:
                    await asyncio.sleep(0.2)
            carried = {
                dict(record.headers).get("ce_traceparent"): dict(record.headers).get(
                    "ce_tracestate"
                )
                for record in told
            }
            assert carried == {PARENT: b"vendor=1", None: None}, topic


def of(status: Status, service: str) -> list[Any]:
    return [shard for shard in status.shards if shard.service == service]


@pytest.mark.timeout(200)
async def test_a_snapshot_from_the_cluster_alone(settings: Settings) -> None:
    await create_topics(settings)
    never = await system_status(settings)
    assert {one.alive for one in never.shards} == {False}
    assert {one.last_statement_at for one in never.parties} == {None}
    for _ in range(2):  # the second time is a restart
        async with running(settings, "admission"), running(settings, "coordination"):
            for party, name in (("chengdu", "S11"), ("deyang", "S11 线")):
                said = envelope("project.described", party, S11)
                await put(settings, said, described(name=name))
            late = envelope("obstacle.registered", "chengdu", S11, "late")
            await put(settings, late, LONG_DUE)
            async with asyncio.timeout(60):
                now = never
                while not (now.disputed and now.overdue):
                    await asyncio.sleep(0.5)
                    now = await system_status(settings)
    async with running(settings, "coordination") as halting:
        halting.shard.feed.halt(RecordsMissing("a log was cut"))
        async with asyncio.timeout(60):
            while not any(one.halted for one in (await system_status(settings)).shards):
                await asyncio.sleep(0.5)
    # Nothing runs any more.
    before = envelope("progress.reported", "chengdu", S11, "later")
    await put(settings, before, reported())
    await asyncio.sleep(2)
    found = await system_status(settings)
    assert {one.starts for one in of(found, "admission")} == {2}
    assert {one.waiting for one in of(found, "admission")} == {0}
    assert max(one.behind_s for one in of(found, "admission")) >= 2
    assert {one.behind_s for one in of(found, "coordination")} == {0}
    assert max(one.behind_s for one in of(found, "appraisal")) > 2  # never ran
    heard = {one.party: one.silent_days for one in found.parties}
    assert heard["chengdu"] == heard["deyang"] == 0
    assert heard["meishan"] is None
    assert (found.disputed, found.overdue) == (1, 1)
    assert set(found.dead_letters.values()) == {0}
    soon = settings.model_copy(update={"affirm_every": settings.affirm_every / 30})
    assert {one.alive for one in (await system_status(soon)).shards} == {False}


@pytest.mark.timeout(200)
async def test_one_statements_way_through_all_services(
    settings: Settings, tmp_path: Path
) -> None:
    book = Logbook(tmp_path / "logs", kept="DEBUG")
    async with system(settings, book):
        said = envelope("project.described", "chengdu", S11, "the-one")
        await put(settings, said, described())
        other = envelope("project.described", "deyang", S11, "another")
        await put(settings, other, described())
        way = LogFilter("DEBUG", names={"correlation": "the-one"})
        services: set[str] = set()
        async with asyncio.timeout(90):  # each of them, however slowly it comes up
            while not services >= {"admission", "coordination", "appraisal", "ledger"}:
                await asyncio.sleep(0.5)
                lines = _lines(tmp_path / "logs", way)
                services = {line["service"] for line in lines}
    told = list(_lines(tmp_path / "logs", way))
    assert {line["service"] for line in told} == {
        "admission",
        "coordination",
        "appraisal",
        "ledger",
    }
    assert {line["correlation"] for line in told} == {"the-one"}
    # Of each service in order; a reader may be ahead of the line about the commit.
    assert [line["event"] for line in told if line["service"] == "admission"] == [
        "statement.read",
        "statement.admitted",
        "message.published",
        "message.published",
    ]
    errors = LogFilter("WARNING")
    assert list(_lines(tmp_path / "logs", errors)) == []


def _lines(folder: Path, wanted: LogFilter) -> list[dict[str, Any]]:
    return list(kept(folder, wanted)) if any(folder.iterdir()) else []


@pytest.mark.timeout(150)
async def test_an_idle_shard_keeps_its_groups_offsets_alive(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    group = f"{settings.prefix}twincity.admission"
    async with process(settings, tmp_path, admission()) as one:
        await one.until("shard.started")
        said = set()
        async with asyncio.timeout(60):
            while len(said) < 3:
                offsets = await committed(settings, group)
                said |= {beside.metadata for beside in offsets.values()}
                await asyncio.sleep(0.5)
