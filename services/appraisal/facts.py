"""What appraisal remembers of a project: its reports, obstacles and who is in it.

A cut-off asks what was known then. So every report of a period is kept, not the
latest alone, with when it entered its inbox: the time that it claims decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.appraisal import membership
from services.appraisal.membership import left_at
from services.rules import obstacles
from services.rules.closing import day
from services.rules.rates import completion
from services.runtime.kinds import Kind, Part, States
from twincity_schemas.dispatch import last_day
from twincity_schemas.dispatch_record import ReportedFigures
from twincity_schemas.message import Event
from twincity_schemas.obstacle import ObstacleRecorded
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


Said = Mapping[str, tuple[Reported, ...]]
"""Each party's reports of one period of a project."""


def reports(states: States, project: str, year: int, through_month: int) -> Said:
    """Returns each party's reports of a period of a project."""
    views = states.of(project, "progress", period(year, through_month))
    return {party: view.reports for party, view in views.items()}


def periods(states: States, project: str) -> dict[str, Said]:
    """Returns each party's reports of a project, by period, the earliest first."""
    return {
        name: {party: view.reports for party, view in views.items()}
        for name, views in sorted(states.all_of(project, "progress").items())
    }


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


class Coverage(StrEnum):
    """How far the whole of a project is known for a month."""

    FULL = "full"
    PARTIAL = "partial"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Whole:
    """What the whole of a project comes to in one month.

    Attributes:
        coverage: how far it is known; there are figures only where it is in full.
        missing: the members whose section is not there.
    """

    coverage: Coverage
    plan: Decimal = Decimal()
    invested: Decimal = Decimal()
    missing: tuple[str, ...] = ()


def whole(states: States, project: str, name: str, said: Said, by: datetime) -> Whole:
    """Returns what a project comes to in a period, by what was recorded by a moment.

    A report of the whole that nobody contradicts, or a section of every member that
    had not left by the period's end. What a leaver had reported still counts.

    Args:
        states: what is remembered.
        project: which.
        name: the period, ``2026-09``.
        said: each party's reports of it.
        by: the moment.
    """
    latest = {
        party: report
        for party, own in sorted(said.items())
        if (report := split(own, by)[0]) is not None
    }
    wholes = [report for report in latest.values() if report.whole]
    if wholes:
        if len({(report.plan, report.invested) for report in wholes}) > 1:
            return Whole(Coverage.DISPUTED)
        return Whole(Coverage.FULL, wholes[0].plan, wholes[0].invested)
    year, month = name.split("-")
    end = last_day(int(year), int(month))
    views = membership.of(states, project)
    missing = tuple(
        party
        for party in Subject.parse(project).members
        if party not in latest
        and ((left := left_at(views, party, by)) is None or day(left) > end)
    )
    if missing or not latest:
        return Whole(Coverage.PARTIAL, missing=missing)
    return Whole(
        Coverage.FULL,
        sum((report.plan for report in latest.values()), Decimal()),
        sum((report.invested for report in latest.values()), Decimal()),
    )


def obstacles_at(
    states: States, project: str, moment: datetime
) -> dict[str, ObstacleRecorded]:
    """A project's obstacles as they stood at a moment, by who raised them."""
    subject = Subject.parse(project)
    found = {
        name: obstacles.standing(subject, name, obstacles.as_of(views, moment))[0]
        for name, views in states.all_of(project, "obstacle").items()
    }
    return {name: record for name, record in found.items() if record is not None}


KIND = Kind(
    "project",
    (
        Part("progress", Reports, {ProgressReported: name_of}, apply),
        Part("obstacle", obstacles.Obstacle, obstacles.TAKES, obstacles.apply),
        membership.PART,
    ),
)
"""What is remembered of projects: others' records rest on it."""
