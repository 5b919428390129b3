"""One plan per enterprise (一企一策): drawn, taken measure by measure, confirmed.

Each member draws the plan of its own side, so that two cities that both serve an
enterprise see each other's measures. A measure belongs to a unit of a member.
What was done about it answers to the plan that first had it, a confirmation
answers to what was done; the measure's record says what to answer to next.
"""

from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.decimals import Number
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode, distinct
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("一企一策目标", "Aim of a plan", "计划要推动产业化项目达到的阶段。")
class PlanAim(Coded):
    """What the plan is to bring the enterprise's project to."""

    LANDING = (
        "landing",
        "落地",
        "landing",
        "推动项目签约落地、开工建设。",
        "The project is to find its place and begin.",
    )
    PRODUCTION = (
        "production",
        "投产",
        "production",
        "推动项目竣工投产。",
        "The project is to be completed and produce.",
    )
    RESULTS = (
        "results",
        "见效",
        "results",
        "推动项目达产达效。",
        "The project is to come to its full output and effect.",
    )


@named("效果值", "Figure of an effect", "以数值表示的预期或实际效果，带单位。")
class EffectFigure(Value):
    """An effect as a figure, expected or reached."""

    value: Annotated[
        Number,
        Words("数值", "Value", "十进制字符串。", "The figure as a decimal string."),
    ]
    unit: Annotated[
        Line,
        Words("单位", "Unit", "计量单位，如 天、万元。", "Such as 天 (days) or 万元."),
    ]


@named("计划措施", "Measure", "一企一策中的一项措施：何事、谁办、何时、预期效果。")
class PlanMeasure(Value):
    """One thing that is done for the enterprise: by whom, by when, to what effect."""

    code: Annotated[
        ItemCode,
        Words(
            "措施编号",
            "Code",
            "制定方自编，各次修订沿用，如 power-01。",
            "The party's own name for it in each version, such as power-01.",
        ),
    ]
    what: Annotated[
        Line,
        Words("措施", "What", "要办成的事，一行文字。", "What is to be done, a line."),
    ]
    party: Annotated[
        PartyCode,
        Words(
            "责任方",
            "Party",
            "责任单位所属主体代码，须为事项成员。",
            "The code of the member that the unit belongs to.",
        ),
    ]
    unit: Annotated[
        Organisation,
        Words("责任单位", "Unit", "负责办理的单位。", "The unit that is to do it."),
    ]
    due: Annotated[
        PartialDate,
        Words("完成时限", "Due", "应何时办成。", "When it is to be done."),
    ]
    effect: Annotated[
        Line,
        Words(
            "预期效果",
            "Expected effect",
            "对企业有何作用，一行文字。",
            "What it is to do for the enterprise, a line.",
        ),
    ]
    target: Annotated[
        EffectFigure | None,
        Words(
            "预期值",
            "Target",
            "以数值表示的预期效果；不能量化时不填。",
            "The expected effect as a figure; absent where it has none.",
        ),
    ] = None


@named(
    "计划制定",
    "Plan drawn",
    "主体为一家企业制定本方计划；重报即修订，整体取代本方旧计划。",
)
class PlanDrawn(Statement):
    """A member draws its side's plan for an enterprise; said again, it revises it.

    A measure that a revision keeps by its code keeps what was done about it.
    """

    enterprise: Annotated[
        Organisation,
        Words("企业", "Enterprise", "计划所服务的企业。", "Whom the plan is for."),
    ]
    project: Annotated[
        SubjectId | None,
        Words(
            "关联项目",
            "Related project",
            "所服务的双城项目标识；没有时不填。",
            "The joint project that it serves; absent where there is none.",
        ),
    ] = None
    aim: Annotated[
        PlanAim,
        Words(
            "目标",
            "Aim",
            "推动落地、投产还是见效。",
            "What it is to bring the enterprise's project to.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "五个领域之一，决定记录发布到哪个主题。",
            "One of the five domains; it decides on which topic the record lies.",
        ),
    ]
    measures: Annotated[
        tuple[PlanMeasure, ...],
        Field(min_length=1, max_length=100),
        Words(
            "措施", "Measures", "本方计划的全部措施。", "All measures of this side's."
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("数据截至", "As of", "计划截至何日。", "The date the plan is of."),
    ]
    source: Annotated[
        Line,
        Words(
            "来源",
            "Source",
            "计划所依据的文件或会议。",
            "The paper or meeting that the plan is taken from.",
        ),
    ]

    @model_validator(mode="after")
    def _each_measure_once(self) -> "PlanDrawn":
        distinct("measures", (measure.code for measure in self.measures))
        return self


class _OfMeasure(Statement):
    drawn_by: Annotated[
        PartyCode,
        Words(
            "制定方",
            "Drawn by",
            "制定该计划的主体代码。",
            "The code of the party whose plan has the measure.",
        ),
    ]
    measure: Annotated[
        ItemCode,
        Words(
            "措施编号",
            "Measure",
            "制定方为该措施所编的编号。",
            "The code that the measure has in that plan.",
        ),
    ]
    answers: Answers
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "该步骤的日期。", "The date of this step."),
    ]


@named("措施办理", "Plan taken", "责任方报告措施已办理，附依据。")
class PlanTaken(_OfMeasure):
    """Whoever owns the measure has taken it, and says what shows it."""

    evidence: Annotated[
        Paragraph,
        Words(
            "办理依据",
            "Evidence",
            "办成何事、有何凭据。",
            "What was done and what shows it.",
        ),
    ]


@named("确认方", "Who confirms", "措施效果由企业还是项目业主确认。")
class Confirmer(Coded):
    """Whose word it is that the measure had its effect."""

    ENTERPRISE = (
        "enterprise",
        "企业",
        "enterprise",
        "计划所服务的企业。",
        "The enterprise that the plan is for.",
    )
    OWNER = (
        "owner",
        "项目业主",
        "owner",
        "关联项目的业主单位。",
        "The owner of the project that the plan serves.",
    )


@named("效果结论", "Effect", "措施是否达到预期效果。")
class Effect(Coded):
    """How far a measure has done what it was for."""

    REACHED = (
        "reached",
        "达到",
        "reached",
        "达到预期效果。",
        "It has the effect that was expected.",
    )
    PARTLY = (
        "partly",
        "部分达到",
        "reached in part",
        "部分达到，需继续办理。",
        "It has some of the effect; more is to be done.",
    )
    MISSED = (
        "missed",
        "未达到",
        "missed",
        "未达到，需重新办理。",
        "It has not the effect that was expected and is to be taken anew.",
    )


@named("效果确认", "Plan confirmed", "制定方转达企业或业主对措施效果的确认。")
class PlanConfirmed(_OfMeasure):
    """Whoever drew the plan passes on what the enterprise or the owner confirms."""

    confirmed_by: Annotated[
        Confirmer,
        Words(
            "确认方",
            "Confirmed by",
            "由企业还是业主确认。",
            "Whether the enterprise or the owner confirms it.",
        ),
    ]
    effect: Annotated[
        Effect,
        Words("效果", "Effect", "是否达到预期。", "How far the effect was reached."),
    ]
    value: Annotated[
        EffectFigure | None,
        Words(
            "实际值",
            "Value",
            "以数值表示的实际效果；没有时不填。",
            "The effect reached, as a figure; absent where it has none.",
        ),
    ] = None
    note: Annotated[
        Paragraph,
        Words(
            "确认意见",
            "Note",
            "确认方的意见，不写个人姓名和联系方式。",
            "What they say to it, without names or numbers of persons.",
        ),
    ]
