"""Admission's wiring: each inbox in, trusted statements and receipts out."""

from collections.abc import Iterator

from pydantic import BaseModel

from services.admission.receipts import ADMISSION, MOST_PROBLEMS, receipt, repeated
from services.rules.gate import Roll
from services.rules.judging import Admission, judge, refuse
from services.rules.recorded import Arrival
from services.runtime.deciding import LetterNote
from services.runtime.incoming import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Publish, Refused, Save
from services.runtime.partitions import partition_of
from services.runtime.service import Processor
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.receipt import Verdict
from twincity_schemas.topology import KINDS, statements
from twincity_schemas.values import Subject

SERVICE = ADMISSION


def make_processor(registry: Registry, *, story_time: bool = False) -> Processor:
    """A shard's memory of what was admitted, and how it decides.

    Args:
        registry: the parties.
        story_time: take the publishers' timestamps as they come, since a story
            is told in chapters; otherwise an inbox's time never runs backwards.
    """
    memory: Memory[str] = Memory(str)
    roll = Roll(registry)

    def arrived(message: Incoming) -> tuple[Arrival, list[Outcome[str]]]:
        """Returns when a message entered its inbox, and what the next needs of it."""
        if message.note:
            # A dead letter entered when it did, whatever came since.
            return Arrival.after(int(message.note), message.record.timestamp), []
        # No statement's key begins so: it begins with a source, so with "/".
        clock = f"recorded {message.party}"
        latest = 0 if story_time else int(memory.get(clock) or 0)
        arrival = Arrival.after(latest, message.record.timestamp)
        if arrival.milliseconds == latest:
            return arrival, []
        return arrival, [Save(clock, str(arrival.milliseconds))]

    def note_letter(message: Incoming) -> LetterNote[str]:
        arrival, saves = arrived(message)
        return LetterNote(str(arrival.milliseconds), saves)

    def admit(message: Incoming) -> Iterator[Outcome[str]]:
        party = message.party
        arrival, saves = arrived(message)
        yield from saves
        gate = roll.gate(party, arrival.moment)
        headers = message.record.headers
        envelope: Envelope | None
        try:
            event = message.read(gate=True)
        except ContractError as error:
            envelope, headers = error.envelope, error.headers or headers
            admission = refuse(gate, error)
        else:
            envelope = event.envelope
            key = f"{envelope.source} {envelope.id}"
            tolerance = roll.registry.time_tolerance
            admission = judge(gate, event, memory.get(key), arrival, tolerance)
            if admission.verdict is Verdict.ACCEPTED:
                yield Save(key, admission.content)
                yield _pass_on(event, arrival)
        if admission.verdict is not Verdict.ACCEPTED:
            yield _refused(admission, party)
        seen = repeated(headers, envelope)
        yield receipt(party, message.record, seen, admission, arrival)

    return Processor(
        memory,
        admit,
        note_letter=note_letter,
        step="statement.admitted",
        learn=roll.learn,
    )


def _pass_on(event: Event[BaseModel], arrival: Arrival) -> Publish:
    """Returns the trusted statement, which says when it was recorded."""
    subject = Subject.parse(event.envelope.subject)
    partition = partition_of(str(subject), KINDS[subject.kind].partitions)
    key, value, headers = event.to_message(recorded=arrival.moment)
    return Publish(statements(subject.kind), key, value, headers, partition)


def _refused(admission: Admission, party: str) -> Refused:
    codes = tuple(problem.code for problem in admission.problems[:MOST_PROBLEMS])
    return Refused(admission.verdict, party, codes)
