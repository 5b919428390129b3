"""Annual lists (年度清单): projects and assignments, approved version by version.

A list is issued by one member and approved by whom it names; what comes in and what
goes out (调入、调出) is the next version, each change with its reason. An assignment
(任务) has a wording, owners and a date; each owner's party reports it, and somebody
else verifies it. 69 of them stood beside the list of 2022: 成都日报, 2022-08.
"""

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import override

from twincity_schemas.decimals import Share
from twincity_schemas.problems import WrongValueError
from twincity_schemas.references import Member, ProjectId
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import Answers, ItemCode
from twincity_schemas.values import (
    Domain,
    Line,
    Organisation,
    Paragraph,
    PartialDate,
    Source,
    StepDate,
    Value,
)
from twincity_schemas.words import Shared

ListYear = Annotated[int, Field(ge=2000, le=2100), Shared(__name__, "ListYear")]
ApprovedBy = Annotated[Line, Shared(__name__, "ApprovedBy")]
ApprovedOn = Annotated[PartialDate, Shared(__name__, "ApprovedOn")]


class AssignmentOwner(Organisation):
    """A unit that an assignment is given to; the first one leads (牵头)."""

    party: Member


class ListedAssignment(Value):
    """One thing that has to be done: by whom, and by when."""

    code: ItemCode
    wording: Paragraph
    owners: Annotated[tuple[AssignmentOwner, ...], Field(min_length=1, max_length=20)]
    due: PartialDate


class ListedProject(Value):
    """A project that comes onto a list, or goes from it, and why."""

    project: ProjectId
    reason: Paragraph


class DroppedAssignment(Value):
    """An assignment that need not be done any more, and why."""

    code: ItemCode
    reason: Paragraph


class _Approved(Statement):
    approved_by: ApprovedBy
    approved_on: ApprovedOn
    source: Source

    @override
    def dates(self) -> dict[str, str]:
        return {"/approved_on": self.approved_on}


Assignments = Annotated[tuple[ListedAssignment, ...], Field(max_length=200), EachOnce()]


class WorklistIssued(_Approved):
    """A member issues a list as it was approved: its first version."""

    title: Line
    domain: Domain
    year: ListYear
    projects: Annotated[tuple[ProjectId, ...], Field(max_length=1000)] = ()
    assignments: Assignments = ()


class WorklistAdjusted(_Approved):
    """Whoever issued the list gives its next version: what came in, what went out."""

    refuses = ("nothing_changed",)

    version: Annotated[int, Field(ge=2, le=999)]
    added: Annotated[
        tuple[ListedProject, ...], Field(max_length=500), EachOnce(by=("project",))
    ] = ()
    removed: Annotated[
        tuple[ListedProject, ...], Field(max_length=500), EachOnce(by=("project",))
    ] = ()
    assignments: Assignments = ()
    dropped: Annotated[
        tuple[DroppedAssignment, ...], Field(max_length=200), EachOnce()
    ] = ()

    @model_validator(mode="after")
    def _it_changes_something(self) -> "WorklistAdjusted":
        if not (self.added or self.removed or self.assignments or self.dropped):
            raise WrongValueError(
                "nothing_changed",
                "新一版应有调入、调出或任务变动",
                "a version has to bring something in, take it out or change it",
            )
        return self


class _OfAssignment(Statement):
    assignment: ItemCode
    as_of: StepDate


class WorklistReported(_OfAssignment):
    """A party of an assignment's owners says how far it is; the latest counts."""

    done: bool
    percent: Share | None = None
    note: Paragraph


class _Finding(_OfAssignment):
    party: Member
    answers: Answers


class WorklistVerified(_Finding):
    """Somebody else than who reported finds that the assignment is done."""

    note: Paragraph


class WorklistReturned(_Finding):
    """Somebody else than who reported finds that it is not done, and says why."""

    reason: Paragraph
