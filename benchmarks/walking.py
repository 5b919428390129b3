"""The walking system: admission and coordination, exactly once (``make bench``).

Throughput and CPU as ratios to a hand-written aiokafka loop that does the same
work (``by_hand``), latency beside the floor of the same broker.
"""

import asyncio
import logging
import os
import sys
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.peers import work
from services.cli.following import reader
from services.local.stack import broker
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import inbox, topics

STATEMENTS = int(os.environ.get("STATEMENTS", "20000"))
PROJECTS = 2000
RATE = 500
SECONDS = 5
ROUNDS = 3
SERVICES = ("admission", "coordination")
OURS = ("services.cli", "run")
PEER = ("benchmarks.by_hand",)
TARGET = 1.5


@dataclass
class Figures:
    """The cost of one run."""

    wall_s: float
    cpu_s: float

    @property
    def per_second(self) -> float:
        """Statements per second."""
        return STATEMENTS / self.wall_s

    @property
    def cpu_per_100k(self) -> float:
        """CPU seconds per 100,000 statements."""
        return self.cpu_s * 100_000 / STATEMENTS


def statement(number: int) -> work.Message:
    """A description of about 1 KB: party, key, value, headers."""
    party = work.PARTIES[number % len(work.PARTIES)]
    other = "chongqing" if party != "chongqing" else "chengdu"
    project = number % PROJECTS
    subject = f"project/{'.'.join(sorted((party, other)))}/p{project}"
    described = work.description(project)
    return work.message(party, f"b{number}", "project.described", subject, described)


def outputs(settings: Settings, name: str) -> list[Topic]:
    """The catalogue's topics of a name."""
    catalogue = topics(Registry.load(settings.parties))
    return [topic for topic in catalogue if topic.name == name]


async def run(
    settings: Settings,
    program: Iterable[str],
    environments: Mapping[str, Mapping[str, str]] | None = None,
) -> Figures:
    """Let a pair of processes work off all the statements.

    Args:
        settings: of both.
        program: what each of them runs.
        environments: what a service gets in its environment besides.
    """
    settings = settings.model_copy(update={"prefix": f"b{uuid.uuid4().hex[:6]}."})
    async with Cluster(settings) as cluster:
        await cluster.apply(topics(Registry.load(settings.parties)))
    await fill(settings)
    began = time.monotonic()
    processes = await start(settings, program, environments or {})
    try:
        await count(settings, STATEMENTS)
        return Figures(time.monotonic() - began, cpu_s(processes))
    finally:
        await stop(processes)


async def fill(settings: Settings) -> None:
    """Put every statement into its inbox."""
    producer = AIOKafkaProducer(
        **client_options(settings), linger_ms=20, max_batch_size=262_144
    )
    await producer.start()
    for number in range(STATEMENTS):
        party, key, value, headers = statement(number)
        topic = settings.prefix + inbox(party)
        await producer.send(topic, value, key=key, headers=headers)
    await producer.stop()


async def start(
    settings: Settings,
    program: Iterable[str],
    environments: Mapping[str, Mapping[str, str]],
    services: Iterable[str] = SERVICES,
) -> list[asyncio.subprocess.Process]:
    """Start one process a service."""
    environment = {
        **os.environ,
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_LOG_LEVEL": "WARNING",
    }
    return [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *program,
            service,
            env={**environment, **environments.get(service, {})},
        )
        for service in services
    ]


async def stop(processes: Iterable[asyncio.subprocess.Process]) -> None:
    """End them and wait, so that their CPU time is counted."""
    for process in processes:
        process.terminate()
        await process.wait()


async def count(settings: Settings, wanted: int) -> None:
    """Read records until as many have come."""
    wanted_topics = outputs(settings, "twincity.transport.records")
    async with reader(settings, wanted_topics, from_beginning=True) as reading:
        seen = 0
        while seen < wanted:
            seen += len(await reading.poll(500))
            reading.keep()


