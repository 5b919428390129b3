"""The statements that came after a board's cut-off, of every kind that feeds it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.appraisal import appeals
from services.appraisal.afterwards import (
    Late,
    late_acts,
    late_lines,
    late_reports,
    late_steps,
)
from services.appraisal.carried import Kin, charges, is_waiting, kin_of, obstacles_once
from services.appraisal.changes import changes_of
from services.appraisal.facts import periods
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened
from services.appraisal.scoring import BoardBasis
from services.rules import succession
from services.rules.closing import over, period
from services.rules.obstacles import Obstacle
from services.rules.remembered import Remembered, step_of
from services.runtime.kinds import States
from twincity_schemas.board import BoardOpened
from twincity_schemas.correction_record import ChangedField
from twincity_schemas.obstacle_record import ObstacleRecorded


def late_of(
    opened: Opened[BoardOpened], known: BoardBasis, states: States
) -> Iterator[Late]:
    """Yields every late statement, in no order."""
    by = opened.by or ""
    answering: Mapping[str, Answering] = states.once(
        "answering", _answering, known.opened
    )
    kin: Kin = states.once("kin", _kin, known.opened)
    for project, units in answering.items():
        yield from states.once(
            ("late", project),
            _late_of,
            project,
            units,
            known.opened,
            kin.get(project, (project,)),
        )
    for kind in (known.stated, known.exempted):
        yield from _late_words(by, kind, known)
    for place, (version, why) in enumerate(opened.versions):
        if why is AFTER_THE_CUT_OFF:
            record_fields = _shown(version, changes_of(known.opened, version.content))
            yield Late(
                version.recorded, by, ("opened", place), record_fields,
                opening=version.content,
            )  # fmt: skip
    yield from _late_answers(by, known, states)


Answering = Mapping[str, frozenset[str]]
"""By party, the units that a project counts for as that party's."""


def _answering(opened: BoardOpened, _states: States) -> dict[str, Answering]:
    """Returns who answers for each project, the projects in order."""
    answers: dict[str, dict[str, frozenset[str]]] = {}
    for unit in opened.units:
        for one in unit.projects:
            units = answers.setdefault(one.project, {})
            units[one.party] = units.get(one.party, frozenset()) | {unit.code}
    return {project: answers[project] for project in sorted(answers)}


def _kin(opened: BoardOpened, states: States) -> Kin:
    listed = {one.project for unit in opened.units for one in unit.projects}
    return kin_of(succession.heirs(states, listed, opened.cut_off))


def _late_of(
    project: str,
    answering: Answering,
    opened: BoardOpened,
    kin: tuple[str, ...],
    states: States,
) -> list[Late]:
    """Returns what was said of a project after the cut-off."""
    units = frozenset[str]().union(*answering.values())
    cut_off = opened.cut_off
    then = obstacles_once(states, kin, cut_off)[project]
    # Who leaves with a bad project for the day of the cut-off alone is shown to do so.
    acts = [
        replace(one, units=answering.get(one.party, frozenset()))
        for one in late_acts(project, cut_off, states)
    ]
    steps = [
        replace(one, units=units) for one in _late_steps(project, cut_off, then, states)
    ]
    # Of whichever units list both, and no others: a figure tells.
    lines = late_lines(project, cut_off, states)
    return [
        *_late_reports(project, answering, opened, states),
        *(replace(one, always=False) for one in (*steps, *acts, *lines)),
    ]


def _late_reports(
    project: str, answering: Answering, about: BoardOpened, states: States
) -> Iterator[Late]:
    """The reports that a unit's figure could rest on, recorded after the cut-off."""
    name = period(about.year, about.through_month)
    for month, reported in periods(states, project).items():
        if not f"{about.year:04}-01" <= month <= name:
            continue
        for one in late_reports(project, month, reported, about.cut_off):
            # Of the board's month it is listed whatever it changes; of an earlier one
            # only where a figure rests on it.
            if units := answering.get(one.party):
                yield replace(one, units=units, always=month == name)


def _late_steps(
    project: str,
    cut_off: datetime,
    then: Mapping[str, ObstacleRecorded],
    states: States,
) -> Iterator[Late]:
    """Yields what was said after the cut-off of the obstacles that a figure counts.

    Of those alone: a project's later obstacles are no matter of a closed board.
    """
    views_by_name: Mapping[str, Mapping[str, Obstacle]]
    views_by_name = states.all_of(project, "obstacle")
    for name, views in views_by_name.items():
        if _could_count(then.get(name), views, cut_off):
            yield from late_steps(project, name, views, cut_off)


def _could_count(
    then: ObstacleRecorded | None, views: Mapping[str, Obstacle], cut_off: datetime
) -> bool:
    """Returns whether an obstacle was, or is said to be, due and open by then."""
    if then is not None:
        waits = is_waiting(then) and over(then.due, cut_off)
        open_ = (not one.cleared and over(one.due, cut_off) for one in charges(then))
        return waits or any(open_)
    return any(
        over(registration.content.due, cut_off)
        for view in views.values()
        for registration in view.registered[:1]
    )


def _late_words(
    by: str, statements: tuple[Remembered[Any], ...], known: BoardBasis
) -> Iterator[Late]:
    """The opener's own figures and exemptions."""
    codes = {unit.code for unit in known.opened.units}
    for place, one in enumerate(statements):
        content = one.content
        if one.recorded > known.opened.cut_off and content.unit in codes:
            fact = step_of(content)
            fields = tuple(
                ChangedField(pointer=f"/{name}", now=f"{value}")
                for name in ("unit", "measure", "value", "reason", "basis")
                if name in type(content).model_fields
                and (value := getattr(content, name)) is not None
            )
            yield Late(
                one.recorded,
                by,
                (fact, place),
                _shown(one, fields),
                frozenset({content.unit}),
            )


def _late_answers(by: str, known: BoardBasis, states: States) -> Iterator[Late]:
    views_by_unit = states.all_of(str(states.subject), "appeal")
    odd = appeals.at_odds(views_by_unit, known.opened, by)
    for name, views in views_by_unit.items():
        answered = appeals.answer(name, views, known.opened, by, odd)
        appeal = appeals.raised(name, views, known.opened)
        if answered and appeal and (value := answered.content.value) is not None:
            about = appeal.content
            fields = (ChangedField(pointer="/value", now=f"{value:f}"),)
            yield Late(
                answered.recorded,
                by,
                (name, 0),
                _shown(answered, fields),
                frozenset({about.unit}),
                answer=((about.unit, about.measure), value),
            )


def _shown(
    statement: Remembered[Any], fields: tuple[ChangedField, ...]
) -> dict[str, Any]:
    return {
        "statement": statement.id,
        "step": step_of(statement.content),
        "as_of": getattr(statement.content, "as_of", None),
        "changed": fields,
    }
