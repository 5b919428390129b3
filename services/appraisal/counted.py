"""How a project counts for a unit of a board: by its last report, and whether due."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from services.appraisal.carried import kin_of
from services.appraisal.facts import (
    Reported,
    ReportsOf,
    missing_sections,
    periods,
    split,
)
from services.rules import presence, succession
from services.rules.closing import period
from services.runtime.kinds import States
from twincity_schemas.board import BoardOpened, BoardUnit, Sequence, UnitProject
from twincity_schemas.board_record import FigureSource, ProjectCounted
from twincity_schemas.dispatch import before_its_end, last_day
from twincity_schemas.parties import day_of
from twincity_schemas.values import Subject


def counted_for(
    unit: BoardUnit, opened: BoardOpened, moment: datetime, states: States
) -> tuple[ProjectCounted, ...]:
    """Returns how each project of a unit counts, by what was recorded by a moment.

    One that goes on as another of the unit's counts once, for each party apart: a
    member's part goes on in its own part of the project that follows, not in what
    another member reports of that.
    """
    projects = tuple(
        states.once(
            ("counted", unit.code, one.project, one.party, moment),
            _counted, unit, one, opened, moment,
        )
        for one in unit.projects
    )  # fmt: skip
    shared: Shared = states.once("shared", _shared, opened)
    instead: dict[tuple[str, str], str] = {}
    for party in {one.party for one in projects}:
        own = [one for one in projects if one.party == party]
        names = {one.project for one in own}
        begun = {one.project for one in own if one.standing not in _NOT_BEGUN}
        heirs = succession.heirs(states, names, moment)
        for project, later in succession.counted_as(heirs, names, begun).items():
            instead[party, project] = later
    return tuple(
        _marked(
            one,
            instead.get((one.party, one.project)),
            shared.get((unit.sequence, one.party, one.project), frozenset())
            - {unit.code},
        )
        for one in projects
    )


_NOT_BEGUN = frozenset({FigureSource.UNKNOWN, FigureSource.SUSPENDED})

Shared = Mapping[tuple[Sequence, str, str], frozenset[str]]
"""By sequence, party and project: the units that have it, where that is several."""


def _shared(opened: BoardOpened, states: States) -> Shared:
    """Returns the projects that count for several units of a sequence.

    As themselves, or as the one that goes on in their stead: each unit answers for what
    is listed for it, and a reader sees who else does.
    """
    units: dict[tuple[Sequence, str], dict[str, set[str]]] = {}
    for unit in opened.units:
        for one in unit.projects:
            listed = units.setdefault((unit.sequence, one.party), {})
            listed.setdefault(one.project, set()).add(unit.code)
    shared = {}
    for (sequence, party), listed in units.items():
        kin = kin_of(succession.heirs(states, listed, opened.cut_off))
        for project in listed:
            line = kin.get(project, (project,))
            codes = frozenset[str]().union(*(listed[one] for one in line))
            if len(codes) > 1:
                shared[sequence, party, project] = codes
    return shared


class ProjectCountedChanges(TypedDict, total=False):
    """The marks of a project that counts elsewhere, or elsewhere as well."""

    counted_as: str
    on_time: None
    also_for: tuple[str, ...]


def _marked(
    one: ProjectCounted, instead: str | None, others: frozenset[str]
) -> ProjectCounted:
    if instead is not None:
        one = _with(one, counted_as=instead, on_time=None)
    return _with(one, also_for=tuple(sorted(others))) if others else one


def _with(
    one: ProjectCounted, **instead: Unpack[ProjectCountedChanges]
) -> ProjectCounted:
    return one.model_copy(update=instead)


def _counted(
    unit: BoardUnit,
    one: UnitProject,
    opened: BoardOpened,
    moment: datetime,
    states: States,
) -> ProjectCounted:
    name = period(opened.year, opened.through_month)
    reported = periods(states, one.project)
    stands = presence.of(states, one.project)
    on_time = None
    if _is_due(one, opened, stands):
        own = reported.get(name, {}).get(one.party, ())
        # By the cut-off, whatever else is known: what came later was not on time.
        on_time = split(own, opened.cut_off)[0] is not None and not missing_sections(
            states, one.project, name, one.party, opened.cut_off
        )
    # At the moment that is asked about: who comes back after the cut-off would count.
    left = presence.left_at(stands, one.party, moment)
    if left is not None and day_of(left) <= last_day(opened.year, opened.through_month):
        return _from(one, FigureSource.LEFT, on_time)
    # A report of the whole may be another unit's work: it counts for this one only
    # where nobody else could be meant.
    wholly = _answers_alone(unit, one, opened, states)
    for earlier in sorted(reported, reverse=True):
        # A year's figures begin anew in January: an older one is of another plan.
        if not f"{opened.year:04}-01" <= earlier <= name:
            continue
        reports = reported[earlier].get(one.party, ())
        usable = [report for report in reports if wholly or not report.content.whole]
        report, _ = split(usable, moment)
        if report is not None and not missing_sections(
            states, one.project, earlier, one.party, moment
        ):
            source = FigureSource.REPORTED if earlier == name else FigureSource.OLD
            first = _first_plan(one.party, reported, opened, moment)
            return _from(one, source, on_time, earlier, report, first)
        if report is None and split(reports, moment)[0] and earlier == name:
            return _from(one, FigureSource.WHOLE, on_time)
    # Of a project that has rested since before its year's first report nothing was due.
    members = Subject.parse(one.project).members
    rests = presence.suspended_at(stands, members, moment)
    if rests is not None and rests <= presence.end_of(opened.year, 1):
        return _from(one, FigureSource.SUSPENDED, on_time)
    return _from(one, FigureSource.UNKNOWN, on_time)


def _first_plan(
    party: str, reported: Mapping[str, ReportsOf], opened: BoardOpened, moment: datetime
) -> Decimal | None:
    """Returns the year's plan as a party reported it first, in 万元."""
    # A plan that is cut down raises the rate: the unit's line shows what it was. It is
    # known once all sections of its month are reported.
    months = (
        [one.content for one in reported[name].get(party, ()) if one.recorded <= moment]
        for name in sorted(reported)
        if name.startswith(f"{opened.year:04}-")
    )
    for first in filter(None, months):
        return max(first, key=lambda month: len(month.sections)).plan
    return None


