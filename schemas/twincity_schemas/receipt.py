"""The receipt (回执): a statement was accepted, or not and why."""

from twincity_schemas.problems import Problem
from twincity_schemas.values import Digest, Recorded, Value
from twincity_schemas.words import Coded


class Verdict(Coded):
    """The verdict on a message of an inbox."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class InboxPosition(Value):
    """The place of the message; its bytes stay there."""

    topic: str
    partition: int
    offset: int


class ReceiptIssued(Value):
    """Every message in an inbox gets exactly one."""

    verdict: Verdict
    statement: str | None = None
    source: str | None = None
    type: str | None = None
    subject: str | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    position: InboxPosition
    content: Digest
    recordedtime: Recorded | None = None
