"""The obstacle ledger (挂账销号): registered by one party, cleared by another.

登记 → 交办 → 办理 → 申请销号 → 核验 (销号), with 退回, 延期, 改派, 撤销 and 提级协调.
Said about the project's subject. Each step answers to the step before by its
statement's id;
which steps are open, and to whom, stands in the project's record.
"""

from typing import Annotated

from typing_extensions import override

from twincity_schemas.parts import PartRecord
from twincity_schemas.plausible import in_order
from twincity_schemas.problems import Problem
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode, OpenStep, StatementsWithoutEffect
from twincity_schemas.values import (
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("症结类别", "Kind of obstacle", "项目推进症结的类别，用于分类施策。")
class ObstacleKind(Coded):
    """What stands in a project's way, so that each kind gets its remedy."""

    APPROVAL = (
        "approval",
        "审批报批",
        "approvals",
        "用地、环评、规划等审批手续未办结。",
        "A permit of land, environment or planning is not through.",
    )
    SITE = (
        "site",
        "征迁及现场条件",
        "clearance and site",
        "征地拆迁、管线迁改等现场条件不具备。",
        "Land to be cleared or pipes to be moved keep the site from being ready.",
    )
    ENVIRONMENT = (
        "environment",
        "施工环境",
        "working conditions",
        "施工受扰、交通组织等环境问题。",
        "Works are disturbed, or traffic cannot be led round them.",
    )
    FACILITIES = (
        "facilities",
        "配套设施",
        "supporting facilities",
        "道路、水电气等配套未到位。",
        "Roads, water, power or gas that it needs are not there.",
    )
    FACTORS = (
        "factors",
        "要素保障",
        "factors",
        "土地、资金、环境容量、建材等要素不足。",
        "Land, funds, environmental capacity or materials are short.",
    )
    OTHER = ("other", "其他", "other", "不属于以上各类。", "None of the others.")


@named("推进情形", "Stage of the project", "分类施策所用的项目情形：症结按此归类。")
class ObstacleStage(Coded):
    """The three situations of the article by which obstacles are sorted."""

    NOT_STARTED = (
        "not-started",
        "未开工",
        "not started",
        "项目尚未开工，症结妨碍其开工。",
        "Works have not begun; the obstacle keeps them from it.",
    )
    UNDER_CONSTRUCTION = (
        "under-construction",
        "在建",
        "under construction",
        "项目在建，症结妨碍其建设。",
        "Works are going on; the obstacle holds them up.",
    )
    COMPLETING = (
        "completing",
        "拟竣工投产",
        "about to be completed",
        "项目拟竣工投产，症结妨碍其投用。",
        "It is nearly done; the obstacle keeps it from going into use.",
    )


@named("挂账状态", "State of an obstacle", "一项挂账症结办到哪一步，由各方陈述推导。")
class ObstacleState(Coded):
    """How far an obstacle has come; nobody writes it, it is derived."""

    REGISTERED = (
        "registered",
        "已登记",
        "registered",
        "已挂账，待登记方交办。",
        "It is on the ledger; whoever raised it has yet to assign it.",
    )
    ASSIGNED = (
        "assigned",
        "已交办",
        "assigned",
        "已交办，待承办方办理。",
        "Somebody was given it and has yet to report on it.",
    )
    IN_HAND = (
        "in-hand",
        "办理中",
        "in hand",
        "承办方正在办理。",
        "Whoever was given it is at work on it.",
    )
    SUBMITTED = (
        "submitted",
        "申请销号",
        "submitted for closure",
        "承办方申请销号，待登记方核验。",
        "It is said to be done; whoever raised it has yet to verify that.",
    )
    CLOSED = (
        "closed",
        "已销号",
        "closed",
        "经办理方以外的成员核验，已销号。",
        "Somebody who did not handle it has verified that it is gone.",
    )
    SELF_VERIFIED = (
        "self-verified",
        "自行核验",
        "self-verified",
        "只有办理方自己核验，待另一成员核验后方为销号。",
        "Only whoever handled it says that it is gone; another member has to see it.",
    )
    CANCELLED = (
        "cancelled",
        "已撤销",
        "cancelled",
        "登记方撤销挂账，写明理由。",
        "Whoever raised it has taken it off the ledger, and said why.",
    )


@named(
    "症结登记", "Obstacle registered", "主体将妨碍项目的一个症结挂账；重报则更正内容。"
)
class ObstacleRegistered(Statement):
    """A party puts an obstacle on the ledger; said again, it corrects the text."""

    obstacle: Annotated[
        ItemCode,
        Words(
            "症结编号",
            "Obstacle",
            "本方在该项目内自编的编号，如 land-03。",
            "The party's own name for it within the project, such as land-03.",
        ),
    ]
    title: Annotated[
        Line, Words("症结", "Title", "一句话说明症结。", "The obstacle in one line.")
    ]
    content: Annotated[
        Paragraph,
        Words(
            "情况说明",
            "Content",
            "症结的成因、影响和请求。",
            "Its cause, what it holds up and what is asked for.",
        ),
    ]
    kind: Annotated[
        ObstacleKind,
        Words("类别", "Kind", "症结属于哪一类。", "What kind of obstacle it is."),
    ]
    stage: Annotated[
        ObstacleStage,
        Words(
            "推进情形",
            "Stage",
            "登记时项目处于未开工、在建还是拟竣工投产。",
            "Where the project stands: not started, under construction, completing.",
        ),
    ]
    unit: Annotated[
        Organisation,
        Words(
            "登记单位",
            "Unit",
            "提出并将核验该症结的单位。",
            "The unit that raises it and will verify that it is gone.",
        ),
    ]
    due: Annotated[
        PartialDate,
        Words(
            "办结时限",
            "Due",
            "希望何时办结，可只写到年或月。",
            "When it should be gone, to the year, month or day.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("登记日期", "As of", "情况截至何日。", "The date the facts are of."),
    ]

    @override
    def doubts(self) -> list[Problem]:
        return due_before(self.due, self.as_of)


def due_before(due: str, as_of: str) -> list[Problem]:
    """Doubt a deadline that was over when it was set."""
    sooner = ("该陈述的日期", "the date it is of")
    return [*in_order("/due", ("时限", "the due date"), due, sooner, as_of)]


class _Step(Statement):
    raised_by: Annotated[
        PartyCode,
        Words(
            "登记方",
            "Raised by",
            "登记该症结的主体代码。",
            "The code of the party that registered the obstacle.",
        ),
    ]
    obstacle: Annotated[
        ItemCode,
        Words(
            "症结编号",
            "Obstacle",
            "登记方为该症结所编的编号。",
            "The name that the party gave it when it registered it.",
        ),
    ]
    answers: Answers
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "该步骤的日期。", "The date of this step."),
    ]


