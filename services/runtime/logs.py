"""Log events with names, not sentences: ``statement.rejected subject=… code=…``.

What is known of the record being processed (id, correlation, subject, topic,
partition, offset) is bound once by the delivery and added to every line that
is written meanwhile; it costs nothing where no line is written.
"""

import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog

from services.runtime.settings import LogFormat

Fields = Callable[[], dict[str, Any]]

bound: ContextVar[Fields | None] = ContextVar("bound", default=None)
"""Gives the fields of the record being processed, when asked."""


def _add_bound(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    fields = bound.get()
    return event if fields is None else {**fields(), **event}


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
    shared: list[Any] = [
        _add_bound,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Any] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if log_format is LogFormat.JSON
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
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
