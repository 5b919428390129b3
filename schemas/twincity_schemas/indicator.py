"""Indicators (量化目标): a target and what is reported against it.

A target names its period and its source; a report names its as-of date, so
that ahead or behind is a matter of what was said and never of today's date.
"""

from typing import Annotated

from pydantic import model_validator

from twincity_schemas.bound import Bound
from twincity_schemas.decimals import Number
from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.values import Domain, Line, PartialDate, earlier
from twincity_schemas.words import Coded, Words, named


@named("指标范围", "Coverage", "数值涵盖指标整体，还是只含本方部分。")
class Coverage(Coded):
    """What a figure speaks of: parts add up, figures of the whole must agree."""

    WHOLE = (
        "whole",
        "整体",
        "the whole",
        "数值涵盖指标整体；多方都报时应当一致。",
        "The figure covers all of it; where several parties say so, they must agree.",
    )
    OWN_PART = (
        "own-part",
        "本方部分",
        "the party's own part",
        "数值只含本方部分；全体成员报齐后相加得合计。",
        "Only the party's own part; the parts add up once every member has spoken.",
    )


@named("计量方式", "Measure", "指标随时间累计，还是每次反映当时的水平。")
class Measure(Coded):
    """Whether it accrues with time, so that time is its yardstick, or is a level."""

    CUMULATIVE = (
        "cumulative",
        "累计型",
        "cumulative",
        "自期间起逐步累计，如筹集套数；与时序进度比较。",
        "It accrues over the period, such as homes provided; compared with time.",
    )
    LEVEL = (
        "level",
        "水平型",
        "level",
        "反映当时水平，如增长率；只与目标比较，不与时序比较。",
        "It is how things stand, such as a growth rate; compared with its target only.",
    )


@named(
    "指标目标",
    "Indicator targeted",
    "主体为一项量化指标立目标，写明期间和出处；重报以后报为准。",
)
class IndicatorTargeted(Statement):
    """A party sets a target, with period and source; said again, it replaces."""

    name: Annotated[
        Line,
        Words(
            "指标名称",
            "Name",
            "如“筹集保障性租赁住房”。",
            "Such as “affordable rental housing provided”.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "指标所属的互联互通领域，决定记录所在的主题。",
            "The domain it belongs to; it decides the topic of the record.",
        ),
    ]
    unit: Annotated[
        Line,
        Words(
            "单位",
            "Unit",
            "数值的计量单位，如 套、个、%；报告须用同一单位。",
            "Of the values, such as 套 or %; reports have to use the same one.",
        ),
    ]
    measure: Annotated[
        Measure,
        Words(
            "计量方式",
            "Measure",
            "累计型与时序进度比较，水平型不比较。",
            "What is cumulative is compared with elapsed time, a level is not.",
        ),
    ]
    target: Annotated[
        Number,
        Words(
            "目标值", "Target", "期末应达到的数值。", "The value to reach by the end."
        ),
    ]
    bound: Annotated[
        Bound,
        Words(
            "目标方向",
            "Least or most",
            "目标值是下限还是上限。",
            "Whether the target is a least or a most.",
        ),
    ]
    baseline: Annotated[
        Number | None,
        Words(
            "基期值",
            "Baseline",
            "期初的数值；不填时，下限目标按零计，上限目标不计算完成率。",
            "The value at the start; absent, a least counts from zero and a most has"
            " no attained share.",
        ),
    ] = None
    begins: Annotated[
        PartialDate,
        Words(
            "期间起",
            "Begins",
            "目标期间的开始，可只写到年或月。",
            "When the period begins, to the year, month or day.",
        ),
    ]
    ends: Annotated[
        PartialDate,
        Words(
            "期间止",
            "Ends",
            "目标期间的结束，含当年、当月或当日。",
            "When the period ends, that year, month or day included.",
        ),
    ]
    coverage: Annotated[
        Coverage,
        Words(
            "指标范围",
            "Coverage",
            "目标涵盖指标整体，还是只含本方部分。",
            "Whether the target is of the whole or of the party's own part.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("目标日期", "As of", "目标提出的日期。", "The date the target is of."),
    ]
    source: Annotated[
        Line,
        Words(
            "来源",
            "Source",
            "载明该目标的文件或报道，一行文字。",
            "The paper that the target is taken from, in one line.",
        ),
    ]

    @model_validator(mode="after")
    def _the_period_has_an_end(self) -> "IndicatorTargeted":
        if earlier(self.ends, self.begins):
            raise WrongValueError(
                "ends_before_it_begins",
                f"期间止 {self.ends} 早于期间起 {self.begins}",
                f"the period ends at {self.ends}, before it begins at {self.begins}",
            )
        return self


@named(
    "指标报告",
    "Indicator reported",
    "主体报告指标截至某日的数值；同一截止日重报以后报为准。",
)
class IndicatorReported(Statement):
    """A party reports the value up to a date; the same date again replaces it."""

    value: Annotated[
        Number,
        Words(
            "数值",
            "Value",
            "累计型为自期间起至截止日的累计值，水平型为当时的数值。",
            "Of a cumulative one, since the period began; of a level, as it stood.",
        ),
    ]
    unit: Annotated[
        Line,
        Words(
            "单位",
            "Unit",
            "须与目标的单位相同，否则不生效。",
            "Has to be the target's unit, or the report has no effect.",
        ),
    ]
    coverage: Annotated[
        Coverage,
        Words(
            "指标范围",
            "Coverage",
            "数值涵盖指标整体，还是只含本方部分。",
            "Whether the value is of the whole or of the party's own part.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "数据截止日期；只写到年或月的，指其最后一日。",
            "The date up to which it holds; of a year or a month, its last day.",
        ),
    ]
    source: Annotated[
        Line,
        Words(
            "来源",
            "Source",
            "数据所依据的报表或材料，一行文字。",
            "The return or paper that the value is taken from, in one line.",
        ),
    ]