@named(
    "症结交办",
    "Obstacle assigned",
    "登记方将症结交由某一成员的责任单位办理，写明任务和时限；可改派。",
)
class ObstacleAssigned(_Step):
    """Whoever raised it hands it to a unit of a member, with task and date.

    Assigned again, it is taken from whoever was silent: what that party missed stays.
    """

    to: Annotated[
        PartyCode,
        Words(
            "承办方",
            "To",
            "承办的主体代码，须为项目成员。",
            "The code of the member that it is given to.",
        ),
    ]
    unit: Annotated[
        Organisation,
        Words("承办单位", "Unit", "具体承办的单位。", "The unit that is to clear it."),
    ]
    task: Annotated[
        Line,
        Words("任务", "Task", "要办成的事，一行文字。", "What is to be done, a line."),
    ]
    due: Annotated[
        PartialDate,
        Words("办结时限", "Due", "应何时办结。", "When it is to be done."),
    ]

    @override
    def doubts(self) -> list[Problem]:
        return due_before(self.due, self.as_of)


class _Noted(_Step):
    note: Annotated[
        Paragraph,
        Words(
            "说明",
            "Note",
            "该步骤的情况、依据或理由。",
            "What was done, what shows it, or why.",
        ),
    ]


@named("症结办理", "Obstacle handled", "承办方报告办理情况；可多次。")
class ObstacleHandled(_Noted):
    """Whoever was given it reports what was done so far; any number of times."""


