"""Monthly progress of a project («1—N月»), as one party reports it."""

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import override

from twincity_schemas import plausible
from twincity_schemas.correction import Corrects
from twincity_schemas.decimals import Money, Number
from twincity_schemas.problems import Problem, WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import Line, Paragraph, PartialDate
from twincity_schemas.words import Coded, Words, named


@named(
    "统计范围", "Scope", "报告数据的统计范围：各区段数据可相加，整个项目的数据应一致。"
)
class Scope(Coded):
    """What a report speaks of: figures of sections add up, of wholes must agree."""

    WHOLE = (
        "whole",
        "整个项目",
        "the whole project",
        "数据涵盖整个项目；多方都报时，各方数据应当一致。",
        "The figures cover all of it; where several parties say so, they must agree.",
    )
    OWN_SECTION = (
        "own-section",
        "本方区段",
        "the party's own section",
        "数据只含本方区段；全体成员报齐后相加得合计。",
        "Only the party's own part; the parts add up once every member has reported.",
    )


@named(
    "进度报告",
    "Progress reported",
    "主体报告项目某年1月至N月的进度；同一时段重报以后报为准。",
)
class ProgressReported(Statement):
    """A party reports a project's progress from January through a month."""

    year: Annotated[
        int,
        Field(ge=2000, le=2100),
        Words(
            "年度",
            "Year",
            "报告所属的公历年度。",
            "The calendar year that is reported on.",
        ),
    ]
    through_month: Annotated[
        int,
        Field(ge=1, le=12),
        Words(
            "截至月份",
            "Through month",
            "“1—N月”中的N，1至12；数据从1月累计到该月。",
            "The N of “1—N月”, 1 to 12: figures run from January to its end.",
        ),
    ]
    scope: Annotated[
        Scope,
        Words(
            "统计范围",
            "Scope",
            "数据涵盖整个项目，还是只含本方区段。",
            "Whether the figures cover the whole project or the party's own section.",
        ),
    ]
    section: Annotated[
        ItemCode | None,
        Words(
            "区段编号",
            "Section",
            "本方区段分开填报时的编号，如 lot-a；不分时不填，所填即本方全部区段。",
            "A part of the own section by name, such as lot-a; absent if it is all.",
        ),
    ] = None
    annual_plan: Annotated[
        Money,
        Words(
            "年度计划投资（万元）",
            "Planned this year, in 万元",
            "本年度计划投资，以万元计；本年无计划填 0，则没有完成率。",
            "Planned for the year in 10,000 yuan; 0 without a plan, and then no rate.",
        ),
    ]
    annual_investment: Annotated[
        Money,
        Words(
            "本年完成投资（万元）",
            "Invested this year, in 万元",
            "本年1月至截至月份完成的投资，以万元计。",
            "Invested from January through the month, in 10,000 yuan.",
        ),
    ]
    cumulative_investment: Annotated[
        Money,
        Words(
            "累计完成投资（万元）",
            "Invested in all, in 万元",
            "项目开始以来累计完成的投资，含以前年度，以万元计。",
            "Invested since the project began, earlier years included, in 10,000 yuan.",
        ),
    ]
    completion_rate: Annotated[
        Number | None,
        Words(
            "年度投资完成率（%，自报）",
            "Completion rate as reported, in per cent",
            "本年完成÷年度计划；照报告原样保留，系统另列计算值。",
            "Invested over planned, as reported; the computed value stands beside it.",
        ),
    ] = None
    physical_progress: Annotated[
        Paragraph | None,
        Words(
            "形象进度",
            "On site",
            "现场完成的实物工作，如桥梁、隧道进展；未报时不填。",
            "What is done on site, such as bridges and tunnels; absent if unreported.",
        ),
    ] = None
    corrects: Corrects = None
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "本报告数据的截止日期，可只写到年或月。",
            "The date up to which the figures hold, to the year, month or day.",
        ),
    ]
    source: Annotated[
        Line,
        Words(
            "来源",
            "Source",
            "本报告所依据的报表或材料，一行文字。",
            "The return or paper that the figures are taken from, in one line.",
        ),
    ]

    @model_validator(mode="after")
    def _a_section_is_ones_own(self) -> "ProgressReported":
        if self.section is not None and self.scope is Scope.WHOLE:
            raise WrongValueError(
                "section_of_the_whole",
                "整个项目的数据不分区段编号",
                "figures of the whole project have no section",
            )
        return self

    @override
    def doubts(self) -> list[Problem]:
        return [
            *plausible.rate(
                self.annual_plan, self.annual_investment, self.completion_rate
            ),
            *plausible.at_most(
                "/annual_investment",
                ("本年完成投资", "invested this year"),
                self.annual_investment,
                ("累计完成投资", "invested in all"),
                self.cumulative_investment,
            ),
            *plausible.of_period(self.as_of, self.year, self.through_month),
        ]
