"""The policy loop (政策落实闭环): issued, put into effect, tried out, improved.

制定出台 → 协调落实 → 终端检验 → 优化提升, and round again. A turn of the loop is
one edition of the policy. Each member speaks for its own side and in its own
time; what ties the statements together is said in them: what is coordinated,
verified or improved answers to an edition, an improvement names the findings
that it answers to, and the next edition answers to an improvement.
"""

from typing import Annotated

from pydantic import Field, model_validator

from twincity_schemas.problems import WrongValueError
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode, distinct
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("检验主体", "Kind of terminal", "在办事终端检验政策的是企业还是群众。")
class Terminal(Coded):
    """Who met the policy where it has to work."""

    ENTERPRISE = (
        "enterprise",
        "企业",
        "enterprise",
        "企业作为办事或受惠对象。",
        "An enterprise that applies for something or is to benefit.",
    )
    CITIZEN = (
        "citizen",
        "群众",
        "citizen",
        "群众作为办事或受惠对象。",
        "A citizen who applies for something or is to benefit.",
    )


@named("检验渠道", "Channel of a finding", "终端检验的情况由何渠道得来。")
class FindingChannel(Coded):
    """How it became known whether a provision works."""

    COUNTER = (
        "counter",
        "服务窗口",
        "service counter",
        "在政务服务窗口办理时发现。",
        "It showed at a counter where the service is given.",
    )
    ONLINE = (
        "online",
        "网上平台",
        "online",
        "在网站、移动应用等线上办理时发现。",
        "It showed on a website or in an application.",
    )
    HOTLINE = (
        "hotline",
        "12345热线",
        "hotline 12345",
        "来自12345热线的反映。",
        "It was reported to the government hotline 12345.",
    )
    VISIT = (
        "visit",
        "走访座谈",
        "visit",
        "走访企业、群众或座谈时了解。",
        "It was told when enterprises or citizens were visited.",
    )
    SURVEY = (
        "survey",
        "问卷评价",
        "survey",
        "来自问卷或“好差评”。",
        "It comes from a survey or from ratings of the service.",
    )
    TRIAL = (
        "trial",
        "全流程体验",
        "trial run",
        "工作人员按企业群众身份走完全流程。",
        "Staff went through the whole procedure as an applicant would.",
    )


@named("检验结论", "Outcome", "一项规定在终端是否管用。")
class FindingOutcome(Coded):
    """Whether a provision works where it has to."""

    WORKS = (
        "works",
        "管用",
        "works",
        "照规定办成了。",
        "What it provides for was had as it says.",
    )
    PARTLY = (
        "partly",
        "部分管用",
        "works in part",
        "能办，但有环节不符合规定。",
        "It was had, but not all of it as it says.",
    )
    FAILS = (
        "fails",
        "不管用",
        "does not work",
        "照规定办不成。",
        "What it provides for could not be had.",
    )


@named("政策条款", "Provision", "政策的一条规定，以编号跨版本跟踪。")
class PolicyProvision(Value):
    """One thing that it provides for; the code stays from edition to edition."""

    code: Annotated[
        ItemCode,
        Words(
            "条款编号",
            "Code",
            "各成员、各版本共用的编号，如 one-code。",
            "Its name in every edition and for every member, such as one-code.",
        ),
    ]
    text: Annotated[
        Paragraph,
        Words("条文", "Text", "条款内容。", "What it provides for."),
    ]


