"""Ten thousand projects, a million statements (``make bench-scale``).

Coordination's decisions, fed statement by statement in the order of the two
years of ``year``, first for a thousand projects and then for ten thousand, each
in a process of its own: what a statement costs must not grow with the number of
projects. Then the memory is read back from what was written to the changelog,
as a restart does. No broker: ``make bench`` measures what Kafka adds.
"""

import gc
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
from services.coordination.handlers import make_mind
from services.runtime.delivery import Incoming
from services.runtime.outcomes import Save
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry

SIZES = (1_000, int(os.environ.get("PROJECTS", "10000")))
TARGET = 0.20
COLUMNS = (
    "projects",
    "statements",
    "statements/s",
    "µs/statement",
    "KB/project",
    "rebuilt s",
)


@dataclass
class Figures:
    """What one size cost."""

    projects: int
    statements: int
    seconds: float
    kilobytes: float
    """Of memory, a project."""
    rebuilt_s: float

    @property
    def microseconds(self) -> float:
        """CPU time of a statement: parse, fold, derive, spell record and memory."""
        return self.seconds / self.statements * 1e6


def replay(projects: int) -> Figures:
    """Replay everything about so many projects in this process."""
    registry = Registry.load(Settings().parties)
    mind = make_mind(registry)
    sample = year.statements(0)
    changelog: dict[str, bytes | None] = {}
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # as the runtime sets it
    before = resident()
    spent = 0.0
    for _, value, headers in sample:
        # One statement of each project, then the next of each: as months pass.
        batch = [record(number, value, headers) for number in range(projects)]
        began = time.process_time()
        for message in batch:
            for outcome in mind.decide(Incoming(message)):
                if isinstance(outcome, Save):
                    saved = mind.memory.put(outcome.key, outcome.value)
                    changelog[outcome.key] = saved
            mind.memory.commit()
        spent += time.process_time() - began
    kept = sum(len(value or b"") for value in changelog.values())
    grown = (resident() - before) * 1024 - kept
    again = make_mind(registry)
    began = time.perf_counter()
    for key, saved in changelog.items():
        again.memory.restore(key, saved)
    rebuilt = time.perf_counter() - began
    assert dict(again.memory.items()) == dict(mind.memory.items())  # noqa: S101
    return Figures(
        projects, projects * len(sample), spent, grown / projects / 1000, rebuilt
    )


def record(
    number: int, value: bytes, headers: list[tuple[str, bytes]]
) -> ConsumerRecord:
    """A statement of the sample as another project's."""
    key = year.subject(number).encode()
    told = [(n, key if n == "ce_subject" else v) for n, v in headers]
    return ConsumerRecord("", 0, 0, 0, 0, key, value, 0, len(key), len(value), told)


def resident() -> int:
    """Kilobytes of this process in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measure each size in a process of its own, and print."""
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(asdict(replay(int(sys.argv[1])))))
        return
    table = Table(*COLUMNS)
    found = []
    for size in SIZES:
        command = (sys.executable, "-m", "benchmarks.scale", str(size))
        ran = subprocess.run(  # noqa: S603  this module itself
            command, check=True, capture_output=True, text=True
        )
        found.append(figures := Figures(**json.loads(ran.stdout)))
        table.add_row(
            f"{figures.projects:,}",
            f"{figures.statements:,}",
            f"{1e6 / figures.microseconds:,.0f}",
            f"{figures.microseconds:,.0f}",
            f"{figures.kilobytes:,.0f}",
            f"{figures.rebuilt_s:,.1f}",
        )
    out = Console()
    out.print(table)
    small, large = found
    growth = large.microseconds / small.microseconds - 1
    out.print(
        f"cost from the smaller to the larger {growth:+.0%}; target ±{TARGET:.0%}"
    )


if __name__ == "__main__":
    main()
