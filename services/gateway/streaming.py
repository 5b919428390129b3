"""GET /events: what there is, then what comes, as server-sent events.

A frame of what comes is formatted once and handed to everybody who asked for it.
Who does not take what is handed to him is let go, and resumes by the last ``id``.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from starlette.types import Receive, Scope, Send

from services.gateway.cursor import Cursor, Log, recorded_in
from services.gateway.rows import Filter, Row, in_utc
from services.gateway.view import View
from services.rules.families import Family

log = structlog.get_logger()

HEARTBEAT_S = 15.0
_PAGE = 200
_MOST_PENDING = 4_000_000
"""Bytes that wait for one reader."""

_SLOWEST_S = 20.0
"""How long one write may wait for its reader."""

_OVERLAP_MS = 3_600_000
"""So far back another log's reader is told again: there, what is recorded early may
come late, by as much as a service was behind or the cities' clocks differ."""

FAMILIES = {
    str(family): family for family in (Family.RECORD, Family.RECEIPT, Family.NOTICE)
}
"""The sorts of events that can be followed, by what they are called."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx hands every frame on at once
]


class Slow(Exception):  # noqa: N818  names the fact, as the log does
    """A reader takes less than is handed to him."""


@dataclass(eq=False)
class _Reader:
    wanted: Filter
    may_read: Callable[[], bool]
    over: bool = False
    pending: deque[bytes] = field(default_factory=deque)
    size: int = 0
    slow: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def hand(self, frame: bytes) -> None:
        if self.size + len(frame) > _MOST_PENDING:
            self.slow = True
        else:
            self.pending.append(frame)
            self.size += len(frame)
        self.ready.set()

    def take(self) -> bytes:
        frames = b"".join(self.pending)
        self.pending.clear()
        self.size = 0
        self.ready.clear()
        return frames


class Hub:
    """Hands frames to readers until it is closed.

    Args:
        log_: the partitions that are streamed.
        view: what there is.
    """

    def __init__(self, log_: Log, view: View) -> None:
        self._log = log_
        self._view = view
        self._cursor = log_.start()
        self._readers: set[_Reader] = set()
        self.closed = asyncio.Event()

    @property
    def readers(self) -> int:
        """Returns how many are abreast."""
        return len(self._readers)

    def on_batch(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Hand on what has just come."""
        for _, row in rows:
            if (row.topic, row.partition) not in self._cursor.following:
                continue
            self._cursor.move(row)
            self._cursor.recorded = max(self._cursor.recorded, row.milliseconds)
            wanting = [r for r in self._readers if r.wanted.matches(row)]
            if wanting:
                made = frame(row, self._cursor)
                for reader in wanting:
                    reader.hand(made)

    def close(self) -> None:
        """End every stream now."""
        self.closed.set()
        for reader in self._readers:
            reader.ready.set()

    async def beat(self) -> None:
        """Show intermediaries that a stream is alive, until cancelled.

        Whoever may not read any longer is told so, and his stream ends.
        """
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for reader in self._readers:
                if reader.may_read():
                    reader.hand(b": \n\n")
                else:
                    reader.over = True
                    reader.hand(_ended(self._cursor))

    async def stream(
        self, wanted: Filter, last: str, may_read: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[bytes]:
        """Frames for one reader.

        Args:
            wanted: which events.
            last: the ``id`` that he read last; "" where he begins.
            may_read: whether he still may; asked with each heartbeat.

        Raises:
            Slow: he is let go.
        """
        cursor, seq, present, since = self._begin(last)
        if since:
            yield _remark(
                "resumed",
                cursor,
                f"所给位置属于另一日志，自收件时间 {since} 起续传，可能重复",
                f"the position is of another log; what was recorded from {since} on"
                " follows, and some of it may be repeated",
            )
        elif last and present:
            yield _remark(
                "resync",
                cursor,
                "所给位置不属于本日志，从现状重新开始",
                "the position is not of this log; it begins anew with what there is",
            )
        while rows := self._view.streamed(seq, _PAGE, present=present, since=since):
            seq = rows[-1][0]
            yield b"".join(_passing(rows, wanted, cursor))
            if self.closed.is_set():
                return
        # Nothing was awaited since the view had no more: nothing is missed here.
        reader = _Reader(wanted, may_read)
        reader.hand(_remark("live", self._cursor, "以下为实时", "what follows is live"))
        self._readers.add(reader)
        try:
            while not self.closed.is_set():
                await reader.ready.wait()
                if reader.slow:
                    raise Slow
                if frames_ := reader.take():
                    yield frames_
                if reader.over:
                    return
        finally:
            self._readers.discard(reader)

    def _begin(self, last: str) -> tuple[Cursor, int, bool, str]:
        """From where, after which number, whether of the present alone, since when."""
        resumed = self._log.read(last) if last else None
        if resumed is not None and not resumed.beyond(self._cursor):
            return resumed, self._view.first_after(resumed), False, ""
        cursor = self._log.start()
        if resumed is None and (recorded := recorded_in(last)):
            cursor.recorded = recorded
            first = datetime.fromtimestamp(max(0, recorded - _OVERLAP_MS) / 1000, UTC)
            return cursor, 0, False, in_utc(first)
        return cursor, 0, True, ""


class EventStream:
    """An answer that is a stream (ASGI)."""

    def __init__(
        self,
        hub: Hub,
        wanted: Filter,
        last: str,
        may_read: Callable[[], bool] = lambda: True,
    ) -> None:
        self._frames = partial(hub.stream, wanted, last, may_read)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until the reader leaves, is too slow, or all streams end."""
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when="FIRST_COMPLETED")
        finally:
            for task in (writing, leaving):
                task.cancel()
            done = await asyncio.gather(writing, leaving, return_exceptions=True)
        match done[0]:
            case Slow() | TimeoutError():
                client = scope.get("client")
                log.warning("reader.dropped", client=client and client[0])
            case asyncio.CancelledError() | None:
                pass
            case BaseException() as error:
                raise error

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        frames = self._frames()
        try:
            async for part in frames:
                if not part:
                    await asyncio.sleep(0)  # others have their turn
                    continue
                async with asyncio.timeout(_SLOWEST_S):
                    await send(
                        {"type": "http.response.body", "body": part, "more_body": True}
                    )
        finally:
            await frames.aclose()  # type: ignore[attr-defined]
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _passing(
    rows: Sequence[tuple[int, Row]], wanted: Filter, cursor: Cursor
) -> Iterator[bytes]:
    """The frames of what is past a position, which moves on."""
    for _, row in rows:
        if not cursor.passed(row):
            cursor.move(row)
            if wanted.matches(row):
                yield frame(row, cursor)


def frame(row: Row, cursor: Cursor) -> bytes:
    """An event as a frame; JSON of several lines is several lines of data."""
    if row.value is None:
        return _framed("removed", cursor, json.dumps({"key": row.key}).encode())
    return _framed(str(row.family), cursor, row.cloudevent)


def _remark(name: str, cursor: Cursor, zh: str, en: str) -> bytes:
    text = json.dumps({"zh": zh, "en": en}, ensure_ascii=False)
    return _framed(name, cursor, text.encode())


def _ended(cursor: Cursor) -> bytes:
    return _remark(
        "ended",
        cursor,
        "令牌已过期或其密钥不再有效：请以新令牌从此 id 续传",
        "the token has expired or its key no longer counts: resume from this id with"
        " another",
    )


def _framed(name: str, cursor: Cursor, data: bytes) -> bytes:
    lines = b"\ndata: ".join(data.splitlines())
    return f"id: {cursor}\nevent: {name}\ndata: ".encode() + lines + b"\n\n"