@named(
    "政策出台",
    "Policy issued",
    "主体出台政策的一版；同版重报则更正文字，下一版须答复一次优化。",
)
class PolicyIssued(Statement):
    """A member issues an edition; said again, it corrects the text of that edition.

    Members that issue an edition together each say it. From the second edition
    on it answers to the improvement that it takes up, or has no effect.
    """

    edition: Annotated[
        int,
        Field(ge=1, le=999),
        Words(
            "版次",
            "Edition",
            "从1起编，每完成一轮优化加1。",
            "Counted from 1; a turn of the loop that ends makes the next.",
        ),
    ]
    answers: Annotated[
        Line | None,
        Words(
            "所答陈述",
            "Answers",
            "本版所落实的优化提升陈述的编号（ce_id）；第一版不填。",
            "The id (ce_id) of the improvement that it takes up; the first has none.",
        ),
    ] = None
    title: Annotated[
        Line, Words("政策名称", "Title", "文件标题。", "What the document is called.")
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "五个领域之一；第一版所述决定记录发布到哪个主题。",
            "One of the five; what the first edition says decides the record's topic.",
        ),
    ]
    document_number: Annotated[
        Line | None,
        Words(
            "发文字号",
            "Document number",
            "如 川办发〔2020〕1号；没有时不填。",
            "The number that the office gave it; absent where there is none.",
        ),
    ] = None
    issuer: Annotated[
        Organisation,
        Words("发文单位", "Issuer", "出台该版的单位。", "The unit that issues it."),
    ]
    effective: Annotated[
        PartialDate,
        Words(
            "施行日期",
            "Effective",
            "自何时起施行，可只写到年或月。",
            "From when it holds, to the year, month or day.",
        ),
    ]
    provisions: Annotated[
        tuple[PolicyProvision, ...],
        Field(min_length=1, max_length=200),
        Words(
            "条款",
            "Provisions",
            "该版全部条款，逐条编号。",
            "All that the edition provides for, each with its code.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("数据截至", "As of", "所述截至何日。", "The date the text is of."),
    ]

    @model_validator(mode="after")
    def _each_provision_once(self) -> "PolicyIssued":
        distinct("provisions", [provision.code for provision in self.provisions])
        return self


class _OfEdition(Statement):
    answers: Annotated[
        Line,
        Words(
            "所答版本",
            "Answers",
            "所针对的政策出台陈述的编号（ce_id），任一成员的均可。",
            "The id (ce_id) of a statement, any member's, that issued the edition.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words("日期", "As of", "情况截至何日。", "The date the facts are of."),
    ]


class _OfProvision(_OfEdition):
    provision: Annotated[
        ItemCode,
        Words(
            "条款编号",
            "Provision",
            "该版中的条款编号。",
            "The code that the provision has in the edition.",
        ),
    ]


@named(
    "政策落实",
    "Policy coordinated",
    "成员报告其一侧如何落实某一条款；重报则更新。",
)
class PolicyCoordinated(_OfProvision):
    """A member has put a provision into effect on its side; said again, it updates."""

    how: Annotated[
        Paragraph,
        Words(
            "落实方式",
            "How",
            "以何措施落实，如细则、系统改造、窗口设置。",
            "By what means, such as rules of detail, a changed system, a counter.",
        ),
    ]
    unit: Annotated[
        Organisation,
        Words(
            "落实单位",
            "Unit",
            "负责落实该条款的单位。",
            "The unit that put it into effect.",
        ),
    ]
    since: Annotated[
        PartialDate,
        Words(
            "落实日期",
            "Since",
            "该条款自何时起在本方落地。",
            "From when the provision has been in effect on this side.",
        ),
    ]


@named(
    "终端检验",
    "Policy verified",
    "成员报告企业群众在终端检验某一条款的结论；同一编号重报即为复验。",
)
class PolicyVerified(_OfProvision):
    """What an enterprise or a citizen found; the same finding said again is a retrial.

    A quotation names nobody: it is read by all who read the record.
    """

    finding: Annotated[
        ItemCode,
        Words(
            "检验编号",
            "Finding",
            "本方自编的编号，如 gate-07；复验沿用原编号。",
            "The party's own name for it, such as gate-07; a retrial keeps it.",
        ),
    ]
    outcome: Annotated[
        FindingOutcome,
        Words("结论", "Outcome", "该条款是否管用。", "Whether the provision works."),
    ]
    terminal: Annotated[
        Terminal,
        Words(
            "检验主体",
            "Terminal",
            "由企业还是群众检验。",
            "Whether an enterprise or a citizen found it.",
        ),
    ]
    channel: Annotated[
        FindingChannel,
        Words("渠道", "Channel", "由何渠道得知。", "How it became known."),
    ]
    sample: Annotated[
        int,
        Field(ge=1),
        Words(
            "样本数",
            "Sample",
            "结论依据多少件办理或多少人次。",
            "How many cases or persons the outcome rests on.",
        ),
    ]
    quote: Annotated[
        Paragraph | None,
        Words(
            "原话",
            "Quotation",
            "企业群众的原话，不写姓名和联系方式；没有时不填。",
            "Their own words, without names or numbers; absent where there are none.",
        ),
    ] = None


@named("条款修改", "Change of a provision", "对一条款的修改：原文与新文。")
class PolicyChange(Value):
    """What a provision was and what it is to be."""

    code: Annotated[
        ItemCode,
        Words("条款编号", "Code", "所改条款的编号。", "The code of the provision."),
    ]
    was: Annotated[
        Paragraph | None,
        Words(
            "原文",
            "Was",
            "该版条文；新增条款时不填。",
            "Its text in this edition; absent for a new provision.",
        ),
    ] = None
    now: Annotated[
        Paragraph | None,
        Words(
            "新文",
            "Now",
            "下一版条文；删除条款时不填。",
            "Its text in the next edition; absent where it is dropped.",
        ),
    ] = None

    @model_validator(mode="after")
    def _something_changes(self) -> "PolicyChange":
        if self.was == self.now:
            raise WrongValueError(
                "nothing_changed",
                "原文与新文相同，未作修改",
                "was and now are the same: nothing changes",
            )
        return self


@named(
    "政策优化",
    "Policy improved",
    "成员针对检验结论提出下一版的修改；下一版答复本陈述。",
)
class PolicyImproved(_OfEdition):
    """A member answers to findings with what it changes; the next edition follows."""

    findings: Annotated[
        tuple[Line, ...],
        Field(min_length=1, max_length=200),
        Words(
            "所答检验",
            "Findings",
            "所针对的终端检验陈述的编号（ce_id）。",
            "The ids (ce_id) of the verifications that it answers to.",
        ),
    ]
    changes: Annotated[
        tuple[PolicyChange, ...],
        Field(min_length=1, max_length=200),
        Words(
            "修改",
            "Changes",
            "逐条列明原文和新文。",
            "Provision by provision, what it was and what it is to be.",
        ),
    ]
    reason: Annotated[
        Paragraph,
        Words(
            "修改理由",
            "Reason",
            "为何如此修改，与检验结论的关系。",
            "Why it is changed so, given what was found.",
        ),
    ]

    @model_validator(mode="after")
    def _each_provision_once(self) -> "PolicyImproved":
        distinct("changes", [change.code for change in self.changes])
        return self
