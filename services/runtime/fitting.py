"""What fits into a Kafka message, counted before anything is sent."""

from collections.abc import Iterable
from functools import lru_cache

LARGEST = 1_000_000
"""Bytes of key, value and headers, uncompressed: Kafka's default limit is
1,048,588 for a compressed batch, and aiokafka's 1,048,576 for an uncompressed
message."""

_PER_HEADER = 10  # two lengths of up to five bytes

Header = tuple[str, bytes]


class Oversized(ValueError):  # noqa: N818  reads as what it says
    """A message is larger than Kafka takes."""


def refuse_oversized(
    key: bytes, value: bytes | None, headers: Iterable[Header] = ()
) -> None:
    """Refuse a message that Kafka would refuse.

    Raises:
        Oversized: it is too large.
        ValueError: a header's name cannot be written.
    """
    size = len(key) + len(value or b"")
    for name, content in headers:
        size += _room(name) + len(content)
    if size > LARGEST:
        raise Oversized(f"a message of {size} bytes does not fit Kafka")


def size_of_header(header: Header) -> int:
    """Bytes that a header takes."""
    name, value = header
    return _room(name) + len(value)


@lru_cache(maxsize=1_000)  # the same dozen stand on every message
def _room(name: str) -> int:
    return len(name.encode()) + _PER_HEADER
