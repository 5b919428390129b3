"""Monthly dispatch and quarterly drill (月调度、季拉练): called, decided, done.

Whoever calls a dispatch names the projects, the period and the cut-off. What
was reported by then, who is silent and what was decided is derived. Whether a
statement came in time goes by when it was recorded: no clock is asked.
"""

from calendar import monthrange
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from twincity_schemas.problems import Problem, problem
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    Moment,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named

Year = Annotated[
    int,
    Field(ge=2000, le=2100),
    Words("年度", "Year", "所属公历年度。", "The calendar year."),
]
ThroughMonth = Annotated[
    int,
    Field(ge=1, le=12),
    Words(
        "截至月份",
        "Through month",
        "“1—N月”中的N。",
        "The N of “1—N月”: figures run from January to its end.",
    ),
]
CutOff = Annotated[
    Moment,
    Words(
        "截止时间",
        "Cut-off",
        "此后所作的陈述不计入，另列为更正或迟报；带时区。",
        "What is said later does not count, and is listed apart; with a time zone.",
    ),
]


def last_day(year: int, through_month: int) -> str:
    """Returns the last day of a period that runs from January."""
    return f"{year:04}-{through_month:02}-{monthrange(year, through_month)[1]:02}"


def before_its_end(cut_off: datetime, year: int, through_month: int) -> bool:
    """Whether a cut-off lies before the period that it is of has ended."""
    return cut_off.date().isoformat() < last_day(year, through_month)


def cut_off_warnings(cut_off: datetime, year: int, through_month: int) -> list[Problem]:
    """Warn of a cut-off by which the figures cannot exist."""
    if not before_its_end(cut_off, year, through_month):
        return []
    end = last_day(year, through_month)
    return [
        problem(
            "/cut_off",
            "before_the_period_ends",
            f"截止时间早于所属时段的最后一日 {end}，请核对",
            f"it lies before the last day of its period, {end}; please check",
        )
    ]


_QUARTER = 3


@named("调度类型", "Kind of dispatch", "月调度还是季拉练。")
class DispatchKind(Coded):
    """How often it is held."""

    MONTHLY = (
        "monthly",
        "月调度",
        "monthly dispatch",
        "每月一次，调度当月进度。",
        "Once a month, on the month's progress.",
    )
    QUARTERLY = (
        "quarterly",
        "季拉练",
        "quarterly drill",
        "每季一次，现场拉练。",
        "Once a quarter, on site.",
    )


@named("亮灯规则", "Rule of the lights", "红黄绿灯的规则，以编号和版本引用。")
class LightRule(Value):
    """From which lead a project is green, and down to which it is yellow."""

    code: Annotated[
        ItemCode, Words("规则编号", "Code", "规则的编号。", "What it is called.")
    ] = "lights"
    version: Annotated[
        int,
        Field(ge=1, le=999),
        Words("版本", "Version", "从1起编。", "Counted from 1."),
    ] = 1
    green_from: Annotated[
        int,
        Field(ge=-100, le=100),
        Words(
            "绿灯下限（百分点）",
            "Green from, percentage points",
            "较时序进度不低于此值为绿灯。",
            "A lead of this or more is green.",
        ),
    ] = 0
    yellow_from: Annotated[
        int,
        Field(ge=-100, le=100),
        Words(
            "黄灯下限（百分点）",
            "Yellow from, percentage points",
            "低于绿灯而不低于此值为黄灯，再低或未报为红灯。",
            "Less than green down to this is yellow; below it, or silent, is red.",
        ),
    ] = -10


