"""The notice (提示): what became of a statement after it was accepted."""

from typing import Annotated

from twincity_schemas.problems import Doubts
from twincity_schemas.steps import Unmet
from twincity_schemas.values import PartyCode, Value
from twincity_schemas.words import Coded, Words, named


@named(
    "提示类别", "Kind of notice", "告知什么：一条已受理的陈述是否产生效果，或有何疑点。"
)
class NoticeKind(Coded):
    """What is told of an accepted statement: its effect, or a doubt."""

    NO_EFFECT = (
        "no-effect",
        "未生效",
        "without effect",
        "该陈述现在不产生效果，原因另列。",
        "It has no effect now, for the reason given.",
    )
    IN_EFFECT = (
        "in-effect",
        "恢复生效",
        "in effect again",
        "该陈述此前未生效，现已产生效果。",
        "It was without effect before, and takes effect now.",
    )
    DOUBTFUL = (
        "doubtful",
        "存疑",
        "doubtful",
        "该陈述有效，但与已有数据不符，请核对；疑点另列。",
        "It counts, but does not fit what is known; please check, as doubts say.",
    )


@named(
    "提示",
    "Notice issued",
    "告知主体：其已受理的陈述现在不生效（及可办的步骤）、恢复生效，或存疑。",
)
class NoticeIssued(Value):
    """Told to a party whose accepted statement has no effect, or has it again.

    Or looks wrong beside what was said before: then it counts, and is to be checked.

    It follows the receipt on the party's topic of receipts, whoever caused it, and
    speaks of what is known when it is issued: a statement that waits for one still
    on its way may take effect later; another notice then says so.
    """

    statement: Annotated[
        str,
        Words("陈述编号", "Statement", "该陈述的编号（ce_id）。", "Its id (ce_id)."),
    ]
    party: Annotated[
        PartyCode,
        Words("主体", "Party", "作出该陈述的主体代码。", "The code of who said it."),
    ]
    subject: Annotated[
        str,
        Words(
            "事项",
            "Subject",
            "该陈述所说的事项（ce_subject）。",
            "What it speaks about (ce_subject).",
        ),
    ]
    kind: Annotated[
        NoticeKind,
        Words("类别", "Kind", "未生效，或恢复生效。", "No effect, or in effect again."),
    ]
    unmet: Annotated[
        Unmet | None,
        Words(
            "未生效原因",
            "Unmet",
            "为何不生效，以及现在可办的步骤；恢复生效时不填。",
            "Why, and which steps are open; absent where it has effect again.",
        ),
    ] = None
    doubts: Doubts = ()
