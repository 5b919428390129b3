"""What the contract costs: reading a statement against bare pydantic.

Three readings of each statement of about one kilobyte among the examples, in
one run: the same models bare (the data by ``model_validate_json``, the envelope
by ``model_validate``: the peer), the whole message as a reader of a trusted
topic reads it, and as the gate reads it (repeated names, NaN and sizes looked
at too). The best of five rounds, in microseconds.
"""

import json
import sys
import timeit
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.envelope import Envelope
from twincity_schemas.generate import examples
from twincity_schemas.message import parse

ROUNDS, TIMES = 5, 5_000
SMALLEST, LARGEST = 800, 1_800
TARGET = 1.5
COLUMNS = ("bytes", "bare µs", "reader µs", "ratio", "gate µs", "ratio")
out = Console()


def microseconds(work: Callable[[], object]) -> float:
    """The best of several rounds, per call."""
    return min(timeit.repeat(work, number=TIMES, repeat=ROUNDS)) / TIMES * 1e6


def import_seconds() -> float:
    """Returns the seconds that a fresh interpreter takes for the contract alone."""
    run = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', %r])"
    return min(timeit.repeat(run % "import twincity_schemas", number=1, repeat=3)) - (
        min(timeit.repeat(run % "", number=1, repeat=3))
    )


def main() -> None:
    """Measure and print."""
    table = Table("statement", *COLUMNS)
    for event_type in EVENT_TYPES.values():
        for story, document in examples()[event_type.fact].items():
            value = json.dumps(document["data"], ensure_ascii=False).encode()
            if not (event_type.is_statement and SMALLEST < len(value) < LARGEST):
                continue
            attributes = document["envelope"]
            headers = Envelope.model_validate(attributes).to_headers()
            model = event_type.model
            bare = microseconds(
                lambda m=model, v=value, a=attributes: (
                    m.model_validate_json(v),
                    Envelope.model_validate(a),
                )
            )
            reader = microseconds(lambda h=headers, v=value: parse(h, v))
            gate = microseconds(lambda h=headers, v=value: parse(h, v, gate=True))
            table.add_row(
                f"{event_type.fact} {story}",
                str(len(value)),
                f"{bare:.1f}",
                f"{reader:.1f}",
                f"{reader / bare:.2f}",
                f"{gate:.1f}",
                f"{gate / bare:.2f}",
            )
    out.print(table)
    out.print(f"target: a reader's ratio of at most {TARGET}")
    out.print(f"import twincity_schemas: {import_seconds():.2f} s")


if __name__ == "__main__":
    main()
