"""What appraisal remembers of a project: the figures, each with when it was said.

A cut-off asks what was known then. So every report of a period is kept, not
the latest alone; when it was said is the statement's own time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from services.rules import obstacles
from services.rules.obstacles import Obstacles
from services.rules.rates import completion
from twincity_schemas.dispatch_record import ReportedFigures
from twincity_schemas.envelope import Envelope
from twincity_schemas.obstacle import ObstacleRecord
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.values import Subject, Value


class Reported(Value):
    """One report of a period."""

    statement: str
    said: datetime
    month: int
    plan: Decimal
    invested: Decimal
    whole: bool
    """Whether it speaks of the whole project, not of the party's own section."""

    def figures(self) -> ReportedFigures:
        """As the records show it."""
        rate, lead = completion(self.invested, self.plan, self.month)
        return ReportedFigures(
            statement=self.statement,
            said=self.said,
            annual_plan=self.plan,
            annual_investment=self.invested,
            rate=rate,
            lead=lead,
        )


class Facts(Value):
    """What one party has said of a project, as far as appraisal needs it."""

    reports: Mapping[str, tuple[Reported, ...]] = Field(default_factory=dict)
    """By period (``2026-09``), in the party's order."""
    obstacles: Obstacles = Obstacles()


Project = Mapping[str, Facts]
Projects = Callable[[str], Project]
"""The facts of a project by party; empty where nothing was said of it."""


def hear(before: Facts, envelope: Envelope, data: BaseModel) -> Facts:
    """Add one statement about a project."""
    if not isinstance(data, ProgressReported):
        heard = obstacles.hear(before.obstacles, envelope, data)
        return before.model_copy(update={"obstacles": heard})
    report = Reported(
        statement=envelope.id,
        said=envelope.time,
        month=data.through_month,
        plan=data.annual_plan,
        invested=data.annual_investment,
        whole=data.scope is Scope.WHOLE,
    )
    name = period(data.year, data.through_month)
    said = (*before.reports.get(name, ()), report)
    return before.model_copy(update={"reports": {**before.reports, name: said}})


def period(year: int, through_month: int) -> str:
    """``2026-09`` for January to September 2026: sorts as time does."""
    return f"{year:04}-{through_month:02}"


def split(
    reports: Sequence[Reported], cut_off: datetime
) -> tuple[Reported | None, Reported | None]:
    """The last report said by the cut-off, and the last said after it."""
    before = [report for report in reports if report.said <= cut_off]
    after = [report for report in reports if report.said > cut_off]
    return before[-1] if before else None, after[-1] if after else None


def obstacles_at(
    subject: Subject, project: Project, cut_off: datetime
) -> dict[str, ObstacleRecord]:
    """A project's obstacles as they stood at a moment, by who raised them."""
    known = {
        party: obstacles.as_of(facts.obstacles, cut_off)
        for party, facts in project.items()
    }
    return obstacles.ledger(subject, known)[0]
