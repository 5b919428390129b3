"""The verdict on one message of an inbox: accepted, duplicate or rejected; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import BaseModel
from pydantic_core import from_json

from services.rules.gate import Gate, Roll, contradictions
from services.rules.recorded import Arrival, ahead, distance
from twincity_schemas.canonical import canonical_json
from twincity_schemas.headers import Headers
from twincity_schemas.message import Event, parse
from twincity_schemas.problems import ContractError, Problem, problem
from twincity_schemas.receipt import Verdict
from twincity_schemas.statement import PROVENANCE, Statement


@dataclass(frozen=True)
class Admission:
    """The verdict on one message.

    Attributes:
        content: of a statement that is accepted, the digest of what it says.
    """

    verdict: Verdict
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    content: str | None = None


def refuse(gate: Gate, error: ContractError) -> Admission:
    """Returns the verdict on a message that could not be read.

    Who may speak is checked as far as the envelope can be read, so that one receipt
    says everything.
    """
    refusals = gate.problems(error.envelope) if error.envelope else ()
    return Admission(Verdict.REJECTED, (*error.problems, *refusals))


def foresee(
    roll: Roll, party: str, headers: Headers, value: bytes, moment: datetime
) -> Admission:
    """Returns what would become of a message that came now, if its id is a new one.

    Args:
        roll: of the parties.
        party: whose inbox it would come by.
        headers: of the message, like its value.
        value: as it would be sent.
        moment: when it would enter the inbox.
    """
    gate = roll.gate(party, moment)
    try:
        event = parse(headers, value, gate=True)
    except ContractError as error:
        return refuse(gate, error)
    arrival = Arrival.after(0, int(moment.timestamp() * 1000))
    return judge(gate, event, None, arrival, roll.registry.time_tolerance)


def judge(
    gate: Gate,
    event: Event[BaseModel],
    admitted: str | None,
    arrival: Arrival,
    tolerance: timedelta,
) -> Admission:
    """Returns what becomes of a statement that could be read.

    Args:
        gate: of the inbox that it came by.
        event: the statement.
        admitted: the digest of what was admitted under its source and id before: of
            the same content, this is a duplicate; of another, the id is used again.
        arrival: when it entered the inbox.
        tolerance: how far the time that it claims may lie from that, unwarned.
    """
    problems = tuple(gate.problems(event.envelope))
    problems = problems or tuple(contradictions(event))
    if problems:
        return Admission(Verdict.REJECTED, problems)
    content = content_digest(event)
    if admitted == content:
        return Admission(Verdict.DUPLICATE)
    if admitted is not None:
        reused = problem(
            "ce_id",
            "id_reused",
            "该编号已用于内容不同的填报",
            "this id was already used for a statement with other content",
        )
        return Admission(Verdict.REJECTED, (reused,))
    warnings = tuple(_warnings(event, arrival, tolerance))
    return Admission(Verdict.ACCEPTED, warnings=warnings, content=content)


def _warnings(
    event: Event[BaseModel], arrival: Arrival, tolerance: timedelta
) -> Iterator[Problem]:
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
    yield from distance(event.envelope.time, arrival, tolerance)
    yield from ahead(event.data, arrival)


def content_digest(event: Event[BaseModel]) -> str:
    """Returns what tells two contents apart, however each is spelled, in either mode.

    128 bits, since every admitted one is remembered.
    """
    envelope = event.envelope
    data = from_json(event.value)
    data.pop(PROVENANCE, None)
    content = [envelope.type, envelope.subject, data]
    return sha256(canonical_json(content)).hexdigest()[:32]
