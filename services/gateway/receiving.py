"""The body of a request, within a limit and in time."""

import asyncio

from starlette.requests import Request

from services.gateway.opening import too_large
from services.gateway.refusing import Refusal

STATEMENTS_S, SHEETS_S = 10.0, 60.0
"""How long statements and a list may take to arrive."""


async def body_of(request: Request, limit: int, seconds: float) -> bytes:
    """Read a body.

    Args:
        request: whose.
        limit: most bytes.
        seconds: how long it may take.

    Raises:
        Refusal: 408, 413 or 415.
    """
    if (packed := request.headers.get("content-encoding", "identity")) != "identity":
        raise Refusal(
            415,
            "content_encoding",
            (
                f"请勿压缩请求（{packed[:100]}）",
                f"send it plain, not as {packed[:100]}",
            ),
            headers={"Accept-Encoding": "identity"},
        )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:12]) > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise Refusal(
            408, "slow", ("请求未在时限内到齐", "the request did not arrive in time")
        ) from None
    return bytes(body)
