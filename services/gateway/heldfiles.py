"""Uploaded files until they are confirmed: a form cannot send a file a second time."""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256

_LONGEST_S = 1800
_MOST_BYTES = 80 * 1024 * 1024
"""Of all files together: four of the largest; the oldest goes first."""


@dataclass(frozen=True)
class HeldFile:
    """A file as it was uploaded.

    Attributes:
        name: as its owner's computer has it.
        content: its bytes.
        until: when it is forgotten, seconds since 1970.
    """

    name: str
    content: bytes = field(repr=False)
    until: float


class HeldFiles:
    """The files, each for the session that uploaded it alone."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], HeldFile] = OrderedDict()

    def hold(self, cookie: str, name: str, content: bytes, now: float) -> str:
        """Hold a file for half an hour; returns what it is asked for by.

        Args:
            cookie: of the session.
            name: of the file.
            content: its bytes.
            now: seconds since 1970.
        """
        self._forget(now)
        key = sha256(name.encode(errors="replace") + b"\0" + content).hexdigest()
        self._held.pop((cookie, key), None)
        self._held[cookie, key] = HeldFile(name, content, now + _LONGEST_S)
        while sum(len(one.content) for one in self._held.values()) > _MOST_BYTES:
            self._held.popitem(last=False)
        return key

    def file(self, cookie: str, key: str, now: float) -> HeldFile | None:
        """Returns a session's file; None where it is held no more."""
        self._forget(now)
        return self._held.get((cookie, key))

    def _forget(self, now: float) -> None:
        for key in [key for key, one in self._held.items() if now >= one.until]:
            del self._held[key]
