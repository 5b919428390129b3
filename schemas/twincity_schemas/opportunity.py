"""Entries of an opportunity list (机会清单): published, revised, withdrawn.

An entry belongs to the pool that its name begins with:
``opportunity/chengdu/2022-1-0387`` is entry 0387 of pool ``2022-1``.
"""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import override

from twincity_schemas.problems import Problem, WrongValueError
from twincity_schemas.statement import Statement, credit_code_warnings
from twincity_schemas.values import (
    Domain,
    Line,
    Money,
    Organisation,
    Paragraph,
    PartialDate,
    ProjectCode,
    RegionCode,
    Subject,
    SubjectId,
)
from twincity_schemas.words import Coded, Words


class Area(Coded):
    """The four areas of the list of 2022-06-20."""

    ECOLOGY = "ecology", "生态", "ecology"
    LIFE = "life", "生活", "life"
    PRODUCTION = "production", "生产", "production"
    GOVERNANCE = "governance", "治理", "governance"


class NeedType(Coded):
    """The ten need types of the list of 2022-06-20."""

    CONSTRUCTION = "construction", "项目建设运营", "construction and operation"
    INVESTMENT = "investment", "企业（项目）招引", "enterprise and project attraction"
    SUPPLY_CHAIN = "supply-chain", "产业协作配套", "industrial cooperation"
    PROCUREMENT = "procurement", "产品（服务）采购", "product and service procurement"
    SOLUTION = "solution", "解决方案征集", "call for solutions"
    PLANNING = "planning", "规划设计编制", "planning and design"
    RESEARCH = "research", "技术联合攻关", "joint research"
    EVENT = "event", "活动策划举办", "events"
    TALENT = "talent", "人才需求", "talent"
    FINANCE = "finance", "融资需求", "finance"


class IssuerKind(Coded):
    """Who issues the entry; with the direction it gives the four sub-lists."""

    GOVERNMENT = "government", "政府", "government"
    ENTERPRISE = "enterprise", "企业", "enterprise"


class Direction(Coded):
    """Which side of a pair an entry can be."""

    DEMAND = "demand", "需求", "demand"
    SUPPLY = "supply", "供给", "supply"


class Limit(Coded):
    """What the entry insists on; elsewhere it only counts."""

    REGION = "region", "地域", "region"
    AMOUNT = "amount", "金额", "amount"
    WINDOW = "window", "时限", "time window"
    QUALIFICATION = "qualification", "资质", "qualification"


Qualification = Annotated[
    str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)
]


class OpportunityPublished(Statement):
    """A party publishes an entry: what is needed, or what can be supplied.

    For a supply, ``need_type`` is the need that it can meet.
    """

    title: Annotated[Line, Words("项目名称", "Title")]
    content: Annotated[Paragraph, Words("主要内容", "Content")]
    area: Annotated[Area, Words("领域（四类）", "Area")]
    need_type: Annotated[NeedType, Words("需求类别", "Need type")]
    direction: Annotated[Direction, Words("供需方向", "Direction")]
    issuer_kind: Annotated[IssuerKind, Words("发布方性质", "Issuer")]
    scenario: Annotated[Line | None, Words("应用场景", "Scenario")] = None
    domain: Annotated[Domain | None, Words("互联互通领域", "Connectivity domain")] = (
        None
    )
    amount: Annotated[Money | None, Words("投资规模（万元）", "Amount in 万元")] = None
    cooperation_mode: Annotated[Line, Words("合作方式", "Mode of cooperation")]
    regions: Annotated[
        tuple[RegionCode, ...],
        Field(max_length=50),
        Words(
            "合作地点", "Regions", "供给：可服务的地域", "Of a supply: where it serves"
        ),
    ] = ()
    requirements: Annotated[
        tuple[Line, ...], Field(max_length=20), Words("需求条件", "Requirements")
    ] = ()
    qualifications: Annotated[
        tuple[Qualification, ...],
        Field(max_length=20),
        Words("资质", "Qualifications", "需求：要求；供给：具备", "Demanded, or held"),
    ] = ()
    insists_on: Annotated[
        tuple[Limit, ...], Field(max_length=4), Words("硬性条件", "Hard limits")
    ] = ()
    capacity: Annotated[
        int, Field(ge=0, le=99), Words("可对接数", "How many partners it can take")
    ] = 1
    valid_from: Annotated[PartialDate | None, Words("有效期起", "Valid from")] = None
    valid_to: Annotated[PartialDate | None, Words("有效期止", "Valid to")] = None
    responsible_unit: Annotated[Organisation, Words("责任单位", "Responsible unit")]
    contact_org: Annotated[Line, Words("联系单位", "Contact")]
    contact_phone: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[0-9+\- ]{5,25}$")] | None,
        Words("联系方式", "Contact phone", "日志中遮蔽", "Masked in logs"),
    ] = None
    project_code: Annotated[ProjectCode | None, Words("项目代码", "Project code")] = (
        None
    )
    project: Annotated[SubjectId | None, Words("关联项目", "Related project")] = None
    made_up: Annotated[
        bool,
        Words("虚构", "Made up", "演示数据", "Demonstration data, not a real entry"),
    ] = False
    as_of: Annotated[PartialDate, Words("数据截至", "As of")]

    @model_validator(mode="after")
    def _window_opens_before_it_closes(self) -> "OpportunityPublished":
        if (
            self.valid_from is not None
            and self.valid_to is not None
            # Compared as far as both are known: 2026 may still open in 2026-11.
            and self.valid_from[: len(self.valid_to)]
            > self.valid_to[: len(self.valid_from)]
        ):
            raise WrongValueError(
                "window_reversed",
                f"有效期起 {self.valid_from} 晚于有效期止 {self.valid_to}",
                f"valid_from {self.valid_from} is after valid_to {self.valid_to}",
            )
        return self

    @override
    def warnings(self) -> list[Problem]:
        return super().warnings() + credit_code_warnings(
            "/responsible_unit", self.responsible_unit
        )


class OpportunityRevised(OpportunityPublished):
    """The owner says the entry anew, whole; it replaces what was said before."""


class OpportunityWithdrawn(Statement):
    """The owner takes the entry off the list."""

    reason: Annotated[Paragraph, Words("理由", "Reason")]


def pool_of(subject: Subject) -> str:
    """The pool of an entry: its name up to the last hyphen.

    ``2022-1-0387`` is in pool ``2022-1``; a name without a hyphen is in the
    pool of its own name.
    """
    return subject.name.rsplit("-", 1)[0]
