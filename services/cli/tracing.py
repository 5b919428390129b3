"""Tracing a subject through the ledger."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from typing_extensions import override

from services.cli.lines import clock, gist
from services.ledger.answers import Traced
from services.ledger.domain import Kind
from services.ledger.store import Ledger
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPE_OF, EVENT_TYPES
from twincity_schemas.project import ProjectDescribed

_DESCRIBED = EVENT_TYPE_OF[ProjectDescribed].name
_MOST_PREDECESSORS = 20


@dataclass(frozen=True)
class Step:
    """One row of the ledger about a subject."""

    row: Traced

    @override
    def __str__(self) -> str:
        return _line(self.row)

    def document(self) -> dict[str, Any]:
        """The row as JSON has it, data and problems as they were published."""
        row = asdict(self.row)
        for name in ("data", "problems"):
            row[name] = json.loads(row[name] or "null")
        return row


@dataclass(frozen=True)
class Succession:
    """What comes next is about the subject that goes on from another."""

    subject: str
    succeeds: str

    @override
    def __str__(self) -> str:
        return f"—— {self.subject} 承接 succeeds {self.succeeds} ——"

    def document(self) -> dict[str, Any]:
        """The two subjects."""
        return asdict(self)


def trace_lines(subject: str, settings: Settings) -> Iterator[Step | Succession]:
    """Everything the ledger holds about a subject: each statement, what became of it.

    What the subject succeeds, its members having changed, is its history too and
    comes first.

    Raises:
        LedgerError: the database is not there, does not answer, or is another
            release's.
    """
    ledger = Ledger.open(settings.database.get_secret_value(), create=False)
    try:
        steps = list(_history(ledger, subject, {subject}))
    finally:
        ledger.close()
    yield from steps


def _history(
    ledger: Ledger, subject: str, seen: set[str]
) -> Iterator[Step | Succession]:
    told = list(ledger.trace(subject))
    for earlier in sorted(set(_succeeded(told)) - seen):
        if len(seen) < _MOST_PREDECESSORS:
            seen.add(earlier)
            yield from _history(ledger, earlier, seen)
            yield Succession(subject, earlier)
    yield from map(Step, told)


def _succeeded(told: Iterable[Traced]) -> Iterator[str]:
    """Which projects a party said that this one goes on from."""
    for row in told:
        if row.type == _DESCRIBED and row.kind is Kind.STATEMENT and row.data:
            earlier = json.loads(row.data).get("succeeds")
            if isinstance(earlier, str):
                yield earlier


def _line(row: Traced) -> str:
    event_type = EVENT_TYPES.get(row.type or "")
    match row.kind:
        case Kind.TOMBSTONE:
            return f"{row.topic}: 记录已移除 the record was removed"
        case Kind.UNREADABLE:
            return f"{row.topic}: 无法读取的消息 an unreadable message: {row.reason}"
        case _ if event_type is None or row.data is None:
            return f"{row.topic}: {row.type}"
        case _:
            pass
    data = event_type.model.model_validate_json(row.data)
    who = row.party if row.kind is Kind.STATEMENT else row.source
    found = "".join(f"；{p['zh']} {p['en']}" for p in json.loads(row.problems or "[]"))
    corrects = getattr(data, "corrects", None)
    if corrects is not None:
        found += f"；更正 corrects {corrects}"
    what = f"{event_type.words.zh}  {who}  {gist(data)}{found}"
    when = "" if row.time is None else clock(row.time)
    return f"{when}  {what}  ({row.id})"
