"""A release with a fault, and its mending: a file switches the fault on and off.

``python -m tests.support.faulty run coordination`` runs a service of it, as a
process that can be killed.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.cli import main
from services.cli.services import MINDS
from services.runtime.incoming import Incoming
from services.runtime.service import MakeMind, Mind
from twincity_schemas.parties import Registry

FAULT = "TEST_FAULT"
"""Names the file: the ids of the statements that fail, one a line."""


def faulty(make: MakeMind, fails: Callable[[Incoming], Exception | None]) -> MakeMind:
    """A service that cannot decide about some statements."""

    def make_faulty(registry: Registry) -> Mind:
        mind = make(registry)

        def decide(incoming: Incoming) -> Iterator[Any]:
            if (error := fails(incoming)) is not None:
                raise error
            yield from mind.decide(incoming)

        return replace(mind, decide=decide)

    return make_faulty


def by_file(path: Path) -> Callable[[Incoming], Exception | None]:
    """Fails for the ids in a file, as long as it is there."""

    def fails(incoming: Incoming) -> Exception | None:
        ids = path.read_text("utf-8").split() if path.exists() else []
        found = incoming.seen.get("id") in ids
        return ZeroDivisionError("a month without a plan") if found else None

    return fails


if __name__ == "__main__":
    for name, made in tuple(MINDS.items()):
        MINDS[name] = faulty(made, by_file(Path(os.environ[FAULT])))
    sys.exit(main())
