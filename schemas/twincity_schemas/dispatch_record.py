"""What a dispatch comes to: who reported, who is silent, what was decided.

The header counts; each project, each decision and each correction is a part.
"""

from typing import Annotated

from twincity_schemas.deadline import DeadlineChange, RecordedAt
from twincity_schemas.decimals import Computed, Money
from twincity_schemas.dispatch import (
    CutOff,
    DispatchKind,
    LightRule,
    ThroughMonth,
    Year,
)
from twincity_schemas.obstacle import ObstacleState
from twincity_schemas.parts import OpenCount, OpenParts, PartRecord, Parts
from twincity_schemas.steps import UnmetStatements
from twincity_schemas.values import (
    Organisation,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


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
    NOT_DUE = (
        "not-due",
        "未到期",
        "not due",
        "截止时所属时段尚未结束，不应报。",
        "The period had not ended at the cut-off: nothing was due.",
    )


@named("亮灯", "Light", "一个项目截止时的红黄绿灯。")
class Light(Coded):
    """How a project stood at the cut-off, by the dispatch's rule."""

    GREEN = ("green", "绿灯", "green", "达到绿灯下限。", "The lead is enough.")
    YELLOW = ("yellow", "黄灯", "yellow", "达到黄灯下限。", "It lags a little.")
    RED = ("red", "红灯", "red", "低于黄灯下限，或未报齐。", "It lags, or is silent.")


@named("报送数据", "Figures reported", "一份进度报告中的数据。")
class ReportedFigures(Value):
    """The figures of one progress report."""

    statement: Annotated[
        str, Words("陈述编号", "Statement", "报告的编号。", "The report's id.")
    ]
    recorded: RecordedAt
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
        Computed,
        Words(
            "完成率（%）", "Rate, %", "本年完成÷年度计划。", "Invested over planned."
        ),
    ]
    lead: Annotated[
        Computed,
        Words(
            "超时序（百分点）",
            "Lead, percentage points",
            "完成率 − 月份÷12。",
            "Rate minus month/12; negative is a lag.",
        ),
    ]


@named("应报项", "Report due", "一个成员就一个项目应报的一份进度。")
class ReportDue(Value):
    """One report that was due: of a project, from a member."""

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


