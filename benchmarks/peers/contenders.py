"""Who is compared: what each runs, and what its processes have used (Linux)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from services.runtime.process import dies_with_parent
from services.runtime.settings import Settings

_HERE = Path(__file__).parent
_TICK = os.sysconf("SC_CLK_TCK")
SERVICES = ("admission", "coordination")
BULK_MS, PROMPT_MS = "100", "20"
"""Between two commits, of those that are set so: for throughput, for latency."""


@dataclass(frozen=True)
class Contender:
    """One that does the work.

    Attributes:
        programs: what its processes run; ``{commit_ms}`` is filled in.
        shards: how many processes run each of them.
    """

    name: str
    programs: tuple[tuple[str, ...], ...]
    shards: int = 1


OURS = Contender(
    "twincity",
    tuple((sys.executable, "-m", "services.cli", "run", one) for one in SERVICES),
)


def contenders(quix: Path | None, java: Path | None) -> list[Contender]:
    """Ours, the same decisions by hand, and the peers that are there.

    Args:
        quix: a Python with quixstreams; None: there is none.
        java: the folder with the Kafka Streams peer and its jars.
    """
    python = sys.executable
    installed = [
        OURS,
        replace(OURS, name="twincity, 2 each", shards=2),
        Contender(
            "by hand",
            tuple((python, "-m", "benchmarks.by_hand", one) for one in SERVICES),
        ),
    ]
    if java is not None:
        path = f"{java}/classes:{java}/dependency/*"
        installed.append(
            Contender("kafka streams", (("java", "-cp", path, "Twin", "{commit_ms}"),))
        )
    if quix is not None:
        app = str(_HERE / "quix_app.py")
        installed.append(
            Contender("quixstreams", tuple((str(quix), app, one) for one in SERVICES))
        )
    return installed


@dataclass(frozen=True)
class Used:
    """CPU seconds and memory of some processes.

    Attributes:
        cpu_s: user and system time, since they were started.
        peak_mb: the most memory that they held.
    """

    cpu_s: float
    peak_mb: float


class Processes:
    """A contender's processes."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = tuple(pids)

    def signal(self, number: signal.Signals) -> None:
        """Send one to each."""
        for pid in self._pids:
            os.kill(pid, number)

    def used(self) -> Used:
        """Returns the seconds of CPU and the bytes that they have used so far."""
        ticks = kilobytes = 0
        for pid in self._pids:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            [peak] = [line for line in status if line.startswith("VmHWM")]
            kilobytes += int(peak.split()[1])
        return Used(ticks / _TICK, kilobytes / 1000)


@asynccontextmanager
async def running(
    contender: Contender, settings: Settings, folder: Path, commit_ms: str
) -> AsyncIterator[Processes]:
    """Start a contender's processes, and end them."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{_HERE.parents[1]}:{_HERE.parents[1]}/schemas",
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_LOG_LEVEL": "WARNING",
        "STATE": str(folder),
        "COMMIT_MS": commit_ms,
    }
    started = [
        await asyncio.create_subprocess_exec(
            *dies_with_parent(),
            *(part.format(commit_ms=commit_ms) for part in program),
            env=environment | {"TWINCITY_SHARD": f"{number}/{contender.shards}"},
        )
        for program in contender.programs
        for number in range(contender.shards)
    ]
    try:
        yield Processes(process.pid for process in started)
    finally:
        for process in started:
            if process.returncode is None:
                process.terminate()
        for process in started:
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                process.kill()
                await process.wait()
