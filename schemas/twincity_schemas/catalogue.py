"""The catalogue: every event type and every topic, said once.

Topic creation, the JSON Schemas, the README's table and ``twincity topics
check`` are derived from it. To add an event type: its module, one entry here,
one folder of examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zlib import crc32

from pydantic import BaseModel

from twincity_schemas.amendment import AmendmentRecorded
from twincity_schemas.board import (
    AppealAnswered,
    AppealRaised,
    BoardOpened,
    ExemptionGranted,
    FigureStated,
)
from twincity_schemas.board_record import (
    AppealRecorded,
    BoardRecorded,
    StandingRecorded,
)
from twincity_schemas.chain import ChainDescribed, GapDeclared, GapFilled
from twincity_schemas.chain_record import ChainRecorded
from twincity_schemas.challenge import (
    ChallengeAccepted,
    ChallengeAwarded,
    ChallengeEntered,
    ChallengeFailed,
    ChallengePosted,
    ChallengeReported,
    ChallengeReturned,
    ChallengeReviewed,
    ChallengeVerified,
)
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.cluster import (
    ClusterDescribed,
    ClusterRecorded,
    MembershipRecorded,
)
from twincity_schemas.correction import CorrectionRecorded
from twincity_schemas.dispatch import (
    DecisionDone,
    DecisionDropped,
    DecisionTaken,
    DispatchCalled,
)
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DispatchRecorded,
    LineRecorded,
)
from twincity_schemas.factor import (
    FactorCommitted,
    FactorDelivered,
    FactorRecorded,
    FactorRequested,
)
from twincity_schemas.indicator import IndicatorReported, IndicatorTargeted
from twincity_schemas.indicator_record import IndicatorRecorded
from twincity_schemas.match import (
    MatchAccepted,
    MatchDeclined,
    MatchDeferred,
    MatchEnded,
    MatchExpired,
    MatchLanded,
    MatchNegotiated,
    MatchRated,
    MatchSigned,
)
from twincity_schemas.notice import NoticeIssued
from twincity_schemas.obstacle import (
    ObstacleAssigned,
    ObstacleCancelled,
    ObstacleEscalated,
    ObstacleExtended,
    ObstacleHandled,
    ObstacleRecorded,
    ObstacleRegistered,
    ObstacleReturned,
    ObstacleSubmitted,
    ObstacleVerified,
)
from twincity_schemas.operations import DiscardDecided, RedriveAsked
from twincity_schemas.opportunity import (
    OpportunityPublished,
    OpportunityRevised,
    OpportunityWithdrawn,
    pool_of,
)
from twincity_schemas.pairing import (
    CandidatesRecorded,
    PairingRecorded,
    PoolRecorded,
    PriceRecorded,
)
from twincity_schemas.parties import Registry
from twincity_schemas.plan import PlanConfirmed, PlanDrawn, PlanTaken
from twincity_schemas.plan_record import PlanRecorded
from twincity_schemas.policy import (
    PolicyCoordinated,
    PolicyImproved,
    PolicyIssued,
    PolicyVerified,
)
from twincity_schemas.policy_record import PolicyRecorded
from twincity_schemas.progress import ProgressReported
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project import (
    ProjectDeclined,
    ProjectDescribed,
    ProjectEndorsed,
    ProjectReopened,
    ProjectSucceeded,
    ProjectWithdrawn,
)
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.statement import Statement
from twincity_schemas.task import TaskRecorded, TaskReported
from twincity_schemas.values import Domain, Subject
from twincity_schemas.words import Words, words_of

CONTRACT_VERSION = "0.1.0"
"""The version of this package; an event type has its own major version."""


@dataclass(frozen=True)
class Deprecation:
    """An event type that goes: since when, until when, and what comes instead.

    The words are those of the HTTP fields Deprecation (RFC 9745) and Sunset
    (RFC 8594); both dates travel with every event of the type.
    """

    since: date
    sunset: date
    successor: str


@dataclass(frozen=True)
class EventType:
    """One kind of event: ``twincity.<aggregate>.<past participle>.v<major>``."""

    name: str
    model: type[BaseModel]
    subject: str
    """The kind of subject it speaks about: the first part of its identifier."""
    deprecation: Deprecation | None = None

    @property
    def words(self) -> Words:
        """What it is called; its model says it."""
        return words_of(self.model)

    def field_words(self, name: str) -> Words | None:
        """What a field of its model is called; None where it has none of that name."""
        field = self.model.model_fields.get(name)
        found = field.metadata if field is not None else ()
        return next((one for one in found if isinstance(one, Words)), None)

    @property
    def is_statement(self) -> bool:
        """Whether a party says it, rather than a service deriving it."""
        return issubclass(self.model, Statement)

    @property
    def fact(self) -> str:
        """The short name in logs and examples: ``project.described``."""
        return self.name.removeprefix("twincity.").rsplit(".", 1)[0]


_EVENT_TYPES = (
    EventType("twincity.project.described.v1", ProjectDescribed, "project"),
    EventType("twincity.project.endorsed.v1", ProjectEndorsed, "project"),
    EventType("twincity.project.declined.v1", ProjectDeclined, "project"),
    EventType("twincity.project.withdrawn.v1", ProjectWithdrawn, "project"),
    EventType("twincity.project.reopened.v1", ProjectReopened, "project"),
    EventType("twincity.project.succeeded.v1", ProjectSucceeded, "project"),
    EventType("twincity.task.reported.v1", TaskReported, "project"),
    EventType("twincity.factor.requested.v1", FactorRequested, "project"),
    EventType("twincity.factor.committed.v1", FactorCommitted, "project"),
    EventType("twincity.factor.delivered.v1", FactorDelivered, "project"),
    EventType("twincity.progress.reported.v1", ProgressReported, "project"),
    EventType("twincity.obstacle.registered.v1", ObstacleRegistered, "project"),
    EventType("twincity.obstacle.assigned.v1", ObstacleAssigned, "project"),
    EventType("twincity.obstacle.handled.v1", ObstacleHandled, "project"),
    EventType("twincity.obstacle.extended.v1", ObstacleExtended, "project"),
    EventType("twincity.obstacle.submitted.v1", ObstacleSubmitted, "project"),
    EventType("twincity.obstacle.returned.v1", ObstacleReturned, "project"),
    EventType("twincity.obstacle.verified.v1", ObstacleVerified, "project"),
    EventType("twincity.obstacle.cancelled.v1", ObstacleCancelled, "project"),
    EventType("twincity.obstacle.escalated.v1", ObstacleEscalated, "project"),
    EventType("twincity.policy.issued.v1", PolicyIssued, "policy"),
    EventType("twincity.policy.coordinated.v1", PolicyCoordinated, "policy"),
    EventType("twincity.policy.verified.v1", PolicyVerified, "policy"),
    EventType("twincity.policy.improved.v1", PolicyImproved, "policy"),
    EventType("twincity.plan.drawn.v1", PlanDrawn, "plan"),
    EventType("twincity.plan.taken.v1", PlanTaken, "plan"),
    EventType("twincity.plan.confirmed.v1", PlanConfirmed, "plan"),
    EventType("twincity.chain.described.v1", ChainDescribed, "chain"),
    EventType("twincity.gap.declared.v1", GapDeclared, "chain"),
    EventType("twincity.gap.filled.v1", GapFilled, "chain"),
    EventType("twincity.opportunity.published.v1", OpportunityPublished, "opportunity"),
    EventType("twincity.opportunity.revised.v1", OpportunityRevised, "opportunity"),
    EventType("twincity.opportunity.withdrawn.v1", OpportunityWithdrawn, "opportunity"),
    EventType("twincity.match.accepted.v1", MatchAccepted, "opportunity"),
    EventType("twincity.match.declined.v1", MatchDeclined, "opportunity"),
    EventType("twincity.match.deferred.v1", MatchDeferred, "opportunity"),
    EventType("twincity.match.negotiated.v1", MatchNegotiated, "opportunity"),
    EventType("twincity.match.signed.v1", MatchSigned, "opportunity"),
    EventType("twincity.match.landed.v1", MatchLanded, "opportunity"),
    EventType("twincity.match.rated.v1", MatchRated, "opportunity"),
    EventType("twincity.match.ended.v1", MatchEnded, "opportunity"),
    EventType("twincity.match.expired.v1", MatchExpired, "opportunity"),
    EventType("twincity.challenge.posted.v1", ChallengePosted, "challenge"),
    EventType("twincity.challenge.entered.v1", ChallengeEntered, "challenge"),
    EventType("twincity.challenge.reviewed.v1", ChallengeReviewed, "challenge"),
    EventType("twincity.challenge.awarded.v1", ChallengeAwarded, "challenge"),
    EventType("twincity.challenge.reported.v1", ChallengeReported, "challenge"),
    EventType("twincity.challenge.verified.v1", ChallengeVerified, "challenge"),
    EventType("twincity.challenge.returned.v1", ChallengeReturned, "challenge"),
    EventType("twincity.challenge.accepted.v1", ChallengeAccepted, "challenge"),
    EventType("twincity.challenge.failed.v1", ChallengeFailed, "challenge"),
    EventType("twincity.indicator.targeted.v1", IndicatorTargeted, "indicator"),
    EventType("twincity.indicator.reported.v1", IndicatorReported, "indicator"),
    EventType("twincity.dispatch.called.v1", DispatchCalled, "dispatch"),
    EventType("twincity.decision.taken.v1", DecisionTaken, "dispatch"),
    EventType("twincity.decision.done.v1", DecisionDone, "dispatch"),
    EventType("twincity.decision.dropped.v1", DecisionDropped, "dispatch"),
    EventType("twincity.board.opened.v1", BoardOpened, "board"),
    EventType("twincity.figure.stated.v1", FigureStated, "board"),
    EventType("twincity.exemption.granted.v1", ExemptionGranted, "board"),
    EventType("twincity.appeal.raised.v1", AppealRaised, "board"),
    EventType("twincity.appeal.answered.v1", AppealAnswered, "board"),
    EventType("twincity.cluster.described.v1", ClusterDescribed, "cluster"),
    EventType("twincity.receipt.issued.v1", ReceiptIssued, "inbox"),
    EventType("twincity.notice.issued.v1", NoticeIssued, "inbox"),
    EventType("twincity.project.recorded.v1", ProjectRecorded, "project"),
    EventType("twincity.progress.recorded.v1", ProgressRecorded, "project"),
    EventType("twincity.obstacle.recorded.v1", ObstacleRecorded, "project"),
    EventType("twincity.factor.recorded.v1", FactorRecorded, "project"),
    EventType("twincity.task.recorded.v1", TaskRecorded, "project"),
    EventType("twincity.correction.recorded.v1", CorrectionRecorded, "project"),
    EventType("twincity.policy.recorded.v1", PolicyRecorded, "policy"),
    EventType("twincity.plan.recorded.v1", PlanRecorded, "plan"),
    EventType("twincity.chain.recorded.v1", ChainRecorded, "chain"),
    EventType("twincity.challenge.recorded.v1", ChallengeRecorded, "challenge"),
    EventType("twincity.indicator.recorded.v1", IndicatorRecorded, "indicator"),
    EventType("twincity.dispatch.recorded.v1", DispatchRecorded, "dispatch"),
    EventType("twincity.line.recorded.v1", LineRecorded, "dispatch"),
    EventType("twincity.decision.recorded.v1", DecisionRecorded, "dispatch"),
    EventType("twincity.amendment.recorded.v1", AmendmentRecorded, "board"),
    EventType("twincity.board.recorded.v1", BoardRecorded, "board"),
    EventType("twincity.standing.recorded.v1", StandingRecorded, "board"),
    EventType("twincity.appeal.recorded.v1", AppealRecorded, "board"),
    EventType("twincity.cluster.recorded.v1", ClusterRecorded, "cluster"),
    EventType("twincity.membership.recorded.v1", MembershipRecorded, "cluster"),
    EventType("twincity.pairing.recorded.v1", PairingRecorded, "opportunity"),
    EventType("twincity.pool.recorded.v1", PoolRecorded, "pool"),
    EventType("twincity.candidates.recorded.v1", CandidatesRecorded, "opportunity"),
    EventType("twincity.price.recorded.v1", PriceRecorded, "opportunity"),
    EventType("twincity.redrive.asked.v1", RedriveAsked, "operations"),
    EventType("twincity.discard.decided.v1", DiscardDecided, "operations"),
)

EVENT_TYPES = {event_type.name: event_type for event_type in _EVENT_TYPES}
EVENT_TYPE_OF = {event_type.model: event_type for event_type in _EVENT_TYPES}


class Cleanup(StrEnum):
    """Kafka's ``cleanup.policy``."""

    DELETE = "delete"
    COMPACT = "compact"


