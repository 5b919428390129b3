"""An opportunity list through a real Kafka: the whole of it, then single changes.

Admission and matching run as processes of their own; statements go into the parties'
inboxes. A change counts as published when the pool's record has come that rests on it.
"""

import asyncio
import json
import logging
import os
import random
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer, ConsumerRecord
from rich.console import Console

from benchmarks.lone_changes import goal_of, listed, message_of
from benchmarks.tables import table
from benchmarks.walking import OURS, cpu_s, outputs, start, stop
from services.cli.following import reader
from services.local.stack import broker
from services.runtime.connecting import client_options
from services.runtime.reading import Reader
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.opportunity import OpportunityPublished
from twincity_schemas.parties import Registry
from twincity_schemas.topology import (
    MATCHING_CANDIDATES,
    MATCHING_RECORDS,
    inbox,
    topics,
)

SIZES = tuple(map(int, os.environ.get("ENTRIES", "1070 5000").split()))
CHANGES = 40
PATIENCE_S = 7200
SERVICES = ("admission", "matching")
console = Console(width=100)


@dataclass
class Published:
    """The records that matching has published.

    Attributes:
        rests_on: the statements that the pool's last record rests on.
        size: bytes of every record, with key and headers.
        records: how many they are.
    """

    reading: Reader
    rests_on: int = 0
    size: int = 0
    records: int = 0

    async def until(self, statements: int) -> None:
        """Read on until the pool rests on so many statements."""
        async with asyncio.timeout(PATIENCE_S):
            while self.rests_on < statements:
                for record in await self.reading.poll(500):
                    self._take(record)
                self.reading.keep()

    def _take(self, record: ConsumerRecord) -> None:
        key, value = record.key or b"", record.value or b""
        self.size += len(key) + len(value)
        self.size += sum(len(name) + len(text) for name, text in record.headers)
        self.records += 1
        if key.startswith(b"pool/"):
            self.rests_on = max(self.rests_on, json.loads(value)["statements"])


async def publish(
    producer: AIOKafkaProducer,
    settings: Settings,
    entries: Iterable[tuple[int, str, OpportunityPublished]],
) -> None:
    """Put entries into their parties' inboxes."""
    for number, subject, entry in entries:
        record = message_of(number, subject, entry).record
        topic = settings.prefix + inbox(subject.split("/")[1])
        headers = list(record.headers)
        await producer.send(topic, record.value, key=record.key, headers=headers)
    await producer.flush()


async def measure(settings: Settings, size: int) -> list[str]:
    """One size's row."""
    settings = settings.model_copy(update={"prefix": f"b{uuid.uuid4().hex[:6]}."})
    async with Cluster(settings) as cluster:
        await cluster.apply(topics(Registry.load(settings.parties)))
    entries, chance = listed(size), random.Random(1)  # noqa: S311  seeded chance, not secrets
    records = [
        t for n in (MATCHING_RECORDS, MATCHING_CANDIDATES) for t in outputs(settings, n)
    ]
    processes = await start(settings, OURS, {}, SERVICES)
    try:
        async with (
            reader(settings, records, from_beginning=True) as reading,
            AIOKafkaProducer(**client_options(settings), linger_ms=5) as producer,
        ):
            published, began = Published(reading), time.monotonic()
            numbered = ((n, *one) for n, one in enumerate(entries))
            await publish(producer, settings, numbered)
            await published.until(size)
            load, load_cpu = time.monotonic() - began, cpu_s(processes[1:])
            published.size = published.records = 0
            took = []
            for number in range(size, size + CHANGES):
                subject, entry = chance.choice(entries)
                content = entry.content + chance.choice(entries)[1].content[:40]
                changed = entry.model_copy(update={"content": content})
                began = time.monotonic()
                await publish(producer, settings, [(number, subject, changed)])
                await published.until(number + 1)
                took.append((time.monotonic() - began) * 1000)
            spent = (cpu_s(processes[1:]) - load_cpu) * 1000 / CHANGES
        memory = resident_mb(processes[1].pid)
    finally:
        await stop(processes)
    took.sort()
    p50, p99 = took[CHANGES // 2], took[CHANGES * 99 // 100]
    return [
        *(f"{size:,}", f"{load:.0f}", f"{load_cpu:.0f}", f"{memory:,.0f}"),
        *(f"{p50:.0f}", f"{p99:.0f}", f"{spent:.0f}"),
        *(f"{published.size / CHANGES:,.0f}", f"{published.records / CHANGES:.1f}"),
        goal_of(size, (p50, p99, published.size / CHANGES)),
    ]


def resident_mb(pid: int) -> float:
    """The memory of a process in MB (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


async def measure_all(settings: Settings) -> None:
    """Every size, one after the other."""
    rows = table(
        "Through Kafka, admission and matching: the list, then lone changes",
        *("entries", "load, s", "CPU, s", "MB", "p50, ms", "p99, ms", "CPU, ms"),
        *("bytes", "records", "target"),
    )
    for size in SIZES:
        rows.add_row(*await measure(settings, size))
    console.print(rows)


def main() -> None:
    """Measure on the broker that is set, or on an embedded one."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with broker(Settings.load()) as (settings, _):
        asyncio.run(measure_all(settings))


if __name__ == "__main__":
    main()
