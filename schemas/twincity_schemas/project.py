"""Jointly planned projects and items: described, endorsed, declined, withdrawn.

A party describes a project from its own papers. Where another party's
description is right as it stands, it is endorsed by its digest: an
endorsement answers to exactly what was read, whatever came later.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import override

from twincity_schemas.canonical import digest
from twincity_schemas.problems import Problem, WrongValueError
from twincity_schemas.statement import Statement, credit_code_warnings
from twincity_schemas.values import (
    Digest,
    Domain,
    Line,
    Money,
    Number,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    Percent,
    ProjectCode,
    RegionCode,
    Value,
)
from twincity_schemas.words import Coded, Words


class ItemClass(Coded):
    """The four classes of jointly planned items (四类事项)."""

    ENGINEERING = "engineering", "重大工程项目", "major engineering project"
    PLATFORM = "platform", "重大功能平台", "major functional platform"
    REFORM = "reform", "重大改革试点", "major reform pilot"
    POLICY_ACTION = "policy-action", "重大政策行动", "major policy action"


class Phase(Coded):
    """The life of a project; 川府规〔2026〕1号, with its side states."""

    RESERVED = "reserved", "谋划储备", "in reserve"
    PREPARATION = "preparation", "加快前期", "in preparation"
    CONSTRUCTION = "construction", "建设实施", "under construction"
    IN_USE = "in-use", "竣工投用", "completed and in use"
    SUSPENDED = "suspended", "暂缓", "suspended"
    REMOVED = "removed", "调出", "removed from the list"
    TERMINATED = "terminated", "终止", "terminated"


class PlanBatch(Coded):
    """A project's place in one year's list: not a state of its life."""

    NEW_START = "new-start", "新开工", "new start"
    CONTINUED = "continued", "续建", "continued"
    COMPLETING = "completing", "完工", "completing"


class CostBasis(Coded):
    """Which stage of design a total investment was computed at."""

    ROUGH = "rough", "匡算", "rough estimate"
    ESTIMATE = "estimate", "估算", "estimate"
    FEASIBILITY = "feasibility", "工可", "feasibility study"
    BUDGET = "budget", "概算", "approved budget"


class UnitRole(Coded):
    """What a responsible unit is responsible as."""

    LEAD = "lead", "牵头单位", "lead"
    INDUSTRY_AUTHORITY = "industry-authority", "行业主管部门", "industry authority"
    TERRITORIAL = "territorial", "属地政府", "territorial government"
    FACTOR_GUARANTEE = "factor-guarantee", "要素保障部门", "factor guarantee"
    OWNER = "owner", "业主单位", "owner"


class ResponsibleUnit(Organisation):
    """A unit on the responsibility list (清单制+责任制)."""

    party: Annotated[PartyCode, Words("所属方", "Side")]
    role: Annotated[UnitRole, Words("责任角色", "Role")]
    task: Annotated[Line | None, Words("任务", "Task")] = None
    due: Annotated[PartialDate | None, Words("完成时限", "Due")] = None


class Investment(Value):
    """A total investment as one paper has it: the paper and its date belong to it."""

    amount: Annotated[Money, Words("金额（万元）", "Amount in 万元")]
    basis: Annotated[CostBasis | None, Words("口径", "Basis")] = None
    as_of: Annotated[PartialDate | None, Words("数据截至", "As of")] = None
    source: Annotated[Line | None, Words("来源", "Source")] = None


class Figure(Value):
    """A key figure of the project, such as its length or floor area."""

    zh: Annotated[Line, Words("指标名称", "Name in Chinese")]
    en: Annotated[Line | None, Words("英文名称", "Name in English")] = None
    value: Annotated[Number, Words("数值", "Value")]
    unit: Annotated[Line, Words("单位", "Unit")]
    as_of: Annotated[PartialDate | None, Words("数据截至", "As of")] = None
    source: Annotated[Line | None, Words("来源", "Source")] = None


class AnnualPlan(Value):
    """The investment planned for a year; adjusted in mid-year, so versioned."""

    year: Annotated[int, Field(ge=2000, le=2100), Words("年度", "Year")]
    version: Annotated[int, Field(ge=1, le=99), Words("版本", "Version")] = 1
    amount: Annotated[Money, Words("年度计划投资（万元）", "Planned, in 万元")]


class ListPlace(Value):
    """Where a project stands in one year's list."""

    year: Annotated[int, Field(ge=2000, le=2100), Words("年度", "Year")]
    batch: Annotated[PlanBatch, Words("类别", "Batch")]


