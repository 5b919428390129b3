"""The notice (提示): what became of a statement after it was said."""

from twincity_schemas.operations import DeadLetterReason
from twincity_schemas.problems import Doubts
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Paragraph, PartyCode, Value
from twincity_schemas.words import Coded


class NoticeKind(Coded):
    """The kind of notice: a statement has effect now, waits, or is doubtful."""

    NO_EFFECT = "no-effect"
    IN_EFFECT = "in-effect"
    DOUBTFUL = "doubtful"
    DOUBT_SETTLED = "doubt-settled"
    WAITS = "waits"
    RELEASED = "released"
    DISCARDED = "discarded"


class NoticeIssued(Value):
    """Told to a party whose statement has no effect, or has it again; waits, or not."""

    statement: str
    party: PartyCode
    subject: str
    kind: NoticeKind
    no_effect: NoEffect | None = None
    doubts: Doubts = ()
    dead_letter: DeadLetterReason | None = None
    why: Paragraph | None = None
