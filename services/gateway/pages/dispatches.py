"""Monthly dispatch 调度 as it is handed out: closed figures, corrections beside."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from starlette.responses import Response

from services.gateway.dispatchlist import (
    LinesWanted,
    RankedLine,
    ReportSums,
    UnitDecisions,
    UnitWanted,
)
from services.gateway.pages import drawing
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.records import (
    header_of,
    parts_in,
    parts_with,
    subject_of,
)
from services.gateway.pages.telling import Tell
from services.gateway.view import View
from services.gateway.workbooks import WorkbookSheet, download
from twincity_schemas.amendment_record import AmendmentRecorded
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DispatchRecorded,
    DrillRecorded,
    LineRecorded,
    Reporting,
    SiteRecorded,
)
from twincity_schemas.light import Light

_PER_PAGE = 50
_MOST = 50
"""Decisions and amendments that a page shows; the workbook has all."""
_WORST = 10
_EVERY, _EVERYBODY = LinesWanted(), UnitWanted()


class Line(NamedTuple):
    """A project of a dispatch: its rank by lead, and how much that moved.

    Attributes:
        rank: 1 leads most; None where the whole is not known.
        rate: of the whole, per cent.
        moved: percentage points of lead since the dispatch before; None where that
            does not know it.
    """

    rank: int | None
    record: LineRecorded
    rate: Decimal | None
    moved: Decimal | None


class DispatchHandout(NamedTuple):
    """A dispatch as it is handed out.

    Attributes:
        record: its header.
        lines: those that are asked for, by rank.
        whole: what all lines add up to that know their whole.
        parties: what each party's reports add up to.
        worst: the furthest behind.
        followed: decisions of dispatches before.
        decided: decisions of this one.
        units: how many decisions each unit and officer has.
        sites: those that a drill visited.
        drilled: the units of a drill, by rank.
        amendments: what came after the cut-off.
    """

    record: DispatchRecorded
    lines: list[Line]
    whole: ReportSums
    parties: Mapping[str, ReportSums]
    worst: list[Line]
    followed: list[DecisionRecorded]
    decided: list[DecisionRecorded]
    units: list[UnitDecisions]
    sites: list[SiteRecorded]
    drilled: list[DrillRecorded]
    amendments: list[AmendmentRecorded]


def dispatch(visit: Visit) -> Response:
    """A dispatch on screen and on paper; of its lines those that are asked for."""
    subject = subject_of(visit, "dispatch")
    skip = (visit.number - 1) * _PER_PAGE
    wanted = LinesWanted(*map(visit.asked, ("party", "report", "light")))
    handout = dispatch_handout(
        visit.view,
        subject,
        wanted,
        _PER_PAGE + 1,
        skip,
        UnitWanted(*map(visit.asked, ("unit", "officer"))),
    )
    return show(
        visit,
        "dispatch.html",
        handout=handout,
        lines=handout.lines[:_PER_PAGE],
        more=len(handout.lines) > _PER_PAGE,
        wanted=wanted,
        followed=handout.followed[:_MOST],
        decided=handout.decided[:_MOST],
        amendments=handout.amendments[:_MOST],
        lights=list(Light),
        reporting=Reporting,
        drawing=drawing,
        rate=rate,
    )


def dispatch_workbook(visit: Visit) -> Response:
    """The same as a workbook, whole."""
    subject = subject_of(visit, "dispatch")
    handout, tell = dispatch_handout(visit.view, subject), visit.tell
    return download(tell.subject(subject), subject, _sheets(handout, tell))


def dispatch_handout(  # noqa: PLR0913, PLR0917  what a page asks for
    view: View,
    subject: str,
    wanted: LinesWanted = _EVERY,
    limit: int = -1,
    skip: int = 0,
    whose: UnitWanted = _EVERYBODY,
) -> DispatchHandout:
    """Read a dispatch.

    Args:
        view: what the topics hold.
        subject: the dispatch.
        wanted: which lines.
        limit: most lines, decisions and amendments; −1: all.
        skip: so many of the first lines.
        whose: decisions.

    Raises:
        Refusal: there is none of that name.
    """
    header, listed = header_of(view, subject, DispatchRecorded), view.dispatches

    def decisions(*, here: bool) -> list[DecisionRecorded]:
        keys = listed.decisions(subject, whose, limit, here=here)
        return parts_with(view, keys, DecisionRecorded)

    def lines(ranked: list[RankedLine]) -> list[Line]:
        return list(_lines(ranked, view, header.previous))

    return DispatchHandout(
        header,
        lines(listed.lines(subject, wanted, limit, skip)),
        listed.whole(subject),
        listed.parties(subject),
        lines(listed.worst(subject, _WORST)),
        decisions(here=False),
        decisions(here=True),
        listed.units(subject),
        parts_in(view, subject, SiteRecorded),
        sorted(
            parts_in(view, subject, DrillRecorded),
            key=lambda one: (one.rank is None, one.rank or 0, one.unit),
        ),
        parts_in(view, subject, AmendmentRecorded, limit),
    )


def rate(plan: Decimal, invested: Decimal) -> Decimal | None:
    """Invested over planned, per cent; None where nothing is planned."""
    return invested / plan * 100 if plan else None


def _lines(
    ranked: Iterable[RankedLine], view: View, previous: str | None
) -> Iterator[Line]:
    for key, place in ranked:
        row = view.latest(key)
        record = row.data if row else None
        if not isinstance(record, LineRecorded):
            continue
        of_whole = None
        if record.annual_investment is not None:
            of_whole = rate(record.annual_plan or Decimal(), record.annual_investment)
        moved = None
        row = view.latest(f"{previous}#{record.part}") if previous else None
        before = row.data if row else None
        if isinstance(before, LineRecorded) and None not in {before.lead, record.lead}:
            moved = record.lead - before.lead  # type: ignore[operator]
        yield Line(place, record, of_whole, moved)


def _sheets(handout: DispatchHandout, tell: Tell) -> Iterator[WorkbookSheet]:
    t = tell.t
    yield WorkbookSheet(
        t("项目", "Projects"),
        (t("名次", "Rank"), t("项目", "Project"), t("成员", "Member"),
         t("报送", "Report"), t("年度计划（万元）", "Planned, 10,000 yuan"),
         t("本年完成（万元）", "This year, 10,000 yuan"), t("完成率%", "Rate, %"),
         t("较时序进度（百分点）", "Lead, points"), t("灯", "Light"),
         t("截止后更正完成率%", "Rate after correction, %"), t("依据", "Statement")),
        [row for line in handout.lines for row in _rows(line, tell)],
    )  # fmt: skip
    yield WorkbookSheet(
        t("议定事项", "Decisions"),
        (t("内容", "What"), t("责任方", "Party"), t("责任单位", "Unit"),
         t("责任人", "Officer"), t("时限", "Due"), t("状态", "State"),
         t("落实", "Evidence")),
        [
            (one.what, tell.party(one.party), one.unit.name,
             one.unit.officer or "", one.due, tell.words(one.state),
             one.evidence or one.reason or "")
            for one in (*handout.followed, *handout.decided)
        ],
    )  # fmt: skip
    yield WorkbookSheet(
        t("截止后更正", "After the cut-off"),
        (t("序号", "Number"), t("主体", "Party"), t("填报", "Statement"),
         t("收件时间", "Recorded"), t("事项", "About")),
        [
            (one.number, tell.party(one.party), one.statement,
             tell.moment(one.recorded), tell.subject(one.about or ""))
            for one in handout.amendments
        ],
    )  # fmt: skip


def _rows(line: Line, tell: Tell) -> Iterator[tuple[object, ...]]:
    record = line.record
    name, light = tell.subject(record.project), tell.words(record.light)
    for report in record.reports:
        closed, later = report.figures, report.correction
        figures = closed or later
        yield (
            "", name, tell.party(report.party), tell.words(report.state),
            closed and closed.annual_plan, closed and closed.annual_investment,
            closed and closed.rate, closed and closed.lead, "",
            later and later.rate, figures and figures.statement,
        )  # fmt: skip
    counts = ""
    if record.counted_as is not None:
        counts = f"{tell.t('计入', 'counted as')} {tell.subject(record.counted_as)}"
    yield (
        line.rank, name, tell.t("合计", "The whole"),
        counts, record.annual_plan,
        record.annual_investment, line.rate, record.lead, light, None, "",
    )  # fmt: skip