@named("调度项目", "Line recorded", "一次调度中的一个项目：谁报了、进度、症结。")
class LineRecorded(PartRecord):
    """One project of a dispatch, as it stood at the cut-off."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    suspended_since: Annotated[
        PartialDate | None,
        Words(
            "暂停自",
            "Suspended since",
            "截止时各成员均称暂停，最早一方所称之日；暂停期间不应报。",
            "When the first of its members, who all say so, said it; nothing is due.",
        ),
    ] = None
    left: Annotated[
        dict[PartyCode, PartialDate],
        Words(
            "已退出",
            "Left",
            "截止前退出的成员及退出日，此后不应报。",
            "Members that had left, and when; nothing is due from them.",
        ),
    ]
    reports: Annotated[
        tuple[ReportDue, ...],
        Words("应报", "Reports", "每个成员一份。", "One of each member."),
    ]
    annual_plan: Annotated[
        Computed | None,
        Words(
            "合计计划（万元）",
            "Planned, 万元",
            "截止时报齐（或以一致的全项目报告）才有。",
            "Of the whole, where it was reported in full by the cut-off.",
        ),
    ] = None
    annual_investment: Annotated[
        Computed | None,
        Words("合计完成（万元）", "This year, 万元", "同上。", "As above."),
    ] = None
    lead: Annotated[
        Computed | None,
        Words(
            "合计超时序（百分点）",
            "Lead, percentage points",
            "全项目完成率 − 月份÷12。",
            "The whole's rate minus month/12.",
        ),
    ] = None
    light: Annotated[
        Light | None,
        Words(
            "亮灯",
            "Light",
            "按本次的亮灯规则；没有应报（暂停、未到期）时不填。",
            "By the dispatch's rule; absent where no report was due.",
        ),
    ] = None
    obstacles: Annotated[
        tuple[ObstacleBrief, ...],
        Words(
            "未销号症结",
            "Obstacles",
            "截止时未销号的症结，逾期在前。",
            "Those not closed at the cut-off, the overdue first.",
        ),
    ] = ()


@named("事项状态", "State of a decision", "议定事项是否办结。")
class DecisionState(Coded):
    """Whether what was decided has been done."""

    OPEN = ("open", "未办结", "open", "尚未报告办结。", "It is not said to be done.")
    DONE = ("done", "已办结", "done", "按时办结。", "It was done in time.")
    DONE_LATE = (
        "done-late",
        "逾期办结",
        "done late",
        "报告办结时已过时限。",
        "It was said to be done when it had been due before.",
    )
    DROPPED = ("dropped", "已撤销", "dropped", "议定方撤销。", "It was taken off.")


@named("议定事项记录", "Decision recorded", "一件议定事项及其落实情况。")
class DecisionRecorded(PartRecord):
    """A decision and what became of it."""

    dispatch: Annotated[
        SubjectId,
        Words("议定于", "Dispatch", "议定该事项的调度。", "In which it was decided."),
    ]
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
    due: Annotated[PartialDate, Words("时限", "Due", "现行时限。", "When it is due.")]
    first_due: Annotated[
        PartialDate, Words("首次时限", "First due", "最初时限。", "As first said.")
    ]
    changes: Annotated[
        tuple[DeadlineChange, ...],
        Words(
            "时限变更", "Changes", "历次再议的时限。", "Deadlines that were said again."
        ),
    ] = ()
    state: Annotated[
        DecisionState, Words("状态", "State", "是否办结。", "Whether it is done.")
    ]
    overdue: Annotated[
        bool | None,
        Words(
            "已逾期",
            "Overdue",
            "跟踪时：截止时未办结且已过时限；议定当次不填。",
            "Where followed up: open at the cut-off, and due before; else absent.",
        ),
    ] = None
    evidence: Annotated[
        str | None,
        Words("依据", "Evidence", "办结依据。", "What shows that it is done."),
    ] = None
    reason: Annotated[
        str | None,
        Words("撤销理由", "Reason", "撤销的理由。", "Why it was dropped, if it was."),
    ] = None


@named("调度版本", "Version of a call", "启动方历次启动，及现行者。")
class OpeningRecord(Value):
    """Each time that whoever opened a subject did, and which is in force."""

    statement: Annotated[
        str, Words("陈述编号", "Statement", "该陈述的编号。", "The statement's id.")
    ]
    recorded: RecordedAt
    in_force: Annotated[
        bool, Words("现行", "In force", "是否现行。", "Whether it is in force.")
    ]


Openings = Annotated[
    tuple[OpeningRecord, ...],
    Words(
        "历次启动",
        "Openings",
        "启动方历次启动；最后一次有效的为现行。",
        "Each by whoever opened it; the last that has effect is in force.",
    ),
]
CorrectionCount = Annotated[
    int,
    Words(
        "截止后更正数",
        "Corrections",
        "截止后收到、列出而不改变已封存数据的陈述数。",
        "How many statements after the cut-off stand beside the closed figures.",
    ),
]


@named("调度记录", "Dispatch recorded", "一次调度的结果，由各方陈述推导。")
class DispatchRecorded(Value):
    """What was due, who reported, who is silent; the projects are parts."""

    subject: Annotated[
        SubjectId, Words("调度", "Dispatch", "调度标识。", "Its identifier.")
    ]
    called_by: Annotated[
        PartyCode, Words("召集方", "Called by", "召集方代码。", "Who called it.")
    ]
    openings: Openings
    kind: Annotated[
        DispatchKind, Words("类型", "Kind", "月调度或季拉练。", "Monthly or quarterly.")
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    previous: Annotated[
        SubjectId | None,
        Words("上一次调度", "Previous", "其事项在此核对。", "Whose decisions go on."),
    ] = None
    lights: Annotated[
        LightRule,
        Words("亮灯规则", "Lights", "本次的规则。", "The rule of this dispatch."),
    ]
    projects: Annotated[
        int, Words("项目数", "Projects", "列入的项目数。", "How many it is on.")
    ]
    suspended: Annotated[
        int, Words("暂停项目数", "Suspended", "截止时暂停。", "How many rest.")
    ]
    due: Annotated[
        int, Words("应报数", "Due", "应报的份数。", "How many reports were due.")
    ]
    on_time: Annotated[
        int, Words("按时数", "On time", "按时报送的份数。", "How many came in time.")
    ]
    late: Annotated[
        int,
        Words(
            "迟报数",
            "Late",
            "未按时者中截止后补报的份数。",
            "Of those that missed the cut-off, how many have come since.",
        ),
    ]
    silent: Annotated[
        int, Words("未报数", "Silent", "至今未报的份数。", "How many have not come.")
    ]
    by_light: Annotated[
        dict[Light, int],
        Words("亮灯数", "Lights", "各灯的项目数。", "How many projects have each."),
    ]
    corrections: CorrectionCount
    parts: Parts
    open_parts: OpenCount = 0
    open: OpenParts = ()
    unmet: UnmetStatements = ()
