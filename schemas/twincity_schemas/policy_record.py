"""The joint view of one policy: its turns, and what each of them changed."""

from typing import Annotated

from pydantic import Field

from twincity_schemas.policy import FindingChannel, FindingOutcome, Terminal
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import Differing, OpenStep, StatementCount, UnmetStatements
from twincity_schemas.values import Domain, Organisation, PartialDate, PartyCode, Value
from twincity_schemas.words import Coded, Words, named


@named("闭环环节", "Stage of the loop", "政策落实闭环走到哪一环，由各方陈述推导。")
class PolicyStage(Coded):
    """How far a turn of the loop has come, or a member in it."""

    SILENT = (
        "silent",
        "未参与",
        "silent",
        "该成员在本轮尚未作出任何陈述。",
        "The member has said nothing in this turn.",
    )
    ISSUED = (
        "issued",
        "制定出台",
        "issued",
        "该版已出台，尚无条款报告落实。",
        "The edition is out; nothing of it is said to be in effect.",
    )
    COORDINATED = (
        "coordinated",
        "协调落实",
        "coordinated",
        "已有条款落实。",
        "Something of it has been put into effect.",
    )
    VERIFIED = (
        "verified",
        "终端检验",
        "verified",
        "已有企业群众在终端检验。",
        "Enterprises or citizens have tried it out.",
    )
    IMPROVED = (
        "improved",
        "优化提升",
        "improved",
        "已针对检验结论提出修改。",
        "Changes were made in answer to what they found.",
    )


@named("条款状态", "State of a provision", "一个条款在一轮中的状态，由各方陈述推导。")
class ProvisionState(Coded):
    """What has become of a provision in a turn."""

    ISSUED = (
        "issued",
        "待落实",
        "not in effect",
        "没有成员报告落实。",
        "No member has put it into effect.",
    )
    PARTLY_IN_EFFECT = (
        "partly-in-effect",
        "部分落实",
        "in effect in part",
        "部分成员已落实。",
        "Some members have put it into effect.",
    )
    IN_EFFECT = (
        "in-effect",
        "全面落实",
        "in effect",
        "全体成员已落实，尚未检验。",
        "Every member has put it into effect; nobody has tried it.",
    )
    PROVEN = (
        "proven",
        "检验管用",
        "proven",
        "全体成员已落实，各项检验均为管用。",
        "Every member has put it into effect, and all findings are that it works.",
    )
    WANTING = (
        "wanting",
        "检验有问题",
        "found wanting",
        "至少一项检验为部分管用或不管用。",
        "At least one finding is that it does not, or not fully, work.",
    )


@named("版本文本", "Text of an edition", "一个成员出台的该版文本的要项。")
class EditionText(Value):
    """An edition as one member issued it."""

    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    answers: Annotated[
        str | None,
        Words(
            "所答陈述",
            "Answers",
            "所落实的优化提升陈述；第一版不填。",
            "The improvement that it takes up; absent in the first edition.",
        ),
    ] = None
    title: Annotated[
        str, Words("政策名称", "Title", "文件标题。", "What the document is called.")
    ]
    document_number: Annotated[
        str | None,
        Words(
            "发文字号",
            "Document number",
            "没有时不填。",
            "The number the office gave it, if any.",
        ),
    ] = None
    issuer: Annotated[
        Organisation,
        Words("发文单位", "Issuer", "出台的单位。", "The unit that issued it."),
    ]
    effective: Annotated[
        PartialDate,
        Words("施行日期", "Effective", "自何时起施行。", "From when it holds."),
    ]


@named("落实情况", "In effect", "一个成员一侧某一条款的落实情况。")
class InEffect(Value):
    """How a provision was put into effect on one side."""

    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    how: Annotated[
        str, Words("落实方式", "How", "以何措施落实。", "By what means it was done.")
    ]
    unit: Annotated[
        Organisation,
        Words("落实单位", "Unit", "负责落实的单位。", "The unit that did it."),
    ]
    since: Annotated[
        PartialDate,
        Words("落实日期", "Since", "自何时起落地。", "From when it is in effect."),
    ]


@named("检验记录", "Finding", "一项终端检验的最新结论，及针对它的优化。")
class PolicyFinding(Value):
    """What was found at the terminal, and what answers to it."""

    party: Annotated[
        PartyCode,
        Words("主体", "Party", "报告方代码。", "The code of who reports it."),
    ]
    finding: Annotated[
        str,
        Words(
            "检验编号", "Finding", "报告方所编。", "The name that the party gave it."
        ),
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "最新一次检验的陈述编号。",
            "The id of the statement of the latest trial.",
        ),
    ]
    outcome: Annotated[
        FindingOutcome,
        Words("结论", "Outcome", "该条款是否管用。", "Whether the provision works."),
    ]
    terminal: Annotated[
        Terminal,
        Words("检验主体", "Terminal", "企业还是群众。", "Enterprise or citizen."),
    ]
    channel: Annotated[
        FindingChannel,
        Words("渠道", "Channel", "由何渠道得知。", "How it became known."),
    ]
    sample: Annotated[
        int, Words("样本数", "Sample", "依据多少件。", "How many cases it rests on.")
    ]
    quote: Annotated[
        str | None,
        Words(
            "原话", "Quotation", "没有时不填。", "Their own words, if there are any."
        ),
    ] = None
    as_of: Annotated[
        PartialDate, Words("日期", "As of", "检验日期。", "The date of the trial.")
    ]
    answered_by: Annotated[
        tuple[str, ...],
        Words(
            "所获优化",
            "Answered by",
            "针对该检验的优化提升陈述的编号；没有时为空。",
            "The ids of the improvements that answer to it; empty if none does.",
        ),
    ] = ()


