"""``/livez``, ``/readyz`` and ``/metrics`` of a service process, over plain HTTP.

Answered by the loop that does the work: an answer is the proof that it moves. No
request changes anything, and nothing of a statement's content is told.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from services.runtime.errors import WrongSetting
from services.runtime.feed import Feed

_JSON = "application/json; charset=utf-8"
_METRICS = "text/plain; version=0.0.4; charset=utf-8"
_LARGEST_REQUEST = 8_192
_WAIT_S = 5.0
_STANDING_S = 30.0
"""After so long without progress, though there is more to read, a shard is not
ready; it leaves at ``TWINCITY_STALL_AFTER``."""


class Health:
    """Answers for one process.

    Args:
        service: which one.
        feeds: of its shards.
        registry: of its metrics.
        also: what it takes to be ready besides its shards.
    """

    def __init__(
        self,
        service: str,
        feeds: Sequence[Feed],
        registry: CollectorRegistry,
        also: Callable[[], bool] = lambda: True,
    ) -> None:
        self._also = also
        self._service = service
        self._feeds = feeds
        self._registry = registry
        self._server: asyncio.Server | None = None
        self._answering: set[asyncio.Task[Any]] = set()

    async def listen(self, host: str, port: int) -> None:
        """Begin to answer.

        Raises:
            WrongSetting: the address cannot be listened on.
        """
        try:
            self._server = await asyncio.start_server(
                self._serve, host, port, limit=_LARGEST_REQUEST
            )
        except OSError as error:
            raise WrongSetting(
                f"TWINCITY_HEALTH={host}:{port} cannot be listened on 无法监听: "
                f"{error.strerror or error}"
            ) from None

    async def close(self) -> None:
        """Answer no more, and let no connection outlive this."""
        if self._server is not None:
            self._server.close()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, content type and body for a path."""
        match path:
            case "/livez":
                return HTTPStatus.OK, _JSON, _json({"service": self._service})
            case "/readyz":
                shards = [_shard(feed) for feed in self._feeds]
                ready = self._also() and all(s["state"] == "running" for s in shards)
                status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
                readiness = {"service": self._service, "ready": ready, "shards": shards}
                return status, _JSON, _json(readiness)
            case "/metrics":
                return HTTPStatus.OK, _METRICS, generate_latest(self._registry)
            case _:
                paths = ["/livez", "/readyz", "/metrics"]
                return HTTPStatus.NOT_FOUND, _JSON, _json({"paths": paths})

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if (task := asyncio.current_task()) is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        try:
            async with asyncio.timeout(_WAIT_S):
                request = await reader.readuntil(b"\r\n\r\n")
                method, _, rest = request.partition(b" ")
                path = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
                if method in {b"GET", b"HEAD"}:
                    status, kind, body = self.answer(path)
                else:
                    status, kind, body = HTTPStatus.METHOD_NOT_ALLOWED, _JSON, b"{}\n"
                head = (
                    f"HTTP/1.1 {status.value} {status.phrase}\r\n"
                    f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                    "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
                )
                writer.write(head.encode() + (b"" if method == b"HEAD" else body))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # no request, or none of ours
        except ConnectionError:
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _shard(feed: Feed) -> dict[str, Any]:
    flow = feed.flow
    state, reason = "running", None
    if feed.halted is not None:
        state, reason = "halted", feed.halted
    elif flow.started_at is None or not feed.runs:
        state = "starting"
    elif feed.has_ended:
        state, reason = "dead", "its consumer task has ended"
    elif flow.waits:
        state, reason = "waiting", "its database takes nothing"
    elif flow.standing_s > _STANDING_S:
        state, reason = "standing", f"no progress for {flow.standing_s:.0f} s"
    standing: dict[str, Any] = {"shard": feed.name, "state": state}
    if reason is not None:
        standing["reason"] = reason
    return standing | {
        "behind_s": round(flow.behind_s, 1),
        "committed_at": flow.committed_at,
        "aborted_in_a_row": flow.aborted_in_a_row,
    }


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"
