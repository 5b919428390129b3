"""What a dispatch comes to: who reported, who is silent, what was decided."""

from typing import Annotated

from twincity_schemas.decimals import Computed, Money
from twincity_schemas.dispatch import CutOff, DispatchKind, ThroughMonth, Year
from twincity_schemas.obstacle import ObstacleState
from twincity_schemas.steps import UnmetStatements
from twincity_schemas.values import (
    Moment,
    Organisation,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named

Recorded = Annotated[
    Moment,
    Words(
        "收件时间",
        "Recorded",
        "陈述进入收件箱的时间（recordedtime），迟报以此为准。",
        "When it entered its inbox (recordedtime): lateness goes by it.",
    ),
]


@named("报送情况", "Reporting", "一个成员在截止时间前是否报送。")
class Reporting(Coded):
    """Whether a member had reported by the cut-off."""

    ON_TIME = (
        "on-time",
        "按时",
        "on time",
        "截止时间前已报送。",
        "It had reported by the cut-off.",
    )
    LATE = (
        "late",
        "迟报",
        "late",
        "截止时间后才报送，不计入本次。",
        "It reported after the cut-off; the figures do not count.",
    )
    SILENT = ("silent", "未报", "silent", "至今未报送。", "It has not reported.")


@named("报送数据", "Figures reported", "一份进度报告中的数据。")
class ReportedFigures(Value):
    """The figures of one progress report."""

    statement: Annotated[
        str, Words("陈述编号", "Statement", "报告的编号。", "The report's id.")
    ]
    recorded: Recorded
    annual_plan: Annotated[
        Money,
        Words("年度计划（万元）", "Planned, 万元", "本年计划。", "For the year."),
    ]
    annual_investment: Annotated[
        Money,
        Words(
            "本年完成（万元）",
            "This year, 万元",
            "1月至截至月份完成。",
            "From January through the month.",
        ),
    ]
    rate: Annotated[
        Computed | None,
        Words(
            "完成率（%）",
            "Rate, %",
            "本年完成÷年度计划；本年无计划时不填。",
            "Invested over planned; absent without a plan.",
        ),
    ] = None
    lead: Annotated[
        Computed | None,
        Words(
            "超时序（百分点）",
            "Lead, percentage points",
            "完成率 − 月份÷12；无完成率时不填。",
            "Rate minus month/12; negative is a lag; absent without a rate.",
        ),
    ] = None


@named("应报项", "Report due", "一个成员就一个项目应报的一份进度。")
class ReportDue(Value):
    """One report that was due: of a project, from a member."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    party: Annotated[
        PartyCode, Words("报送方", "Party", "成员代码。", "The member's code.")
    ]
    state: Annotated[
        Reporting, Words("情况", "State", "是否按时。", "Whether it came in time.")
    ]
    figures: Annotated[
        ReportedFigures | None,
        Words(
            "数据",
            "Figures",
            "截止时的数据；未按时报送时不填。",
            "As at the cut-off; absent where there were none.",
        ),
    ] = None
    correction: Annotated[
        ReportedFigures | None,
        Words(
            "截止后更正",
            "Said after the cut-off",
            "截止后最近一次所报，不计入本次；没有时不填。",
            "What was said last after the cut-off; it does not count here.",
        ),
    ] = None


@named("截止时的症结", "Obstacle at the cut-off", "截止时尚未销号的一项症结。")
class ObstacleBrief(Value):
    """An obstacle that was not closed at the cut-off."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    obstacle: Annotated[
        str,
        Words(
            "症结",
            "Obstacle",
            "登记方/编号。",
            "Who raised it and its name, as chengdu/land-03.",
        ),
    ]
    title: Annotated[str, Words("标题", "Title", "一句话说明。", "In one line.")]
    state: Annotated[
        ObstacleState, Words("状态", "State", "办到哪一步。", "How far it had come.")
    ]
    party: Annotated[
        PartyCode,
        Words(
            "现负责方",
            "With",
            "已交办为承办方，否则为登记方。",
            "Who had it: the assigned party, or else who raised it.",
        ),
    ]
    due: Annotated[PartialDate, Words("时限", "Due", "现行时限。", "When it was due.")]
    overdue: Annotated[
        bool,
        Words("已逾期", "Overdue", "截止日是否已过时限。", "Whether that was over."),
    ]


