"""Challenges (揭榜挂帅) and races (赛马制): posted by one, taken up by others.

发布榜单 → 揭榜 → 评审 → 实施 → 验收. One member posts a challenge; members
enter it for their teams; jurors review the entries; the poster awards it to one
(单一揭榜) or to several who then race (赛马制) through stage gates until the
poster accepts. What answers to what is said: an entry to the posting, a review
to the entry, an award to the reviews, a report to the award, and so on.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.bound import Bound
from twincity_schemas.decimals import DecimalText, Money, Number, Share, Weight
from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    Value,
)
from twincity_schemas.words import Coded, Worded, Words, named

_MOST = 50
"""Goals, criteria, gates or winners of one challenge: more is a programme."""


@named("揭榜方式", "Mode", "一家揭榜实施，还是多家赛马。")
class ChallengeMode(Coded):
    """Whether one carries it out, or several race for it."""

    SINGLE = (
        "single",
        "揭榜挂帅",
        "single",
        "选定一家揭榜方实施。",
        "One entry is chosen and carried out.",
    )
    RACE = (
        "race",
        "赛马制",
        "race",
        "选定多家同题实施，逐关核验、排名、淘汰。",
        "Several carry it out at once, ranked at stage gates, the last falling out.",
    )


def _unlike(codes: Iterable[str], zh: str, en: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise WrongValueError(
                "said_twice", f"{zh} {code} 重复", f"the {en} {code} is there twice"
            )
        seen.add(code)


@named("榜单指标", "Goal", "榜单要求达到的一项量化指标。")
class ChallengeGoal(Value):
    """One thing that a winner has to reach, in figures."""

    code: Annotated[
        ItemCode,
        Words("指标代码", "Code", "榜单内的代码。", "Its name within the challenge."),
    ]
    what: Annotated[
        Line, Words("指标", "What", "衡量什么，一行文字。", "What is measured, a line.")
    ]
    unit: Annotated[
        Line, Words("单位", "Unit", "计量单位。", "The unit that it is measured in.")
    ]
    target: Annotated[
        Number, Words("目标值", "Target", "应达到的数值。", "The value to be reached.")
    ]
    bound: Annotated[
        Bound,
        Words(
            "目标方向",
            "Least or most",
            "下限表示越高越好，上限表示越低越好。",
            "At least: higher is better; at most: lower is better.",
        ),
    ]
    baseline: Annotated[
        Number | None,
        Words(
            "基期值",
            "Baseline",
            "起点的数值；不填时，下限指标按零计，上限指标只分达到与否。",
            "Where it starts; absent, a least counts from zero, a most is met or not.",
        ),
    ] = None
    weight: Annotated[
        Weight,
        Words(
            "权重",
            "Weight",
            "该指标在得分中的权重，大于零，各权重不必合计为一百。",
            "Its part in the score, above zero; the weights need not add up to 100.",
        ),
    ]


@named("评审标准", "Criterion", "评审揭榜方案的一项标准，评 0 至 100 分。")
class ReviewCriterion(Value):
    """What a juror gives from 0 to 100 points for."""

    code: Annotated[
        ItemCode,
        Words("标准代码", "Code", "榜单内的代码。", "Its name within the challenge."),
    ]
    what: Annotated[
        Line, Words("标准", "What", "评审什么，一行文字。", "What is judged, a line.")
    ]
    weight: Annotated[
        Weight,
        Words(
            "权重",
            "Weight",
            "该标准在评审得分中的权重，大于零。",
            "Its part in the score of the review, above zero.",
        ),
    ]


@named("关口", "Stage gate", "实施中的一个关口：到期核验，按名次保留。")
class StageGate(Value):
    """A date by which the winners report, are verified, ranked and kept or not."""

    code: Annotated[
        ItemCode,
        Words("关口代码", "Code", "榜单内的代码。", "Its name within the challenge."),
    ]
    title: Annotated[
        Line, Words("关口名称", "Title", "一行文字。", "What it is called, in a line.")
    ]
    due: Annotated[
        PartialDate,
        Words("时限", "Due", "应何时报告成果。", "When results are to be reported."),
    ]
    keep: Annotated[
        Annotated[int, Field(ge=1, le=_MOST)] | None,
        Words(
            "保留家数",
            "Keep",
            "此关之后保留前几名，并列者一同保留；不填则不淘汰。",
            "How many go on, ties at the last place included; absent: all of them.",
        ),
    ] = None


Cap = Annotated[Decimal, DecimalText(r"^[1-9][0-9]{2}(\.[0-9]{1,4})?$")]
"""Where attainment stops counting, in per cent from 100 to 999."""


class _Terms(Worded):
    unit: Annotated[
        Organisation,
        Words("发榜单位", "Unit", "提出榜题的单位。", "The unit that poses it."),
    ]
    mode: Annotated[
        ChallengeMode,
        Words("揭榜方式", "Mode", "一家实施或多家赛马。", "One winner, or a race."),
    ]
    winners: Annotated[
        Annotated[int, Field(ge=1, le=_MOST)],
        Words(
            "中榜家数",
            "Winners",
            "最多授予几家；揭榜挂帅为一，赛马制至少为二。",
            "How many it is awarded to at most: one, or in a race two or more.",
        ),
    ]
    reward: Annotated[
        Money,
        Words(
            "奖励（万元）",
            "Reward, 万元",
            "揭榜奖励总额，以万元计。",
            "What is offered for it in all, in 10,000 yuan.",
        ),
    ]
    deadline: Annotated[
        PartialDate,
        Words(
            "揭榜截止",
            "Deadline",
            "揭榜截止日期，含当日；日期晚于此的揭榜不生效。",
            "The last day to enter; an entry dated after it has no effect.",
        ),
    ]
    goals: Annotated[
        tuple[ChallengeGoal, ...],
        Field(min_length=1, max_length=_MOST),
        Words(
            "榜单指标",
            "Goals",
            "须达到的量化指标，至少一项。",
            "What has to be reached, at least one.",
        ),
    ]
    criteria: Annotated[
        tuple[ReviewCriterion, ...],
        Field(min_length=1, max_length=_MOST),
        Words(
            "评审标准",
            "Criteria",
            "评审揭榜方案的标准，至少一项。",
            "What the entries are judged by, at least one.",
        ),
    ]
    gates: Annotated[
        tuple[StageGate, ...],
        Field(max_length=_MOST),
        Words(
            "关口",
            "Stage gates",
            "实施中的关口，按先后；没有时为空，直接验收。",
            "In their order; empty where results go to acceptance at once.",
        ),
    ] = ()
    cap: Annotated[
        Cap | None,
        Words(
            "封顶（%）",
            "Cap, %",
            "单项指标完成率计分的上限；不填即 100，超额不加分。",
            "Up to where attainment of a goal counts; absent: 100, no extra points.",
        ),
    ] = None


@named("榜单条件", "Terms", "榜单的条件：方式、奖励、指标、评审标准和关口。")
class ChallengeTerms(Value, _Terms):
    """What a challenge offers and asks: mode, reward, goals, criteria and gates."""


@named(
    "榜单发布",
    "Challenge posted",
    "一个成员发布榜单：要解决什么、达到什么、奖励多少；授榜之前重发即更正，"
    "须重新揭榜。",
)
class ChallengePosted(Statement, _Terms):
    """A member posts a challenge; posted again before the award, it starts anew."""

    title: Annotated[
        Line, Words("榜题", "Title", "一句话说明榜题。", "The challenge in one line.")
    ]
    content: Annotated[
        Paragraph,
        Words(
            "内容",
            "Content",
            "需求背景、攻关内容和条件。",
            "What is needed and why, and what is offered for it.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "所属互联互通领域，决定记录所在的主题。",
            "The domain it belongs to; it decides the topic of the record.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("发布日期", "As of", "榜单的日期。", "The date of the challenge."),
    ]
    source: Annotated[
        Line,
        Words(
            "来源",
            "Source",
            "榜单文件名称或出处，一行文字。",
            "The paper that it was published in, in one line.",
        ),
    ]

    @model_validator(mode="after")
    def _it_can_be_run(self) -> "ChallengePosted":
        if (self.mode is ChallengeMode.SINGLE) != (self.winners == 1):
            raise WrongValueError(
                "winners_of_mode",
                f"{self.mode.words.zh}的中榜家数不能为 {self.winners}",
                f"{self.winners} is no number of winners for the mode {self.mode}",
            )
        _unlike((goal.code for goal in self.goals), "指标", "goal")
        _unlike((criterion.code for criterion in self.criteria), "标准", "criterion")
        _unlike((gate.code for gate in self.gates), "关口", "gate")
        return self


@named("揭榜", "Challenge entered", "成员为一支队伍揭榜，写明路线、承诺和经费。")
class ChallengeEntered(Statement):
    """A member enters for a team; before the award a later one replaces it."""

    entry: Annotated[
        ItemCode,
        Words(
            "揭榜编号",
            "Entry",
            "本方为该揭榜方自编的编号，如 team-a。",
            "The party's own name for the entry, such as team-a.",
        ),
    ]
    answers: Answers
    team: Annotated[
        Organisation,
        Words(
            "揭榜单位",
            "Team",
            "揭榜并将实施的单位。",
            "The unit that takes it up and would carry it out.",
        ),
    ]
    members: Annotated[
        tuple[Organisation, ...],
        Field(max_length=_MOST),
        Words(
            "联合体成员",
            "Members",
            "联合揭榜时的其他成员单位；单独揭榜时为空。",
            "The other units of a consortium; empty where it enters alone.",
        ),
    ] = ()
    approach: Annotated[
        Paragraph,
        Words(
            "技术路线",
            "Approach",
            "打算如何达到榜单指标。",
            "How the goals are to be reached.",
        ),
    ]
    promised: Annotated[
        dict[ItemCode, Number],
        Field(max_length=_MOST),
        Words(
            "承诺值",
            "Promised",
            "以指标代码为键，承诺达到的数值。",
            "By the goal's code: the value that the team promises.",
        ),
    ]
    budget: Annotated[
        Money,
        Words(
            "经费预算（万元）",
            "Budget, 万元",
            "所需经费，以万元计。",
            "What it would cost, in 10,000 yuan.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words(
            "揭榜日期",
            "As of",
            "揭榜的日期；是否晚于揭榜截止以收件时间为准。",
            "The date of the entry; whether it was in time goes by its recording.",
        ),
    ]


class _OnEntry(Statement):
    entrant: Annotated[
        PartyCode,
        Words(
            "揭榜方",
            "Entrant",
            "揭榜的主体代码。",
            "The code of the party that entered it.",
        ),
    ]
    entry: Annotated[
        ItemCode,
        Words(
            "揭榜编号",
            "Entry",
            "揭榜方所编的编号。",
            "The name that the party gave it when it entered.",
        ),
    ]
    answers: Answers
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "该陈述的日期。", "The date of this step.")
    ]


@named(
    "揭榜评审",
    "Challenge reviewed",
    "一个评审单位按各项标准为一份揭榜打分；同一单位再评以后评为准。",
)
class ChallengeReviewed(_OnEntry):
    """A juror's points for one entry; said again by the same unit, it replaces."""

    unit: Annotated[
        Organisation,
        Words("评审单位", "Unit", "作出评审的单位。", "The unit that judges."),
    ]
    scores: Annotated[
        dict[ItemCode, Share],
        Field(max_length=_MOST),
        Words(
            "得分",
            "Scores",
            "以标准代码为键，每项标准 0 至 100 分，须评全。",
            "By the criterion's code, 0 to 100 points; every one has to be there.",
        ),
    ]
    note: Annotated[
        Paragraph | None,
        Words("评语", "Note", "评审意见；可不填。", "What the juror says; optional."),
    ] = None


