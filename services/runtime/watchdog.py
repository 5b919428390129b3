"""Leaves the process where a shard has died or stands still, and says which.

Only while the broker answers: an outage is not the process's fault, and must not
become a loop of restarts. What fences a producer or ends its transactions is met
at the next batch (``transaction``) and leaves in the same way.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from aiokafka.errors import KafkaError

from services.runtime.errors import Stalled
from services.runtime.feed import Feed
from services.runtime.transaction import leave

_LOOKS = 10  # within the time that a shard may stand still
_ANSWER_S = 10.0


async def watch(feeds: Sequence[Feed], stall_after: timedelta) -> None:
    """Look after the shards until cancelled."""
    allowed_s = stall_after.total_seconds()
    watched = [_Watched(feed, allowed_s) for feed in feeds]
    while True:
        await asyncio.sleep(allowed_s / _LOOKS)
        for one in watched:
            if (reason := await one.stalled()) is not None:
                leave(Stalled(f"shard {one.name} 分片停滞：{reason}"))


class _Watched:
    def __init__(self, feed: Feed, allowed_s: float) -> None:
        self.name = feed.name
        self._feed = feed
        self._allowed_s = allowed_s
        self._positions = dict(feed.positions)
        self._moved_at = monotonic()

    async def stalled(self) -> str | None:
        """Why the shard will get no further by itself; None: it may."""
        feed, now = self._feed, monotonic()
        if feed.halted is not None or not feed.subscriber.running:
            return None
        if all(task.done() for task in feed.subscriber.tasks):
            return "its consumer task has ended"
        waiting = await self._waiting()
        if feed.positions != self._positions or not waiting:
            self._positions = dict(feed.positions)
            self._moved_at = now
        stood = now - self._moved_at
        if stood < self._allowed_s:
            return None
        return f"no progress for {stood:.0f} s with {waiting} offsets to read"

    async def _waiting(self) -> int:
        """Offsets still to be read; 0 also where no broker answers."""
        reader = self._feed.reader
        if reader is None:
            return 0
        try:
            async with asyncio.timeout(_ANSWER_S):
                ends = await reader.consumer.end_offsets(list(self._feed.positions))
        except (KafkaError, TimeoutError):
            return 0
        return reader.left(ends)