@named("条款记录", "Record of a provision", "一个条款在一轮中的条文、落实和检验。")
class ProvisionRecord(Value):
    """A provision in a turn: its text, where it is in effect, what was found."""

    state: Annotated[
        ProvisionState,
        Words("状态", "State", "落实和检验到哪一步。", "What has become of it."),
    ]
    text_state: Annotated[
        FieldState,
        Words(
            "条文状态",
            "State of the text",
            "各方出台的条文是否一致；一方有而他方无，也算有分歧。",
            "Whether the members issued it alike; had by one alone, it is disputed.",
        ),
    ]
    text: Annotated[
        str | None,
        Words(
            "条文",
            "Text",
            "一致或单方的条文；有分歧时不填。",
            "The text agreed on or issued by one; absent while disputed.",
        ),
    ] = None
    texts: Annotated[
        dict[PartyCode, str],
        Words(
            "各方条文",
            "By party",
            "以主体代码为键的各方条文。",
            "The text as each member issued it, by party code.",
        ),
    ]
    in_effect: Annotated[
        dict[PartyCode, InEffect],
        Words(
            "落实",
            "In effect",
            "以主体代码为键，只列已落实的成员。",
            "By party code: the members that have put it into effect.",
        ),
    ] = Field(default_factory=dict)
    findings: Annotated[
        tuple[PolicyFinding, ...],
        Words(
            "检验",
            "Findings",
            "各方报告的终端检验，各取最新结论。",
            "What was found at the terminal, each finding as it is now.",
        ),
    ] = ()


@named("本轮修改", "Change made", "一轮优化提升对一条款的修改，及下一版是否采纳。")
class ChangeRecord(Value):
    """What a turn changed, by whom, and whether the next edition has it."""

    code: Annotated[
        str, Words("条款编号", "Code", "所改条款。", "The code of the provision.")
    ]
    was: Annotated[
        str | None,
        Words("原文", "Was", "新增条款时不填。", "Its text; absent where it is new."),
    ] = None
    now: Annotated[
        str | None,
        Words("新文", "Now", "删除时不填。", "The new text; absent where dropped."),
    ] = None
    party: Annotated[
        PartyCode,
        Words("主体", "Party", "提出修改的主体。", "The code of who changes it."),
    ]
    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "所在陈述的编号。", "The id of its statement."),
    ]
    reason: Annotated[str, Words("理由", "Reason", "为何修改。", "Why it is changed.")]
    adopted: Annotated[
        bool | None,
        Words(
            "已采纳",
            "Adopted",
            "下一版条文是否如此；下一版未出台时不填。",
            "Whether the next edition has it so; absent until there is one.",
        ),
    ] = None


@named("闭环一轮", "Turn of the loop", "政策的一版，及其落实、检验和优化。")
class PolicyTurn(Value):
    """One edition, and all that followed from it."""

    edition: Annotated[
        int, Words("版次", "Edition", "第几版。", "Which edition it is.")
    ]
    stage: Annotated[
        PolicyStage,
        Words(
            "环节",
            "Stage",
            "任一成员已到的最远环节。",
            "The furthest stage that any member has come to.",
        ),
    ]
    members: Annotated[
        dict[PartyCode, PolicyStage],
        Words(
            "各方环节",
            "Members",
            "以主体代码为键，每个成员走到的最远环节。",
            "The furthest stage that each member has come to, by party code.",
        ),
    ]
    texts: Annotated[
        dict[PartyCode, EditionText],
        Words(
            "各方文本",
            "Texts",
            "以主体代码为键，出台该版的成员。",
            "The edition as each member issued it, by party code.",
        ),
    ]
    provisions: Annotated[
        dict[str, ProvisionRecord],
        Words(
            "条款",
            "Provisions",
            "以条款编号为键。",
            "What the edition provides for, by the provision's code.",
        ),
    ]
    changes: Annotated[
        tuple[ChangeRecord, ...],
        Words(
            "修改",
            "Changes",
            "本轮优化提升所作的修改；没有时为空。",
            "What was changed in answer to this turn's findings; may be empty.",
        ),
    ] = ()


@named(
    "政策记录",
    "Policy recorded",
    "一项政策各轮闭环的联合视图，由各方陈述推导，任何人可复算。",
)
class PolicyRecorded(Value):
    """The joint view of a policy, turn by turn: derived, written by nobody."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "政策标识，如 policy/chengdu.chongqing/one-code-transit。",
            "Its identifier, such as policy/chengdu.chongqing/one-code-transit.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "第一版所述，取最先收件的出台方；记录在该领域主题。",
            "As the first edition says, of whoever issued it first as recorded.",
        ),
    ]
    title: Annotated[
        str,
        Words(
            "政策名称",
            "Title",
            "最新一版的标题，取最先收件的出台方；各方所述见各版。",
            "Of the latest edition, as whoever issued it first says; texts have each.",
        ),
    ]
    differing: Differing = Field(default_factory=dict)
    edition: Annotated[
        int, Words("现行版次", "Edition", "最新一版。", "Which edition is the latest.")
    ]
    stage: Annotated[
        PolicyStage,
        Words(
            "环节", "Stage", "最新一轮走到的环节。", "How far the latest turn has come."
        ),
    ]
    turns: Annotated[
        tuple[PolicyTurn, ...],
        Words("各轮", "Turns", "按版次先后。", "The turns in the order of editions."),
    ]
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "待办步骤",
            "Open steps",
            "闭环正等待的步骤、由谁办理、应答哪一陈述。",
            "What the loop waits for, from whom, and what to answer to.",
        ),
    ] = ()
    statements: StatementCount
    unmet: UnmetStatements = ()
