"""What appraisal remembers of a project: the figures, each with when it was recorded.

A cut-off asks what was known then. So every report of a period is kept, not the
latest alone, with when it entered its inbox: the time that it claims decides nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.rules import obstacles, presence
from services.rules.rates import completion
from services.runtime.kinds import Kind, Part, States
from twincity_schemas.dispatch_record import ReportedFigures
from twincity_schemas.message import Event
from twincity_schemas.obstacle import ObstacleRecorded, ObstacleState
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.values import Subject, Value


class Reported(Value):
    """One report of a period."""

    statement: str
    recorded: datetime
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
            recorded=self.recorded,
            annual_plan=self.plan,
            annual_investment=self.invested,
            rate=rate,
            lead=lead,
        )


class Reports(Value):
    """Every report of a party on one period of a project, in its order."""

    reports: tuple[Reported, ...] = ()


def name_of(event: Event[Any]) -> str:
    """Returns the period that a report is of."""
    return period(event.data.year, event.data.through_month)


def apply(before: Reports, event: Event[Any], _states: States) -> Reports:
    """Add a report; none replaces another, since a cut-off may lie between."""
    data: ProgressReported = event.data
    report = Reported(
        statement=event.envelope.id,
        recorded=event.envelope.recorded,
        month=data.through_month,
        plan=data.annual_plan,
        invested=data.annual_investment,
        whole=data.scope is Scope.WHOLE,
    )
    return Reports(reports=(*before.reports, report))


def reports(
    states: States, project: str, year: int, through_month: int
) -> dict[str, tuple[Reported, ...]]:
    """Returns each party's reports of a period of a project."""
    views = states.of(project, "progress", period(year, through_month))
    return {party: view.reports for party, view in views.items()}


def period(year: int, through_month: int) -> str:
    """``2026-09`` for January to September 2026: sorts as time does."""
    return f"{year:04}-{through_month:02}"


def split(
    reports: Sequence[Reported], cut_off: datetime
) -> tuple[Reported | None, Reported | None]:
    """The last report recorded by the cut-off, and the last recorded after it."""
    before = [report for report in reports if report.recorded <= cut_off]
    after = [report for report in reports if report.recorded > cut_off]
    return before[-1] if before else None, after[-1] if after else None


def obstacles_at(
    states: States, project: str, cut_off: datetime
) -> dict[str, ObstacleRecorded]:
    """A project's obstacles as they stood at a moment, by who raised them.

    Those that were cancelled before they fell due are none.
    """
    subject = Subject.parse(project)
    where = presence.as_of(presence.of(states, project), cut_off)
    found = {
        name: obstacles.standing(subject, name, obstacles.as_of(views, cut_off), where)[
            0
        ]
        for name, views in states.all_of(project, "obstacle").items()
    }
    return {
        name: record
        for name, record in found.items()
        if record is not None and not _cancelled_in_time(record)
    }


def _cancelled_in_time(record: ObstacleRecorded) -> bool:
    """Whether it never fell due: to cancel it afterwards undoes nothing."""
    missed = any(missed.due == record.due for missed in record.missed)
    return record.state is ObstacleState.CANCELLED and not missed


KIND = Kind(
    "project",
    (
        Part(
            "progress",
            Reports,
            {ProgressReported: name_of},
            apply,
        ),
        Part("obstacle", obstacles.Obstacle, obstacles.TAKES, obstacles.apply),
        presence.PART_OF_PROJECT,
    ),
)
"""What is remembered of projects: others' records rest on it."""