@named(
    "调度召集",
    "Dispatch called",
    "主体召集一次调度，写明项目、时段和截止时间。",
)
class DispatchCalled(Statement):
    """A party calls a dispatch; said again by the cut-off, it is the next version."""

    kind: Annotated[
        DispatchKind,
        Words("类型", "Kind", "月调度或季拉练。", "Monthly or quarterly."),
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    projects: Annotated[
        tuple[SubjectId, ...],
        Field(min_length=1, max_length=1000),
        Words(
            "项目",
            "Projects",
            "应报送的项目；每个成员每个项目报一份。",
            "Which projects: one report is due from each of their members.",
        ),
    ]
    previous: Annotated[
        SubjectId | None,
        Words(
            "上一次调度",
            "Previous dispatch",
            "其议定事项在本次核对；首次调度不填。",
            "Whose decisions are followed up in this one; absent for the first.",
        ),
    ] = None
    unit: Annotated[
        Organisation,
        Words("召集单位", "Unit", "召集调度的单位。", "The unit that calls it."),
    ]
    lights: Annotated[
        LightRule,
        Words(
            "亮灯规则",
            "Lights",
            "不填为 lights@1：0 以上绿，−10 以上黄，再低或未报红。",
            "By default lights@1: green from 0, yellow from -10, else red.",
        ),
    ] = LightRule()
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "召集的日期。", "The date it is called."),
    ]

    @override
    def warnings(self) -> list[Problem]:
        """What looks wrong without being a reason to reject."""
        found = super().warnings()
        found += cut_off_warnings(self.cut_off, self.year, self.through_month)
        if self.kind is DispatchKind.QUARTERLY and self.through_month % _QUARTER:
            found.append(
                problem(
                    "/through_month",
                    "ends_no_quarter",
                    f"季拉练截至 {self.through_month} 月，不是季末（3、6、9、12 月）",
                    f"month {self.through_month} ends no quarter (3, 6, 9 or 12)",
                )
            )
        return found


@named("议定事项", "Decision taken", "调度会议定的一件事，写明责任方、单位和时限。")
class DecisionTaken(Statement):
    """What a dispatch decided, with who is to do it by when.

    Said again it is the next version: a deadline moves as long as it is not over.
    """

    decision: Annotated[
        ItemCode,
        Words(
            "议定编号",
            "Decision",
            "本方在该次调度内自编的编号。",
            "The party's own name for it within the dispatch.",
        ),
    ]
    what: Annotated[
        Paragraph, Words("内容", "What", "议定做什么。", "What is to be done.")
    ]
    party: Annotated[
        PartyCode,
        Words(
            "责任方",
            "Party",
            "负责落实的主体代码，须为调度成员。",
            "The code of the member that is to do it.",
        ),
    ]
    unit: Annotated[
        Organisation,
        Words("责任单位", "Unit", "负责落实的单位。", "The unit that is to do it."),
    ]
    project: Annotated[
        SubjectId | None,
        Words(
            "关联项目",
            "Project",
            "所涉项目；不涉及具体项目时不填。",
            "The project that it is about, if it is about one.",
        ),
    ] = None
    due: Annotated[
        PartialDate,
        Words("时限", "Due", "应何时办结。", "When it is to be done."),
    ]
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "议定的日期。", "The date it was decided."),
    ]


@named("事项办结", "Decision done", "责任方报告议定事项已办结，附依据。")
class DecisionDone(Statement):
    """Whoever is to do it says that it is done, and what shows it."""

    taken_by: Annotated[
        PartyCode,
        Words(
            "议定方",
            "Taken by",
            "发布该议定事项的主体代码。",
            "The code of the party that stated the decision.",
        ),
    ]
    decision: Annotated[
        ItemCode,
        Words("议定编号", "Decision", "议定方所编的编号。", "The name it was given."),
    ]
    evidence: Annotated[
        Paragraph,
        Words(
            "依据", "Evidence", "办结情况和依据。", "What was done, and what shows it."
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("办结日期", "As of", "办结的日期。", "The date it was done."),
    ]


@named("事项撤销", "Decision dropped", "议定方撤销一件尚未办结的议定事项，说明理由。")
class DecisionDropped(Statement):
    """Whoever stated a decision takes it off the list, and says why."""

    decision: Annotated[
        ItemCode,
        Words(
            "议定编号", "Decision", "本方所编的编号。", "The party's own name for it."
        ),
    ]
    reason: Annotated[
        Paragraph, Words("理由", "Reason", "为何撤销。", "Why it is dropped.")
    ]
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "撤销的日期。", "The date it is dropped."),
    ]
