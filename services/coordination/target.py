"""The target of an indicator, version by version (量化目标).

Each time that the target of the whole comes to be another, that is its next version;
a date is judged by the one that stood then.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from services.rules.closing import day as day_of
from services.rules.heard import Recorded
from twincity_schemas.indicator import Coverage, IndicatorTargeted
from twincity_schemas.indicator_record import JointTarget, TargetRecord, TargetSaid
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Subject, Value

Targets = Mapping[str, Recorded[IndicatorTargeted]]
"""By party, the latest by a moment."""


class Version(NamedTuple):
    """The joint target from one moment on."""

    since: datetime
    statements: tuple[str, ...]
    record: TargetRecord


def versions_of(
    said: Mapping[str, tuple[Recorded[IndicatorTargeted], ...]], subject: Subject
) -> list[Version]:
    """The target each time that it came to be another, the first before all."""
    moments = sorted({one.recorded for own in said.values() for one in own})
    found: list[Version] = []
    for moment in moments:
        latest = {
            party: by_then[-1]
            for party, own in said.items()
            if (by_then := [one for one in own if one.recorded <= moment])
        }
        record = _target(latest, subject)
        new = tuple(
            one.heard.statement
            for own in said.values()
            for one in own
            if one.recorded == moment
        )
        alike = found and (found[-1].record.state, found[-1].record.joint) == (
            record.state,
            record.joint,
        )
        if alike:
            found[-1] = Version(found[-1].since, found[-1].statements, record)
        else:
            found.append(Version(moment, new, record))
    return found


def joint_at(versions: list[Version], day: str) -> JointTarget | None:
    """The target that stood on a day; before the first, the first that there was."""
    then = [version for version in versions if day_of(version.since) <= day]
    if then and (then[-1].record.joint or then[-1].record.state is FieldState.DISPUTED):
        return then[-1].record.joint
    return first_joint(versions)


def first_joint(versions: list[Version]) -> JointTarget | None:
    """Returns the first target of the whole; None before there is one."""
    return next((v.record.joint for v in versions if v.record.joint), None)


class Figure(NamedTuple):
    """A figure, and what must be the same of all for it to be comparable."""

    coverage: Coverage
    alike: Any
    figures: tuple[Decimal | None, ...]


def joint(
    said: list[Figure], members: int
) -> tuple[FieldState, tuple[Decimal | None, ...] | None]:
    """The figures of the whole, where what was said allows it."""
    if any(figure.alike != said[0].alike for figure in said):
        return FieldState.DISPUTED, None
    wholes = [figure for figure in said if figure.coverage is Coverage.WHOLE]
    if any(whole.figures != wholes[0].figures for whole in wholes):
        return FieldState.DISPUTED, None
    if wholes:
        state = FieldState.SETTLED if len(wholes) > 1 else FieldState.SINGLE
        return state, wholes[0].figures
    if len(said) < members:
        return FieldState.SINGLE, None
    state = FieldState.SETTLED if members > 1 else FieldState.SINGLE
    return state, tuple(map(_sum, zip(*(f.figures for f in said), strict=True)))


def _sum(parts: tuple[Decimal | None, ...]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal()) if known else None


def _target(targets: Targets, subject: Subject) -> TargetRecord:
    said = [target.heard.content for target in targets.values()]
    state, figures = joint([_target_figure(c) for c in said], len(subject.members))
    found = None
    if figures is not None and figures[0] is not None:
        found = JointTarget(
            target=figures[0],
            unit=said[0].unit,
            measure=said[0].measure,
            bound=said[0].bound,
            baseline=figures[1],
            begins=said[0].begins,
            ends=said[0].ends,
        )
    by = {
        party: TargetSaid(**shown(target, TargetSaid))
        for party, target in targets.items()
    }
    return TargetRecord(state=state, joint=found, by=by)


def shown(said: Recorded[Any], model: type[Value]) -> dict[str, Any]:
    """What a record shows of a statement: its fields, and where it was said."""
    content = said.heard.content
    fields = model.model_fields.keys() & type(content).model_fields.keys()
    shown = {name: getattr(content, name) for name in sorted(fields)}
    return {**shown, "statement": said.heard.statement}


def _target_figure(content: IndicatorTargeted) -> Figure:
    alike = (
        content.unit,
        content.measure,
        content.bound,
        content.begins,
        content.ends,
        # A baseline that some give and some do not is none of the whole.
        content.baseline is None,
    )
    return Figure(content.coverage, alike, (content.target, content.baseline))
