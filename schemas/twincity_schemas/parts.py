"""Records in parts: a subject's header, and what repeats within it beside it.

A reader of a topic of records finds each part under a key of its own,
``<subject>#<part>``, in the partition of its subject: a month of progress under
``project/chengdu.deyang/s11#progress/2026-09``. The header, whose key is the
subject, counts the parts and gives a digest of each kind of them, so that a
reader knows whether it holds them all.
"""

from typing import Annotated

from twincity_schemas.values import Digest, PartialDate, Value
from twincity_schemas.words import Words, named


@named("分项统计", "Count of parts", "一类分项共有几条记录，及其整体摘要。")
class PartCount(Value):
    """How many records of a kind of part there are, and the digest of their set.

    The digest is the sum, modulo 2^256, of SHA-256(part, line feed, the record's
    bytes as published) over the records: whoever has read them all can compute it,
    in whatever order they came.
    """

    count: Annotated[
        int, Words("条数", "Count", "现有记录数。", "How many records there are now.")
    ]
    digest: Annotated[
        Digest,
        Words(
            "摘要",
            "Digest",
            "各条记录（分项名、换行、发布字节）SHA-256 之和，模 2^256。",
            "The sum modulo 2^256 of SHA-256 of each part's name, line feed and bytes.",
        ),
    ]


@named("未了事项", "Open part", "现在尚未办结的一个分项及其时限。")
class OpenPart(Value):
    """A part that is open now, and when it is due."""

    part: Annotated[
        str,
        Words(
            "分项",
            "Part",
            "分项名，如 obstacle/chengdu/land-03。",
            "Which part, such as obstacle/chengdu/land-03.",
        ),
    ]
    due: Annotated[
        PartialDate, Words("时限", "Due", "现行时限。", "When it is due now.")
    ]


class PartRecord(Value):
    """What the record of every part says first."""

    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "所属事项的标识，如 project/chengdu.deyang/s11。",
            "What it is a part of, such as project/chengdu.deyang/s11.",
        ),
    ]
    part: Annotated[
        str,
        Words(
            "分项",
            "Part",
            "分项名；消息键为“事项#分项”。",
            "Which part it is; the message's key is <subject>#<part>.",
        ),
    ]


Parts = Annotated[
    dict[str, PartCount],
    Words(
        "分项统计",
        "Parts",
        "以分项类别为键：各有几条记录及其摘要。",
        "By kind of part: how many records there are, and their digest.",
    ),
]
OpenCount = Annotated[
    int,
    Words("未了事项数", "Open, in all", "现有未了分项的总数。", "How many are open."),
]
OpenParts = Annotated[
    tuple[OpenPart, ...],
    Words(
        "未了事项",
        "Open",
        "时限最近的未了分项，至多二十项。",
        "What is open and due first, twenty at most.",
    ),
]
StatementsDigest = Annotated[
    Digest,
    Words(
        "陈述摘要",
        "Digest of the statements",
        "所依据陈述集合的摘要：各“来源 编号”SHA-256 之和，模 2^256。",
        "Of the set it rests on: the sum modulo 2^256 of SHA-256 of source and id.",
    ),
]
