"""Red and black boards (红黑榜) by published, versioned rules (差异化考核).

The rules are data: which figures count, with what weight and target, how many
stand on either board; districts and departments in sequences of their own.
After the boards of Mianyang, 2022 Q1: red needs the target met *and* the rank,
black the target missed *and* the bottom rank; force majeure (不可抗力) exempts.
"""

from collections import Counter
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import override

from twincity_schemas.decimals import Number, PositiveMoney
from twincity_schemas.dispatch import CutOff, ThroughMonth, Year, cut_off_warnings
from twincity_schemas.problems import Problem, WrongValueError, problem
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    Line,
    Moment,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named

UnitCode = Annotated[
    ItemCode,
    Words("单位代码", "Unit", "该榜单内的单位代码。", "Its code within the board."),
]
MeasureCode = Annotated[
    ItemCode,
    Words("指标代码", "Measure", "该规则内的指标代码。", "Its code within the rules."),
]


@named("考核序列", "Sequence", "区县与部门分开排名，不相比较。")
class Sequence(Coded):
    """Districts and departments are ranked apart."""

    DISTRICTS = (
        "districts",
        "区县园区",
        "districts",
        "区（市）县和园区。",
        "Districts, counties and parks.",
    )
    DEPARTMENTS = (
        "departments",
        "部门国企",
        "departments",
        "市级部门和国有企业。",
        "The city's departments and state-owned companies.",
    )


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


@named("指标口径", "Kind of measure", "指标值从哪里来：由陈述推算，或由召集方申报。")
class MeasureKind(Coded):
    """Where a figure comes from."""

    COMPLETION_RATE = (
        "completion-rate",
        "投资完成率",
        "completion rate",
        "所列项目截止时的本年完成÷年度计划（%）。",
        "Invested over planned of its projects at the cut-off, in per cent.",
    )
    REPORTS_ON_TIME = (
        "reports-on-time",
        "按时报送率",
        "reports on time",
        "截止前报送的份数÷应报份数（%）。",
        "Reports that came by the cut-off, of those due, in per cent.",
    )
    OBSTACLES_CLOSED = (
        "obstacles-closed",
        "症结销号率",
        "obstacles closed",
        "所列项目已到时限的症结中已销号的比例（%）；没有到期症结按100。",
        "Closed, of its projects' obstacles that were due, in per cent; 100 if none.",
    )
    BOARDS = (
        "boards",
        "各期得分",
        "boards of the year",
        "所列各期榜单中同代码单位得分的平均，用于年度目标考核。",
        "The mean of its scores on the boards that are named: a year of quarters.",
    )
    STATED = (
        "stated",
        "申报值",
        "stated",
        "由召集方申报，附来源，如招引项目数。",
        "Stated by whoever holds the board, with its source.",
    )


@named("考核指标", "Measure", "一项考核指标的口径、权重和目标。")
class BoardMeasure(Value):
    """One figure that counts, with its weight and target."""

    code: MeasureCode
    name: Annotated[Line, Words("名称", "Name", "指标名称。", "What it is called.")]
    kind: Annotated[
        MeasureKind,
        Words("口径", "Kind", "指标值从哪里来。", "Where its value comes from."),
    ]
    weight: Annotated[
        PositiveMoney,
        Words(
            "权重",
            "Weight",
            "大于零的十进制数；得分按权重加权平均。",
            "Above zero, a decimal string; the score is the weighted mean.",
        ),
    ]
    target: Annotated[
        PositiveMoney,
        Words("目标值", "Target", "达到即为完成。", "What is to be reached."),
    ]


@named("上榜名额", "Places", "一个序列红榜、黑榜各取几名。")
class Places(Value):
    """How many of a sequence stand on each board."""

    sequence: Annotated[
        Sequence, Words("序列", "Sequence", "哪个序列。", "Of which sequence.")
    ]
    red: Annotated[
        int,
        Field(ge=0, le=100),
        Words("红榜名额", "Red", "前几名可上红榜。", "The best so many can be red."),
    ]
    black: Annotated[
        int,
        Field(ge=0, le=100),
        Words("黑榜名额", "Black", "后几名可上黑榜。", "The last so many can be."),
    ]


@named(
    "差异化指标",
    "Measures of a kind of unit",
    "一个序列或一类单位自用的指标、权重和目标，代替通用指标。",
)
class Differentiated(Value):
    """The measures of one sequence, or one kind of unit, instead of the general."""

    sequence: Annotated[
        Sequence | None,
        Words("序列", "Sequence", "限于该序列。", "Of this sequence alone."),
    ] = None
    kind: Annotated[
        ItemCode | None,
        Words("单位类别", "Kind of unit", "限于该类单位。", "Of such units alone."),
    ] = None
    measures: Annotated[
        tuple[BoardMeasure, ...],
        Field(min_length=1, max_length=30),
        Words("指标", "Measures", "计分的各项指标。", "The figures that count."),
    ]


