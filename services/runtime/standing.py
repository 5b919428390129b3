"""How the system stands, as the cluster alone tells it: figures for who looks on."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ShardStatus:
    """One shard: positions, lag, halts.

    Attributes:
        service: whose it is.
        shard: its number.
        alive: whether it said so lately; False too where it never did.
        halted: whether it said that it waits for an operator.
        behind_s: age of the oldest record that it has not taken in, in seconds.
        committed_at: its last commit or sign of life.
        starts: how often it was started.
        waiting: subjects whose statements wait among its dead letters.
        taken: records that its process has taken in.
        aborted: batches that it has taken back.
    """

    service: str
    shard: int
    alive: bool
    halted: bool
    behind_s: float
    committed_at: datetime | None
    starts: int | None
    waiting: int | None
    taken: int | None = None
    aborted: int | None = None


@dataclass(frozen=True)
class PartyStatus:
    """One party's latest statement, and days since then; None: never."""

    party: str
    last_statement_at: datetime | None
    silent_days: float | None


@dataclass
class Status:
    """The whole system, from the cluster alone.

    Attributes:
        as_of: when it was asked.
        dead_letters: by service, how many.
        written: by topic, how many offsets it has; markers of transactions included.
        disputed: projects with a figure that is disputed.
        overdue: tasks, obstacles and factors past their time.
    """

    as_of: datetime
    shards: list[ShardStatus] = field(default_factory=list)
    parties: list[PartyStatus] = field(default_factory=list)
    dead_letters: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    disputed: int = 0
    overdue: int = 0

    def document(self) -> dict[str, Any]:
        """All of it, times as ISO 8601."""
        answer: dict[str, Any] = _plain(asdict(self))
        return answer


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case _:
            return value
