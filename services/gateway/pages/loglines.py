"""The services' log lines where they are kept: filtered, live, one statement's way."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from starlette.responses import Response

from services.gateway.desk import Desk
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.waiting import desk_of_visit
from services.runtime.log_names import LOG_NAMES
from services.runtime.settings import LogLevel
from twincity_schemas.topology import GATEWAY, SERVICES
from twincity_schemas.words import Words

_MOST = 200
_WARNINGS = 12
_OWN = {"event", "level", "service", "timestamp", "logger"}
_BRIEF = 160
"""As many characters of fields as stand in the line itself."""
_EXPLAINED = {
    one.name: Words(one.zh.replace("`", ""), one.en.replace("`", ""))
    for one in LOG_NAMES
}
LEVELS = [level.value for level in LogLevel]


class LogLine(NamedTuple):
    """A line as a reader sees it.

    Attributes:
        at: when, by the field's clock.
        level: of the log.
        service: whose it is.
        name: of what happened.
        words: what that means; None for a line that is not in the table.
        fields: what else it says.
        subject: what it is about; "" for nothing.
        correlation: of which statement's way; "" for none.
    """

    at: str
    level: str
    service: str
    name: str
    words: Words | None
    fields: Sequence[tuple[str, str]]
    subject: str
    correlation: str

    @property
    def brief(self) -> str:
        """Returns the fields in one line; "" where they are too long for it."""
        line = " ".join(f"{key}={value}" for key, value in self.fields)
        return line if len(line) <= _BRIEF else ""


async def log_lines(visit: Visit) -> Response:
    """Returns the lines that are asked for, the newest first; a way from its start."""
    desk = desk_of_visit(visit)
    names = {
        kind: visit.asked(kind).strip()
        for kind in ("party", "subject", "correlation")
        if visit.asked(kind).strip()
    }
    default = LogLevel.DEBUG if names else LogLevel.INFO
    level = visit.asked("level") if visit.asked("level") in LEVELS else default.value
    service = visit.asked("service")
    read_lines = await desk.lines(level, service, names, _MOST)
    way = "correlation" in names
    lines = [read_line(visit, line) for line in read_lines]
    return show(
        visit,
        "log.html",
        lines=lines if way else lines[::-1],
        has_lines=desk.has_lines,
        levels=LEVELS,
        level=level,
        services=(*SERVICES, GATEWAY),
        parties=[party.code for party in visit.tell.registry.party],
        way=names.get("correlation", ""),
        statement=_statement(visit, names.get("correlation", "")),
        most=_MOST,
    )


async def recent(visit: Visit, desk: Desk) -> list[LogLine]:
    """Returns the last warnings and errors, the newest first.

    Raises:
        TwinCityError: they cannot be read.
    """
    if not desk.has_lines:
        return []
    lines = await desk.lines(LogLevel.WARNING.value, "", {}, _WARNINGS)
    return [read_line(visit, line) for line in lines][::-1]


def read_line(visit: Visit, line: Mapping[str, Any]) -> LogLine:
    """Read a line for its reader."""
    name = str(line.get("event", ""))
    fields = [
        (str(key), _short(str(value)))
        for key, value in sorted(line.items())
        if key not in _OWN
    ]
    stamp = str(line.get("timestamp", ""))
    return LogLine(
        visit.tell.second(stamp),
        str(line.get("level", "")).upper() or "INFO",
        str(line.get("service", "")),
        name[:300],
        _EXPLAINED.get(name),
        fields,
        str(line.get("subject") or ""),
        str(line.get("correlation") or ""),
    )


def _short(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= 400 else f"{text[:400]} …"  # noqa: PLR2004  a line


def _statement(visit: Visit, statement: str) -> bool:
    """Returns whether it is the identifier of a statement that the view knows."""
    return bool(statement) and bool([*visit.view.statements(statement)])
