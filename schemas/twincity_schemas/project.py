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
from twincity_schemas.canonical import digest
from twincity_schemas.correction import Corrects
from twincity_schemas.decimals import Money, Number, Share
from twincity_schemas.problems import Problem, WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.values import (
    Digest,
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    ProjectCode,
    RegionCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named(
    "事项类别",
    "Item class",
    "清单所列的四类事项；通常只有重大工程项目才有总投资和项目代码。",
)
class ItemClass(Coded):
    """The four classes of jointly planned items (四类事项)."""

    ENGINEERING = (
        "engineering",
        "重大工程项目",
        "major engineering project",
        "以工程建设为主的项目，如市域铁路S11线；一般有总投资。",
        "Construction works, such as suburban line S11; they usually have a total.",
    )
    PLATFORM = (
        "platform",
        "重大功能平台",
        "major functional platform",
        "承载某项功能的园区或中心，如国家网络安全产业园区（成渝）。",
        "A park or centre with a function, such as the cyber-security park.",
    )
    REFORM = (
        "reform",
        "重大改革试点",
        "major reform pilot",
        "在一定区域先行先试的体制机制改革，如川渝高竹新区。",
        "A reform tried out in one area first, such as Gaozhu New Area.",
    )
    POLICY_ACTION = (
        "policy-action",
        "重大政策行动",
        "major policy action",
        "跨域推行的政策或服务，如川渝通办；可以没有总投资。",
        "A policy or service across borders, such as 川渝通办; a total is optional.",
    )


@named(
    "项目阶段",
    "Project phase",
    "项目生命周期的四个阶段，另有暂缓、调出、终止三种状态。",
)
class Phase(Coded):
    """The life of a project; 川府规〔2026〕1号, with its side states."""

    RESERVED = (
        "reserved",
        "谋划储备",
        "in reserve",
        "已纳入谋划储备，尚未转入前期工作。",
        "It is planned for; preparatory work has not begun.",
    )
    PREPARATION = (
        "preparation",
        "加快前期",
        "in preparation",
        "正在开展前期工作，尚未开工。",
        "Preparatory work is under way; works have not started.",
    )
    CONSTRUCTION = (
        "construction",
        "建设实施",
        "under construction",
        "已开工，尚未竣工。",
        "Works have started and are not finished.",
    )
    IN_USE = (
        "in-use",
        "竣工投用",
        "completed and in use",
        "已竣工并投入使用。",
        "It is finished and serves its purpose.",
    )
    SUSPENDED = (
        "suspended",
        "暂缓",
        "suspended",
        "暂时不推进，但尚未终止。",
        "Work on it is put off; it has not been ended.",
    )
    REMOVED = (
        "removed",
        "调出",
        "removed from the list",
        "经清单优化调整，不再列入清单。",
        "It was taken off the list when the list was adjusted.",
    )
    TERMINATED = (
        "terminated",
        "终止",
        "terminated",
        "不再实施，项目到此结束。",
        "It will not be carried out; its life ends here.",
    )


@named(
    "年度类别", "Plan batch", "项目在某一年度清单中的类别，不是生命周期阶段，逐年可变。"
)
class PlanBatch(Coded):
    """A project's place in one year's list: not a state of its life."""

    NEW_START = (
        "new-start",
        "新开工",
        "new start",
        "计划在该年度开工。",
        "It is to start in that year.",
    )
    CONTINUED = (
        "continued",
        "续建",
        "continued",
        "以前年度已开工，该年度继续建设。",
        "It started in an earlier year and goes on in that year.",
    )
    COMPLETING = (
        "completing",
        "完工",
        "completing",
        "计划在该年度完工。",
        "It is to be completed in that year.",
    )


@named("投资口径", "Cost basis", "总投资出自哪一设计深度；口径不同，金额不宜直接比较。")
class CostBasis(Coded):
    """Which stage of design a total investment was computed at."""

    ROUGH = (
        "rough",
        "匡算",
        "rough estimate",
        "谋划阶段的粗略测算。",
        "A first reckoning while the project is being planned.",
    )
    ESTIMATE = (
        "estimate",
        "估算",
        "estimate",
        "投资估算，深于匡算，粗于概算。",
        "An investment estimate: finer than a rough one, coarser than the budget.",
    )
    FEASIBILITY = (
        "feasibility",
        "工可",
        "feasibility study",
        "出自工程可行性研究。",
        "It is taken from the engineering feasibility study.",
    )
    BUDGET = (
        "budget",
        "概算",
        "approved budget",
        "出自经批准的设计概算。",
        "It is taken from the design budget that was approved.",
    )


@named("责任角色", "Role of a unit", "责任单位在该事项中承担的角色，按责任制填报。")
class UnitRole(Coded):
    """What a responsible unit is responsible as."""

    LEAD = (
        "lead",
        "牵头单位",
        "lead",
        "牵头统筹该事项，并协调其他责任单位。",
        "It leads the item and coordinates the other units.",
    )
    INDUSTRY_AUTHORITY = (
        "industry-authority",
        "行业主管部门",
        "industry authority",
        "主管该项目所属行业的部门。",
        "The department in charge of the project's industry.",
    )
    TERRITORIAL = (
        "territorial",
        "属地政府",
        "territorial government",
        "项目所在地政府，负责本地推进工作。",
        "The government of the place, which sees to the work there.",
    )
    FACTOR_GUARANTEE = (
        "factor-guarantee",
        "要素保障部门",
        "factor guarantee",
        "保障土地、资金、环境容量、水电气等要素的部门。",
        "A department that secures land, funds, environmental capacity or utilities.",
    )
    OWNER = (
        "owner",
        "业主单位",
        "owner",
        "项目业主，负责项目建设。",
        "The unit that owns the project and has it built.",
    )


@named(
    "项目责任单位",
    "Responsible unit",
    "责任清单上的一个单位，写明所属方、角色、任务和时限。",
)
class ResponsibleUnit(Organisation):
    """A unit on the responsibility list (清单制+责任制)."""

    party: Annotated[
        PartyCode,
        Words(
            "所属方",
            "Side",
            "该单位属于哪一主体，填主体代码，如 chengdu。",
            "The code of the party that the unit belongs to, such as chengdu.",
        ),
    ]
    role: Annotated[
        UnitRole,
        Words(
            "责任角色",
            "Role",
            "该单位承担的责任角色。",
            "What the unit is responsible as.",
        ),
    ]
    task: Annotated[
        Line | None,
        Words(
            "任务",
            "Task",
            "该单位承担的具体任务，一行文字；未分解时不填。",
            "What the unit has to do, in one line; absent where it is not broken down.",
        ),
    ] = None
    due: Annotated[
        PartialDate | None,
        Words(
            "完成时限",
            "Due",
            "任务应完成的日期，可只写到年或月；未定时不填。",
            "When the task is due, to the year, month or day; absent while open.",
        ),
    ] = None


@named("总投资", "Total investment", "一份材料所载的总投资，连同口径、数据日期和出处。")
class Investment(Value):
    """A total investment as one paper has it: the paper and its date belong to it."""

    amount: Annotated[
        Money,
        Words(
            "金额（万元）",
            "Amount in 万元",
            "以万元计，十进制字符串，最多六位小数；1亿元写作 10000。",
            "In 10,000 yuan as a decimal string; 100 million yuan is 10000.",
        ),
    ]
    basis: Annotated[
        CostBasis | None,
        Words(
            "口径",
            "Basis",
            "金额按哪一设计深度测算；材料未注明时不填。",
            "The stage of design it was computed at; absent where the paper is silent.",
        ),
    ] = None
    as_of: Annotated[
        PartialDate | None,
        Words(
            "数据截至",
            "As of",
            "该金额的数据日期；不填时以整份描述的数据截至为准。",
            "The date of this amount; where absent, the description's own date holds.",
        ),
    ] = None
    source: Annotated[
        Line | None,
        Words(
            "来源",
            "Source",
            "该金额的出处；不填时以整份描述的来源为准。",
            "The paper it is from; where absent, the description's own source holds.",
        ),
    ] = None


@named("主要指标", "Key figure", "项目的一项主要指标，如线路长度、车站数，带单位。")
class Figure(Value):
    """A key figure of the project, such as its length or floor area."""

    zh: Annotated[
        Line,
        Words(
            "指标名称",
            "Name in Chinese",
            "指标的中文名称，如“线路长度”。",
            "What the figure is called in Chinese, such as 线路长度.",
        ),
    ]
    en: Annotated[
        Line | None,
        Words(
            "英文名称",
            "Name in English",
            "指标的英文名称，如 Length；可不填。",
            "What the figure is called in English, such as Length; optional.",
        ),
    ] = None
    value: Annotated[
        Number,
        Words(
            "数值",
            "Value",
            "十进制字符串，最多六位小数；比较各方时看数值和单位。",
            "A decimal string; parties are compared by value and unit.",
        ),
    ]
    unit: Annotated[
        Line,
        Words(
            "单位",
            "Unit",
            "数值的计量单位，如 km、座。",
            "The unit that the value is counted in, such as km or 座.",
        ),
    ]
    as_of: Annotated[
        PartialDate | None,
        Words(
            "数据截至",
            "As of",
            "该指标的数据日期；不填时以整份描述的数据截至为准。",
            "The date of this figure; where absent, the description's own date holds.",
        ),
    ] = None
    source: Annotated[
        Line | None,
        Words(
            "来源",
            "Source",
            "该指标的出处；不填时以整份描述的来源为准。",
            "The paper it is from; where absent, the description's own source holds.",
        ),
    ] = None


@named("年度计划", "Annual plan", "某一年度的计划投资；年中可调整，故带版本号。")
class AnnualPlan(Value):
    """The investment planned for a year; adjusted in mid-year, so versioned."""

    year: Annotated[
        int,
        Field(ge=2000, le=2100),
        Words(
            "年度",
            "Year",
            "计划所属的公历年度。",
            "The calendar year that the plan is for.",
        ),
    ]
    version: Annotated[
        int,
        Field(ge=1, le=99),
        Words(
            "版本",
            "Version",
            "从1起编；年中调整一次，版本号加1。",
            "Counted from 1; an adjustment in mid-year makes the next version.",
        ),
    ] = 1
    amount: Annotated[
        Money,
        Words(
            "年度计划投资（万元）",
            "Planned, in 万元",
            "该年度计划完成的投资，以万元计的十进制字符串。",
            "What is to be invested in the year, a decimal string in 10,000 yuan.",
        ),
    ]


@named("年度清单", "Place in the list", "项目列入某一年度清单时的年度和类别。")
class ListPlace(Value):
    """Where a project stands in one year's list."""

    year: Annotated[
        int,
        Field(ge=2000, le=2100),
        Words("年度", "Year", "清单所属的公历年度。", "The calendar year of the list."),
    ]
    batch: Annotated[
        PlanBatch,
        Words(
            "类别",
            "Batch",
            "在该年度清单中列为新开工、续建还是完工。",
            "Whether that year's list has it as new start, continued or completing.",
        ),
    ]


@named("共投比例", "Investor share", "一个出资方在共同投资中所占的比例。")
class InvestorShare(Value):
    """A share in the joint investment (共投比例)."""

    investor: Annotated[
        Line,
        Words(
            "出资方",
            "Investor",
            "出资单位的名称，一行文字。",
            "The name of the unit that invests, in one line.",
        ),
    ]
    percent: Annotated[
        Share,
        Words(
            "比例（%）",
            "Share in per cent",
            "54.8 表示 54.8%；各方合计不超过 100。",
            "54.8 stands for 54.8 %; all shares together do not exceed 100.",
        ),
    ]


FigureName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)
]


