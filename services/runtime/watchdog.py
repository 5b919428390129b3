"""Looks after the shards: says how they get on, and ends a process that cannot.

It leaves where a shard has died or stands still, and only while the broker (and
the ledger's database) answers: an outage is not the process's fault, and must not
become a loop of restarts. What fences a producer or ends its transactions is met at
the next batch (``transaction``) or, where there is none, at the next sign of life
(``feed``), and leaves in the same way.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.errors import Stalled
from services.runtime.feed import Feed
from services.runtime.focus import focus
from services.runtime.outage import ANSWER_S, Outage
from services.runtime.process import leave
from services.runtime.reading import Reader, time_of
from services.runtime.settings import Settings

log = structlog.get_logger()

_LOOKS = 10  # within the time that a shard may stand still
_MOST_ASKED = 16
"""Partitions whose oldest record is asked for in one look; the others come next."""


async def watch(feeds: Sequence[Feed], settings: Settings) -> None:
    """Look after the shards until cancelled."""
    allowed_s = settings.stall_after.total_seconds()
    every_s = min(allowed_s / _LOOKS, settings.progress_every.total_seconds())
    watched = [_Watched(feed, settings) for feed in feeds]
    while True:
        focus.look(settings.log_focus)
        for one in watched:
            try:
                reason = await one.look()
            except Exception as error:  # noqa: BLE001  nobody would look any more
                log.error("watch.failed", shard=one.name, reason=repr(error))  # noqa: TRY400  the reason is all that an operator can use
                continue
            if reason is not None:
                leave(Stalled(f"shard {one.name} 分片停滞：{reason}"))
        await asyncio.sleep(every_s)


class _Watched:
    def __init__(self, feed: Feed, settings: Settings) -> None:
        self.name = feed.name
        self._feed = feed
        self._outage = Outage(shard=feed.name)
        self._allowed_s = settings.stall_after.total_seconds()
        self._every_s = settings.progress_every.total_seconds()
        self._positions = dict(feed.positions)
        self._moved_at = self._noted_at = monotonic()
        self._noted: dict[str, int] = {}
        self._was_behind = False
        self._times: dict[TopicPartition, tuple[int, float | None]] = {}

    async def look(self) -> str | None:
        """Returns why the shard will get no further by itself; None: it may."""
        feed = self._feed
        if not feed.runs:
            return None
        if feed.has_ended:
            return "its consumer task has ended"
        waiting = await self._waiting()
        if waiting is not None:
            self._tell()
        # It waits for an operator: started again, it would halt at the same place.
        if feed.halted is not None:
            return None
        # With nothing to read, or a database to wait for, it stands for a reason.
        if feed.positions != self._positions or not waiting or feed.flow.waits:
            self._positions = dict(feed.positions)
            self._moved_at = monotonic()
        stood = feed.flow.standing_s = monotonic() - self._moved_at
        if stood < self._allowed_s:
            return None
        return f"no progress for {stood:.0f} s with {waiting} offsets to read"

    async def _waiting(self) -> int | None:
        """Offsets still to be read; None where no broker answers."""
        feed = self._feed
        reader = feed.reader
        if reader is None:
            return 0
        try:
            async with asyncio.timeout(ANSWER_S):
                ends = await reader.consumer.end_offsets(list(feed.positions))
                self._outage.answered()
                feed.flow.answered_at = self._outage.answered_at
                feed.flow.oldest_at = await self._oldest(reader, reader.behind(ends))
        except (KafkaError, TimeoutError):
            self._outage.silent()
            return None
        return reader.left(ends)

    async def _oldest(self, reader: Reader, behind: dict[Any, int]) -> float | None:
        """Returns when the oldest record was written that is not taken in."""
        known = {
            place: self._times[place]
            for place, at in behind.items()
            if place in self._times and self._times[place][0] == at
        }
        asked = [place for place in behind if place not in known][:_MOST_ASKED]
        for place in asked:
            # Past markers and aborted records there may be none.
            known[place] = behind[place], await time_of(reader, place, behind[place])
        self._times = known
        return min((at for _, at in known.values() if at is not None), default=None)

    def _tell(self) -> None:
        """One line every few seconds of work."""
        flow = self._feed.flow
        over_s = monotonic() - self._noted_at
        if over_s < self._every_s:
            return
        done, behind_s = flow.total.since(self._noted), flow.behind_s
        self._noted, self._noted_at = flow.total.as_dict(), monotonic()
        # That it is abreast again is said once; an idle shard says nothing.
        if not any(done.values()) and not flow.oldest_at and not self._was_behind:
            return
        self._was_behind = bool(flow.oldest_at)
        aborts = flow.aborted_in_a_row
        log.info(
            "shard.progress",
            shard=self.name,
            **done,
            over_s=round(over_s, 1),
            behind_s=round(behind_s, 1),
            **({"aborted_in_a_row": aborts} if aborts else {}),
        )
