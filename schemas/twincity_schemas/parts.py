"""Records in parts: a subject's header, and what repeats within it beside it.

A reader of a topic of records finds each part under a key of its own,
``<subject>#<part>``, in the partition of its subject: a month of progress under
``project/chengdu.deyang/s11#progress/2026-09``. The header, whose key is the
subject, counts the parts and gives a digest of each kind of them, so that a
reader knows whether it holds them all.
"""

from typing import Annotated

from twincity_schemas.values import Digest, PartialDate, Value
from twincity_schemas.words import Shared


class PartCount(Value):
    """The number of records of a kind of part, and the digest of their set."""

    count: int
    digest: Digest


class OpenPart(Value):
    """A part that is open now, and when it is due."""

    part: str
    due: PartialDate


class PartRecord(Value):
    """The fields that the record of every part has first."""

    subject: str
    part: str


Parts = Annotated[dict[str, PartCount], Shared(__name__, "Parts")]
OpenCount = Annotated[int, Shared(__name__, "OpenCount")]
OpenParts = Annotated[tuple[OpenPart, ...], Shared(__name__, "OpenParts")]
StatementsDigest = Annotated[Digest, Shared(__name__, "StatementsDigest")]
Editions = Annotated[tuple[str, ...], Shared(__name__, "Editions")]
