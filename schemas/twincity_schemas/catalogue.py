"""The catalogue of events: every type, said once.

The JSON Schemas, the AsyncAPI document, the tables of ``schemas/README.md`` and the
events of each topic (``topology.py``) are derived from it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from types import ModuleType

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
from twincity_schemas.values import Value
from twincity_schemas.words import Worded, Words, table, words_of

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
        """Returns what it is called; its model says it."""
        return words_of(self.model)

    @property
    def is_statement(self) -> bool:
        """Returns whether a party says it, rather than a service deriving it."""
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


def statements_of(subject: str, *modules: ModuleType) -> Iterator[EventType]:
    """Every public statement that the modules define, in their order."""
    for module in modules:
        defined = [
            model
            for name, model in vars(module).items()
            if not name.startswith("_")
            and isinstance(model, type)
            and issubclass(model, Statement)
            and model.__module__ == module.__name__
        ]
        # What others extend is a type if it has words, a mere base if it has none;
        # a type whose words were forgotten stays one, so that it is noticed.
        named = table(module.__name__).keys()
        types = [m for m in defined if m.__name__ in named or not m.__subclasses__()]
        yield from _version_1(subject, *types)


_EVENT_TYPES = (
    *statements_of("project", project, task, factor, progress, obstacle),
    *statements_of("policy", policy),
    *statements_of("plan", plan),
    *statements_of("chain", chain),
    *statements_of("opportunity", opportunity, match),
    *statements_of("challenge", challenge),
    *statements_of("indicator", indicator),
    *statements_of("sharing", sharing),
    *statements_of("worklist", worklist),
    *statements_of("dispatch", dispatch),
    *statements_of("board", board, follow_up),
    *statements_of("cluster", cluster),
    *_version_1("inbox", receipt.ReceiptIssued, notice.NoticeIssued),
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
        "cluster", cluster_record.ClusterRecorded, cluster_record.MembershipRecorded
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


def build_models(*bases: type[BaseModel]) -> None:
    """Build every model that is built at its first use otherwise.

    A process that runs for long does it at its start: no first event waits for it.
    """
    for base in bases or (Value, Statement):
        base.model_rebuild()
        if derived := base.__subclasses__():
            build_models(*derived)
