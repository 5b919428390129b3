"""Dispatches and boards as tables, for the command line and the demo."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from services.cli.terminal import table_of
from twincity_schemas.amendment import AmendmentRecorded
from twincity_schemas.board import Colour
from twincity_schemas.board_record import (
    AppealRecorded,
    BoardRecorded,
    StandingRecorded,
)
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DecisionState,
    DispatchRecorded,
    LineRecorded,
    Reporting,
)
from twincity_schemas.light import Light

_COLOURS = {Colour.RED: "red", Colour.BLACK: "bold", Colour.NONE: "dim"}
_REPORTING = {
    Reporting.ON_TIME: "green",
    Reporting.LATE: "yellow",
    Reporting.SILENT: "red",
    Reporting.NOT_DUE: "dim",
}
_LIGHTS = {
    Light.GREEN: "green",
    Light.YELLOW: "yellow",
    Light.RED: "red",
}

Parts = Mapping[str, Any]
"""A subject's records by part; ``""`` is its header."""


def dispatch_parts(parts: Parts) -> Iterator[RenderableType]:
    """A dispatch as tables."""
    record: DispatchRecorded = parts[""]
    lights = "，".join(
        f"[{_LIGHTS[light]}]{light.words.zh} {count}[/]"
        for light, count in record.by_light.items()
    )
    yield (
        f"[bold]{record.kind.words.zh}[/] {record.year} 年 1—{record.through_month} 月"
        f"，截止 {record.cut_off:%Y-%m-%d %H:%M}，{record.called_by} 召集；应报"
        f" {record.due}，按时 [green]{record.on_time}[/]，迟报"
        f" [yellow]{record.late}[/]，未报 [red]{record.silent}[/]；{lights}"
    )
    lines = _of(parts, LineRecorded)
    yield _lines(lines)
    obstacles = table_of("未销号症结 obstacle", "状态", "现负责", "时限", "")
    for line in lines:
        for obstacle in line.obstacles:
            obstacles.add_row(
                f"{escape(obstacle.title)}（{_short(line.project)}）",
                obstacle.state.words.zh,
                obstacle.party,
                obstacle.due,
                "[red]逾期 overdue[/]" if obstacle.overdue else "",
            )
    if obstacles.row_count:
        yield obstacles
    decisions = _of(parts, DecisionRecorded)
    earlier = [one for one in decisions if one.dispatch != record.subject]
    own = [one for one in decisions if one.dispatch == record.subject]
    if earlier:
        yield _decisions("此前议定的落实 followed up", earlier)
    if own:
        yield _decisions("本次议定 decided", own)
    yield from _amendments(parts)


def _lines(lines: list[LineRecorded]) -> Table:
    table = table_of(
        "项目 project", "灯", "成员 member", "报送", "完成率%", "超时序", "截止后更正"
    )
    for line in lines:
        light = "—"
        if line.light is not None:
            light = f"[{_LIGHTS[line.light]}]{line.light.words.zh}[/]"
        if line.suspended_since:
            since = f"暂停自 {line.suspended_since} suspended"
            table.add_row(_short(line.project), light, "—", since, "—", "—", "")
        for due in line.reports:
            figures, later = due.figures, due.correction
            table.add_row(
                _short(line.project),
                light,
                due.party,
                f"[{_REPORTING[due.state]}]{due.state.words.zh}[/]"
                f" {due.state.words.en}",
                str(figures.rate) if figures and figures.rate is not None else "—",
                f"{figures.lead:+}" if figures and figures.lead is not None else "—",
                f"{later.rate or '—'}（{later.recorded:%m-%d}）" if later else "",
            )
        for party, since in line.left.items():
            left = f"{since} 退出 left"
            table.add_row(_short(line.project), light, party, left, "—", "—", "")
    return table


def _decisions(title: str, decisions: list[DecisionRecorded]) -> Table:
    table = table_of(title, "责任方", "时限", "状态", "")
    for decision in decisions:
        done = decision.state is DecisionState.DONE
        colour = "green" if done else "red"
        later = "、".join(c.due for c in decision.changes if not c.counts)
        table.add_row(
            escape(decision.what),
            f"{decision.party} {escape(decision.unit.name)}",
            decision.due,
            f"[{colour}]{decision.state.words.zh}[/] {decision.state.words.en}",
            f"逾期后改称 {later}，无效" if later else "",
        )
    return table


