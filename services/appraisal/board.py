"""Red and black boards: computed by the rules that the board itself publishes.

The closed result follows from what was recorded by the cut-off. What came later is
a numbered amendment beside it; what an answer to an appeal changed counts, and
stands as the final result beside the closed one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.appraisal import amendments, appeals
from services.appraisal.opening import AFTER_THE_CUT_OFF, not_the_opener
from services.appraisal.ranks import Ranked, ranked
from services.appraisal.said import (
    EVER,
    BoardView,
    Views,
    answers_by,
    apply,
    opening,
)
from services.appraisal.scoring import Known, Result, result
from services.rules.heard import Recorded, Why, unmet
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.board import (
    BoardOpened,
    Colour,
    ExemptionGranted,
    FigureStated,
    MeasureKind,
)
from twincity_schemas.board_record import (
    BoardRecorded,
    SequenceRecord,
    StandingRecorded,
)
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.steps import Unmet


class _Board:
    """A board that was opened: its closed result, and the final one."""

    def __init__(
        self, by: str, told: BoardOpened, views: Views, states: States
    ) -> None:
        view = views[by]
        known = Known(told, told.cut_off, view.stated, view.exempted)
        self.closed = _by_unit(known, states)
        self.known, self.told = known, told
        answers = answers_by(str(states.subject), told, by, states, EVER)
        self.final: dict[str, Result] | None = None
        if answers:
            self.final = _by_unit(replace(known, answers=answers), states)
        self.ranks = ranked(told, self.closed.values())
        self.final_ranks = (
            ranked(told, self.final.values()) if self.final is not None else []
        )


def _by_unit(known: Known, states: States) -> dict[str, Result]:
    return {unit.code: result(unit, known, states) for unit in known.told.units}


def derive(states: States) -> Derived:
    """The header; none as long as nobody has opened the board before all others."""
    found = opening(states.own)
    if found.by is None:
        return Derived(no_effect=found.no_effect)
    told, views = found.content, states.own
    board = _Board(found.by, told, views, states)
    no_effect = (*found.no_effect, *_unmet(found.by, told, views))
    open_parts, due_first = states.open
    record = BoardRecorded(
        subject=str(states.subject),
        opened_by=found.by,
        openings=found.records,
        rules=told.rules,
        year=told.year,
        through_month=told.through_month,
        cut_off=told.cut_off,
        appeals_until=told.appeals_until,
        sequences=tuple(map(_sequence, board.ranks)),
        final=tuple(map(_sequence, board.final_ranks)),
        corrections=_count(states, "amendment"),
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        unmet=no_effect,
    )
    return Derived({"": record}, no_effect)


def _count(states: States, part: str) -> int:
    found = states.parts.get(part)
    return 0 if found is None else found.count


def derive_list(states: States) -> Derived:
    """A record for each unit, and for each statement after the cut-off."""
    views: Views = states.of(str(states.subject))
    found = opening(views)
    if found.by is None:
        return Derived()
    board = _Board(found.by, found.content, views, states)
    late = amendments.told(found, board.known, board.closed, states)
    parts = [*_standings(board, str(states.subject)), *late]
    return Derived({part.part: part for part in parts})


def _sequence(found: Ranked) -> SequenceRecord:
    red, black = found.of(Colour.RED), found.of(Colour.BLACK)
    return SequenceRecord(
        sequence=found.sequence,
        units=len(found.places),
        exempt=sum(place.rank is None for place in found.places.values()),
        red=red,
        black=black,
        red_beyond_places=len(red) > found.red,
        black_beyond_places=len(black) > found.black,
    )


def _standings(board: _Board, subject: str) -> Iterator[StandingRecorded]:
    final = {
        unit: place for one in board.final_ranks for unit, place in one.places.items()
    }
    for one in board.ranks:
        for code, place in one.places.items():
            found = board.closed[code]
            yield StandingRecorded(
                subject=subject,
                part=f"unit/{code}",
                sequence=one.sequence,
                unit=code,
                name=found.unit.unit.name,
                closed=place,
                final=final.get(code),
                met=found.met,
                exempt=found.exempt,
                figures=found.figures,
                projects=found.projects,
            )


def _unmet(by: str, told: BoardOpened, views: Views) -> Iterator[Unmet]:
    for party, view in sorted(views.items()):
        if party == by:
            yield from _misplaced(by, told, view)
            continue
        said: tuple[Recorded[Any], ...] = (*view.stated, *view.exempted)
        for one in said:
            yield not_the_opener(party, one.heard, by)


def _misplaced(by: str, told: BoardOpened, view: BoardView) -> Iterator[Unmet]:
    """The opener's own statements that fit nothing on the board, or came late."""
    measures = {
        unit.code: {
            measure.code
            for measure in told.rules.measures_of(unit)
            if measure.kind is MeasureKind.STATED
        }
        for unit in told.units
    }
    for stated in view.stated:
        unit, measure = stated.heard.content.unit, stated.heard.content.measure
        if measure not in measures.get(unit, ()):
            yield unmet(by, stated.heard, _not_on_the_board(f"{unit}/{measure}"))
        elif stated.recorded > told.cut_off:
            yield unmet(by, stated.heard, AFTER_THE_CUT_OFF)
    for exempted in view.exempted:
        code = exempted.heard.content.unit
        if code not in measures:
            yield unmet(by, exempted.heard, _not_on_the_board(code))
        elif exempted.recorded > told.cut_off:
            yield unmet(by, exempted.heard, AFTER_THE_CUT_OFF)


def _not_on_the_board(name: str) -> Why:
    return (
        "not_on_the_board",
        f"本期榜单没有 {name}",
        f"the board has no {name}",
    )


KIND = Kind(
    "board",
    (
        Part(
            "",
            BoardView,
            dict.fromkeys(
                (BoardOpened, FigureStated, ExemptionGranted), lambda _event: ""
            ),
            apply,
            derive,
        ),
        appeals.part(opening),
        Part("list", derive=derive_list),
    ),
    lambda _states: APPRAISAL_RECORDS,
)