@named("中榜者", "Winner", "授予的一份揭榜，及其评审时的版本。")
class WinningEntry(Value):
    """An entry that wins, as it was when it was judged."""

    entrant: Annotated[
        PartyCode,
        Words("揭榜方", "Entrant", "揭榜的主体代码。", "The code of who entered it."),
    ]
    entry: Annotated[
        ItemCode,
        Words("揭榜编号", "Entry", "揭榜方所编的编号。", "Its name, by its entrant."),
    ]
    answers: Answers


@named("评审引用", "Review", "授榜所依据的一份评审。")
class ReviewReference(Value):
    """One of the reviews that an award rests on."""

    party: Annotated[
        PartyCode,
        Words("评审方", "Party", "评审的主体代码。", "The code of who judged."),
    ]
    statement: Annotated[
        Line,
        Words("陈述编号", "Statement", "该评审陈述的编号。", "The id of the review."),
    ]


@named(
    "授榜",
    "Challenge awarded",
    "发榜方授榜，列明中榜者及所依据的评审；此后不再揭榜、评审。",
)
class ChallengeAwarded(Statement):
    """The poster awards it, on named reviews; with that nothing else is judged."""

    winners: Annotated[
        tuple[WinningEntry, ...],
        Field(min_length=1, max_length=_MOST),
        Words("中榜者", "Winners", "授予的揭榜。", "The entries that win it."),
    ]
    reviews: Annotated[
        tuple[ReviewReference, ...],
        Field(min_length=1, max_length=1000),
        Words(
            "所依据评审",
            "Reviews",
            "授榜所依据的评审，得分和名次只按这些计算。",
            "What the award rests on: scores and ranks are computed from these alone.",
        ),
    ]
    note: Annotated[
        Paragraph, Words("说明", "Note", "授榜理由。", "Why it goes to these.")
    ]
    as_of: Annotated[
        PartialDate,
        Words("授榜日期", "As of", "授榜的日期。", "Its date."),
    ]

    @model_validator(mode="after")
    def _nobody_wins_twice(self) -> "ChallengeAwarded":
        winners = (f"{winner.entrant}/{winner.entry}" for winner in self.winners)
        _unlike(winners, "中榜者", "winner")
        return self


