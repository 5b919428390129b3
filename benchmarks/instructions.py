"""How many instructions a statement takes (``make bench-instructions``, a minute).

Admission's and coordination's decisions about the peers' work, in one process and
without Kafka, counted by valgrind's callgrind. A machine's speed may double within
minutes; this count moves by a thousandth from run to run, so it shows what one per cent
more or less is, on a machine that others use too.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from aiokafka import ConsumerRecord

from benchmarks.peers import work
from services.admission import service as admission
from services.coordination import service as coordination
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.service import Processor
from services.runtime.settings import Settings
from twincity_schemas.catalogue import build_models
from twincity_schemas.parties import Registry
from twincity_schemas.topology import inbox

WARM, COUNTED = range(20), range(20, 40)
"""Projects: those before the count begins, and those that are counted."""
_ARRIVED_MS = 1_793_494_800_000  # 2026-11-01 09:00 in Beijing


def record(
    topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
) -> ConsumerRecord:
    """A record as a consumer hands it over."""
    sizes = len(key), len(value)
    return ConsumerRecord(
        topic, 0, 0, _ARRIVED_MS, 0, key, value, None, *sizes, tuple(headers)
    )


def decided(processor: Processor, message: ConsumerRecord) -> Iterator[Publish]:
    """Decide about one message as a batch of its own; yields what is published."""
    for outcome in list(processor.decide(Incoming(message))):
        if isinstance(outcome, Save):
            processor.memory.put(outcome.key, outcome.value)
        elif isinstance(outcome, Publish):
            yield outcome
    yield from (one for one in processor.finish() if isinstance(one, Publish))
    processor.memory.commit()


def take(services: list[Processor], projects: range) -> int:
    """Let both services take projects in; returns how many messages followed."""
    gate, fold = services
    published = 0
    for party, key, value, headers in work.messages(projects):
        for one in decided(gate, record(inbox(party), key, value, headers)):
            published += 1
            if one.topic.endswith(".statements") and one.value is not None:
                trusted = record(one.topic, one.key, one.value, list(one.headers))
                published += sum(1 for _ in decided(fold, trusted))
    return published


def counted() -> None:
    """Run under callgrind, which counts from the warm state on."""
    build_models()
    registry = Registry.load(Settings().parties)
    services = [
        make(registry)
        for make in (admission.make_processor, coordination.make_processor)
    ]
    take(services, WARM)
    count("on")
    published = take(services, COUNTED)
    count("off")
    sys.stdout.write(f"{published}\n")


def count(state: str) -> None:
    """Have callgrind count from here on, or no longer."""
    command = ("callgrind_control", "-i", state, str(os.getpid()))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  valgrind's own tool


def main() -> int:
    """Run it under callgrind and print the count; returns the status."""
    if len(sys.argv) > 1:
        counted()
        return 0
    if shutil.which("valgrind") is None:
        sys.stderr.write("valgrind is not installed 未安装 valgrind\n")
        return 1
    tool = ("valgrind", "--tool=callgrind", "--instr-atstart=no")
    ran = subprocess.run(  # noqa: S603  this module itself
        (
            *tool,
            "--callgrind-out-file=/dev/null",
            *(sys.executable, "-m", "benchmarks.instructions", "counted"),
        ),
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    collected = re.search(r"Collected : (\d+)", ran.stderr)
    if collected is None:
        sys.stderr.write(ran.stderr)
        return 1
    statements = len(COUNTED) * work.PER_PROJECT
    print(
        f"{int(collected[1]) / statements / 1e6:.2f} million instructions a statement; "
        f"{int(ran.stdout) / statements:.1f} messages"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
