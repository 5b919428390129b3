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

from services.appraisal.calendar import boards_of
from services.appraisal.carried import charges, obstacles_once
from services.appraisal.counted import counted_for
from services.appraisal.said import answers_by, opening
from services.appraisal.sameness import same_units
from services.rules.closing import over
from services.rules.editions import Editions
from services.rules.rates import hundredths
from services.rules.remembered import Remembered
from services.runtime.kinds import States
from twincity_schemas.board import (
    BoardMeasure,
    BoardOpened,
    BoardUnit,
    ExemptionGranted,
    FigureStated,
    MeasureKind,
)
from twincity_schemas.board_record import (
    FigureRecord,
    FigureSource,
    ProjectCounted,
)

_WHOLE = Fraction(100)


@dataclass(frozen=True)
class BoardBasis:
    """All that a board is computed from, besides its projects' statements.

    Attributes:
        board: its identifier.
        opened: the opening that is in force.
        moment: what was recorded by then is known.
        stated: the opener's own figures, in its order.
        exempted: its exemptions, in its order.
        answers: the figures that answers to appeals put right, by unit and measure.
    """

    board: str
    opened: BoardOpened
    moment: datetime
    stated: tuple[Remembered[FigureStated], ...] = ()
    exempted: tuple[Remembered[ExemptionGranted], ...] = ()
    answers: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A unit's score before it is ranked."""

    unit: BoardUnit
    score: Decimal
    met: bool
    exempt: str | None
    figures: tuple[FigureRecord, ...]
    projects: tuple[ProjectCounted, ...]


def result(unit: BoardUnit, known: BoardBasis, states: States) -> Result:
    """Returns a unit's score and what it rests on, by the edition of its board."""
    answers = tuple(sorted(known.answers.items()))
    key = ("result", unit.code, known.moment, answers)
    scored: Result = states.once(key, SCORES.at(known.opened.cut_off), unit, known)
    return scored


def _result_1(unit: BoardUnit, known: BoardBasis, states: States) -> Result:
    projects = counted_for(unit, known.opened, known.moment, states)
    cap, weights, score, met = (
        Fraction(known.opened.rules.cap),
        Fraction(),
        Fraction(),
        True,
    )
    figures = []
    for measure in known.opened.rules.measures_of(unit):
        actual, statements = _actual(unit, measure, projects, known, states)
        # Exact until it is shown: what is rounded twice may cross a line once.
        attained = (actual or Fraction()) / Fraction(measure.target) * _WHOLE
        weights += Fraction(measure.weight)
        score += Fraction(measure.weight) * max(Fraction(), min(attained, cap))
        # As it is shown: a reader who sees 100.00 must not see it called missed.
        met = met and hundredths(attained) >= _WHOLE
        figures.append(
            FigureRecord(
                measure=measure.code,
                name=measure.name,
                kind=measure.kind,
                weight=measure.weight,
                actual=None if actual is None else hundredths(actual),
                target=measure.target,
                attained=hundredths(attained),
                statements=statements,
                unnamed=_unnamed(measure, statements, known.opened),
            )
        )
    granted = [
        exemption.content
        for exemption in known.exempted
        if exemption.content.unit == unit.code and exemption.recorded <= known.moment
    ]
    return Result(
        unit=unit,
        score=hundredths(score / weights),
        met=met,
        exempt=f"{granted[-1].reason}（{granted[-1].basis}）" if granted else None,
        figures=tuple(figures),
        projects=projects,
    )


