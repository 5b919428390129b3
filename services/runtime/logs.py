"""Log events with names, not sentences: ``statement.rejected subject=… code=…``.

What is known of the record being processed (id, correlation, subject, topic,
partition, offset) is bound once by the delivery and added to every line that
is written meanwhile; it costs nothing where no line is written.
"""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import structlog
from typing_extensions import override

from services.runtime.focus import focus
from services.runtime.log_names import FAULTS
from services.runtime.settings import LogFormat

Fields = Callable[[], dict[str, Any]]

bound: ContextVar[Fields | None] = ContextVar("bound", default=None)
"""Gives the fields of the record being processed, when asked."""


def _add_bound(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    fields = bound.get()
    return event if fields is None else {**fields(), **event}


class Faults:
    """Counts the lines of this process that tell of a fault of ours."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self, _logger: Any, _method: str, event: dict[str, Any]
    ) -> dict[str, Any]:
        """Count a line (structlog's protocol)."""
        self.count += event.get("event") in FAULTS
        return event


faults = Faults()


def _critical_alone(_logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drop an error that was let through to be counted (structlog's protocol)."""
    if method != "critical":
        raise structlog.DropEvent
    return event


class NormalAtStart(logging.Filter):
    """Drops what a library calls an error and is a wait.

    A cluster that is new has to make a topic before it can name a group's
    coordinator. One that still cannot after half a minute is told.
    """

    _WAITS = ("Group Coordinator Request failed", "FindCoordinator Request failed")
    _LONGEST_S = 30.0

    def __init__(self) -> None:
        super().__init__()
        self._since: float | None = None

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(self._WAITS):
            return True
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        return now - self._since > self._LONGEST_S


class Folded(logging.Filter):
    """Tells each sentence of a library once in ten minutes, and how often it came.

    While no broker answers, each of aiokafka's clients says so ten times a second.
    """

    _WHILE_S = 600.0
    _MOST = 1_000
    """Sentences remembered; past them all count as new."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[str, tuple[float, int]] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:  # the same words, and perhaps another cause
            return True
        sentence, now = record.getMessage(), time.monotonic()
        logged_at, times = self._logged.get(sentence, (-self._WHILE_S, 0))
        if now - logged_at < self._WHILE_S:
            self._logged[sentence] = logged_at, times + 1
            return False
        if len(self._logged) >= self._MOST:
            self._logged.clear()
        self._logged[sentence] = now, 0
        if times:
            record.msg, record.args = f"{sentence} (and {times} times before)", ()
        return True


def readable(event: Mapping[str, Any], *, colours: bool) -> str:
    """One event as a line that a person reads."""
    renderer = structlog.dev.ConsoleRenderer(colors=colours, sort_keys=False)
    return str(renderer(None, str(event.get("level", "")), dict(event)))


def silence() -> None:
    """Write none of our lines: a command tells what it has to tell in sentences.

    Unconfigured, structlog writes to standard output, among what is asked for.
    """
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )


def configure(
    service: str,
    log_format: LogFormat,
    level: str = "INFO",
    libraries: int = logging.WARNING,
) -> None:
    """Set up structlog and route the libraries' own lines through it.

    Args:
        service: named on every line.
        log_format: JSON for machines, or readable.
        level: of our own lines.
        libraries: of theirs; they tell of every connection at INFO.
    """
    threshold = logging.getLevelNamesMapping()[level]
    shared: list[Any] = [
        faults,
        _add_bound,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    dropped: list[Any] = [_critical_alone] if threshold > logging.ERROR else []
    render: list[Any] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if log_format is LogFormat.JSON
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
        ]
    )
    structlog.configure(
        processors=[*shared, *dropped, *render],
        wrapper_class=structlog.make_filtering_bound_logger(
            min(threshold, logging.ERROR)  # faults are counted however little is told
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    focus.everything = level == "DEBUG"
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(NormalAtStart())
    if level != "DEBUG":
        handler.addFilter(Folded())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *render,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=libraries, force=True)
