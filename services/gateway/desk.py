"""What the operators' pages ask the cluster and may do to it.

The command line answers: it knows every service, and asks by the same code as
``twincity status``, ``logs`` and ``deadletters``. A gateway of a party has no desk.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.runtime.discarding import Proposed
from services.runtime.letters import Letter, Previewed
from services.runtime.standing import Status
from twincity_schemas.operations import Act


@dataclass(frozen=True)
class Glance:
    """A look at the system: its standing, and how fast it goes.

    Attributes:
        status: of the cluster.
        rates: offsets a second, by topic, since the glance before; empty at first.
        pace: records a second, by service.
    """

    status: Status
    rates: Mapping[str, float] = field(default_factory=dict)
    pace: Mapping[str, float] = field(default_factory=dict)


class Desk(Protocol):
    """The operators' desk; everything raises ``TwinCityError`` where it cannot be had.

    ``has_lines`` tells whether log lines are kept where it runs.
    """

    has_lines: bool

    async def glance(self) -> Glance:
        """Returns how the system stands now, or a moment ago."""

    async def letters(self, service: str = "") -> list[Letter]:
        """Returns what waits, queue by queue, each in its order."""

    async def proposals(self) -> Mapping[str, Proposed]:
        """Returns the discards that wait for a second person, by service and origin."""

    async def preview(self, queue: Collection[Letter]) -> list[Previewed]:
        """Returns what a redrive of a queue would lead to; nothing is written."""

    async def publish(self, act: Act) -> None:
        """Put an act on the operations topic."""

    async def lines(
        self, level: str, service: str, names: Mapping[str, str], most: int
    ) -> list[Mapping[str, Any]]:
        """Returns the last log lines that are wanted, the newest last.

        Args:
            level: from this one on.
            service: of this one; "" for all.
            names: party, subject, correlation: whose lines.
            most: how many.
        """
