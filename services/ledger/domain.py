"""From a Kafka record to what the ledger keeps of it; pure, and never raises.

What the contract forbids can still lie in a topic: a newer release's type, a
null header, a text with a NUL that PostgreSQL cannot hold. Nothing of that may
stop the ledger, so it is kept as its bytes, with the reason.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel

from services.rules.families import Family, family_of
from services.runtime.reading import event_of
from twincity_schemas.message import Event, glimpse
from twincity_schemas.operations import Act
from twincity_schemas.receipt import InboxPosition, ReceiptIssued

_LONGEST = 256
"""Characters of a text that is looked up by: what the contract allows for an
id or a subject. PostgreSQL cannot index more than 2,700 bytes."""


_LONGEST_KEY = 600
"""Of a key, which names a part besides: a subject, a unit or a statement."""


class EntryKind(StrEnum):
    """The sorts of records, as the ledger tells them apart; operators may query it."""

    STATEMENT = "statement"
    RECEIPT = "receipt"
    RECORD = "record"
    TOMBSTONE = "tombstone"
    UNREADABLE = "unreadable"
    ACT = "act"


_KINDS = {
    Family.STATEMENT: EntryKind.STATEMENT,
    Family.RECEIPT: EntryKind.RECEIPT,
    Family.ACT: EntryKind.ACT,
}
"""Whatever else is published is a record to the ledger: it keeps the latest by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A record of a topic, read as far as it can be read.

    Attributes:
        topic: its name in the catalogue, without an environment's prefix.
        key: the message's key as text.
        id: of the event; like the other attributes of its envelope, None where
            it could not be read.
        time: when it was said, in UTC.
        data: the event's data, the JSON text exactly as it was published.
        raw: the message's bytes, only where it is unreadable.
        reason: why it is unreadable.
        receipt: the data of a receipt.
    """

    topic: str
    partition: int
    offset: int
    key: str
    kind: EntryKind
    id: str | None = None
    source: str | None = None
    party: str | None = None
    type: str | None = None
    subject: str | None = None
    time: datetime | None = None
    correlation: str | None = None
    causation: str | None = None
    data: str | None = None
    raw: bytes | None = None
    reason: str | None = None
    receipt: ReceiptIssued | None = None

    @property
    def place(self) -> tuple[str, int]:
        """The partition it lies in."""
        return self.topic, self.partition


def entry(record: Any, prefix: str = "") -> LedgerEntry:
    """Read a Kafka record, once and for all.

    Args:
        record: with topic, partition, offset, key, value and headers.
        prefix: what the environment puts before its topics' names.
    """
    where = {
        "topic": record.topic.removeprefix(prefix),
        "partition": record.partition,
        "offset": record.offset,
        "key": storable(
            (record.key or b"").decode(errors="backslashreplace"), _LONGEST_KEY
        ),
    }
    if record.value is None:
        return LedgerEntry(
            **where, kind=EntryKind.TOMBSTONE, subject=_subject(where["key"])
        )
    try:
        return LedgerEntry(**where, **_read(event_of(record), prefix))
    except Exception as error:  # noqa: BLE001  whatever it is, the ledger goes on
        return LedgerEntry(
            **where,
            **_glimpsed(record.headers),
            kind=EntryKind.UNREADABLE,
            raw=record.value,
            reason=str(error).replace("\x00", "␀"),
        )


def storable(text: str, longest: int = _LONGEST) -> str:
    """Make a text one that both databases can hold and index."""
    return text[:longest].replace("\x00", "␀")


def _subject(key: str) -> str | None:
    """The subject of a record's key; of a part, what it is a part of."""
    return storable(key.partition("#")[0]) or None


def _read(event: Event[BaseModel], prefix: str) -> dict[str, Any]:
    envelope = event.envelope
    columns: dict[str, Any] = {
        "kind": _KINDS.get(family_of(event.data), EntryKind.RECORD),
        "id": storable(envelope.id),
        "source": storable(envelope.source),
        "party": storable(envelope.party),
        "type": envelope.type,
        "subject": storable(envelope.subject),
        "time": envelope.time.astimezone(UTC),
        "correlation": storable(envelope.correlation),
        "causation": _maybe(envelope.causationid),
        "data": event.value.decode(),
    }
    if isinstance(event.data, ReceiptIssued):
        columns["receipt"] = _without_prefix(event.data, prefix)
    elif isinstance(event.data, Act):
        # It speaks about what waits: there it is looked for.
        columns["subject"] = storable(event.data.subject)
    return columns


class ReceiptIssuedChanges(TypedDict):
    """Whatever the ledger keeps otherwise than a receipt says it."""

    position: InboxPosition


def _without_prefix(receipt: ReceiptIssued, prefix: str) -> ReceiptIssued:
    """Returns a receipt that names its inbox as the catalogue does."""
    was = receipt.position
    topic = was.topic.removeprefix(prefix)
    position = InboxPosition(topic=topic, partition=was.partition, offset=was.offset)
    return _changed(receipt, position=position)


def _changed(
    receipt: ReceiptIssued, **changes: Unpack[ReceiptIssuedChanges]
) -> ReceiptIssued:
    return receipt.model_copy(update=changes)


def _glimpsed(headers: Any) -> dict[str, Any]:
    try:
        seen = glimpse(headers)
    except Exception:  # noqa: BLE001  headers that are no headers at all
        return {}
    return {
        name.removesuffix("id") if name == "correlationid" else name: storable(text)
        for name, text in seen.items()
    }


def _maybe(text: str | None) -> str | None:
    return None if text is None else storable(text)