@named("症结延期", "Obstacle extended", "登记方同意推迟办结时限，写明理由。")
class ObstacleExtended(_Noted):
    """Whoever raised it allows more time, and says why."""

    due: Annotated[
        PartialDate,
        Words("新的时限", "Due", "推迟到何时。", "The new date it is due."),
    ]

    @override
    def doubts(self) -> list[Problem]:
        return due_before(self.due, self.as_of)


@named("申请销号", "Obstacle submitted", "承办方认为已办结，附依据申请销号。")
class ObstacleSubmitted(_Noted):
    """Whoever was given it says that it is gone and asks to close it."""


@named(
    "症结退回",
    "Obstacle returned",
    "承办方退回交办，或登记方退回销号申请，写明理由。",
)
class ObstacleReturned(_Noted):
    """Sent back: the assignment by the assigned, or the closure by the raiser."""


@named(
    "症结核验",
    "Obstacle verified",
    "登记方核验属实，症结由此销号；登记方自己办理的，由另一成员核验。",
)
class ObstacleVerified(_Noted):
    """Whoever raised it has seen that it is gone: with that it is closed.

    Where that is who handled it, another member has to see it too.
    """


@named("症结撤销", "Obstacle cancelled", "登记方撤销挂账，写明理由。")
class ObstacleCancelled(_Noted):
    """Whoever raised it takes it off the ledger: it need not be cleared any more."""


@named(
    "提级协调",
    "Obstacle escalated",
    "逾期或三十日无进展的症结，由登记方或承办方提请上一级协调。",
)
class ObstacleEscalated(_Noted):
    """It is overdue, or nothing was done for thirty days: the level above is asked."""

    level: Annotated[
        Organisation,
        Words(
            "协调单位",
            "Level above",
            "提请哪个上级单位协调。",
            "The unit of the level above that is to coordinate.",
        ),
    ]


# --- derived ------------------------------------------------------------------


@named("办理步骤", "Step taken", "一项症结已走过的一个步骤。")
class ObstacleStep(Value):
    """One step that an obstacle has gone through."""

    step: Annotated[
        str,
        Words(
            "步骤",
            "Step",
            "陈述的事件名称，如 obstacle.assigned。",
            "The fact that was stated, such as obstacle.assigned.",
        ),
    ]
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
        str,
        Words("说明", "Note", "任务、情况或理由。", "The task, the report or why."),
    ]
    due: Annotated[
        PartialDate | None,
        Words(
            "时限",
            "Due",
            "该步骤所定的时限；不涉及时限的不填。",
            "The deadline that the step set; absent where it sets none.",
        ),
    ] = None


@named("已过时限", "Missed deadline", "一方承办期间已过而未申请销号的时限。")
class MissedDeadline(Value):
    """A deadline that passed while a party had the obstacle: it stays with that."""

    party: Annotated[
        PartyCode, Words("主体", "Party", "当时的承办方。", "Who had it then.")
    ]
    due: Annotated[
        PartialDate, Words("时限", "Due", "已过的时限。", "When it was due.")
    ]


@named("登记版本", "Version of a registration", "一项症结的一次登记或重报。")
class ObstacleVersion(Value):
    """An obstacle as it was registered, once or again."""

    version: Annotated[int, Words("第几版", "Version", "从 1 起。", "Counted from 1.")]
    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    title: Annotated[
        str,
        Words("症结", "Title", "该版的一句话说明。", "What it was in that version."),
    ]
    due: Annotated[
        PartialDate,
        Words("办结时限", "Due", "该版所写时限。", "When it was due by that version."),
    ]