@named(
    "项目描述",
    "Project described",
    "主体依据本方材料描述共同策划的项目或事项；新的描述整体取代本方旧描述。",
)
class ProjectDescribed(Statement):
    """A party describes a jointly planned project or item from its own papers."""

    name: Annotated[
        Line,
        Words(
            "名称",
            "Name",
            "项目或事项的中文全称，以本方材料为准。",
            "The full Chinese name of the project or item in the party's papers.",
        ),
    ]
    name_en: Annotated[
        Line | None,
        Words(
            "英文名称",
            "Name in English",
            "供英文界面和导出使用；没有译名时不填。",
            "For English screens and exports; absent where there is no translation.",
        ),
    ] = None
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "五个互联互通领域之一，决定联合记录发布到哪个主题。",
            "One of the five domains; it decides on which topic the record lies.",
        ),
    ]
    item_class: Annotated[
        ItemClass,
        Words(
            "事项类别",
            "Item class",
            "四类事项之一：工程项目、功能平台、改革试点、政策行动。",
            "Which of the four it is: works, platform, reform or policy action.",
        ),
    ]
    content: Annotated[
        Paragraph,
        Words(
            "建设内容",
            "Content",
            "建设内容和规模的文字说明，最多4000字。",
            "What is to be built or done and how much of it, up to 4000 characters.",
        ),
    ]
    regions: Annotated[
        tuple[RegionCode, ...],
        Field(max_length=50),
        Words(
            "涉及市县",
            "Regions",
            "项目涉及的市、区（县），GB/T 2260 六位代码，可多个。",
            "The cities and counties it touches, as six-digit codes of GB/T 2260.",
        ),
    ] = ()
    phase: Annotated[
        Phase | None,
        Words(
            "阶段",
            "Phase",
            "项目目前所处的阶段；不适用或材料未载时不填。",
            "Where the project is in its life; absent where the paper does not tell.",
        ),
    ] = None
    list_place: Annotated[
        ListPlace | None,
        Words(
            "年度清单",
            "Place in the list",
            "项目在哪一年度清单中列为何种类别；未列入时不填。",
            "The year's list it stands in, and as what; absent if it is in none.",
        ),
    ] = None
    project_code: Annotated[
        ProjectCode | None,
        Words(
            "项目代码",
            "Project code",
            "GB/T 40058-2021，形如 YYYY-AAAAAA-BB-CC-DDDDDC；没有时不填。",
            "GB/T 40058-2021, YYYY-AAAAAA-BB-CC-DDDDDC; absent where there is none.",
        ),
    ] = None
    total_investment: Annotated[
        Investment | None,
        Words(
            "总投资",
            "Total investment",
            "项目总投资及其口径和出处；比较各方所述时只看金额。",
            "The total with basis and source; only its amount is compared.",
        ),
    ] = None
    figures: Annotated[
        dict[FigureName, Figure],
        Field(max_length=50),
        Words(
            "主要指标",
            "Key figures",
            "线路长度、车站数等，以小写指标代码为键，逐项比较。",
            "Such as length or stations; by the figure's code, compared one by one.",
        ),
    ] = Field(default_factory=dict)
    annual_plan: Annotated[
        AnnualPlan | None,
        Words(
            "年度计划",
            "Annual plan",
            "某一年度的计划投资及其版本；没有计划时不填。",
            "What is planned for one year, with its version; absent without one.",
        ),
    ] = None
    investor_shares: Annotated[
        tuple[InvestorShare, ...],
        Field(max_length=20),
        Words(
            "共投比例",
            "Investor shares",
            "各出资方及其比例，合计不超过 100%；非共同投资时不填。",
            "Each investor and its share, at most 100 % in all; empty if not joint.",
        ),
    ] = ()
    planned_start: Annotated[
        PartialDate | None,
        Words(
            "计划开工",
            "Planned start",
            "计划开工的日期，可只写到年或月。",
            "When works are planned to start, to the year, month or day.",
        ),
    ] = None
    actual_start: Annotated[
        PartialDate | None,
        Words(
            "实际开工",
            "Actual start",
            "实际开工的日期，可只写到年或月；未开工时不填。",
            "When works did start, to the year, month or day; absent before that.",
        ),
    ] = None
    planned_finish: Annotated[
        PartialDate | None,
        Words(
            "计划完工",
            "Planned finish",
            "计划完工的日期，可只写到年或月。",
            "When works are planned to be finished, to the year, month or day.",
        ),
    ] = None
    actual_finish: Annotated[
        PartialDate | None,
        Words(
            "实际完工",
            "Actual finish",
            "实际完工的日期，可只写到年或月；未完工时不填。",
            "When works were finished, to the year, month or day; absent before that.",
        ),
    ] = None
    responsible_units: Annotated[
        tuple[ResponsibleUnit, ...],
        Field(max_length=50),
        Words(
            "双方责任单位",
            "Responsible units",
            "双方的责任单位及其角色、任务和时限。",
            "The units of both sides that answer for it, with role, task and due date.",
        ),
    ] = ()
    succeeds: Annotated[
        SubjectId | None,
        Words(
            "承接项目",
            "Succeeds",
            "成员变动后，本项目所承接的原项目；不是承接时不填。",
            "The project that this one goes on from, its members having changed.",
        ),
    ] = None
    corrects: Corrects = None
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "本描述所载情况的截止日期，可只写到年或月。",
            "The date up to which the description holds, to the year, month or day.",
        ),
    ]
    source: Annotated[
        Line,
        Words(
            "来源",
            "Source",
            "本描述所依据的材料名称或出处，一行文字。",
            "The paper that the description is taken from, in one line.",
        ),
    ]

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
    def doubts(self) -> list[Problem]:
        start = ("计划开工", "the planned start")
        shares = self.investor_shares
        found = [
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
            found += plausible.at_most(
                "/annual_plan/amount",
                ("年度计划投资", "the year's plan"),
                self.annual_plan.amount,
                ("总投资", "the total investment"),
                self.total_investment.amount,
            )
        for name in ("actual_start", "actual_finish"):
            found += plausible.in_order(
                "/as_of",
                ("数据截至", "as_of"),
                self.as_of,
                ("实际日期", f"the {name.replace('_', ' ')}"),
                getattr(self, name),
            )
        return found


class _Answer(Statement):
    party: Annotated[
        PartyCode,
        Words(
            "针对哪一方",
            "Answers to",
            "被答复的主体代码，须为该事项的另一成员。",
            "The code of the party answered, which must be another member.",
        ),
    ]
    description: Annotated[
        Digest,
        Words(
            "描述摘要",
            "Description",
            "所答复描述的 SHA-256 摘要；该描述被更新后，答复即过时。",
            "SHA-256 of what is answered; once that is replaced, this is outdated.",
        ),
    ]


@named("项目认可", "Project endorsed", "主体认可另一主体的描述，并以之作为本方描述。")
class ProjectEndorsed(_Answer):
    """A party finds another party's description right and makes it its own."""


@named("项目拒绝", "Project declined", "主体不认可另一主体的描述，并说明理由。")
class ProjectDeclined(_Answer):
    """A party refuses another party's description and says why."""

    reason: Annotated[
        Paragraph,
        Words(
            "理由",
            "Reason",
            "不认可该描述的理由，列入联合记录供各方查看。",
            "Why the description is refused; the record shows it to every member.",
        ),
    ]


@named(
    "项目撤回",
    "Project withdrawn",
    "主体收回本方对该项目的表述，该项目不再有本方意见。",
)
class ProjectWithdrawn(Statement):
    """A party takes back what it said of a project: it stands without a word."""

    reason: Annotated[
        Paragraph,
        Words(
            "理由",
            "Reason",
            "收回本方表述的理由，列入联合记录供各方查看。",
            "Why the party takes its word back; the record shows it to every member.",
        ),
    ]


@named("项目重启", "Project reopened", "已撤回的主体恢复其撤回前的立场，写明理由。")
class ProjectReopened(Statement):
    """A party that withdrew takes up again where it stood before."""

    reason: Annotated[
        Paragraph,
        Words("理由", "Reason", "重启的理由。", "Why it takes it up again."),
    ]


@named("项目承接", "Project succeeded", "成员变动后，主体表示原项目由哪个新项目承接。")
class ProjectSucceeded(Statement):
    """Said on the old project: which new one goes on in its stead.

    A project's members are part of its name; so other members are another
    project, which names this one as what it ``succeeds``.
    """

    successor: Annotated[
        SubjectId,
        Words(
            "承接者",
            "Successor",
            "新项目的标识，如 project/chengdu.deyang.ziyang/s11。",
            "The new project's identifier: project/chengdu.deyang.ziyang/s11.",
        ),
    ]
    reason: Annotated[
        Paragraph,
        Words("理由", "Reason", "如新增成员。", "For instance that one has joined."),
    ]
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "承接的日期。", "From when it goes on there."),
    ]
