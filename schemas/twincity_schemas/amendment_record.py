"""What came after a cut-off: a numbered correction beside the closed figure.

A closed figure follows from what was recorded by its cut-off. What is recorded
later never takes its place; it stands here, with what it would have changed.
"""

from twincity_schemas.board import Colour, MeasureCode, UnitCode
from twincity_schemas.correction_record import ChangedField
from twincity_schemas.deadline import RecordedAt
from twincity_schemas.decimals import Computed
from twincity_schemas.parts import PartRecord
from twincity_schemas.values import AsOf, PartyCode, StatementId, SubjectId, Value


class FigureChange(Value):
    """A unit's figure as it was, and as it would be."""

    unit: UnitCode
    measure: MeasureCode
    was: Computed | None = None
    now: Computed | None = None


class PlaceChange(Value):
    """A unit's score, rank and colour as they were, and as they would be."""

    unit: UnitCode
    score_was: Computed | None = None
    score_now: Computed | None = None
    rank_was: int | None = None
    rank_now: int | None = None
    colour_was: Colour | None = None
    colour_now: Colour | None = None


class AmendmentRecorded(PartRecord):
    """A statement that was recorded after a cut-off, and what it would change."""

    number: int
    statement: StatementId
    party: PartyCode
    step: str
    recorded: RecordedAt
    as_of: AsOf | None = None
    about: SubjectId | None = None
    changed: tuple[ChangedField, ...] = ()
    figures: tuple[FigureChange, ...] = ()
    effects: tuple[PlaceChange, ...] = ()
    counts: bool = False
