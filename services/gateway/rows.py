"""One event of a topic as the gateway keeps it, and what is asked of many."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from services.gateway.matters import Matter, matters
from services.gateway.standings import Standing, standing
from services.gateway.titles import title_of
from services.rules.due import outstanding
from services.rules.families import Family, family_of
from services.runtime.batches import Unreadable
from services.runtime.reading import Record, event_of
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeIssued
from twincity_schemas.problems import ContractError, WrongValueError
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.topology import MATCHING_CANDIDATES, records
from twincity_schemas.values import Domain, Subject
from twincity_schemas.words import Worded

_DOMAINS = {records(domain): str(domain) for domain in Domain}
_NEVER = "9999"


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
        id: of the event.
        title: what the header of a record calls its subject; "" elsewhere.
        title_en: the same in English, or as ``title``.
        due: what is open by the record, JSON; None where nothing is.
        attributes: the envelope as a JSON object.
        value: the data exactly as published; None where it was removed.
        about: the statement that a notice or a receipt tells of; not kept, like those
            below.
        matters: what needs someone by it, as it comes from its topic.
        standing: what it adds to the lists of projects and of opportunities.
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
    id: str = ""
    title: str = ""
    title_en: str = ""
    due: str | None = None
    attributes: bytes = b"{}"
    value: bytes | None = None
    about: str = ""
    matters: tuple[Matter, ...] = ()
    standing: Standing | None = None

    @property
    def cloudevent(self) -> bytes:
        """The event as CloudEvents write it in JSON, its data as it was published."""
        return self.attributes[:-1] + b',"data":' + (self.value or b"null") + b"}"

    @property
    def data(self) -> Worded:
        """Returns what the event says; it was read before, so it can be read."""
        return EVENT_TYPES[self.type].model.model_validate_json(self.value or b"")

    @property
    def milliseconds(self) -> int:
        """Returns when it was recorded, since 1970; 0 where that is not known."""
        if not self.recorded:
            return 0
        return int(datetime.fromisoformat(self.recorded).timestamp() * 1000)

    @property
    def etag(self) -> str:
        """Names this event among all that ever are."""
        return f'"{self.topic}-{self.partition}-{self.offset}"'

    def document(self) -> dict[str, Any]:
        """The event as an object."""
        document: dict[str, Any] = json.loads(self.cloudevent)
        return document


@dataclass(frozen=True, slots=True)
class Filter:
    """The events that are asked for; an empty member asks for all."""

    family: tuple[Family, ...] = (Family.RECORD,)
    domain: str = ""
    party: str = ""
    kind: str = ""
    type: str = ""
    state: str = ""
    subject: str = ""

    def matches(self, row: Row) -> bool:
        """Returns whether a row is asked for; a removed one has its key alone."""
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
        conditions, parameters = [f"family in ({marks})"], [str(f) for f in self.family]
        for column in ("domain", "kind", "state", "subject"):
            if wanted := getattr(self, column):
                conditions.append(f"{column} = ?")
                parameters.append(wanted)
        for column, wanted in (("parties", self.party), ("type", self.type)):
            if wanted:
                conditions.append(f"instr({column}, ?)")
                parameters.append(f".{wanted}.")
        return " and ".join(conditions), parameters


def row_of(record: Record, prefix: str) -> Row | None:
    """Read a Kafka record; None where it is no event of ours."""
    topic = record.topic.removeprefix(prefix)
    key = (record.key or b"").decode(errors="replace")
    where: dict[str, Any] = {
        "topic": topic,
        "partition": record.partition,
        "offset": record.offset,
        "domain": _DOMAINS.get(topic, ""),
    }
    if record.value is None and not isinstance(record, Unreadable):
        subject = key.partition("#")[0]
        # Records alone are removed, and candidates lie apart from the others.
        removed = Family.CANDIDATES if topic == MATCHING_CANDIDATES else Family.RECORD
        where |= _about(subject)
        return Row(**where, family=removed, key=key)
    try:
        event = event_of(record)
    except ContractError:
        return None
    columns = _search_keys(event, prefix) | listed(event.envelope.subject, event.data)
    family = family_of(event.data)
    return Row(**where, **columns, **_written(event), family=family, key=key)


def listed(subject: str, data: BaseModel) -> dict[str, Any]:
    """Returns what pages list of an event over all subjects."""
    return {"matters": matters(subject, data), "standing": standing(data)}


def _about(subject: str) -> dict[str, str]:
    try:
        parsed = Subject.parse(subject)
    except WrongValueError:
        return {"subject": subject}
    parties = f".{'.'.join(parsed.members)}."
    return {"subject": subject, "kind": parsed.kind, "parties": parties}


def _search_keys(event: Event[BaseModel], prefix: str) -> dict[str, Any]:
    """Returns what is looked for by: of a receipt, what it speaks of."""
    match event.data:
        case ReceiptIssued(position=at) as receipt:
            topic = at.topic.removeprefix(prefix)
            return {
                **_about(receipt.subject or ""),
                "state": str(receipt.verdict),
                "about": f"{receipt.source}|{receipt.statement}",
                "place": f"{topic}/{at.partition}/{at.offset}",
            }
        case NoticeIssued() as notice:
            return {
                **_about(notice.subject),
                "about": notice.statement,
                "state": str(notice.kind),
            }
        case data:
            open_ = [_open(item) for item in outstanding(data, _NEVER)]
            return {
                **_about(event.envelope.subject),
                **_called(data),
                "state": _state(data),
                "due": json.dumps(open_, ensure_ascii=False) if open_ else None,
            }


def _state(data: BaseModel) -> str:
    """Returns the state of a record, whatever it is called there; "" where none is."""
    states = (getattr(data, name, None) for name in ("state", "agreement", "stage"))
    return str(next(filter(None, states), ""))


def _called(data: BaseModel) -> dict[str, str]:
    title = title_of(data)
    return {"title": title.zh, "title_en": title.en} if title else {}


def _open(item: Any) -> Mapping[str, Any]:
    names = ("subject", "kind", "what", "party", "unit", "due")
    return {name: getattr(item, name) for name in names}


def _written(event: Event[BaseModel]) -> dict[str, Any]:
    envelope = event.envelope
    attributes = envelope.model_dump_json(exclude_none=True).encode()
    ending = b',"datacontenttype":"application/json"}'
    return {
        "type": envelope.type,
        "recorded": in_utc(envelope.recorded),
        "id": envelope.id,
        "attributes": attributes[:-1] + ending,
        "value": event.value,
    }


def in_utc(moment: datetime) -> str:
    """A moment as a row has it."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # at the calendar's edge it stays as it was said
        moment = moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fact_of(type_: str) -> str:
    """The short name of an event type, ``project.recorded``."""
    known = EVENT_TYPES.get(type_)
    return known.fact if known else type_
