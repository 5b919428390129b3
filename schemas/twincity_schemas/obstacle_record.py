"""The record of an obstacle: where it stands, its way there, and what is open."""

from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.obstacle import ObstacleKind, ObstacleStage
from twincity_schemas.parts import PartRecord
from twincity_schemas.steps import OpenStep, StatementsWithoutEffect
from twincity_schemas.values import (
    Organisation,
    PartialDate,
    PartyCode,
    StatementId,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class ObstacleState(Coded):
    """The progress of an obstacle; nobody writes it, it is derived."""

    REGISTERED = "registered"
    ASSIGNED = "assigned"
    IN_HAND = "in-hand"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    SELF_VERIFIED = "self-verified"
    CANCELLED = "cancelled"


class ObstacleStep(Value):
    """One step that an obstacle has gone through."""

    step: str
    party: PartyCode
    statement: StatementId
    as_of: StepDate
    note: str
    due: PartialDate | None = None


class MissedDeadline(Value):
    """A deadline that passed while a party had the obstacle: it stays with that."""

    party: PartyCode
    due: PartialDate
    unassigned: bool = False


class ObstacleVersion(Value):
    """An obstacle as it was registered, once or again."""

    version: int
    statement: StatementId
    title: str
    due: PartialDate


class ObstacleRecorded(PartRecord):
    """An obstacle as it stands: its state, its way there, and what is open."""

    title: str
    kind: ObstacleKind
    stage: ObstacleStage | None = None
    state: ObstacleState
    raised_by: PartyCode
    assigned_to: PartyCode | None = None
    parties: tuple[PartyCode, ...]
    unit: Organisation
    due: PartialDate
    first_due: PartialDate
    extensions: int = 0
    changes: tuple[DeadlineChange, ...] = ()
    missed: tuple[MissedDeadline, ...] = ()
    versions: tuple[ObstacleVersion, ...]
    escalated_to: Organisation | None = None
    given_up_by: PartyCode | None = None
    submitted: PartialDate | None = None
    closed_late: bool | None = None
    steps: tuple[ObstacleStep, ...]
    open: tuple[OpenStep, ...] = ()
    no_effect: StatementsWithoutEffect = ()
