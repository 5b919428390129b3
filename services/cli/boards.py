"""``twincity dispatch`` and ``twincity board``: what an official wants to read."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from services.appraisal import handlers as appraisal
from services.cli.following import events, snapshot
from services.cli.terminal import Json, out, print_json
from services.runtime.errors import TwinCityError
from services.runtime.projection import Projection
from services.runtime.settings import Settings, with_kafka
from twincity_schemas.amendment import AmendmentRecorded
from twincity_schemas.board import Colour
from twincity_schemas.board_record import (
    AppealRecorded,
    BoardRecorded,
    StandingRecorded,
)
from twincity_schemas.catalogue import (
    APPRAISAL_RECORDS,
    KINDS,
    Topic,
    statements,
    topics,
)
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DecisionState,
    DispatchRecorded,
    LineRecorded,
    Reporting,
)
from twincity_schemas.light import Light
from twincity_schemas.parties import Registry

dispatch_app = typer.Typer(
    help="Monthly dispatch, quarterly drill 月调度、季拉练", no_args_is_help=True
)
board_app = typer.Typer(help="Red and black boards 红黑榜", no_args_is_help=True)

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
    Light.NONE: "dim",
}

Parts = Mapping[str, Any]
"""A subject's records by part; ``""`` is its header."""

Dispatch = Annotated[
    str, typer.Argument(help="Such as dispatch/chengdu.deyang/2024-08")
]
Board = Annotated[str, typer.Argument(help="Such as board/chengdu/2024-q3")]


@dispatch_app.command("show")
def show_dispatch(subject: Dispatch, *, as_json: Json = False) -> None:
    """Print a dispatch: reported, silent, obstacles, decisions 调度单."""
    parts = _parts(subject)
    if not isinstance(parts[""], DispatchRecorded):
        raise TwinCityError(f"{subject} is not a dispatch 不是调度")
    _print(dispatch_parts(parts), parts, as_json=as_json)


@board_app.command("show")
def show_board(subject: Board, *, as_json: Json = False) -> None:
    """Print a board: rules, ranks, red, black, and why 红黑榜."""
    parts = _parts(subject)
    if not isinstance(parts[""], BoardRecorded):
        raise TwinCityError(f"{subject} is not a board 不是榜单")
    _print(board_parts(parts), parts, as_json=as_json)


def _print(tables: Iterator[RenderableType], parts: Parts, *, as_json: bool) -> None:
    if as_json:
        for _, record in sorted(parts.items()):
            print_json(record.model_dump(mode="json"))
        return
    for table in tables:
        out.print(table)


@dispatch_app.command("verify")
def verify_dispatch(subject: Dispatch) -> None:
    """Compute a dispatch again from what was said; status 1 if it differs 复算."""
    _verify(subject, "dispatch")


@board_app.command("verify")
def verify_board(subject: Board) -> None:
    """Compute a board again from what was said; status 1 if it differs 复算."""
    _verify(subject, "board")


def _verify(subject: str, kind: str) -> None:
    if not subject.startswith(f"{kind}/"):
        raise TwinCityError(f"{subject} is not a {kind} 事项类别不符")
    settings = with_kafka()
    published = asyncio.run(_published(settings, subject))
    if subject not in published:
        raise TwinCityError(f"there is no record of {subject} 没有该事项的记录")
    computed = asyncio.run(_computed(settings, subject))
    differing = sorted(
        key
        for key in computed.keys() | published.keys()
        if computed.get(key) != published.get(key)
    )
    if differing:
        raise TwinCityError(
            f"{differing[0]} is not what the statements come to ({len(differing)} of"
            f" {len(published)} records differ) 复算结果与发布不一致"
        )
    size = sum(map(len, published.values()))
    out.print(
        f"[green]✓[/] {subject}  {len(published)} records, {size} bytes 逐字节一致"
    )


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
    obstacles = _table("未销号症结 obstacle", "状态", "现负责", "时限", "")
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
    table = _table(
        "项目 project", "灯", "成员 member", "报送", "完成率%", "超时序", "截止后更正"
    )
    for line in lines:
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
    table = _table(title, "责任方", "时限", "状态", "")
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
    rules = _table(f"规则 rules {record.rules.name}", "口径", "权重", "目标")
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
    table = _table(title, "名次", "得分", "目标", "榜", "申诉后 final")
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
    table = _table("截止后更正 after the cut-off", "谁 who", "说了什么 what", "若计入")
    for one in found:
        what = "、".join(f"{c.pointer[1:]} {c.was or '—'}→{c.now}" for c in one.changed)
        effect = "；".join(
            f"{e.unit} {e.score_was}→{e.score_now}（第 {e.rank_was or '—'}→"
            f"{e.rank_now or '—'}）"
            for e in one.effects
        )
        counts = "计入 counts：" if one.counts else ""
        table.add_row(
            f"{one.number}  {one.recorded:%Y-%m-%d}",
            one.party,
            escape(f"{one.step} {what}"),
            f"{counts}{effect or '不变'}",
        )
    yield table


def _of(parts: Parts, kind: type[Any]) -> list[Any]:
    return [one for _, one in sorted(parts.items()) if isinstance(one, kind)]


def _short(subject: str) -> str:
    """``chengdu.deyang/s11``: the kind is said by the heading."""
    return subject.partition("/")[2]


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _parts(subject: str) -> Parts:
    settings = with_kafka()
    found = asyncio.run(_events(settings, subject))
    if "" not in found:
        raise TwinCityError(f"there is no record of {subject} 没有该事项的记录")
    return found


async def _events(settings: Settings, subject: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async for record, event in events(settings, _topics(settings, APPRAISAL_RECORDS)):
        about, _, part = (record.key or b"").decode(errors="replace").partition("#")
        if about == subject:
            found[part] = event.data if event is not None else None
    return {part: data for part, data in found.items() if data is not None}


async def _published(settings: Settings, subject: str) -> dict[str, bytes]:
    """A subject's records as they were published, by key."""
    found: dict[str, bytes | None] = {}
    async for record in snapshot(settings, _topics(settings, APPRAISAL_RECORDS)):
        key = (record.key or b"").decode(errors="replace")
        if key.partition("#")[0] == subject:
            found[key] = record.value
    return {key: value for key, value in found.items() if value is not None}


async def _computed(settings: Settings, subject: str) -> dict[str, bytes]:
    """The records of an appraised subject, from the trusted statements alone."""
    projection = Projection(appraisal.SERVICE, appraisal.KINDS)
    read = [statements(k) for k, about in KINDS.items() if "appraisal" in about.readers]
    wanted = _topics(settings, *read)
    projection.remember(
        [event async for _, event in events(settings, wanted) if event is not None]
    )
    return {
        key.decode(): value
        for (topic, key), value in projection.records(subject).items()
        if topic == APPRAISAL_RECORDS
    }


def _topics(settings: Settings, *names: str) -> list[Topic]:
    catalogue = topics(Registry.load(settings.parties))
    return [topic for topic in catalogue if topic.name in names]