async def latency(
    settings: Settings, topic: str, out: str, name: str = "l"
) -> list[float]:
    """Milliseconds from sending at 500/s to reading on another topic."""
    sent: dict[bytes, float] = {}
    took: list[float] = []
    total = RATE * SECONDS
    consumer = AIOKafkaConsumer(
        settings.prefix + out,
        **client_options(settings),
        isolation_level="read_committed",
        auto_offset_reset="latest",
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    await consumer.seek_to_end()
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()

    async def read() -> None:
        while len(took) < total:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                now = time.monotonic()
                took.extend((now - sent[r.key]) * 1000 for r in records)

    reading = asyncio.create_task(read())
    began = time.monotonic()
    for number in range(total):
        _, _, value, headers = statement(0)
        # A subject of its own each, so that the record's key tells which.
        subject = f"project/chengdu.chongqing/{name}{number}".encode()
        headers_ = [(n, v) for n, v in headers if n not in {"ce_id", "ce_subject"}]
        headers_ += [("ce_id", f"{name}{number}".encode()), ("ce_subject", subject)]
        await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
        sent[subject] = time.monotonic()
        await producer.send(
            settings.prefix + topic, value, key=subject, headers=headers_
        )
    await asyncio.wait_for(reading, 60)
    await producer.stop()
    await consumer.stop()
    return sorted(took)


def cpu_s(processes: Iterable[asyncio.subprocess.Process]) -> float:
    """CPU seconds that running processes have used (Linux)."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2]
        ticks += sum(int(field) for field in fields.split()[11:13])  # user, system
    return ticks / os.sysconf("SC_CLK_TCK")


async def latencies(settings: Settings) -> tuple[list[float], list[float], float]:
    """Through the system, with nothing between, and CPU s per 100,000 at the rate."""
    settings = settings.model_copy(update={"prefix": f"b{uuid.uuid4().hex[:6]}."})
    async with Cluster(settings) as cluster:
        await cluster.apply(topics(Registry.load(settings.parties)))
    inbox_topic = inbox("chengdu")
    processes = await start(settings, OURS, {})
    try:
        await asyncio.sleep(4)  # the processes have started
        # Not counted: each partition's first transaction, each leader's look-up.
        await latency(settings, inbox_topic, "twincity.transport.records", "w")
        before = cpu_s(processes)
        through = await latency(settings, inbox_topic, "twincity.transport.records")
        spent = (cpu_s(processes) - before) * 100_000 / (RATE * SECONDS)
    finally:
        await stop(processes)
    unused = inbox("ziyang")
    return through, await latency(settings, unused, unused), spent


def quantiles(took: list[float]) -> str:
    """Median and 99th percentile."""
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return f"p50 {p50:6.0f} ms   p99 {p99:6.0f} ms"


async def measure(settings: Settings) -> None:
    """Ours and the peer in turn, then the latencies."""
    ours, peer = [], []
    for turn in range(ROUNDS):
        ours.append(await run(settings, OURS))
        peer.append(await run(settings, PEER))
        for name, figures in (("twincity", ours[-1]), ("by hand", peer[-1])):
            print(
                f"{turn + 1}  {name:<9} {figures.per_second:8,.0f} statements/s   "
                f"{figures.cpu_per_100k:6.1f} CPU s per 100,000"
            )
    ratios = sorted(a.cpu_s / b.cpu_s for a, b in zip(ours, peer, strict=True))
    walls = sorted(a.wall_s / b.wall_s for a, b in zip(ours, peer, strict=True))
    middle = len(ratios) // 2
    print(
        f"ratio to the hand-written loop (median of {ROUNDS}): CPU "
        f"{ratios[middle]:.2f}, wall {walls[middle]:.2f}; target ≤ {TARGET}"
    )
    through, floor, spent = await latencies(settings)
    print(f"latency at {RATE}/s, statement to record   {quantiles(through)}")
    print(f"latency at {RATE}/s, produce to consume    {quantiles(floor)}")
    print(f"at {RATE}/s                                {spent:6.1f} CPU s per 100,000")


def main() -> None:
    """Measure on the broker that is set, or on an embedded one."""
    # Finding a new topic's leader at the third try is no measurement.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with broker(Settings.load()) as (settings, _):
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main()
