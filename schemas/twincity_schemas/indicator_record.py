"""The joint view of one indicator, derived from what all its members said.

::

    attained = (value - baseline) / (target - baseline), in per cent
    elapsed  = (as of - begins) / (ends - begins), in per cent, from 0 to 100
    lead     = attained - elapsed, in percentage points

Time is counted in months, a day as its part of its month, first and last day
included: a year's target stands at 8/12 at the end of August, as 时序进度 does.
A share is given only where the target lies beyond the baseline in its
direction, a lead only where the indicator is cumulative. Fractions are exact,
and rounded half up to 0.01 at the very end.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.bound import Bound
from twincity_schemas.decimals import Computed, Number
from twincity_schemas.indicator import Coverage, Measure
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Differing, StatementCount, UnmetStatements
from twincity_schemas.values import Domain, Moment, PartialDate, PartyCode, Value
from twincity_schemas.words import Coded, Words, named


@named("指标状态", "State of an indicator", "以最近一个有合计值的截止日为准。")
class IndicatorState(Coded):
    """Whether it runs ahead of time, at the latest date that has a joint value."""

    REACHED = (
        "reached",
        "已达目标",
        "reached",
        "数值已满足目标。",
        "The value meets the target.",
    )
    REACHED_CHANGED = (
        "reached-changed",
        "按调整后目标完成",
        "reached by a changed target",
        "数值满足调整后的目标，但不满足最初目标或其期限。",
        "It meets the target as it was changed, and not the first one in its time.",
    )
    AHEAD = (
        "ahead",
        "快于时序",
        "ahead of time",
        "未达目标，完成率高于时序进度。",
        "Not yet met; the attained share is above the elapsed time.",
    )
    ON_TIME = (
        "on-time",
        "与时序持平",
        "on time",
        "未达目标，完成率与时序进度相同。",
        "Not yet met; the attained share equals the elapsed time.",
    )
    BEHIND = (
        "behind",
        "慢于时序或未达目标",
        "behind",
        "未达目标，完成率低于时序进度；不与时序比较者，仅指未达目标。",
        "Not met and below the elapsed time; without such a comparison, just not met.",
    )
    UNDETERMINED = (
        "undetermined",
        "待定",
        "undetermined",
        "目标有分歧或未报齐，或尚无合计值。",
        "The target is disputed or incomplete, or there is no joint value yet.",
    )


@named("单方目标", "Target by party", "一个成员所立的目标，连同出处。")
class TargetSaid(Value):
    """The target that one member has set, with the paper it comes from."""

    target: Annotated[
        Number, Words("目标值", "Target", "该成员所立目标值。", "The value it has set.")
    ]
    unit: Annotated[
        str, Words("单位", "Unit", "该成员所用的单位。", "The unit it counts in.")
    ]
    measure: Annotated[
        Measure,
        Words("计量方式", "Measure", "累计型或水平型。", "Cumulative, or a level."),
    ]
    bound: Annotated[
        Bound,
        Words("目标方向", "Least or most", "下限或上限。", "A least or a most."),
    ]
    baseline: Annotated[
        Number | None,
        Words(
            "基期值",
            "Baseline",
            "该成员所述期初数值；未述时不填。",
            "The value at the start as it says; absent where it says none.",
        ),
    ] = None
    begins: Annotated[
        PartialDate,
        Words("期间起", "Begins", "该成员所述期间的开始。", "When its period begins."),
    ]
    ends: Annotated[
        PartialDate,
        Words("期间止", "Ends", "该成员所述期间的结束。", "When its period ends."),
    ]
    coverage: Annotated[
        Coverage,
        Words(
            "指标范围",
            "Coverage",
            "该目标涵盖整体，还是只含该成员部分。",
            "Whether it is of the whole or of the member's own part.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("目标日期", "As of", "该目标的日期。", "The date the target is of."),
    ]
    source: Annotated[
        str, Words("来源", "Source", "该目标的出处。", "The paper it is taken from.")
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "所在陈述的编号，供追溯。",
            "The id of the statement that it came in, for tracing.",
        ),
    ]


@named("合计目标", "Joint target", "指标整体的目标：各方一致者，或各部分之和。")
class JointTarget(Value):
    """The target of the whole: what is agreed on, or the sum of the parts."""

    target: Annotated[
        Computed,
        Words("目标值", "Target", "整体的目标值。", "The value to be reached in all."),
    ]
    unit: Annotated[
        str, Words("单位", "Unit", "计量单位。", "The unit that it is counted in.")
    ]
    measure: Annotated[
        Measure,
        Words("计量方式", "Measure", "累计型或水平型。", "Cumulative, or a level."),
    ]
    bound: Annotated[
        Bound,
        Words("目标方向", "Least or most", "下限或上限。", "A least or a most."),
    ]
    baseline: Annotated[
        Computed | None,
        Words(
            "基期值",
            "Baseline",
            "整体的期初数值；未述时不填。",
            "The value of the whole at the start; absent where none is said.",
        ),
    ] = None
    begins: Annotated[
        PartialDate, Words("期间起", "Begins", "期间的开始。", "When it begins.")
    ]
    ends: Annotated[
        PartialDate, Words("期间止", "Ends", "期间的结束。", "When it ends.")
    ]


@named("目标版本", "Version of the target", "整体目标从某时起的内容。")
class TargetVersion(Value):
    """The target of the whole from a moment on."""

    since: Annotated[
        Moment,
        Words("自", "Since", "收件时间，自此生效。", "When it was recorded."),
    ]
    statements: Annotated[
        tuple[str, ...],
        Words("陈述编号", "Statements", "带来变化的陈述。", "What brought it about."),
    ]
    state: Annotated[
        FieldState,
        Words("状态", "State", "当时是否一致或报齐。", "Whether it was complete."),
    ]
    joint: Annotated[
        JointTarget | None,
        Words("合计", "Joint", "当时的整体目标。", "The target of the whole then."),
    ] = None


@named("目标记录", "Record of the target", "各方所立目标，及据此得出的整体目标。")
class TargetRecord(Value):
    """What each member has set, and what follows for the whole."""

    state: Annotated[
        FieldState,
        Words(
            "状态",
            "State",
            "各方目标一致（或报齐）、有分歧，还是仅单方（未报齐）。",
            "Whether the targets agree or are complete, differ, or are partial.",
        ),
    ]
    joint: Annotated[
        JointTarget | None,
        Words(
            "合计",
            "Joint",
            "整体的目标；有分歧或未报齐时不填。",
            "The target of the whole; absent while disputed or incomplete.",
        ),
    ] = None
    by: Annotated[
        dict[PartyCode, TargetSaid],
        Words(
            "各方目标",
            "By party",
            "以主体代码为键，各方最新所立目标。",
            "Keyed by party code: the latest target that each has set.",
        ),
    ]
    versions: Annotated[
        tuple[TargetVersion, ...],
        Words(
            "历次目标",
            "Versions",
            "整体目标的历次变化，最初在前；各时点按当时的目标计。",
            "Each change of it, the first before all; a date goes by its own.",
        ),
    ] = ()


@named("此前数值", "Value before", "对同一截止日此前所报的数值。")
class ValueBefore(Value):
    """What the party had reported of the same date before."""

    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "此前陈述的编号。", "The earlier one's id."),
    ]
    value: Annotated[
        Number, Words("数值", "Value", "此前所报。", "What it reported then.")
    ]


@named("单方数值", "Value by party", "一个成员报告的数值，连同出处。")
class ValueSaid(Value):
    """The value that one member reports, with the paper it comes from."""

    value: Annotated[
        Number, Words("数值", "Value", "所报数值。", "The value that it reports.")
    ]
    unit: Annotated[
        str, Words("单位", "Unit", "该成员所用的单位。", "The unit it counts in.")
    ]
    coverage: Annotated[
        Coverage,
        Words(
            "指标范围",
            "Coverage",
            "该数值涵盖整体，还是只含该成员部分。",
            "Whether it is of the whole or of the member's own part.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("数据截至", "As of", "数据截止日期。", "The date up to which it holds."),
    ]
    source: Annotated[
        str, Words("来源", "Source", "数据出处。", "The paper it is taken from.")
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "所在陈述的编号，供追溯。",
            "The id of the statement that it came in, for tracing.",
        ),
    ]
    before: Annotated[
        tuple[ValueBefore, ...],
        Words(
            "此前所报",
            "Before",
            "对同一截止日此前所报，最早在前。",
            "What it had reported of the same date, the earliest first.",
        ),
    ] = ()


@named("指标时点", "Point of an indicator", "某一截止日的数值：各方所报及合计。")
class IndicatorPoint(Value):
    """An as-of date: what each reported, and what follows for the whole."""

    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "数据截止日期，取各方所写中最具体者。",
            "The date up to which they hold, as exact as any member wrote it.",
        ),
    ]
    state: Annotated[
        FieldState,
        Words(
            "状态",
            "State",
            "各方所报一致（或报齐）、有分歧，还是仅单方（未报齐）。",
            "Whether the reports agree or are complete, differ, or are partial.",
        ),
    ]
    value: Annotated[
        Computed | None,
        Words(
            "合计值",
            "Value",
            "整体的数值；有分歧或未报齐时不填。",
            "The value of the whole; absent while disputed or incomplete.",
        ),
    ] = None
    target: Annotated[
        Computed | None,
        Words(
            "当时目标",
            "Target then",
            "该日有效的整体目标；未定时不填。",
            "The target that stood at the date; absent where there was none.",
        ),
    ] = None
    attained_of_first: Annotated[
        Computed | None,
        Words(
            "占最初目标（%）",
            "Of the first target, %",
            "目标调整过时，按最初目标的完成率。",
            "By the first target, where another stood at the date; else absent.",
        ),
    ] = None
    attained: Annotated[
        Computed | None,
        Words(
            "完成率（%）",
            "Attained, %",
            "（数值−基期）÷（目标−基期）；无从计算时不填。",
            "(Value - baseline) / (target - baseline); absent where there is none.",
        ),
    ] = None
    elapsed: Annotated[
        Computed | None,
        Words(
            "时序进度（%）",
            "Elapsed, %",
            "期间已过的部分；目标未定时不填。",
            "The part of the period that is over; absent without a joint target.",
        ),
    ] = None
    lead: Annotated[
        Computed | None,
        Words(
            "超时序（百分点）",
            "Lead, percentage points",
            "完成率 − 时序进度；负数表示滞后，水平型指标不填。",
            "Attained minus elapsed; negative is a lag; absent where it is a level.",
        ),
    ] = None
    by: Annotated[
        dict[PartyCode, ValueSaid],
        Words(
            "各方所报",
            "By party",
            "以主体代码为键，各方对该截止日的最新报告。",
            "Keyed by party code: each member's latest report of that date.",
        ),
    ]


@named(
    "指标记录",
    "Indicator recorded",
    "一项量化指标的联合视图：目标、各时点数值、快于还是慢于时序。",
)
class IndicatorRecorded(Value):
    """The joint view of an indicator: target, values, ahead or behind of time."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "指标标识，列明成员，如 indicator/chengdu/rental-housing。",
            "Its identifier with its members: indicator/chengdu/rental-housing.",
        ),
    ]
    state: Annotated[
        IndicatorState,
        Words(
            "状态",
            "State",
            "快于、持平还是慢于时序，或已达目标。",
            "Ahead of time, on time, behind, or reached.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "取最先收件的立目标方所述领域；记录发布到该领域主题。",
            "As said by whoever was recorded first; the record lies there.",
        ),
    ]
    name: Annotated[
        str,
        Words(
            "指标名称",
            "Name",
            "取最先收件的立目标方所述名称；同时收件而不同者并列。",
            "As said by whoever was recorded first; a tie stands side by side.",
        ),
    ]
    differing: Differing = Field(default_factory=dict)
    target: Annotated[
        TargetRecord,
        Words("目标", "Target", "各方目标及整体目标。", "By party, and of the whole."),
    ]
    latest: Annotated[
        IndicatorPoint | None,
        Words(
            "最近时点",
            "Latest",
            "最近一个有合计值的截止日；没有时不填。",
            "The latest date with a joint value; absent as long as there is none.",
        ),
    ] = None
    by: Annotated[
        dict[PartyCode, ValueSaid],
        Words(
            "各方最近所报",
            "By party",
            "以主体代码为键，各方截止日最近的报告。",
            "Keyed by party code: each member's report of its latest date.",
        ),
    ] = Field(default_factory=dict)
    history: Annotated[
        tuple[IndicatorPoint, ...],
        Words(
            "历次数值",
            "History",
            "各截止日的数值，按时间先后。",
            "Every date that was reported on, in order of time.",
        ),
    ] = ()
    statements: StatementCount
    unmet: UnmetStatements = ()
