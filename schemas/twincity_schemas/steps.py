"""Steps in turn: what mechanisms of several parties' moves have in common.

Where the parties move in turn (an obstacle is assigned, handled, submitted,
verified), a statement names in ``answers`` the statement that it answers to.
So the moves form a chain whose order is said, not observed: it is the same
however the parties' statements interleave. A statement that does not answer to
the last move, or is not its party's to make, is *no_effect*: it stays, has no
effect, and the record says why and which steps are open instead.
"""

from typing import Annotated

from pydantic import StringConstraints

from twincity_schemas.values import Line, PartyCode, StatementId, Value
from twincity_schemas.words import Shared

ItemCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")
]
"""The name of one item within a subject, such as an obstacle: ``land-03``."""


Answers = Annotated[Line, Shared(__name__, "Answers")]


class OpenStep(Value):
    """A step that can be taken now, and by whom."""

    step: str
    parties: tuple[PartyCode, ...]
    answers: str | None = None


class NoEffect(Value):
    """A statement that was accepted and has no effect, and why."""

    statement: StatementId
    party: PartyCode
    step: str
    code: str
    zh: str
    en: str
    open: tuple[OpenStep, ...] = ()


StatementsWithoutEffect = Annotated[
    tuple[NoEffect, ...], Shared(__name__, "StatementsWithoutEffect")
]
StatementCount = Annotated[int, Shared(__name__, "StatementCount")]
Differing = Annotated[dict[str, dict[str, str]], Shared(__name__, "Differing")]
