"""Tracing a subject through the ledger."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from services.cli.lines import author, clock, gist
from services.cli.naming import tell_by
from services.gateway.pages.telling import Tell
from services.ledger.answers import Traced
from services.ledger.domain import EntryKind
from services.ledger.store import Ledger
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPE_OF, EVENT_TYPES
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.words import Worded

_DESCRIBED = EVENT_TYPE_OF[ProjectDescribed].name
_MOST_PREDECESSORS = 20


@dataclass(frozen=True)
class TraceStep:
    """One row of the ledger about a subject, and what it says where it can be read."""

    row: Traced

    @cached_property
    def data(self) -> Worded | None:
        """Returns what was said; None where the record was removed or is unreadable."""
        event_type = EVENT_TYPES.get(self.row.type or "")
        if event_type is None or self.row.data is None:
            return None
        return event_type.model.model_validate_json(self.row.data)

    def text(self, tell: Tell) -> str:
        """Returns the row as a line."""
        row, data = self.row, self.data
        if row.kind is EntryKind.TOMBSTONE:
            return f"{row.topic}: {tell.t('记录已移除', 'the record was removed')}"
        if row.kind is EntryKind.UNREADABLE:
            unreadable = tell.t("无法读取的消息：", "an unreadable message: ")
            return f"{row.topic}: {unreadable}{row.reason}"
        if data is None:
            return f"{row.topic}: {row.type}"
        corrects = getattr(data, "corrects", None)
        correcting = tell.t("；更正 ", "; corrects ") + corrects if corrects else ""
        when = "" if row.time is None else clock(row.time)
        what = f"{tell.fact(row.type or '')}  {author(row.source or '', tell)}"
        return f"{when}  {what}  {gist(data, tell)}{correcting}  ({row.id})"

    def document(self) -> dict[str, Any]:
        """The row as JSON has it, data and problems as they were published."""
        row = asdict(self.row)
        for name in ("data", "problems"):
            row[name] = json.loads(row[name] or "null")
        return row


@dataclass(frozen=True)
class Succession:
    """A mark that the trace goes on with another subject."""

    subject: str
    succeeds: str

    def text(self, tell: Tell) -> str:
        """Returns the mark as a line."""
        subject, earlier = tell.subject(self.subject), tell.subject(self.succeeds)
        return f"—— {subject} {tell.t('承接', 'succeeds')} {earlier} ——"

    def document(self) -> dict[str, Any]:
        """The two subjects."""
        return asdict(self)


def traced(subject: str, settings: Settings) -> list[TraceStep | Succession]:
    """Everything the ledger holds about a subject: each statement, what became of it.

    What the subject succeeds, its members having changed, is its history too and
    comes first.

    Raises:
        LedgerError: the database is not there, does not answer, or is another
            release's.
    """
    ledger = Ledger.open(settings.database.get_secret_value(), create=False)
    try:
        return list(_history(ledger, subject, {subject}))
    finally:
        ledger.close()


def _history(
    ledger: Ledger, subject: str, seen: set[str]
) -> Iterator[TraceStep | Succession]:
    rows = list(ledger.trace(subject))
    for earlier in sorted(set(_succeeded(rows)) - seen):
        if len(seen) < _MOST_PREDECESSORS:
            seen.add(earlier)
            yield from _history(ledger, earlier, seen)
            yield Succession(subject, earlier)
    yield from map(TraceStep, rows)


def _succeeded(rows: Iterable[Traced]) -> Iterator[str]:
    """Yields which projects a party said that this one goes on from."""
    for row in rows:
        if row.type == _DESCRIBED and row.kind is EntryKind.STATEMENT and row.data:
            earlier = json.loads(row.data).get("succeeds")
            if isinstance(earlier, str):
                yield earlier


def tell_of(steps: Iterable[TraceStep | Succession], settings: Settings) -> Tell:
    """Returns what tells a trace by the names that its own records give."""
    records = (step.data for step in steps if isinstance(step, TraceStep))
    return tell_by(settings, (data for data in records if data is not None))
