"""Annual lists (年度清单): the list, its versions, and how far each assignment is."""

from collections import Counter

from services.coordination.assignments import (
    AssignmentView,
    Progress,
    Steps,
    apply_step,
    name_of,
)
from services.coordination.worklist_versions import (
    StandingAssignment,
    Views,
    Worklist,
    WorklistView,
    apply,
    nobodys,
    stands,
)
from services.rules.remembered import no_effect_of
from services.runtime.kinds import Derived, Kind, Part, Reason, States
from twincity_schemas.topology import records
from twincity_schemas.worklist import (
    WorklistAdjusted,
    WorklistIssued,
    WorklistReported,
    WorklistReturned,
    WorklistVerified,
)
from twincity_schemas.worklist_record import (
    AssignmentRecorded,
    AssignmentState,
    WorklistRecorded,
)

_NOT_ON_THE_LIST: Reason = (
    "not_on_the_list",
    "清单上没有该任务",
    "the list has no such assignment",
)


def topic(states: States) -> str | None:
    """Returns where the records lie; None while nobody has issued the list."""
    first_issued = stands(states.own, str(states.subject))
    return None if first_issued is None else records(first_issued.issued.content.domain)


def _list(states: States) -> Worklist | None:
    views: Views = states.of(str(states.subject))
    return stands(views, str(states.subject))


def derive(states: States) -> Derived:
    """The list as it stands; none while nobody has issued it."""
    first_issued = stands(states.own, str(states.subject))
    if first_issued is None:
        return Derived(no_effect=nobodys(states.own))
    issued, last = first_issued.issued.content, first_issued.last.content
    counts = Counter(
        _progress(states, code, one).state
        for code, one in first_issued.assignments.items()
    )
    open_parts, due_first = states.open
    record = WorklistRecorded(
        subject=str(states.subject),
        domain=issued.domain,
        title=issued.title,
        year=issued.year,
        issued_by=first_issued.by,
        version=first_issued.versions[-1].version,
        approved_by=last.approved_by,
        approved_on=last.approved_on,
        projects=first_issued.projects,
        assignments={s: counts[s] for s in AssignmentState if counts[s]},
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        statements=states.statements,
        statements_digest=states.statements_digest,
        no_effect=first_issued.no_effect,
    )
    return Derived({"": record}, first_issued.no_effect)


def derive_versions(states: States) -> Derived:
    """A record for each version that took effect."""
    worklist = _list(states)
    return Derived({one.part: one for one in worklist.versions} if worklist else {})


def _progress(states: States, code: str, listed: StandingAssignment) -> Progress:
    steps: Steps = states.of(str(states.subject), "step", code)
    return Progress(listed, steps, sole=len(states.subject.members) == 1)


def derive_assignments(states: States) -> Derived:
    """A record for each assignment, open while somebody has still to do its part."""
    worklist = _list(states)
    if worklist is None:
        return Derived()
    assignments = [
        _assignment(states, code, listed)
        for code, listed in worklist.assignments.items()
    ]
    open_ = {AssignmentState.OPEN, AssignmentState.RETURNED}
    return Derived(
        {record.part: record for record in assignments},
        open={
            record.part: record.due for record in assignments if record.state in open_
        },
    )


def _assignment(
    states: States, code: str, listed: StandingAssignment
) -> AssignmentRecorded:
    progress = _progress(states, code, listed)
    return AssignmentRecorded(
        subject=str(states.subject),
        part=f"assignment/{code}",
        code=code,
        wording=listed.assignment.wording,
        owners=listed.assignment.owners,
        due=listed.due,
        first_due=None if listed.first_due == listed.due else listed.first_due,
        version=listed.version,
        state=progress.state,
        late=progress.late,
        reason=listed.dropped,
        reports=progress.reports,
        open=tuple(progress.open(states.subject.members)),
        no_effect=progress.no_effect,
    )


def derive_steps(states: States) -> Derived:
    """No record of its own; notices where a statement has no effect."""
    worklist = _list(states)
    listed = None if worklist is None else worklist.assignments.get(states.name)
    if listed is not None:
        return Derived(no_effect=_progress(states, states.name, listed).no_effect)
    reports = (
        no_effect_of(party, report, _NOT_ON_THE_LIST)
        for party, view in sorted(states.own.items())
        for report in view.reports
    )
    return Derived(no_effect=reports)


KIND = Kind(
    "worklist",
    (
        Part(
            "",
            WorklistView,
            dict.fromkeys((WorklistIssued, WorklistAdjusted), lambda _event: ""),
            apply,
            derive,
        ),
        Part(
            "step",
            AssignmentView,
            dict.fromkeys(
                (WorklistReported, WorklistVerified, WorklistReturned), name_of
            ),
            apply_step,
            derive_steps,
        ),
        Part("versions", derive=derive_versions),
        Part("assignments", derive=derive_assignments),
    ),
    topic,
)
