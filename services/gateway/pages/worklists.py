"""Annual lists: assignments with their owners and dates, projects, versions."""

from typing import Any

from services.gateway.pages import links
from services.gateway.pages.blocks import (
    Page,
    PageCell,
    PageTable,
    about,
    cited,
    stacked,
    state,
    steps,
    without_effect,
)
from services.gateway.pages.records import parts_of
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.worklist_record import (
    AssignmentRecorded,
    AssignmentState,
    ProjectChange,
    VersionRecorded,
    WorklistRecorded,
)

_KIND = {AssignmentState.VERIFIED: "good", AssignmentState.RETURNED: "bad"}


def progress(record: WorklistRecorded, tell: Tell) -> str:
    """Returns how many assignments are how far."""
    return (
        tell.comma.join(
            f"{tell.words(state)} {count}"
            for state, count in record.assignments.items()
        )
        or MISSING
    )


def worklist(record: WorklistRecorded, parts: list[Any], tell: Tell) -> Page:
    """A list (年度清单): what is to be done by whom, and what each version changed."""
    t, behind = tell.t, links.of_trace(record.subject)
    versions = parts_of(parts, VersionRecorded)
    assignments = parts_of(parts, AssignmentRecorded)
    approved = f"{record.approved_by} {tell.day(record.approved_on)}"
    number = t(f"第 {record.version} 版", f"version {record.version}")
    return Page(
        [tell.words(record.domain), str(record.year)],
        [
            (t("现行", "In force"), PageCell(number, behind, approved)),
            (t("发布方", "Issued by"), PageCell(tell.party(record.issued_by))),
            (t("任务", "Assignments"), PageCell(progress(record, tell), behind)),
            (t("项目", "Projects"), PageCell(str(len(record.projects)), behind)),
        ],
        "",
        "",
        [
            PageTable(
                t("任务", "Assignments"),
                (
                    t("编号", "No."),
                    t("任务", "Assignment"),
                    t("状态", "State"),
                    t("责任单位", "Owners"),
                    t("时限", "Due"),
                    t("进展", "Progress"),
                    t("现可办", "Open now"),
                ),
                [_assignment(one, tell) for one in assignments],
            ),
            PageTable(
                t("项目", "Projects"),
                (t("项目", "Project"),),
                [[about(project, tell)] for project in record.projects],
            ),
            PageTable(
                t("各版", "Versions"),
                (
                    t("版次", "Version"),
                    t("审定", "Approved"),
                    t("调入", "Added"),
                    t("调出", "Removed"),
                    t("任务变动", "Assignments"),
                ),
                [_version(one, tell) for one in reversed(versions)],
            ),
            *without_effect(record.no_effect, tell),
        ],
    )


def _assignment(one: AssignmentRecorded, tell: Tell) -> list[PageCell]:
    t = tell.t
    late = t("逾期完成", "late") if one.late else ""
    first = f"{t('原定', 'first')} {one.first_due}" if one.first_due else ""
    reports = (
        cited(
            report.statement, f"{tell.party(party)} {report.note}", report.finding or ""
        )
        for party, report in one.reports.items()
    )
    return [
        PageCell(one.code, kind="short"),
        PageCell(one.wording, below=one.reason or ""),
        state(one.state, tell, _KIND.get(one.state, ""))._replace(below=late),
        stacked(PageCell(o.name, below=tell.party(o.party)) for o in one.owners),
        PageCell(one.due, below=first),
        stacked(reports),
        steps(one.open, tell),
    ]


def _version(one: VersionRecorded, tell: Tell) -> list[PageCell]:
    t = tell.t
    codes = tuple(assignment.code for assignment in one.assignments)
    changed = [PageCell(tell.several(codes))] if codes else []
    dropped = (
        PageCell(f"{t('撤销', 'dropped')} {drop.code}", below=drop.reason)
        for drop in one.dropped
    )
    return [
        cited(one.statement, str(one.version), tell.moment(one.recorded)),
        PageCell(one.approved_by, below=tell.day(one.approved_on)),
        _changes(one.added, tell),
        _changes(one.removed, tell),
        stacked([*changed, *dropped]),
    ]


_MOST_SHOWN = 20


def _changes(changes: tuple[ProjectChange, ...], tell: Tell) -> PageCell:
    if len(changes) > _MOST_SHOWN:
        return PageCell(tell.t(f"{len(changes)} 个项目", f"{len(changes)} projects"))
    return stacked(
        about(one.project, tell)._replace(below=one.reason or "") for one in changes
    )