class _Noted(_OnEntry):
    note: Annotated[
        Paragraph,
        Words(
            "说明",
            "Note",
            "情况、依据或理由。",
            "What was done, what shows it, or why.",
        ),
    ]


@named(
    "成果报告",
    "Challenge reported",
    "中榜方在当前关口（或最终）报告实测值和佐证材料。",
)
class ChallengeReported(_Noted):
    """A winner's measured values and evidence, at the gate where it stands."""

    measured: Annotated[
        dict[ItemCode, Number],
        Field(max_length=_MOST),
        Words(
            "实测值",
            "Measured",
            "以指标代码为键的实测数值；未列的指标按未完成计。",
            "By the goal's code: what was measured; a goal left out counts nothing.",
        ),
    ]


@named("成果核验", "Challenge verified", "发榜方核验关口报告属实，其数值计入该关排名。")
class ChallengeVerified(_Noted):
    """The poster finds a gate's report true: its values count in the ranking."""


@named("成果退回", "Challenge returned", "发榜方退回报告，要求重新报告，写明理由。")
class ChallengeReturned(_Noted):
    """The poster sends a report back to be made anew, and says why."""


@named("验收", "Challenge accepted", "发榜方验收最终成果。")
class ChallengeAccepted(_Noted):
    """The poster accepts the final result: with that it is done."""


@named("终止", "Challenge failed", "发榜方认定该中榜方未能完成，写明理由。")
class ChallengeFailed(_Noted):
    """The poster finds that a winner will not make it, and says why."""
