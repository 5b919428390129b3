"""How a setting may be written: what text of the environment stands for which value."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from services.runtime.layout import Ordinal
from services.runtime.security import PORTS
from twincity_schemas.problems import WrongValueError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_ISO_DURATION = TypeAdapter(timedelta)


def ordinal(value: Any) -> Any:
    """Read ``0/2`` as the first of two.

    Raises:
        WrongValueError: it is not written so, or there are not so many.
    """
    if not isinstance(value, str):
        return value
    parsed = re.fullmatch(r"\s*([0-9]{1,4})\s*/\s*([0-9]{1,4})\s*", value)
    if not parsed or int(parsed[1]) >= int(parsed[2]):
        raise WrongValueError(
            "shard",
            "应为“第几个/共几个”，从 0 起，如 0/2",
            "must be which of how many, from 0, as 0/2",
        )
    return Ordinal(int(parsed[1]), int(parsed[2]))


def listen(value: Any) -> Any:
    """Read ``9100`` as that port of the loopback address, and ``host:port``.

    Raises:
        WrongValueError: it is not written so, or the port is none.
    """
    if not isinstance(value, str):
        return value
    host, _, port = value.strip().rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) not in PORTS:
        raise WrongValueError(
            "address",
            "应为端口（1–65535）或 主机:端口",
            "must be a port (1-65535) or host:port",
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def lower(value: Any) -> Any:
    """Read a word in any case; those of this setting are lower case."""
    return value.lower() if isinstance(value, str) else value


def upper(value: Any) -> Any:
    """Read a word in any case; those of this setting are upper case."""
    return value.upper() if isinstance(value, str) else value


def duration(value: Any) -> Any:
    """Read ``30s``, ``5m``, seconds alone, and ISO 8601's ``PT30S``.

    Raises:
        WrongValueError: it is none of these.
    """
    if not isinstance(value, str):
        return value
    if parsed := re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smh]?)\s*", value):
        return timedelta(seconds=float(parsed[1]) * _SECONDS[parsed[2]])
    try:
        return _ISO_DURATION.validate_python(value)
    except ValidationError:
        raise WrongValueError(
            "duration", "应为时长，如 30s 或 PT30S", "must be as 30s or PT30S"
        ) from None


Wait = Annotated[
    timedelta,
    BeforeValidator(duration),
    Field(ge=timedelta(seconds=1), le=timedelta(hours=1)),
]
"""From a second to an hour."""

Bound = Annotated[
    timedelta,
    BeforeValidator(duration),
    Field(ge=timedelta(), le=timedelta(hours=1)),
]
"""Up to an hour."""


def places(value: Any) -> Any:
    """Read positions as ``topic/partition@offset``, separated by commas.

    Raises:
        WrongValueError: one of them is not written so.
    """
    if not isinstance(value, str):
        return value
    places = tuple(place.strip() for place in value.split(",") if place.strip())
    for place in places:
        if not re.fullmatch(r"[A-Za-z0-9._-]+/[0-9]+@[0-9]+", place):
            raise WrongValueError(
                "position",
                f"应为 主题/分区@位置，而非 {place}",
                f"must be as topic/partition@offset, not {place}",
            )
    return places
