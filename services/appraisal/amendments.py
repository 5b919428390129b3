"""What came after a board's cut-off, and what it would have changed.

Each late statement is judged with all that was recorded up to it: what it finds is
what the one before left. Those of one instant share theirs, since nobody was first.
An answer to an appeal counts, and is judged by what counted before it. A board that
is opened anew too late is judged for itself alone: nothing goes on from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from services.appraisal import appeals
from services.appraisal.dispatch import changed, changes_of
from services.appraisal.facts import obstacles_at, period, periods, split
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened
from services.appraisal.ranks import ranked
from services.appraisal.scoring import Known, Result, result
from services.rules.closing import over
from services.rules.heard import Recorded
from services.rules.obstacles import Obstacle
from services.runtime.kinds import States
from twincity_schemas.amendment import AmendmentRecorded, FigureChange, PlaceChange
from twincity_schemas.board import BoardOpened, Colour
from twincity_schemas.board_record import Place
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.correction import ChangedField
from twincity_schemas.obstacle import ObstacleRecorded, ObstacleState

Results = Mapping[str, Result]


@dataclass(frozen=True)
class Late:
    """A statement that was recorded after the cut-off.

    Attributes:
        place: among those of its party.
        units: whose figures it may touch; None: of all.
        shown: what the record says of it.
        opening: what it opens anew, if it does.
        answer: which figure it puts right, if it does.
        always: whether it is listed even if nothing would change.
    """

    recorded: datetime
    party: str
    place: tuple[str, int]
    units: frozenset[str] | None
    shown: Mapping[str, Any]
    opening: BoardOpened | None = None
    answer: tuple[tuple[str, str], Any] | None = None
    always: bool = True


def told(
    opened: Opened[BoardOpened], known: Known, closed: Results, states: States
) -> Iterator[AmendmentRecorded]:
    """Every late statement in the order in which they were recorded."""
    late = sorted(
        _late(opened, known, states),
        key=lambda one: (one.recorded, one.party, one.place),
    )
    number, counted, shown = 0, (known, closed), (known, closed)
    for moment, group in groupby(late, key=lambda one: one.recorded):
        together = list(group)
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
                anew = replace(shown[0], told=one.opening)
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
                    **one.shown,
                )


State = tuple[Known, Results]
"""What a board is computed from, and what it comes to."""


@dataclass(frozen=True)
class _Change:
    """What some late statements change of a state."""

    after: State
    figures: tuple[FigureChange, ...]
    effects: tuple[PlaceChange, ...]


def _change(before: State, now: Known, together: list[Late], states: States) -> _Change:
    known, was = before
    results = _after(was, now, together, states) if together else was
    return _Change(
        (now, results), _figures(was, results), _effects(known, was, now, results)
    )


def _answered(known: Known, place: tuple[str, str], value: Any) -> Known:
    return replace(known, answers={**known.answers, place: value})


def _after(
    results: Results, now: Known, together: list[Late], states: States
) -> dict[str, Result]:
    touched: set[str] = set()
    for one in together:
        touched |= (
            one.units if one.units is not None else {u.code for u in now.told.units}
        )
    return {
        unit.code: result(unit, now, states)
        if unit.code in touched or unit.code not in results
        else results[unit.code]
        for unit in now.told.units
    }


def _figures(before: Results, after: Results) -> tuple[FigureChange, ...]:
    was, now = _actuals(before), _actuals(after)
    return tuple(
        FigureChange(unit=unit, measure=measure, was=was.get(place), now=now.get(place))
        for place in sorted(was.keys() | now.keys())
        if was.get(place) != now.get(place)
        for unit, measure in (place,)
    )


def _actuals(results: Results) -> dict[tuple[str, str], Any]:
    return {
        (code, figure.measure): figure.actual
        for code, found in results.items()
        for figure in found.figures
    }


def _effects(
    before: Known, was: Results, now: Known, after: Results
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


def _placed(known: Known, results: Results) -> dict[str, Place]:
    return {
        unit: place
        for one in ranked(known.told, results.values())
        for unit, place in one.places.items()
    }


def _side(when: str, place: Place | None) -> dict[str, Any]:
    colour: Colour | None = None if place is None else place.colour
    return {
        f"score_{when}": place and place.score,
        f"rank_{when}": place and place.rank,
        f"colour_{when}": colour,
    }


# --- which statements are late ------------------------------------------------


def _late(opened: Opened[BoardOpened], known: Known, states: States) -> Iterator[Late]:
    by = opened.by or ""
    answering: dict[str, set[str]] = {}
    for unit in known.told.units:
        for one in unit.projects:
            answering.setdefault(one.project, set()).add(unit.code)
    for project, units in sorted(answering.items()):
        yield from _late_reports(project, known, states)
        yield from _late_steps(project, frozenset(units), known, states)
    for kind in (known.stated, known.exempted):
        yield from _late_words(by, kind, known)
    for place, (version, why) in enumerate(opened.versions):
        if why is AFTER_THE_CUT_OFF:
            shown = _shown(version, changes_of(known.told, version.heard.content))
            yield Late(
                version.recorded, by, ("opened", place), None, shown,
                opening=version.heard.content,
            )  # fmt: skip
    yield from _late_answers(by, known, states)


def _late_reports(project: str, known: Known, states: States) -> Iterator[Late]:
    """The reports that a unit's figure could rest on, recorded after the cut-off."""
    about = known.told
    name = period(about.year, about.through_month)
    for month, said in periods(states, project).items():
        if not f"{about.year:04}-01" <= month <= name:
            continue
        for party, own in said.items():
            units = frozenset(
                unit.code
                for unit in about.units
                for one in unit.projects
                if (one.project, one.party) == (project, party)
            )
            was, _ = split(own, about.cut_off)
            for place, report in enumerate(own):
                if units and report.recorded > about.cut_off:
                    shown = {
                        "statement": report.statement,
                        "step": "progress.reported",
                        "about": project,
                        "changed": changed(was, report),
                    }
                    always = month == name
                    yield Late(
                        report.recorded, party, (f"{project} {month}", place),
                        units, shown, always=always,
                    )  # fmt: skip
                    was = report


