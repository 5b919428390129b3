"""The catalogue of events: every type, said once.

The JSON Schemas, the AsyncAPI document, the tables of ``schemas/README.md`` and the
events of each topic (``topology.py``) are derived from it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from twincity_schemas import (
    amendment_record,
    board,
    board_record,
    chain,
    chain_record,
    challenge,
    challenge_record,
    cluster,
    cluster_record,
    correction_record,
    dispatch,
    dispatch_record,
    factor,
    factor_record,
    follow_up,
    indicator,
    indicator_record,
    match,
    notice,
    obstacle,
    obstacle_record,
    operations,
    opportunity,
    pairing_record,
    plan,
    plan_record,
    policy,
    policy_record,
    progress,
    progress_record,
    project,
    project_record,
    receipt,
    sharing,
    sharing_record,
    task,
    task_record,
    treatment_record,
    worklist,
    worklist_record,
)
from twincity_schemas.statement import Statement
from twincity_schemas.words import Worded, Words, words_of

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
    model: type[Worded]
    subject: str
    """The kind of subject it speaks about: the first part of its identifier."""
    deprecation: Deprecation | None = None

    @property
    def words(self) -> Words:
        """What it is called; its model says it."""
        return words_of(self.model)

    @property
    def is_statement(self) -> bool:
        """Whether a party says it, rather than a service deriving it."""
        return issubclass(self.model, Statement)

    @property
    def fact(self) -> str:
        """The short name in logs and examples: ``project.described``."""
        return self.name.removeprefix("twincity.").rsplit(".", 1)[0]


def _version_1(subject: str, *models: type[Worded]) -> Iterator[EventType]:
    """Name each type as its model: ``ProjectDescribed`` is project.described."""
    for model in models:
        fact = re.sub(r"\B([A-Z])", r".\1", model.__name__).lower()
        yield EventType(f"twincity.{fact}.v1", model, subject)


_EVENT_TYPES = (
    *_version_1(
        "project",
        project.ProjectDescribed,
        project.ProjectEndorsed,
        project.ProjectDeclined,
        project.ProjectWithdrawn,
        project.ProjectReopened,
        project.ProjectSucceeded,
        task.TaskReported,
        factor.FactorRequested,
        factor.FactorCommitted,
        factor.FactorDelivered,
        progress.ProgressReported,
        obstacle.ObstacleRegistered,
        obstacle.ObstacleAssigned,
        obstacle.ObstacleHandled,
        obstacle.ObstacleInspected,
        obstacle.ObstacleExtended,
        obstacle.ObstacleSubmitted,
        obstacle.ObstacleReturned,
        obstacle.ObstacleVerified,
        obstacle.ObstacleCancelled,
        obstacle.ObstacleEscalated,
    ),
    *_version_1(
        "policy",
        policy.PolicyIssued,
        policy.PolicyCoordinated,
        policy.PolicyVerified,
        policy.PolicyImproved,
    ),
    *_version_1(
        "plan",
        plan.PlanDrawn,
        plan.PlanTaken,
        plan.PlanConfirmed,
    ),
    *_version_1(
        "chain",
        chain.ChainDescribed,
        chain.GapDeclared,
        chain.GapFilled,
    ),
    *_version_1(
        "opportunity",
        opportunity.OpportunityPublished,
        opportunity.OpportunityRevised,
        opportunity.OpportunityWithdrawn,
        match.MatchAccepted,
        match.MatchDeclined,
        match.MatchDeferred,
        match.MatchNegotiated,
        match.MatchSigned,
        match.MatchLanded,
        match.MatchRated,
        match.MatchEnded,
        match.MatchExpired,
    ),
    *_version_1(
        "challenge",
        challenge.ChallengePosted,
        challenge.ChallengeEntered,
        challenge.ChallengeReviewed,
        challenge.ChallengeAwarded,
        challenge.ChallengeReported,
        challenge.ChallengeVerified,
        challenge.ChallengeReturned,
        challenge.ChallengeAccepted,
        challenge.ChallengeFailed,
    ),
    *_version_1(
        "indicator",
        indicator.IndicatorTargeted,
        indicator.IndicatorReported,
    ),
    *_version_1(
        "sharing",
        sharing.SharingDescribed,
        sharing.SharingEndorsed,
        sharing.SharingDeclined,
        sharing.SharingWithdrawn,
        sharing.SharingReopened,
        sharing.SharingCollected,
    ),
    *_version_1(
        "worklist",
        worklist.WorklistIssued,
        worklist.WorklistAdjusted,
        worklist.WorklistReported,
        worklist.WorklistVerified,
        worklist.WorklistReturned,
    ),
    *_version_1(
        "dispatch",
        dispatch.DispatchCalled,
        dispatch.DecisionTaken,
        dispatch.DecisionDone,
        dispatch.DecisionDropped,
        dispatch.SiteScored,
    ),
    *_version_1(
        "board",
        board.BoardOpened,
        board.FigureStated,
        board.ExemptionGranted,
        board.AppealRaised,
        board.AppealAnswered,
        follow_up.UnitSummoned,
        follow_up.RectificationPlanned,
        follow_up.RectificationSubmitted,
        follow_up.RectificationReturned,
        follow_up.RectificationVerified,
        follow_up.RectificationDropped,
        follow_up.IncentiveGranted,
    ),
    *_version_1("cluster", cluster.ClusterDescribed),
    *_version_1(
        "inbox",
        receipt.ReceiptIssued,
        notice.NoticeIssued,
    ),
    *_version_1(
        "project",
        project_record.ProjectRecorded,
        progress_record.ProgressRecorded,
        obstacle_record.ObstacleRecorded,
        factor_record.FactorRecorded,
        task_record.TaskRecorded,
        treatment_record.TreatmentRecorded,
        correction_record.CorrectionRecorded,
    ),
    *_version_1("policy", policy_record.PolicyRecorded),
    *_version_1("plan", plan_record.PlanRecorded),
    *_version_1("chain", chain_record.ChainRecorded),
    *_version_1("challenge", challenge_record.ChallengeRecorded),
    *_version_1(
        "indicator",
        indicator_record.IndicatorRecorded,
        indicator_record.AttainmentRecorded,
    ),
    *_version_1(
        "sharing", sharing_record.SharingRecorded, sharing_record.ShareRecorded
    ),
    *_version_1(
        "worklist",
        worklist_record.WorklistRecorded,
        worklist_record.VersionRecorded,
        worklist_record.AssignmentRecorded,
    ),
    *_version_1(
        "dispatch",
        dispatch_record.DispatchRecorded,
        dispatch_record.LineRecorded,
        dispatch_record.DecisionRecorded,
        dispatch_record.SiteRecorded,
        dispatch_record.DrillRecorded,
    ),
    *_version_1(
        "board",
        amendment_record.AmendmentRecorded,
        board_record.BoardRecorded,
        board_record.StandingRecorded,
        board_record.AppealRecorded,
        board_record.RectificationRecorded,
        board_record.IncentiveRecorded,
    ),
    *_version_1(
        "cluster",
        cluster_record.ClusterRecorded,
        cluster_record.MembershipRecorded,
    ),
    *_version_1(
        "opportunity",
        pairing_record.PairingRecorded,
        pairing_record.CandidatesRecorded,
        pairing_record.PriceRecorded,
    ),
    *_version_1("pool", pairing_record.PoolRecorded),
    *_version_1(
        "operations",
        operations.RedriveAsked,
        operations.DiscardDecided,
        operations.DiscardConfirmed,
    ),
)

EVENT_TYPES = {event_type.name: event_type for event_type in _EVENT_TYPES}
EVENT_TYPE_OF: dict[type[BaseModel], EventType] = {
    event_type.model: event_type for event_type in _EVENT_TYPES
}
