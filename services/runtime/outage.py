"""Whether brokers answer: one line when they fall silent, one when they are back.

And how long to wait before what failed is tried again.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import time

import structlog

log = structlog.get_logger()

ANSWER_S = 10.0
"""Longer without an answer to a plain question, and they are silent."""

_PAUSES_S = (0.1, 10.0)
"""Between attempts, doubling: a broker that is down for a minute must not cost a
core, one that hiccups must not cost a second."""


def pause_s(in_a_row: int) -> float:
    """Returns how many seconds to wait after so many failures in a row, from 1 on."""
    least, most = _PAUSES_S
    times = min(in_a_row - 1, 16)  # an outage may last for days
    return min(most, math.ldexp(least, times))


class Outage:
    """As one process sees it.

    Args:
        whose: named in its lines: a shard.

    Attributes:
        answered_at: when an answer came last, in seconds since 1970; None: never yet.
        lasts: whether they have been silent since.
    """

    def __init__(self, **whose: str) -> None:
        self.answered_at: float | None = None
        self.lasts = False
        self._whose = whose
        self._watched_since = time()

    def answered(self) -> None:
        """An answer has come."""
        if self.lasts:
            log.warning(
                "broker.answers", **self._whose, after_s=round(time() - self._since, 1)
            )
        self.answered_at, self.lasts = time(), False

    def silent(self) -> None:
        """None has come for long enough."""
        if not self.lasts:
            since = datetime.fromtimestamp(self._since, UTC).isoformat()
            log.error("broker.silent", **self._whose, since=since)
        self.lasts = True

    async def watch(self, ask: Callable[[], Awaitable[bool]], every_s: float) -> None:
        """Ask whether they answer, until cancelled."""
        while True:
            if await ask():
                self.answered()
            else:
                self.silent()
            await asyncio.sleep(every_s)

    @property
    def _since(self) -> float:
        return self.answered_at or self._watched_since
