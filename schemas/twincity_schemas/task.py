"""Responsibility lists (清单制+责任制): who is to do what by when, and whether it is.

The units and their tasks stand in the project's description; whether a task is
done, the party whose unit it is reports.
"""

from typing import Annotated

from twincity_schemas.project import UnitRole
from twincity_schemas.statement import Statement
from twincity_schemas.values import Line, Paragraph, StepDate
from twincity_schemas.words import Shared

ListedUnit = Annotated[Line, Shared(__name__, "ListedUnit")]
ListedRole = Annotated[UnitRole, Shared(__name__, "ListedRole")]


class TaskReported(Statement):
    """A party says whether its unit has done its task; the latest counts."""

    unit: ListedUnit
    role: ListedRole
    done: bool
    note: Paragraph
    as_of: StepDate
