"""The joint view of one project, derived from what all its members said.

This is the header; months, obstacles, factors, tasks and corrections have records
of their own (``parts``), which it counts.
"""

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from twincity_schemas.parts import OpenCount, OpenParts, Parts, StatementsDigest
from twincity_schemas.problems import Doubts
from twincity_schemas.project import ItemClass
from twincity_schemas.steps import OpenStep, StatementCount, StatementsWithoutEffect
from twincity_schemas.values import (
    Digest,
    Domain,
    PartialDate,
    PartyCode,
    Recorded,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("总体状态", "Agreement", "各成员就该项目达成一致的总体程度，由各方陈述推导。")
class Agreement(Coded):
    """How far the members have come with each other."""

    AGREED = (
        "agreed",
        "一致",
        "agreed",
        "在册成员均以现行描述为准，且所述各字段完全一致。",
        "Every member that stays stands behind the same content now.",
    )
    DISPUTED = (
        "disputed",
        "有分歧",
        "disputed",
        "至少一个字段各方所述不同，各方的值并列保留。",
        "Members differ on at least one field; their values stand side by side.",
    )
    AWAITING = (
        "awaiting",
        "待确认",
        "awaiting confirmation",
        "有成员所认可的描述已更新，或各方互认对方描述，须再表态。",
        "What a member endorsed was replaced, or endorsements crossed: it must answer.",
    )
    COMPATIBLE = (
        "compatible",
        "尚无分歧",
        "nothing disputed, not yet agreed",
        "两方以上所述互不矛盾，但有成员或字段尚缺。",
        "Two or more do not contradict, but members or fields are missing.",
    )
    SINGLE = (
        "single",
        "单方",
        "one side has spoken",
        "只有一个成员的描述有效，其他成员均未描述或认可。",
        "Only one member has described it; no other describes or endorses it.",
    )
    DECLINED = (
        "declined",
        "被拒",
        "declined",
        "至少一个成员拒绝了另一成员的现行描述。",
        "At least one member refuses what another describes at present.",
    )
    WITHDRAWN = (
        "withdrawn",
        "已撤回",
        "withdrawn",
        "成员相继退出，在册成员不足两方；其余情形只计在册成员。",
        "So many have left that fewer than two stay; else those who stay decide.",
    )


@named("字段状态", "State of a field", "各成员就一个字段或一个时段的数据是否一致。")
class FieldState(Coded):
    """How far the members agree on one field."""

    SETTLED = (
        "settled",
        "一致",
        "settled",
        "多方所述一致；进度按区段填报时，指全体成员已报齐。",
        "All who spoke agree; of sections, all members have reported theirs.",
    )
    DISPUTED = (
        "disputed",
        "有分歧",
        "disputed",
        "各方所述不同，不取任何一方的值。",
        "Those who spoke differ; neither value is taken.",
    )
    AWAITING = (
        "awaiting",
        "待确认",
        "awaiting confirmation",
        "只与尚待再次表态的成员原所认可的值不同，不算分歧。",
        "It differs only from what a member endorsed that has yet to answer anew.",
    )
    SINGLE = (
        "single",
        "单方",
        "single",
        "只有一方说过；清单指有条目仅部分成员列出，区段指尚未报齐。",
        "Only one has spoken; of lists an entry of it, of sections not all are in.",
    )


@named("成员立场", "Stance", "一个成员对该项目的最新立场。")
class Stance(Coded):
    """Where one member stands."""

    DESCRIBED = (
        "described",
        "已描述",
        "described",
        "以本方的描述为准。",
        "It stands by a description of its own.",
    )
    ENDORSED = (
        "endorsed",
        "已认可",
        "endorsed",
        "认可另一成员的现行描述，以之为本方描述。",
        "It has made another member's present description its own.",
    )
    OUTDATED = (
        "outdated",
        "待确认",
        "awaiting confirmation",
        "所认可或拒绝的描述已被更新或撤回，仍以原认可者为准，需重新表态。",
        "What it answered was replaced; it stands by that until it answers anew.",
    )
    CROSSED = (
        "crossed",
        "互认待确认",
        "endorsements crossed",
        "各方认可了对方的描述，须由其中一方重新描述。",
        "Each endorsed the other's description; one of them is to describe it again.",
    )
    DECLINED = (
        "declined",
        "已拒绝",
        "declined",
        "拒绝另一成员的现行描述，理由另列。",
        "It refuses another member's present description and says why.",
    )
    WITHDRAWN = (
        "withdrawn",
        "已撤回",
        "withdrawn",
        "已收回本方表述，不再有本方描述。",
        "It took its word back and has no description any more.",
    )
    SILENT = (
        "silent",
        "未表态",
        "silent",
        "尚未作出描述、认可、拒绝或撤回。",
        "It has not described, endorsed, declined or withdrawn anything.",
    )


@named("单方所述", "What one member says", "一个成员对一个字段所述的值，连同出处。")
class Said(Value):
    """One member's value of a field, with the paper it comes from."""

    value: Annotated[
        Any,
        Words(
            "值",
            "Value",
            "该字段的值，形式与描述中的该字段相同。",
            "The value, in the form that the field has in a description.",
        ),
    ]
    as_of: Annotated[
        PartialDate,
        Words(
            "数据截至",
            "As of",
            "该值的数据日期；值本身未注明时取整份描述的日期。",
            "The date of the value, or that of the description where it has none.",
        ),
    ]
    source: Annotated[
        str,
        Words(
            "来源",
            "Source",
            "该值的出处；值本身未注明时取整份描述的来源。",
            "The paper of the value, or that of the description where it has none.",
        ),
    ]
    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "载有该值的描述的编号；认可他方者，为他方描述的编号。",
            "The id of the description that holds it: of an endorser, the other's.",
        ),
    ]

    @model_serializer(mode="wrap")
    def _with_its_value(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Where absent fields are left out, a null that was said is none of them.
        return {"value": None, **write(self)}


@named(
    "字段记录", "Record of a field", "描述中的一个字段：已一致的值，或各方并列的值。"
)
class FieldRecord(Value):
    """A field of the description: settled, or each member's value side by side."""

    state: Annotated[
        FieldState,
        Words(
            "状态",
            "State",
            "各方就该字段一致、有分歧，还是只有单方所述。",
            "Whether the field is settled, disputed or said by one member.",
        ),
    ]
    value: Annotated[
        Any,
        Words(
            "值",
            "Value",
            "各方一致或单方所述的值；有分歧时不填。",
            "The value agreed on or said by one; absent while disputed.",
        ),
    ] = None
    by: Annotated[
        dict[PartyCode, Said],
        Words(
            "各方所述",
            "By party",
            "以主体代码为键；认可他方者按所认可的描述列出。",
            "Keyed by party code; an endorser is listed with what it endorsed.",
        ),
    ]


@named("成员立场", "Stance of a member", "一个成员的立场，及其所针对的描述。")
class MemberStance(Value):
    """Where a member stands, and on which description."""

    stance: Annotated[
        Stance,
        Words(
            "立场",
            "Stance",
            "该成员最新的立场，由其陈述推导。",
            "Where the member stands now, derived from its statements.",
        ),
    ]
    description: Annotated[
        Digest | None,
        Words(
            "描述摘要",
            "Description",
            "立场所针对描述的 SHA-256 摘要；未表态或撤回时不填。",
            "SHA-256 of the description meant; absent when silent or withdrawn.",
        ),
    ] = None
    of: Annotated[
        PartyCode | None,
        Words(
            "哪一方的描述",
            "Whose description",
            "该描述出自哪一主体；已描述者为其本方。",
            "The code of the party that described it; its own where it has described.",
        ),
    ] = None
    reason: Annotated[
        str | None,
        Words(
            "理由",
            "Reason",
            "拒绝或撤回时所说的理由；其他立场不填。",
            "What it said when it declined or withdrew; absent otherwise.",
        ),
    ] = None
    version: Annotated[
        int | None,
        Words(
            "第几版",
            "Version",
            "本方描述的第几版，内容每变一次加一；无本方描述时不填。",
            "Of its own description, counted by its changes; absent without one.",
        ),
    ] = None
    left: Annotated[
        Recorded | None,
        Words(
            "退出时间",
            "Left",
            "撤回何时收件；自此不再应报、不计入。在册时不填。",
            "When it withdrew, as recorded: since then neither due nor counted.",
        ),
    ] = None
    doubts: Doubts = ()


@named(
    "项目记录",
    "Project recorded",
    "项目的联合视图：不由任何一方填写，由各方陈述推导，任何人可复算。",
)
class ProjectRecorded(Value):
    """The joint view of a project: written by nobody, derived by anybody."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "项目标识，列明成员，如 project/chengdu.deyang/s11。",
            "The project's identifier with its members: project/chengdu.deyang/s11.",
        ),
    ]
    agreement: Annotated[
        Agreement,
        Words(
            "总体状态",
            "Agreement",
            "各成员达成一致的总体程度。",
            "How far the members have come with each other on the whole.",
        ),
    ]
    domain: Annotated[
        Domain,
        Words(
            "领域",
            "Domain",
            "取最先描述者所述领域；记录发布到该领域主题，不一致见各字段。",
            "As whoever described it first says; the record lies there.",
        ),
    ]
    name: Annotated[
        str,
        Words(
            "名称",
            "Name",
            "取描述有效的成员中最先描述者所述名称；不一致见各字段。",
            "As the first to describe it says of those whose description stands.",
        ),
    ]
    item_class: Annotated[
        ItemClass,
        Words(
            "事项类别",
            "Item class",
            "取描述有效的成员中最先描述者所述类别；不一致见各字段。",
            "As the first to describe it says of those whose description stands.",
        ),
    ]
    members: Annotated[
        dict[PartyCode, MemberStance],
        Words(
            "各方立场",
            "Members",
            "以主体代码为键，列出每个成员的立场，含未表态者。",
            "Keyed by party code: where each member stands, the silent ones included.",
        ),
    ]
    fields: Annotated[
        dict[str, FieldRecord],
        Words(
            "各字段",
            "Fields",
            "以描述的字段名为键；主要指标逐项列为 figures.代码。",
            "Keyed by the description's field; a key figure is figures.<its code>.",
        ),
    ]
    awaiting: Annotated[
        tuple[OpenStep, ...],
        Words(
            "待表态",
            "Awaiting",
            "待确认者须办的步骤，及所应答的描述所在陈述；没有时为空。",
            "What would settle what awaits confirmation, and on which statement.",
        ),
    ] = ()
    unowned: Annotated[
        tuple[PartyCode, ...],
        Words(
            "无牵头单位的成员",
            "Unowned",
            "没有牵头单位的成员代码。",
            "The members that have named no lead.",
        ),
    ] = ()
    successor: Annotated[
        FieldRecord | None,
        Words(
            "承接者",
            "Successor",
            "成员所述的承接项目；没有时不填。",
            "The project that goes on in its stead, as its members say, if any.",
        ),
    ] = None
    parts: Parts = Field(default_factory=dict)
    open_parts: OpenCount = 0
    open: OpenParts = ()
    statements: StatementCount
    statements_digest: StatementsDigest
    no_effect: StatementsWithoutEffect = ()
