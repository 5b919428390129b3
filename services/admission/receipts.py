"""The receipt of one message: the verdict, and where and when it arrived; pure."""

from collections.abc import Mapping
from hashlib import sha256

from services.rules.judging import Admission
from services.rules.recorded import Arrival
from services.runtime.outcomes import Publish
from services.runtime.reading import Record
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import (
    LONGEST_ATTRIBUTE,
    Cause,
    Envelope,
    derived_id,
    headers_derived,
)
from twincity_schemas.headers import TRACE, Headers, printable, trace
from twincity_schemas.message import GLIMPSED, glimpse, going_headers, to_json
from twincity_schemas.problems import Problem, problem
from twincity_schemas.receipt import InboxPosition, ReceiptIssued
from twincity_schemas.topology import receipts

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
) -> Publish:
    """Returns the receipt of one message; its key is the statement's id, if it has one.

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
    statement, subject = seen.get("id"), f"inbox/{party}/{record.offset}"
    # When the message entered the inbox: data, not this process's clock.
    moment = arrival.moment
    cause = Cause(
        time=moment,
        offset=moment.utcoffset(),
        correlation=seen.get("correlationid") or statement,
        causation=statement,
        traceparent=seen.get("traceparent"),
        tracestate=seen.get("tracestate"),
        recorded=moment,
    )
    headers = headers_derived(
        cause,
        name=derived_id(ADMISSION, record.topic, record.partition, record.offset),
        service=ADMISSION,
        type_=event_type.name,
        subject=subject,
    )
    headers += going_headers(event_type)
    key = subject if statement is None else statement
    return Publish(receipts(party), key.encode(), to_json(data), headers)


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
