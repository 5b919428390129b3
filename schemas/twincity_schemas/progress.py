"""Monthly progress of a project («1—N月»), as one party reports it."""

from typing import Annotated

from pydantic import Field

from twincity_schemas.statement import Statement
from twincity_schemas.values import Line, Money, Number, Paragraph, PartialDate
from twincity_schemas.words import Coded, Words


class Scope(Coded):
    """What a report speaks of: figures of sections add up, of wholes must agree."""

    WHOLE = "whole", "整个项目", "the whole project"
    OWN_SECTION = "own-section", "本方区段", "the party's own section"


class ProgressReported(Statement):
    """A party reports a project's progress from January through a month."""

    year: Annotated[int, Field(ge=2000, le=2100), Words("年度", "Year")]
    through_month: Annotated[
        int, Field(ge=1, le=12), Words("截至月份", "Through month", "1—N月", "1 to N")
    ]
    scope: Annotated[Scope, Words("统计范围", "Scope")]
    annual_plan: Annotated[
        Money, Field(gt=0), Words("年度计划投资（万元）", "Planned this year, in 万元")
    ]
    annual_investment: Annotated[
        Money, Words("本年完成投资（万元）", "Invested this year, in 万元")
    ]
    cumulative_investment: Annotated[
        Money, Words("累计完成投资（万元）", "Invested in all, in 万元")
    ]
    completion_rate: Annotated[
        Number | None,
        Words(
            "年度投资完成率（%，自报）",
            "Completion rate as reported, in per cent",
            "本年完成÷年度计划；另列计算值",
            "Invested this year over planned; the computed value stands beside it",
        ),
    ] = None
    physical_progress: Annotated[Paragraph | None, Words("形象进度", "On site")] = None
    as_of: Annotated[PartialDate, Words("数据截至", "As of")]
    source: Annotated[Line, Words("来源", "Source")]