def _from(  # noqa: PLR0913, PLR0917  what one line shows
    one: UnitProject,
    source: FigureSource,
    on_time: bool | None,  # noqa: FBT001  what the record says
    name: str | None = None,
    report: Reported | None = None,
    first_plan: Decimal | None = None,
) -> ProjectCounted:
    same = report is None or first_plan == report.content.plan
    return ProjectCounted(
        project=one.project,
        party=one.party,
        standing=source,
        on_time=on_time,
        period=name,
        annual_plan=report and report.content.plan,
        first_plan=None if same else first_plan,
        annual_investment=report and report.content.invested,
        statement=report and report.id,
    )


def _is_due(one: UnitProject, opened: BoardOpened, stands: presence.Views) -> bool:
    members = Subject.parse(one.project).members
    return not (
        before_its_end(opened.cut_off, opened.year, opened.through_month)
        or presence.suspended_at(stands, members, opened.cut_off)
        or presence.left_at(stands, one.party, opened.cut_off)
    )


def _answers_alone(
    unit: BoardUnit, one: UnitProject, opened: BoardOpened, states: States
) -> bool:
    """Returns whether a report of the whole can only be of this unit's.

    A project of one member is that member's; otherwise nobody else in the sequence,
    nor the unit itself for another party, answers for the project.
    """
    if len(Subject.parse(one.project).members) == 1:
        return True
    lines: Counter[BoardLine] = states.once("lines", _lines, opened)
    return lines[unit.sequence, one.project] == 1


BoardLine = tuple[Sequence, str]
"""A sequence and a project that counts for a unit of it."""


def _lines(opened: BoardOpened, _states: States) -> Counter[BoardLine]:
    """Returns how often each project counts in each sequence."""
    return Counter(
        (unit.sequence, one.project) for unit in opened.units for one in unit.projects
    )
