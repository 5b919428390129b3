"""The joint view of one project, derived from what all its members said."""

from typing import Annotated, Any

from twincity_schemas.progress import Scope
from twincity_schemas.project import ItemClass
from twincity_schemas.values import (
    Digest,
    Domain,
    Money,
    Number,
    PartialDate,
    PartyCode,
    Value,
)
from twincity_schemas.words import Coded, Words


class Agreement(Coded):
    """How far the members have come with each other."""

    AGREED = "agreed", "一致", "agreed"
    DISPUTED = "disputed", "有分歧", "disputed"
    COMPATIBLE = "compatible", "尚无分歧", "nothing disputed, not yet agreed"
    SINGLE = "single", "单方", "one side has spoken"
    DECLINED = "declined", "被拒", "declined"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"


class FieldState(Coded):
    """How far the members agree on one field."""

    SETTLED = "settled", "一致", "settled"
    DISPUTED = "disputed", "有分歧", "disputed"
    SINGLE = "single", "单方", "single"


class Stance(Coded):
    """Where one member stands."""

    DESCRIBED = "described", "已描述", "described"
    ENDORSED = "endorsed", "已认可", "endorsed"
    OUTDATED = "outdated", "认可已过时", "endorsed what has since been replaced"
    DECLINED = "declined", "已拒绝", "declined"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"
    SILENT = "silent", "未表态", "silent"


class Said(Value):
    """One member's value of a field, with the paper it comes from."""

    value: Annotated[Any, Words("值", "Value")]
    as_of: Annotated[PartialDate, Words("数据截至", "As of")]
    source: Annotated[str, Words("来源", "Source")]
    statement: Annotated[str, Words("陈述编号", "Statement")]


class FieldRecord(Value):
    """A field of the description: settled, or each member's value side by side."""

    state: Annotated[FieldState, Words("状态", "State")]
    value: Annotated[
        Any, Words("值", "Value", "有分歧时为空", "Null while disputed")
    ] = None
    by: Annotated[dict[PartyCode, Said], Words("各方所述", "By party")]


class MemberStance(Value):
    """Where a member stands, and on which description."""

    stance: Annotated[Stance, Words("立场", "Stance")]
    description: Annotated[Digest | None, Words("描述摘要", "Description")] = None
    of: Annotated[PartyCode | None, Words("哪一方的描述", "Whose description")] = None
    reason: Annotated[str | None, Words("理由", "Reason")] = None


class PartyProgress(Value):
    """One member's report of a period, with the computed figures beside it."""

    scope: Annotated[Scope, Words("统计范围", "Scope")]
    annual_plan: Annotated[Money, Words("年度计划投资（万元）", "Planned, 万元")]
    annual_investment: Annotated[Money, Words("本年完成（万元）", "This year, 万元")]
    cumulative_investment: Annotated[Money, Words("累计完成（万元）", "In all, 万元")]
    reported_rate: Annotated[Number | None, Words("自报完成率", "Reported rate, %")] = (
        None
    )
    computed_rate: Annotated[Number, Words("计算完成率", "Computed rate, %")]
    lead: Annotated[
        Number,
        Words(
            "超时序（百分点）",
            "Lead over elapsed time, percentage points",
            "完成率 − 月份÷12",
            "Computed rate minus month/12; negative is a lag",
        ),
    ]
    physical_progress: Annotated[str | None, Words("形象进度", "On site")] = None
    as_of: Annotated[PartialDate, Words("数据截至", "As of")]
    source: Annotated[str, Words("来源", "Source")]
    statement: Annotated[str, Words("陈述编号", "Statement")]


class JointProgress(Value):
    """The whole project in a period, where what was said allows it."""

    annual_plan: Annotated[Money, Words("年度计划投资（万元）", "Planned, 万元")]
    annual_investment: Annotated[Money, Words("本年完成（万元）", "This year, 万元")]
    cumulative_investment: Annotated[Money, Words("累计完成（万元）", "In all, 万元")]
    computed_rate: Annotated[Number, Words("计算完成率", "Computed rate, %")]
    lead: Annotated[Number, Words("超时序（百分点）", "Lead, percentage points")]


class PeriodRecord(Value):
    """A period («1—N月»): what each said, and what follows for the whole."""

    year: Annotated[int, Words("年度", "Year")]
    through_month: Annotated[int, Words("截至月份", "Through month")]
    state: Annotated[FieldState, Words("状态", "State")]
    joint: Annotated[JointProgress | None, Words("合计", "Joint")] = None
    by: Annotated[dict[PartyCode, PartyProgress], Words("各方所报", "By party")]


class ProjectRecorded(Value):
    """The joint view of a project: written by nobody, derived by anybody."""

    subject: Annotated[str, Words("事项", "Subject")]
    agreement: Annotated[Agreement, Words("总体状态", "Agreement")]
    domain: Annotated[Domain, Words("领域", "Domain")]
    name: Annotated[str, Words("名称", "Name")]
    item_class: Annotated[ItemClass, Words("事项类别", "Item class")]
    members: Annotated[dict[PartyCode, MemberStance], Words("各方立场", "Members")]
    fields: Annotated[dict[str, FieldRecord], Words("各字段", "Fields")]
    progress: Annotated[tuple[PeriodRecord, ...], Words("进度", "Progress")] = ()
    statements: Annotated[
        int, Words("陈述数", "Statements", "所依据的陈述条数", "How many it rests on")
    ]