FOREVER = None
"""Retention of what has to be traceable for as long as the system stands."""


RECORDED = (("message.timestamp.type", "LogAppendTime"),)
"""An inbox: the broker's clock says when a statement came; nobody can backdate."""

STORY_TIME = (
    ("message.timestamp.type", "CreateTime"),
    # Kafka takes nothing from more than an hour ahead; a story may play there.
    ("message.timestamp.after.max.ms", str(2**63 - 1)),
)
"""An inbox of a story: its publisher says when. Fit for trying alone."""


@dataclass(frozen=True)
class Topic:
    """One topic; its name is code, an environment differs by a prefix."""

    name: str
    words: Words
    key: str
    events: tuple[str, ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 1
    cleanup: Cleanup = Cleanup.DELETE
    retention: timedelta | None = FOREVER
    timestamps: tuple[tuple[str, str], ...] = ()
    """Settings of who stamps its records, where that matters."""

    @property
    def config(self) -> dict[str, str]:
        """The topic's settings as Kafka spells them."""
        retention_ms = (
            -1
            if self.retention is None
            else int(self.retention / timedelta(milliseconds=1))
        )
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(retention_ms),
            **dict(self.timestamps),
        }


@dataclass(frozen=True)
class Kind:
    """A kind of subject: the first part of an identifier.

    Attributes:
        words: of its topic of trusted statements.
        service: which service derives its records.
        partitions: of its topic.
        also: which services need its statements for records of other kinds.
    """

    words: Words
    service: str
    partitions: int
    also: tuple[str, ...] = ()

    @property
    def readers(self) -> tuple[str, ...]:
        """The services that remember something of it."""
        return (self.service, *self.also)


