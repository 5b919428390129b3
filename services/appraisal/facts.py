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

from services.rules import domains, obstacles, presence, succession
from services.rules.closing import has_begun, period
from services.rules.comparison import whole_of
from services.rules.rates import completion
from services.rules.remembered import Remembered
from services.rules.sections import Amounts, Sections, months_before, unreported
from services.runtime.kinds import Kind, Part, States
from twincity_schemas.dispatch import last_day
from twincity_schemas.dispatch_record import ReportedFigures
from twincity_schemas.message import Event
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState
from twincity_schemas.parties import day_of
from twincity_schemas.progress import ProgressReported, Scope
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Subject


@dataclass(frozen=True, slots=True)
class ReportedMonth:
    """A party's figures of a period, as far as records need them; in 万元.

    Attributes:
        whole: whether of the whole project, not of the party's own section.
        sections: each that it has reported apart, with plan and investment, and what
            it reports of all as ``""``.
    """

    month: int
    whole: bool
    sections: Sections

    @property
    def plan(self) -> Decimal:
        """The year's plan of all its sections."""
        return sum((plan for plan, _ in self.sections.values()), Decimal())

    @property
    def invested(self) -> Decimal:
        """The amount invested this year in all its sections."""
        return sum((invested for _, invested in self.sections.values()), Decimal())


Reported = Remembered[ReportedMonth]
"""One report of a period."""


def figures_of(report: Reported) -> ReportedFigures:
    """Returns a report as the records show it."""
    month = report.content
    rate, lead = completion(month.invested, month.plan, month.month)
    return ReportedFigures(
        statement=report.id,
        recorded=report.recorded,
        annual_plan=month.plan,
        annual_investment=month.invested,
        rate=rate,
        lead=lead,
    )


@dataclass(frozen=True, slots=True)
class ReportsView:
    """A party's reports on one period of a project, each with those that stood."""

    reports: tuple[Reported, ...] = ()


def name_of(event: Event[Any]) -> str:
    """Returns the period that a report is of."""
    return period(event.data.year, event.data.through_month)


def apply(before: ReportsView, event: Event[Any], _states: States) -> ReportsView:
    """Add a report; none replaces another, since a cut-off may lie between."""
    data: ProgressReported = event.data
    # What is said of a month that has not begun is a forecast; coordination tells.
    if not has_begun(data.year, data.through_month, event.envelope.recorded):
        return before
    # One of a section leaves the party's others standing; one of all replaces them.
    name = data.section or ""
    last = before.reports[-1].content.sections if name and before.reports else {}
    others = {k: amounts for k, amounts in last.items() if k not in {"", name}}
    month = ReportedMonth(
        month=data.through_month,
        whole=data.scope is Scope.WHOLE,
        sections={**others, name: (data.annual_plan, data.annual_investment)},
    )
    report = Remembered(event.envelope.id, event.envelope.recorded, month)
    return ReportsView(reports=(*before.reports, report))


ReportsOf = Mapping[str, tuple[Reported, ...]]
"""Each party's reports of one period of a project."""


def reports(states: States, project: str, year: int, through_month: int) -> ReportsOf:
    """Returns each party's reports of a period of a project."""
    views = states.of(project, "progress", period(year, through_month))
    return {party: view.reports for party, view in views.items()}


def periods(states: States, project: str) -> dict[str, ReportsOf]:
    """Returns each party's reports of a project, by period, the earliest first."""
    return {
        name: {party: view.reports for party, view in views.items()}
        for name, views in sorted(states.all_of(project, "progress").items())
    }


def split(
    reports: Sequence[Reported], cut_off: datetime
) -> tuple[Reported | None, Reported | None]:
    """The last report recorded by the cut-off, and the last recorded after it."""
    before = [report for report in reports if report.recorded <= cut_off]
    after = [report for report in reports if report.recorded > cut_off]
    return before[-1] if before else None, after[-1] if after else None


