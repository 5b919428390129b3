"""Tracing a subject through the ledger."""

import json
from collections.abc import Iterator

from services.cli.lines import CHINA, gist
from services.ledger.answers import Traced
from services.ledger.domain import Kind
from services.ledger.store import Ledger
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPES


def trace_lines(subject: str, settings: Settings) -> Iterator[str]:
    """Everything the ledger holds about a subject: each statement, what became of it.

    Raises:
        LedgerError: the database does not answer, or is another release's.
    """
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        told = ledger.trace(subject)
    finally:
        ledger.close()
    yield from map(_line, told)


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
    what = f"{event_type.words.zh}  {who}  {gist(data)}{found}"
    when = "" if row.time is None else f"{row.time.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    return f"{when}  {what}  ({row.id})"
