"""What a page costs where there are many projects (``make bench-pages``).

Histories of the generator, cut off at different places, so that some projects are
silent, overdue or in dispute; each is derived once by coordination and stands in the
gateway's view under ten thousand names; beside them the demo's opportunity list, and a
dispatch, a board and a cluster of all projects. Time is the server's CPU alone; sizes
are what goes over the line, compressed, and what a first visit needs in all.
"""

import asyncio
import gzip
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
from aiokafka import ConsumerRecord
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette

from benchmarks import handouts, year
from benchmarks.scale import record as statement_of
from services.coordination.service import make_processor
from services.demo import opportunities
from services.gateway.opening import InboxMessage
from services.gateway.pages.frame import STATIC, ClusterAddress
from services.gateway.pages.site import Site
from services.gateway.rows import row_of
from services.gateway.sessions import Purpose, Sessions
from services.gateway.statements import Door, Receipts
from services.gateway.tokens import READ
from services.gateway.uploads import Uploads
from services.gateway.view import View
from services.matching import service as matching
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Outcome, Publish, Save
from services.runtime.process import spare_collector
from services.runtime.service import Processor
from services.runtime.settings import Settings
from tests.support.desk import NOW, ListDesk, letter
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import to_json
from twincity_schemas.parties import Registry
from twincity_schemas.topology import OPPORTUNITY_STATEMENTS

PROJECTS = int(os.environ.get("PROJECTS", "10000"))
CUTS = (1, 2, 9, 17, 30, 44, 61, 78, 90, year.PER_PROJECT)
ROUNDS = 15
LISTED = [subject for subject, _ in opportunities.entries()]
DEMAND, SUPPLY = LISTED[0], LISTED[16]
TARGET_MS, TARGET_BYTES = 100, 60_000
PATHS = (
    "/pages/today",
    "/pages/today?need=overdue&party=deyang",
    "/pages/today?need=silent&page=20",
    "/pages/projects",
    "/pages/projects?sort=lead&page=100",
    "/pages/projects?text=p99&light=red",
    "/pages/projects?party=chengdu&state=agreed&sort=name",
    f"/pages/{year.subject(9)}",
    f"/pages/trace/{year.subject(9)}",
    "/pages/opportunities",
    "/pages/opportunities?page=20",
    "/pages/opportunities?party=chengdu&direction=demand",
    "/pages/opportunities?text=园区&state=unpaired&sort=name",
    f"/pages/pool/{opportunities.POOL}",
    "/pages/integrators",
    "/pages/say/project.described?example=s11-by-chengdu",
    "/pages/say/board.opened",
    "/pages/receipts",
    "/pages/stream",
    "/pages/sheets",
    "/pages/dispatches",
    f"/pages/{handouts.DISPATCH}",
    f"/pages/{handouts.DISPATCH}?page=150",
    f"/pages/{handouts.DISPATCH}?party=deyang&report=late",
    f"/pages/{handouts.BOARD}",
    f"/pages/{handouts.BOARD}?page=3",
    f"/pages/{handouts.BOARD}?unit=unit-7",
    f"/pages/{handouts.CLUSTER}",
    f"/pages/trace/{handouts.DISPATCH}",
    "/pages/operations",
    "/pages/operations/waiting",
    "/pages/operations/log",
    f"/pages/{DEMAND}",
    f"/pages/{SUPPLY}",
)
_ORIGINAL = year.subject(0).encode()


class Record(NamedTuple):
    """A record of Kafka, as far as the view reads it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


def derived(cut: int, registry: Registry) -> list[Publish]:
    """The records after so many statements of one project."""
    processor = make_processor(registry)
    latest: dict[tuple[str, bytes], Publish] = {}
    for _, value, headers in year.statements(0)[:cut]:
        incoming = Incoming(statement_of(0, value, headers))
        outcomes = [*processor.decide(incoming), *processor.finish()]
        for outcome in outcomes:
            if isinstance(outcome, Save):
                processor.memory.put(outcome.key, outcome.value)
            elif isinstance(outcome, Publish):
                latest[outcome.topic, outcome.key] = outcome
        processor.memory.commit()
    return [one for one in latest.values() if one.topic.endswith(".records")]


def filled(registry: Registry) -> View:
    """A view that holds so many projects, each by another of the histories."""
    view, offsets = View(), count()
    histories = [derived(cut, registry) for cut in CUTS]
    for number in range(PROJECTS):
        records = _renamed(histories[number % len(CUTS)], number, offsets)
        rows = (row_of(record, "") for record in records)
        view.take(row for row in rows if row is not None)
    return view


def paired(view: View) -> None:
    """Take in the demo's opportunity list, with what matching derives of it."""
    processor, offsets = matching.make_processor(Registry(party=())), count()
    published: dict[tuple[str, bytes], Publish] = {}
    for number, (subject, data) in enumerate(opportunities.entries()):
        envelope = Envelope(
            specversion="1.0",
            id=f"published-{number}",
            source=f"/{subject.split('/')[1]}/opportunity-office",
            type="twincity.opportunity.published.v1",
            subject=subject,
            time=datetime.fromisoformat("2022-06-20T10:00:00+08:00"),
        )
        headers, value = envelope.to_headers(), to_json(data)
        message = Publish(OPPORTUNITY_STATEMENTS, subject.encode(), value, headers)
        published[message.topic, message.key] = message
        key, size = message.key, len(value)
        record = ConsumerRecord(
            message.topic, 0, 0, 0, 0, key, value, 0, len(key), size, headers
        )
        published |= _published(processor, processor.decide(Incoming(record)))
    published |= _published(processor, processor.finish())
    records = (
        Record(one.topic, 0, next(offsets), one.key, one.value, list(one.headers))
        for one in published.values()
    )
    view.take(row for record in records if (row := row_of(record, "")) is not None)


