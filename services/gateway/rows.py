"""One event of a topic as the gateway keeps it, and what is asked of many."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from services.rules.due import outstanding
from services.runtime.reading import Record, event_of
from twincity_schemas.catalogue import (
    EVENT_TYPES,
    MATCHING_CANDIDATES,
    receipts,
    records,
    statements,
)
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeIssued
from twincity_schemas.problems import ContractError, WrongValueError
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.values import Domain, Subject

_DOMAINS = {records(domain): str(domain) for domain in Domain}
_NEVER = "9999"


class Family(StrEnum):
    """What an event is to its reader."""

    RECORD = "record"
    CANDIDATES = "candidates"
    STATEMENT = "statement"
    RECEIPT = "receipt"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event, or that the record of a key is no more.

    Attributes:
        topic: without an environment's prefix, like ``place``.
        key: of the record, or of the part of one.
        type: of the event; "" where the record was removed.
        kind: of subject.
        parties: whom it concerns, as ``.chengdu.deyang.``.
        state: of the record, or the receipt's verdict; "" where it has none.
        place: of a receipt, where the message lies that it answers.
        recorded: when the cause entered its inbox, ISO 8601 in UTC.
        due: what is open by the record, JSON; None where nothing is.
        attributes: the envelope as a JSON object.
        value: the data exactly as published; None where it was removed.
    """

    topic: str
    partition: int
    offset: int
    family: Family
    key: str
    type: str = ""
    subject: str = ""
    kind: str = ""
    parties: str = ""
    domain: str = ""
    state: str = ""
    place: str = ""
    recorded: str = ""
    due: str | None = None
    attributes: bytes = b"{}"
    value: bytes | None = None

    @property
    def cloudevent(self) -> bytes:
        """The event as CloudEvents write it in JSON, its data as it was published."""
        return self.attributes[:-1] + b',"data":' + (self.value or b"null") + b"}"

    @property
    def milliseconds(self) -> int:
        """When it was recorded, since 1970; 0 where that is not known."""
        if not self.recorded:
            return 0
        return int(datetime.fromisoformat(self.recorded).timestamp() * 1000)

    @property
    def etag(self) -> str:
        """Names this event among all that ever are."""
        return f'"{self.topic}-{self.partition}-{self.offset}"'

    def document(self) -> dict[str, Any]:
        """The event as an object."""
        found: dict[str, Any] = json.loads(self.cloudevent)
        return found


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are asked for; an empty member asks for all."""

    family: tuple[Family, ...] = (Family.RECORD,)
    domain: str = ""
    party: str = ""
    kind: str = ""
    type: str = ""
    state: str = ""
    subject: str = ""

    def matches(self, row: Row) -> bool:
        """Whether a row is asked for. Of a removed one only its key is known."""
        there = row.value is not None
        return (
            row.family in self.family
            and self.domain in {"", row.domain}
            and (not self.party or f".{self.party}." in row.parties)
            and self.kind in {"", row.kind}
            and self.subject in {"", row.subject}
            and (not there or not self.type or f".{self.type}." in row.type)
            and (not there or self.state in {"", row.state})
        )

    def sql(self) -> tuple[str, list[str]]:
        """The same as a condition on what is not removed, and its parameters."""
        marks = ",".join("?" * len(self.family))
        conditions, given = [f"family in ({marks})"], [str(f) for f in self.family]
        for column in ("domain", "kind", "state", "subject"):
            if wanted := getattr(self, column):
                conditions.append(f"{column} = ?")
                given.append(wanted)
        for column, wanted in (("parties", self.party), ("type", self.type)):
            if wanted:
                conditions.append(f"instr({column}, ?)")
                given.append(f".{wanted}.")
        return " and ".join(conditions), given


def row_of(record: Record, prefix: str) -> Row | None:
    """Read a Kafka record; None where it is no event of ours."""
    topic = record.topic.removeprefix(prefix)
    key = (record.key or b"").decode(errors="replace")
    family = _family(topic)
    where: dict[str, Any] = {
        "topic": topic,
        "partition": record.partition,
        "offset": record.offset,
        "domain": _DOMAINS.get(topic, ""),
    }
    if record.value is None:
        subject = key.partition("#")[0]
        told: dict[str, Any] = {**_about(subject), "family": family, "key": key}
        return Row(**where, **told)
    try:
        event = event_of(record)
    except ContractError:
        return None
    told = {"family": family, "key": key}
    told |= _told(event, prefix)
    return Row(**where, **told, **_written(event))


def _family(topic: str) -> Family:
    if topic == MATCHING_CANDIDATES:
        return Family.CANDIDATES
    if topic.startswith(receipts("")):
        return Family.RECEIPT
    # The kind is between what precedes and what follows it.
    before, after = statements("*").split("*")
    if topic.startswith(before) and topic.endswith(after):
        return Family.STATEMENT
    return Family.RECORD


def _about(subject: str) -> dict[str, str]:
    try:
        parsed = Subject.parse(subject)
    except WrongValueError:
        return {"subject": subject}
    parties = f".{'.'.join(parsed.members)}."
    return {"subject": subject, "kind": parsed.kind, "parties": parties}


def _told(event: Event[BaseModel], prefix: str) -> dict[str, Any]:
    """What is looked for by: of a receipt, what it speaks of."""
    match event.data:
        case ReceiptIssued(position=at) as receipt:
            topic = at.topic.removeprefix(prefix)
            return {
                **_about(receipt.subject or ""),
                "state": str(receipt.verdict),
                "place": f"{topic}/{at.partition}/{at.offset}",
            }
        case NoticeIssued() as notice:
            return {
                **_about(notice.subject),
                "family": Family.NOTICE,
                "state": str(notice.kind),
            }
        case data:
            open_ = [_open(item) for item in outstanding(data, _NEVER)]
            return {
                **_about(event.envelope.subject),
                "state": str(getattr(data, "state", None) or ""),
                "due": json.dumps(open_, ensure_ascii=False) if open_ else None,
            }


def _open(item: Any) -> Mapping[str, Any]:
    names = ("subject", "kind", "what", "party", "unit", "due")
    return {name: getattr(item, name) for name in names}


def _written(event: Event[BaseModel]) -> dict[str, Any]:
    envelope = event.envelope
    attributes = envelope.model_dump_json(exclude_none=True).encode()
    said = b',"datacontenttype":"application/json"}'
    return {
        "type": envelope.type,
        "recorded": _in_utc(envelope.recorded),
        "attributes": attributes[:-1] + said,
        "value": event.value,
    }


def _in_utc(moment: datetime) -> str:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # at the calendar's edge it stays as it was said
        moment = moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fact_of(type_: str) -> str:
    """The short name of an event type, ``project.recorded``."""
    known = EVENT_TYPES.get(type_)
    return known.fact if known else type_
