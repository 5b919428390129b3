"""The registry of parties as its file has it now, without a restart.

A change is taken in between two batches. What a statement is judged by is dated in
the registry and compared with when the statement was recorded, so it makes no
difference when a process saw the change. A file that cannot be used changes nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import structlog

from services.runtime.errors import sentence
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError

log = structlog.get_logger()


def stamp_of(path: Path | None) -> Mapping[str, int] | None:
    """Returns what changes with a file; None where it is not there."""
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return {
        "changed": status.st_mtime_ns,
        "size": status.st_size,
        "inode": status.st_ino,
    }


class Registered:
    """The parties of a process.

    Args:
        path: of the file; None: it never changes.
        registry: what it held at first.

    Attributes:
        codes: of every party; it grows in place.
    """

    def __init__(self, registry: Registry, path: Path | None = None) -> None:
        self.now = registry
        self.codes = {*registry.codes}
        self._path = path
        self._seen = stamp_of(path)

    @classmethod
    def load(cls, path: Path) -> "Registered":
        """Read the file.

        Raises:
            ContractError: it cannot be read.
        """
        return cls(Registry.load(path), path)

    def takes_two(self, seconds: float) -> bool:
        """Returns whether a discard took two people at a moment, in epoch seconds."""
        return self.now.takes_two(seconds)

    def look(self) -> bool:
        """Take a change of the file in; returns whether there was one."""
        stamp = stamp_of(self._path)
        if self._path is None or stamp == self._seen:
            return False
        self._seen = stamp
        try:
            registry = Registry.load(self._path)
        except ContractError as error:
            _refused(sentence(error.problems))
            return False
        # Inboxes are dealt out to shards in this order: one that moved would take the
        # partitions of others along.
        before = [party.code for party in self.now.party]
        after = [party.code for party in registry.party]
        if after[: len(before)] != before:
            _refused(
                "parties are suspended, never taken out or moved, and a new one stands "
                "last 主体只可停止，不可删除或移动，新主体列于最后"
            )
            return False
        added = after[len(before) :]
        self.now = registry
        self.codes |= registry.codes
        log.info("registry.changed", parties=len(self.codes), added=added)
        return True


def _refused(reason: str) -> None:
    log.error("registry.unreadable", reason=reason)