class InvestorShare(Value):
    """A share in the joint investment (共投比例)."""

    investor: Annotated[Line, Words("出资方", "Investor")]
    percent: Annotated[Percent, Field(le=100), Words("比例（%）", "Share in per cent")]


FigureName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)
]


class ProjectDescribed(Statement):
    """A party describes a jointly planned project or item from its own papers."""

    name: Annotated[Line, Words("名称", "Name")]
    name_en: Annotated[Line | None, Words("英文名称", "Name in English")] = None
    domain: Annotated[Domain, Words("领域", "Domain")]
    item_class: Annotated[ItemClass, Words("事项类别", "Item class")]
    content: Annotated[Paragraph, Words("建设内容", "Content")]
    regions: Annotated[
        tuple[RegionCode, ...], Field(max_length=50), Words("涉及市县", "Regions")
    ] = ()
    phase: Annotated[Phase | None, Words("阶段", "Phase")] = None
    list_place: Annotated[ListPlace | None, Words("年度清单", "Place in the list")] = (
        None
    )
    project_code: Annotated[ProjectCode | None, Words("项目代码", "Project code")] = (
        None
    )
    total_investment: Annotated[
        Investment | None, Words("总投资", "Total investment")
    ] = None
    figures: Annotated[
        dict[FigureName, Figure],
        Field(max_length=50),
        Words("主要指标", "Key figures", "按指标代码", "By the figure's code"),
    ] = Field(default_factory=dict)
    annual_plan: Annotated[AnnualPlan | None, Words("年度计划", "Annual plan")] = None
    investor_shares: Annotated[
        tuple[InvestorShare, ...],
        Field(max_length=20),
        Words("共投比例", "Investor shares"),
    ] = ()
    planned_start: Annotated[PartialDate | None, Words("计划开工", "Planned start")] = (
        None
    )
    actual_start: Annotated[PartialDate | None, Words("实际开工", "Actual start")] = (
        None
    )
    planned_finish: Annotated[
        PartialDate | None, Words("计划完工", "Planned finish")
    ] = None
    actual_finish: Annotated[PartialDate | None, Words("实际完工", "Actual finish")] = (
        None
    )
    responsible_units: Annotated[
        tuple[ResponsibleUnit, ...],
        Field(max_length=50),
        Words("双方责任单位", "Responsible units"),
    ] = ()
    as_of: Annotated[PartialDate, Words("数据截至", "As of")]
    source: Annotated[Line, Words("来源", "Source")]

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

    @property
    def digest(self) -> str:
        """What an endorsement answers to: the digest of this description."""
        return digest(self)

    @override
    def warnings(self) -> list[Problem]:
        found = super().warnings()
        for index, unit in enumerate(self.responsible_units):
            found += credit_code_warnings(f"/responsible_units/{index}", unit)
        return found


class _Answer(Statement):
    party: Annotated[
        PartyCode,
        Words("针对哪一方", "Answers to", "被答复的主体", "The party answered"),
    ]
    description: Annotated[
        Digest,
        Words(
            "描述摘要",
            "Description",
            "所答复描述的摘要",
            "Digest of what was answered to",
        ),
    ]


class ProjectEndorsed(_Answer):
    """A party finds another party's description right and makes it its own."""


class ProjectDeclined(_Answer):
    """A party refuses another party's description and says why."""

    reason: Annotated[Paragraph, Words("理由", "Reason")]


class ProjectWithdrawn(Statement):
    """A party takes back what it said of a project: it stands without a word."""

    reason: Annotated[Paragraph, Words("理由", "Reason")]