@named("考核规则", "Rules of a board", "公布的考核规则，以编号和版本引用。")
class BoardRules(Value):
    """Published rules, named by code and version."""

    code: Annotated[
        ItemCode, Words("规则编号", "Code", "规则的编号。", "What they are called.")
    ]
    version: Annotated[
        int,
        Field(ge=1, le=999),
        Words("版本", "Version", "从1起编。", "Counted from 1."),
    ]
    measures: Annotated[
        tuple[BoardMeasure, ...],
        Field(min_length=1, max_length=30),
        Words("指标", "Measures", "计分的各项指标。", "The figures that count."),
    ]
    differentiated: Annotated[
        tuple[Differentiated, ...],
        Field(max_length=20),
        Words(
            "差异化指标",
            "Differentiated",
            "按序列和单位类别另定的指标；同时限定两者的优先，其次类别，再次序列。",
            "Measures of their own: both named goes before kind, kind before sequence.",
        ),
    ] = ()
    cap: Annotated[
        int,
        Field(ge=100, le=1000),
        Words(
            "封顶（%）",
            "Cap, %",
            "单项完成目标的比例最多按此计分。",
            "The most that one measure can attain of its target.",
        ),
    ]
    places: Annotated[
        tuple[Places, ...],
        Field(min_length=1, max_length=2),
        Words("上榜名额", "Places", "各序列的名额。", "How many places there are."),
    ]

    @property
    def name(self) -> str:
        """As it is referred to: ``quarterly@2``."""
        return f"{self.code}@{self.version}"

    def measures_of(self, unit: "BoardUnit") -> tuple[BoardMeasure, ...]:
        """The measures that a unit is appraised by."""
        for sequence, kind in (
            (unit.sequence, unit.kind),
            (None, unit.kind),
            (unit.sequence, None),
        ):
            for own in self.differentiated:
                if (own.sequence, own.kind) == (sequence, kind) != (None, None):
                    return own.measures
        return self.measures