KINDS = {
    "project": Kind(
        Words(
            "已受理的项目陈述",
            "Trusted statements about projects",
            "受理后的项目类陈述，同一事项保持先后顺序。",
            "What admission let in about projects, in order for each subject.",
        ),
        "coordination",
        8,
        also=("appraisal",),
    ),
    "dispatch": Kind(
        Words(
            "已受理的调度陈述",
            "Trusted statements about dispatches",
            "受理后的月调度、季拉练陈述，同一次调度保持先后顺序。",
            "What admission let in about dispatches, in order for each of them.",
        ),
        "appraisal",
        1,
    ),
    "board": Kind(
        Words(
            "已受理的榜单陈述",
            "Trusted statements about boards",
            "受理后的红黑榜规则、申报值和免责，同一期保持先后顺序。",
            "What admission let in about red and black boards, in order for each.",
        ),
        "appraisal",
        1,
    ),
    "cluster": Kind(
        Words(
            "已受理的集群陈述",
            "Trusted statements about clusters",
            "受理后的项目集群和片区陈述，同一集群保持先后顺序。",
            "What admission let in about clusters and areas, in order for each.",
        ),
        "appraisal",
        1,
    ),
    "opportunity": Kind(
        Words(
            "已受理的机会清单陈述",
            "Trusted statements about opportunities",
            "受理后的机会清单陈述，同一清单在同一分区。",
            "What admission let in about opportunities, a pool in one partition.",
        ),
        "matching",
        4,
    ),
    "policy": Kind(
        Words(
            "已受理的政策陈述",
            "Trusted statements about policies",
            "受理后的政策落实闭环陈述，同一政策保持先后顺序。",
            "What admission let in about policies, in order for each subject.",
        ),
        "coordination",
        2,
    ),
    "challenge": Kind(
        Words(
            "已受理的榜单陈述",
            "Trusted statements about challenges",
            "受理后的揭榜挂帅、赛马制陈述，同一榜单保持先后顺序。",
            "What admission let in about challenges, in order for each of them.",
        ),
        "coordination",
        2,
    ),
    "plan": Kind(
        Words(
            "已受理的一企一策陈述",
            "Trusted statements about plans",
            "受理后的一企一策陈述，同一企业的计划保持先后顺序。",
            "What admission let in about enterprises' plans, in order for each.",
        ),
        "coordination",
        2,
    ),
    "chain": Kind(
        Words(
            "已受理的产业链陈述",
            "Trusted statements about industry chains",
            "受理后的产业链及其缺口的陈述，同一产业链保持先后顺序。",
            "What admission let in about chains and their gaps, in order for each.",
        ),
        "coordination",
        2,
    ),
    "indicator": Kind(
        Words(
            "已受理的指标陈述",
            "Trusted statements about indicators",
            "受理后的量化指标陈述，同一指标保持先后顺序。",
            "What admission let in about indicators, in order for each of them.",
        ),
        "coordination",
        2,
    ),
}
"""Every kind of subject that parties speak about."""


