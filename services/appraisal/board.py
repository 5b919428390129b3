"""Red and black boards: computed by the rules that the board itself publishes.

The closed result follows from what was recorded by the cut-off. What came later is
a numbered amendment beside it; what an answer to an appeal changed counts, and
stands as the final result beside the closed one.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.appraisal import amendments, appeals, calendar, follow_up, published
from services.appraisal.closed_places import ClosedPlaces
from services.appraisal.opening import (
    AFTER_THE_CUT_OFF,
    not_on_the_board,
    not_the_opener,
)
from services.appraisal.ranks import RANKS, Ranked, places_of, ranked
from services.appraisal.said import (
    EVER,
    BoardView,
    Views,
    answers_by,
    apply,
    opening,
)
from services.appraisal.scoring import SCORES, BoardBasis, Result, result
from services.rules.remembered import Remembered, no_effect_of
from services.runtime.kinds import Derived, Kind, Part, States
from twincity_schemas.board import (
    BoardOpened,
    Colour,
    ExemptionGranted,
    FigureStated,
    MeasureKind,
    Sequence,
)
from twincity_schemas.board_record import (
    BoardRecorded,
    Place,
    SequenceRecord,
    StandingRecorded,
)
from twincity_schemas.steps import NoEffect
from twincity_schemas.topology import APPRAISAL_RECORDS


class _Board:
    """A board that was opened: its closed result, and the final one."""

    def __init__(
        self, by: str, opened: BoardOpened, views: Views, states: States
    ) -> None:
        view = views[by]
        known = BoardBasis(
            str(states.subject), opened, opened.cut_off, view.stated, view.exempted
        )
        self.closed = _by_unit(known, states)
        self.by, self.known, self.opened = by, known, opened
        self.states = states
        self.ranks = ranked(opened, self.closed.values())
        self.final_ranks = self._ranks_at(EVER)

    def _ranks_at(self, moment: datetime) -> list[Ranked]:
        """Returns what answers recorded by a moment have changed; empty: nothing."""
        subject = str(self.states.subject)
        answers = answers_by(subject, self.opened, self.by, self.states, moment)
        if not answers:
            return []
        known = replace(self.known, answers=answers)
        return ranked(self.opened, _by_unit(known, self.states).values())

    def places_at(self, moment: datetime | None) -> dict[str, Place]:
        """Returns the places that counted at a moment; None: that count now."""
        final = self.final_ranks if moment is None else self._ranks_at(moment)
        return places_of(final or self.ranks)


def _by_unit(known: BoardBasis, states: States) -> dict[str, Result]:
    return {unit.code: result(unit, known, states) for unit in known.opened.units}


def derive(states: States) -> Derived:
    """The header; none as long as nobody has opened the board before all others."""
    opened_board = opening(str(states.subject), states)
    if opened_board.by is None:
        return Derived(no_effect=opened_board.no_effect)
    opened, views = opened_board.content, states.own
    board = _Board(opened_board.by, opened, views, states)
    no_effect = (
        *opened_board.no_effect,
        *_no_effect_of(opened_board.by, opened, views),
    )
    open_parts, due_first = states.open
    record = BoardRecorded(
        subject=str(states.subject),
        opened_by=opened_board.by,
        openings=opened_board.records,
        agreed_by=opened_board.agreed_by,
        rules=opened.rules,
        editions=tuple(one.name_at(opened.cut_off) for one in (SCORES, RANKS)),
        year=opened.year,
        through_month=opened.through_month,
        cut_off=opened.cut_off,
        appeals_until=opened.appeals_until,
        sequences=tuple(map(_sequence, board.ranks)),
        final=tuple(map(_sequence, board.final_ranks)),
        corrections=_count(states, "amendment"),
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        no_effect=no_effect,
    )
    return Derived({"": record}, no_effect)


def _count(states: States, part: str) -> int:
    sums = states.parts.get(part)
    return 0 if sums is None else sums.count


def derive_list(states: States) -> Derived:
    """A record for each unit, late statement, and thing that followed for a unit."""
    views: Views = states.of(str(states.subject))
    opened_board = opening(str(states.subject), states)
    if opened_board.by is None:
        return Derived()
    board = _Board(opened_board.by, opened_board.content, views, states)
    late = list(amendments.recorded(opened_board, board.known, board.closed, states))
    parts = [*_standings(board, str(states.subject)), *late]
    amended: dict[str, tuple[int, ...]] = {}
    for one in late:
        # What counts has moved the place already: nothing more would be changed by it.
        for effect in () if one.counts else one.effects:
            amended[effect.unit] = (*amended.get(effect.unit, ()), one.number)
    places = ClosedPlaces(
        opened_board.by, opened_board.content, board.places_at, amended
    )
    followed = follow_up.derive(places, states)
    records = {part.part: part for part in parts}
    return replace(followed, records={**records, **followed.records})


def _sequence(of_sequence: Ranked) -> SequenceRecord:
    red, black = of_sequence.of(Colour.RED), of_sequence.of(Colour.BLACK)
    return SequenceRecord(
        sequence=of_sequence.sequence,
        units=len(of_sequence.places),
        exempt=sum(place.rank is None for place in of_sequence.places.values()),
        red=red,
        black=black,
        red_beyond_places=len(red) > of_sequence.red,
        black_beyond_places=len(black) > of_sequence.black,
    )


def _standings(board: _Board, subject: str) -> Iterator[StandingRecorded]:
    final = places_of(board.final_ranks)
    for one in board.ranks:
        for code, place in one.places.items():
            standing: StandingRecorded = board.states.once(
                ("standing", code), _standing,
                subject, one.sequence, board.closed[code], place, final.get(code),
            )  # fmt: skip
            yield standing


def _standing(
    subject: str,
    sequence: Sequence,
    scored: Result,
    place: Place,
    final: Place | None,
    _states: States,
) -> StandingRecorded:
    return StandingRecorded(
        subject=subject,
        part=f"unit/{scored.unit.code}",
        sequence=sequence,
        unit=scored.unit.code,
        name=scored.unit.unit.name,
        officer=scored.unit.unit.officer,
        closed=place,
        final=final,
        met=scored.met,
        exempt=scored.exempt,
        figures=scored.figures,
        projects=scored.projects,
    )


def _no_effect_of(by: str, opened: BoardOpened, views: Views) -> Iterator[NoEffect]:
    for party, view in sorted(views.items()):
        if party == by:
            yield from _misplaced(by, opened, view)
            continue
        versions: tuple[Remembered[Any], ...] = (*view.stated, *view.exempted)
        for one in versions:
            yield not_the_opener(party, one, by)


def _misplaced(by: str, opened: BoardOpened, view: BoardView) -> Iterator[NoEffect]:
    """The opener's own statements that fit nothing on the board, or came late."""
    measures = {
        unit.code: {
            measure.code
            for measure in opened.rules.measures_of(unit)
            if measure.kind is MeasureKind.STATED
        }
        for unit in opened.units
    }
    for stated in view.stated:
        unit, measure = stated.content.unit, stated.content.measure
        if measure not in measures.get(unit, ()):
            yield no_effect_of(by, stated, not_on_the_board(f"{unit}/{measure}"))
        elif stated.recorded > opened.cut_off:
            yield no_effect_of(by, stated, AFTER_THE_CUT_OFF)
    for exempted in view.exempted:
        code = exempted.content.unit
        if code not in measures:
            yield no_effect_of(by, exempted, not_on_the_board(code))
        elif exempted.recorded > opened.cut_off:
            yield no_effect_of(by, exempted, AFTER_THE_CUT_OFF)


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
        published.PART,
        calendar.BOARDS,
        appeals.part(opening),
        follow_up.PART,
        Part("list", derive=derive_list),
    ),
    lambda _states: APPRAISAL_RECORDS,
)
