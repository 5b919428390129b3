"""What operators do about dead letters: ask again, or discard.

An act is an event as any other: who, why, when. The shard that wrote the
letter applies it, in its own transaction; the domain records hold nothing of it.
"""

from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import override

from twincity_schemas.values import Line, Paragraph, Value
from twincity_schemas.words import Coded


class DeadLetterReason(Coded):
    """The reason why a service could not process a message."""

    UNDECIDED = "undecided"
    REPEATED = "repeated"
    BATCH = "batch"
    TOO_LARGE = "too-large"
    BEHIND = "behind"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


class Origin(Value):
    """The place where a message was read."""

    topic: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]

    @override
    def __str__(self) -> str:
        """As one text: ``topic/partition/offset``."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class _Act(Value):
    service: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,32}$")]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=600)]
    by: Line
    why: Paragraph


class RedriveAsked(_Act):
    """The messages of a subject that wait are to be decided again, in order."""

    origin: Origin


class DiscardDecided(_Act):
    """A dead letter will not be processed."""

    origin: Origin


class DiscardConfirmed(_Act):
    """A second person agrees that a message will not be processed."""

    origin: Origin
    decision: Line


Act = RedriveAsked | DiscardDecided | DiscardConfirmed
