"""One contender's course: start, cold, warm; and once more at a steady rate."""

import asyncio
import re
import signal
import tempfile
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from benchmarks.peers import work
from benchmarks.peers.contenders import (
    BULK_MS,
    PROMPT_MS,
    Contender,
    Processes,
    running,
)
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry
from twincity_schemas.topology import inbox, receipts, records, topics
from twincity_schemas.values import Domain

RATE, SECONDS = 500, 5
ARRIVED_MS = 1_793_494_800_000
"""2026-11-01 09:00 in Beijing; a millisecond later with each statement, so that all
contenders read the same inboxes."""
_STATEMENTS = re.compile(rb'"statements":(\d+)')
_START_S, _WORK_S = 180, 900

Outputs = dict[tuple[str, bytes], str]
"""Of each topic and key the digest of its last value and its type."""


@dataclass(frozen=True)
class Figures:
    """The time and CPU that a contender took for one phase.

    Attributes:
        statements: how many there were.
        cpu_s: its own CPU time.
        broker_s: the broker's.
    """

    statements: int
    wall_s: float
    cpu_s: float
    broker_s: float

    @property
    def per_second(self) -> float:
        """Statements a second."""
        return self.statements / self.wall_s

    @property
    def cpu_per_100k(self) -> float:
        """Its CPU seconds for 100,000 statements."""
        return self.cpu_s * 100_000 / self.statements

    @property
    def broker_per_100k(self) -> float:
        """The broker's CPU seconds for 100,000 statements."""
        return self.broker_s * 100_000 / self.statements


@dataclass(frozen=True)
class Bulk:
    """The figures of a contender that works a backlog off.

    Attributes:
        start_s: CPU seconds of its start.
        peak_mb: the most memory that it held.
    """

    start_s: float
    cold: Figures
    warm: Figures
    peak_mb: float


@dataclass(frozen=True)
class Steady:
    """The figures of a contender at a steady rate."""

    p50_ms: float
    p99_ms: float
    cpu_per_100k: float


