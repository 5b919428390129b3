"""The admission rules: pure, every problem at once, in Chinese and English."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from twincity_schemas.board import BoardOpened
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.chain import ChainDescribed, GapDeclared, GapFilled
from twincity_schemas.challenge import (
    ChallengeAccepted,
    ChallengeAwarded,
    ChallengeFailed,
    ChallengeReported,
    ChallengeReturned,
    ChallengeReviewed,
    ChallengeVerified,
)
from twincity_schemas.cluster import ClusterDescribed
from twincity_schemas.dispatch import DecisionDone, DecisionTaken, DispatchCalled
from twincity_schemas.envelope import Envelope
from twincity_schemas.factor import FactorCommitted, FactorDelivered
from twincity_schemas.match import Answered
from twincity_schemas.message import Event
from twincity_schemas.obstacle import ObstacleAssigned
from twincity_schemas.opportunity import ChainGap, OpportunityPublished, pool_of
from twincity_schemas.plan import PlanDrawn
from twincity_schemas.problems import Problem, WrongValueError, problem
from twincity_schemas.project import (
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectSucceeded,
)
from twincity_schemas.values import Subject

_THE_SYSTEMS = ("recordedtime", "deprecation", "sunset")


@dataclass(frozen=True)
class Gate:
    """What one inbox lets in.

    Attributes:
        party: whose inbox it is.
        known: the codes of every party in the registry.
    """

    party: str
    known: frozenset[str]

    def problems(self, envelope: Envelope) -> Iterator[Problem]:
        """Why this party may not say this about this subject."""
        if envelope.party != self.party:
            yield problem(
                "ce_source",
                "foreign_source",
                f"来源 {envelope.source} 不属于 {self.party} 的收件箱",
                f"{envelope.source} does not belong to the inbox of {self.party}",
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
        if subject.kind == "opportunity" and len(subject.members) != 1:
            yield problem(
                "ce_subject",
                "one_owner",
                "机会清单条目只能有一个主体",
                "an entry of an opportunity list has one owner",
            )


def contradictions(event: Event[BaseModel]) -> Iterator[Problem]:
    """What in the data does not fit the subject it is said about."""
    subject = Subject.parse(event.envelope.subject)
    for pointer, party in _members_named(event.data):
        yield from _no_member(pointer, party, subject)
    yield from _other_subjects(event)
    match event.data:
        case ProjectEndorsed() | ProjectDeclined() as answer:
            others = set(subject.members) - {event.envelope.party}
            if answer.party not in others:
                yield problem(
                    "/party",
                    "not_another_member",
                    f"应为事项的其他成员之一：{'、'.join(sorted(others))}",
                    f"must be another member: {', '.join(sorted(others))}",
                )
        case Answered(counterpart=counterpart):
            other = Subject.parse(counterpart)
            if (
                other.kind != "opportunity"
                or other == subject
                or pool_of(other) != pool_of(subject)
            ):
                yield problem(
                    "/counterpart",
                    "not_in_pool",
                    f"应为清单 {pool_of(subject)} 中的另一条目",
                    f"must be another entry of pool {pool_of(subject)}",
                )
        case _:
            pass


def _members_named(data: BaseModel) -> Iterator[tuple[str, str]]:
    """Each party that has to be a member of the subject, with the pointer to it."""
    match data:
        case ObstacleAssigned(to=party):
            yield "/to", party
        case PlanDrawn(measures=measures):
            for index, measure in enumerate(measures):
                yield f"/measures/{index}/party", measure.party
        case ChainDescribed(carriers=carriers):
            for index, carrier in enumerate(carriers):
                yield f"/carriers/{index}/party", carrier.party
        case GapFilled(party=str(party)) | DecisionTaken(party=party):
            yield "/party", party
        case FactorCommitted(requested_by=party) | FactorDelivered(requested_by=party):
            yield "/requested_by", party
        case DecisionDone(taken_by=party):
            yield "/taken_by", party
        case _:
            yield from _entrants_named(data)


def _entrants_named(data: BaseModel) -> Iterator[tuple[str, str]]:
    match data:
        case (
            ChallengeReviewed(entrant=party)
            | ChallengeReported(entrant=party)
            | ChallengeVerified(entrant=party)
            | ChallengeReturned(entrant=party)
            | ChallengeAccepted(entrant=party)
            | ChallengeFailed(entrant=party)
        ):
            yield "/entrant", party
        case ChallengeAwarded(winners=winners, reviews=reviews):
            for index, winner in enumerate(winners):
                yield f"/winners/{index}/entrant", winner.entrant
            for index, review in enumerate(reviews):
                yield f"/reviews/{index}/party", review.party
        case _:
            pass


def _other_subjects(event: Event[BaseModel]) -> Iterator[Problem]:
    match event.data:
        case PlanDrawn(project=str(project)):
            yield from _not_of_kind("/project", "project", project)
        case GapDeclared(opportunity=str(entry)):
            yield from _not_own_entry("/opportunity", entry, event.envelope.party)
        case OpportunityPublished(gap=ChainGap() as gap):
            yield from _not_of_kind("/gap/chain", "chain", gap.chain)
            chain = Subject.parse(gap.chain)
            yield from _no_member("/gap/declared_by", gap.declared_by, chain)
        case _:
            yield from _appraised_subjects(event.data)


def _appraised_subjects(data: BaseModel) -> Iterator[Problem]:
    match data:
        case ProjectDescribed(succeeds=str(succeeds)):
            yield from _not_of_kind("/succeeds", "project", succeeds)
        case ProjectSucceeded(successor=successor):
            yield from _not_of_kind("/successor", "project", successor)
        case DispatchCalled(projects=projects, previous=previous):
            yield from _all_of_kind("/projects", "project", projects)
            if previous is not None:
                yield from _not_of_kind("/previous", "dispatch", previous)
        case ClusterDescribed(projects=projects, parts=parts):
            yield from _all_of_kind("/projects", "project", projects)
            yield from _all_of_kind("/parts", "cluster", parts)
        case BoardOpened(units=units):
            for place, unit in enumerate(units):
                for index, one in enumerate(unit.projects):
                    where = f"/units/{place}/projects/{index}"
                    yield from _not_of_kind(f"{where}/project", "project", one.project)
                    members = Subject.parse(one.project)
                    yield from _no_member(f"{where}/party", one.party, members)
        case _:
            pass


def _all_of_kind(pointer: str, kind: str, named: Iterable[str]) -> Iterator[Problem]:
    for index, subject in enumerate(named):
        yield from _not_of_kind(f"{pointer}/{index}", kind, subject)


def _no_member(pointer: str, party: str, subject: Subject) -> Iterator[Problem]:
    if party not in subject.members:
        yield problem(
            pointer,
            "not_a_member",
            f"{party} 不是事项成员，应为：{'、'.join(subject.members)}",
            f"{party} is not a member; must be one of {', '.join(subject.members)}",
        )


def _not_of_kind(pointer: str, kind: str, named: str) -> Iterator[Problem]:
    if Subject.parse(named).kind != kind:
        yield problem(
            pointer,
            "subject_kind",
            f"所指事项应以 {kind}/ 开头",
            f"must name {kind}/…",
        )


def _not_own_entry(pointer: str, entry: str, party: str) -> Iterator[Problem]:
    yield from _not_of_kind(pointer, "opportunity", entry)
    if Subject.parse(entry).members != (party,):
        yield problem(
            pointer,
            "not_own_entry",
            f"应为本方条目，形如 opportunity/{party}/…",
            f"must be this party's own entry: opportunity/{party}/…",
        )
