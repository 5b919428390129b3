"""Tracing a subject through the ledger."""

import json
from collections.abc import Iterable, Iterator

from services.cli.lines import CHINA, gist
from services.ledger.answers import Traced
from services.ledger.domain import Kind
from services.ledger.store import Ledger
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPE_OF, EVENT_TYPES
from twincity_schemas.project import ProjectDescribed

_DESCRIBED = EVENT_TYPE_OF[ProjectDescribed].name
_MOST_PREDECESSORS = 20


def trace_lines(subject: str, settings: Settings) -> Iterator[str]:
    """Everything the ledger holds about a subject: each statement, what became of it.

    What the subject succeeds, its members having changed, is its history too and
    comes first.

    Raises:
        LedgerError: the database does not answer, or is another release's.
    """
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        lines = list(_history(ledger, subject, {subject}))
    finally:
        ledger.close()
    yield from lines


def _history(ledger: Ledger, subject: str, seen: set[str]) -> Iterator[str]:
    told = list(ledger.trace(subject))
    for earlier in sorted(set(_succeeded(told)) - seen):
        if len(seen) < _MOST_PREDECESSORS:
            seen.add(earlier)
            yield from _history(ledger, earlier, seen)
            yield f"—— {subject} 承接 succeeds {earlier} ——"
    yield from map(_line, told)


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
    when = "" if row.time is None else f"{row.time.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    return f"{when}  {what}  ({row.id})"
