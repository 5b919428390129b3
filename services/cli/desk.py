"""The desk of the operators' pages: the commands' own code, asked by a gateway.

Each question runs in a thread with a loop of its own: to read topics whole, or a
shard's memory, must not hold up the gateway's streams.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from services.cli.letters import letters, proposals, publish
from services.cli.status import system_status
from services.gateway.desk import Glance
from services.local.logbook import LogFilter, kept
from services.runtime.discarding import Proposed
from services.runtime.letters import Letter, Previewed
from services.runtime.settings import Settings
from services.runtime.standing import ShardStatus, Status
from twincity_schemas.operations import Act
from twincity_schemas.topology import SERVICES

T = TypeVar("T")

_FRESH_S = 2.0
"""A glance so young is given again, however many look."""
_TAIL = 4_000_000
"""Bytes of a service's log that are read for a list; a statement's way reads all."""


class ClusterDesk:
    """A desk over a cluster.

    Args:
        settings: which cluster, with whose credentials, and where log lines lie.
    """

    def __init__(self, settings: Settings) -> None:
        self.has_lines = settings.logs is not None
        self._settings = settings
        self._last: Glance | None = None
        self._one = asyncio.Lock()

    async def glance(self) -> Glance:
        """Returns how the system stands now, or a moment ago."""
        async with self._one:
            before = None if self._last is None else self._last.status
            if before is None or _age(before) > _FRESH_S:
                status = await _apart(system_status(self._settings, with_records=False))
                self._last = _compared(before, status)
            assert self._last is not None  # noqa: S101  as it was just set
            return self._last

    async def letters(self, service: str = "") -> list[Letter]:
        """Returns what waits, queue by queue, each in its order."""
        asked = [service] if service else SERVICES
        return await _apart(letters(self._settings, asked))

    async def proposals(self) -> Mapping[str, Proposed]:
        """Returns the discards that wait for a second person."""
        return await _apart(proposals(self._settings))

    async def preview(self, queue: Collection[Letter]) -> list[Previewed]:
        """Returns what a redrive of a queue would lead to; nothing is written."""
        from services.cli.previewing import Preview  # noqa: PLC0415  it loads every service

        async def previewed() -> list[Previewed]:
            return [one async for one in Preview(self._settings).of([*queue])]

        return await _apart(previewed())

    async def publish(self, act: Act) -> None:
        """Put an act on the operations topic."""
        await publish(self._settings, [act])

    async def lines(
        self, level: str, service: str, names: Mapping[str, str], most: int
    ) -> list[Mapping[str, Any]]:
        """Returns the last log lines that are wanted, the newest last."""
        folder = self._settings.logs
        if folder is None:
            return []
        wanted = LogFilter(level, service, names)
        tail = None if names.get("correlation") else _TAIL
        return await asyncio.to_thread(
            lambda: [*deque(kept(folder, wanted, tail), maxlen=most)]
        )


async def _apart(asked: Coroutine[Any, Any, T]) -> T:
    """Ask in a thread with a loop of its own."""
    return await asyncio.to_thread(asyncio.run, asked)


def _age(status: Status) -> float:
    """Returns how long ago it was asked, in seconds."""
    return (datetime.now(UTC) - status.as_of).total_seconds()


def _compared(before: Status | None, now: Status) -> Glance:
    if before is None or now.as_of <= before.as_of:
        return Glance(now)
    seconds = (now.as_of - before.as_of).total_seconds()
    rates = {
        topic: max(0.0, (end - before.written.get(topic, end)) / seconds)
        for topic, end in now.written.items()
    }
    earlier = {(one.service, one.shard): one for one in before.shards}
    pace: dict[str, float] = {}
    for one in now.shards:
        taken = _taken(earlier.get((one.service, one.shard)), one)
        pace[one.service] = pace.get(one.service, 0.0) + taken
    return Glance(now, rates, pace)


def _taken(before: ShardStatus | None, now: ShardStatus) -> float:
    """Records a second between two signs of life of one process of a shard."""
    if before is None or now.starts != before.starts:
        return 0.0
    if before.committed_at is None or now.committed_at is None:
        return 0.0
    seconds = (now.committed_at - before.committed_at).total_seconds()
    taken = (now.taken or 0) - (before.taken or 0)
    return max(0, taken) / seconds if seconds > 0 else 0.0


def desk_of(settings: Settings) -> ClusterDesk | None:
    """The desk of a gateway; None: it is a party's, or reads alone."""
    if settings.gateway_operators or settings.gateway_trying:
        return ClusterDesk(settings)
    return None
