"""What came after a board's cut-off, and what it would have changed.

Each late statement is judged with all that was recorded up to it: what it finds is
what the one before left. Those of one instant share theirs, since nobody was first.
An answer to an appeal counts, and is judged by what counted before it. A board that
is opened anew too late is judged for itself alone: nothing goes on from it.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from services.appraisal.afterwards import Late
from services.appraisal.late import late_of
from services.appraisal.opening import Opened
from services.appraisal.ranks import places_of, ranked
from services.appraisal.scoring import BoardBasis, Result, result
from services.runtime.kinds import States
from twincity_schemas.amendment_record import (
    AmendmentRecorded,
    FigureChange,
    PlaceChange,
)
from twincity_schemas.board import BoardOpened, Colour
from twincity_schemas.board_record import Place

Results = Mapping[str, Result]


def recorded(
    opened: Opened[BoardOpened], known: BoardBasis, closed: Results, states: States
) -> Iterator[AmendmentRecorded]:
    """Every late statement in the order in which they were recorded."""
    late = sorted(late_of(opened, known, states), key=attrgetter("order"))
    # Two states go on: what answers have put right counts, what else is late is only
    # shown. So an answer is told beside what counted before it alone.
    number, counted, shown = 0, (known, closed), (known, closed)
    for moment, group in groupby(late, key=lambda one: one.recorded):
        together = list(group)
        # Reports and steps of one instant are judged together: to take one of them
        # first would make the figures turn on a party's code.
        plain = [one for one in together if one.opening is None and one.answer is None]
        change = _change(shown, replace(shown[0], moment=moment), plain, states)
        shown = change.after
        for one in together:
            what = change
            if one.answer is not None:
                place, value = one.answer
                what = _change(
                    counted, _answered(counted[0], place, value), [one], states
                )
                counted = what.after
                right = _answered(shown[0], place, value)
                shown = _change(shown, right, [one], states).after
            elif one.opening is not None:
                anew = replace(shown[0], opened=one.opening)
                what = _change(shown, anew, [one], states)  # and nothing goes on so
            if one.always or what.figures:
                number += 1
                yield AmendmentRecorded(
                    subject=str(states.subject),
                    part=f"amendment/{number:05}",
                    number=number,
                    party=one.party,
                    recorded=moment,
                    figures=what.figures,
                    effects=what.effects,
                    counts=one.answer is not None,
                    **one.record_fields,
                )


State = tuple[BoardBasis, Results]
"""What a board is computed from, and what it comes to."""


@dataclass(frozen=True)
class _Change:
    """The difference that some late statements make to a state."""

    after: State
    figures: tuple[FigureChange, ...]
    effects: tuple[PlaceChange, ...]


def _change(
    before: State, now: BoardBasis, together: list[Late], states: States
) -> _Change:
    known, was = before
    if not together:
        return _Change((now, was), (), ())
    results = _after(was, now, together, states)
    return _Change(
        (now, results), _figures(was, results), _effects(known, was, now, results)
    )


def _answered(known: BoardBasis, place: tuple[str, str], value: Any) -> BoardBasis:
    return replace(known, answers={**known.answers, place: value})


def _after(
    results: Results, now: BoardBasis, together: list[Late], states: States
) -> dict[str, Result]:
    touched: set[str] = set()
    for one in together:
        touched |= (
            one.units if one.units is not None else {u.code for u in now.opened.units}
        )
    return {
        unit.code: result(unit, now, states)
        if unit.code in touched or unit.code not in results
        else results[unit.code]
        for unit in now.opened.units
    }


def _figures(before: Results, after: Results) -> tuple[FigureChange, ...]:
    # Most units are as they were, and the same object: one report touches few.
    touched = {
        code
        for code in before.keys() | after.keys()
        if before.get(code) is not after.get(code)
    }
    was, now = _actuals(before, touched), _actuals(after, touched)
    return tuple(
        FigureChange(unit=unit, measure=measure, was=was.get(place), now=now.get(place))
        for place in sorted(was.keys() | now.keys())
        if was.get(place) != now.get(place)
        for unit, measure in (place,)
    )


def _actuals(results: Results, units: AbstractSet[str]) -> dict[tuple[str, str], Any]:
    return {
        (code, figure.measure): figure.actual
        for code, actual in results.items()
        if code in units
        for figure in actual.figures
    }


def _effects(
    before: BoardBasis, was: Results, now: BoardBasis, after: Results
) -> tuple[PlaceChange, ...]:
    then, since = _placed(before, was), _placed(now, after)
    return tuple(
        PlaceChange(
            unit=unit,
            **_side("was", then.get(unit)),
            **_side("now", since.get(unit)),
        )
        for unit in sorted(then.keys() | since.keys())
        if then.get(unit) != since.get(unit)
    )


def _placed(known: BoardBasis, results: Results) -> dict[str, Place]:
    return places_of(ranked(known.opened, results.values()))


def _side(when: str, place: Place | None) -> dict[str, Any]:
    colour: Colour | None = None if place is None else place.colour
    return {
        f"score_{when}": place and place.score,
        f"rank_{when}": place and place.rank,
        f"colour_{when}": colour,
    }