def board_parts(parts: Parts) -> Iterator[RenderableType]:
    """A board as tables: its rules, a sequence each, and what came later."""
    record: BoardRecorded = parts[""]
    yield (
        f"[bold]红黑榜[/] {record.year} 年 1—{record.through_month} 月，截止"
        f" {record.cut_off:%Y-%m-%d %H:%M}，{record.opened_by}"
    )
    rules = table_of(f"规则 rules {record.rules.name}", "口径", "权重", "目标")
    kinds = [("", record.rules.measures)] + [
        (f"{own.sequence or ''}{own.kind or ''}：", own.measures)
        for own in record.rules.differentiated
    ]
    for of, measures in kinds:
        for measure in measures:
            rules.add_row(
                f"{of}{escape(measure.name)}",
                measure.kind.words.zh,
                str(measure.weight),
                str(measure.target),
            )
    rules.caption = f"单项封顶 cap {record.rules.cap}%"
    yield rules
    standings = _of(parts, StandingRecorded)
    for sequence in record.sequences:
        units = [s for s in standings if s.sequence is sequence.sequence]
        units.sort(key=lambda s: (s.closed.rank is None, s.closed.rank, s.unit))
        words = sequence.sequence.words
        yield _units(f"{words.zh} {words.en}", units)
        if sequence.red_beyond_places or sequence.black_beyond_places:
            yield "    并列，多于名额 a tie takes more places than there are"
        for unit in units:
            yield from _figures(unit)
    for appeal in _of(parts, AppealRecorded):
        yield escape(
            f"申诉 appeal {appeal.unit} {appeal.measure}（{appeal.raised_by}）："
            f"{appeal.evidence} → {appeal.state.words.zh} {appeal.reason or ''}"
        )
    yield from _amendments(parts)


def _units(title: str, units: list[StandingRecorded]) -> Table:
    table = table_of(title, "名次", "得分", "目标", "榜", "申诉后 final")
    for unit in units:
        place, final = unit.closed, unit.final
        rank = f"{place.rank}{'（并列）' if place.tied else ''}"
        table.add_row(
            escape(unit.name),
            "免予考核 exempt" if place.rank is None else rank,
            f"{place.score:.2f}",
            "完成" if unit.met else "未完成",
            f"[{_COLOURS[place.colour]}]{place.colour.words.zh}[/]"
            f" {place.colour.words.en}",
            f"{final.score:.2f}，第 {final.rank or '—'}" if final else "",
        )
    return table


def _figures(unit: StandingRecorded) -> Iterator[str]:
    """Each figure of a unit, with the statements that it rests on."""
    if unit.exempt is not None:
        yield escape(f"    {unit.unit} 免予考核 exempt: {unit.exempt}")
    for figure in unit.figures:
        actual = "—" if figure.actual is None else f"{figure.actual:.2f}"
        behind = "、".join(figure.statements)
        yield escape(
            f"    {unit.unit} {figure.name}: {actual} / {figure.target}"
            f"{' ← ' if behind else ''}{behind}"
        )
    for one in unit.projects:
        behind = one.statement or "—"
        yield escape(
            f"    {unit.unit} {_short(one.project)} {one.party}："
            f"{one.standing.words.zh} {one.period or ''} ← {behind}"
        )


def _amendments(parts: Parts) -> Iterator[RenderableType]:
    """What came after the cut-off: beside the closed figures, not in their place."""
    found = _of(parts, AmendmentRecorded)
    if not found:
        return
    table = table_of(
        "截止后更正 after the cut-off", "谁 who", "说了什么 what", "若计入"
    )
    for one in found:
        said = EVENT_TYPES[f"twincity.{one.step}.v1"]
        what = "、".join(
            f"{_called(said, c.pointer[1:])} {c.was or '—'}→{c.now}"
            for c in one.changed
        )
        effect = "；".join(
            f"{e.unit} {e.score_was}→{e.score_now}（第 {e.rank_was or '—'}→"
            f"{e.rank_now or '—'}）"
            for e in one.effects
        )
        counts = "计入 counts：" if one.counts else ""
        table.add_row(
            f"{one.number}  {one.recorded:%Y-%m-%d}",
            one.party,
            escape(f"{said.words.zh} {what}"),
            f"{counts}{effect or '不变'}",
        )
    yield table


def _called(said: EventType, field: str) -> str:
    words = said.field_words(field)
    return words.zh if words else field


def _of(parts: Parts, kind: type[Any]) -> list[Any]:
    return [one for _, one in sorted(parts.items()) if isinstance(one, kind)]


def _short(subject: str) -> str:
    """``chengdu.deyang/s11``: the kind is said by the heading."""
    return subject.partition("/")[2]
