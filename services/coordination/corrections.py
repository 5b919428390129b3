"""Corrections (更正): which of a party's statements replaced which, and how.

Each is a part of its own and stands for good: a later correction does not erase
it. What it changed is told from the two statements, so it has to be taken in
before the one that it corrects is replaced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.coordination.reports import PeriodReports, replaced, same
from services.coordination.stance import StanceView
from services.rules.closing import period
from services.runtime.kinds import Derived, Doubted, Part, States, no_effect
from twincity_schemas.correction_record import ChangedField, CorrectionRecorded
from twincity_schemas.message import Event
from twincity_schemas.problems import Problem, pointer, problem
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import PartialDate

_NOT_COMPARED = {"corrects"}


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """One statement that takes the place of another of its party, if it does.

    Attributes:
        known: whether the statement that it corrects stood.
        named: whether it says itself that it corrects.
    """

    statement: str = ""
    step: str = ""
    corrects: str = ""
    as_of: PartialDate = ""
    known: bool = False
    named: bool = True
    changed: tuple[ChangedField, ...] = ()


def name_of(event: Event[Any]) -> str:
    """Returns which correction a statement would be; most are none."""
    return f"{event.envelope.party}/{event.envelope.id}"


def apply(before: CorrectionView, event: Event[Any], states: States) -> CorrectionView:
    """Compare a party's statement with the one that it corrects, if it does."""
    now: ProjectDescribed | ProgressReported = event.data
    party = event.envelope.party
    corrected = (
        _said_before(states, party, now)
        if now.corrects is None
        else _named(states, party, now)
    )
    if now.corrects is None and corrected is None:
        return before
    statement, was = corrected or (now.corrects or "", None)
    return CorrectionView(
        statement=event.envelope.id,
        step=event.type.fact,
        corrects=statement,
        as_of=now.as_of,
        known=was is not None,
        named=now.corrects is not None,
        changed=() if was is None else _changed(was, now),
    )


Corrected = tuple[str, BaseModel]


def _said_before(
    states: States, party: str, now: ProjectDescribed | ProgressReported
) -> Corrected | None:
    """Returns the statement of the same date that one takes the place of."""
    project = str(states.subject)
    if isinstance(now, ProgressReported):
        name = period(now.year, now.through_month)
        reports: PeriodReports | None = states.of(project, "progress", name).get(party)
        gone = () if reports is None else replaced(reports, now)
        changed = [report for report in gone if not same(report.content, now)]
        # A report of all may replace several sections: the latest of them is named.
        return (changed[-1].id, changed[-1].content) if changed else None
    view: StanceView | None = states.of(project).get(party)
    was = None if view is None else view.description
    # Another date is another fact; only the same date in other words is a correction.
    if was is None or was.content.as_of != now.as_of or not _changed(was.content, now):
        return None
    return was.text.id, was.content


def _named(
    states: States, party: str, now: ProjectDescribed | ProgressReported
) -> Corrected | None:
    """The statement that one says it corrects, where that stands."""
    return next(
        (
            standing
            for standing in _standing(states, party, now)
            if standing[0] == now.corrects
        ),
        None,
    )


def _standing(
    states: States, party: str, now: ProjectDescribed | ProgressReported
) -> Iterator[Corrected]:
    """The statements of a party that stand, of the kind that may be corrected."""
    project = str(states.subject)
    if isinstance(now, ProgressReported):
        for views in states.all_of(project, "progress").values():
            if party in views:
                reports: PeriodReports = views[party]
                for report in reports.standing:
                    yield report.id, report.content
        return
    view: StanceView | None = states.of(project).get(party)
    if view is not None and view.description is not None:
        yield view.description.text.id, view.description.content


def _changed(was: BaseModel, now: BaseModel) -> tuple[ChangedField, ...]:
    before, after = _fields(was), _fields(now)
    return tuple(
        ChangedField(pointer=pointer([name]), was=before.get(name), now=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _fields(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json", exclude_none=True, exclude=_NOT_COMPARED)


def derive(states: States) -> Derived:
    """The correction's record, or the word that it corrects nothing."""
    party, view = next(iter(states.own.items()))
    if not view.known:
        return Derived(no_effect=(_corrects_nothing(party, view),))
    part = f"correction/{states.name}"
    record = CorrectionRecorded(
        subject=str(states.subject),
        part=part,
        statement=view.statement,
        corrects=view.corrects,
        named=view.named,
        party=party,
        as_of=view.as_of,
        changed=view.changed,
    )
    doubted = () if view.named else (Doubted(party, view.statement, _unnamed(view)),)
    return Derived({part: record}, doubted=doubted)


def _unnamed(view: CorrectionView) -> Problem:
    return problem(
        "/corrects",
        "corrects_missing",
        f"内容与本方 {view.corrects} 不同而未写明更正，已按更正列出",
        f"it differs from {view.corrects} and does not say that it corrects it;"
        " it is listed as a correction",
    )


def _corrects_nothing(party: str, view: CorrectionView) -> NoEffect:
    why = (
        "corrects_unknown",
        f"本方没有现行填报 {view.corrects}，按新填报处理",
        f"{view.corrects} is no statement of this party that stands; taken as new",
    )
    return no_effect(party, view.statement, view.step, why)


PART = Part(
    "correction",
    CorrectionView,
    dict.fromkeys((ProjectDescribed, ProgressReported), name_of),
    apply,
    derive,
)
