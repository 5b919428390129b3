"""The receipt of one message: the verdict, and where and when it arrived; pure."""

from collections.abc import Mapping
from hashlib import sha256

from services.rules.judging import Admission
from services.rules.recorded import Arrival
from services.runtime.reading import Record
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import LONGEST_ATTRIBUTE, Envelope, derived_id
from twincity_schemas.headers import TRACE, Headers, printable, trace
from twincity_schemas.message import GLIMPSED, Event, glimpse, to_json
from twincity_schemas.problems import Problem, problem
from twincity_schemas.receipt import InboxPosition, ReceiptIssued

ADMISSION = "admission"
"""The service's name in the catalogue."""

MOST_PROBLEMS, _LONGEST = 100, 600
"""A receipt fits a message even where every character is escaped, as \\u0000."""


def receipt(
    party: str,
    record: Record,
    seen: Mapping[str, str],
    admission: Admission,
    arrival: Arrival,
) -> Event[ReceiptIssued]:
    """Returns the receipt of one message.

    Args:
        party: whose inbox it lies in.
        record: the message.
        seen: what :func:`repeated` could read of its envelope.
        admission: the verdict.
        arrival: when it entered the inbox.
    """
    data = ReceiptIssued(
        verdict=admission.verdict,
        statement=seen.get("id"),
        source=seen.get("source"),
        type=seen.get("type"),
        subject=seen.get("subject"),
        problems=bounded(admission.problems),
        warnings=bounded((*arrival.warnings(), *admission.warnings)),
        recordedtime=arrival.moment,
        position=InboxPosition(
            topic=record.topic, partition=record.partition, offset=record.offset
        ),
        content="sha256:" + sha256(record.value or b"").hexdigest(),
    )
    event_type = EVENT_TYPE_OF[ReceiptIssued]
    envelope = Envelope(
        specversion="1.0",
        id=derived_id(ADMISSION, record.topic, record.partition, record.offset),
        source=f"/twincity/{ADMISSION}",
        type=event_type.name,
        subject=f"inbox/{party}/{record.offset}",
        # When the message entered the inbox: data, not this process's clock.
        time=arrival.moment,
        recordedtime=arrival.moment,
        correlationid=seen.get("correlationid") or seen.get("id"),
        causationid=seen.get("id"),
        traceparent=seen.get("traceparent"),
        tracestate=seen.get("tracestate"),
    )
    return Event(envelope, event_type, data, to_json(data))


def repeated(headers: Headers, envelope: Envelope | None) -> Mapping[str, str]:
    """Returns what a receipt repeats of an envelope, as far as it can be read."""
    if envelope is None:
        return {n: printable(t) for n, t in (glimpse(headers) | trace(headers)).items()}
    read = ((name, getattr(envelope, name)) for name in (*GLIMPSED, *TRACE))
    return {name: printable(text) for name, text in read if text is not None}


def bounded(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """So many problems, so long each, that a receipt always fits a message."""
    kept = tuple(
        problem(p.pointer[:LONGEST_ATTRIBUTE], p.code, p.zh[:_LONGEST], p.en[:_LONGEST])
        for p in problems[:MOST_PROBLEMS]
    )
    if (left := len(problems) - len(kept)) <= 0:
        return kept
    return (
        *kept,
        problem("", "and_more", f"另有 {left} 个问题", f"and {left} more problems"),
    )