def statements(kind: str) -> str:
    """Where the trusted statements about a kind of subject are read."""
    return f"twincity.{kind}.statements"


PROJECT_STATEMENTS = statements("project")
OPPORTUNITY_STATEMENTS = statements("opportunity")
MATCHING_RECORDS = "twincity.matching.records"
MATCHING_CANDIDATES = "twincity.matching.candidates"
APPRAISAL_RECORDS = "twincity.appraisal.records"
OPERATIONS = "twincity.operations"
SERVICES = ("admission", "coordination", "matching", "appraisal", "ledger")
GATEWAY = "gateway"
"""Reads what all may read; speaks as its party, and decides nothing."""


SHARDS = {"admission": 2, "coordination": 2, "matching": 2, "appraisal": 1}
"""How many shards a service has. A shard's transactional id fences whoever ran
it before, which holds only while the shard keeps its partitions: so the number
is code, changed by a release with the service stopped, never by a setting.
"""

_RECORD_PARTITIONS = 8
_POOL_PARTITIONS = KINDS["opportunity"].partitions


def inbox(party: str) -> str:
    """Where a party speaks. One partition: its statements have one order."""
    return f"twincity.inbox.{party}"


def receipts(party: str) -> str:
    """Where a party reads what became of its statements."""
    return f"twincity.receipts.{party}"


