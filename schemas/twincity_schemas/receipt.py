"""The receipt (回执): a statement was accepted, or not and why."""

from typing import Annotated

from twincity_schemas.problems import Problem
from twincity_schemas.values import Digest, Value
from twincity_schemas.words import Coded, Words


class Verdict(Coded):
    """What became of a message in an inbox."""

    ACCEPTED = "accepted", "已受理", "accepted"
    REJECTED = "rejected", "已退回", "rejected"
    DUPLICATE = "duplicate", "重复", "duplicate"


class InboxPosition(Value):
    """Where the message lies; its bytes stay there."""

    topic: Annotated[str, Words("主题", "Topic")]
    partition: Annotated[int, Words("分区", "Partition")]
    offset: Annotated[int, Words("偏移", "Offset")]


class ReceiptIssued(Value):
    """Every message in an inbox gets exactly one."""

    verdict: Annotated[Verdict, Words("结论", "Verdict")]
    statement: Annotated[
        str | None,
        Words(
            "陈述编号", "Statement", "无法读出时为空", "Null where it cannot be read"
        ),
    ] = None
    source: Annotated[str | None, Words("来源", "Source")] = None
    type: Annotated[str | None, Words("事件类型", "Event type")] = None
    subject: Annotated[str | None, Words("事项", "Subject")] = None
    problems: Annotated[tuple[Problem, ...], Words("问题", "Problems")] = ()
    warnings: Annotated[tuple[Problem, ...], Words("提醒", "Warnings")] = ()
    position: Annotated[InboxPosition, Words("收件箱位置", "Position in the inbox")]
    content: Annotated[
        Digest,
        Words("内容摘要", "Content", "原始字节", "SHA-256 of the bytes as received"),
    ]
