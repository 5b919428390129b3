"""Connections: how a request begins, and what may not begin one.

A server may pass over ``Upgrade: h2c`` (RFC 9110, 7.8), which Java's client offers on
a plain connection; httptools takes what follows the headers for the other protocol, so
that the body is lost. h11 reads it: by which of both a connection is read its first
request says. A head that does not end takes neither memory nor a connection for long;
nor does an answer that is given up on, as a stream's whose reader takes nothing.
"""

import asyncio
import re
from functools import partial
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LONGEST_HEAD = 65_536
_OFFERS = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)
_LENGTHS = re.compile(rb"\r\n(transfer-encoding|content-length)[ \t]*:", re.IGNORECASE)
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


class _Bounded(asyncio.Protocol):
    """A connection that lasts no longer than somebody makes use of it.

    One whose next request's head is not whole is as idle as before it. One whose answer
    was given up on is cut: uvicorn closes it, which waits until its reader has taken
    what was written, and one who stands still never does.
    """

    app: Any
    cycle: Any
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    timeout_keep_alive_task: Any
    timeout_keep_alive_handler: Any
    _head = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app = partial(_cut_where_unfinished, self.app, self.transport)

    @override
    def data_received(self, data: bytes) -> None:
        idle = self.timeout_keep_alive_task  # uvicorn ends it with any byte
        super().data_received(data)
        if idle is None or not self.cycle.response_complete:
            self._head = 0
            return
        self._head += len(data)
        if self._head > _LONGEST_HEAD:
            _refuse_head(self.transport)
        else:
            self.timeout_keep_alive_task = self.loop.call_at(
                idle.when(), self.timeout_keep_alive_handler
            )


class _ByHttptools(_Bounded, HttpToolsProtocol):
    pass


class _ByH11(_Bounded, H11Protocol):
    pass


async def _cut_where_unfinished(
    app: ASGIApp,
    transport: asyncio.Transport,
    scope: Scope,
    receive: Receive,
    send: Any,
) -> None:
    try:
        await app(scope, receive, send)
    finally:
        answer = send.__self__
        if answer.response_started and not answer.response_complete:
            transport.abort()
            await asyncio.sleep(0)  # uvicorn notices, and has nothing to say of it


class EitherProtocol(asyncio.Protocol):
    """Holds a connection until it is known who reads it.

    Args:
        options: what uvicorn gives every protocol.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._held = b""
        self._idle: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection, as long as an idle one."""
        self._transport = cast(asyncio.Transport, transport)
        idle_s = self._options["config"].timeout_keep_alive
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(idle_s, self._transport.close)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._idle is not None:
            self._idle.cancel()

    @override
    def data_received(self, data: bytes) -> None:
        """Hand it on with all that came, once the first head is whole."""
        self._held += data
        head, whole, _ = self._held.partition(b"\r\n\r\n")
        if len(head) > _LONGEST_HEAD:
            _refuse_head(self._transport)
        if self._transport.is_closing() or not whole:
            return
        if self._idle is not None:
            self._idle.cancel()
        kind = _ByH11 if _OFFERS.search(head) and _is_plain(head) else _ByHttptools
        protocol = kind(**self._options)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._held)


def _is_plain(head: bytes) -> bool:
    """Returns whether a proxy cannot read another end of the body from a head.

    Of two lengths h11 takes one, and it joins folded lines; httptools refuses both.
    """
    lengths = {name.lower() for name in _LENGTHS.findall(head)}
    return len(lengths) <= 1 and b"\r\n " not in head and b"\r\n\t" not in head


def _refuse_head(transport: asyncio.Transport) -> None:
    transport.write(_TOO_LONG)
    transport.close()