def records(domain: Domain) -> str:
    """Where the records of a domain are read."""
    return f"twincity.{domain}.records"


def partition_key(subject: Subject) -> str:
    """What decides a subject's partition: itself; of an entry, its pool.

    A pool is paired as a whole, so its entries must meet in one partition.
    """
    return pool_of(subject) if subject.kind == "opportunity" else str(subject)


def record_partitions(topic: str) -> int:
    """How many partitions a topic of records has."""
    match topic:
        case _ if topic == APPRAISAL_RECORDS:
            return 1
        case _ if topic in {MATCHING_RECORDS, MATCHING_CANDIDATES}:
            return _POOL_PARTITIONS
        case _:
            return _RECORD_PARTITIONS


def dead_letters(service: str) -> str:
    """Where a service lays what it could not process, with the reason."""
    return f"twincity.{service}.deadletters"


def changelog_of(service: str, topic: str) -> str:
    """The changelog of what a service remembers by an input topic.

    ``twincity.inbox.chengdu`` gives ``twincity.admission.state.chengdu``, and
    ``twincity.project.statements`` gives ``twincity.coordination.state.project``.
    It is compacted and partitioned as its input; that of the operators' acts, which
    every shard reads, has a partition for each shard.
    """
    parts = topic.split(".")
    return f"twincity.{service}.state.{parts[2 if parts[1] == 'inbox' else 1]}"


