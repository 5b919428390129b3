"""The joint view of one challenge or race, derived from what its members said.

The published rules, in exact fractions, rounded half up to 0.01 at the end:

::

    review of an entry = sum over criteria c of w(c) * mean points(c) / sum of w(c)
    attained(g)        = (measured - baseline) / (target - baseline), in per cent
    result at a gate   = sum over goals g of w(g) * min(max(attained(g), 0), cap)
                         / sum of w(g)

The mean is over the jurors: of each unit the latest review that counts. A goal
not measured counts 0; one whose target does not lie beyond its baseline (or an
at-most without baseline) counts 100 when met, 0 when not. Results that are
equal as shown share a rank (1, 1, 3). A gate closes when each who is still in
the race is verified or has failed there; the best ``keep`` go on, and whoever
ties with the last of them: nobody falls out by a draw.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.challenge import ChallengeTerms
from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed, Money, Number
from twincity_schemas.steps import (
    ItemCode,
    OpenStep,
    StatementCount,
    UnmetStatements,
)
from twincity_schemas.values import Domain, Organisation, PartialDate, PartyCode, Value
from twincity_schemas.words import Coded, Words, named


@named("榜单状态", "State of a challenge", "榜单走到哪一步，由各方陈述推导。")
class ChallengeState(Coded):
    """How far a challenge has come; nobody writes it, it is derived."""

    POSTED = (
        "posted",
        "已发榜",
        "posted",
        "榜单已发布，尚无有效揭榜。",
        "It is posted; nobody has entered it yet.",
    )
    ENTERED = (
        "entered",
        "已揭榜",
        "entered",
        "已有揭榜，尚无评审。",
        "There are entries, and no review yet.",
    )
    UNDER_REVIEW = (
        "under-review",
        "评审中",
        "under review",
        "已有评审，待发榜方授榜。",
        "Entries have been reviewed; the poster has yet to award it.",
    )
    IMPLEMENTING = (
        "implementing",
        "实施中",
        "being carried out",
        "已授榜，至少一家尚在实施。",
        "It is awarded, and at least one winner is still at work.",
    )
    ACCEPTED = (
        "accepted",
        "已验收",
        "accepted",
        "各家均已结束，至少一家通过验收。",
        "All are through, and at least one was accepted.",
    )
    FAILED = (
        "failed",
        "未完成",
        "failed",
        "各家均已结束，无一通过验收。",
        "All are through, and none was accepted.",
    )


@named("揭榜状态", "State of an entry", "一份揭榜走到哪一步，由各方陈述推导。")
class EntryState(Coded):
    """How far an entry has come."""

    ENTERED = (
        "entered",
        "已揭榜",
        "entered",
        "尚未授榜。",
        "The challenge has not been awarded yet.",
    )
    NOT_CHOSEN = (
        "not-chosen",
        "未中榜",
        "not chosen",
        "已授榜，未授予此份揭榜。",
        "It was awarded to others.",
    )
    IMPLEMENTING = (
        "implementing",
        "实施中",
        "being carried out",
        "待中榜方报告成果。",
        "The winner has yet to report a result.",
    )
    REPORTED = (
        "reported",
        "已报告",
        "reported",
        "待发榜方核验或验收。",
        "The poster has yet to verify or accept the result.",
    )
    VERIFIED = (
        "verified",
        "已核验",
        "verified",
        "已通过本关核验，待同关其他各家。",
        "Verified at the gate; others have yet to come to it.",
    )
    OUT = (
        "out",
        "已淘汰",
        "out",
        "在某一关口因名次未获保留。",
        "It was not among those that a gate keeps.",
    )
    FAILED = (
        "failed",
        "已终止",
        "failed",
        "发榜方认定未能完成。",
        "The poster found that it would not make it.",
    )
    ACCEPTED = (
        "accepted",
        "已验收",
        "accepted",
        "最终成果已通过验收。",
        "The final result was accepted.",
    )


@named("评审得分", "Review of an entry", "一份揭榜的评审结果，按公布规则计算。")
class EntryReview(Value):
    """What the jurors made of an entry, by the published rule."""

    score: Annotated[
        Computed,
        Words(
            "得分",
            "Score",
            "各标准平均分的加权平均，0 至 100。",
            "The weighted mean of the criteria's mean points, 0 to 100.",
        ),
    ]
    by_criterion: Annotated[
        dict[ItemCode, Computed],
        Words(
            "分项得分",
            "By criterion",
            "以标准代码为键，各评审单位的平均分。",
            "By the criterion's code: the mean of the jurors' points.",
        ),
    ]
    rank: Annotated[
        int,
        Words(
            "名次",
            "Rank",
            "得分完全相等者名次相同，如 1、1、3。",
            "Equal scores share a rank: 1, 1, 3.",
        ),
    ]
    tied: Annotated[
        bool,
        Words("并列", "Tied", "是否与他人并列。", "Whether others share the rank."),
    ]
    reviews: Annotated[
        tuple[str, ...],
        Words(
            "所计评审",
            "Reviews",
            "计入的评审陈述编号。",
            "The ids of the reviews that count.",
        ),
    ]


@named("退出", "Exit", "一份揭榜在何处、因何退出。")
class EntryExit(Value):
    """Where an entry left, and why."""

    gate: Annotated[
        ItemCode | None,
        Words(
            "关口",
            "Gate",
            "退出时所在关口的代码；最终阶段退出的不填。",
            "The gate where it left; absent where it was past the last of them.",
        ),
    ] = None
    code: Annotated[
        str,
        Words(
            "原因代码",
            "Code",
            "ranked_out（名次未获保留）或 failed（发榜方终止）。",
            "ranked_out, or failed as the poster found.",
        ),
    ]
    zh: Annotated[
        str, Words("中文原因", "Why, in Chinese", "为何退出。", "Why it left.")
    ]
    en: Annotated[
        str, Words("英文原因", "Why, in English", "为何退出。", "Why it left.")
    ]


@named("揭榜步骤", "Step of an entry", "一份揭榜授榜之后已走过的一个步骤。")
class EntryStep(Value):
    """One step that an entry has gone through since the award."""

    step: Annotated[
        str,
        Words(
            "步骤",
            "Step",
            "陈述的事件名称，如 challenge.reported。",
            "The fact that was stated, such as challenge.reported.",
        ),
    ]
    gate: Annotated[
        ItemCode | None,
        Words(
            "关口",
            "Gate",
            "该步骤所在关口；最终阶段不填。",
            "The gate that it was taken at; absent past the last of them.",
        ),
    ] = None
    party: Annotated[
        PartyCode, Words("主体", "Party", "办理方代码。", "The code of who took it.")
    ]
    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "该步骤的日期。", "The date of the step.")
    ]
    note: Annotated[
        str, Words("说明", "Note", "情况、依据或理由。", "What was said to it.")
    ]


@named("揭榜记录", "Record of an entry", "一份揭榜的现状：方案、评审、实施和可办步骤。")
class EntryRecord(Value):
    """An entry as it stands: what it promises, how it was judged, how far it is."""

    entrant: Annotated[
        PartyCode, Words("揭榜方", "Entrant", "揭榜方代码。", "Who entered it.")
    ]
    entry: Annotated[
        ItemCode, Words("揭榜编号", "Entry", "揭榜方所编的编号。", "Its name.")
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "现行版本的陈述编号，评审应答复它。",
            "The id of the version in force: what a review answers to.",
        ),
    ]
    state: Annotated[
        EntryState, Words("状态", "State", "走到哪一步。", "How far it has come.")
    ]
    team: Annotated[
        Organisation, Words("揭榜单位", "Team", "揭榜的单位。", "Who would do it.")
    ]
    members: Annotated[
        tuple[Organisation, ...],
        Words("联合体成员", "Members", "其他成员单位。", "Of its consortium."),
    ] = ()
    conflict_of_interest: Annotated[
        bool,
        Words(
            "利益冲突",
            "Conflict of interest",
            "揭榜方即发榜方；其评审、核验和验收须由其他成员办理。",
            "It is the poster's own; others have to review, verify and accept it.",
        ),
    ] = False
    promised: Annotated[
        dict[ItemCode, Number],
        Words("承诺值", "Promised", "以指标代码为键。", "By the goal's code."),
    ]
    budget: Annotated[
        Money,
        Words("经费预算（万元）", "Budget, 万元", "所需经费。", "What it would cost."),
    ]
    as_of: Annotated[
        PartialDate, Words("揭榜日期", "As of", "揭榜的日期。", "When it was entered.")
    ]
    review: Annotated[
        EntryReview | None,
        Words(
            "评审",
            "Review",
            "评审得分和名次；无计入的评审时不填。",
            "Score and rank; absent as long as no review counts.",
        ),
    ] = None
    gate: Annotated[
        ItemCode | None,
        Words(
            "当前关口",
            "Gate",
            "实施中所处的关口；未中榜、最终阶段或已结束时不填。",
            "The gate that it stands at; absent if it stands at none.",
        ),
    ] = None
    exit: Annotated[
        EntryExit | None,
        Words("退出", "Exit", "在何处、因何退出。", "Where and why it left."),
    ] = None
    steps: Annotated[
        tuple[EntryStep, ...],
        Words(
            "经过",
            "Steps",
            "授榜后已走过的步骤，按先后。",
            "The steps taken since the award, in order.",
        ),
    ] = ()
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "可办步骤",
            "Open steps",
            "现在可办的步骤、办理方和应答陈述。",
            "Which steps are open now, to whom, and what they answer to.",
        ),
    ] = ()


@named("成果", "Result", "一家在一个关口（或最终）经核验的成果，按公布规则计算。")
class ChallengeResult(Value):
    """What one winner has reached at a gate, by the published rule."""

    entrant: Annotated[
        PartyCode, Words("揭榜方", "Entrant", "揭榜方代码。", "Who entered it.")
    ]
    entry: Annotated[
        ItemCode, Words("揭榜编号", "Entry", "揭榜方所编的编号。", "Its name.")
    ]
    measured: Annotated[
        dict[ItemCode, Number],
        Words("实测值", "Measured", "以指标代码为键。", "By the goal's code."),
    ]
    attained: Annotated[
        dict[ItemCode, Computed],
        Words(
            "完成率（%）",
            "Attained, %",
            "以指标代码为键，计分的完成率（零至封顶）。",
            "By the goal's code, as it counts: from 0 to the cap.",
        ),
    ]
    score: Annotated[
        Computed,
        Words("得分", "Score", "完成率的加权平均。", "The weighted mean of these."),
    ]
    rank: Annotated[
        int,
        Words(
            "名次",
            "Rank",
            "得分完全相等者名次相同，如 1、1、3。",
            "Equal scores share a rank: 1, 1, 3.",
        ),
    ]
    tied: Annotated[
        bool,
        Words("并列", "Tied", "是否与他人并列。", "Whether others share the rank."),
    ]
    late: Annotated[
        bool | None,
        Words(
            "逾期",
            "Late",
            "报告日期是否晚于关口时限；最终成果不填。",
            "Whether it was reported after the gate was due; absent at the end.",
        ),
    ] = None
    goes_on: Annotated[
        bool | None,
        Words(
            "是否保留",
            "Goes on",
            "此关之后是否继续；关口未齐或最终成果不填。",
            "Whether it goes on; absent while the gate is open, and at the end.",
        ),
    ] = None
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "成果报告的陈述编号，供追溯。",
            "The id of the report, for tracing.",
        ),
    ]


@named("关口记录", "Record of a gate", "一个关口（或最终验收）的成果与排名。")
class GateRecord(Value):
    """A gate, or at last the acceptance: results, ranked."""

    gate: Annotated[
        ItemCode | None,
        Words(
            "关口",
            "Gate",
            "关口代码；最终验收不填。",
            "The gate's code; absent of the acceptance.",
        ),
    ] = None
    closed: Annotated[
        bool,
        Words(
            "已齐",
            "Closed",
            "在此的各家是否均已核验（验收）或终止。",
            "Whether each that came here was verified (accepted) or has failed.",
        ),
    ]
    results: Annotated[
        tuple[ChallengeResult, ...],
        Words("成果", "Results", "按名次排列。", "In the order of their ranks."),
    ]


@named("发榜版本", "Posting", "一次发榜及其揭榜截止。")
class PostingRecord(Value):
    """A posting, when it was recorded, its deadline, and whether it is in force."""

    statement: Annotated[
        str, Words("陈述编号", "Statement", "该陈述的编号。", "The statement's id.")
    ]
    recorded: RecordedAt
    deadline: Annotated[
        PartialDate, Words("揭榜截止", "Deadline", "当次截止。", "To enter by.")
    ]
    in_force: Annotated[
        bool, Words("现行", "In force", "是否现行。", "Whether it is in force.")
    ]


@named(
    "揭榜榜单",
    "Challenge recorded",
    "一个榜单的联合视图：揭榜、评审、中榜、逐关排名、验收，任何人可复算。",
)
class ChallengeRecorded(Value):
    """The joint view of a challenge: written by nobody, computed by anybody."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "榜单标识，列明成员，如 challenge/chengdu.chongqing/solid-state-battery。",
            "Its identifier with members: challenge/chengdu.chongqing/battery.",
        ),
    ]
    state: Annotated[
        ChallengeState,
        Words("状态", "State", "榜单走到哪一步。", "How far it has come."),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "发榜方所述领域；记录发布到该领域主题。",
            "As the poster says; the record lies in its topic.",
        ),
    ]
    title: Annotated[
        str, Words("榜题", "Title", "一句话说明。", "The challenge in one line.")
    ]
    poster: Annotated[
        PartyCode,
        Words(
            "发榜方",
            "Poster",
            "发榜的主体代码；多方发榜时取最先收件者。",
            "Who posted it; of several, whoever was recorded first.",
        ),
    ]
    posting: Annotated[
        str,
        Words(
            "现行榜单",
            "Posting",
            "现行榜单的陈述编号，揭榜应答复它。",
            "The id of the posting in force: what an entry answers to.",
        ),
    ]
    postings: Annotated[
        tuple[PostingRecord, ...],
        Words(
            "历次发榜",
            "Postings",
            "发榜方历次发榜及其截止日期。",
            "Each posting of the poster with its deadline.",
        ),
    ]
    terms: Annotated[
        ChallengeTerms,
        Words(
            "条件",
            "Terms",
            "现行榜单的条件，名次和得分据此计算。",
            "Those of the posting in force; scores and ranks follow from them.",
        ),
    ]
    award: Annotated[
        str | None,
        Words(
            "授榜",
            "Award",
            "生效的授榜陈述编号；未授榜时不填。",
            "The id of the award that counts; absent before it.",
        ),
    ] = None
    winners: Annotated[
        tuple[str, ...],
        Words(
            "中榜者",
            "Winners",
            "中榜的揭榜，写作“揭榜方/编号”。",
            "The entries that won, as <entrant>/<entry>.",
        ),
    ] = ()
    entries: Annotated[
        dict[str, EntryRecord],
        Words(
            "揭榜",
            "Entries",
            "以“揭榜方/编号”为键，按评审名次、再按键排列。",
            "By <entrant>/<entry>, in the order of the reviews, then of the keys.",
        ),
    ] = Field(default_factory=dict)
    gates: Annotated[
        tuple[GateRecord, ...],
        Words(
            "关口",
            "Gates",
            "已有成果的关口及排名，按先后，最终验收在末。",
            "The gates that have been come to, in order; the acceptance at the end.",
        ),
    ] = ()
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "可办步骤",
            "Open steps",
            "榜单本身可办的步骤（揭榜、授榜）；各揭榜的步骤列在各自名下。",
            "Steps open on the challenge itself; an entry's own stand with the entry.",
        ),
    ] = ()
    statements: StatementCount
    unmet: UnmetStatements = ()
