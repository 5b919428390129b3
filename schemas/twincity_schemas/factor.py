"""Factors that projects need (要素保障): requested, committed, delivered.

Said about the project's subject. Whoever needs a factor requests it; any member
commits a part of it by a date, and says what arrived. What is short, and since
when, is derived.
"""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from twincity_schemas.decimals import Computed, PositiveMoney
from twincity_schemas.parts import PartRecord
from twincity_schemas.plausible import in_order
from twincity_schemas.problems import Problem
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode, StatementsWithoutEffect
from twincity_schemas.values import (
    Line,
    Organisation,
    PartialDate,
    PartyCode,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("要素类别", "Kind of factor", "项目所需要素的类别。")
class FactorKind(Coded):
    """What kind of thing a project needs."""

    LAND = ("land", "土地", "land", "用地指标、供地和交地。", "Quotas and plots.")
    FUNDS = ("funds", "资金", "funds", "资本金、贷款和补助。", "Equity, loans, grants.")
    ENVIRONMENT = (
        "environmental-capacity",
        "环境容量",
        "environmental capacity",
        "污染物排放指标等。",
        "Allowances for emissions and the like.",
    )
    UTILITIES = (
        "utilities",
        "水电气",
        "water, power, gas",
        "供水、供电、供气和用能。",
        "Water, electricity, gas and energy.",
    )
    MATERIALS = (
        "materials",
        "重要建材",
        "key materials",
        "砂石、水泥、钢材等。",
        "Aggregate, cement, steel and the like.",
    )
    CLEARANCE = (
        "clearance",
        "征地拆迁",
        "land clearance",
        "征地、拆迁和管线迁改。",
        "Requisition, demolition, moving of pipes.",
    )
    APPROVAL = (
        "approval",
        "审批",
        "approvals",
        "用地、环评等审批事项。",
        "Permits of land, environment and so on.",
    )


_SAID = ("该陈述的日期", "the date it is of")
_Quantity = Annotated[
    PositiveMoney,
    Words("数量", "Quantity", "大于零的十进制数。", "Above zero, as a decimal string."),
]
_Unit = Annotated[
    Line,
    Words(
        "计量单位",
        "Unit of measure",
        "如 亩、万元、吨；承诺和到位须与申请相同。",
        "Such as 亩, 万元 or 吨: commitments and deliveries use the request's.",
    ),
]
_Factor = Annotated[
    ItemCode,
    Words(
        "要素编号",
        "Factor",
        "申请方在该项目内自编的编号，如 depot-land。",
        "The name that it was requested by, such as depot-land.",
    ),
]
_AsOf = Annotated[
    PartialDate, Words("日期", "As of", "该陈述的日期。", "The date it is of.")
]


@named("要素申请", "Factor requested", "主体为项目申请一项要素；重报则更正。")
class FactorRequested(Statement):
    """A party asks for what the project needs; said again, it corrects."""

    factor: _Factor
    kind: Annotated[FactorKind, Words("类别", "Kind", "要素类别。", "What kind it is.")]
    what: Annotated[Line, Words("内容", "What", "需要什么。", "What is needed.")]
    quantity: _Quantity
    unit: _Unit
    needed_by: Annotated[
        PartialDate,
        Words("需用时间", "Needed by", "何时之前需要。", "When it has to be there."),
    ]
    by: Annotated[
        Organisation,
        Words("申请单位", "Requested by", "提出申请的单位。", "The unit that asks."),
    ]
    as_of: _AsOf

    @override
    def doubts(self) -> list[Problem]:
        when = ("需用时间", "the date it is needed by")
        return [*in_order("/needed_by", when, self.needed_by, _SAID, self.as_of)]


class _Answer(Statement):
    requested_by: Annotated[
        PartyCode,
        Words(
            "申请方",
            "Requested by",
            "申请该要素的主体代码。",
            "The code of the party that requested it.",
        ),
    ]
    factor: _Factor
    quantity: _Quantity
    unit: _Unit
    by: Annotated[
        Organisation,
        Words("保障单位", "Unit", "负责保障的单位。", "The unit that sees to it."),
    ]
    as_of: _AsOf


@named("要素承诺", "Factor committed", "主体承诺保障的数量和时间；以后述为准。")
class FactorCommitted(_Answer):
    """A party commits so much of it by a date; what it says later replaces that."""

    until: Annotated[
        PartialDate,
        Words("承诺时间", "Until", "何时之前到位。", "When it is to arrive."),
    ]

    @override
    def doubts(self) -> list[Problem]:
        when = ("承诺时间", "the date it is promised for")
        return [*in_order("/until", when, self.until, _SAID, self.as_of)]


@named("要素到位", "Factor delivered", "主体报告一批要素已到位；各批相加。")
class FactorDelivered(_Answer):
    """A party says what has arrived; deliveries of different names add up."""

    delivery: Annotated[
        ItemCode,
        Words(
            "批次",
            "Delivery",
            "本方所编批次；同一批次重报则更正。",
            "The party's own name for it; said again, it corrects.",
        ),
    ]


@named("一方保障", "Part of a party", "一个主体对一项要素的承诺和已到位数量。")
class FactorPart(Value):
    """What one party has committed of a factor, and what it has delivered."""

    given_up: Annotated[
        Computed | None,
        Words(
            "已放弃的承诺",
            "Given up",
            "退出前所承诺、现已失效的数量；没有时不填。",
            "What it had committed before it left: it counts no more.",
        ),
    ] = None
    committed: Annotated[
        Computed | None,
        Words("承诺", "Committed", "现行承诺；没有时不填。", "At present, if any."),
    ] = None
    until: Annotated[
        PartialDate | None,
        Words("承诺时间", "Until", "承诺何时到位。", "By when it is to arrive."),
    ] = None
    first_until: Annotated[
        PartialDate | None,
        Words(
            "最初承诺时间",
            "First until",
            "承诺时间改过时，最初所说的时间；没有改过时不填。",
            "What it said at first, where that was changed; absent if it was not.",
        ),
    ] = None
    version: Annotated[
        int | None,
        Words("第几版", "Version", "现行承诺是第几版。", "Which word of it this is."),
    ] = None
    delivered: Annotated[
        Computed,
        Words("到位", "Delivered", "各批之和。", "All its deliveries together."),
    ]
    changed: Annotated[
        dict[str, int],
        Words(
            "改报批次",
            "Changed",
            "改报过的批次及其现为第几版；没有时为空。",
            "Deliveries that were said otherwise before, and which word each is.",
        ),
    ] = Field(default_factory=dict)
    statements: Annotated[
        tuple[str, ...],
        Words("陈述", "Statements", "所依据的陈述。", "The statements behind it."),
    ]


@named("要素记录", "Factor recorded", "一项要素：申请、各方承诺、到位和缺口。")
class FactorRecorded(PartRecord):
    """What was asked for, promised, arrived, and is short."""

    kind: Annotated[FactorKind, Words("类别", "Kind", "要素类别。", "What kind it is.")]
    what: Annotated[str, Words("内容", "What", "需要什么。", "What is needed.")]
    unit: _Unit
    requested: Annotated[
        Computed, Words("申请", "Requested", "申请的数量。", "How much is needed.")
    ]
    needed_by: Annotated[
        PartialDate,
        Words(
            "需用时间",
            "Needed by",
            "何时之前需要；逾期后再改的不算。",
            "When it has to be there; changed after that, it stays.",
        ),
    ]
    by: Annotated[
        dict[PartyCode, FactorPart],
        Words("各方", "By party", "各主体的承诺和到位。", "What each party does."),
    ] = Field(default_factory=dict)
    uncommitted: Annotated[
        Computed,
        Words(
            "未落实",
            "Uncommitted",
            "申请减各方承诺或已到位（取大者），不小于零；尚无责任方。",
            "Requested less what each committed or brought; it has no owner yet.",
        ),
    ]
    short: Annotated[
        Computed,
        Words(
            "缺口",
            "Short",
            "申请减到位，不小于零。",
            "Requested less delivered.",
        ),
    ]
    over: Annotated[
        Computed,
        Words("超出", "Over", "到位超出申请的数量。", "Delivered above requested."),
    ]
    version: Annotated[
        int,
        Words("第几版", "Version", "申请是第几版。", "Which version of the request."),
    ]
    first_needed_by: Annotated[
        PartialDate | None,
        Words(
            "最初需用时间",
            "First needed by",
            "需用时间改过时，最初所定的时间；没有改过时不填。",
            "When it was needed at first, where that was changed.",
        ),
    ] = None
    lapsed: Annotated[
        bool,
        Words(
            "申请方已退出",
            "Lapsed",
            "申请方已退出，该申请不再应办。",
            "Whoever asked has left: it is not due any more.",
        ),
    ] = False
    late_commitment: Annotated[
        bool,
        Words(
            "承诺晚于需用",
            "Committed too late",
            "是否有承诺的时间晚于需用时间。",
            "Whether a commitment is for later than it is needed.",
        ),
    ]
    no_effect: StatementsWithoutEffect = ()
