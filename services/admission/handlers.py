"""Admission's subscription: check, remember, pass on, give the receipt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from aiokafka.partitioner import murmur2
from pydantic import BaseModel

from services.admission.domain import Gate, contradictions
from services.runtime.delivery import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Publish, Save
from services.runtime.service import Mind
from twincity_schemas.catalogue import (
    EVENT_TYPE_OF,
    KINDS,
    inbox,
    partition_key,
    receipts,
    statements,
)
from twincity_schemas.envelope import LONGEST_ATTRIBUTE, Envelope, derived_id
from twincity_schemas.message import Event, glimpse, to_json
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError, Problem, problem
from twincity_schemas.receipt import InboxPosition, ReceiptIssued, Verdict
from twincity_schemas.statement import Statement
from twincity_schemas.values import Subject

SERVICE = "admission"
_MOST_PROBLEMS, _LONGEST = 100, 1000
log = structlog.get_logger()


@dataclass(frozen=True)
class Admission:
    """What became of one message."""

    verdict: Verdict
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def make_mind(registry: Registry) -> Mind:
    """A shard's memory of what was admitted, and how it decides."""
    memory: Memory[str] = Memory(str)

    def admit(message: Incoming) -> Iterator[Outcome[str]]:
        party = message.record.topic.rsplit(inbox(""), 1)[1]
        gate = Gate(party, registry.codes)
        envelope: Envelope | None = None
        try:
            event = message.read(gate=True)
        except ContractError as error:
            # Who may speak is checked even where the data is broken, so that
            # one receipt says everything.
            envelope = error.envelope
            refusals = gate.objections(envelope) if envelope else ()
            problems = (*error.problems, *refusals)
            admission = Admission(Verdict.REJECTED, problems)
        else:
            envelope = event.envelope
            key, content = f"{envelope.source} {envelope.id}", _content(event)
            admission = _judge(gate, event, memory.get(key), content)
            if admission.verdict is Verdict.ACCEPTED:
                yield Save(key, content)
                yield _pass_on(event)
        if admission.verdict is not Verdict.ACCEPTED:
            log.info(
                "statement.refused",
                verdict=admission.verdict,
                party=party,
                codes=[p.code for p in admission.problems[:_MOST_PROBLEMS]],
            )
        yield _receipt(party, message, envelope, admission)

    return Mind(memory, admit)


def _judge(
    gate: Gate, event: Event[BaseModel], admitted: str | None, content: str
) -> Admission:
    problems = tuple(gate.objections(event.envelope))
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
    """Tell two contents apart; 128 bits, since every admitted one is remembered."""
    envelope = event.envelope
    said = f"{envelope.type}\n{envelope.subject}\n".encode() + event.value
    return sha256(said).hexdigest()[:32]


def _pass_on(event: Event[BaseModel]) -> Publish:
    subject = Subject.parse(event.envelope.subject)
    topic = statements(subject.kind)
    partition = murmur2(partition_key(subject).encode()) & 0x7FFFFFFF
    key, value, headers = event.to_message()
    return Publish(
        topic, key, value, headers, partition % KINDS[subject.kind].partitions
    )


def _receipt(
    party: str, message: Incoming, envelope: Envelope | None, admission: Admission
) -> Publish:
    record = message.record
    seen = _seen(message, envelope)
    data = ReceiptIssued(
        verdict=admission.verdict,
        statement=seen.get("id"),
        source=seen.get("source"),
        type=seen.get("type"),
        subject=seen.get("subject"),
        problems=_bounded(admission.problems),
        warnings=_bounded(admission.warnings),
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
        time=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        correlationid=seen.get("correlationid") or seen.get("id"),
        causationid=seen.get("id"),
    )
    _, value, headers = Event(told, event_type, data, to_json(data)).to_message()
    key = seen.get("id", told.subject).encode()
    return Publish(receipts(party), key, value, headers)


def _seen(message: Incoming, envelope: Envelope | None) -> dict[str, str]:
    """The attributes that a receipt repeats, as long as an envelope allows them."""
    seen = (
        glimpse(message.record.headers)
        if envelope is None
        else glimpse(envelope.to_headers())
    )
    return {name: text[:LONGEST_ATTRIBUTE] for name, text in seen.items()}


def _bounded(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
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
