"""Tokens of OAUTHBEARER: from their file to the broker, and why one is refused.

A broker says no more than that a token is invalid. What it holds a token against stands
in the token itself, so that is what a person is told.
"""

import asyncio
import json
import logging
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.conn import AIOKafkaConnection, OAuthAuthenticator
from typing_extensions import override

from services.runtime.settings import Settings

_lines = logging.getLogger("aiokafka.conn")
"""Beside its own lines: told now and then, and by no command."""

_LONGEST = 80
_KEPT_S = 3_600
"""How long a token counts that does not say until when."""


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # it has no types
    """A token, as the file holds it at each connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @override
    async def token(self) -> str:
        return await asyncio.to_thread(lambda: self._settings.token)


class _HeardBearer(OAuthAuthenticator):  # type: ignore[misc]  # it has no types
    """Takes a broker's no for a no.

    A refusal comes as a challenge, which the client answers with a control character;
    only then does the broker fail. aiokafka 0.14 takes any answer for a yes, and its
    clients then wait for a cluster that shows them nothing. Source: RFC 7628, 3.2.3.
    """

    @override
    async def step(self, payload: bytes | None) -> tuple[str | bytes, bool] | None:
        if not payload:
            first: tuple[str | bytes, bool] | None = await super().step(payload)
            return first
        token = await self._sasl_oauth_token_provider.token()
        _lines.error("Kafka %s", refusal(token, time.time()))
        return b"\x01", True


def _authenticator(connection: Any) -> OAuthAuthenticator:
    return _HeardBearer(
        sasl_oauth_token_provider=connection._sasl_oauth_token_provider  # noqa: SLF001  as its own method does
    )


# Nothing of aiokafka's options leads to it.
AIOKafkaConnection.authenticator_oauth = _authenticator


def expiry(token: str, now: float) -> float:
    """Returns until when a client may use a token again, in seconds since 1970."""
    until = _seconds(_read(token)[1].get("exp"))
    return now + _KEPT_S if until is None else until


def refusal(token: str, now: float) -> str:
    """Say why a broker may have refused a token, which is not shown.

    Args:
        token: as it was sent.
        now: seconds since 1970.
    """
    header, claims = _read(token)
    if not claims:
        return "refuses the token, which is no JWT 令牌被拒绝：不是 JWT"
    return "refuses the token 令牌被拒绝: " + "; ".join(_reasons(header, claims, now))


def _reasons(
    header: Mapping[str, Any], claims: Mapping[str, Any], now: float
) -> Iterator[str]:
    until, since = _seconds(claims.get("exp")), _seconds(claims.get("nbf"))
    if until is not None and until <= now:
        yield f"it has expired, at {_moment(until)} 已过期"
        return
    if since is not None and since > now:
        yield f"it counts only from {_moment(since)} on 尚未生效"
        return
    yield (
        f"it is for the audience {_named(claims.get('aud'))}, issued by"
        f" {_named(claims.get('iss'))}, signed by the key {_named(header.get('kid'))}"
        f" ({_named(header.get('alg'))}); the broker wants another, and its log says"
        " which 受众、签发者或签名不被接受，详见 Kafka 日志"
    )


def _named(value: object) -> str:
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value or "—")
    return f"“{''.join(filter(str.isprintable, text[:_LONGEST]))}”"


def _seconds(claim: object) -> float | None:
    """A moment as a token has it, since 1970; None where it is none."""
    try:
        return float(claim) if isinstance(claim, int | float) else None
    except OverflowError:
        return None


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _read(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, unproved; empty where it is no JWT."""
    parts = token.split(".")
    try:
        header, claims = (
            json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            for part in parts[:2]
        )
    except ValueError:
        return {}, {}
    if not (isinstance(header, dict) and isinstance(claims, dict)):
        return {}, {}
    return header, claims
