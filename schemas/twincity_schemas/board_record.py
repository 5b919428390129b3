"""A board as computed: ranks, scores, and the statements behind each figure.

The header holds the rules and the two boards; each unit, each correction after
the cut-off and each appeal is a part.
"""

from typing import Annotated

from twincity_schemas.board import BoardRules, Colour, MeasureKind, Sequence
from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed, Money
from twincity_schemas.dispatch import CutOff, ThroughMonth, Year
from twincity_schemas.dispatch_record import CorrectionCount, Openings
from twincity_schemas.parts import OpenCount, OpenParts, PartRecord, Parts
from twincity_schemas.steps import UnmetStatements
from twincity_schemas.values import Moment, PartyCode, SubjectId, Value
from twincity_schemas.words import Coded, Words, named


@named("数据来源", "Standing of a figure", "一个项目计入单位的数据从何而来。")
class FigureSource(Coded):
    """Where a project's figures for a unit come from."""

    REPORTED = (
        "reported",
        "本期所报",
        "reported",
        "截止前报送的本期数据。",
        "Of the period, recorded by the cut-off.",
    )
    OLD = (
        "old",
        "沿用旧数",
        "old",
        "本期未报，沿用本年最近一次所报的计划和完成。",
        "Silent; the plan and figures it last reported this year are kept.",
    )
    UNKNOWN = (
        "unknown",
        "从未报送",
        "unknown",
        "本年从未报送，计划不明，该指标按零计。",
        "Never reported this year; the plan is not known, the figure is nought.",
    )
    WHOLE = (
        "whole",
        "只报全项目",
        "whole only",
        "只报了全项目，不是本方区段；另有单位分担，不能计两次。",
        "Only the whole was reported, for which other units answer as well.",
    )
    LEFT = (
        "left",
        "已退出",
        "left",
        "所属方在本期结束前已退出，不计入。",
        "Its party had left before the period ended; it does not count.",
    )


@named("项目计入", "Project counted", "一个项目计入单位的数据。")
class ProjectCounted(Value):
    """A project as it counts for a unit."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    party: Annotated[
        PartyCode, Words("所属方", "Party", "哪一方的报告。", "Whose reports of it.")
    ]
    standing: Annotated[
        FigureSource,
        Words("来源", "Standing", "数据从何而来。", "Where it comes from."),
    ]
    on_time: Annotated[
        bool | None,
        Words(
            "按时",
            "On time",
            "本期是否按时；不应报（暂停、退出、未到期）时不填。",
            "Whether it came in time; absent where no report was due.",
        ),
    ] = None
    period: Annotated[
        str | None,
        Words("数据时段", "Period", "数据所属时段。", "Which the figures are of."),
    ] = None
    annual_plan: Annotated[
        Money | None,
        Words("年度计划（万元）", "Planned, 万元", "计入分母。", "The denominator."),
    ] = None
    annual_investment: Annotated[
        Money | None,
        Words("本年完成（万元）", "This year, 万元", "计入分子。", "The numerator."),
    ] = None
    statement: Annotated[
        str | None,
        Words("依据陈述", "Statement", "所依据的报告。", "The report it rests on."),
    ] = None


@named(
    "指标得分", "Figure of a unit", "一个单位的一项指标：实际、目标、完成比例及依据。"
)
class FigureRecord(Value):
    """One measure of a unit, with the statements behind it."""

    measure: Annotated[
        str, Words("指标", "Measure", "指标代码。", "The measure's code.")
    ]
    name: Annotated[str, Words("名称", "Name", "指标名称。", "What it is called.")]
    kind: Annotated[
        MeasureKind, Words("口径", "Kind", "值从何来。", "Where it comes from.")
    ]
    weight: Annotated[
        Computed, Words("权重", "Weight", "规则所定。", "As the rules have it.")
    ]
    actual: Annotated[
        Computed | None,
        Words(
            "实际值",
            "Actual",
            "截止时的值；没有依据或有项目从未报送时不填，按零计分。",
            "At the cut-off; absent where it is not known, and counts as nought.",
        ),
    ] = None
    target: Annotated[
        Computed, Words("目标值", "Target", "规则所定。", "As the rules have it.")
    ]
    attained: Annotated[
        Computed,
        Words(
            "完成比例（%）",
            "Attained, %",
            "实际÷目标，封顶前，保留两位小数。",
            "Actual over target, before the cap, to 0.01.",
        ),
    ]
    statements: Annotated[
        tuple[str, ...],
        Words(
            "依据陈述",
            "Statements",
            "该值所依据的陈述编号；依据报告的见项目计入。",
            "The ids it rests on; reports stand with the projects.",
        ),
    ] = ()


@named("名次", "Place", "一个单位的得分、名次和上榜情况。")
class Place(Value):
    """A unit's score, rank and colour."""

    score: Annotated[
        Computed,
        Words(
            "得分",
            "Score",
            "各指标完成比例（封顶后）按权重的平均，保留两位小数，按此排名。",
            "Weighted mean of what was attained, capped, to 0.01: ranked by this.",
        ),
    ]
    rank: Annotated[
        int | None,
        Words(
            "名次",
            "Rank",
            "同分同名次；免予考核者不排名。",
            "Equal scores share a rank; the exempt have none.",
        ),
    ] = None
    tied: Annotated[
        bool, Words("并列", "Tied", "是否与他单位并列。", "Whether it is shared.")
    ] = False
    colour: Annotated[
        Colour, Words("上榜", "Colour", "红榜、黑榜或无。", "Red, black or neither.")
    ]