def missing_sections(
    states: States, project: str, name: str, party: str, by: datetime
) -> tuple[str, ...]:
    """Returns the sections that a party reported before, and not of a month.

    None where it reports all as one, or nothing.

    Args:
        states: what is remembered.
        project: which.
        name: the month, ``2026-09``.
        party: which.
        by: the moment by which the reports were recorded.
    """

    def stood(month: str) -> Sections:
        own = states.of(project, "progress", month).get(party)
        last = split(own.reports, by)[0] if own else None
        return last.content.sections if last else {}

    now = stood(name)
    # Most report all as one: nothing before it is asked then.
    if not now or "" in now:
        return ()
    year, month = name.split("-")
    return unreported(now, map(stood, months_before(int(year), int(month))))


class MonthCoverage(StrEnum):
    """The extent to which the whole of a project is known for a month."""

    FULL = "full"
    PARTIAL = "partial"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Whole:
    """The whole of a project in one month; amounts in 万元.

    Attributes:
        coverage: how far it is known; there are figures only where it is in full.
        missing: the members whose section is not there, or not all of it.
    """

    coverage: MonthCoverage
    plan: Decimal = Decimal()
    invested: Decimal = Decimal()
    missing: tuple[str, ...] = ()


def whole(
    states: States, project: str, name: str, reported: ReportsOf, by: datetime
) -> Whole:
    """Returns what a project comes to in a period, by what was recorded by a moment.

    A report of the whole that nobody contradicts, or a section of every member that
    had not left by the period's end. What a leaver had reported still counts.

    Args:
        states: what is remembered.
        project: which.
        name: the period, ``2026-09``.
        reported: each party's reports of it.
        by: the moment.
    """
    latest = {
        party: report
        for party, own in sorted(reported.items())
        if (report := split(own, by)[0]) is not None
        and not missing_sections(states, project, name, party, by)
    }
    year, month = name.split("-")
    end = last_day(int(year), int(month))
    where = presence.of(states, project)
    missing = tuple(
        party
        for party in Subject.parse(project).members
        if party not in latest
        and ((left := presence.left_at(where, party, by)) is None or day_of(left) > end)
    )
    amounts = {party: _amounts(report.content) for party, report in latest.items()}
    wholes = {p: a for p, a in amounts.items() if latest[p].content.whole}
    sections = {p: a for p, a in amounts.items() if p not in wholes}
    total = whole_of(wholes, sections, _added, complete=not missing, within=_fits)
    state, amount = total
    if state is FieldState.DISPUTED:
        return Whole(MonthCoverage.DISPUTED)
    if amount is None:
        return Whole(MonthCoverage.PARTIAL, missing=missing)
    return Whole(MonthCoverage.FULL, *amount)


def _amounts(month: ReportedMonth) -> Amounts:
    return month.plan, month.invested


def _added(sections: Sequence[Amounts]) -> Amounts:
    plans, invested = zip(*sections, strict=True)
    return sum(plans, Decimal()), sum(invested, Decimal())


def _fits(section: Amounts, whole: Amounts) -> bool:
    return section[0] <= whole[0] and section[1] <= whole[1]


def obstacles_at(
    states: States, project: str, moment: datetime
) -> dict[str, ObstacleRecorded]:
    """A project's obstacles as they stood at a moment, by who raised them.

    Those that were cancelled before anybody had missed a deadline of theirs are none.
    """
    subject = Subject.parse(project)
    where = presence.known_by(presence.of(states, project), moment)
    records = {
        name: obstacles.stand(subject, name, obstacles.known_by(views, moment), where)[
            0
        ]
        for name, views in states.all_of(project, "obstacle").items()
    }
    # As they stood then, by what was recorded then: an obstacle that is closed today
    # was open at the cut-off, and one registered since was none.
    return {
        name: record
        for name, record in records.items()
        # To cancel it afterwards undoes nothing.
        if record is not None
        and (record.missed or record.state is not ObstacleState.CANCELLED)
    }


KIND = Kind(
    "project",
    (
        Part("progress", ReportsView, {ProgressReported: name_of}, apply),
        Part("obstacle", obstacles.Obstacle, obstacles.TAKES, obstacles.apply),
        presence.PART_OF_PROJECT,
        domains.PART_OF_PROJECT,
        succession.PART_OF_PROJECT,
    ),
)
"""What is remembered of projects: others' records rest on it."""
