"""Dispatches and boards as tables, for the command line and the demo."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from services.cli.terminal import table_of
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.amendment_record import AmendmentRecorded
from twincity_schemas.board import Colour
from twincity_schemas.board_record import (
    BoardRecorded,
)
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DecisionState,
    DispatchRecorded,
    DrillRecorded,
    LineRecorded,
    Reporting,
    SiteRecorded,
)
from twincity_schemas.light import Light
from twincity_schemas.words import Coded

_COLOURS: dict[Coded, str] = {
    Colour.RED: "red",
    Colour.BLACK: "bold",
    Colour.NONE: "dim",
    Reporting.ON_TIME: "green",
    Reporting.LATE: "yellow",
    Reporting.SILENT: "red",
    Reporting.NOT_DUE: "dim",
    Light.GREEN: "green",
    Light.YELLOW: "yellow",
    Light.RED: "red",
    DecisionState.DONE: "green",
}

Parts = Mapping[str, Any]
"""A subject's records by part; ``""`` is its header."""


def dispatch_parts(
    parts: Parts, tell: Tell, before: Parts = MappingProxyType({})
) -> Iterator[RenderableType]:
    """A dispatch as tables.

    Args:
        parts: its records.
        tell: in the reader's words.
        before: those of the dispatch before, where there was one.
    """
    record: DispatchRecorded = parts[""]
    t = tell.t
    counts = [
        (t("应报", "due"), record.due, "bold"),
        *(
            (tell.words(state), count, _COLOURS[state])
            for state, count in (
                (Reporting.ON_TIME, record.on_time),
                (Reporting.LATE, record.late),
                (Reporting.SILENT, record.silent),
            )
        ),
        *(
            (tell.words(light), count, _COLOURS[light])
            for light, count in record.by_light.items()
        ),
    ]
    yield (
        f"[bold]{tell.words(record.kind)}[/] {period_of(record, tell)}"
        f"{t('，截止 ', ', cut off ')}{tell.moment(record.cut_off)}"
        f"{t('，召集 ', ', called by ')}{tell.party(record.called_by)}"
    )
    yield t("，", ", ").join(f"{what} [{how}]{n}[/]" for what, n, how in counts)
    lines = parts_of(parts, LineRecorded)
    yield _lines(lines, before, tell)
    yield from _obstacles(lines, tell)
    yield from _drill(parts, tell)
    decisions = parts_of(parts, DecisionRecorded)
    earlier = [one for one in decisions if one.dispatch != record.subject]
    own = [one for one in decisions if one.dispatch == record.subject]
    if earlier:
        yield _decisions(t("此前议定的落实", "decided before"), earlier, tell)
    if own:
        yield _decisions(t("本次议定", "decided"), own, tell)
    yield from amendments(parts, tell)


def _lines(lines: list[LineRecorded], before: Parts, tell: Tell) -> Table:
    """Each member's report and the whole of each project, with totals."""
    t = tell.t
    table = table_of(
        t("项目", "project"),
        t("成员", "member"),
        t("报送", "report"),
        t("计划", "plan"),
        t("完成", "invested"),
        t("完成率", "rate"),
        t("较时序", "lead"),
        t("较上次", "moved"),
        t("灯", "light"),
        t("更正", "amended"),
        figures=(3, 4, 5, 6, 7),
    )
    table.caption = t(
        "单位：亿元；较时序、较上次：百分点",
        "bn yuan; lead and moved in percentage points",
    )
    table.caption_justify = "left"
    plan, invested = Decimal(), Decimal()
    for line in lines:
        name = escape(tell.subject(line.project))
        light = coloured(line.light, tell) if line.light else MISSING
        if line.suspended_since:
            since = t("暂停自 ", "suspended since ") + line.suspended_since
            table.add_row(name, MISSING, since)
        for due in line.reports:
            figures, later = due.figures, due.correction
            late = f"{later.recorded:%m-%d} {tell.percent(later.rate)}" if later else ""
            table.add_row(
                name,
                tell.party(due.party),
                " ".join(
                    (coloured(due.state, tell), *map(escape, due.missing_sections))
                ),
                tell.money(figures.annual_plan if figures else None),
                tell.money(figures.annual_investment if figures else None),
                tell.percent(figures.rate if figures else None),
                tell.lead(figures.lead if figures else None),
                "",
                "",
                late,
            )
            name = ""
        for party, day in line.left.items():
            table.add_row(name, tell.party(party), t("退出于 ", "left ") + day)
        whole = line.annual_plan, line.annual_investment
        if None not in whole:
            plan += line.annual_plan or 0
            invested += line.annual_investment or 0
        instead = line.counted_as
        counts = f"{t('计入', 'counted as')} {tell.subject(instead)}" if instead else ""
        table.add_row(
            name if instead else "", t("合计", "the whole"), escape(counts),
            *map(tell.money, whole),
            _rate(*whole, tell), tell.lead(line.lead),
            tell.lead(_moved(line, before.get(line.part))), light,
        )  # fmt: skip
    table.add_row(
        t("总计", "in all"), t("齐全者", "where whole"), "",
        *map(tell.money, (plan, invested)), _rate(plan, invested, tell),
    )  # fmt: skip
    return table


def _moved(line: LineRecorded, before: LineRecorded | None) -> Decimal | None:
    """Returns by how many points a project's lead differs from the dispatch before."""
    if before is None or line.lead is None or before.lead is None:
        return None
    return line.lead - before.lead