@named("单位考核结果", "Standing recorded", "一个单位的得分、名次、各项指标及依据。")
class StandingRecorded(PartRecord):
    """A unit's closed result, and beside it the one with what counted since."""

    sequence: Annotated[
        Sequence, Words("序列", "Sequence", "在哪个序列。", "Where it is ranked.")
    ]
    unit: Annotated[str, Words("单位代码", "Unit", "单位代码。", "Its code.")]
    name: Annotated[str, Words("单位", "Name", "单位全称。", "Its name.")]
    closed: Annotated[
        Place,
        Words("截止结果", "Closed", "截止时的结果，不再变动。", "As at the cut-off."),
    ]
    final: Annotated[
        Place | None,
        Words(
            "申诉后结果",
            "Final",
            "计入申诉答复的更正之后；没有时不填。",
            "With what answers to appeals changed; absent where nothing did.",
        ),
    ] = None
    met: Annotated[
        bool,
        Words(
            "目标完成",
            "Target met",
            "各项指标是否都达到目标。",
            "Whether every measure reached its target.",
        ),
    ]
    exempt: Annotated[
        str | None,
        Words("免予考核理由", "Exempt", "理由和依据。", "Why, and by which paper."),
    ] = None
    figures: Annotated[
        tuple[FigureRecord, ...],
        Words("各项指标", "Figures", "各项指标及依据。", "Each measure."),
    ]
    projects: Annotated[
        tuple[ProjectCounted, ...],
        Words("项目计入", "Projects", "各项目如何计入。", "How each project counts."),
    ] = ()


@named("序列结果", "Result of a sequence", "一个序列的红黑榜。")
class SequenceRecord(Value):
    """One sequence: how many units, and the two boards."""

    sequence: Annotated[
        Sequence, Words("序列", "Sequence", "哪个序列。", "Which sequence.")
    ]
    units: Annotated[
        int, Words("单位数", "Units", "含免予考核者。", "The exempt included.")
    ]
    exempt: Annotated[
        int, Words("免予考核数", "Exempt", "不排名的单位数。", "How many have no rank.")
    ]
    red: Annotated[
        tuple[str, ...], Words("红榜", "Red", "单位代码。", "The units' codes.")
    ] = ()
    black: Annotated[
        tuple[str, ...], Words("黑榜", "Black", "单位代码。", "The units' codes.")
    ] = ()
    red_beyond_places: Annotated[
        bool,
        Words(
            "红榜并列超额",
            "Red beyond its places",
            "因并列而多于名额。",
            "Whether a tie takes more places than there are.",
        ),
    ] = False
    black_beyond_places: Annotated[
        bool,
        Words(
            "黑榜并列超额",
            "Black beyond its places",
            "因并列而多于名额。",
            "Whether a tie takes more places than there are.",
        ),
    ] = False


