"""What a board's rules make of its units, by what was known at a moment.

    attained(measure) = actual / target · 100
    score(unit)       = Σ weight · min(attained, cap) / Σ weight

in exact fractions, rounded half up to 0.01 at the end. What is shown decides: a
target is met by the share as shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from services.appraisal import membership
from services.appraisal.facts import (
    Reported,
    obstacles_at,
    period,
    periods,
    split,
)
from services.appraisal.said import answers_by, opening
from services.rules.closing import day, over
from services.rules.heard import Recorded
from services.rules.rates import hundredths
from services.runtime.kinds import States
from twincity_schemas.board import (
    BoardMeasure,
    BoardOpened,
    BoardUnit,
    ExemptionGranted,
    FigureStated,
    MeasureKind,
    UnitProject,
)
from twincity_schemas.board_record import (
    FigureRecord,
    FigureSource,
    ProjectCounted,
)
from twincity_schemas.dispatch import before_its_end, last_day
from twincity_schemas.obstacle import ObstacleState
from twincity_schemas.values import Subject

_WHOLE = Fraction(100)


@dataclass(frozen=True)
class Known:
    """What a board is computed from, besides what its projects' parties said.

    Attributes:
        told: the opening that is in force.
        moment: what was recorded by then is known.
        stated: the opener's own figures, in its order.
        exempted: its exemptions, in its order.
        answers: the figures that answers to appeals put right, by unit and measure.
    """

    told: BoardOpened
    moment: datetime
    stated: tuple[Recorded[FigureStated], ...] = ()
    exempted: tuple[Recorded[ExemptionGranted], ...] = ()
    answers: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What a unit comes to before it is ranked."""

    unit: BoardUnit
    score: Decimal
    met: bool
    exempt: str | None
    figures: tuple[FigureRecord, ...]
    projects: tuple[ProjectCounted, ...]


def result(unit: BoardUnit, known: Known, states: States) -> Result:
    """Returns a unit's score and what it rests on."""
    projects = tuple(_counted(unit, one, known, states) for one in unit.projects)
    cap, weights, score, met = (
        Fraction(known.told.rules.cap),
        Fraction(),
        Fraction(),
        True,
    )
    figures = []
    for measure in known.told.rules.measures_of(unit):
        actual, statements = _actual(unit, measure, projects, known, states)
        attained = (actual or Fraction()) / Fraction(measure.target) * _WHOLE
        weights += Fraction(measure.weight)
        score += Fraction(measure.weight) * max(Fraction(), min(attained, cap))
        met = met and _shown(attained) >= _WHOLE
        figures.append(
            FigureRecord(
                measure=measure.code,
                name=measure.name,
                kind=measure.kind,
                weight=measure.weight,
                actual=None if actual is None else _shown(actual),
                target=measure.target,
                attained=_shown(attained),
                statements=statements,
            )
        )
    granted = [
        said.heard.content
        for said in known.exempted
        if said.heard.content.unit == unit.code and said.recorded <= known.moment
    ]
    return Result(
        unit=unit,
        score=_shown(score / weights),
        met=met,
        exempt=f"{granted[-1].reason}（{granted[-1].basis}）" if granted else None,
        figures=tuple(figures),
        projects=projects,
    )


def _actual(
    unit: BoardUnit,
    measure: BoardMeasure,
    projects: tuple[ProjectCounted, ...],
    known: Known,
    states: States,
) -> tuple[Fraction | None, tuple[str, ...]]:
    """The exact figure of a measure; None where it is not known."""
    answered = known.answers.get((unit.code, measure.code))
    if answered is not None:
        return Fraction(answered), ()
    match measure.kind:
        case MeasureKind.STATED:
            return _stated(unit, measure, known)
        case MeasureKind.OBSTACLES_CLOSED:
            return _closed(unit, known, states)
        case MeasureKind.REPORTS_ON_TIME:
            due = [one.on_time for one in projects if one.on_time is not None]
            return (_WHOLE * sum(due) / len(due) if due else _WHOLE), ()
        case MeasureKind.BOARDS:
            return _of_boards(unit, known, states)
        case MeasureKind.COMPLETION_RATE:
            return _rate(projects), ()


def _rate(projects: Iterable[ProjectCounted]) -> Fraction | None:
    """Invested over planned; None as long as the plan of one project is not known.

    Whoever hides a project must not gain by it: not knowing its plan, no rate can be
    said that might not be too high.
    """
    plan, invested = Fraction(), Fraction()
    for one in projects:
        if one.standing in {FigureSource.UNKNOWN, FigureSource.WHOLE}:
            return None
        plan += Fraction(one.annual_plan or 0)
        invested += Fraction(one.annual_investment or 0)
    return _WHOLE * invested / plan if plan else None


