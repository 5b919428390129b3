"""The obstacle ledger (挂账销号): registered by one party, cleared by another.

登记 → 交办 → 办理 → 申请销号 → 核验 (销号), with 退回, 延期, 改派, 撤销 and 提级协调.
Said about the project's subject. Each step answers to the step before by its
statement's id;
which steps are open, and to whom, stands in the project's record.
"""

from typing_extensions import override

from twincity_schemas.plausible import in_order
from twincity_schemas.problems import Problem
from twincity_schemas.references import Member
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode
from twincity_schemas.values import (
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    StepDate,
)
from twincity_schemas.words import Coded


class ObstacleKind(Coded):
    """The thing that stands in a project's way, so that each gets its remedy."""

    APPROVAL = "approval"
    SITE = "site"
    ENVIRONMENT = "environment"
    FACILITIES = "facilities"
    FACTORS = "factors"
    OTHER = "other"


class ObstacleStage(Coded):
    """The three situations of the article by which obstacles are sorted."""

    NOT_STARTED = "not-started"
    UNDER_CONSTRUCTION = "under-construction"
    COMPLETING = "completing"


class ObstacleRegistered(Statement):
    """A party puts an obstacle on the ledger; said again, it corrects the text."""

    obstacle: ItemCode
    title: Line
    content: Paragraph
    kind: ObstacleKind
    stage: ObstacleStage | None = None
    unit: Organisation
    due: PartialDate
    as_of: StepDate

    @override
    def doubts(self) -> list[Problem]:
        return due_before(self.due, self.as_of)


def due_before(due: str, as_of: str) -> list[Problem]:
    """Doubt a deadline that was over when it was set."""
    sooner = ("该填报的日期", "the date it is of")
    return [*in_order("/due", ("时限", "the due date"), due, sooner, as_of)]


class OnObstacle(Statement):
    """The fields that every step has about its obstacle."""

    raised_by: Member
    obstacle: ItemCode
    answers: Answers
    as_of: StepDate


class ObstacleAssigned(OnObstacle):
    """Whoever raised it hands it to a unit of a member, with task and date."""

    looks_ahead = True

    to: Member
    unit: Organisation
    task: Line
    due: PartialDate

    @override
    def doubts(self) -> list[Problem]:
        return due_before(self.due, self.as_of)


class _Noted(OnObstacle):
    note: Paragraph


class ObstacleHandled(_Noted):
    """Whoever was given it reports what was done so far; any number of times."""


class ObstacleInspected(_Noted):
    """A member that does not have it looks on site, and says how it stands."""


class ObstacleExtended(_Noted):
    """Whoever raised it allows more time, and says why."""

    looks_ahead = True

    due: PartialDate

    @override
    def doubts(self) -> list[Problem]:
        return due_before(self.due, self.as_of)


class ObstacleSubmitted(_Noted):
    """Whoever was given it says that it is gone and asks to close it."""


class ObstacleReturned(_Noted):
    """Sent back: the assignment by the assigned, or the closure by the raiser."""


class ObstacleVerified(_Noted):
    """Whoever raised it has seen that it is gone: with that it is closed."""


class ObstacleCancelled(_Noted):
    """Whoever raised it takes it off the ledger: it need not be cleared any more."""


class ObstacleEscalated(_Noted):
    """It is overdue, or nothing was done for thirty days: the level above is asked."""

    level: Organisation
