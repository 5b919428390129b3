"""What came after a cut-off: a numbered correction beside the closed figure.

A closed figure follows from what was recorded by its cut-off. What is recorded
later never takes its place; it stands here, with what it would have changed.
"""

from typing import Annotated

from twincity_schemas.board import Colour, MeasureCode, UnitCode
from twincity_schemas.correction import ChangedField
from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed
from twincity_schemas.parts import PartRecord
from twincity_schemas.values import PartyCode, SubjectId, Value
from twincity_schemas.words import Words, named


@named("指标变化", "Change of a figure", "一项指标按截止后的陈述会有的变化。")
class FigureChange(Value):
    """A unit's figure as it was, and as it would be."""

    unit: UnitCode
    measure: MeasureCode
    was: Annotated[
        Computed | None,
        Words("原值", "Was", "此前；没有依据时不填。", "Before; absent without any."),
    ] = None
    now: Annotated[
        Computed | None,
        Words("新值", "Now", "此后；没有依据时不填。", "After; absent without any."),
    ] = None


@named("影响", "Effect", "一个单位的得分、名次和上榜情况会有的变化。")
class PlaceChange(Value):
    """A unit's score, rank and colour as they were, and as they would be."""

    unit: UnitCode
    score_was: Annotated[
        Computed | None,
        Words("原得分", "Score was", "此前；不在榜时不填。", "Before; absent if off."),
    ] = None
    score_now: Annotated[
        Computed | None,
        Words("新得分", "Score now", "此后；不在榜时不填。", "After; absent if off."),
    ] = None
    rank_was: Annotated[
        int | None,
        Words("原名次", "Rank was", "此前；不排名时不填。", "Before; absent if none."),
    ] = None
    rank_now: Annotated[
        int | None,
        Words("新名次", "Rank now", "此后；不排名时不填。", "After; absent if none."),
    ] = None
    colour_was: Annotated[
        Colour | None,
        Words("原上榜", "Colour was", "此前。", "Before; absent if off the board."),
    ] = None
    colour_now: Annotated[
        Colour | None,
        Words("新上榜", "Colour now", "此后。", "After; absent if off the board."),
    ] = None


@named(
    "截止后更正",
    "Amendment recorded",
    "截止后收到的一条陈述：改了什么，若计入有何影响；列在已封存数据之旁。",
)
class AmendmentRecorded(PartRecord):
    """A statement that was recorded after a cut-off, and what it would change."""

    number: Annotated[
        int,
        Words(
            "序号",
            "Number",
            "按收件时间从1起编。",
            "From 1, in the order in which they were recorded.",
        ),
    ]
    statement: Annotated[
        str, Words("陈述编号", "Statement", "该陈述的编号。", "The statement's id.")
    ]
    party: Annotated[
        PartyCode, Words("主体", "Party", "谁说的。", "Who made the statement.")
    ]
    step: Annotated[
        str,
        Words(
            "事件",
            "Step",
            "该陈述的事件名称，如 progress.reported。",
            "The fact that it states, such as progress.reported.",
        ),
    ]
    recorded: RecordedAt
    about: Annotated[
        SubjectId | None,
        Words(
            "所涉事项",
            "About",
            "所说的项目；说的是本事项时不填。",
            "Which project it speaks of; absent where it is the subject itself.",
        ),
    ] = None
    changed: Annotated[
        tuple[ChangedField, ...],
        Words("变动", "Changed", "所说与此前不同之处。", "What it says otherwise."),
    ] = ()
    figures: Annotated[
        tuple[FigureChange, ...],
        Words("指标变化", "Figures", "哪些指标会变。", "Which figures would change."),
    ] = ()
    effects: Annotated[
        tuple[PlaceChange, ...],
        Words("影响", "Effects", "对得分和名次的影响。", "On scores and ranks."),
    ] = ()
    counts: Annotated[
        bool,
        Words(
            "计入",
            "Counts",
            "经申诉答复更正的计入最终结果，其余只列不计。",
            "What the answer to an appeal changes counts in the end; else it is shown.",
        ),
    ] = False
