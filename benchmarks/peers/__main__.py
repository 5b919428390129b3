"""Run them all: ``make bench-peers`` (some minutes, two cores).

In turn, on one broker, each starting anew: it works one project off, so that its
start is over; then a thousand projects cold and two thousand warm, with the whole
backlog there before it goes on. In each phase the CPU of its processes and of the
broker is counted apart. Then, started once more, statements at a steady rate. All
have to come to the same receipts and records.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.peers.contenders import contenders
from benchmarks.peers.course import RATE, Bulk, Course, Outputs, Steady
from services.local.stack import broker
from services.runtime.settings import Settings

COLD, WARM = int(os.environ.get("COLD", "1000")), int(os.environ.get("WARM", "2000"))
"""Projects, of ten statements each."""
ROUNDS = int(os.environ.get("ROUNDS", "3"))


@dataclass
class Result:
    """Of one contender, all rounds."""

    name: str
    bulk: list[Bulk] = field(default_factory=list)
    steady: Steady | None = None

    @property
    def warm_cpu(self) -> float:
        """CPU seconds for 100,000 statements, warm; the median."""
        return median(one.warm.cpu_per_100k for one in self.bulk)

    @property
    def warm_rate(self) -> float:
        """Statements a second, warm; the median."""
        return median(one.warm.per_second for one in self.bulk)

    def row(self) -> Iterator[str]:
        """For the table."""
        yield self.name
        yield f"{median(one.start_s for one in self.bulk):.1f}"
        yield f"{median(one.cold.cpu_per_100k for one in self.bulk):.1f}"
        yield f"{median(one.cold.per_second for one in self.bulk):,.0f}"
        yield f"{self.warm_cpu:.1f}"
        yield f"{self.warm_rate:,.0f}"
        yield f"{median(one.warm.broker_per_100k for one in self.bulk):.1f}"
        yield f"{median(one.peak_mb for one in self.bulk):,.0f}"
        if self.steady is not None:
            yield f"{self.steady.p50_ms:.0f}"
            yield f"{self.steady.p99_ms:.0f}"
            yield f"{self.steady.cpu_per_100k:.1f}"


COLUMNS = (
    "",
    "start\nCPU s",
    "cold\nCPU s",
    "cold\n/s",
    "warm\nCPU s",
    "warm\n/s",
    "broker\nCPU s",
    "peak\nMB",
    f"p50 ms\n{RATE}/s",
    f"p99 ms\n{RATE}/s",
    f"CPU s\n{RATE}/s",
)


async def measure(settings: Settings, broker_pid: int | None) -> int:
    """Measure each in turn, and print; returns the status."""
    out = Console(width=120)
    quix, java = (
        Path(path) if (path := os.environ.get(name)) else None
        for name in ("QUIX_PYTHON", "STREAMS_CLASSES")
    )
    peers = contenders(quix, java)
    results = [Result(one.name) for one in peers]
    outputs: list[Outputs] = []
    for turn in range(ROUNDS):
        for contender, result in zip(peers, results, strict=True):
            course = Course(contender, settings, broker_pid)
            bulk = await course.bulk(COLD, WARM)
            result.bulk.append(bulk)
            outputs.append(course.seen.latest)
            out.print(
                f"{turn + 1}  {contender.name:<16} warm {bulk.warm.per_second:7,.0f}/s"
                f"  {bulk.warm.cpu_per_100k:6.1f} CPU s for 100,000"
                f"  cold {bulk.cold.cpu_per_100k:6.1f}"
            )
    for contender, result in zip(peers, results, strict=True):
        result.steady = await Course(contender, settings, broker_pid).steady()
    table = Table(*COLUMNS, title="CPU s for 100,000 statements; medians")
    for result in results:
        table.add_row(*result.row())
    out.print(table)
    differing = {
        name
        for one in outputs[1:]
        for name in outputs[0].keys() | one.keys()
        if outputs[0].get(name) != one.get(name)
    }
    out.print(
        f"last values by topic and key: {len(outputs[0]):,}, "
        f"of which differ: {len(differing):,}"
    )
    for what, figure, goal in goals({result.name: result for result in results}):
        out.print(f"{what:<40} {figure:>10}   goal {goal}")
    return 1 if differing else 0


def goals(by: dict[str, Result]) -> Iterator[tuple[str, str, str]]:
    """Each goal beside its figure, where its peer is there."""
    ours = by["twincity"]
    if (streams := by.get("kafka streams")) is not None:
        ratio = ours.warm_cpu / streams.warm_cpu
        yield "CPU, of Kafka Streams'", f"{ratio:.2f}", "≤ 2.2"
        ratio = ours.warm_rate / streams.warm_rate
        yield "throughput, of Kafka Streams'", f"{ratio:.2f}", "≥ 0.5"
    ratio = ours.warm_cpu / by["by hand"].warm_cpu
    yield "CPU, of the hand-written loop's", f"{ratio:.2f}", "< 0.8"
    ratio = by["twincity, 2 each"].warm_cpu / ours.warm_cpu
    yield "CPU with 2 processes each, of 1", f"{ratio:.2f}", "0.9 to 1.1"
    if (steady := ours.steady) is not None:
        took = f"{steady.p50_ms:.0f}/{steady.p99_ms:.0f}"
        yield f"p50/p99 at {RATE}/s, ms", took, "≤ 75/115"
        ratio = steady.cpu_per_100k / ours.warm_cpu
        yield f"CPU at {RATE}/s, of that in bulk", f"{ratio:.2f}", "≤ 2"


def main() -> int:
    """Measure on the broker that is set, or on an embedded one."""
    # Finding a new topic's leader at the third try is no measurement.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with broker(Settings.load()) as (settings, kafka):
        pid = None if kafka is None else kafka.pid
        return asyncio.run(measure(settings, pid))


if __name__ == "__main__":
    sys.exit(main())
