"""The receipt (回执): a statement was accepted, or not and why."""

from typing import Annotated

from twincity_schemas.problems import Problem
from twincity_schemas.values import Digest, Recorded, Value
from twincity_schemas.words import Coded, Words, named


@named("受理结论", "Verdict", "收件箱中一条消息的处理结论。")
class Verdict(Coded):
    """What became of a message in an inbox."""

    ACCEPTED = (
        "accepted",
        "已受理",
        "accepted",
        "符合契约且主体有权发布，已转入可信陈述主题。",
        "It keeps the contract and may be said; it was passed on as trusted.",
    )
    REJECTED = (
        "rejected",
        "已退回",
        "rejected",
        "未通过检查，原因列在问题中；更正后可重发。",
        "It failed a check, as the problems say; mend it and send it again.",
    )
    DUPLICATE = (
        "duplicate",
        "重复",
        "duplicate",
        "来源、编号和内容与已受理的陈述相同，不再转发。",
        "Source, id and content equal an accepted statement; not passed on again.",
    )


@named(
    "收件箱位置",
    "Position in the inbox",
    "消息在收件箱主题中的位置，可凭此查回原始字节。",
)
class InboxPosition(Value):
    """Where the message lies; its bytes stay there."""

    topic: Annotated[
        str,
        Words(
            "主题",
            "Topic",
            "收件箱主题的名称，如 twincity.inbox.chengdu。",
            "The name of the inbox's topic, such as twincity.inbox.chengdu.",
        ),
    ]
    partition: Annotated[
        int,
        Words(
            "分区",
            "Partition",
            "Kafka 分区号；收件箱只有一个分区，恒为 0。",
            "The Kafka partition; an inbox has one, so it is 0.",
        ),
    ]
    offset: Annotated[
        int,
        Words(
            "偏移",
            "Offset",
            "消息在该分区中的偏移量，从 0 起。",
            "The message's Kafka offset in the partition, counted from 0.",
        ),
    ]


@named("回执", "Receipt issued", "收件箱中的每条消息恰有一份回执，说明受理与否及原因。")
class ReceiptIssued(Value):
    """Every message in an inbox gets exactly one."""

    verdict: Annotated[
        Verdict,
        Words(
            "结论",
            "Verdict",
            "该消息是已受理、已退回还是重复。",
            "Whether the message was accepted, rejected or said before.",
        ),
    ]
    statement: Annotated[
        str | None,
        Words(
            "陈述编号",
            "Statement",
            "消息自带的编号（ce_id）；无法读出时不填。",
            "The id that the message carries (ce_id); absent where it cannot be read.",
        ),
    ] = None
    source: Annotated[
        str | None,
        Words(
            "来源",
            "Source",
            "消息自称的来源（ce_source）；无法读出时不填。",
            "The source that it names (ce_source); absent where it cannot be read.",
        ),
    ] = None
    type: Annotated[
        str | None,
        Words(
            "事件类型",
            "Event type",
            "消息自称的事件类型（ce_type）；无法读出时不填。",
            "The type that it names (ce_type); absent where it cannot be read.",
        ),
    ] = None
    subject: Annotated[
        str | None,
        Words(
            "事项",
            "Subject",
            "消息所说的事项（ce_subject）；无法读出时不填。",
            "What it speaks about (ce_subject); absent where it cannot be read.",
        ),
    ] = None
    problems: Annotated[
        tuple[Problem, ...],
        Words(
            "问题",
            "Problems",
            "退回的全部原因，一次列全，超过100条的计数；未退回时为空。",
            "All reasons to reject it, beyond 100 their number; empty if not rejected.",
        ),
    ] = ()
    warnings: Annotated[
        tuple[Problem, ...],
        Words(
            "提醒",
            "Warnings",
            "不影响受理的疑点，如校验位不符；没有时为空。",
            "Doubts that did not stop it, such as a wrong check digit; may be empty.",
        ),
    ] = ()
    position: Annotated[
        InboxPosition,
        Words(
            "收件箱位置",
            "Position in the inbox",
            "原始消息所在的主题、分区和偏移。",
            "The topic, partition and offset where the message itself lies.",
        ),
    ]
    content: Annotated[
        Digest,
        Words(
            "内容摘要",
            "Content",
            "所收原始字节的 SHA-256，供发布方核对。",
            "SHA-256 of the bytes as received, for the publisher to compare.",
        ),
    ]
    recordedtime: Annotated[
        Recorded | None,
        Words(
            "收件时间",
            "When it was recorded",
            "消息进入收件箱的时间，取自 Kafka；同一收件箱内不倒退，逾期与否以此为准。",
            "When the message entered the inbox, by Kafka's clock, never running"
            " backwards within it; what is late goes by it.",
        ),
    ] = None