def shard_of(service: str, topic: str, partition: int) -> int:
    """Which shard of a service an input partition belongs to, for ever."""
    return (crc32(topic.encode()) + partition) % SHARDS[service]


_JOINT_RECORDS = (
    "twincity.project.recorded.v1",
    "twincity.progress.recorded.v1",
    "twincity.obstacle.recorded.v1",
    "twincity.factor.recorded.v1",
    "twincity.task.recorded.v1",
    "twincity.correction.recorded.v1",
    "twincity.policy.recorded.v1",
    "twincity.plan.recorded.v1",
    "twincity.chain.recorded.v1",
    "twincity.challenge.recorded.v1",
    "twincity.indicator.recorded.v1",
)
"""What coordination derives, on the topic of its domain."""


def _statement_names(kind: str) -> tuple[str, ...]:
    return tuple(t.name for t in _EVENT_TYPES if t.is_statement and t.subject == kind)


def topics(registry: Registry, *, story_time: bool = False) -> Iterator[Topic]:
    """Every topic of a deployment, in the order of the flow.

    Args:
        registry: the parties.
        story_time: let publishers say when their statements came, to try things.
    """
    yield from _party_topics(registry, STORY_TIME if story_time else RECORDED)
    for kind, about in KINDS.items():
        yield Topic(
            statements(kind),
            about.words,
            key="subject",
            events=_statement_names(kind),
            producers=("admission",),
            consumers=(*about.readers, "ledger", GATEWAY),
            partitions=about.partitions,
        )
    for domain in Domain:
        yield Topic(
            records(domain),
            Words(
                f"{domain.words.zh}记录",
                f"Records: {domain.words.en}",
                "该领域各事项的共同记录；从头读取即得现状，继续读取即可跟随。",
                "The joint record of each subject of the domain: read from the"
                " beginning for the present state, read on to follow.",
            ),
            key="subject, or subject#part",
            events=_JOINT_RECORDS,
            producers=("coordination",),
            consumers=("ledger", GATEWAY, "integrators"),
            partitions=_RECORD_PARTITIONS,
            cleanup=Cleanup.COMPACT,
        )
    yield Topic(
        MATCHING_RECORDS,
        Words(
            "供需对接记录",
            "Records: matching",
            "每个条目的对接情况和每个清单的最优性凭证。",
            "What each entry is paired with, and each pool's certificate.",
        ),
        key="subject",
        events=("twincity.pairing.recorded.v1", "twincity.pool.recorded.v1"),
        producers=("matching",),
        consumers=("ledger", GATEWAY, "integrators"),
        partitions=_POOL_PARTITIONS,
        cleanup=Cleanup.COMPACT,
    )
    yield Topic(
        APPRAISAL_RECORDS,
        Words(
            "考核评估记录",
            "Records: appraisal",
            "调度、红黑榜和集群的记录，由多个事项的陈述推导。",
            "Dispatches, boards and clusters: what several subjects add up to.",
        ),
        key="subject, or subject#part",
        events=(
            "twincity.dispatch.recorded.v1",
            "twincity.line.recorded.v1",
            "twincity.decision.recorded.v1",
            "twincity.amendment.recorded.v1",
            "twincity.board.recorded.v1",
            "twincity.standing.recorded.v1",
            "twincity.appeal.recorded.v1",
            "twincity.cluster.recorded.v1",
            "twincity.membership.recorded.v1",
        ),
        producers=("appraisal",),
        consumers=("ledger", GATEWAY, "integrators"),
        cleanup=Cleanup.COMPACT,
    )
    yield Topic(
        MATCHING_CANDIDATES,
        Words(
            "对接候选",
            "Candidates of matching",
            "每个需求的可推荐供给和每个条目的价格，供核验最优性凭证。",
            "Each demand's candidates and each entry's price: with them anybody can"
            " check a pool's certificate.",
        ),
        key="subject#part",
        events=("twincity.candidates.recorded.v1", "twincity.price.recorded.v1"),
        producers=("matching",),
        consumers=(GATEWAY, "integrators"),
        partitions=_POOL_PARTITIONS,
        cleanup=Cleanup.COMPACT,
    )
    yield from _service_topics()


