"""What a statement costs: of many projects, and of one with a long history.

``make bench-scale``: ten thousand projects, a million statements; then one project
with five thousand.

Coordination's decisions, fed statement by statement in the order of the two
years of ``year``, first for a thousand projects and then for ten thousand, each
in a process of its own: what a statement costs must not grow with the number of
projects. Then the memory is read back from what was written to the changelog,
as a restart does. Then both sizes through Kafka, exactly once, admission before it.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from aiokafka import ConsumerRecord
from rich.console import Console
from rich.table import Table

from benchmarks import year
from benchmarks.peers.contenders import OURS
from benchmarks.peers.course import Course
from services.coordination.service import make_processor
from services.local.stack import broker
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.process import spare_collector
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry

SIZES = (1_000, int(os.environ.get("PROJECTS", "10000")))
MORE = min(1_000, SIZES[0])
TARGET = 0.20
COLUMNS = (
    "projects",
    "statements",
    "statements/s",
    "µs/statement",
    "KB/project",
    "rebuilt s",
    "bytes/statement",
)
PRINTED = (10, 100, 1_000, 5_000)
LONGEST = PRINTED[-1]


@dataclass
class Figures:
    """The cost of one size."""

    projects: int
    statements: int
    seconds: float
    kilobytes: float
    """Of memory, a project."""
    rebuilt_s: float
    wrote: int
    """Bytes to topics and changelog, in all."""

    @property
    def microseconds(self) -> float:
        """CPU time of a statement: parse, fold, derive, spell record and memory."""
        return self.seconds / self.statements * 1e6


def replay(projects: int) -> Figures:
    """Replay everything about so many projects in this process."""
    registry = Registry.load(Settings().parties)
    processor = make_processor(registry)
    sample = year.statements(0)
    changelog: dict[str, bytes | None] = {}
    spare_collector()
    before = resident()
    spent, wrote = 0.0, 0
    for _, value, headers in sample:
        # One statement of each project, then the next of each: as months pass.
        batch = [record(number, value, headers) for number in range(projects)]
        began = time.process_time()
        for message in batch:
            for outcome in processor.decide(Incoming(message)):
                if isinstance(outcome, Save):
                    saved = processor.memory.put(outcome.key, outcome.value)
                    changelog[outcome.key] = saved
                    wrote += len(saved or b"")
                elif isinstance(outcome, Publish):
                    wrote += len(outcome.value or b"")
            processor.memory.commit()
        spent += time.process_time() - began
    kept = sum(len(value or b"") for value in changelog.values())
    grown = (resident() - before) * 1024 - kept
    again = make_processor(registry)
    began = time.perf_counter()
    for key, saved in changelog.items():
        again.memory.restore(key, saved)
    rebuilt = time.perf_counter() - began
    assert dict(again.memory.items()) == dict(processor.memory.items())  # noqa: S101  what is timed has to be right
    return Figures(
        projects,
        projects * len(sample),
        spent,
        grown / projects / 1000,
        rebuilt,
        wrote,
    )


def history() -> Table:
    """One project's 10th to 5,000th statement: each an obstacle of its own."""
    processor = make_processor(Registry.load(Settings().parties))
    first, *rest = year.statements(0)
    template = next(m for m in rest if b"obstacle.reg" in dict(m[2])["ce_type"])
    content = json.loads(template[1])
    table = Table("statement", "ms", "bytes published", "bytes saved")
    spent: list[float] = []
    for number in range(1, LONGEST + 1):
        value = json.dumps(content | {"obstacle": f"o{number}"}).encode()
        message = first if number == 1 else ("", value, template[2])
        headers = [
            (n, f"h{number}".encode() if n == "ce_id" else v) for n, v in message[2]
        ]
        began = time.process_time()
        outcomes = list(processor.decide(Incoming(record(0, message[1], headers))))
        saved = 0
        for outcome in outcomes:
            if isinstance(outcome, Save):
                saved += len(processor.memory.put(outcome.key, outcome.value) or b"")
        outcomes += processor.finish()
        processor.memory.commit()
        spent.append(time.process_time() - began)
        if number in PRINTED:
            published = sum(
                len(o.value or b"") for o in outcomes if isinstance(o, Publish)
            )
            mean = sum(spent[-10:]) / 10 * 1000
            table.add_row(f"{number:,}", f"{mean:.2f}", f"{published:,}", f"{saved:,}")
    return table


async def through_kafka() -> Table:
    """Returns the cost of statements about new projects beside so many."""
    table = Table("projects", "statements/s", "CPU µs/statement", "peak MB")
    with broker(Settings.load()) as (settings, _):
        for size in SIZES:
            bulk = await Course(OURS, settings, None).bulk(size, MORE)
            table.add_row(
                f"{size:,}",
                f"{bulk.warm.per_second:,.0f}",
                f"{bulk.warm.cpu_per_100k * 10:,.0f}",
                f"{bulk.peak_mb:,.0f}",
            )
    return table


def record(
    number: int, value: bytes, headers: list[tuple[str, bytes]]
) -> ConsumerRecord:
    """A statement of the sample as another project's."""
    key = year.subject(number).encode()
    headers_ = [(n, key if n == "ce_subject" else v) for n, v in headers]
    return ConsumerRecord("", 0, 0, 0, 0, key, value, 0, len(key), len(value), headers_)


def resident() -> int:
    """Kilobytes of this process in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measure each size in a process of its own, and print."""
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(asdict(replay(int(sys.argv[1])))))
        return
    table = Table(*COLUMNS)
    figures_of = []
    for size in SIZES:
        command = (sys.executable, "-m", "benchmarks.scale", str(size))
        ran = subprocess.run(  # noqa: S603  this module itself
            command, check=True, capture_output=True, text=True
        )
        figures_of.append(figures := Figures(**json.loads(ran.stdout)))
        table.add_row(
            f"{figures.projects:,}",
            f"{figures.statements:,}",
            f"{1e6 / figures.microseconds:,.0f}",
            f"{figures.microseconds:,.0f}",
            f"{figures.kilobytes:,.0f}",
            f"{figures.rebuilt_s:,.1f}",
            f"{figures.wrote / figures.statements:,.0f}",
        )
    out = Console()
    out.print(table)
    small, large = figures_of
    growth = large.microseconds / small.microseconds - 1
    out.print(
        f"cost from the smaller to the larger {growth:+.0%}; target ±{TARGET:.0%}"
    )
    out.print("one project, one obstacle more each time:")
    out.print(history())
    out.print(f"through Kafka, {MORE:,} projects more of ten statements each:")
    out.print(asyncio.run(through_kafka()))


if __name__ == "__main__":
    main()
