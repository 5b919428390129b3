"""The joint view of one enterprise's plans, measure by measure."""

from pydantic import Field

from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.plan import EffectFigure, PlanAim, PlanMeasure
from twincity_schemas.project_record import FieldState
from twincity_schemas.references import ProjectId
from twincity_schemas.steps import (
    Differing,
    OpenStep,
    StatementCount,
    StatementsWithoutEffect,
)
from twincity_schemas.values import (
    AsOf,
    Domain,
    Organisation,
    PartialDate,
    PartyCode,
    Source,
    StatementId,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class MeasureState(Coded):
    """The progress of a measure; nobody writes it, it is derived."""

    OPEN = "open"
    LATE = "late"
    TAKEN = "taken"
    EFFECTIVE = "effective"
    DROPPED = "dropped"
    WANTING = "wanting"


class MeasureStep(Value):
    """One step that a measure has gone through."""

    step: str
    party: PartyCode
    statement: StatementId
    as_of: StepDate
    note: str


class MeasureRecord(Value):
    """A measure as it stands: whose it is, how far it has come, what is open."""

    what: str
    drawn_by: PartyCode
    party: PartyCode
    unit: Organisation
    due: PartialDate
    first_due: PartialDate
    changes: tuple[DeadlineChange, ...] = ()
    dropped: PartialDate | None = None
    first: PlanMeasure | None = None
    effect: str
    target: EffectFigure | None = None
    state: MeasureState
    taken_late: bool | None = None
    value: EffectFigure | None = None
    self_confirmed: bool = False
    steps: tuple[MeasureStep, ...] = ()
    open: tuple[OpenStep, ...] = ()


class PlanSide(Value):
    """The plan that one member has drawn for the enterprise."""

    statement: StatementId
    enterprise: Organisation
    project: ProjectId | None = None
    aim: PlanAim
    measures: tuple[str, ...]
    as_of: AsOf
    source: Source


class PlanRecorded(Value):
    """The plans of all sides for one enterprise: derived, written by nobody."""

    subject: str
    domain: Domain
    enterprise: Organisation | None = None
    enterprise_state: FieldState
    differing: Differing = Field(default_factory=dict)
    plans: dict[PartyCode, PlanSide]
    measures: dict[str, MeasureRecord]
    as_of: AsOf
    statements: StatementCount
    no_effect: StatementsWithoutEffect = ()