@named("红黑榜", "Board recorded", "一期红黑榜，由陈述按公布的规则推导，可重算。")
class BoardRecorded(Value):
    """A board; anybody who reads the topics can compute it again."""

    subject: Annotated[
        SubjectId, Words("榜单", "Board", "榜单标识。", "Its identifier.")
    ]
    opened_by: Annotated[
        PartyCode, Words("启动方", "Opened by", "启动方代码。", "Who opened it.")
    ]
    openings: Openings
    rules: Annotated[
        BoardRules,
        Words(
            "规则",
            "Rules",
            "现行规则的编号、版本、指标、权重、目标、封顶和名额。",
            "Those in force: version, measures, weights, targets, cap and places.",
        ),
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    appeals_until: Annotated[
        Moment | None,
        Words("申诉截止", "Appeals until", "公示申诉期。", "When the window ends."),
    ] = None
    sequences: Annotated[
        tuple[SequenceRecord, ...],
        Words("各序列", "Sequences", "截止时各序列的结果。", "As at the cut-off."),
    ]
    final: Annotated[
        tuple[SequenceRecord, ...],
        Words(
            "申诉后各序列",
            "Final",
            "计入申诉答复的更正之后；没有时为空。",
            "With what answers to appeals changed; empty where nothing did.",
        ),
    ] = ()
    corrections: CorrectionCount
    parts: Parts
    open_parts: OpenCount = 0
    open: OpenParts = ()
    unmet: UnmetStatements = ()


@named("申诉状态", "State of an appeal", "申诉是否已答复、是否采纳。")
class AppealState(Coded):
    """What became of an appeal."""

    OPEN = ("open", "待答复", "open", "启动方尚未答复。", "It has no answer yet.")
    UPHELD = ("upheld", "采纳", "upheld", "已更正。", "The figure was corrected.")
    REFUSED = ("refused", "不采纳", "refused", "未采纳。", "The figure stands.")


@named("申诉记录", "Appeal recorded", "一件申诉及其答复。")
class AppealRecorded(PartRecord):
    """A figure that is disputed, and what was answered."""

    unit: Annotated[str, Words("单位代码", "Unit", "单位代码。", "Its code.")]
    measure: Annotated[str, Words("指标", "Measure", "指标代码。", "Which figure.")]
    raised_by: Annotated[
        PartyCode, Words("申诉方", "Raised by", "谁提出的。", "Who raised it.")
    ]
    recorded: RecordedAt
    statement: Annotated[
        str, Words("陈述编号", "Statement", "申诉的编号。", "The appeal's id.")
    ]
    claimed: Annotated[
        Computed | None,
        Words("主张值", "Claimed", "主张值。", "What it should be, if it is said."),
    ] = None
    evidence: Annotated[str, Words("证据", "Evidence", "证据。", "What shows it.")]
    state: Annotated[
        AppealState, Words("状态", "State", "是否采纳。", "What became of it.")
    ]
    answer: Annotated[
        str | None,
        Words(
            "答复陈述", "Answer", "答复的编号。", "The answer's id, if there is one."
        ),
    ] = None
    value: Annotated[
        Computed | None,
        Words("更正值", "Value", "采纳后的值。", "What the figure is, if upheld."),
    ] = None
    reason: Annotated[
        str | None, Words("答复理由", "Reason", "答复理由。", "Why it was so answered.")
    ] = None
