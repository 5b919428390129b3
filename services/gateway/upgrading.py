"""HTTP/1.1 with bounds on a request's head, and for clients that offer HTTP/2.

A head has so many bytes and so many seconds; uvicorn by httptools bounds neither.

Java's client offers HTTP/2 on a plain connection. A server may pass over
``Upgrade: h2c`` (RFC 9110, 7.8); httptools takes what follows the headers for the
other protocol, so that the body is lost. h11 reads it: by which of both a connection
is read its first request says.
"""

import asyncio
import re
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LONGEST_HEAD = 65_536
HEAD_S = 20.0
"""How long the head of a request may take, from the connection or its first byte."""

_OFFERS = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)


class _HeadTimer:
    """Ends a connection whose next head is not whole in time."""

    def __init__(self) -> None:
        self._running: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport) -> None:
        """Run, if it does not yet."""
        if self._running is None:
            loop = asyncio.get_running_loop()
            self._running = loop.call_later(HEAD_S, transport.abort)

    def stop(self) -> None:
        """Run no longer."""
        if self._running is not None:
            self._running.cancel()
            self._running = None


class _Upgraded(H11Protocol):
    """As h11 reads it, which bounds a head's size but not its time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._timer = _HeadTimer()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._timer.start(self.transport)
        else:
            self._timer.stop()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.stop()
        super().connection_lost(exc)


class _Plain(HttpToolsProtocol):
    """As httptools reads it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._timer = _HeadTimer()
        self._size: int | None = None  # bytes of a head that is not whole

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = 0
        self._timer.start(self.transport)

    @override
    def on_headers_complete(self) -> None:
        self._size = None
        self._timer.stop()
        super().on_headers_complete()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._size is not None:
            self._size += len(data)
            if self._size > _LONGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.stop()
        super().connection_lost(exc)


class EitherProtocol(asyncio.Protocol):
    """Holds a connection until it is known who reads it.

    Args:
        options: what uvicorn gives every protocol.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._held = b""
        self._transport: asyncio.Transport | None = None
        self._timer = _HeadTimer()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast(asyncio.Transport, transport)
        self._timer.start(self._transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for the head of one that is gone."""
        self._timer.stop()

    @override
    def data_received(self, data: bytes) -> None:
        """Hand it on with all that came, once the first head is whole."""
        self._held += data
        head, whole, _ = self._held.partition(b"\r\n\r\n")
        if self._transport is None or not (whole or len(head) > _LONGEST_HEAD):
            return
        self._timer.stop()
        kind = _Upgraded if _OFFERS.search(head) else _Plain
        protocol = kind(**self._options)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._held)