@named("事项状态", "State of a decision", "议定事项是否办结。")
class DecisionState(Coded):
    """Whether what was decided has been done."""

    OPEN = ("open", "未办结", "open", "尚未报告办结。", "It is not said to be done.")
    DONE = ("done", "已办结", "done", "按时办结。", "It was done in time.")
    DONE_LATE = (
        "done-late",
        "逾期办结",
        "done late",
        "办结日期晚于时限。",
        "It was done after it was due.",
    )


@named("议定事项记录", "Decision", "一件议定事项及其落实情况。")
class DecisionRecord(Value):
    """A decision and what became of it."""

    decision: Annotated[
        str,
        Words("议定", "Decision", "议定方/编号。", "Who stated it, and its name."),
    ]
    what: Annotated[str, Words("内容", "What", "议定做什么。", "What is to be done.")]
    party: Annotated[
        PartyCode, Words("责任方", "Party", "负责落实者。", "Who is to do it.")
    ]
    unit: Annotated[
        Organisation, Words("责任单位", "Unit", "负责的单位。", "Which of its units.")
    ]
    project: Annotated[
        SubjectId | None,
        Words("项目", "Project", "所涉项目。", "What it is about, if a project."),
    ] = None
    due: Annotated[PartialDate, Words("时限", "Due", "时限。", "When it is due.")]
    state: Annotated[
        DecisionState, Words("状态", "State", "是否办结。", "Whether it is done.")
    ]
    evidence: Annotated[
        str | None,
        Words("依据", "Evidence", "办结依据。", "What shows that it is done."),
    ] = None


@named("调度记录", "Dispatch recorded", "一次调度的结果，由各方陈述推导。")
class DispatchRecorded(Value):
    """What was due, who reported, who is silent, what was decided and done."""

    subject: Annotated[
        SubjectId, Words("调度", "Dispatch", "调度标识。", "Its identifier.")
    ]
    called_by: Annotated[
        PartyCode, Words("召集方", "Called by", "召集方代码。", "Who called it.")
    ]
    kind: Annotated[
        DispatchKind, Words("类型", "Kind", "月调度或季拉练。", "Monthly or quarterly.")
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    due: Annotated[
        tuple[ReportDue, ...],
        Words(
            "应报",
            "Due",
            "每个项目每个成员一份，按项目和成员排列。",
            "One of each project and member, in their order.",
        ),
    ]
    on_time: Annotated[
        int, Words("按时数", "On time", "按时报送的份数。", "How many came in time.")
    ]
    late: Annotated[
        int, Words("迟报数", "Late", "截止后报送的份数。", "How many came later.")
    ]
    silent: Annotated[
        int, Words("未报数", "Silent", "至今未报的份数。", "How many have not come.")
    ]
    obstacles: Annotated[
        tuple[ObstacleBrief, ...],
        Words(
            "未销号症结",
            "Obstacles",
            "截止时未销号的症结，逾期在前。",
            "Those not closed at the cut-off, the overdue first.",
        ),
    ] = ()
    decisions: Annotated[
        tuple[DecisionRecord, ...],
        Words("本次议定", "Decisions", "本次议定的事项。", "What was decided in it."),
    ] = ()
    followed_up: Annotated[
        tuple[DecisionRecord, ...],
        Words(
            "上次议定的落实",
            "Followed up",
            "上一次调度议定的事项，到本次截止时是否办结。",
            "The previous dispatch's decisions, done or not by this cut-off.",
        ),
    ] = ()
    unmet: UnmetStatements = ()
