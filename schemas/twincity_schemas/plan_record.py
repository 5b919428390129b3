"""The joint view of one enterprise's plans, measure by measure."""

from typing import Annotated

from pydantic import Field

from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.plan import EffectFigure, PlanAim
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Differing, OpenStep, StatementCount, UnmetStatements
from twincity_schemas.values import (
    Domain,
    Organisation,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("措施状态", "State of a measure", "一项措施办到哪一步，由各方陈述推导。")
class MeasureState(Coded):
    """How far a measure has come; nobody writes it, it is derived."""

    OPEN = (
        "open",
        "待办理",
        "open",
        "尚未办理，时限未过。",
        "It has not been taken, and is not late.",
    )
    LATE = (
        "late",
        "逾期",
        "late",
        "尚未办理，且时限早于该计划最新陈述的收件日期。",
        "It was not taken, and due before the day of what was recorded last of it.",
    )
    TAKEN = (
        "taken",
        "已办理",
        "taken",
        "已办理，待企业或业主确认效果。",
        "It was taken; the enterprise or the owner has yet to confirm its effect.",
    )
    EFFECTIVE = (
        "effective",
        "已见效",
        "effective",
        "企业或业主确认达到预期效果。",
        "The enterprise or the owner confirms that it had its effect.",
    )
    DROPPED = (
        "dropped",
        "已撤销",
        "dropped",
        "后来的计划不再列入，且当时未逾期。",
        "A later plan has it no more; it was not overdue when it went.",
    )
    WANTING = (
        "wanting",
        "效果不足",
        "found wanting",
        "确认为部分达到或未达到，待再办理。",
        "Its effect was not, or not fully, reached; it is to be taken anew.",
    )


@named("措施步骤", "Step of a measure", "一项措施已走过的一个步骤。")
class MeasureStep(Value):
    """One step that a measure has gone through."""

    step: Annotated[
        str,
        Words(
            "步骤",
            "Step",
            "陈述的事件名称，如 plan.taken。",
            "The fact that was stated, such as plan.taken.",
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
        Words("说明", "Note", "依据或确认意见。", "The evidence, or what they say."),
    ]


@named("措施记录", "Record of a measure", "一项措施的内容、现状、经过和可办步骤。")
class MeasureRecord(Value):
    """A measure as it stands: whose it is, how far it has come, what is open."""

    what: Annotated[str, Words("措施", "What", "要办成的事。", "What is to be done.")]
    drawn_by: Annotated[
        PartyCode,
        Words("制定方", "Drawn by", "制定方代码。", "The code of whose plan has it."),
    ]
    party: Annotated[
        PartyCode,
        Words(
            "责任方", "Party", "责任方代码。", "The code of the member that owns it."
        ),
    ]
    unit: Annotated[
        Organisation,
        Words("责任单位", "Unit", "负责办理的单位。", "The unit that is to do it."),
    ]
    due: Annotated[
        PartialDate, Words("完成时限", "Due", "应何时办成。", "When it is to be done.")
    ]
    first_due: Annotated[
        PartialDate,
        Words("首次时限", "First due", "最初时限。", "As it was first said."),
    ]
    changes: Annotated[
        tuple[DeadlineChange, ...],
        Words(
            "时限变更", "Changes", "历次再议的时限。", "Deadlines that were said again."
        ),
    ] = ()
    dropped: Annotated[
        PartialDate | None,
        Words(
            "撤销日",
            "Dropped",
            "自何日起现行计划不再列入；仍列入时不填。",
            "Since when no version of the plan has it; absent while one does.",
        ),
    ] = None
    effect: Annotated[
        str,
        Words(
            "预期效果",
            "Expected effect",
            "对企业有何作用。",
            "What it is to do for them.",
        ),
    ]
    target: Annotated[
        EffectFigure | None,
        Words(
            "预期值",
            "Target",
            "不能量化时不填。",
            "As a figure; absent if it has none.",
        ),
    ] = None
    state: Annotated[
        MeasureState, Words("状态", "State", "办到哪一步。", "How far it has come.")
    ]
    taken_late: Annotated[
        bool | None,
        Words(
            "逾期办理",
            "Taken late",
            "最近一次办理是否晚于时限；未办理时不填。",
            "Whether it was last taken after it was due; absent until it is taken.",
        ),
    ] = None
    value: Annotated[
        EffectFigure | None,
        Words(
            "实际值",
            "Value",
            "最近一次确认的实际效果；没有时不填。",
            "The effect that was last confirmed, as a figure; absent without one.",
        ),
    ] = None
    steps: Annotated[
        tuple[MeasureStep, ...],
        Words("经过", "Steps", "已走过的步骤，按先后。", "The steps taken, in order."),
    ] = ()
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "可办步骤",
            "Open steps",
            "现在可办的步骤及办理方；已见效时为空。",
            "Which steps are open now, and to whom; none once it is effective.",
        ),
    ] = ()


