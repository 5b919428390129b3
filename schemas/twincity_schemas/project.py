"""Jointly planned projects and items: described, endorsed, declined, withdrawn.

A party describes a project from its own papers. Where another party's
description is right as it stands, it is endorsed by its digest: an
endorsement answers to exactly what was read, whatever came later.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import override

from twincity_schemas import plausible
from twincity_schemas.consent import (
    Declined,
    Described,
    Endorsed,
    Reopened,
    Withdrawn,
)
from twincity_schemas.correction import Corrects
from twincity_schemas.decimals import Money, Number, Share
from twincity_schemas.problems import Problem, WrongValueError
from twincity_schemas.references import ProjectId
from twincity_schemas.statement import Statement
from twincity_schemas.values import (
    AsOf,
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    ProjectCode,
    RegionCode,
    Source,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded


class ItemClass(Coded):
    """The four classes of jointly planned items (四类事项)."""

    ENGINEERING = "engineering"
    PLATFORM = "platform"
    REFORM = "reform"
    POLICY_ACTION = "policy-action"


class Phase(Coded):
    """The lifecycle of a project; 川府规〔2026〕1号, with its side states."""

    RESERVED = "reserved"
    PREPARATION = "preparation"
    CONSTRUCTION = "construction"
    IN_USE = "in-use"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    TERMINATED = "terminated"


class PlanBatch(Coded):
    """A project's place in one year's list: not a state of its lifecycle."""

    NEW_START = "new-start"
    CONTINUED = "continued"
    COMPLETING = "completing"


class CostBasis(Coded):
    """The stage of design that a total investment was computed at."""

    ROUGH = "rough"
    ESTIMATE = "estimate"
    FEASIBILITY = "feasibility"
    BUDGET = "budget"


class UnitRole(Coded):
    """The role in which a unit is responsible."""

    LEAD = "lead"
    INDUSTRY_AUTHORITY = "industry-authority"
    TERRITORIAL = "territorial"
    FACTOR_GUARANTEE = "factor-guarantee"
    OWNER = "owner"


class ResponsibleUnit(Organisation):
    """A unit on the responsibility list (清单制+责任制)."""

    party: PartyCode
    role: UnitRole
    task: Line | None = None
    due: PartialDate | None = None


class Investment(Value):
    """A total investment as one paper has it: the paper and its date belong to it."""

    amount: Money
    basis: CostBasis | None = None
    as_of: AsOf | None = None
    source: Source | None = None


class Figure(Value):
    """A key figure of the project, such as its length or floor area."""

    zh: Line
    en: Line | None = None
    value: Number
    unit: Line
    as_of: AsOf | None = None
    source: Source | None = None


class AnnualPlan(Value):
    """The investment planned for a year; adjusted in mid-year, so versioned."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    version: Annotated[int, Field(ge=1, le=99)] = 1
    amount: Money


class ListPlace(Value):
    """The place of a project in one year's list."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    batch: PlanBatch


class InvestorShare(Value):
    """A share in the joint investment (共投比例)."""

    investor: Line
    percent: Share


FigureName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)
]


class ProjectDescribed(Described):
    """A party describes a jointly planned project or item from its own papers."""

    refuses = ("shares_exceed_whole",)

    name: Line
    name_en: Line | None = None
    domain: Domain
    item_class: ItemClass
    content: Paragraph
    regions: Annotated[tuple[RegionCode, ...], Field(max_length=50)] = ()
    phase: Phase | None = None
    list_place: ListPlace | None = None
    project_code: ProjectCode | None = None
    total_investment: Investment | None = None
    figures: Annotated[dict[FigureName, Figure], Field(max_length=50)] = Field(
        default_factory=dict
    )
    annual_plan: AnnualPlan | None = None
    investor_shares: Annotated[tuple[InvestorShare, ...], Field(max_length=20)] = ()
    planned_start: PartialDate | None = None
    actual_start: PartialDate | None = None
    planned_finish: PartialDate | None = None
    actual_finish: PartialDate | None = None
    responsible_units: Annotated[tuple[ResponsibleUnit, ...], Field(max_length=50)] = ()
    succeeds: ProjectId | None = None
    corrects: Corrects = None
    as_of: AsOf
    source: Source

    @model_validator(mode="after")
    def _shares_are_parts_of_a_whole(self) -> "ProjectDescribed":
        total = sum((share.percent for share in self.investor_shares), Decimal())
        if total > 100:  # noqa: PLR2004  per cent
            raise WrongValueError(
                "shares_exceed_whole",
                f"共投比例合计 {total}%，超过 100%",
                f"the investor shares add up to {total} %, more than 100 %",
            )
        return self

    @override
    def dates(self) -> dict[str, str]:
        return super().dates() | self.happened()

    @override
    def happened(self) -> dict[str, str]:
        # What its figures are as of is warned of; that works have begun is acted on.
        dates = {
            "/actual_start": self.actual_start,
            "/actual_finish": self.actual_finish,
        }
        return {where: date for where, date in dates.items() if date is not None}

    @override
    def doubts(self) -> list[Problem]:
        start = ("计划开工", "the planned start")
        shares = self.investor_shares
        doubtful = [
            *plausible.in_order(
                "/planned_finish",
                ("计划完工", "the planned finish"),
                self.planned_finish,
                start,
                self.planned_start,
            ),
            *plausible.in_order(
                "/actual_finish",
                ("实际完工", "the actual finish"),
                self.actual_finish,
                ("实际开工", "the actual start"),
                self.actual_start,
            ),
            *plausible.whole_shares("/investor_shares", (s.percent for s in shares)),
            *plausible.once("/investor_shares", (s.investor for s in shares)),
            *plausible.once("/regions", self.regions),
        ]
        if self.annual_plan is not None and self.total_investment is not None:
            doubtful += plausible.at_most(
                "/annual_plan/amount",
                ("年度计划投资", "the year's plan"),
                self.annual_plan.amount,
                ("总投资", "the total investment"),
                self.total_investment.amount,
            )
        for name in ("actual_start", "actual_finish"):
            doubtful += plausible.in_order(
                "/as_of",
                ("数据截至", "as_of"),
                self.as_of,
                ("实际日期", f"the {name.replace('_', ' ')}"),
                getattr(self, name),
            )
        return doubtful


class ProjectEndorsed(Endorsed):
    """A party finds another party's description right and makes it its own."""


class ProjectDeclined(Declined):
    """A party refuses another party's description and says why."""


class ProjectWithdrawn(Withdrawn):
    """A party takes back what it said of a project: it stands without a word."""


class ProjectReopened(Reopened):
    """A party that withdrew takes up again where it stood before."""


class ProjectSucceeded(Statement):
    """Said on the old project: which new one goes on in its stead."""

    successor: ProjectId
    reason: Paragraph
    as_of: StepDate
