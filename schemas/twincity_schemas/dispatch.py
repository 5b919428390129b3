"""Monthly dispatch and quarterly drill (月调度、季拉练): called, decided, done.

A drill is a quarter's dispatch that goes to sites: the call lists them, the members
score each other's on the spot, and the units are compared by that.
Whoever calls a dispatch names the projects, the period and the cut-off. What
was reported by then, who is silent and what was decided is derived. Whether a
statement came in time goes by when it was recorded: no clock is asked.
"""

from calendar import monthrange
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from twincity_schemas.decimals import Share
from twincity_schemas.light import LightRule
from twincity_schemas.problems import Problem, problem
from twincity_schemas.references import DispatchId, Member, MemberOf, ProjectId
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    Line,
    Moment,
    Organisation,
    Paragraph,
    PartialDate,
    PartyCode,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded, Shared

Year = Annotated[int, Field(ge=2000, le=2100), Shared(__name__, "Year")]
ThroughMonth = Annotated[int, Field(ge=1, le=12), Shared(__name__, "ThroughMonth")]
CutOff = Annotated[Moment, Shared(__name__, "CutOff")]


def last_day(year: int, through_month: int) -> str:
    """Returns the last day of a period that runs from January."""
    return f"{year:04}-{through_month:02}-{monthrange(year, through_month)[1]:02}"


def before_its_end(cut_off: datetime, year: int, through_month: int) -> bool:
    """Returns whether a cut-off is before the end of the period that it is of."""
    return cut_off.date().isoformat() < last_day(year, through_month)


def cut_off_warnings(cut_off: datetime, year: int, through_month: int) -> list[Problem]:
    """Warn of a cut-off by which the figures cannot exist."""
    if not before_its_end(cut_off, year, through_month):
        return []
    end = last_day(year, through_month)
    return [
        problem(
            "/cut_off",
            "before_the_period_ends",
            f"截止时间早于所属时段的最后一日 {end}，请核对",
            f"it lies before the last day of its period, {end}; please check",
        )
    ]


_QUARTER = 3


class DispatchKind(Coded):
    """The rhythm in which it is held."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class DrillSite(Value):
    """A site that a drill visits, and the unit that answers for it."""

    code: ItemCode
    project: ProjectId
    party: Annotated[PartyCode, MemberOf(beside="project")]
    unit: ItemCode
    organisation: Organisation
    place: Line


class DispatchCalled(Statement):
    """A party calls a dispatch; said again by the cut-off, it is the next version."""

    looks_ahead = True

    kind: DispatchKind
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    projects: Annotated[tuple[ProjectId, ...], Field(min_length=1, max_length=1000)]
    previous: DispatchId | None = None
    unit: Organisation
    lights: LightRule = LightRule()
    sites: Annotated[tuple[DrillSite, ...], Field(max_length=200), EachOnce()] = ()
    as_of: StepDate

    @override
    def warnings(self) -> list[Problem]:
        """Returns what looks wrong without being a reason to reject."""
        problems = super().warnings()
        problems += cut_off_warnings(self.cut_off, self.year, self.through_month)
        if self.kind is DispatchKind.QUARTERLY and self.through_month % _QUARTER:
            problems.append(
                problem(
                    "/through_month",
                    "ends_no_quarter",
                    f"季拉练截至 {self.through_month} 月，不是季末（3、6、9、12 月）",
                    f"month {self.through_month} ends no quarter (3, 6, 9 or 12)",
                )
            )
        if self.kind is DispatchKind.MONTHLY and self.sites:
            problems.append(
                problem(
                    "/sites",
                    "sites_of_no_drill",
                    "月调度不作现场拉练，所列现场不计；季拉练请填 quarterly",
                    "a monthly dispatch visits no sites: they do not count",
                )
            )
        return problems


class DecisionTaken(Statement):
    """A decision of a dispatch, with who is to do it by when."""

    looks_ahead = True

    decision: ItemCode
    what: Paragraph
    party: Member
    unit: Organisation
    project: ProjectId | None = None
    due: PartialDate
    as_of: StepDate


class DecisionDone(Statement):
    """Whoever is to do it says that it is done, and what shows it."""

    taken_by: Member
    decision: ItemCode
    evidence: Paragraph
    as_of: StepDate


class DecisionDropped(Statement):
    """Whoever stated a decision takes it off the list, and says why."""

    decision: ItemCode
    reason: Paragraph
    as_of: StepDate


class SiteScored(Statement):
    """A member scores a site on the spot; of several by the cut-off the last counts."""

    site: ItemCode
    visited: PartialDate
    score: Share
    remark: Paragraph
    as_of: StepDate

    @override
    def dates(self) -> dict[str, str]:
        return super().dates() | {"/visited": self.visited}
