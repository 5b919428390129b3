"""Whose way through the services the log tells, asked for while they run.

A small file (``TWINCITY_LOG_FOCUS``), since it serves every process of a machine
or of a mounted folder alike, needs no port, no permission but the file's, and
outlives a restart. Each line names one thing::

    party chengdu
    subject project/chengdu.deyang/s11
    correlation 0193f0d2-…

It is looked at every few seconds; without it, or with an empty one, nothing is told.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()

KINDS = ("party", "subject", "correlation")
_LARGEST = 65_536


class Focus:
    """The subjects that are asked for.

    Attributes:
        everything: at DEBUG the log tells every statement's way.
        on: whether anything at all is asked for.
    """

    def __init__(self) -> None:
        self.everything = False
        self._wanted: dict[str, frozenset[str]] = {}
        self._seen: tuple[int, int] | None = None

    @property
    def on(self) -> bool:
        """Returns whether anything is asked for, so that what it costs is spent."""
        return self.everything or bool(self._wanted)

    def look(self, path: Path | None) -> None:
        """Read the file again where it has changed; an unreadable one asks nothing."""
        if path is None:
            return
        try:
            status = path.stat()
            seen = status.st_mtime_ns, status.st_size
            if seen == self._seen:
                return
            text = path.read_bytes()[:_LARGEST].decode(errors="replace")
        except FileNotFoundError:
            seen, text = None, ""
        except OSError as error:
            seen, text = None, ""
            if self._seen is not None:
                log.warning("focus.unreadable", file=str(path), reason=str(error))
        before, self._seen, self._wanted = self._wanted, seen, self._read(path, text)
        if self._wanted != before:
            wanted = {kind: sorted(names) for kind, names in self._wanted.items()}
            log.info("focus.changed", file=str(path), **wanted)

    @staticmethod
    def _read(path: Path, text: str) -> dict[str, frozenset[str]]:
        wanted: dict[str, set[str]] = {}
        for line in text.splitlines():
            kind, _, name = re.sub(r"[=:\s]+", " ", line.strip(), count=1).partition(
                " "
            )
            if not line.strip() or line.startswith("#"):
                continue
            if kind not in KINDS or not name:
                log.warning("focus.unreadable", file=str(path), reason=line[:200])
                continue
            wanted.setdefault(kind, set()).add(name.strip())
        return {kind: frozenset(names) for kind, names in wanted.items()}

    def wants(self, fields: Mapping[str, Any]) -> bool:
        """Returns whether a record is among what was asked for by name."""
        return any(
            matches(kind, name, fields)
            for kind, names in self._wanted.items()
            for name in names
        )


def matches(kind: str, name: str, fields: Mapping[str, Any]) -> bool:
    """Returns whether a log line is about a party, subject or correlation id."""
    subject = str(fields.get("subject") or "")
    match kind:
        case "party":
            # Who said it, a member of what it is about, or whose inbox it is in.
            places = (
                f"{fields.get('source') or ''}/{subject}/{fields.get('topic') or ''}"
            )
            return name in {fields.get("party"), *re.split(r"[/.]", places)}
        case "subject":
            return name in {subject, fields.get("key"), subject.partition("#")[0]}
        case _:
            return name in {fields.get("correlation"), fields.get("event_id")}


focus = Focus()
"""Of this process, as the log is."""
