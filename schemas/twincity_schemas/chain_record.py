"""The joint view of one industry chain: elements, carriers and gaps of all sides."""

from typing import Annotated

from pydantic import Field

from twincity_schemas.chain import CarrierRole, ChainCarrier, ChainElement
from twincity_schemas.opportunity import NeedType
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Differing, StatementCount, UnmetStatements
from twincity_schemas.values import (
    Domain,
    Organisation,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("要素状态", "State of an element", "各方在一项要素上的有无，由各方描述推导。")
class ElementState(Coded):
    """Whether the sides that spoke have an element."""

    PRESENT = (
        "present",
        "均有",
        "present",
        "已描述的各方均具备。",
        "All sides that have spoken have it.",
    )
    COMPLEMENTARY = (
        "complementary",
        "互补",
        "complementary",
        "一方具备而另一方缺失，可以互补。",
        "One side has what another has not.",
    )
    MISSING = (
        "missing",
        "均缺",
        "missing",
        "已描述的各方均缺失。",
        "None of the sides that have spoken has it.",
    )


@named("缺口状态", "State of a gap", "缺口是否已由申报方确认填补。")
class GapState(Coded):
    """Whether whoever declared a gap has said that it is filled."""

    OPEN = (
        "open",
        "待填补",
        "open",
        "已申报，尚未确认填补。",
        "It was declared and has not been said to be filled.",
    )
    FILLED = (
        "filled",
        "已填补",
        "filled",
        "申报方已确认填补。",
        "Whoever declared it says that it is filled.",
    )


@named("单方要素", "Element of one side", "一方所述的一项要素。")
class ElementSide(Value):
    """What one side has of an element, as it says."""

    holders: Annotated[
        tuple[Organisation, ...],
        Words("单位", "Holders", "空列表表示缺失。", "Empty where it is missing."),
    ]
    note: Annotated[
        str | None, Words("说明", "Note", "没有时不填。", "A line, if there is any.")
    ] = None
    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    as_of: Annotated[
        PartialDate, Words("数据截至", "As of", "截至何日。", "The date it is of.")
    ]


@named("要素记录", "Record of an element", "一项要素：各方有无并列。")
class ElementRecord(Value):
    """An element, side by side."""

    state: Annotated[
        ElementState,
        Words(
            "状态", "State", "各方均有、互补还是均缺。", "Who has it, taken together."
        ),
    ]
    by: Annotated[
        dict[PartyCode, ElementSide],
        Words(
            "各方情况",
            "By party",
            "以主体代码为键，只列已描述的成员。",
            "By party code: the members that have described the chain.",
        ),
    ]


@named("承载记录", "Record of a role", "一个承载角色：各方所述的地方是否一致。")
class CarrierRecord(Value):
    """Who carries a role: agreed, or each member's view beside the others'."""

    state: Annotated[
        FieldState,
        Words(
            "状态",
            "State",
            "说到该角色的各方所述是否一致，按所属方和地方比较。",
            "Whether those who speak of it agree, compared by party and place.",
        ),
    ]
    places: Annotated[
        tuple[ChainCarrier, ...],
        Words(
            "承载地",
            "Places",
            "一致或单方所述的地方；有分歧时为空。",
            "The places agreed on or said by one; empty while disputed.",
        ),
    ] = ()
    by: Annotated[
        dict[PartyCode, tuple[ChainCarrier, ...]],
        Words(
            "各方所述",
            "By party",
            "以主体代码为键，只列说到该角色的成员。",
            "By party code: the members that speak of the role.",
        ),
    ]


@named("缺口记录", "Record of a gap", "一个缺口的内容、现状和可能的填补方。")
class GapRecord(Value):
    """A gap as it stands: open or filled, and where it is published."""

    state: Annotated[
        GapState, Words("状态", "State", "待填补或已填补。", "Open or filled.")
    ]
    title: Annotated[
        str, Words("缺口", "Title", "一句话说明。", "What is missing, a line.")
    ]
    what: Annotated[
        str, Words("具体需求", "What", "规模、指标和要求。", "What it has to be.")
    ]
    element: Annotated[
        ChainElement | None,
        Words("所属要素", "Element", "属生产环节时不填。", "Absent for a link."),
    ] = None
    need_type: Annotated[
        NeedType,
        Words("需求类别", "Need type", "十类之一。", "One of the ten need types."),
    ]
    declared_by: Annotated[
        PartyCode,
        Words("申报方", "Declared by", "申报方代码。", "The code of who declared it."),
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "最近一次申报的陈述编号。",
            "The id of the statement that declared it last.",
        ),
    ]
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "申报日期。", "The date it was declared.")
    ]
    opportunity: Annotated[
        SubjectId | None,
        Words(
            "机会清单条目",
            "Opportunity",
            "发布该缺口的条目；未发布时不填。",
            "The entry that publishes it; absent where none does.",
        ),
    ] = None
    held_by: Annotated[
        tuple[PartyCode, ...],
        Words(
            "可互补方",
            "Held by",
            "具备所缺要素的其他成员代码；属生产环节时为空。",
            "The other members that have the element; empty for a link.",
        ),
    ] = ()
    filled_by: Annotated[
        Organisation | None,
        Words(
            "填补单位", "Filled by", "未填补时不填。", "Who fills it; absent if open."
        ),
    ] = None
    filled_from: Annotated[
        PartyCode | None,
        Words(
            "填补单位所属方",
            "Filled from",
            "来自成员以外或未填补时不填。",
            "The member it comes from; absent if from none, or while open.",
        ),
    ] = None


@named(
    "产业链记录",
    "Chain recorded",
    "一条产业链各方情况的联合视图，由各方陈述推导，任何人可复算。",
)
class ChainRecorded(Value):
    """The joint view of an industry chain: derived, written by nobody."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "产业链标识，如 chain/chengdu.chongqing/automobile。",
            "Its identifier, such as chain/chengdu.chongqing/automobile.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "取最先收件的描述方所述；记录发布到该领域主题。",
            "As said by whoever was recorded first; the record lies there.",
        ),
    ]
    title: Annotated[
        str,
        Words(
            "产业链名称",
            "Title",
            "取最先收件的描述方所述；同时收件而不同者并列。",
            "As said by whoever was recorded first; a tie stands side by side.",
        ),
    ]
    differing: Differing = Field(default_factory=dict)
    elements: Annotated[
        dict[ChainElement, ElementRecord],
        Words(
            "五大要素",
            "Elements",
            "以要素代码为键，各方并列。",
            "By the element's code, the sides beside each other.",
        ),
    ]
    carriers: Annotated[
        dict[CarrierRole, CarrierRecord],
        Words(
            "承载地",
            "Carriers",
            "以角色代码为键，只列有人说到的角色。",
            "By the role's code: the roles that anybody speaks of.",
        ),
    ] = Field(default_factory=dict)
    gaps: Annotated[
        dict[str, GapRecord],
        Words(
            "缺口",
            "Gaps",
            "以“申报方/编号”为键，待填补的在前。",
            "By <who declared it>/<its code>, the open ones first.",
        ),
    ] = Field(default_factory=dict)
    statements: StatementCount
    unmet: UnmetStatements = ()
