"""Entries of an opportunity list (机会清单): published, revised, withdrawn.

An entry belongs to the pool that its name begins with:
``opportunity/chengdu/2022-1-0387`` is entry 0387 of pool ``2022-1``.
"""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from twincity_schemas.decimals import Money
from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    ProjectCode,
    RegionCode,
    Subject,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("领域（四类）", "Area", "机会清单的四个领域，与五个互联互通领域是两套分类。")
class Area(Coded):
    """The four areas of the list of 2022-06-20."""

    ECOLOGY = (
        "ecology",
        "生态",
        "ecology",
        "如水环境治理、公园与绿道、绿色技术。",
        "Such as water treatment, parks and greenways, green technology.",
    )
    LIFE = (
        "life",
        "生活",
        "life",
        "如城市有机更新、健康服务、社区服务。",
        "Such as urban renewal, health and community services.",
    )
    PRODUCTION = (
        "production",
        "生产",
        "production",
        "如智能制造、产业配套、科创金融。",
        "Such as smart manufacturing, industrial supply, finance for technology.",
    )
    GOVERNANCE = (
        "governance",
        "治理",
        "governance",
        "如智慧治理、公共数据开放、城市安全。",
        "Such as smart government, open public data, safety of the city.",
    )


@named("需求类别", "Need type", "机会清单的十个需求类别；对接时要求类别相同或相近。")
class NeedType(Coded):
    """The ten need types of the list of 2022-06-20."""

    CONSTRUCTION = (
        "construction",
        "项目建设运营",
        "construction and operation",
        "需要或承接项目的投资、建设和运营。",
        "Building and running a project, such as a water plant.",
    )
    INVESTMENT = (
        "investment",
        "企业（项目）招引",
        "enterprise and project attraction",
        "招引企业或产业项目落户，或企业寻求落地。",
        "Attracting enterprises and projects, or an enterprise looking for a place.",
    )
    SUPPLY_CHAIN = (
        "supply-chain",
        "产业协作配套",
        "industrial cooperation",
        "产业链上下游的零部件、材料和加工配套。",
        "Parts, materials and processing up and down an industry chain.",
    )
    PROCUREMENT = (
        "procurement",
        "产品（服务）采购",
        "product and service procurement",
        "采购现成的产品或服务。",
        "Buying ready products and services.",
    )
    SOLUTION = (
        "solution",
        "解决方案征集",
        "call for solutions",
        "就一个具体问题征集解决方案；与技术联合攻关相近。",
        "Asking how a given problem can be solved; kindred to joint research.",
    )
    PLANNING = (
        "planning",
        "规划设计编制",
        "planning and design",
        "规划、设计或方案的编制。",
        "Drawing up plans and designs.",
    )
    RESEARCH = (
        "research",
        "技术联合攻关",
        "joint research",
        "联合攻克一项技术难题；与解决方案征集相近。",
        "Solving a technical problem together; kindred to a call for solutions.",
    )
    EVENT = (
        "event",
        "活动策划举办",
        "events",
        "展会、赛事、文化等活动的策划和举办。",
        "Planning and holding fairs, contests and cultural events.",
    )
    TALENT = (
        "talent",
        "人才需求",
        "talent",
        "人才的引进、培养和派遣。",
        "Recruiting, training and seconding people.",
    )
    FINANCE = (
        "finance",
        "融资需求",
        "finance",
        "贷款、股权、融资租赁等资金需求。",
        "Loans, equity, leasing and other funds.",
    )


@named(
    "发布方性质", "Kind of issuer", "发布方是政府还是企业；与供需方向合成四个子清单。"
)
class IssuerKind(Coded):
    """Who issues the entry; with the direction it gives the four sub-lists."""

    GOVERNMENT = (
        "government",
        "政府",
        "government",
        "由政府部门发布。",
        "A government body issues the entry.",
    )
    ENTERPRISE = (
        "enterprise",
        "企业",
        "enterprise",
        "由企业发布。",
        "An enterprise issues the entry.",
    )


@named("供需方向", "Direction", "条目是供需对接中的需求一侧还是供给一侧。")
class Direction(Coded):
    """Which side of a pair an entry can be."""

    DEMAND = (
        "demand",
        "需求",
        "demand",
        "提出需要什么；只与供给对接。",
        "It says what is needed; it is paired with supplies only.",
    )
    SUPPLY = (
        "supply",
        "供给",
        "supply",
        "说明能提供什么；只与需求对接。",
        "It says what can be supplied; it is paired with demands only.",
    )


@named("硬性条件", "Hard limit", "条目坚持的条件：不满足即不推荐；未坚持的只影响得分。")
class Limit(Coded):
    """What the entry insists on; elsewhere it only counts."""

    REGION = (
        "region",
        "地域",
        "region",
        "双方地域须同市或同区（县）；任一方未填地域时不限制。",
        "They must share a city or county; no limit where one names none.",
    )
    AMOUNT = (
        "amount",
        "金额",
        "amount",
        "需求金额不得超过供给金额；任一方未填金额时不限制。",
        "The demand's amount must not exceed the supply's; none if one is not given.",
    )
    WINDOW = (
        "window",
        "时限",
        "time window",
        "双方有效期须有重叠。",
        "The two time windows must overlap.",
    )
    QUALIFICATION = (
        "qualification",
        "资质",
        "qualification",
        "供给方须具备需求方要求的全部资质。",
        "The supply must hold every qualification that is demanded.",
    )


