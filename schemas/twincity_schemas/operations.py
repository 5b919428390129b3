"""What operators do about what a service laid aside: ask again, or discard.

An act is an event as any other: who, why, when. The shard that laid the record
aside takes it in, in its own transaction; the domain records hold nothing of it.
"""

from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import override

from twincity_schemas.values import Line, Paragraph, Value
from twincity_schemas.words import Coded, Words, named


@named("搁置原因", "Why it was laid aside", "服务为何未能处理一条消息。")
class LaidAside(Coded):
    """Why a service could not process a message."""

    UNDECIDED = (
        "undecided",
        "无法判定",
        "could not be decided",
        "服务处理该消息时出错：程序有缺陷，或数据不符合预期；重复也无济于事。",
        "A fault of ours, or data that nobody foresaw; repeating cures neither.",
    )
    REPEATED = (
        "repeated",
        "重试未果",
        "repeated in vain",
        "原因本应是暂时的（内存、磁盘、网络），但在限定次数内重试仍失败。",
        "What failed may pass (memory, disk, network), and did not in a few tries.",
    )
    BATCH = (
        "batch",
        "整批失败",
        "its batch fails with it",
        "该消息单独成批时整批仍失败，故将其搁置，其余照常。",
        "A batch of it alone fails as a whole; it was laid aside, the rest goes on.",
    )
    TOO_LARGE = (
        "too-large",
        "结果过大",
        "what follows is too large",
        "由其推导的内容超过 Kafka 单条消息的上限。",
        "What follows from it is larger than a message of Kafka can be.",
    )
    BEHIND = (
        "behind",
        "排队等候",
        "waits behind another",
        "同一事项有更早的陈述被搁置，须按先后次序等候。",
        "An earlier statement about its subject was laid aside; order is kept.",
    )
    UNREADABLE = (
        "unreadable",
        "无法读取",
        "cannot be read",
        "消息在 Kafka 中已损坏，只保留尚能取得的字节；不能重新处理。",
        "Damaged in Kafka; what bytes there are were kept. It cannot be redriven.",
    )
    REFUSED = (
        "refused",
        "数据库拒绝",
        "the database refuses it",
        "台账数据库拒绝写入该行。",
        "The ledger's database refuses its row.",
    )


@named("消息位置", "Origin", "消息原来所在的主题、分区和偏移。")
class Origin(Value):
    """Where a message was read."""

    topic: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,249}$"),
        Words(
            "主题",
            "Topic",
            "目录中的主题名称，不含环境前缀。",
            "Its name in the catalogue, without an environment's prefix.",
        ),
    ]
    partition: Annotated[
        int,
        Field(ge=0),
        Words("分区", "Partition", "Kafka 分区号。", "The Kafka partition."),
    ]
    offset: Annotated[
        int,
        Field(ge=0),
        Words("偏移", "Offset", "Kafka 偏移量。", "The Kafka offset in it."),
    ]

    @override
    def __str__(self) -> str:
        """As one text: ``topic/partition/offset``."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class _Act(Value):
    service: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]{1,32}$"),
        Words(
            "服务",
            "Service",
            "搁置该消息的服务。",
            "The service that laid the message aside.",
        ),
    ]
    subject: Annotated[
        str,
        StringConstraints(min_length=1, max_length=600),
        Words(
            "事项",
            "Subject",
            "被搁置的消息所说的事项；按其排队。",
            "What the message is about: those about one subject wait in one queue.",
        ),
    ]
    by: Annotated[
        Line,
        Words("经办人", "By", "作出该处置的人员。", "The person who acts."),
    ]
    why: Annotated[
        Paragraph,
        Words("理由", "Why", "作出该处置的理由。", "Why the person does so."),
    ]


@named(
    "重新处理",
    "Redrive asked",
    "运维人员要求服务从某条消息起，按次序重新处理某事项被搁置的消息。",
)
class RedriveAsked(_Act):
    """The messages of a subject that wait are to be decided again, in order.

    Those that succeed are released; the first that fails again keeps the rest
    behind it.
    """

    origin: Annotated[
        Origin,
        Words(
            "起始消息",
            "From",
            "从位于此处的消息起，其后的一并处理。",
            "From the message that was read here on, with all that wait behind it.",
        ),
    ]


@named(
    "决定作废",
    "Discard decided",
    "运维人员决定不再处理一条被搁置的消息；原文仍保留在原主题中。",
)
class DiscardDecided(_Act):
    """A message that was laid aside will not be processed.

    It stays where it was read. Those that waited behind it are decided again.
    """

    origin: Annotated[
        Origin,
        Words(
            "消息位置",
            "Message",
            "作废的是位于此处的消息。",
            "It is the message that was read here.",
        ),
    ]


Act = RedriveAsked | DiscardDecided
