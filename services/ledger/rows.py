"""What the ledger's tables hold of an entry: a row each; pure."""

from typing import Any

from pydantic_core import to_json

from services.ledger.domain import LedgerEntry, storable
from services.ledger.tables import EVENT, RECORD
from twincity_schemas.problems import Problem
from twincity_schemas.receipt import ReceiptIssued


def event_row(entry: LedgerEntry) -> dict[str, Any]:
    """Returns the row of an event."""
    return {column.name: getattr(entry, column.name) for column in EVENT.columns}


def record_row(entry: LedgerEntry) -> dict[str, Any]:
    """Returns the row of the latest record of a key."""
    parts = (entry.subject or "").split("/")
    members = parts[1] if len(parts) > 2 else ""  # noqa: PLR2004  kind/members/name
    derived = {"event": entry.id, "members": f".{members}."}
    return derived | {
        column.name: getattr(entry, column.name)
        for column in RECORD.columns
        if column.name not in derived
    }


def receipt_row(entry: LedgerEntry, receipt: ReceiptIssued) -> dict[str, Any]:
    """Returns the row of a receipt."""
    inbox = receipt.position
    return {
        "topic": entry.topic,
        "partition": entry.partition,
        "offset": entry.offset,
        "inbox_topic": inbox.topic,
        "inbox_partition": inbox.partition,
        "inbox_offset": inbox.offset,
        "verdict": receipt.verdict.value,
        "statement": _text(receipt.statement),
        "source": _text(receipt.source),
        "subject": _text(receipt.subject),
        "problems": _json(receipt.problems),
        "warnings": _json(receipt.warnings),
        "copies": 1,
    }


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _json(problems: tuple[Problem, ...]) -> str:
    return to_json(problems).decode()
