"""The notice (提示): what became of a statement after it was said."""

from typing import Annotated

from twincity_schemas.operations import LaidAside
from twincity_schemas.problems import Doubts
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Paragraph, PartyCode, Value
from twincity_schemas.words import Coded, Words, named


@named("提示类别", "Kind of notice", "一条陈述是否产生效果、是否在等候，或有何疑点。")
class NoticeKind(Coded):
    """What is told: whether a statement has effect now, waits, or is doubtful."""

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
    WAITS = (
        "waits",
        "等候处理",
        "waits",
        "系统未能处理该陈述，已完整搁置，等候运维人员处置；无需重发。",
        "Kept whole until an operator acts; it need not be said again.",
    )
    RELEASED = (
        "released",
        "已恢复处理",
        "released",
        "该陈述此前等候处理，现已按次序处理。",
        "It waited, and has now been processed in its order.",
    )
    DISCARDED = (
        "discarded",
        "已作废",
        "discarded",
        "运维人员决定不再处理该陈述，理由另列；如仍有效，请以新编号重新发布。",
        "It will not be processed, for the reason given; if it holds, say it anew.",
    )


@named(
    "提示",
    "Notice issued",
    "告知主体：其陈述现在不生效（及可办的步骤）、恢复生效或存疑，或等候处理、已处理、已作废。",
)
class NoticeIssued(Value):
    """Told to a party whose statement has no effect, or has it again; waits, or not.

    Or looks wrong beside what was said before: then it counts, and is to be checked.

    It follows the receipt on the party's topic of receipts, whoever caused it, and
    speaks of what is known when it is issued: a statement that waits for one still
    on its way may take effect later; another notice then says so.
    """

    statement: Annotated[
        str,
        Words(
            "陈述编号",
            "Statement",
            "该陈述的编号（ce_id）；无法读出时为其所在的主题、分区和偏移。",
            "Its id (ce_id); where that cannot be read, topic/partition/offset.",
        ),
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
        Words(
            "类别",
            "Kind",
            "未生效、恢复生效、存疑、等候处理、已处理或已作废。",
            "No effect, in effect again, doubtful, waits, released or discarded.",
        ),
    ]
    no_effect: Annotated[
        NoEffect | None,
        Words(
            "未生效原因",
            "NoEffect",
            "为何不生效，以及现在可办的步骤；恢复生效时不填。",
            "Why, and which steps are open; absent where it has effect again.",
        ),
    ] = None
    doubts: Doubts = ()
    laid_aside: Annotated[
        LaidAside | None,
        Words(
            "搁置原因",
            "Why it waits",
            "等候处理时，系统未能处理的原因。",
            "Where it waits: why the system could not process it.",
        ),
    ] = None
    why: Annotated[
        Paragraph | None,
        Words(
            "作废理由",
            "Why it was discarded",
            "作废时，运维人员给出的理由。",
            "Where it was discarded: the operator's reason.",
        ),
    ] = None
