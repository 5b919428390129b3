"""What the owner of an entry says to a pair: accepted, declined.

The subject is the owner's own entry, so that all that is said of an entry
keeps its order.
"""

from typing import Annotated

from twincity_schemas.statement import Statement
from twincity_schemas.values import Paragraph, SubjectId
from twincity_schemas.words import Words


class _Answer(Statement):
    counterpart: Annotated[SubjectId, Words("对方条目", "The other entry")]


class MatchAccepted(_Answer):
    """The owner takes the pair up; when both owners have, it is pinned."""


class MatchDeclined(_Answer):
    """The owner does not want the pair; it is not recommended again."""

    reason: Annotated[Paragraph, Words("理由", "Reason")]
