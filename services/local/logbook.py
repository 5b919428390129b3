"""The services' log lines where ``twincity up`` runs: kept, shown, asked for.

Each service writes JSON; its lines are kept in one file a service, which is cut
when it has grown, and shown on the terminal as far as the level goes.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from os import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO

from services.runtime.errors import TwinCityError
from services.runtime.focus import matches
from services.runtime.logs import readable
from services.runtime.settings import LogFormat, Settings

_LARGEST_FILE = 20_000_000
"""Bytes of one service's file; one former file is kept beside it."""

_LONGEST_LINE = 1_000_000
_CHUNK = 65_536
_AGAIN_S = 0.5
_LEVELS = logging.getLevelNamesMapping()


class Logbook:
    """Keeps what the services write.

    Args:
        folder: of the files; it is made.
        kept: the level from which on lines are written; empty: as it is set.
        shown: whose level and format the terminal gets; None: it gets nothing.
    """

    def __init__(
        self, folder: Path, kept: str = "", shown: Settings | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._shown = shown
        self._files: dict[str, BinaryIO] = {}
        self.environment = {"TWINCITY_LOG_FORMAT": "json"}
        """What a service has to be told."""
        if kept:
            self.environment["TWINCITY_LOG_LEVEL"] = kept

    async def relay(self, service: str, stream: asyncio.StreamReader) -> None:
        """Take a process's lines until it has ended."""
        rest = b""
        while chunk := await stream.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self.take(service, line)
            if len(rest) > _LONGEST_LINE:
                self.take(service, rest)
                rest = b""
        if rest:
            self.take(service, rest)

    def close(self) -> None:
        """Keep nothing more."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def take(self, service: str, line: bytes) -> None:
        """Keep one line, and show it.

        What cannot be written is lost: a full disk or a terminal that is gone must
        not hold up a service whose lines nobody takes.
        """
        with suppress(OSError):
            self._file(service).write(line + b"\n")
        if self._shown is not None and (text := self._text(line, self._shown)):
            with suppress(OSError):
                sys.stderr.write(text + "\n")

    def _file(self, service: str) -> BinaryIO:
        path = self.folder / f"{service}.log"
        file = self._files.get(service)
        if file is not None and file.tell() > _LARGEST_FILE:
            file.close()
            path.replace(path.with_suffix(".log.1"))
            file = None
        if file is None:
            file = self._files[service] = path.open("ab", buffering=0)
        return file

    @staticmethod
    def _text(line: bytes, shown: Settings) -> str | None:
        fields = _read(line)
        if _LEVELS[_level(fields)] < _LEVELS[shown.log_level]:
            return None
        if shown.log_format is LogFormat.JSON:
            return line.decode(errors="replace")
        return readable(fields, colours=sys.stderr.isatty())


@dataclass
class LogFilter:
    """The lines that are asked for."""

    level: str
    service: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """By kind: party, subject, correlation."""

    def takes(self, fields: Mapping[str, Any]) -> bool:
        """Returns whether a line is among them."""
        return (
            _LEVELS[_level(fields)] >= _LEVELS[self.level]
            and self.service in {"", fields.get("service")}
            and all(matches(kind, name, fields) for kind, name in self.names.items())
        )


def kept(
    folder: Path, wanted: LogFilter, tail: int | None = None
) -> Iterator[dict[str, Any]]:
    """The lines that are kept, of all services, by time.

    Args:
        folder: where they lie.
        wanted: which.
        tail: so many bytes at the end of each file alone; None: all of it.

    Raises:
        TwinCityError: no lines are kept here.
    """
    files = sorted(folder.glob("*.log.1")) + sorted(folder.glob("*.log"))
    if not files:
        raise TwinCityError(
            f"there are no logs in {folder}; ask where twincity up runs 此处没有日志"
        )
    paths = [
        fields
        for file in files
        for line in _end_of(file, tail).splitlines()
        if wanted.takes(fields := _read(line, file.name))
    ]
    yield from sorted(paths, key=lambda fields: str(fields.get("timestamp", "")))


def _end_of(file: Path, most: int | None) -> bytes:
    """The lines at the end of a file; nothing where it was just cut."""
    try:
        with file.open("rb") as lines:
            size = lines.seek(0, SEEK_END)
            if most is None or size <= most:
                lines.seek(0)
                return lines.read()
            lines.seek(size - most)
            return lines.read().partition(b"\n")[2]
    except FileNotFoundError:
        return b""


def following(folder: Path, wanted: LogFilter) -> Iterator[dict[str, Any]]:
    """The lines that come from now on, without end."""
    places = {file: file.stat().st_size for file in folder.glob("*.log")}
    while True:
        for file in sorted(folder.glob("*.log")):
            place, text = places.get(file, 0), b""
            with suppress(FileNotFoundError), file.open("rb") as lines:
                if lines.seek(0, SEEK_END) < place:  # it was cut
                    place = 0
                lines.seek(place)
                text = lines.read()
            whole = text[: text.rfind(b"\n") + 1]
            places[file] = place + len(whole)
            for line in whole.splitlines():
                if wanted.takes(fields := _read(line, file.name)):
                    yield fields
        time.sleep(_AGAIN_S)


def _read(line: bytes, file: str = "") -> dict[str, Any]:
    """A line's fields; what is no line of ours is an event of its own."""
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if isinstance(fields, dict) and isinstance(fields.get("event"), str):
        return fields
    text = line.decode(errors="replace")
    return {"event": text, "level": "error", "service": file.partition(".")[0]}


def _level(fields: Mapping[str, Any]) -> str:
    level = str(fields.get("level", "")).upper()
    return level if level in _LEVELS else "ERROR"
