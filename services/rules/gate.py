"""The admission rules: pure, every problem at once, in Chinese and English."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel

from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.parties import CHINA, Registry
from twincity_schemas.problems import Problem, WrongValueError, problem
from twincity_schemas.references import misfits
from twincity_schemas.topology import KINDS
from twincity_schemas.values import Subject

_THE_SYSTEMS = ("recordedtime", "deprecation", "sunset")


@dataclass(frozen=True)
class Gate:
    """The rules of one inbox, at one moment.

    Attributes:
        party: whose inbox it is.
        known: the codes of every party that was registered by then.
        suspended: those that might not speak then.
    """

    party: str
    known: frozenset[str]
    suspended: frozenset[str] = frozenset()

    def problems(self, envelope: Envelope) -> Iterator[Problem]:
        """Yields why this party may not say this about this subject."""
        if envelope.party != self.party:
            yield problem(
                "ce_source",
                "foreign_source",
                f"来源 {envelope.source} 不属于 {self.party} 的收件箱",
                f"{envelope.source} does not belong to the inbox of {self.party}",
            )
        if self.party in self.suspended:
            yield problem(
                "ce_source",
                "party_suspended",
                f"{self.party} 已停止，收件时不得填报",
                f"{self.party} was suspended when this arrived",
            )
        elif self.party not in self.known:
            yield problem(
                "ce_source",
                "party_not_registered",
                f"收件时 {self.party} 尚未登记",
                f"{self.party} was not registered yet when this arrived",
            )
        for attribute in _THE_SYSTEMS:
            if getattr(envelope, attribute) is not None:
                yield problem(
                    f"ce_{attribute}",
                    "reserved_attribute",
                    "该属性由系统写入，主体不得自填",
                    "the system states this attribute; no party does",
                )
        event_type = EVENT_TYPES.get(envelope.type)
        if event_type is not None and not event_type.is_statement:
            yield problem(
                "ce_type",
                "not_a_statement",
                f"{envelope.type} 由系统推导，不由主体发布",
                f"{envelope.type} is derived; no party publishes it",
            )
        try:
            subject = Subject.parse(envelope.subject)
        except WrongValueError as wrong:
            yield problem("ce_subject", wrong.code, wrong.zh, wrong.en)
            return
        if event_type is not None and event_type.subject != subject.kind:
            yield problem(
                "ce_subject",
                "subject_kind",
                f"{event_type.words.zh} 的事项应以 {event_type.subject}/ 开头",
                f"{event_type.name} speaks about {event_type.subject}/…",
            )
        yield from self._members(subject)

    def _members(self, subject: Subject) -> Iterator[Problem]:
        for member in subject.members:
            if member not in self.known:
                yield problem(
                    "ce_subject",
                    "unknown_party",
                    f"主体 {member} 未登记",
                    f"{member} is not in the registry of parties",
                )
        if self.party not in subject.members:
            yield problem(
                "ce_subject",
                "not_a_member",
                f"{self.party} 不是事项 {subject} 的成员",
                f"{self.party} is not a member of {subject}",
            )
        kind = KINDS.get(subject.kind)
        if kind is not None and kind.one_owner and len(subject.members) != 1:
            yield problem(
                "ce_subject",
                "one_owner",
                f"{subject.kind}/ 类事项只能有一个主体",
                f"a subject {subject.kind}/… has one owner",
            )


class Roll:
    """The parties that are registered, and those that may not speak, at each moment.

    Args:
        registry: of the parties; it may be replaced by a later one.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._at: dict[date, tuple[frozenset[str], frozenset[str]]] = {}

    def learn(self, registry: Registry) -> None:
        """Go on with a later registry."""
        self.registry = registry
        self._at.clear()

    def gate(self, party: str, moment: datetime) -> Gate:
        """Returns the rules of an inbox for what was recorded at a moment."""
        day = moment.astimezone(CHINA).date()
        if day not in self._at:
            self._at = {day: self._of(moment.timestamp())}  # time seldom goes back
        return Gate(party, *self._at[day])

    def _of(self, seconds: float) -> tuple[frozenset[str], frozenset[str]]:
        parties = self.registry.party
        known = frozenset(p.code for p in parties if p.registered(seconds))
        return known, frozenset(p.code for p in parties if p.suspended(seconds))


def contradictions(event: Event[BaseModel]) -> Iterator[Problem]:
    """Find what in the data does not fit who says it, and about what."""
    subject = Subject.parse(event.envelope.subject)
    yield from misfits(event.data, subject, event.envelope.party)