def _actual(
    unit: BoardUnit,
    measure: BoardMeasure,
    projects: tuple[ProjectCounted, ...],
    known: BoardBasis,
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
            # Nothing was due: nothing was late.
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
        if one.counted_as is not None:
            continue
        if one.standing in {FigureSource.UNKNOWN, FigureSource.WHOLE}:
            return None
        plan += Fraction(one.annual_plan or 0)
        invested += Fraction(one.annual_investment or 0)
    return _WHOLE * invested / plan if plan else None


def _of_boards(
    unit: BoardUnit, known: BoardBasis, states: States
) -> tuple[Fraction | None, tuple[str, ...]]:
    """Returns the mean of a unit's scores on the boards of the year, and those boards.

    Each as it was closed, with what answers to appeals have put right by now. A board
    that the opener did not name counts all the same where the unit stood on it: who
    opens a year must not leave a bad quarter out.
    """
    named = tuple(dict.fromkeys(known.opened.boards))
    scores = {board: _score_on(board, unit, known, states) for board in named}
    if not named or None in scores.values():
        return None, ()
    for board in boards_of(known.board, known.opened.year, states):
        if board not in scores and not _is_a_year(board, states):
            score = _score_on(board, unit, known, states)
            scores |= {} if score is None else {board: score}
    exact = [Fraction(score) for score in scores.values() if score is not None]
    return sum(exact, Fraction()) / len(exact), tuple(scores)


def _unnamed(
    measure: BoardMeasure, boards: tuple[str, ...], opened: BoardOpened
) -> tuple[str, ...]:
    """Returns the boards that a year's figure rests on and its opener did not name."""
    if measure.kind is not MeasureKind.BOARDS:
        return ()
    return tuple(board for board in boards if board not in opened.boards)


def _is_a_year(board: str, states: States) -> bool:
    """Returns whether a board is itself made of others: it would count them twice."""
    other = opening(board, states)
    return other.by is not None and bool(other.content.boards)


def _score_on(
    board: str, unit: BoardUnit, known: BoardBasis, states: States
) -> Fraction | None:
    """Returns a unit's exact score on a board of the year; None where it has none.

    A board that is not closed before this one, or is of another year, is none of the
    year: so none rests on itself, and no year on another's. Nor is one that was opened
    when it was over: its rules would be chosen for what they come to.
    """
    other_board = opening(board, states)
    if other_board.by is None:
        return None
    content, view = other_board.content, states.of(board)[other_board.by]
    if (
        content.cut_off >= known.opened.cut_off
        or content.year != known.opened.year
        or other_board.versions[0][0].recorded > content.cut_off
    ):
        return None
    own = same_units(unit, known.opened.units, content.units)
    if not own:
        return None
    right = answers_by(board, content, other_board.by, states, known.moment)
    then = BoardBasis(
        board, content, content.cut_off, view.stated, view.exempted, right
    )
    scores = [Fraction(result(one, then, states).score) for one in own]
    return sum(scores, Fraction()) / len(scores)


def _stated(
    unit: BoardUnit, measure: BoardMeasure, known: BoardBasis
) -> tuple[Fraction | None, tuple[str, ...]]:
    for stated in reversed(known.stated):
        content = stated.content
        if (content.unit, content.measure) == (unit.code, measure.code) and (
            stated.recorded <= known.moment
        ):
            return Fraction(content.value), (stated.id,)
    return None, ()


def _closed(
    unit: BoardUnit, known: BoardBasis, states: States
) -> tuple[Fraction, tuple[str, ...]]:
    """Of the obstacles that were with it and due by the cut-off, those closed."""
    own: dict[str, set[str]] = {}
    for one in unit.projects:
        own.setdefault(one.party, set()).add(one.project)
    # For each party apart, as its reports are: what one member has to clear is not
    # cleared by another's name for it.
    due = [
        (charge.cleared, record.steps[-1].statement)
        for party, projects in sorted(own.items())
        for _, records in sorted(obstacles_once(states, projects, known.moment).items())
        for record in records.values()
        for charge in charges(record)
        if charge.party == party and over(charge.due, known.opened.cut_off)
    ]
    # Nothing was due: nothing was left open.
    share = _WHOLE * sum(cleared for cleared, _ in due) / len(due) if due else _WHOLE
    return share, tuple(dict.fromkeys(statement for _, statement in due))


SCORES = Editions("scores", _result_1)
