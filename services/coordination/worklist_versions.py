"""The versions of an annual list: what each brought in and took out (调入、调出).

Whoever is recorded first issues the list, and alone adjusts it. A version takes effect
as a whole or not at all, for it was approved as a whole; once given it does not change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.rules.closing import over
from services.rules.remembered import Remembered, first, no_effect_of, remember
from services.rules.turns import IN_ADVANCE
from services.runtime.kinds import Reason, States
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect
from twincity_schemas.worklist import (
    DroppedAssignment,
    ListedAssignment,
    WorklistAdjusted,
    WorklistIssued,
)
from twincity_schemas.worklist_record import ProjectChange, VersionRecorded

Issued = Remembered[WorklistIssued]
Adjusted = Remembered[WorklistAdjusted]


@dataclass(frozen=True, slots=True)
class WorklistView:
    """One party's lists and adjustments, in its own order.

    An adjustment answers to a version by its number, so that each kind's own order is
    enough.
    """

    issued: tuple[Issued, ...] = ()
    adjusted: tuple[Adjusted, ...] = ()


Views = Mapping[str, WorklistView]


def apply(before: WorklistView, event: Event[Any], _states: States) -> WorklistView:
    """Add one statement to what its party has said."""
    if isinstance(event.data, WorklistIssued):
        return replace(before, issued=(*before.issued, remember(event)))
    return replace(before, adjusted=(*before.adjusted, remember(event)))


@dataclass(frozen=True)
class StandingAssignment:
    """An assignment as the list has it now.

    Attributes:
        due: the date that holds; one that had passed was not moved.
        version: the one that brought it in.
        worded: when the version was recorded that says it in these words.
        dropped: why it need not be done, where that was said last.
        dropped_at: when that was recorded.
    """

    assignment: ListedAssignment
    first_due: str
    due: str
    version: int
    worded: datetime
    dropped: str | None = None
    dropped_at: datetime | None = None


@dataclass(frozen=True)
class Worklist:
    """A list as it stands, with its versions.

    Attributes:
        by: whoever issued it.
        issued: its first version.
        last: the statement of its present one.
    """

    by: str
    issued: Issued
    last: Issued | Adjusted
    projects: tuple[str, ...] = ()
    assignments: Mapping[str, StandingAssignment] = field(default_factory=dict)
    versions: tuple[VersionRecorded, ...] = ()
    no_effect: tuple[NoEffect, ...] = ()


def issued_first(views: Views) -> dict[str, Sequence[Issued]]:
    """Returns what each party issued that was recorded first; several on a tie."""
    moments = {party: v.issued[0].recorded for party, v in views.items() if v.issued}
    return {party: views[party].issued for party in first(moments)}


def stands(views: Views, subject: str) -> Worklist | None:
    """Returns the list; None while nobody has issued it, or several did at once."""
    leading = issued_first(views)
    if len(leading) != 1:
        return None
    [(by, own)] = leading.items()
    now = _with_version(Worklist(by, own[0], own[0]), own[0], 1, subject)
    ignored = [no_effect_of(by, one, _STANDS) for one in own[1:] if _differs(one, own)]
    for one in views[by].adjusted:
        why = _against(now, one)
        if why is None:
            now = _with_version(now, one, one.content.version, subject)
        # Said again word for word it is the version in force: there is nothing to tell.
        elif not _repeated(now, one):
            ignored.append(no_effect_of(by, one, why))
    for party, view in sorted(views.items()):
        if party != by:
            statements: tuple[Issued | Adjusted, ...] = (*view.issued, *view.adjusted)
            ignored += [no_effect_of(party, one, _NOT_ITS_ISSUER) for one in statements]
    return replace(now, no_effect=tuple(ignored))


def nobodys(views: Views) -> Iterator[NoEffect]:
    """Yields why nothing has effect while there is no list."""
    tie = len(issued_first(views)) > 1
    for party, view in sorted(views.items()):
        for one in view.issued:
            yield no_effect_of(party, one, _AT_ONCE)
        for adjustment in view.adjusted:
            yield no_effect_of(party, adjustment, _AT_ONCE if tie else _NOT_ISSUED)


def _differs(one: Issued, own: Sequence[Issued]) -> bool:
    return one.content != own[0].content


def _repeated(now: Worklist, one: Adjusted) -> bool:
    """Returns whether it says once more what the present version says."""
    return one.content == now.last.content


def _against(now: Worklist, one: Adjusted) -> Reason | None:
    content, version = one.content, now.versions[-1].version
    if one.recorded < now.last.recorded:
        return IN_ADVANCE
    if content.version <= version:
        return _STANDS
    if content.version > version + 1:
        return (
            "version_missing",
            f"现行为第 {version} 版，尚缺第 {version + 1} 版",
            f"version {version} is in force; version {version + 1} is missing",
        )
    for change in content.added:
        if change.project in now.projects:
            return (
                "already_listed",
                f"{change.project} 已在清单上，不能调入",
                f"{change.project} is on the list already",
            )
    gone = [one.project for one in content.removed if one.project not in now.projects]
    open_ = {c for c, one in now.assignments.items() if one.dropped is None}
    gone += [one.code for one in content.dropped if one.code not in open_]
    if gone:
        return (
            "not_listed",
            f"{'、'.join(gone)} 不在清单上，不能调出或撤销",
            f"not on the list, so it cannot be taken out: {', '.join(gone)}",
        )
    given = [a.code for a in content.assignments if _is_taken_away(now, a, one)]
    return _overdue(given) if given else None


def _is_taken_away(now: Worklist, again: ListedAssignment, one: Adjusted) -> bool:
    """Returns whether what is overdue is taken from a party that was to do it."""
    before = now.assignments.get(again.code)
    if before is None or not over(before.due, one.recorded):
        return False
    were, are = ({o.party for o in a.owners} for a in (before.assignment, again))
    return not were <= are


def _overdue(codes: Sequence[str]) -> Reason:
    return (
        "overdue_stays",
        f"任务 {'、'.join(codes)} 已过时限，责任方不得撤换；可撤销，另行编号列入",
        f"overdue, so it stays with its owners: {', '.join(codes)}; drop it instead",
    )


def _with_version(
    now: Worklist, one: Issued | Adjusted, version: int, subject: str
) -> Worklist:
    """Returns the list with its next version in force."""
    added: tuple[ProjectChange, ...]
    removed: tuple[ProjectChange, ...] = ()
    dropped: tuple[DroppedAssignment, ...] = ()
    match one.content:
        case WorklistIssued(projects=projects):
            added = tuple(ProjectChange(project=p) for p in dict.fromkeys(projects))
        case content:
            added, removed = (
                tuple(
                    ProjectChange(project=change.project, reason=change.reason)
                    for change in changes
                )
                for changes in (content.added, content.removed)
            )
            dropped = content.dropped
    gone = {change.project for change in removed}
    listed = (
        *(project for project in now.projects if project not in gone),
        *(change.project for change in added),
    )
    assignments = {**now.assignments}
    for assignment in one.content.assignments:
        before = assignments.get(assignment.code)
        assignments[assignment.code] = _standing(assignment, before, one, version)
    for drop in dropped:
        assignments[drop.code] = replace(
            assignments[drop.code], dropped=drop.reason, dropped_at=one.recorded
        )
    record = VersionRecorded(
        subject=subject,
        part=f"version/{version:03}",
        version=version,
        statement=one.id,
        recorded=one.recorded,
        approved_by=one.content.approved_by,
        approved_on=one.content.approved_on,
        source=one.content.source,
        added=added,
        removed=removed,
        assignments=one.content.assignments,
        dropped=dropped,
        projects=len(listed),
    )
    return replace(
        now,
        last=one,
        projects=listed,
        assignments=assignments,
        versions=(*now.versions, record),
    )


def _standing(
    assignment: ListedAssignment,
    before: StandingAssignment | None,
    one: Issued | Adjusted,
    version: int,
) -> StandingAssignment:
    """Returns an assignment, said for the first time or anew."""
    if before is None:
        due = assignment.due
        return StandingAssignment(assignment, due, due, version, one.recorded)
    # What is overdue stays overdue: saying it again is no extension.
    due = before.due if over(before.due, one.recorded) else assignment.due
    # What was done is what it said then: in other words it is to be done anew.
    same = assignment.wording == before.assignment.wording
    worded = before.worded if same else one.recorded
    return replace(
        before,
        assignment=assignment,
        due=due,
        worded=worded,
        dropped=None,
        dropped_at=None,
    )


_STANDS: Reason = (
    "version_stands",
    "该版已发布，不再改变；请另出下一版",
    "that version has been given and does not change: give the next one",
)
_NOT_ITS_ISSUER: Reason = (
    "not_the_issuer",
    "清单由他方先行发布，唯有发布方可以调整",
    "another party issued the list before, and alone adjusts it",
)
_NOT_ISSUED: Reason = (
    "not_issued",
    "清单尚未发布",
    "the list has not been issued",
)
_AT_ONCE: Reason = (
    "said_at_once",
    "多方同时发布同一清单，请改用另一标识发布",
    "several issued the list at the same instant: issue it under another name",
)
