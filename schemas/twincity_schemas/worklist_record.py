"""The records of an annual list: its state, its versions and its assignments."""

from pydantic import Field

from twincity_schemas.decimals import Share
from twincity_schemas.parts import (
    OpenCount,
    OpenParts,
    PartRecord,
    Parts,
    StatementsDigest,
)
from twincity_schemas.references import ProjectId
from twincity_schemas.steps import (
    ItemCode,
    OpenStep,
    StatementCount,
    StatementsWithoutEffect,
)
from twincity_schemas.values import (
    Domain,
    PartialDate,
    PartyCode,
    Recorded,
    Source,
    StatementId,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded
from twincity_schemas.worklist import (
    ApprovedBy,
    ApprovedOn,
    AssignmentOwner,
    DroppedAssignment,
    ListedAssignment,
    ListYear,
)


class AssignmentState(Coded):
    """The progress of an assignment."""

    OPEN = "open"
    RETURNED = "returned"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"


class WorklistRecorded(Value):
    """A list as it stands: its present version, and how far its assignments are."""

    subject: str
    domain: Domain
    title: str
    year: ListYear
    issued_by: PartyCode
    version: int
    approved_by: ApprovedBy
    approved_on: ApprovedOn
    projects: tuple[ProjectId, ...] = ()
    assignments: dict[AssignmentState, int] = Field(default_factory=dict)
    parts: Parts = Field(default_factory=dict)
    open_parts: OpenCount = 0
    open: OpenParts = ()
    statements: StatementCount
    statements_digest: StatementsDigest
    no_effect: StatementsWithoutEffect = ()


class ProjectChange(Value):
    """A project that came in or went out with a version; of the first, without why."""

    project: ProjectId
    reason: str | None = None


class VersionRecorded(PartRecord):
    """One version of a list: who approved it, what came in and what went out."""

    version: int
    statement: StatementId
    recorded: Recorded
    approved_by: ApprovedBy
    approved_on: ApprovedOn
    source: Source
    added: tuple[ProjectChange, ...] = ()
    removed: tuple[ProjectChange, ...] = ()
    assignments: tuple[ListedAssignment, ...] = ()
    dropped: tuple[DroppedAssignment, ...] = ()
    projects: int


class OwnerReport(Value):
    """The progress of one party of the owners, and what another finds of it."""

    statement: StatementId
    done: bool
    since: Recorded | None = None
    percent: Share | None = None
    note: str
    as_of: StepDate
    verified_by: tuple[PartyCode, ...] = ()
    returned_by: tuple[PartyCode, ...] = ()
    finding: str | None = None


class AssignmentRecorded(PartRecord):
    """An assignment of a list: its owners, its date, and how far it is."""

    code: ItemCode
    wording: str
    owners: tuple[AssignmentOwner, ...]
    due: PartialDate
    first_due: PartialDate | None = None
    version: int
    state: AssignmentState
    late: bool
    reason: str | None = None
    reports: dict[PartyCode, OwnerReport] = Field(default_factory=dict)
    open: tuple[OpenStep, ...] = ()
    no_effect: StatementsWithoutEffect = ()
