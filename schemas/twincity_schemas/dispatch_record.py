"""What a dispatch comes to: who reported, who is silent, what was decided.

The header counts; each project, each decision and each correction is a part.
"""

from typing import Annotated

from twincity_schemas.deadline import DeadlineChange, RecordedAt
from twincity_schemas.decimals import Computed, Money
from twincity_schemas.dispatch import (
    CutOff,
    DispatchKind,
    ThroughMonth,
    Year,
)
from twincity_schemas.light import Light, LightRule
from twincity_schemas.obstacle_record import ObstacleState
from twincity_schemas.parts import Editions, OpenCount, OpenParts, PartRecord, Parts
from twincity_schemas.references import DispatchId, ProjectId
from twincity_schemas.steps import ItemCode, StatementsWithoutEffect
from twincity_schemas.values import (
    Organisation,
    PartialDate,
    PartyCode,
    StatementId,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Shared


class Reporting(Coded):
    """The standing of a member at the cut-off: it had reported, or not."""

    ON_TIME = "on-time"
    LATE = "late"
    SILENT = "silent"
    NOT_DUE = "not-due"


class ReportedFigures(Value):
    """The figures of one progress report."""

    statement: StatementId
    recorded: RecordedAt
    annual_plan: Money
    annual_investment: Money
    rate: Computed | None = None
    lead: Computed | None = None


class ReportDue(Value):
    """One report that was due: of a project, from a member."""

    party: PartyCode
    state: Reporting
    figures: ReportedFigures | None = None
    correction: ReportedFigures | None = None
    missing_sections: tuple[ItemCode, ...] = ()


class ObstacleBrief(Value):
    """An obstacle that was not closed at the cut-off."""

    obstacle: str
    title: str
    state: ObstacleState
    parties: tuple[PartyCode, ...]
    due: PartialDate
    overdue: bool


class LineRecorded(PartRecord):
    """One project of a dispatch, as it stood at the cut-off."""

    project: ProjectId
    counted_as: ProjectId | None = None
    suspended_since: PartialDate | None = None
    left: dict[PartyCode, PartialDate]
    reports: tuple[ReportDue, ...]
    annual_plan: Computed | None = None
    annual_investment: Computed | None = None
    lead: Computed | None = None
    light: Light | None = None
    obstacles: tuple[ObstacleBrief, ...] = ()


class DecisionState(Coded):
    """The state of a decision: done, dropped or open."""

    OPEN = "open"
    DONE = "done"
    DONE_LATE = "done-late"
    DROPPED = "dropped"
    DROPPED_LATE = "dropped-late"


class DecisionRecorded(PartRecord):
    """A decision and what became of it."""

    dispatch: DispatchId
    decision: str
    what: str
    first_what: str | None = None
    party: PartyCode
    unit: Organisation
    project: ProjectId | None = None
    due: PartialDate
    first_due: PartialDate
    changes: tuple[DeadlineChange, ...] = ()
    state: DecisionState
    overdue: bool | None = None
    evidence: str | None = None
    reason: str | None = None


class SiteScore(Value):
    """One member's score of a site."""

    statement: StatementId
    visited: PartialDate
    score: Computed
    remark: str


class SiteRecorded(PartRecord):
    """A site of a drill: each member's score, and the mean of them."""

    site: str
    project: ProjectId
    party: PartyCode
    unit: str
    place: str
    scores: dict[PartyCode, SiteScore]
    missing: tuple[PartyCode, ...] = ()
    score: Computed | None = None


class DrillRecorded(PartRecord):
    """A unit of a drill: its sites, and where it stands among the units."""

    unit: str
    name: str
    sites: int
    visited: int
    score: Computed | None = None
    rank: int | None = None
    tied: bool = False


class OpeningRecord(Value):
    """Each time that whoever opened a subject did, and which is in force."""

    statement: StatementId
    recorded: RecordedAt
    in_force: bool


AgreedBy = Annotated[tuple[PartyCode, ...], Shared(__name__, "AgreedBy")]
Openings = Annotated[tuple[OpeningRecord, ...], Shared(__name__, "Openings")]
CorrectionCount = Annotated[int, Shared(__name__, "CorrectionCount")]


class DispatchRecorded(Value):
    """The reports due, on time and missing; the projects are parts."""

    subject: SubjectId
    called_by: PartyCode
    openings: Openings
    agreed_by: AgreedBy = ()
    kind: DispatchKind
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    previous: DispatchId | None = None
    lights: LightRule
    editions: Editions
    projects: int
    suspended: int
    due: int
    on_time: int
    late: int
    silent: int
    by_light: dict[Light, int]
    sites: int = 0
    visited: int = 0
    corrections: CorrectionCount
    parts: Parts
    open_parts: OpenCount = 0
    open: OpenParts = ()
    no_effect: StatementsWithoutEffect = ()
