"""Tracing a subject through the ledger."""

from collections.abc import Iterator

from services.cli.lines import gist
from services.ledger.store import Ledger
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPES


def trace_lines(subject: str, settings: Settings) -> Iterator[str]:
    """Everything the ledger holds about a subject, in the order of time.

    Raises:
        Unavailable: the database does not answer.
    """
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        for row in ledger.trace(subject):
            event_type = EVENT_TYPES.get(row.type)
            if event_type is None:
                yield f"{row.topic}: 无法读取的消息 a message that cannot be read"
                continue
            data = event_type.model.model_validate_json(row.data)
            who = row.party if event_type.is_statement else row.source
            yield f"{row.time}  {event_type.words.zh}  {who}  {gist(data)}  ({row.id})"
        for receipt in ledger.receipts_of(subject):
            yield (
                f"回执 receipt  {receipt.topic}/{receipt.offset}  {receipt.verdict}  "
                f"{receipt.statement or ''}  {receipt.problems}"
            )
    finally:
        ledger.close()