@named("项目责任", "Project of a unit", "单位对哪个项目的哪一方区段负责。")
class UnitProject(Value):
    """A project that counts for a unit, and whose part of it."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    party: Annotated[
        PartyCode,
        Words("所属方", "Party", "按哪一方的报告计。", "Whose reports of it count."),
    ]


@named("考核单位", "Unit of a board", "一个被考核的单位。")
class BoardUnit(Value):
    """A unit that is appraised."""

    code: UnitCode
    unit: Annotated[
        Organisation, Words("单位", "Unit", "单位全称。", "Its name in full.")
    ]
    sequence: Annotated[
        Sequence, Words("序列", "Sequence", "在哪个序列排名。", "Where it is ranked.")
    ]
    kind: Annotated[
        ItemCode | None,
        Words(
            "单位类别",
            "Kind of unit",
            "如 park、county，供差异化考核；不区分时不填。",
            "Such as park or county, where the rules tell kinds apart.",
        ),
    ] = None
    projects: Annotated[
        tuple[UnitProject, ...],
        Field(max_length=100),
        Words(
            "负责项目",
            "Projects",
            "计入该单位的项目；全凭申报值考核时为空。",
            "Those that count for it; empty where all its figures are stated.",
        ),
    ] = ()


@named(
    "榜单启动", "Board opened", "主体公布规则、单位、时段和截止时间，启动一期红黑榜。"
)
class BoardOpened(Statement):
    """A party publishes rules, units, period and cut-off of a board."""

    rules: Annotated[
        BoardRules, Words("规则", "Rules", "考核规则。", "By which it is computed.")
    ]
    units: Annotated[
        tuple[BoardUnit, ...],
        Field(min_length=1, max_length=200),
        Words("单位", "Units", "被考核的单位。", "Who is appraised."),
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    boards: Annotated[
        tuple[SubjectId, ...],
        Field(max_length=12),
        Words(
            "各期榜单",
            "Boards",
            "年度目标考核所依据的各期榜单，截止须早于本期；没有时为空。",
            "Those that the year is appraised by, each closed before; else empty.",
        ),
    ] = ()
    appeals_until: Annotated[
        Moment | None,
        Words(
            "申诉截止",
            "Appeals until",
            "截止后公示，至此可申诉；不设申诉时不填。",
            "After the cut-off, until when a figure may be disputed; absent if never.",
        ),
    ] = None
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "启动日期。", "The date it is opened.")
    ]

    @override
    def warnings(self) -> list[Problem]:
        """What looks wrong without being a reason to reject."""
        found = super().warnings()
        found += cut_off_warnings(self.cut_off, self.year, self.through_month)
        counted = Counter(
            (unit.sequence, one.project, one.party)
            for unit in self.units
            for one in unit.projects
        )
        found += [
            problem(
                "/units",
                "project_twice",
                f"{project}（{party}）在同一序列计入不止一个单位，请核对",
                f"{project} ({party}) counts for more than one unit of a sequence",
            )
            for (_, project, party), times in sorted(counted.items())
            if times > 1
        ]
        return found

    @model_validator(mode="after")
    def _names_each_once(self) -> "BoardOpened":
        own = self.rules.differentiated
        named: list[tuple[str, list[str]]] = [
            ("units", [unit.code for unit in self.units]),
            ("rules/places", [places.sequence for places in self.rules.places]),
            ("rules/differentiated", [f"{d.sequence} {d.kind}" for d in own]),
            *(
                ("measures", [measure.code for measure in measures])
                for measures in (self.rules.measures, *(d.measures for d in own))
            ),
        ]
        for where, codes in named:
            if len(set(codes)) < len(codes):
                raise WrongValueError(
                    "named_twice",
                    f"{where} 中有重复代码",
                    f"{where} names one twice",
                )
        if self.appeals_until is not None and self.appeals_until <= self.cut_off:
            raise WrongValueError(
                "appeals_before_the_cut_off",
                "申诉截止须晚于截止时间",
                "appeals_until must be after the cut-off",
            )
        return self


@named("指标申报", "Figure stated", "启动方申报一个单位的一项指标值，附来源。")
class FigureStated(Statement):
    """Whoever opened the board states a unit's figure, with its source."""

    unit: UnitCode
    measure: MeasureCode
    value: Annotated[
        Number, Words("数值", "Value", "指标值，十进制。", "A decimal string.")
    ]
    as_of: Annotated[
        PartialDate, Words("数据截至", "As of", "数据日期。", "The date it is of.")
    ]
    source: Annotated[
        Line, Words("来源", "Source", "数据来源。", "Where it is taken from.")
    ]


@named("免予考核", "Exemption granted", "启动方因不可抗力等准予一个单位本期免予考核。")
class ExemptionGranted(Statement):
    """Whoever opened the board exempts a unit, for force majeure."""

    unit: UnitCode
    reason: Annotated[
        Paragraph, Words("理由", "Reason", "如不可抗力的情形。", "Such as a flood.")
    ]
    basis: Annotated[
        Line, Words("依据", "Basis", "依据的文件或条款。", "By which paper or clause.")
    ]
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "免责的日期。", "The date it is granted.")
    ]


AppealCode = Annotated[
    ItemCode,
    Words(
        "申诉编号",
        "Appeal",
        "申诉方在该榜单内自编的编号。",
        "The party's own name for it within the board.",
    ),
]


@named("申诉", "Appeal raised", "公示期内，成员对一个单位的一项指标提出申诉，附证据。")
class AppealRaised(Statement):
    """Within the window a member disputes a unit's figure, with evidence."""

    appeal: AppealCode
    unit: UnitCode
    measure: MeasureCode
    claimed: Annotated[
        Number | None,
        Words("主张值", "Claimed", "认为应为多少；不主张具体值时不填。", "What it is."),
    ] = None
    evidence: Annotated[
        Paragraph, Words("证据", "Evidence", "理由和证据。", "What shows it.")
    ]
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "申诉的日期。", "The date it is raised.")
    ]


@named(
    "申诉答复", "Appeal answered", "启动方答复一件申诉：采纳并写明更正值，或不采纳。"
)
class AppealAnswered(Statement):
    """Whoever opened the board answers: with the right figure, or with a refusal."""

    raised_by: Annotated[
        PartyCode, Words("申诉方", "Raised by", "谁提出的。", "Who raised it.")
    ]
    appeal: AppealCode
    value: Annotated[
        Number | None,
        Words(
            "更正值",
            "Value",
            "采纳时的实际值；不采纳时不填。",
            "The actual figure where it is upheld; absent where it is not.",
        ),
    ] = None
    reason: Annotated[
        Paragraph, Words("理由", "Reason", "采纳与否的理由。", "Why, or why not.")
    ]
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "答复的日期。", "The date it is answered.")
    ]
