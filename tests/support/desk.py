"""An operators' desk whose cluster is a list, and what it holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.gateway.desk import Glance
from services.runtime.discarding import Proposed
from services.runtime.errors import Unavailable
from services.runtime.letters import Letter, Previewed
from services.runtime.standing import PartyStatus, ShardStatus, Status
from services.runtime.waiting import Waits
from tests.support.saying import S11
from twincity_schemas.operations import Act, DeadLetterReason, Origin
from twincity_schemas.topology import SERVICES

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
WHERE = "twincity.project.statements/3/1742"
AT = f"/pages/operations/letter/{WHERE}?service=coordination"


def shard(service: str, **changes: Any) -> ShardStatus:
    found = ShardStatus(
        service, 0, alive=True, halted=False, behind_s=0.0, committed_at=NOW,
        starts=1, waiting=0, taken=12_345, aborted=0,
    )  # fmt: skip
    return replace(found, **changes)


def standing(**changes: Mapping[str, Any]) -> Status:
    return Status(
        NOW,
        [shard(name, **changes.get(name, {})) for name in SERVICES],
        [PartyStatus("chengdu", NOW, 0.1), PartyStatus("ziyang", None, None)],
        dict.fromkeys(SERVICES, 0) | {"coordination": 2},
        {"twincity.inbox.chengdu": 1_070, "twincity.project.statements": 900},
    )


def letter(offset: int = 1742, **changes: Any) -> Letter:
    waits = Waits(
        DeadLetterReason.UNDECIDED if offset == 1742 else DeadLetterReason.BEHIND
    )
    found = Letter(
        "coordination", S11,
        Origin(topic="twincity.project.statements", partition=3, offset=offset),
        waits, "ValueError('<b>no plan</b>')" if offset == 1742 else "", "0.1.0",
        [("ce_id", b"s11-1"), ("ce_type", b"twincity.progress.reported.v1")],
        '{"note": "月报 <script>1</script>"}'.encode(), cut=False,
        dead_since=1_764_216_000_000,
    )  # fmt: skip
    return replace(found, **changes)


@dataclass
class ListDesk:
    """A desk that remembers what was asked of it."""

    standing: Status = field(default_factory=standing)
    waiting: list[Letter] = field(default_factory=lambda: [letter(), letter(1743)])
    proposed: dict[str, Proposed] = field(default_factory=dict)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    previews: int = 0
    has_lines: bool = True
    away: bool = False

    async def glance(self) -> Glance:
        self._there()
        return Glance(
            self.standing, {"twincity.inbox.chengdu": 3.25}, {"admission": 3.2}
        )

    async def letters(self, service: str = "") -> list[Letter]:
        self._there()
        return [one for one in self.waiting if service in {"", one.service}]

    async def proposals(self) -> Mapping[str, Proposed]:
        return self.proposed

    async def preview(self, queue: Collection[Letter]) -> list[Previewed]:
        self.previews += 1
        first, *_ = queue
        told = ("twincity.transport.records twincity.project.recorded.v1",)
        return [
            Previewed(first, told),
            Previewed(letter(1743), failure="ValueError(2)"),
        ]

    async def publish(self, act: Act) -> None:
        self._there()
        self.acts.append(act)

    async def lines(
        self, level: str, service: str, names: Mapping[str, str], most: int
    ) -> list[Mapping[str, Any]]:
        self.asked = (level, service, dict(names), most)
        return self.told

    def _there(self) -> None:
        if self.away:
            raise Unavailable("Kafka cannot be asked 无法查询 Kafka")
