"""Industry chains (建圈强链): five elements, carriers in both cities, and gaps.

Each member describes its own side: of each of the five elements what it has, or
that it has none; and how it sees the chain carried by both cities. A gap is
declared by the member that feels it, and is published with one statement more:
an ``opportunity.published`` whose ``gap`` names it is a whole entry of an
opportunity list, so matching looks for who can fill it.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.opportunity import NeedType
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    RegionCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("产业链要素", "Element of a chain", "建圈强链的五大要素。")
class ChainElement(Coded):
    """The five elements that a chain is made strong by (五大要素)."""

    LEADER = (
        "leader",
        "链主企业",
        "leading enterprise",
        "带动上下游的龙头企业。",
        "An enterprise that draws those up and down the chain along.",
    )
    FUND = (
        "fund",
        "产业基金",
        "industry fund",
        "投向该链的基金。",
        "A fund that invests in the chain.",
    )
    TALENT = (
        "talent",
        "领军人才",
        "leading talent",
        "领军人才所在的团队或单位。",
        "A team or institute around somebody who leads the field.",
    )
    PLATFORM = (
        "platform",
        "公共平台",
        "public platform",
        "检测、中试、算力等公共服务平台。",
        "Testing, pilot production, computing and the like, open to all.",
    )
    INTERMEDIARY = (
        "intermediary",
        "中介机构",
        "intermediary",
        "行业协会、知识产权、金融等中介服务机构。",
        "Associations and agencies for patents, finance and other services.",
    )


@named("承载角色", "Role of a carrier", "一地在产业链分工中承担什么。")
class CarrierRole(Coded):
    """What a place does for the chain."""

    MAIN = (
        "main",
        "主要承载地",
        "main carrier",
        "产业链的主要集聚区。",
        "Where most of the chain is.",
    )
    COORDINATED = (
        "coordinated",
        "协同发展地",
        "coordinated development",
        "与主要承载地协同配套的地区。",
        "It develops along with the main carrier.",
    )
    RESEARCH = (
        "research",
        "研发",
        "research and development",
        "研发+生产 中的研发一方。",
        "The research of «research and production».",
    )
    PRODUCTION = (
        "production",
        "生产",
        "production",
        "研发+生产 中的生产一方。",
        "The production of «research and production».",
    )
    HEADQUARTERS = (
        "headquarters",
        "总部",
        "headquarters",
        "总部+基地 中的总部一方。",
        "The headquarters of «headquarters and base».",
    )
    BASE = (
        "base",
        "基地",
        "base",
        "总部+基地 中的基地一方。",
        "The base of «headquarters and base».",
    )


@named("要素情况", "An element on one side", "一方在某一要素上有哪些单位；没有则为空。")
class ElementHeld(Value):
    """What one side has of an element; nobody listed means that it is missing."""

    holders: Annotated[
        tuple[Organisation, ...],
        Field(max_length=50),
        Words(
            "单位",
            "Holders",
            "具备该要素的单位；空列表表示缺失。",
            "Who has it on this side; an empty list says that it is missing.",
        ),
    ]
    note: Annotated[
        Line | None,
        Words(
            "说明",
            "Note",
            "规模或缺失情况，一行文字；没有时不填。",
            "How much there is of it, or what is missing, a line; may be absent.",
        ),
    ] = None


@named("五大要素", "The five elements", "一方五大要素的有无，须逐项说明。")
class ChainElements(Value):
    """What one side has of each element; none of the five is passed over."""

    leader: Annotated[
        ElementHeld,
        Words("链主企业", "Leading enterprises", "本方链主企业。", "On this side."),
    ]
    fund: Annotated[
        ElementHeld,
        Words("产业基金", "Industry funds", "本方产业基金。", "On this side."),
    ]
    talent: Annotated[
        ElementHeld,
        Words(
            "领军人才",
            "Leading talent",
            "本方领军人才所在团队或单位，不写个人。",
            "The teams or institutes on this side, not persons.",
        ),
    ]
    platform: Annotated[
        ElementHeld,
        Words("公共平台", "Public platforms", "本方公共平台。", "On this side."),
    ]
    intermediary: Annotated[
        ElementHeld,
        Words("中介机构", "Intermediaries", "本方中介机构。", "On this side."),
    ]


@named("产业链承载地", "Carrier", "一个地方在产业链中的承载角色。")
class ChainCarrier(Value):
    """A place and what it does for the chain."""

    role: Annotated[
        CarrierRole,
        Words("角色", "Role", "承担什么。", "What the place does for the chain."),
    ]
    party: Annotated[
        PartyCode,
        Words(
            "所属方",
            "Party",
            "该地所属主体代码，须为事项成员。",
            "The code of the member that the place belongs to.",
        ),
    ]
    place: Annotated[
        Line,
        Words("地方", "Place", "园区或区（市）县名称。", "The park, city or county."),
    ]
    region: Annotated[
        RegionCode | None,
        Words(
            "行政区划代码",
            "Region, GB/T 2260",
            "六位代码；功能区没有代码时不填。",
            "Six digits; absent for a functional zone, which has none.",
        ),
    ] = None


@named(
    "产业链描述",
    "Chain described",
    "主体描述本方五大要素及对两地分工的看法；重报则整体取代。",
)
class ChainDescribed(Statement):
    """A member's side of the chain, and who carries what; said anew, it replaces."""

    title: Annotated[
        Line, Words("产业链名称", "Title", "如 汽车产业链。", "What it is called.")
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "五个领域之一，一般为现代产业体系；决定记录的主题。",
            "One of the five, mostly industry; it decides on which topic it lies.",
        ),
    ]
    elements: Annotated[
        ChainElements,
        Words("五大要素", "Elements", "本方各要素的有无。", "What this side has."),
    ]
    carriers: Annotated[
        tuple[ChainCarrier, ...],
        Field(max_length=50),
        Words(
            "承载地",
            "Carriers",
            "本方所见两地分工：主要承载与协同发展、研发与生产、总部与基地。",
            "How this member sees the chain shared out between the cities.",
        ),
    ] = ()
    as_of: Annotated[
        PartialDate,
        Words("数据截至", "As of", "情况截至何日。", "The date the facts are of."),
    ]
    source: Annotated[
        Line,
        Words("来源", "Source", "所依据的材料。", "The paper that it is taken from."),
    ]