class Seen:
    """The receipts and records that a contender has published, read as they come."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.prefix
        self.latest: Outputs = {}
        self.arrived: dict[bytes, float] = {}
        """When the first record that a statement caused was read, by its id."""
        self.receipts = 0
        self._counted: dict[bytes, int] = defaultdict(int)

    @property
    def statements(self) -> int:
        """Returns the number of statements that the records say they rest on."""
        return sum(self._counted.values())

    def take(self, record: ConsumerRecord) -> None:
        """Take a receipt or a record in."""
        headers = dict(record.headers)
        value: bytes = (record.value or b"").replace(self._prefix.encode(), b"")
        is_receipt = "receipts" in record.topic
        self.receipts += is_receipt
        if not is_receipt:
            self.arrived.setdefault(headers["ce_causationid"], time.monotonic())
            if b"#" not in record.key and (count := _STATEMENTS.search(value)):
                self._counted[record.key] = int(count[1])
        # A record's other headers tell which statement came last, which differs from
        # run to run; the values may not.
        content = value + headers["ce_type"]
        name = record.topic.removeprefix(self._prefix), record.key
        self.latest[name] = sha256(content).hexdigest()

    async def until(self, consumer: AIOKafkaConsumer, statements: int) -> None:
        """Read until the outcome of so many statements is there, or time is up.

        Raises:
            TimeoutError: it is not.
        """
        async with asyncio.timeout(_START_S if statements < 100 else _WORK_S):
            while min(self.receipts, self.statements) < statements:
                batches = await consumer.getmany(timeout_ms=200)
                for batch in batches.values():
                    for record in batch:
                        self.take(record)


class Course:
    """One contender on one prefix of its own.

    Args:
        contender: which.
        settings: with the broker.
        broker_pid: whose CPU is counted apart.
    """

    def __init__(
        self, contender: Contender, settings: Settings, broker_pid: int | None
    ) -> None:
        prefix = f"p{uuid.uuid4().hex[:6]}."
        self.settings = settings.model_copy(update={"prefix": prefix})
        self.contender = contender
        self.seen = Seen(self.settings)
        self._broker = Processes([] if broker_pid is None else [broker_pid])
        self._sent = 0
        self._projects = 0

    async def bulk(self, cold: int, warm: int) -> Bulk:
        """Work so many projects off cold, and so many warm."""
        with tempfile.TemporaryDirectory() as folder:
            async with (
                _Topics(self.settings) as consumer,
                running(self.contender, self.settings, Path(folder), BULK_MS) as own,
            ):
                await self._fill(1)
                await self.seen.until(consumer, self._sent)
                await asyncio.sleep(1)
                start_s = own.used().cpu_s
                return Bulk(
                    start_s,
                    await self._phase(own, consumer, cold),
                    await self._phase(own, consumer, warm),
                    own.used().peak_mb,
                )

    async def steady(self) -> Steady:
        """Latency and CPU at a steady rate, after as long at that rate uncounted."""
        with tempfile.TemporaryDirectory() as folder:
            async with (
                _Topics(self.settings) as consumer,
                running(self.contender, self.settings, Path(folder), PROMPT_MS) as own,
            ):
                await self._fill(1)
                await self.seen.until(consumer, self._sent)
                await self._at_rate(consumer)
                before = own.used().cpu_s
                took = sorted(await self._at_rate(consumer))
                spent = own.used().cpu_s - before
        return Steady(
            took[len(took) // 2] * 1000,
            took[len(took) * 99 // 100] * 1000,
            spent * 100_000 / (RATE * SECONDS),
        )

    async def _phase(
        self, own: Processes, consumer: AIOKafkaConsumer, projects: int
    ) -> Figures:
        """Fill the inboxes while it stands still, and let it work them off."""
        own.signal(signal.SIGSTOP)
        before = self._sent
        await self._fill(projects)
        spent, broker = own.used().cpu_s, self._broker.used().cpu_s
        own.signal(signal.SIGCONT)
        began = time.monotonic()
        await self.seen.until(consumer, self._sent)
        wall = time.monotonic() - began
        return Figures(
            self._sent - before,
            wall,
            own.used().cpu_s - spent,
            self._broker.used().cpu_s - broker,
        )

    def _more(self, projects: int) -> range:
        first, self._projects = self._projects, self._projects + projects
        return range(first, self._projects)

    async def _fill(self, projects: int) -> None:
        async with self._producer(linger_ms=20) as producer:
            for message in work.messages(self._more(projects)):
                await self._send(producer, message)

    def _producer(self, linger_ms: int) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **client_options(self.settings),
            linger_ms=linger_ms,
            max_batch_size=262_144,
        )

    async def _send(self, producer: AIOKafkaProducer, message: work.Message) -> None:
        party, key, value, headers = message
        self._sent += 1
        await producer.send(
            self.settings.prefix + inbox(party),
            value,
            key=key,
            headers=headers,
            timestamp_ms=ARRIVED_MS + self._sent,
        )

    async def _at_rate(self, consumer: AIOKafkaConsumer) -> list[float]:
        """Seconds from sending each statement to reading its first record."""
        total = RATE * SECONDS
        sent: dict[bytes, float] = {}
        async with self._producer(linger_ms=0) as producer:
            reading = asyncio.create_task(self.seen.until(consumer, self._sent + total))
            began = time.monotonic()
            projects = self._more(total // work.PER_PROJECT)
            for number, message in enumerate(islice(work.messages(projects), total)):
                await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
                sent[dict(message[3])["ce_id"]] = time.monotonic()
                await self._send(producer, message)
            await reading
        return [self.seen.arrived[name] - at for name, at in sent.items()]


class _Topics:
    """The catalogue's topics, and a consumer of what contenders publish."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __aenter__(self) -> AIOKafkaConsumer:
        settings = self._settings
        registry = Registry.load(settings.parties)
        async with Cluster(settings) as cluster:
            # Inboxes take the timestamps that they are given.
            await cluster.apply(topics(registry, story_time=True))
        read = [records(Domain.TRANSPORT), *map(receipts, work.PARTIES)]
        self._consumer = AIOKafkaConsumer(
            *(settings.prefix + name for name in read),
            **client_options(settings),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=20,
            max_partition_fetch_bytes=4_000_000,
        )
        await self._consumer.start()
        return self._consumer

    async def __aexit__(self, *_exc: object) -> None:
        await self._consumer.stop()
