"""When something was recorded, and a deadline that was said again."""

from typing import Annotated

from twincity_schemas.values import Moment, PartialDate, StatementId, Value
from twincity_schemas.words import Shared

RecordedAt = Annotated[Moment, Shared(__name__, "RecordedAt")]


class DeadlineChange(Value):
    """A deadline that was said again, and whether it moved."""

    statement: StatementId
    recorded: RecordedAt
    due: PartialDate
    counts: bool
