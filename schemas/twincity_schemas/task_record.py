"""The record of a task on the responsibility list."""

from twincity_schemas.parts import PartRecord
from twincity_schemas.task import ListedRole, ListedUnit
from twincity_schemas.values import PartialDate, PartyCode, StatementId
from twincity_schemas.words import Coded


class TaskState(Coded):
    """The progress of a task on the responsibility list."""

    OPEN = "open"
    DONE = "done"
    DONE_LATE = "done-late"


class TaskRecorded(PartRecord):
    """A unit on the list with its task, and how far that is."""

    party: PartyCode
    unit: ListedUnit
    role: ListedRole
    officer: str | None = None
    task: str | None = None
    due: PartialDate | None = None
    first_due: PartialDate | None = None
    state: TaskState
    note: str | None = None
    statement: StatementId | None = None
