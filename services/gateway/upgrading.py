"""HTTP/1.1 for clients that offer HTTP/2 on a plain connection, as Java's does.

A server may pass over ``Upgrade: h2c`` (RFC 9110, 7.8); httptools takes what follows
the headers for the other protocol, so that the body is lost. h11 reads it: by which of
both a connection is read its first request says.
"""

import asyncio
import re
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LONGEST_HEAD = 65_536
_OFFERS = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)


class EitherProtocol(asyncio.Protocol):
    """Holds a connection until it is known who reads it.

    Args:
        options: what uvicorn gives every protocol.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._held = b""
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Hand it on with all that came, once the first head is whole."""
        self._held += data
        head, whole, _ = self._held.partition(b"\r\n\r\n")
        if self._transport is None or not (whole or len(head) > _LONGEST_HEAD):
            return
        kind = H11Protocol if _OFFERS.search(head) else HttpToolsProtocol
        protocol = kind(**self._options)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._held)