@named("单方计划", "Plan of one side", "一个成员为该企业制定的计划。")
class PlanSide(Value):
    """What one member has drawn for the enterprise."""

    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    enterprise: Annotated[
        Organisation,
        Words("企业", "Enterprise", "该方所述的企业。", "The enterprise as it says."),
    ]
    project: Annotated[
        SubjectId | None,
        Words(
            "关联项目", "Related project", "没有时不填。", "The joint project, if any."
        ),
    ] = None
    aim: Annotated[
        PlanAim,
        Words("目标", "Aim", "落地、投产或见效。", "What it is to bring about."),
    ]
    measures: Annotated[
        tuple[str, ...],
        Words(
            "措施",
            "Measures",
            "该方各项措施的键，形如“制定方/编号”，按原文次序。",
            "The keys of its measures, <drawn by>/<code>, as the plan lists them.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("数据截至", "As of", "截至何日。", "The date the plan is of."),
    ]
    source: Annotated[
        str, Words("来源", "Source", "所依据的文件或会议。", "The paper it is from.")
    ]


@named(
    "一企一策记录",
    "Plan recorded",
    "一家企业各方计划的联合视图，由各方陈述推导，任何人可复算。",
)
class PlanRecorded(Value):
    """The plans of all sides for one enterprise: derived, written by nobody."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "计划标识，如 plan/chengdu.chongqing/某企业简称。",
            "Its identifier, such as plan/chengdu.chongqing/<enterprise>.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "取最先收件的制定方所述；记录发布到该领域主题。",
            "As said by whoever was recorded first; the record lies there.",
        ),
    ]
    enterprise: Annotated[
        Organisation | None,
        Words(
            "企业",
            "Enterprise",
            "取最先收件的制定方所述；同时收件而不同时不填，见各方计划。",
            "As whoever was recorded first says; absent where a tie differs.",
        ),
    ] = None
    enterprise_state: Annotated[
        FieldState,
        Words(
            "企业是否一致",
            "State of the enterprise",
            "各方所述是否同一企业：有信用代码的比代码，否则比名称。",
            "Whether all mean the same one: by credit code where given, else by name.",
        ),
    ]
    differing: Differing = Field(default_factory=dict)
    plans: Annotated[
        dict[PartyCode, PlanSide],
        Words(
            "各方计划",
            "Plans",
            "以主体代码为键，各方计划并列。",
            "The plan of each side beside the others, by party code.",
        ),
    ]
    measures: Annotated[
        dict[str, MeasureRecord],
        Words(
            "措施",
            "Measures",
            "以“制定方/编号”为键，按时限排列。",
            "By <drawn by>/<code>, sorted by when they are due.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "有效陈述最近的收件日期；逾期以此为准。",
            "The day of what was recorded last and has effect; late is late by it.",
        ),
    ]
    statements: StatementCount
    unmet: UnmetStatements = ()