def _party_topics(
    registry: Registry, timestamps: tuple[tuple[str, str], ...]
) -> Iterator[Topic]:
    for party in registry.party:
        yield Topic(
            inbox(party.code),
            Words(
                f"{party.zh}收件箱",
                f"Inbox of {party.en}",
                "仅该主体可写；一个分区，陈述只有一个顺序。",
                "Written by that party alone; one partition, so one order.",
            ),
            key="subject",
            events=tuple(t.name for t in _EVENT_TYPES if t.is_statement),
            producers=(party.code,),
            consumers=("admission",),
            timestamps=timestamps,
        )
        yield Topic(
            receipts(party.code),
            Words(
                f"{party.zh}回执",
                f"Receipts of {party.en}",
                "收件箱中每条消息恰有一份回执：已受理，或已退回及理由；不生效或等候者另有提示。",
                "Exactly one for each message in the inbox: accepted, or why not; and"
                " a notice where a statement has no effect, or waits.",
            ),
            key="statement",
            events=("twincity.receipt.issued.v1", "twincity.notice.issued.v1"),
            producers=("admission", "coordination", "matching", "appraisal"),
            consumers=(party.code, "ledger"),
        )
        yield Topic(
            changelog_of("admission", inbox(party.code)),
            Words(f"受理状态：{party.zh}", f"Admission's memory of {party.en}"),
            key="source and id",
            events=(),
            producers=("admission",),
            consumers=("admission",),
            cleanup=Cleanup.COMPACT,
        )


def _service_topics() -> Iterator[Topic]:
    yield Topic(
        OPERATIONS,
        Words(
            "运维处置",
            "Operators' acts",
            "运维人员对被搁置消息的处置（重新处理、作废）：何人、何时、为何；仅运维可写。",
            "What operators do about what was laid aside (redrive, discard): who, when"
            " and why. Written by operators alone.",
        ),
        key="operations/service",
        events=("twincity.redrive.asked.v1", "twincity.discard.decided.v1"),
        producers=("operators",),
        consumers=SERVICES,
    )
    for service, shards in SHARDS.items():
        yield Topic(
            changelog_of(service, OPERATIONS),
            Words(
                f"{service} 状态：运维处置",
                f"How far {service} has taken in operators' acts",
            ),
            key="position",
            events=(),
            producers=(service,),
            consumers=(service,),
            partitions=shards,
            cleanup=Cleanup.COMPACT,
        )
    for service, kind in [(s, k) for k, about in KINDS.items() for s in about.readers]:
        yield Topic(
            changelog_of(service, statements(kind)),
            Words(f"{service} 状态：{kind}", f"What {service} remembers of {kind}"),
            key="subject",
            events=(),
            producers=(service,),
            consumers=(service,),
            partitions=KINDS[kind].partitions,
            cleanup=Cleanup.COMPACT,
        )
    for service in SERVICES:
        yield Topic(
            dead_letters(service),
            Words(
                f"{service} 搁置件",
                f"Dead letters of {service}",
                "未能处理的消息，原样保存，附原因；处理或作废后即删除。",
                "What it could not process, whole and with the reason; gone when it is"
                " released or discarded.",
            ),
            key="topic/partition/offset where it was read",
            events=(),
            producers=(service,),
            consumers=("operators",),
            cleanup=Cleanup.COMPACT,
        )