Qualification = Annotated[
    str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)
]


@named("产业链缺口", "Gap of a chain", "条目所发布或所填补的产业链缺口。")
class ChainGap(Value):
    """A gap of an industry chain, by the name that its party gave it."""

    chain: Annotated[
        SubjectId,
        Words(
            "产业链",
            "Chain",
            "产业链标识，如 chain/chengdu.chongqing/automobile。",
            "The chain, such as chain/chengdu.chongqing/automobile.",
        ),
    ]
    declared_by: Annotated[
        PartyCode,
        Words("申报方", "Declared by", "申报方代码。", "The code of who declared it."),
    ]
    gap: Annotated[
        ItemCode,
        Words(
            "缺口编号",
            "Gap",
            "申报方所编的缺口编号。",
            "The code that it was declared with.",
        ),
    ]


@named(
    "文本向量",
    "Text vector",
    "条目文本的句向量，发布方可附；同一模型的向量之间才比较。",
)
class TextVector(Value):
    """A sentence vector of the entry's text, which its publisher may add."""

    model: Annotated[
        Line,
        Words(
            "模型",
            "Model",
            "由哪个模型、如何取整得到；只有相同者才可比较。",
            "Which model made it and how it was rounded; only equals are compared.",
        ),
    ]
    values: Annotated[
        str,
        StringConstraints(
            pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            min_length=4,
            max_length=2048,
        ),
        Words(
            "分量",
            "Values",
            "各分量为八位有符号整数，Base64 编码。",
            "One signed byte for each component, in Base64.",
        ),
    ]


