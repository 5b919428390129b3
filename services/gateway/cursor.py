"""Where a reader of the stream stands: the next offset of every partition.

Written into each frame's ``id``: ``<log>.<recorded>.<offsets>``. ``log`` names the
cluster and the partitions, so that offsets are never taken for another log's;
``recorded`` is the ``recordedtime`` up to which everything was read, in milliseconds,
which the other city's gateway understands where offsets say nothing: the latest one
once a reader is abreast, before that what it came with. The offsets are unsigned
LEB128 numbers in base64url.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256

from typing_extensions import override

from services.gateway.rows import Row

Place = tuple[str, int]
"""A topic, without an environment's prefix, and a partition."""

_MORE = 0x80  # of a byte: another one follows
LONGEST = 4_096
"""Characters of an id that is given back."""


class Log:
    """The partitions that are streamed, in one order.

    Args:
        cluster: the cluster's own id.
        places: the partitions.
    """

    def __init__(self, cluster: str, places: Iterable[Place]) -> None:
        self.places = tuple(sorted(places))
        named = "\n".join([cluster, *(f"{t}/{p}" for t, p in self.places)])
        self.name = sha256(named.encode()).hexdigest()[:12]

    def start(self) -> "Cursor":
        """Before everything."""
        return Cursor(self, dict.fromkeys(self.places, 0))

    def read(self, text: str) -> "Cursor | None":
        """The position that an id names; None where it is none in this log."""
        if len(text) > LONGEST:
            return None
        try:
            name, recorded, packed = text.split(".")
            offsets = _unpacked(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
            latest = int(recorded)
        except ValueError:
            return None
        if name != self.name or len(offsets) != len(self.places):
            return None
        return Cursor(self, dict(zip(self.places, offsets, strict=True)), latest)


class Cursor:
    """A position in a log, moved on by what is read.

    Attributes:
        following: the next offset of each partition.
        recorded: up to which ``recordedtime`` everything was read, milliseconds since
            1970; 0 where that cannot be said.
    """

    def __init__(
        self, log: Log, following: dict[Place, int], recorded: int = 0
    ) -> None:
        self.log = log
        self.following = following
        self.recorded = recorded

    @override
    def __str__(self) -> str:
        packed = b"".join(_leb128(self.following[place]) for place in self.log.places)
        text = urlsafe_b64encode(packed).decode().rstrip("=")
        return f"{self.log.name}.{self.recorded}.{text}"

    def copy(self) -> "Cursor":
        """The same position, moved on apart."""
        return Cursor(self.log, dict(self.following), self.recorded)

    def passed(self, row: Row) -> bool:
        """Returns whether a row is before this position."""
        return row.offset < self.following[row.topic, row.partition]

    def move(self, row: Row) -> None:
        """Stand after a row; one that is before already changes nothing."""
        place = row.topic, row.partition
        self.following[place] = max(self.following[place], row.offset + 1)

    def beyond(self, other: "Cursor") -> bool:
        """Returns whether it stands past another one anywhere: that log was cut."""
        return any(at > other.following[p] for p, at in self.following.items())


def recorded_in(text: str) -> int:
    """Returns the ``recorded`` of an id of whatever log; 0 where it says none."""
    parsed = re.fullmatch(r"[0-9a-f]{12}\.([0-9]{1,14})\.[A-Za-z0-9_-]*", text)
    return int(parsed[1]) if parsed else 0


def _leb128(number: int) -> bytes:
    parts = bytearray()
    while number >= _MORE:
        parts.append(number % _MORE | _MORE)
        number //= _MORE
    parts.append(number)
    return bytes(parts)


def _unpacked(packed: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in packed:
        number |= byte % _MORE << shift
        shift += 7
        if byte < _MORE:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError("cut off")
    return numbers