class _OfGap(Statement):
    gap: Annotated[
        ItemCode,
        Words(
            "缺口编号",
            "Gap",
            "本方在该链内自编的编号，如 packaging-01。",
            "The party's own name for it in the chain, such as packaging-01.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "情况截至何日。", "The date the facts are of."),
    ]


@named(
    "缺口申报",
    "Gap declared",
    "主体申报产业链的一个缺口；重报则更正，已填补的由此重新打开。",
)
class GapDeclared(_OfGap):
    """What a chain lacks on one side; said again, it corrects, or opens it anew."""

    title: Annotated[
        Line, Words("缺口", "Title", "一句话说明缺什么。", "What is missing, a line.")
    ]
    what: Annotated[
        Paragraph,
        Words(
            "具体需求",
            "What",
            "所缺环节的规模、指标和要求。",
            "How much of it is needed and what it has to be.",
        ),
    ]
    element: Annotated[
        ChainElement | None,
        Words(
            "所属要素",
            "Element",
            "属于五大要素中的哪一项；属生产环节时不填。",
            "Which of the five elements is short; absent for a link of production.",
        ),
    ] = None
    need_type: Annotated[
        NeedType,
        Words(
            "需求类别",
            "Need type",
            "作为机会清单条目发布时的需求类别。",
            "The need type that it has as an entry of an opportunity list.",
        ),
    ]
    opportunity: Annotated[
        SubjectId | None,
        Words(
            "机会清单条目",
            "Opportunity",
            "发布该缺口的本方条目标识；不发布时不填。",
            "The party's own entry that publishes it; absent where none does.",
        ),
    ] = None


@named("缺口填补", "Gap filled", "申报方确认缺口已填补，写明由谁填补。")
class GapFilled(_OfGap):
    """Whoever declared the gap says that it is filled, and by whom."""

    filled_by: Annotated[
        Organisation,
        Words("填补单位", "Filled by", "填补缺口的单位。", "The unit that fills it."),
    ]
    party: Annotated[
        PartyCode | None,
        Words(
            "所属方",
            "Party",
            "填补单位所属成员的代码；来自成员以外时不填。",
            "The code of the member it comes from; absent if from none of them.",
        ),
    ] = None
    note: Annotated[
        Paragraph,
        Words("说明", "Note", "如何填补。", "How the gap was filled."),
    ]