@named(
    "机会发布",
    "Opportunity published",
    "主体发布机会清单条目：需要什么，或能提供什么；供给条目的需求类别指其能满足的需求。",
)
class OpportunityPublished(Statement):
    """A party publishes an entry: what is needed, or what can be supplied.

    For a supply, ``need_type`` is the need that it can meet.
    """

    title: Annotated[
        Line,
        Words(
            "项目名称",
            "Title",
            "条目所列项目或产品的名称；与主要内容一并用于文本比对。",
            "What the entry is called; matching compares it together with the content.",
        ),
    ]
    content: Annotated[
        Paragraph,
        Words(
            "主要内容",
            "Content",
            "需要或提供什么、规模和要求；对接得分主要由此而来。",
            "What is needed or offered, and how much; it makes most of a pair's score.",
        ),
    ]
    area: Annotated[
        Area,
        Words(
            "领域（四类）",
            "Area",
            "生态、生活、生产、治理之一；领域相同可加分。",
            "Ecology, life, production or governance; the same area adds to a score.",
        ),
    ]
    need_type: Annotated[
        NeedType,
        Words(
            "需求类别",
            "Need type",
            "十类之一；供给条目填其能满足的需求类别。",
            "One of the ten types; a supply names the need that it can meet.",
        ),
    ]
    direction: Annotated[
        Direction,
        Words(
            "供需方向",
            "Direction",
            "本条目是需求还是供给。",
            "Whether the entry is a demand or a supply.",
        ),
    ]
    issuer_kind: Annotated[
        IssuerKind,
        Words(
            "发布方性质",
            "Issuer",
            "由政府还是企业发布；与供需方向合成四个子清单。",
            "Government or enterprise; with the direction it gives the sub-list.",
        ),
    ]
    scenario: Annotated[
        Line | None,
        Words(
            "应用场景",
            "Scenario",
            "条目所属的应用场景，如水环境治理；没有时不填。",
            "Where it would be applied, such as water treatment; absent without one.",
        ),
    ] = None
    domain: Annotated[
        Domain | None,
        Words(
            "互联互通领域",
            "Connectivity domain",
            "五个互联互通领域之一；与之无关的条目不填。",
            "One of the five connectivity domains; absent where none applies.",
        ),
    ] = None
    amount: Annotated[
        Money | None,
        Words(
            "投资规模（万元）",
            "Amount in 万元",
            "以万元计的十进制字符串；未公布规模时不填。",
            "A decimal string in 10,000 yuan; absent where no size is named.",
        ),
    ] = None
    cooperation_mode: Annotated[
        Line,
        Words(
            "合作方式",
            "Mode of cooperation",
            "希望采用的合作方式，如特许经营、联合攻关。",
            "How the owner would cooperate, such as a concession or joint research.",
        ),
    ]
    regions: Annotated[
        tuple[RegionCode, ...],
        Field(max_length=50),
        Words(
            "合作地点",
            "Regions",
            "GB/T 2260 六位代码；需求填所在地，供给填可服务的地域。",
            "Codes of GB/T 2260: where a demand lies, or where a supply serves.",
        ),
    ] = ()
    requirements: Annotated[
        tuple[Line, ...],
        Field(max_length=20),
        Words(
            "需求条件",
            "Requirements",
            "其他条件的文字说明，供人阅读；资质另填。",
            "Further conditions in words, for people; qualifications go apart.",
        ),
    ] = ()
    qualifications: Annotated[
        tuple[Qualification, ...],
        Field(max_length=20),
        Words(
            "资质",
            "Qualifications",
            "需求填要求的资质，供给填具备的资质；按全文逐项比对。",
            "Demanded by a demand, held by a supply; compared word for word.",
        ),
    ] = ()
    insists_on: Annotated[
        tuple[Limit, ...],
        Field(max_length=4),
        Words(
            "硬性条件",
            "Hard limits",
            "必须满足的条件；任一方坚持即对该对条目生效。",
            "Limits that must be met; those of either entry hold for the pair.",
        ),
    ] = ()
    capacity: Annotated[
        int,
        Field(ge=0, le=99),
        Words(
            "可对接数",
            "How many partners it can take",
            "最多可同时对接几个条目；0 表示暂不对接。",
            "The most entries it is paired with at a time; 0 for none at present.",
        ),
    ] = 1
    valid_from: Annotated[
        PartialDate | None,
        Words(
            "有效期起",
            "Valid from",
            "从何时起有效，可只写到年或月；不填表示不限。",
            "When it opens, to the year, month or day; absent for no limit.",
        ),
    ] = None
    valid_to: Annotated[
        PartialDate | None,
        Words(
            "有效期止",
            "Valid to",
            "到何时为止有效，可只写到年或月；不填表示不限。",
            "When it closes, to the year, month or day; absent for no limit.",
        ),
    ] = None
    responsible_unit: Annotated[
        Organisation,
        Words(
            "责任单位",
            "Responsible unit",
            "对本条目负责的单位；同一主体同一单位的供需不对接。",
            "Who answers for the entry; a unit is never paired with itself.",
        ),
    ]
    contact_org: Annotated[
        Line,
        Words(
            "联系单位",
            "Contact",
            "对接时联系的单位或科室。",
            "The office to turn to about the entry.",
        ),
    ]
    contact_phone: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[0-9+\- ]{5,25}$")] | None,
        Words(
            "联系方式",
            "Contact phone",
            "联系电话，5至25位数字、空格、+ 或 -；日志中遮蔽。",
            "A telephone number of 5 to 25 digits, spaces, + or -; masked in logs.",
        ),
    ] = None
    project_code: Annotated[
        ProjectCode | None,
        Words(
            "项目代码",
            "Project code",
            "关联投资项目的代码，GB/T 40058-2021；没有时不填。",
            "The code of a related investment project, GB/T 40058-2021, if any.",
        ),
    ] = None
    project: Annotated[
        SubjectId | None,
        Words(
            "关联项目",
            "Related project",
            "关联的双城项目，如 project/chengdu.deyang/s11；没有时不填。",
            "The joint project it serves, such as project/chengdu.deyang/s11, if any.",
        ),
    ] = None
    vector: Annotated[
        TextVector | None,
        Words(
            "文本向量",
            "Text vector",
            "条目文本的句向量，供对接参考；可不填。",
            "A sentence vector of the text, for matching to look at too; optional.",
        ),
    ] = None
    gap: Annotated[
        ChainGap | None,
        Words(
            "产业链缺口",
            "Gap of a chain",
            "需求条目所发布的、或供给条目所能填补的缺口；没有时不填。",
            "The gap that a demand publishes, or that a supply can fill, if any.",
        ),
    ] = None
    made_up: Annotated[
        bool,
        Words(
            "虚构",
            "Made up",
            "true 表示演示用的虚构条目；真实条目为 false。",
            "True for demonstration data, false for a real entry.",
        ),
    ] = False
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "条目内容的截止日期，可只写到年或月。",
            "The date up to which the entry holds, to the year, month or day.",
        ),
    ]

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


@named(
    "机会调整", "Opportunity revised", "条目所属主体重新发布整个条目，取代此前内容。"
)
class OpportunityRevised(OpportunityPublished):
    """The owner says the entry anew, whole; it replaces what was said before."""


@named(
    "机会撤回", "Opportunity withdrawn", "条目所属主体将条目撤出清单，不再参与对接。"
)
class OpportunityWithdrawn(Statement):
    """The owner takes the entry off the list."""

    reason: Annotated[
        Paragraph,
        Words(
            "理由",
            "Reason",
            "撤出清单的理由，如需求已满足。",
            "Why the entry leaves the list, for instance that the need is met.",
        ),
    ]


def pool_of(subject: Subject) -> str:
    """The pool of an entry: its name up to the last hyphen.

    ``2022-1-0387`` is in pool ``2022-1``; a name without a hyphen is in the
    pool of its own name.
    """
    return subject.name.rsplit("-", 1)[0]
