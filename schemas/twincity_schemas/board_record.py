"""A board as computed: ranks, scores, and the statements behind each figure."""

from typing import Annotated

from twincity_schemas.board import Sequence
from twincity_schemas.decimals import Computed
from twincity_schemas.dispatch import CutOff, ThroughMonth, Year
from twincity_schemas.dispatch_record import ReportedFigures
from twincity_schemas.steps import UnmetStatements
from twincity_schemas.values import PartyCode, SubjectId, Value
from twincity_schemas.words import Coded, Words, named


@named("上榜", "Colour", "单位在红榜、黑榜，还是都不在。")
class Colour(Coded):
    """Where a unit stands."""

    RED = (
        "red",
        "红榜",
        "red board",
        "目标完成且名次在前。",
        "The target is met, and the rank is among the first.",
    )
    BLACK = (
        "black",
        "黑榜",
        "black board",
        "目标未完成且名次在后。",
        "The target is missed, and the rank is among the last.",
    )
    NONE = ("none", "未上榜", "neither", "两榜都不在。", "On neither.")


@named(
    "指标得分", "Figure of a unit", "一个单位的一项指标：实际、目标、完成比例及依据。"
)
class FigureRecord(Value):
    """One measure of a unit, with the statements behind it."""

    measure: Annotated[
        str, Words("指标", "Measure", "指标代码。", "The measure's code.")
    ]
    actual: Annotated[
        Computed | None,
        Words(
            "实际值",
            "Actual",
            "截止时的值；没有任何依据时不填，按零计分。",
            "At the cut-off; absent without any statement, and counts as nought.",
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
            "该值所依据的陈述编号。",
            "The ids of the statements that it rests on.",
        ),
    ] = ()


@named("单位得分", "Unit's result", "一个单位的得分、名次和上榜情况。")
class UnitRecord(Value):
    """A unit's score, rank and colour."""

    unit: Annotated[str, Words("单位代码", "Unit", "单位代码。", "Its code.")]
    name: Annotated[str, Words("单位", "Name", "单位全称。", "Its name.")]
    score: Annotated[
        Computed,
        Words(
            "得分",
            "Score",
            "各指标完成比例（封顶后）按权重的平均，保留两位小数；排名用精确值。",
            "Weighted mean of what was attained, capped; ranked by the exact value.",
        ),
    ]
    rank: Annotated[
        int | None,
        Words(
            "名次",
            "Rank",
            "同分同名次；免责者不排名。",
            "Equal scores share a rank; the exempt have none.",
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
    colour: Annotated[
        Colour, Words("上榜", "Colour", "红榜、黑榜或无。", "Red, black or neither.")
    ]
    exempt: Annotated[
        str | None,
        Words("免责理由", "Exempt", "免责时的理由。", "Why it is exempt, if it is."),
    ] = None
    figures: Annotated[
        tuple[FigureRecord, ...],
        Words("各项指标", "Figures", "各项指标及依据。", "Each measure."),
    ]


@named("序列结果", "Result of a sequence", "一个序列的排名和红黑榜。")
class SequenceRecord(Value):
    """One sequence: everybody in the order of rank, and the two boards."""

    sequence: Annotated[
        Sequence, Words("序列", "Sequence", "哪个序列。", "Which sequence.")
    ]
    units: Annotated[
        tuple[UnitRecord, ...],
        Words("排名", "Units", "按名次排列，免责者在后。", "By rank, the exempt last."),
    ]
    red: Annotated[
        tuple[str, ...], Words("红榜", "Red", "单位代码。", "The units' codes.")
    ] = ()
    black: Annotated[
        tuple[str, ...], Words("黑榜", "Black", "单位代码。", "The units' codes.")
    ] = ()


@named("截止后的报告", "Said after the cut-off", "截止后才报的数据，不计入本期。")
class LateReport(Value):
    """A report that came after the cut-off and does not count."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    party: Annotated[PartyCode, Words("主体", "Party", "报告方。", "Who said it.")]
    figures: Annotated[
        ReportedFigures,
        Words("数据", "Figures", "所报数据。", "What was said."),
    ]


@named("榜单记录", "Board recorded", "一期红黑榜，由陈述按公布的规则推导，可重算。")
class BoardRecorded(Value):
    """A board; anybody who reads the topics can compute it again."""

    subject: Annotated[
        SubjectId, Words("榜单", "Board", "榜单标识。", "Its identifier.")
    ]
    opened_by: Annotated[
        PartyCode, Words("启动方", "Opened by", "启动方代码。", "Who opened it.")
    ]
    rules: Annotated[
        str,
        Words("规则", "Rules", "编号和版本，如 quarterly@2。", "Code and version."),
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    sequences: Annotated[
        tuple[SequenceRecord, ...],
        Words("各序列", "Sequences", "各序列的结果。", "The result of each."),
    ]
    corrections: Annotated[
        tuple[LateReport, ...],
        Words(
            "截止后更正",
            "Corrections",
            "截止后所报，列出而不计入。",
            "What was said after the cut-off: shown, not counted.",
        ),
    ] = ()
    unmet: UnmetStatements = ()
