"""``twincity dispatch`` and ``twincity board``: what an official wants to read."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from services.appraisal import service as appraisal
from services.cli.appraised import Parts, dispatch_parts
from services.cli.board_tables import board_parts
from services.cli.following import events, snapshot
from services.cli.naming import Names
from services.cli.terminal import Json, out, print_json
from services.gateway.pages.telling import Tell
from services.runtime.errors import TwinCityError
from services.runtime.projection import Projection
from services.runtime.settings import Settings, with_kafka
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import APPRAISAL_RECORDS, KINDS, statements, topics

dispatch_app = typer.Typer(
    help="Monthly dispatch, quarterly drill 月调度、季拉练", no_args_is_help=True
)
board_app = typer.Typer(help="Red and black boards 红黑榜", no_args_is_help=True)

Dispatch = Annotated[
    str, typer.Argument(help="Such as dispatch/chengdu.deyang/2024-08")
]
Board = Annotated[str, typer.Argument(help="Such as board/chengdu/2024-q3")]


@dispatch_app.command("show")
def show_dispatch(subject: Dispatch, *, as_json: Json = False) -> None:
    """Print a dispatch: reported, silent, obstacles, decisions 调度单."""
    _show(subject, "dispatch", dispatch_parts, as_json=as_json)


@board_app.command("show")
def show_board(subject: Board, *, as_json: Json = False) -> None:
    """Print a board: rules, ranks, red, black, and why 红黑榜."""
    _show(subject, "board", _board_alone, as_json=as_json)


Tables = Callable[[Parts, Tell, Parts], Iterator[RenderableType]]
"""Of a subject's records, in a reader's words, beside those of the one before."""


def _board_alone(parts: Parts, tell: Tell, _before: Parts) -> Iterator[RenderableType]:
    return board_parts(parts, tell)


def _show(
    subject: str,
    kind: str,
    tables: Tables,
    *,
    as_json: bool,
) -> None:
    settings = _of_kind(subject, kind)
    asyncio.run(_print(settings, subject, tables, as_json=as_json))


async def _print(
    settings: Settings,
    subject: str,
    tables: Tables,
    *,
    as_json: bool,
) -> None:
    names = Names(settings)
    parts = await _parts(settings, names.tell.registry, subject)
    if as_json:
        for _, record in sorted(parts.items()):
            print_json(record.model_dump(mode="json"))
        return
    await names.read()
    previous = getattr(parts[""], "previous", None)
    before = await _all_parts(settings, names.tell.registry, previous)
    for table in tables(parts, names.tell, before):
        out.print(table)


def _of_kind(subject: str, kind: str) -> Settings:
    """Returns the settings, where the subject is of the command's kind.

    Raises:
        TwinCityError: it is of another.
    """
    if not subject.startswith(f"{kind}/"):
        raise TwinCityError(f"{subject} is not a {kind} 事项类别不符")
    return with_kafka()


@dispatch_app.command("verify")
def verify_dispatch(subject: Dispatch) -> None:
    """Compute a dispatch again from what was said; status 1 if it differs 复算."""
    _verify(subject, "dispatch")


@board_app.command("verify")
def verify_board(subject: Board) -> None:
    """Compute a board again from what was said; status 1 if it differs 复算."""
    _verify(subject, "board")


def _verify(subject: str, kind: str) -> None:
    settings = _of_kind(subject, kind)
    registry = Registry.load(settings.parties)
    published = asyncio.run(_published(settings, registry, subject))
    if subject not in published:
        raise TwinCityError(f"there is no record of {subject} 没有该事项的记录")
    computed = asyncio.run(_computed(settings, registry, subject))
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


async def _parts(settings: Settings, registry: Registry, subject: str) -> Parts:
    parts = await _all_parts(settings, registry, subject)
    if "" not in parts:
        raise TwinCityError(f"there is no record of {subject} 没有该事项的记录")
    return parts


async def _all_parts(
    settings: Settings, registry: Registry, subject: str | None
) -> Parts:
    if subject is None:
        return {}
    documents: dict[str, Any] = {}
    wanted = _topics(registry, APPRAISAL_RECORDS)
    async for record, event in events(settings, wanted):
        about, _, part = (record.key or b"").decode(errors="replace").partition("#")
        if about == subject:
            documents[part] = event.data if event is not None else None
    return {part: data for part, data in documents.items() if data is not None}


async def _published(
    settings: Settings, registry: Registry, subject: str
) -> dict[str, bytes]:
    """A subject's records as they were published, by key."""
    values: dict[str, bytes | None] = {}
    async for record in snapshot(settings, _topics(registry, APPRAISAL_RECORDS)):
        key = (record.key or b"").decode(errors="replace")
        if key.partition("#")[0] == subject:
            values[key] = record.value
    return {key: value for key, value in values.items() if value is not None}


async def _computed(
    settings: Settings, registry: Registry, subject: str
) -> dict[str, bytes]:
    """The records of an appraised subject, from the trusted statements alone."""
    projection = Projection(appraisal.SERVICE, appraisal.KINDS)
    read = [statements(k) for k, about in KINDS.items() if "appraisal" in about.readers]
    wanted = _topics(registry, *read)
    projection.remember(
        [event async for _, event in events(settings, wanted) if event is not None]
    )
    return {
        key.decode(): value
        for (topic, key), value in projection.records(subject).items()
        if topic == APPRAISAL_RECORDS
    }


def _topics(registry: Registry, *names: str) -> list[Topic]:
    return [topic for topic in topics(registry) if topic.name in names]
