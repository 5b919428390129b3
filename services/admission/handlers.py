"""Admission's subscription: check, remember, pass on, give the receipt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from pydantic import BaseModel
from pydantic_core import from_json

from services.admission.domain import Gate, contradictions
from services.admission.recorded import Arrival, ahead, distance
from services.runtime.deciding import Aside
from services.runtime.incoming import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Publish, Refused, Save
from services.runtime.partitions import partition_of
from services.runtime.reading import Record
from services.runtime.service import Processor
from twincity_schemas.canonical import canonical_json
from twincity_schemas.catalogue import (
    EVENT_TYPE_OF,
    KINDS,
    receipts,
    statements,
)
from twincity_schemas.envelope import (
    LONGEST_ATTRIBUTE,
    Envelope,
    derived_id,
)
from twincity_schemas.headers import TRACE, Headers, printable, trace
from twincity_schemas.message import GLIMPSED, Event, glimpse, to_json
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError, Problem, problem
from twincity_schemas.receipt import InboxPosition, ReceiptIssued, Verdict
from twincity_schemas.statement import PROVENANCE, Statement
from twincity_schemas.values import Subject

SERVICE = "admission"
# A receipt fits a message even where every character is escaped, as \u0000.
_MOST_PROBLEMS, _LONGEST = 100, 600


@dataclass(frozen=True)
class Admission:
    """What became of one message."""

    verdict: Verdict
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def make_processor(registry: Registry, *, story_time: bool = False) -> Processor:
    """A shard's memory of what was admitted, and how it decides.

    Args:
        registry: the parties.
        story_time: take the publishers' timestamps as they come, since a story
            is told in chapters; otherwise an inbox's time never runs backwards.
    """
    memory: Memory[str] = Memory(str)

    def note_aside(message: Incoming) -> Aside[str]:
        arrival, saves = _arrived(message, memory, story_time=story_time)
        return Aside(str(arrival.milliseconds), saves)

    def admit(message: Incoming) -> Iterator[Outcome[str]]:
        party = message.party
        arrival, saves = _arrived(message, memory, story_time=story_time)
        yield from saves
        gate = Gate(party, registry.codes)
        envelope: Envelope | None = None
        headers = message.record.headers
        try:
            event = message.read(gate=True)
        except ContractError as error:
            # Who may speak is checked even where the data is broken, so that
            # one receipt says everything.
            envelope, headers = error.envelope, error.headers or headers
            refusals = gate.problems(envelope) if envelope else ()
            problems = (*error.problems, *refusals)
            admission = Admission(Verdict.REJECTED, problems)
        else:
            envelope = event.envelope
            key, content = f"{envelope.source} {envelope.id}", _content(event)
            admission = _judge(gate, event, memory.get(key), content)
            if admission.verdict is Verdict.ACCEPTED:
                far = distance(envelope.time, arrival, registry.time_tolerance)
                warned = (*admission.warnings, *far, *ahead(event.data, arrival))
                admission = replace(admission, warnings=warned)
                yield Save(key, content)
                yield _pass_on(event, arrival)
        if admission.verdict is not Verdict.ACCEPTED:
            codes = tuple(p.code for p in admission.problems[:_MOST_PROBLEMS])
            yield Refused(admission.verdict, party, codes)
        seen = _seen(headers, envelope)
        yield _receipt(party, message.record, seen, admission, arrival)

    return Processor(memory, admit, note_aside=note_aside, step="statement.admitted")


def _arrived(
    message: Incoming, memory: Memory[str], *, story_time: bool
) -> tuple[Arrival, list[Outcome[str]]]:
    """When a message entered its inbox, and what that is for the next: no earlier.

    One that was laid aside entered when it did, whatever has come since.
    """
    if message.note:
        return Arrival.after(int(message.note), message.record.timestamp), []
    # No statement's key begins so: it begins with a source, so with "/".
    clock = f"recorded {message.party}"
    latest = 0 if story_time else int(memory.get(clock) or 0)
    arrival = Arrival.after(latest, message.record.timestamp)
    if arrival.milliseconds == latest:
        return arrival, []
    return arrival, [Save(clock, str(arrival.milliseconds))]


def _judge(
    gate: Gate, event: Event[BaseModel], admitted: str | None, content: str
) -> Admission:
    problems = tuple(gate.problems(event.envelope))
    problems = problems or tuple(contradictions(event))
    if problems:
        return Admission(Verdict.REJECTED, problems)
    if admitted == content:
        return Admission(Verdict.DUPLICATE)
    if admitted is not None:
        reused = problem(
            "ce_id",
            "id_reused",
            "该编号已用于内容不同的陈述",
            "this id was already used for a statement with other content",
        )
        return Admission(Verdict.REJECTED, (reused,))
    return Admission(Verdict.ACCEPTED, warnings=tuple(_warnings(event)))


def _warnings(event: Event[BaseModel]) -> Iterator[Problem]:
    if isinstance(event.data, Statement):
        yield from event.data.warnings()
    if (going := event.type.deprecation) is not None:
        yield problem(
            "ce_type",
            "deprecated_type",
            f"{event.type.name} 自 {going.since} 起不建议使用，"
            f"{going.sunset} 停用，请改用 {going.successor}",
            f"{event.type.name} is deprecated since {going.since} and ends on"
            f" {going.sunset}; use {going.successor}",
        )


def _content(event: Event[BaseModel]) -> str:
    """Tell two contents apart, however each is spelled and in whichever mode.

    128 bits, since every admitted one is remembered.
    """
    envelope = event.envelope
    data = from_json(event.value)
    data.pop(PROVENANCE, None)
    said = [envelope.type, envelope.subject, data]
    return sha256(canonical_json(said)).hexdigest()[:32]


def _pass_on(event: Event[BaseModel], arrival: Arrival) -> Publish:
    envelope = event.envelope.model_copy(update={"recordedtime": arrival.moment})
    event = replace(event, envelope=envelope)
    subject = Subject.parse(event.envelope.subject)
    topic = statements(subject.kind)
    partition = partition_of(str(subject), KINDS[subject.kind].partitions)
    key, value, headers = event.to_message()
    return Publish(topic, key, value, headers, partition)


def _receipt(
    party: str,
    record: Record,
    seen: Mapping[str, str],
    admission: Admission,
    arrival: Arrival,
) -> Publish:
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
    told = Envelope(
        specversion="1.0",
        id=str(derived_id(SERVICE, record.topic, record.partition, record.offset)),
        source=f"/twincity/{SERVICE}",
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
    _, value, headers = Event(told, event_type, data, to_json(data)).to_message()
    key = seen.get("id", told.subject).encode()
    return Publish(receipts(party), key, value, headers)


def _seen(headers: Headers, envelope: Envelope | None) -> Mapping[str, str]:
    """What a receipt repeats of an envelope, as far as it can be read."""
    if envelope is None:
        return {n: printable(t) for n, t in (glimpse(headers) | trace(headers)).items()}
    read = {name: text for name, text in envelope if text is not None}
    return {n: printable(read[n]) for n in (*GLIMPSED, *TRACE) if n in read}


def bounded(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """So many problems, so long each, that a receipt always fits a message."""
    kept = tuple(
        problem(p.pointer[:LONGEST_ATTRIBUTE], p.code, p.zh[:_LONGEST], p.en[:_LONGEST])
        for p in problems[:_MOST_PROBLEMS]
    )
    if (left := len(problems) - len(kept)) <= 0:
        return kept
    return (
        *kept,
        problem("", "and_more", f"另有 {left} 个问题", f"and {left} more problems"),
    )
