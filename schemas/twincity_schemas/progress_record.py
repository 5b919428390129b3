"""The record of one period of a project's progress."""

from typing import Annotated

from twincity_schemas.decimals import Computed, Money, Number
from twincity_schemas.light import Light
from twincity_schemas.parts import PartRecord
from twincity_schemas.problems import Doubts
from twincity_schemas.progress import Scope
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import PartialDate, PartyCode, Value
from twincity_schemas.words import Words, named


@named("区段进度", "Progress of a section", "一方分开填报的一个区段在一个时段的数据。")
class SectionProgress(Value):
    """One section of a party's own, as it was reported last."""

    section: Annotated[
        str, Words("区段编号", "Section", "本方所编区段编号。", "Its name.")
    ]
    annual_plan: Annotated[
        Money,
        Words(
            "年度计划投资（万元）",
            "Planned, 万元",
            "该区段本年度计划投资。",
            "What is planned for it this year.",
        ),
    ]
    annual_investment: Annotated[
        Money,
        Words(
            "本年完成（万元）",
            "This year, 万元",
            "该区段本年完成的投资。",
            "What was invested in it this year.",
        ),
    ]
    cumulative_investment: Annotated[
        Money,
        Words(
            "累计完成（万元）",
            "In all, 万元",
            "该区段开始以来完成的投资。",
            "What was invested in it since it began.",
        ),
    ]
    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    version: Annotated[
        int, Words("第几版", "Version", "第几次填报。", "Which word of it this is.")
    ] = 1


@named("单方进度", "Progress by party", "一个成员对一个时段的报告，并列系统计算值。")
class PartyProgress(Value):
    """One member's report of a period, with the computed figures beside it."""

    scope: Annotated[
        Scope,
        Words(
            "统计范围",
            "Scope",
            "该报告涵盖整个项目，还是只含本方区段。",
            "Whether the report covers the whole project or the member's own section.",
        ),
    ]
    annual_plan: Annotated[
        Money,
        Words(
            "年度计划投资（万元）",
            "Planned, 万元",
            "该成员所报本年度计划投资。",
            "What the member reports as planned for the year.",
        ),
    ]
    annual_investment: Annotated[
        Money,
        Words(
            "本年完成（万元）",
            "This year, 万元",
            "该成员所报本年1月至截至月份完成的投资。",
            "What it reports as invested from January through the month.",
        ),
    ]
    cumulative_investment: Annotated[
        Money,
        Words(
            "累计完成（万元）",
            "In all, 万元",
            "该成员所报项目开始以来完成的投资。",
            "What it reports as invested since the project began.",
        ),
    ]
    reported_rate: Annotated[
        Number | None,
        Words(
            "自报完成率",
            "Reported rate, %",
            "该成员自报的年度投资完成率（%）；未报时不填。",
            "The completion rate as the member gives it; absent where it gives none.",
        ),
    ] = None
    computed_rate: Annotated[
        Computed | None,
        Words(
            "计算完成率",
            "Computed rate, %",
            "本年完成÷年度计划（%），保留两位小数；本年无计划时不填。",
            "Invested this year over planned to 0.01 per cent; absent without a plan.",
        ),
    ] = None
    lead: Annotated[
        Computed | None,
        Words(
            "超时序（百分点）",
            "Lead over elapsed time, percentage points",
            "计算完成率 − 月份÷12；负数表示滞后，无完成率时不填。",
            "Computed rate minus month/12; negative is a lag, absent without a rate.",
        ),
    ] = None
    physical_progress: Annotated[
        str | None,
        Words(
            "形象进度",
            "On site",
            "该成员所报的现场实物进展；未报时不填。",
            "What the member reports as done on site; absent if it does not.",
        ),
    ] = None
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "该报告数据的截止日期。",
            "The date up to which the report's figures hold.",
        ),
    ]
    source: Annotated[
        str,
        Words(
            "来源",
            "Source",
            "该报告所依据的报表或材料。",
            "The return or paper that the report is taken from.",
        ),
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "该报告所在陈述的编号，供追溯。",
            "The id of the statement that the report came in, for tracing.",
        ),
    ]
    version: Annotated[
        int,
        Words(
            "第几版",
            "Version",
            "同一时段第几次填报，内容每变一次加一。",
            "Which word of the period this is, counted by its changes.",
        ),
    ] = 1
    sections: Annotated[
        tuple[SectionProgress, ...],
        Words(
            "各区段",
            "Sections",
            "本方分区段填报时的各区段，其和即本方数据；不分时为空。",
            "The sections it reports apart, which add up to its figures; may be empty.",
        ),
    ] = ()
    doubts: Doubts = ()


