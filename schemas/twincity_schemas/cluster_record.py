"""The records of a cluster or an area: what its projects add up to, each once."""

from pydantic import Field

from twincity_schemas.cluster import Level
from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed
from twincity_schemas.parts import PartRecord, Parts
from twincity_schemas.references import ClusterId, ProjectId
from twincity_schemas.steps import StatementsWithoutEffect
from twincity_schemas.values import (
    Domain,
    PartyCode,
    StatementId,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded


class ProjectStanding(Coded):
    """The standing of a project in the latest month of its cluster."""

    FULL = "full"
    OLD = "old"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


class MembershipRecorded(PartRecord):
    """One project of a cluster or of its parts, counted once."""

    project: ProjectId
    through: tuple[ClusterId, ...]
    standing: ProjectStanding
    counted_as: ProjectId | None = None
    period: str | None = None
    annual_plan: Computed | None = None
    annual_investment: Computed | None = None
    missing: tuple[PartyCode, ...] = ()


class LatestMonth(Value):
    """The latest month that anything is reported of, and how far it is covered."""

    period: str
    full: int
    old: int
    disputed: int
    unknown: int
    annual_plan: Computed
    annual_investment: Computed
    rate: Computed | None = None


class DomainSum(Value):
    """The sums over the projects of one domain, in the complete month."""

    projects: int
    annual_plan: Computed
    annual_investment: Computed
    rate: Computed | None = None


class TakenOut(Value):
    """A project or a part that an earlier description listed, and the latest not."""

    of: SubjectId
    statement: StatementId
    recorded: RecordedAt


class ClusterRecorded(Value):
    """The sums over its projects, in the last month that is complete."""

    subject: SubjectId
    described_by: PartyCode
    name: str
    level: Level
    projects: int
    clusters: int
    misplaced: tuple[ClusterId, ...] = ()
    taken_out: tuple[TakenOut, ...] = ()
    reported: int
    suspended: int = 0
    period: str | None = None
    annual_plan: Computed
    annual_investment: Computed
    rate: Computed | None = None
    by_domain: dict[Domain, DomainSum] = Field(default_factory=dict)
    no_domain: int = 0
    latest: LatestMonth | None = None
    parts: Parts
    no_effect: StatementsWithoutEffect = ()
