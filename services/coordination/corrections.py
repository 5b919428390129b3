"""Corrections (更正): which of a party's statements replaced which, and how.

Each is a part of its own and stands for good: a later correction does not erase
it. What it changed is told from the two statements, so it has to be taken in
before the one that it corrects is replaced.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from services.coordination.progress import Report
from services.coordination.stance import Description, StanceView
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.correction import ChangedField, CorrectionRecorded
from twincity_schemas.message import Event
from twincity_schemas.problems import pointer
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.steps import Unmet
from twincity_schemas.values import PartialDate, Value

_NOT_COMPARED = {"corrects"}


class CorrectionView(Value):
    """What a party said corrects another statement of its own.

    Attributes:
        known: whether the statement that it corrects stood.
    """

    statement: str = ""
    step: str = ""
    corrects: str = ""
    as_of: PartialDate = ""
    known: bool = False
    changed: tuple[ChangedField, ...] = ()


def name_of(event: Event[Any]) -> str | None:
    """Returns which correction a statement is; None if it is none."""
    if event.data.corrects is None:
        return None
    return f"{event.envelope.party}/{event.envelope.id}"


def apply(_before: CorrectionView, event: Event[Any], states: States) -> CorrectionView:
    """Compare a party's statement with the one that it corrects."""
    now: ProjectDescribed | ProgressReported = event.data
    party = event.envelope.party
    was = next(
        (
            content
            for statement, content in _standing(states, party, type(now))
            if statement == now.corrects
        ),
        None,
    )
    return CorrectionView(
        statement=event.envelope.id,
        step=event.type.fact,
        corrects=now.corrects or "",
        as_of=now.as_of,
        known=was is not None,
        changed=() if was is None else _changed(was, now),
    )


def _standing(
    states: States, party: str, kind: type[BaseModel]
) -> Iterator[tuple[str, BaseModel]]:
    """The statements of a party that stand, of the kind that may be corrected."""
    if kind is ProgressReported:
        for views in states.all_of(str(states.subject), "progress").values():
            if party in views:
                report: Report = views[party]
                if report.content is not None:
                    yield report.statement, report.content
        return
    view: StanceView | None = states.of(str(states.subject)).get(party)
    description: Description | None = None if view is None else view.description
    if description is not None:
        yield description.statement, description.content


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
    return Derived(
        {
            part: CorrectionRecorded(
                subject=str(states.subject),
                part=part,
                statement=view.statement,
                corrects=view.corrects,
                party=party,
                as_of=view.as_of,
                changed=view.changed,
            )
        }
    )


def _corrects_nothing(party: str, view: CorrectionView) -> Unmet:
    return Unmet(
        statement=view.statement,
        party=party,
        step=view.step,
        code="corrects_unknown",
        zh=f"本方没有现行陈述 {view.corrects}，按新陈述处理",
        en=f"{view.corrects} is no statement of this party that stands; taken as new",
    )


PART = Part(
    "correction",
    CorrectionView,
    dict.fromkeys((ProjectDescribed, ProgressReported), name_of),
    apply,
    derive,
)
