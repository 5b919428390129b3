"""A board as computed: ranks, scores, and the statements behind each figure.

The header holds the rules and the two boards; each unit, each correction after
the cut-off, each appeal and what follows for a unit is a part.
"""

from twincity_schemas.board import BoardRules, Colour, MeasureKind, Sequence, UnitCode
from twincity_schemas.deadline import DeadlineChange, RecordedAt
from twincity_schemas.decimals import Computed, Money
from twincity_schemas.dispatch import CutOff, ThroughMonth, Year
from twincity_schemas.dispatch_record import AgreedBy, CorrectionCount, Openings
from twincity_schemas.follow_up import IncentiveKind
from twincity_schemas.parts import Editions, OpenCount, OpenParts, PartRecord, Parts
from twincity_schemas.references import BoardId, ProjectId
from twincity_schemas.steps import OpenStep, StatementsWithoutEffect
from twincity_schemas.values import (
    Moment,
    PartialDate,
    PartyCode,
    StatementId,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded


class FigureSource(Coded):
    """The source of a project's figures for a unit."""

    REPORTED = "reported"
    OLD = "old"
    UNKNOWN = "unknown"
    WHOLE = "whole"
    LEFT = "left"
    SUSPENDED = "suspended"


class ProjectCounted(Value):
    """A project as it counts for a unit."""

    project: ProjectId
    party: PartyCode
    standing: FigureSource
    counted_as: ProjectId | None = None
    also_for: tuple[UnitCode, ...] = ()
    on_time: bool | None = None
    period: str | None = None
    annual_plan: Money | None = None
    first_plan: Money | None = None
    annual_investment: Money | None = None
    statement: StatementId | None = None


class FigureRecord(Value):
    """One measure of a unit, with the statements behind it."""

    measure: str
    name: str
    kind: MeasureKind
    weight: Computed
    actual: Computed | None = None
    target: Computed
    attained: Computed
    statements: tuple[str, ...] = ()
    unnamed: tuple[BoardId, ...] = ()


class Place(Value):
    """A unit's score, rank and colour."""

    score: Computed
    rank: int | None = None
    tied: bool = False
    colour: Colour


class StandingRecorded(PartRecord):
    """A unit's closed result, and beside it the one with what counted since."""

    sequence: Sequence
    unit: str
    name: str
    officer: str | None = None
    closed: Place
    final: Place | None = None
    met: bool
    exempt: str | None = None
    figures: tuple[FigureRecord, ...]
    projects: tuple[ProjectCounted, ...] = ()


class SequenceRecord(Value):
    """One sequence: how many units, and the two boards."""

    sequence: Sequence
    units: int
    exempt: int
    red: tuple[str, ...] = ()
    black: tuple[str, ...] = ()
    red_beyond_places: bool = False
    black_beyond_places: bool = False


class BoardRecorded(Value):
    """A board; anybody who reads the topics can compute it again."""

    subject: SubjectId
    opened_by: PartyCode
    openings: Openings
    agreed_by: AgreedBy = ()
    rules: BoardRules
    editions: Editions
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    appeals_until: Moment | None = None
    sequences: tuple[SequenceRecord, ...]
    final: tuple[SequenceRecord, ...] = ()
    corrections: CorrectionCount
    parts: Parts
    open_parts: OpenCount = 0
    open: OpenParts = ()
    no_effect: StatementsWithoutEffect = ()


class AppealState(Coded):
    """The outcome of an appeal, as far as there is one."""

    OPEN = "open"
    UPHELD = "upheld"
    REFUSED = "refused"


class AppealRecorded(PartRecord):
    """A figure that is disputed, and what was answered."""

    unit: str
    measure: str
    raised_by: PartyCode
    recorded: RecordedAt
    statement: StatementId
    claimed: Computed | None = None
    evidence: str
    state: AppealState
    answer: str | None = None
    value: Computed | None = None
    reason: str | None = None
    self_answered: bool = False


class FollowUpRecord(PartRecord):
    """A consequence of a unit's place, and whether that place still stands."""

    unit: str
    name: str
    place: Place
    moved: bool
    amendments: int
    latest_amendment: int | None = None


class RectificationState(Coded):
    """The progress of a unit of the black board."""

    SUMMONED = "summoned"
    PLANNED = "planned"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"
    DROPPED = "dropped"


class RectificationStep(Value):
    """A step that counted."""

    step: str
    party: PartyCode
    statement: StatementId
    recorded: RecordedAt
    note: str


class RectificationRecorded(FollowUpRecord):
    """A unit of the black board: summoned, at work, and off it once verified."""

    party: PartyCode
    statement: StatementId
    recorded: RecordedAt
    held: PartialDate
    reason: str
    due: PartialDate
    first_due: PartialDate
    changes: tuple[DeadlineChange, ...] = ()
    planned: PartialDate | None = None
    state: RectificationState
    late: bool | None = None
    self_verified: bool = False
    steps: tuple[RectificationStep, ...] = ()
    open: tuple[OpenStep, ...] = ()


class IncentiveRecorded(FollowUpRecord):
    """An incentive that a unit of the red board was granted."""

    kind: IncentiveKind
    reason: str
    basis: str
    statement: StatementId
    recorded: RecordedAt