def _rate(plan: Decimal | None, invested: Decimal | None, tell: Tell) -> str:
    return tell.percent(None if not plan or invested is None else invested / plan * 100)


def _obstacles(lines: list[LineRecorded], tell: Tell) -> Iterator[Table]:
    t = tell.t
    table = table_of(
        t("未销号问题", "open obstacle"),
        t("项目", "project"),
        t("状态", "state"),
        t("现负责", "with"),
        t("时限", "due"),
    )
    for line in lines:
        for one in line.obstacles:
            overdue = f" [red]{t('逾期', 'overdue')}[/]" if one.overdue else ""
            table.add_row(
                escape(one.title),
                escape(tell.subject(line.project)),
                tell.words(one.state),
                tell.parties(one.parties),
                f"{one.due}{overdue}",
            )
    if table.row_count:
        yield table


def _drill(parts: Parts, tell: Tell) -> Iterator[Table]:
    """Yields the sites of a drill, and its units where they stand."""
    t, units = tell.t, parts_of(parts, DrillRecorded)
    if not units:
        return
    sites = table_of(
        t("拉练现场", "site"),
        t("单位", "unit"),
        t("平均分", "mean"),
        t("各方得分", "scores"),
        figures=(2,),
    )
    names = {one.unit: one.name for one in units}
    for site in parts_of(parts, SiteRecorded):
        scores = [
            f"{tell.party(party)} {tell.number(one.score)}"
            for party, one in site.scores.items()
        ]
        scores += [f"{tell.party(party)} {MISSING}" for party in site.missing]
        sites.add_row(
            escape(site.place),
            escape(names[site.unit]),
            score(site.score),
            t("，", ", ").join(scores),
        )
    yield sites
    table = table_of(
        t("拉练名次", "drill"), t("单位", "unit"), t("得分", "score"), figures=(2,)
    )
    units.sort(key=lambda one: (one.rank is None, one.rank, one.unit))
    for unit in units:
        tied = t("（并列）", " (tied)") if unit.tied else ""
        table.add_row(
            f"{unit.rank or MISSING}{tied}", escape(unit.name), score(unit.score)
        )
    yield table


def _decisions(title: str, decisions: list[DecisionRecorded], tell: Tell) -> Table:
    t = tell.t
    table = table_of(
        title, t("责任方", "whose"), t("时限", "due"), t("状态", "state"), ""
    )
    for decision in decisions:
        unit = tell.unit(decision.unit.name, decision.unit.officer)
        later = "、".join(c.due for c in decision.changes if not c.counts)
        no_effect = t("逾期后改称 {}，无效", "said too late to be due {}: no effect")
        table.add_row(
            escape(decision.what),
            f"{tell.party(decision.party)} {escape(unit)}",
            decision.due,
            coloured(decision.state, tell, other="red"),
            no_effect.format(later) if later else "",
        )
    return table


def score(score: Decimal | None) -> str:
    """Returns a score with two decimals."""
    return MISSING if score is None else f"{score:.2f}"


def amendments(
    parts: Parts, tell: Tell, names: Mapping[str, str] | None = None
) -> Iterator[RenderableType]:
    """Yields the late statements: beside the closed figures, not in their place.

    Args:
        parts: the records.
        tell: in a language.
        names: of a board's units, for what would change there; None: of no board.
    """
    amended = parts_of(parts, AmendmentRecorded)
    if not amended:
        return
    t = tell.t
    headings = [
        t("截止后更正", "after the cut-off"),
        t("谁", "who"),
        t("说了什么", "said what"),
        t("若计入", "if it counted"),
    ]
    table = table_of(*headings[: 3 if names is None else 4])
    for one in amended:
        what = t("、", ", ").join(
            f"{tell.field(one.step, c.pointer)} "
            + (f"{c.now}" if c.was is None else f"{c.was}→{c.now}")
            for c in one.changed
        )
        words = [
            tell.fact(one.step) + (tell.bracketed(one.as_of) if one.as_of else ""),
            tell.subject(one.about) if one.about else "",
            what,
        ]
        row = [
            f"{one.number}  {one.recorded:%Y-%m-%d}",
            tell.party(one.party),
            escape(" ".join(filter(None, words))),
        ]
        if names is not None:
            row.append(escape(_effect(one, names, tell)))
        table.add_row(*row)
    yield table


def _effect(one: AmendmentRecorded, names: Mapping[str, str], tell: Tell) -> str:
    """Returns what a late statement would change of a board."""
    t = tell.t
    effect = t("；", "; ").join(
        f"{names.get(e.unit, e.unit)} {score(e.score_was)}→{score(e.score_now)}"
        f"（{e.rank_was or MISSING}→{e.rank_now or MISSING}）"
        for e in one.effects
    )
    counts = t("计入：", "counts: ") if one.counts else ""
    return f"{counts}{effect or t('不变', 'no change')}"


def period_of(record: DispatchRecorded | BoardRecorded, tell: Tell) -> str:
    """Returns the period that a record is of, in words."""
    return tell.period(f"{record.year:04}-{record.through_month:02}")


def coloured(code: Coded, tell: Tell, other: str = "default") -> str:
    """Returns a code's words in its colour."""
    return f"[{_COLOURS.get(code, other)}]{tell.words(code)}[/]"


def parts_of(parts: Parts, kind: type[Any]) -> list[Any]:
    """Returns the records of a kind, in the order of their parts."""
    return [one for _, one in sorted(parts.items()) if isinstance(one, kind)]
