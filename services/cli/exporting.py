"""``twincity template`` and ``export``: workbooks that import reads back."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from services.cli.lines import as_cloudevent
from services.cli.terminal import out
from services.runtime.errors import TwinCityError
from services.runtime.settings import with_kafka
from services.sheets.columns import at, event_type
from services.sheets.listing import KEYS
from services.sheets.writing import template as empty
from services.sheets.writing import workbook
from twincity_schemas.message import STRUCTURED, parse
from twincity_schemas.parties import Registry
from twincity_schemas.problems import WrongValueError
from twincity_schemas.topology import KINDS, statements, topics


def template(
    fact: Annotated[str, typer.Argument(help="Such as project.described 填报类型")],
    to: Annotated[Path | None, typer.Option("--to", "-o", help="The file 文件")] = None,
) -> None:
    """Write an empty workbook to fill in 空白表格."""
    path = to or Path(f"{fact}.xlsx")
    try:
        path.write_bytes(empty(fact))
    except KeyError:
        raise TwinCityError(f"there is no statement {fact} 没有该填报类型") from None
    out.print(escape(str(path)))


def export(
    fact: Annotated[str, typer.Argument(help="Such as project.described 填报类型")],
    files: Annotated[
        list[str] | None,
        typer.Argument(help="CloudEvents; default: what was said on Kafka 填报"),
    ] = None,
    party: Annotated[str, typer.Option(help="Only this party's 主体")] = "",
    to: Annotated[Path | None, typer.Option("--to", "-o", help="The file 文件")] = None,
) -> None:
    """Write statements into a workbook that import reads back 导出表格."""
    try:
        name = event_type(fact).name
    except KeyError:
        raise TwinCityError(f"there is no statement {fact} 没有该填报类型") from None
    statements = _of_files(files) if files else asyncio.run(_of_kafka(fact))
    wanted = [
        event
        for event in statements
        if event["type"] == name and party in {"", str(event["source"]).split("/")[1]}
    ]
    path = to or Path(f"{fact}.xlsx")
    try:
        path.write_bytes(workbook(fact, wanted))
    except WrongValueError as error:
        raise TwinCityError(f"{error.zh} {error.en}") from None
    out.print(escape(f"{path}: {len(wanted)} 条填报 statements"))


def _of_files(files: list[str]) -> list[dict[str, Any]]:
    from services.cli.contract import cloudevent, texts  # noqa: PLC0415  slow to import: this command alone waits

    headers = [("content-type", STRUCTURED.encode())]
    return [as_cloudevent(parse(headers, cloudevent(text))) for _, text in texts(files)]


async def _of_kafka(fact: str) -> list[dict[str, Any]]:
    """Returns what each party said last of each subject."""
    from services.cli.following import events  # noqa: PLC0415  slow to import: this command alone waits

    settings = with_kafka()
    kind = event_type(fact).subject
    if kind not in KINDS:
        raise TwinCityError(f"{fact} is not kept on Kafka 该类填报不可导出")
    wanted = [
        t for t in topics(Registry.load(settings.parties)) if t.name == statements(kind)
    ]
    documents: dict[tuple[str, ...], dict[str, Any]] = {}
    async for _, event in events(settings, wanted):
        if event is not None and event.type.fact == event_type(fact).fact:
            document = as_cloudevent(event)
            apart = [str(at(document["data"], path)) for path in KEYS]
            documents[document["source"], document["subject"], *apart] = document
    return list(documents.values())
