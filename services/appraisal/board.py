"""Red and black boards, computed by the rules that the board itself publishes.

    attained(measure) = actual / target · 100
    score(unit)       = Σ weight · min(attained, cap) / Σ weight

in exact fractions, rounded only where they are shown. Equal scores share a rank
(1, 1, 3). Red: every target met, and the rank within the places. Black: a target
missed, and among the last so many; who is exempt is not ranked.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.appraisal.facts import obstacles_at, reports, split
from services.appraisal.opening import (
    AFTER_THE_CUT_OFF,
    in_force,
    not_the_opener,
    opener,
    without_effect,
)
from services.rules.heard import Heard, Recorded, Why, unmet
from services.rules.rates import hundredths
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.board import (
    BoardMeasure,
    BoardOpened,
    BoardUnit,
    ExemptionGranted,
    FigureStated,
    MeasureKind,
    Places,
)
from twincity_schemas.board_record import (
    BoardRecorded,
    Colour,
    FigureRecord,
    LateReport,
    SequenceRecord,
    UnitRecord,
)
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.message import Event
from twincity_schemas.obstacle import ObstacleState
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Value, earlier

_WHOLE = Fraction(100)


class BoardView(Value):
    """What one party has said of a board."""

    opened: tuple[Recorded[BoardOpened], ...] = ()
    stated: tuple[Recorded[FigureStated], ...] = ()
    exempted: tuple[Recorded[ExemptionGranted], ...] = ()


def apply(before: BoardView, event: Event[Any], _states: States) -> BoardView:
    """Add one statement; none replaces another, since a cut-off may lie between."""
    envelope, data = event.envelope, event.data
    match data:
        case BoardOpened():
            opened = Recorded[BoardOpened](
                recorded=envelope.recorded,
                heard=Heard[BoardOpened](statement=envelope.id, content=data),
            )
            return before.model_copy(update={"opened": (*before.opened, opened)})
        case FigureStated():
            heard = Heard[FigureStated](statement=envelope.id, content=data)
            stated = (
                *before.stated,
                Recorded[FigureStated](recorded=envelope.recorded, heard=heard),
            )
            return before.model_copy(update={"stated": stated})
        case ExemptionGranted():
            granted = Heard[ExemptionGranted](statement=envelope.id, content=data)
            exempted = Recorded[ExemptionGranted](
                recorded=envelope.recorded, heard=granted
            )
            return before.model_copy(update={"exempted": (*before.exempted, exempted)})
        case _:
            return before


def derive(states: States) -> BoardRecorded | Derived:
    """The record; none as long as nobody has opened the board before all others."""
    subject, views = states.subject, states.own
    openings = {party: view.opened for party, view in views.items()}
    by = opener(openings)
    no_effect = [*without_effect(openings, by)]
    if by is None:
        return Derived(no_effect=no_effect)
    opened, idle = in_force(openings[by], _why_not_anew)
    told, view = opened.content, views[by]
    no_effect += [unmet(by, heard, why) for heard, why in idle]
    results = [_unit(unit, told, view, states) for unit in told.units]
    return BoardRecorded(
        subject=str(subject),
        opened_by=by,
        rules=f"{told.rules.code}@{told.rules.version}",
        year=told.year,
        through_month=told.through_month,
        cut_off=told.cut_off,
        sequences=tuple(
            _sequence(
                places,
                [
                    result
                    for unit, result in zip(told.units, results, strict=True)
                    if unit.sequence is places.sequence
                ],
            )
            for places in told.rules.places
        ),
        corrections=tuple(_corrections(told, states)),
        unmet=(*no_effect, *_unmet(by, told, views)),
    )


def _why_not_anew(told: BoardOpened, later: Recorded[BoardOpened]) -> Why | None:
    """Why a board that is opened again stays as it was."""
    if later.recorded > told.cut_off:
        return AFTER_THE_CUT_OFF
    rules = later.heard.content.rules
    named = (rules.code, rules.version) == (told.rules.code, told.rules.version)
    if named and rules != told.rules:
        return (
            "same_version",
            "同一规则版本的内容不得变更，请另立版本",
            "rules of one version never change; give them another version",
        )
    return None


_Result = tuple[Fraction, UnitRecord]
"""A unit's exact score, and its record before it is ranked."""


def _unit(
    unit: BoardUnit, told: BoardOpened, view: BoardView, states: States
) -> _Result:
    figures = [_figure(unit, m, told, view, states) for m in told.rules.measures]
    cap, weights = Fraction(told.rules.cap), Fraction()
    score, met = Fraction(), True
    for measure, (attained, _) in zip(told.rules.measures, figures, strict=True):
        weights += Fraction(measure.weight)
        score += Fraction(measure.weight) * max(Fraction(), min(attained, cap))
        met = met and attained >= _WHOLE
    exempt = _exemption(unit, told, view)
    record = UnitRecord(
        unit=unit.code,
        name=unit.unit.name,
        score=_shown(score / weights),
        met=met,
        colour=Colour.NONE,
        exempt=exempt.reason if exempt else None,
        figures=tuple(figure for _, figure in figures),
    )
    return score / weights, record


def _exemption(
    unit: BoardUnit, told: BoardOpened, view: BoardView
) -> ExemptionGranted | None:
    """The last exemption of a unit that was recorded by the cut-off."""
    granted = [
        one.heard.content
        for one in view.exempted
        if one.heard.content.unit == unit.code and one.recorded <= told.cut_off
    ]
    return granted[-1] if granted else None