def _late_steps(
    project: str, units: frozenset[str], known: Known, states: States
) -> Iterator[Late]:
    """What was said after the cut-off of the obstacles that a figure counts.

    Of those alone: a project's later obstacles are no matter of a closed board.
    """
    cut_off = known.told.cut_off
    then = obstacles_at(states, project, cut_off)
    for name, views in states.all_of(project, "obstacle").items():
        if not _could_count(then.get(name), views, cut_off):
            continue
        for party, view in views.items():
            said = [
                *(
                    (r.recorded, r.statement, "obstacle.registered")
                    for r in view.registered
                ),
                *((s.recorded, s.statement, s.step) for s in view.steps),
            ]
            for place, (recorded, statement, step) in enumerate(said):
                if recorded > known.told.cut_off:
                    shown = {"statement": statement, "step": step, "about": project}
                    yield Late(
                        recorded, party, (f"{project} {name}", place), units, shown,
                        always=False,
                    )  # fmt: skip


def _could_count(
    then: ObstacleRecorded | None, views: Mapping[str, Obstacle], cut_off: datetime
) -> bool:
    """Whether an obstacle was due and open at the cut-off, or is said to have been."""
    if then is not None:
        return then.state is not ObstacleState.CLOSED and over(then.due, cut_off)
    return any(
        over(registration.content.due, cut_off)
        for view in views.values()
        for registration in view.registered[:1]
    )


def _late_words(
    by: str, said: tuple[Recorded[Any], ...], known: Known
) -> Iterator[Late]:
    """The opener's own figures and exemptions."""
    codes = {unit.code for unit in known.told.units}
    for place, one in enumerate(said):
        content = one.heard.content
        if one.recorded > known.told.cut_off and content.unit in codes:
            fact = EVENT_TYPE_OF[type(content)].fact
            fields = tuple(
                ChangedField(pointer=f"/{name}", now=f"{value}")
                for name in ("unit", "measure", "value", "reason", "basis")
                if (value := getattr(content, name, None)) is not None
            )
            yield Late(
                one.recorded,
                by,
                (fact, place),
                frozenset({content.unit}),
                _shown(one, fields),
            )


def _late_answers(by: str, known: Known, states: States) -> Iterator[Late]:
    for name, views in states.all_of(str(states.subject), "appeal").items():
        said = appeals.answer(name, views, known.told, by)
        appeal = appeals.raised(name, views)
        if said and appeal and (value := said.heard.content.value) is not None:
            about = appeal.heard.content
            fields = (ChangedField(pointer="/value", now=f"{value:f}"),)
            yield Late(
                said.recorded,
                by,
                (name, 0),
                frozenset({about.unit}),
                _shown(said, fields),
                answer=((about.unit, about.measure), value),
            )


def _shown(said: Recorded[Any], fields: tuple[ChangedField, ...]) -> dict[str, Any]:
    return {
        "statement": said.heard.statement,
        "step": EVENT_TYPE_OF[type(said.heard.content)].fact,
        "changed": fields,
    }