def _of_boards(
    unit: BoardUnit, known: Known, states: States
) -> tuple[Fraction | None, tuple[str, ...]]:
    """The mean of its scores on the boards of the year; None where one has none.

    Each as it was closed, with what answers to appeals have put right by now. A board
    that is not closed before this one is none of the year: so none rests on itself.
    """
    scores = []
    for board in known.told.boards:
        views = states.of(board)
        found = opening(views)
        if found.by is None or found.content.cut_off >= known.told.cut_off:
            return None, ()
        told, view = found.content, views[found.by]
        own = next((u for u in told.units if u.code == unit.code), None)
        if own is None:
            return None, ()
        right = answers_by(board, told, found.by, states, known.moment)
        then = Known(told, told.cut_off, view.stated, view.exempted, right)
        scores.append(Fraction(result(own, then, states).score))
    mean = sum(scores, Fraction()) / len(scores) if scores else None
    return mean, tuple(known.told.boards)


def _stated(
    unit: BoardUnit, measure: BoardMeasure, known: Known
) -> tuple[Fraction | None, tuple[str, ...]]:
    for said in reversed(known.stated):
        content = said.heard.content
        if (content.unit, content.measure) == (unit.code, measure.code) and (
            said.recorded <= known.moment
        ):
            return Fraction(content.value), (said.heard.statement,)
    return None, ()


def _closed(
    unit: BoardUnit, known: Known, states: States
) -> tuple[Fraction, tuple[str, ...]]:
    """Of the obstacles that were with it and due by the cut-off, those closed."""
    own: dict[str, set[str]] = {}
    for one in unit.projects:
        own.setdefault(one.project, set()).add(one.party)
    due = [
        record
        for project, parties in sorted(own.items())
        for record in obstacles_at(states, project, known.moment).values()
        if (record.assigned_to or record.raised_by) in parties
        and over(record.due, known.told.cut_off)
    ]
    closed = sum(record.state is ObstacleState.CLOSED for record in due)
    share = _WHOLE * closed / len(due) if due else _WHOLE
    return share, tuple(record.steps[-1].statement for record in due)


# --- how a project counts for a unit ------------------------------------------


def _counted(
    unit: BoardUnit, one: UnitProject, known: Known, states: States
) -> ProjectCounted:
    told = known.told
    name = period(told.year, told.through_month)
    said = periods(states, one.project)
    stands = membership.of(states, one.project)
    on_time = None
    if _is_due(one, told, stands):
        own = said.get(name, {}).get(one.party, ())
        on_time = split(own, told.cut_off)[0] is not None
    left = membership.left_at(stands, one.party, told.cut_off)
    if left is not None and day(left) <= last_day(told.year, told.through_month):
        return _from(one, FigureSource.LEFT, on_time)
    wholly = _answers_alone(unit, one, told)
    for earlier in sorted(said, reverse=True):
        if not f"{told.year:04}-01" <= earlier <= name:
            continue
        reports = said[earlier].get(one.party, ())
        usable = [report for report in reports if wholly or not report.whole]
        report, _ = split(usable, known.moment)
        if report is not None:
            source = FigureSource.REPORTED if earlier == name else FigureSource.OLD
            return _from(one, source, on_time, earlier, report)
        if split(reports, known.moment)[0] is not None and earlier == name:
            return _from(one, FigureSource.WHOLE, on_time)
    return _from(one, FigureSource.UNKNOWN, on_time)


def _from(
    one: UnitProject,
    source: FigureSource,
    on_time: bool | None,  # noqa: FBT001  what the record says
    name: str | None = None,
    report: Reported | None = None,
) -> ProjectCounted:
    return ProjectCounted(
        project=one.project,
        party=one.party,
        standing=source,
        on_time=on_time,
        period=name,
        annual_plan=report and report.plan,
        annual_investment=report and report.invested,
        statement=report and report.statement,
    )


def _is_due(one: UnitProject, told: BoardOpened, stands: membership.Views) -> bool:
    members = Subject.parse(one.project).members
    return not (
        before_its_end(told.cut_off, told.year, told.through_month)
        or membership.suspended_at(stands, members, told.cut_off)
        or membership.left_at(stands, one.party, told.cut_off)
    )


def _answers_alone(unit: BoardUnit, one: UnitProject, told: BoardOpened) -> bool:
    """Whether a report of the whole can only be of this unit's.

    A project of one member is that member's; otherwise nobody else in the sequence,
    nor the unit itself for another party, answers for the project.
    """
    if len(Subject.parse(one.project).members) == 1:
        return True
    lines = [
        (other.code, another)
        for other in told.units
        if other.sequence is unit.sequence
        for another in other.projects
        if another.project == one.project
    ]
    return len(lines) == 1


def _shown(exact: Fraction) -> Decimal:
    return hundredths(Decimal(exact.numerator) / Decimal(exact.denominator))