def _figure(
    unit: BoardUnit,
    measure: BoardMeasure,
    told: BoardOpened,
    view: BoardView,
    states: States,
) -> tuple[Fraction, FigureRecord]:
    """What a unit has attained of a measure's target, exactly, and as shown."""
    match measure.kind:
        case MeasureKind.STATED:
            actual, statements = _stated(unit, measure, told, view)
        case MeasureKind.OBSTACLES_CLOSED:
            actual, statements = _closed(unit, told, states)
        case _:
            actual, statements = _reported(unit, measure.kind, told, states)
    attained = (actual or Fraction()) / Fraction(measure.target) * _WHOLE
    return attained, FigureRecord(
        measure=measure.code,
        actual=None if actual is None else _shown(actual),
        target=measure.target,
        attained=_shown(attained),
        statements=tuple(statements),
    )


def _stated(
    unit: BoardUnit, measure: BoardMeasure, told: BoardOpened, view: BoardView
) -> tuple[Fraction | None, list[str]]:
    for stated in reversed(view.stated):
        content = stated.heard.content
        if (content.unit, content.measure) == (unit.code, measure.code) and (
            stated.recorded <= told.cut_off
        ):
            return Fraction(content.value), [stated.heard.statement]
    return None, []


def _reported(
    unit: BoardUnit, kind: MeasureKind, told: BoardOpened, states: States
) -> tuple[Fraction | None, list[str]]:
    plan, invested = Fraction(), Fraction()
    statements = []
    for one in unit.projects:
        said = reports(states, one.project, told.year, told.through_month)
        report, _ = split(said.get(one.party, ()), told.cut_off)
        if report is not None:
            plan += Fraction(report.plan)
            invested += Fraction(report.invested)
            statements.append(report.statement)
    if kind is MeasureKind.REPORTS_ON_TIME:
        due = len(unit.projects)
        return (_WHOLE * len(statements) / due if due else None), statements
    return (_WHOLE * invested / plan if plan else None), statements


def _closed(
    unit: BoardUnit, told: BoardOpened, states: States
) -> tuple[Fraction | None, list[str]]:
    """Of the obstacles that were due at the cut-off, how many were closed."""
    day = told.cut_off.date().isoformat()
    due = [
        record
        for project in sorted({one.project for one in unit.projects})
        for record in obstacles_at(states, project, told.cut_off).values()
        if record.state is ObstacleState.CLOSED or earlier(record.due, day)
    ]
    closed = sum(record.state is ObstacleState.CLOSED for record in due)
    share = _WHOLE * closed / len(due) if due else _WHOLE
    return share, [record.steps[-1].statement for record in due]


def _shown(exact: Fraction) -> Decimal:
    return hundredths(Decimal(exact.numerator) / Decimal(exact.denominator))


def _sequence(places: Places, results: Sequence[_Result]) -> SequenceRecord:
    ranked = [result for result in results if result[1].exempt is None]
    scores = [score for score, _ in ranked]
    units = []
    for score, record in sorted(ranked, key=lambda r: (-r[0], r[1].unit)):
        rank = 1 + sum(other > score for other in scores)
        from_last = 1 + sum(other < score for other in scores)
        colour = Colour.NONE
        if record.met and rank <= places.red:
            colour = Colour.RED
        elif not record.met and from_last <= places.black:
            colour = Colour.BLACK
        units.append(record.model_copy(update={"rank": rank, "colour": colour}))
    exempt = [record for _, record in results if record.exempt is not None]
    return SequenceRecord(
        sequence=places.sequence,
        units=(*units, *sorted(exempt, key=lambda record: record.unit)),
        red=tuple(u.unit for u in units if u.colour is Colour.RED),
        black=tuple(u.unit for u in units if u.colour is Colour.BLACK),
    )


def _corrections(told: BoardOpened, states: States) -> Iterator[LateReport]:
    counted = {(one.project, one.party) for unit in told.units for one in unit.projects}
    for project, party in sorted(counted):
        said = reports(states, project, told.year, told.through_month)
        _, later = split(said.get(party, ()), told.cut_off)
        if later is not None:
            yield LateReport(project=project, party=party, figures=later.figures())


def _unmet(
    by: str, told: BoardOpened, views: Mapping[str, BoardView]
) -> Iterator[Unmet]:
    for party, view in sorted(views.items()):
        if party == by:
            yield from _misplaced(by, told, view)
            continue
        for stated in view.stated:
            yield not_the_opener(party, stated.heard, by)
        for exempted in view.exempted:
            yield not_the_opener(party, exempted.heard, by)


def _misplaced(by: str, told: BoardOpened, view: BoardView) -> Iterator[Unmet]:
    """The by's own statements that fit nothing on the board, or came late."""
    units = {unit.code for unit in told.units}
    measures = {m.code for m in told.rules.measures if m.kind is MeasureKind.STATED}
    for stated in view.stated:
        unit, measure = stated.heard.content.unit, stated.heard.content.measure
        if unit not in units or measure not in measures:
            yield unmet(by, stated.heard, _not_on_the_board(f"{unit}/{measure}"))
        elif stated.recorded > told.cut_off:
            yield unmet(by, stated.heard, AFTER_THE_CUT_OFF)
    for exempted in view.exempted:
        code = exempted.heard.content.unit
        if code not in units:
            yield unmet(by, exempted.heard, _not_on_the_board(code))
        elif exempted.recorded > told.cut_off:
            yield unmet(by, exempted.heard, AFTER_THE_CUT_OFF)


def _not_on_the_board(name: str) -> tuple[str, str, str]:
    return (
        "not_on_the_board",
        f"本期榜单没有 {name}",
        f"the board has no {name}",
    )


KIND = whole(
    "board",
    BoardView,
    (BoardOpened, FigureStated, ExemptionGranted),
    apply,
    derive,
    lambda _states: APPRAISAL_RECORDS,
)
