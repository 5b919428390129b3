"""What follows a board: summons and rectification (约谈、整改), incentives.

A unit of the black board is summoned with a deadline; it rectifies and hands that in,
and whoever opened the board verifies it: then the unit has left the board. Each step
answers to the one before. A unit of the red board is granted incentives. After
Sichuan's boards: red brings policy incentives, black a summons.
"""

from twincity_schemas.board import UnitCode
from twincity_schemas.references import Member
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers
from twincity_schemas.values import Line, Paragraph, PartialDate, StepDate
from twincity_schemas.words import Coded


class UnitSummoned(Statement):
    """Whoever opened the board summons a unit of the black board, with a deadline."""

    looks_ahead = True

    unit: UnitCode
    party: Member
    held: PartialDate
    reason: Paragraph
    due: PartialDate
    as_of: StepDate


class _OfRectification(Statement):
    """The fields of every step of a rectification."""

    unit: UnitCode
    answers: Answers
    note: Paragraph
    as_of: StepDate


class RectificationPlanned(_OfRectification):
    """The unit's party says what the unit will do, and by when."""

    looks_ahead = True

    due: PartialDate


class RectificationSubmitted(_OfRectification):
    """The unit's party says that it is done, and what shows it."""


class RectificationReturned(_OfRectification):
    """Whoever opened the board sends it back, and says what is missing."""


class RectificationVerified(_OfRectification):
    """Whoever opened the board has verified it: the unit has left the black board."""


class RectificationDropped(_OfRectification):
    """Whoever opened the board no longer asks for it, and says why."""


class IncentiveKind(Coded):
    """The kind of incentive that is granted."""

    COMMENDATION = "commendation"
    FUNDS = "funds"
    LAND = "land"
    APPROVAL = "approval"
    RECOGNITION = "recognition"


class IncentiveGranted(Statement):
    """Whoever opened the board grants a unit of the red board an incentive."""

    unit: UnitCode
    kind: IncentiveKind
    reason: Paragraph
    basis: Line
    as_of: StepDate
