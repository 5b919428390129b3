"""``twincity dispatch`` and ``twincity board``: what an official wants to read."""

import asyncio
from collections.abc import Iterator
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
from twincity_schemas.board_record import BoardRecorded, Colour, UnitRecord
from twincity_schemas.catalogue import (
    APPRAISAL_RECORDS,
    KINDS,
    Topic,
    statements,
    topics,
)
from twincity_schemas.dispatch_record import (
    DecisionRecord,
    DecisionState,
    DispatchRecorded,
    Reporting,
)
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
}


@dispatch_app.command("show")
def show_dispatch(
    subject: Annotated[
        str, typer.Argument(help="Such as dispatch/chengdu.deyang/2024-08")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Print a dispatch: reported, silent, obstacles, decisions 调度单."""
    record = _record(subject)
    if not isinstance(record, DispatchRecorded):
        raise TwinCityError(f"{subject} is not a dispatch 不是调度")
    if as_json:
        print_json(record.model_dump(mode="json"))
        return
    for part in dispatch_parts(record):
        out.print(part)


@board_app.command("show")
def show_board(
    subject: Annotated[str, typer.Argument(help="Such as board/chengdu/2024-q3")],
    *,
    as_json: Json = False,
) -> None:
    """Print a board: ranks, red, black, and why 红黑榜."""
    record = _record(subject)
    if not isinstance(record, BoardRecorded):
        raise TwinCityError(f"{subject} is not a board 不是榜单")
    if as_json:
        print_json(record.model_dump(mode="json"))
        return
    for part in board_parts(record):
        out.print(part)


@board_app.command("verify")
def verify_board(
    subject: Annotated[str, typer.Argument(help="Such as board/chengdu/2024-q3")],
) -> None:
    """Compute a board again from what was said; status 1 if it differs 复算."""
    settings = with_kafka()
    published = asyncio.run(_published(settings, subject))
    if published is None:
        raise TwinCityError(f"there is no record of {subject} 没有该事项的记录")
    computed = asyncio.run(_computed(settings, subject))
    if computed != published:
        raise TwinCityError(
            f"{subject} is not what the statements come to 复算结果与发布不一致"
        )
    out.print(f"[green]✓[/] {subject}  {len(published)} bytes 逐字节一致")


def dispatch_parts(record: DispatchRecorded) -> Iterator[RenderableType]:
    """A dispatch as tables."""
    yield (
        f"[bold]{record.kind.words.zh}[/] {record.year} 年 1—{record.through_month} 月"
        f"，截止 {record.cut_off:%Y-%m-%d %H:%M}，{record.called_by} 召集；应报"
        f" {len(record.due)}，按时 [green]{record.on_time}[/]，迟报"
        f" [yellow]{record.late}[/]，未报 [red]{record.silent}[/]"
    )
    table = _table(
        "项目 project", "成员 member", "报送", "完成率%", "超时序", "截止后更正"
    )
    for due in record.due:
        figures, later = due.figures, due.correction
        table.add_row(
            _short(due.project),
            due.party,
            f"[{_REPORTING[due.state]}]{due.state.words.zh}[/] {due.state.words.en}",
            str(figures.rate) if figures and figures.rate is not None else "—",
            f"{figures.lead:+}" if figures and figures.lead is not None else "—",
            f"{later.rate or '—'}（{later.recorded:%m-%d}）" if later else "",
        )
    yield table
    if record.obstacles:
        table = _table("未销号症结 obstacle", "状态", "现负责", "时限", "")
        for obstacle in record.obstacles:
            table.add_row(
                f"{escape(obstacle.title)}（{_short(obstacle.project)}）",
                obstacle.state.words.zh,
                obstacle.party,
                obstacle.due,
                "[red]逾期 overdue[/]" if obstacle.overdue else "",
            )
        yield table
    if record.followed_up:
        yield _decisions("上次议定的落实 followed up", record.followed_up)
    if record.decisions:
        yield _decisions("本次议定 decided", record.decisions)


def _decisions(title: str, decisions: tuple[DecisionRecord, ...]) -> Table:
    table = _table(title, "责任方", "时限", "状态")
    for decision in decisions:
        colour = "red" if decision.state is DecisionState.OPEN else "green"
        table.add_row(
            escape(decision.what),
            f"{decision.party} {escape(decision.unit.name)}",
            decision.due,
            f"[{colour}]{decision.state.words.zh}[/] {decision.state.words.en}",
        )
    return table


def board_parts(record: BoardRecorded) -> Iterator[RenderableType]:
    """A board as tables, a sequence each."""
    yield (
        f"[bold]红黑榜[/] {record.year} 年 1—{record.through_month} 月，规则"
        f" {record.rules}，截止 {record.cut_off:%Y-%m-%d %H:%M}，{record.opened_by}"
    )
    for sequence in record.sequences:
        words = sequence.sequence.words
        table = _table(f"{words.zh} {words.en}", "名次", "得分", "目标", "榜")
        for unit in sequence.units:
            table.add_row(
                escape(unit.name),
                str(unit.rank) if unit.rank else "免责 exempt",
                str(unit.score),
                "完成" if unit.met else "未完成",
                f"[{_COLOURS[unit.colour]}]{unit.colour.words.zh}[/]"
                f" {unit.colour.words.en}",
            )
        yield table
        for unit in sequence.units:
            yield from _figures(unit)


def _figures(unit: UnitRecord) -> Iterator[str]:
    """Each figure of a unit, with the statements that it rests on."""
    for figure in unit.figures:
        actual = "—" if figure.actual is None else str(figure.actual)
        behind = "、".join(figure.statements) or "—"
        yield escape(
            f"    {unit.unit} {figure.measure}: {actual} / {figure.target} ← {behind}"
        )


def _short(subject: str) -> str:
    """``chengdu.deyang/s11``: the kind is said by the heading."""
    return subject.partition("/")[2]


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _record(subject: str) -> Any:
    settings = with_kafka()
    found = asyncio.run(_event(settings, subject))
    if found is None:
        raise TwinCityError(f"there is no record of {subject} 没有该事项的记录")
    return found


async def _event(settings: Settings, subject: str) -> Any | None:
    data = None
    async for record, event in events(settings, _topics(settings, APPRAISAL_RECORDS)):
        if record.key == subject.encode() and event is not None:
            data = event.data
    return data


async def _published(settings: Settings, subject: str) -> bytes | None:
    value: bytes | None = None
    async for record in snapshot(settings, _topics(settings, APPRAISAL_RECORDS)):
        if record.key == subject.encode():
            value = record.value
    return value


async def _computed(settings: Settings, subject: str) -> bytes:
    """The record of an appraised subject, from the trusted statements alone."""
    projection = Projection(appraisal.SERVICE, appraisal.KINDS)
    read = [statements(k) for k, about in KINDS.items() if "appraisal" in about.readers]
    wanted = _topics(settings, *read)
    projection.remember(
        [event async for _, event in events(settings, wanted) if event is not None]
    )
    return projection.records(subject).get((APPRAISAL_RECORDS, subject.encode()), b"")


def _topics(settings: Settings, *names: str) -> list[Topic]:
    catalogue = topics(Registry.load(settings.parties))
    return [topic for topic in catalogue if topic.name in names]