@named(
    "合计进度",
    "Joint progress",
    "整个项目在一个时段的进度：各区段之和，或所报的整体数据。",
)
class JointProgress(Value):
    """The whole project in a period, where what was said allows it."""

    annual_plan: Annotated[
        Computed,
        Words(
            "年度计划投资（万元）",
            "Planned, 万元",
            "整个项目本年度计划投资。",
            "What is planned for the year for the whole project.",
        ),
    ]
    annual_investment: Annotated[
        Computed,
        Words(
            "本年完成（万元）",
            "This year, 万元",
            "整个项目本年1月至截至月份完成的投资。",
            "What was invested in the whole from January through the month.",
        ),
    ]
    cumulative_investment: Annotated[
        Computed,
        Words(
            "累计完成（万元）",
            "In all, 万元",
            "整个项目开始以来完成的投资。",
            "What was invested in the whole project since it began.",
        ),
    ]
    computed_rate: Annotated[
        Computed | None,
        Words(
            "计算完成率",
            "Computed rate, %",
            "整个项目本年完成÷年度计划（%），保留两位小数；无计划时不填。",
            "Invested over planned for the whole, to 0.01 %; absent without a plan.",
        ),
    ] = None
    lead: Annotated[
        Computed | None,
        Words(
            "超时序（百分点）",
            "Lead, percentage points",
            "整个项目的计算完成率 − 月份÷12；负数表示滞后，无完成率时不填。",
            "The whole's rate minus month/12; negative is a lag; absent without one.",
        ),
    ] = None
    doubtful: Annotated[
        bool,
        Words(
            "存疑",
            "Doubtful",
            "所依据的数据中有疑点，见各方所报。",
            "Whether a figure it rests on is doubtful; see the parties' own.",
        ),
    ] = False


@named(
    "进度记录",
    "Progress recorded",
    "某年“1—N月”的进度：各方所报，以及整个项目的合计。",
)
class ProgressRecorded(PartRecord):
    """A period («1—N月»): what each said, and what follows for the whole."""

    year: Annotated[
        int,
        Words(
            "年度", "Year", "该时段所属的公历年度。", "The calendar year of the period."
        ),
    ]
    through_month: Annotated[
        int,
        Words(
            "截至月份",
            "Through month",
            "“1—N月”中的N，1至12。",
            "The N of “1—N月”, 1 to 12.",
        ),
    ]
    state: Annotated[
        FieldState,
        Words(
            "状态",
            "State",
            "各方所报已一致（或报齐）、有分歧，还是仅单方（未报齐）。",
            "Whether the reports agree or are complete, differ, or are still partial.",
        ),
    ]
    joint: Annotated[
        JointProgress | None,
        Words(
            "合计",
            "Joint",
            "整个项目的数据；有分歧或区段未报齐时不填。",
            "The figures of the whole; absent while disputed or incomplete.",
        ),
    ] = None
    light: Annotated[
        Light | None,
        Words(
            "红黄绿灯",
            "Light",
            "按所列规则得出；项目暂缓或无完成率时不填。",
            "What the rule comes to; absent while suspended or without a rate.",
        ),
    ] = None
    light_rule: Annotated[
        str,
        Words(
            "亮灯规则",
            "Rule of the light",
            "亮灯所依据的规则及其版本，如 lights@1。",
            "Which published rule it follows, and its version, such as lights@1.",
        ),
    ]
    missing: Annotated[
        tuple[PartyCode, ...],
        Words(
            "未报成员",
            "Missing",
            "应报而未报该时段的成员。",
            "The members that are due and have not reported the period.",
        ),
    ] = ()
    left: Annotated[
        tuple[PartyCode, ...],
        Words(
            "已退出成员",
            "Left",
            "该时段结束时已退出的成员：不应报，所报不计入合计。",
            "Who had left when the period ended: not due, nor in the joint figures.",
        ),
    ] = ()
    suspended: Annotated[
        bool,
        Words(
            "暂缓",
            "Suspended",
            "该时段结束时项目是否暂缓、调出或终止；其间不应报。",
            "Whether it was suspended, removed or ended then: nobody is due.",
        ),
    ] = False
    described_plan: Annotated[
        Computed | None,
        Words(
            "所述年度计划（万元）",
            "Plan as described, 万元",
            "各方描述一致的该年度计划，与所报合计并列；没有时不填。",
            "The year's plan as described, beside what is reported, if it is said.",
        ),
    ] = None
    doubts: Doubts = ()
    by: Annotated[
        dict[PartyCode, PartyProgress],
        Words(
            "各方所报",
            "By party",
            "以主体代码为键；只列已报该时段的成员的最新报告。",
            "Keyed by party code: the latest report of each member that reported.",
        ),
    ]