def _published(
    processor: Processor, outcomes: Iterable[Outcome[Any]]
) -> dict[tuple[str, bytes], Publish]:
    messages = {}
    for outcome in [*outcomes]:
        if isinstance(outcome, Save):
            processor.memory.put(outcome.key, outcome.value)
        elif isinstance(outcome, Publish):
            messages[outcome.topic, outcome.key] = outcome
    return messages


def _renamed(records: list[Publish], number: int, offsets: count) -> Iterator[Record]:  # type: ignore[type-arg]
    subject = year.subject(number).encode()
    for one in records:
        yield Record(
            one.topic,
            0,
            next(offsets),
            one.key.replace(_ORIGINAL, subject),
            (one.value or b"").replace(_ORIGINAL, subject),
            [(n, v.replace(_ORIGINAL, subject)) for n, v in one.headers],
        )


async def _nowhere(_message: InboxMessage, _party: str) -> str:
    """Nothing is sent: pages are asked for alone."""
    return ""


def _files() -> int:
    """Bytes of the files that a first visit needs beside its page, compressed."""
    return sum(
        len(gzip.compress(file.read_bytes()))
        for file in STATIC.glob("*.*")
        if file.suffix in {".css", ".js", ".svg"}
    )


def busy_desk() -> ListDesk:
    """A desk with as many letters as one project in ten, and a full log."""
    waiting = [
        replace(letter(number), subject=year.subject(number))
        for number in range(PROJECTS // 10)
    ]
    line = {
        "event": "statement.dead_letter", "level": "error", "timestamp": str(NOW),
        "service": "coordination", "subject": year.subject(0), "correlation": "s11-1",
        "reason": "ValueError('no plan')",
    }  # fmt: skip
    return ListDesk(waiting=waiting, told=[line] * 200)


async def main() -> None:
    """Fill the view, ask for each page, and print."""
    registry = Registry.load(Settings().parties)
    began = time.perf_counter()
    view = filled(registry)
    paired(view)
    copied = (row_of(record, "") for record in await handouts.records(PROJECTS))
    view.take(row for row in copied if row is not None)
    filling = time.perf_counter() - began
    closed = asyncio.Event()
    door = Door(frozenset(), _nowhere, Receipts(view))
    site = Site(
        view=view,
        registry=registry,
        allow=lambda _request: None,
        expect_ready=lambda: None,
        sessions=Sessions(Purpose(everybody=frozenset({READ}))),
        door=door,
        uploads=Uploads(door, view, registry, Path("profiles")),
        cluster=ClusterAddress(),
        closed=closed,
        now=view.latest_moment,
        desk=busy_desk(),
    )
    app = Starlette(routes=[site.mount()])
    spare_collector()  # as the gateway does when it serves
    files = _files()
    table = Table("page", "median ms", "worst ms", "bytes sent", "first paint, bytes")
    wrong = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://x"
    ) as client:
        for path in PATHS:
            spent, sent = [], 0
            for _ in range(ROUNDS):
                began = time.process_time()
                answer = await client.get(path, headers={"accept-language": "zh"})
                spent.append((time.process_time() - began) * 1000)
                if answer.status_code not in {200, 404}:
                    raise SystemExit(f"{path}: {answer.status_code}")
                sent = answer.num_bytes_downloaded
            table.add_row(
                path,
                f"{median(spent):.1f}",
                f"{max(spent):.1f}",
                f"{sent:,}",
                f"{sent + files:,}",
            )
            if median(spent) > TARGET_MS or sent + files > TARGET_BYTES:
                wrong.append(path)
    console = Console(width=100)
    console.print(
        f"{PROJECTS:,} projects, {len(LISTED):,} entries, {view.last:,} events "
        f"taken in {filling:.0f} s; "
        f"style, scripts and mark {files:,} bytes, once"
    )
    console.print(table)
    console.print(
        f"over {TARGET_MS} ms or {TARGET_BYTES:,} bytes: {', '.join(wrong) or 'none'}"
    )


if __name__ == "__main__":
    asyncio.run(main())
