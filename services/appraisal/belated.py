"""What came after a dispatch's cut-off: a numbered correction beside its figures.

Every report of its period, every call of it anew, every score of a site; and of the
steps of obstacles and decisions on its list, and of who is in its projects, those that
are of a day by the cut-off. The rest is no correction: it is what came next, and stands
in the dispatches that follow.
"""

from collections.abc import Iterator
from operator import attrgetter

from services.appraisal import drill, followed
from services.appraisal.afterwards import (
    Late,
    late_acts,
    late_lines,
    late_reports,
    late_steps,
)
from services.appraisal.changes import changes_of
from services.appraisal.facts import reports
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened
from services.rules import obstacles, presence
from services.rules.closing import period
from services.runtime.kinds import States
from twincity_schemas.amendment_record import AmendmentRecorded
from twincity_schemas.dispatch import DispatchCalled
from twincity_schemas.values import Subject


def corrections(
    dispatch: DispatchCalled, called: Opened[DispatchCalled], states: States
) -> Iterator[AmendmentRecorded]:
    """Yields the corrections in the order in which they were recorded."""
    late: list[Late] = [*_calls(dispatch, called), *drill.late(called, states)]
    late += _belated(followed.late_words(dispatch, states), dispatch)
    for project in sorted(set(dispatch.projects)):
        late += states.once(("late", project), _late_of, project, dispatch)
    late.sort(key=attrgetter("order"))
    for number, one in enumerate(late, 1):
        yield AmendmentRecorded(
            subject=str(states.subject),
            part=f"amendment/{number:05}",
            number=number,
            party=one.party,
            recorded=one.recorded,
            **one.record_fields,
        )


def _calls(dispatch: DispatchCalled, called: Opened[DispatchCalled]) -> Iterator[Late]:
    for place, (version, why) in enumerate(called.versions):
        if why is AFTER_THE_CUT_OFF:
            record_fields = {
                "statement": version.id,
                "step": "dispatch.called",
                "as_of": version.content.as_of,
                "changed": changes_of(dispatch, version.content),
            }
            yield Late(version.recorded, called.by or "", ("", place), record_fields)


def _late_of(project: str, dispatch: DispatchCalled, states: States) -> list[Late]:
    """Returns what was said late of a project."""
    reported = reports(states, project, dispatch.year, dispatch.through_month)
    month, cut_off = period(dispatch.year, dispatch.through_month), dispatch.cut_off
    return [
        *late_reports(project, month, reported, cut_off),
        *_belated(_late_steps(project, dispatch, states), dispatch),
        *_belated(late_acts(project, cut_off, states), dispatch),
        *_belated(late_lines(project, cut_off, states), dispatch),
    ]


def _late_steps(
    project: str, dispatch: DispatchCalled, states: States
) -> Iterator[Late]:
    """Yields the steps of obstacles that have an effect."""
    where, subject = presence.of(states, project), Subject.parse(project)
    for name, views in states.all_of(project, "obstacle").items():
        record, _ = obstacles.stand(subject, name, views, where)
        if record is None:
            continue
        taken = {(step.party, step.statement) for step in record.steps}
        taken |= {(record.raised_by, one.statement) for one in record.versions}
        for one in late_steps(project, name, views, dispatch.cut_off):
            if (one.party, one.record_fields["statement"]) in taken:
                yield one


def _belated(late: Iterator[Late], dispatch: DispatchCalled) -> Iterator[Late]:
    return (one for one in late if one.is_belated(dispatch.cut_off))