@named(
    "症结记录",
    "Obstacle recorded",
    "一项挂账症结的现状、经过和可办步骤，由各方陈述推导。",
)
class ObstacleRecorded(PartRecord):
    """An obstacle as it stands: its state, its way there, and what is open."""

    title: Annotated[
        str, Words("症结", "Title", "一句话说明。", "The obstacle in one line.")
    ]
    kind: Annotated[
        ObstacleKind, Words("类别", "Kind", "症结类别。", "What kind it is.")
    ]
    stage: Annotated[
        ObstacleStage,
        Words("推进情形", "Stage", "所属项目情形。", "The situation it is sorted by."),
    ]
    state: Annotated[
        ObstacleState,
        Words("状态", "State", "办到哪一步。", "How far it has come."),
    ]
    raised_by: Annotated[
        PartyCode,
        Words("登记方", "Raised by", "登记方代码。", "Who registered it, by code."),
    ]
    assigned_to: Annotated[
        PartyCode | None,
        Words(
            "承办方",
            "Assigned to",
            "承办方代码；未交办时不填。",
            "The code of who was given it; absent while nobody was.",
        ),
    ] = None
    unit: Annotated[
        Organisation,
        Words(
            "单位",
            "Unit",
            "现由哪个单位负责：交办后为承办单位。",
            "The unit that has it now: the assigned one, once it is assigned.",
        ),
    ]
    due: Annotated[
        PartialDate,
        Words("办结时限", "Due", "现行时限。", "When it is due, extensions counted."),
    ]
    first_due: Annotated[
        PartialDate,
        Words(
            "最初时限",
            "First due",
            "登记时的时限，不随延期而变。",
            "When it was due as registered; no extension changes it.",
        ),
    ]
    extensions: Annotated[
        int,
        Words(
            "延期次数",
            "Extensions",
            "时限推迟过几次；各次见经过。",
            "How often it was moved; the steps tell each.",
        ),
    ] = 0
    missed: Annotated[
        tuple[MissedDeadline, ...],
        Words(
            "已过时限",
            "Missed",
            "改派前已过的时限及当时的承办方；没有时为空。",
            "What passed before it was given to another, and who had it; may be empty.",
        ),
    ] = ()
    versions: Annotated[
        tuple[ObstacleVersion, ...],
        Words(
            "登记版本",
            "Versions",
            "各次登记，按先后；内容以最后一版为准。",
            "Each registration in order; the last says the text.",
        ),
    ]
    escalated_to: Annotated[
        Organisation | None,
        Words(
            "提级协调单位",
            "Escalated to",
            "已提请哪个上级单位协调；没有时不填。",
            "Which unit of the level above was asked; absent while none was.",
        ),
    ] = None
    given_up_by: Annotated[
        PartyCode | None,
        Words(
            "退出的承办方",
            "Given up by",
            "承办方已退出，症结退回登记方；没有时不填。",
            "Who had it and has left: it is back with whoever raised it.",
        ),
    ] = None
    closed_late: Annotated[
        bool | None,
        Words(
            "逾期销号",
            "Closed late",
            "申请销号的收件日是否晚于时限；未销号时不填。",
            "Whether it was submitted, as recorded, after it was due; absent if open.",
        ),
    ] = None
    steps: Annotated[
        tuple[ObstacleStep, ...],
        Words("经过", "Steps", "已走过的步骤，按先后。", "The steps taken, in order."),
    ]
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "可办步骤",
            "Open steps",
            "现在可办的步骤及办理方；已销号时为空。",
            "Which steps are open now, and to whom; none once it is closed.",
        ),
    ] = ()
    no_effect: StatementsWithoutEffect = ()
