"""What the owner of an entry says to a pair: accepted, declined.

The subject is the owner's own entry, so that all that is said of an entry
keeps its order.
"""

from typing import Annotated

from twincity_schemas.statement import Statement
from twincity_schemas.values import Paragraph, SubjectId
from twincity_schemas.words import Words, named


class _Answer(Statement):
    counterpart: Annotated[
        SubjectId,
        Words(
            "对方条目",
            "The other entry",
            "所答复配对中另一条目的标识，须在同一清单内。",
            "The identifier of the entry it is paired with, of the same pool.",
        ),
    ]


@named("对接受理", "Match accepted", "条目所属主体受理该配对；双方都受理后，配对固定。")
class MatchAccepted(_Answer):
    """The owner takes the pair up; when both owners have, it is pinned."""


@named("对接婉拒", "Match declined", "条目所属主体婉拒该配对，不再推荐。")
class MatchDeclined(_Answer):
    """The owner does not want the pair; it is not recommended again."""

    reason: Annotated[
        Paragraph,
        Words(
            "理由",
            "Reason",
            "婉拒该配对的理由，如产能已满。",
            "Why the pair is not wanted, for instance that there is no capacity left.",
        ),
    ]
