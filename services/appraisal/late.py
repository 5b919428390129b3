"""The statements that came after a board's cut-off, of every kind that feeds it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.appraisal import appeals
from services.appraisal.carried import Kin, kin_of, obstacles_once
from services.appraisal.changes import changed, changes_of
from services.appraisal.facts import periods, split
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened
from services.appraisal.scoring import BoardBasis
from services.rules import presence, succession
from services.rules.closing import over, period
from services.rules.obstacles import Obstacle
from services.rules.remembered import Remembered
from services.runtime.kinds import States
from twincity_schemas.board import BoardOpened
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.correction_record import ChangedField
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState


@dataclass(frozen=True)
class Late:
    """A statement that was recorded after the cut-off.

    Attributes:
        place: among those of its party.
        units: whose figures it may touch; None: of all.
        record_fields: what the record says of it.
        opening: what it opens anew, if it does.
        answer: which figure it puts right, if it does.
        always: whether it is listed even if nothing would change.
    """

    recorded: datetime
    party: str
    place: tuple[str, int]
    units: frozenset[str] | None
    record_fields: Mapping[str, Any]
    opening: BoardOpened | None = None
    answer: tuple[tuple[str, str], Any] | None = None
    always: bool = True


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
                version.recorded, by, ("opened", place), None, record_fields,
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
    then = obstacles_once(states, kin, opened.cut_off)[project]
    return [
        *_late_reports(project, answering, opened, states),
        *_late_steps(project, units, opened.cut_off, then, states),
        *_late_acts(project, answering, opened.cut_off, states),
        *_late_lines(project, opened.cut_off, states),
    ]


def _late_reports(
    project: str, answering: Answering, about: BoardOpened, states: States
) -> Iterator[Late]:
    """The reports that a unit's figure could rest on, recorded after the cut-off."""
    name = period(about.year, about.through_month)
    for month, reported in periods(states, project).items():
        if not f"{about.year:04}-01" <= month <= name:
            continue
        for party, own in reported.items():
            units = answering.get(party, frozenset())
            was, _ = split(own, about.cut_off)
            for place, report in enumerate(own):
                if units and report.recorded > about.cut_off:
                    record_fields = {
                        "statement": report.id,
                        "step": "progress.reported",
                        "about": project,
                        "changed": changed(was, report),
                    }
                    # Of the board's month it is listed whatever it changes; of an
                    # earlier one only where a figure rests on it.
                    always = month == name
                    yield Late(
                        report.recorded, party, (f"{project} {month}", place),
                        units, record_fields, always=always,
                    )  # fmt: skip
                    was = report


def _late_steps(
    project: str,
    units: frozenset[str],
    cut_off: datetime,
    then: Mapping[str, ObstacleRecorded],
    states: States,
) -> Iterator[Late]:
    """Yields what was said after the cut-off of the obstacles that a figure counts.

    Of those alone: a project's later obstacles are no matter of a closed board.
    """
    obstacles: Mapping[str, Mapping[str, Obstacle]]
    obstacles = states.all_of(project, "obstacle")
    for name, views in obstacles.items():
        if not _could_count(then.get(name), views, cut_off):
            continue
        for party, view in views.items():
            statements = [
                *((r.recorded, r.id, "obstacle.registered") for r in view.registered),
                *((move.recorded, move.id, move.step) for move in view.moves),
            ]
            for place, (recorded, statement, step) in enumerate(statements):
                if recorded > cut_off:
                    record_fields = _step_fields(statement, step, project)
                    yield Late(
                        recorded, party, (f"{project} {name}", place),
                        units, record_fields, always=False,
                    )  # fmt: skip


def _late_acts(
    project: str, answering: Answering, cut_off: datetime, states: States
) -> Iterator[Late]:
    """Yields who left a project, or came back to it, after the cut-off."""
    # Who leaves with a bad project for the day of the cut-off alone is shown to do so.
    for party, whereabouts in presence.of(states, project).items():
        was_away = presence.is_away({party: whereabouts}, party, cut_off)
        for place, act in enumerate(whereabouts.acts):
            if act.recorded > cut_off and act.away is not was_away:
                was_away = act.away
                record_fields = _step_fields(act.statement, act.step, project)
                yield Late(
                    act.recorded, party, (f"{project} presence", place),
                    answering.get(party, frozenset()), record_fields, always=False,
                )  # fmt: skip


def _late_lines(project: str, cut_off: datetime, states: States) -> Iterator[Late]:
    """Yields who said after the cut-off that one project goes on in another's stead."""
    for party, words in succession.words_of(states, project).items():
        for place, act in enumerate(words.acts):
            if act.recorded > cut_off:
                record_fields = _step_fields(act.statement, act.step, project)
                # Of whichever units list both, and no others: a figure tells.
                yield Late(
                    act.recorded, party, (f"{project} succession", place),
                    None, record_fields, always=False,
                )  # fmt: skip


def _step_fields(statement: str, step: str, project: str) -> Mapping[str, Any]:
    return {"statement": statement, "step": step, "about": project}


def _could_count(
    then: ObstacleRecorded | None, views: Mapping[str, Obstacle], cut_off: datetime
) -> bool:
    """Returns whether an obstacle was, or is said to be, due and open by then."""
    if then is not None:
        return then.state is not ObstacleState.CLOSED and over(then.due, cut_off)
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
            fact = EVENT_TYPE_OF[type(content)].fact
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
                frozenset({content.unit}),
                _shown(one, fields),
            )


def _late_answers(by: str, known: BoardBasis, states: States) -> Iterator[Late]:
    views_by_unit = states.all_of(str(states.subject), "appeal")
    odd = appeals.at_odds(views_by_unit, by)
    for name, views in views_by_unit.items():
        answered = appeals.answer(name, views, known.opened, by, odd)
        appeal = appeals.raised(name, views)
        if answered and appeal and (value := answered.content.value) is not None:
            about = appeal.content
            fields = (ChangedField(pointer="/value", now=f"{value:f}"),)
            yield Late(
                answered.recorded,
                by,
                (name, 0),
                frozenset({about.unit}),
                _shown(answered, fields),
                answer=((about.unit, about.measure), value),
            )


def _shown(
    statement: Remembered[Any], fields: tuple[ChangedField, ...]
) -> dict[str, Any]:
    return {
        "statement": statement.id,
        "step": EVENT_TYPE_OF[type(statement.content)].fact,
        "changed": fields,
    }
