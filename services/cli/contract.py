"""``twincity contract``: the contract, read and applied without a broker."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from services.cli.terminal import Json, out, print_json
from services.runtime.errors import TwinCityError
from services.runtime.settings import Language
from twincity_schemas.ambiguity import ambiguities
from twincity_schemas.comparison import ContractEffect
from twincity_schemas.contract import Document, contract, load
from twincity_schemas.evolution import FieldReader, changes, load_readers
from twincity_schemas.message import STRUCTURED, parse
from twincity_schemas.problems import ContractError, Problem, problem
from twincity_schemas.statement import Statement

app = typer.Typer(
    help="The contract: list, show, check, changes 契约", no_args_is_help=True
)


@app.command("list")
def list_types(*, as_json: Json = False) -> None:
    """Every event type: name, title, who says it 事件类型一览."""
    if as_json:
        for name, event in contract()["events"].items():
            titles = {
                "zh": event["schema"]["x-title-zh"],
                "en": event["schema"]["title"],
            }
            print_json({"type": name, **titles, "statement": event["statement"]})
        return
    table = Table(box=None, pad_edge=False)
    # Names are copied from here: none is cut, however narrow the terminal.
    longest = max(map(len, contract()["events"]))
    for heading in ("event type 事件类型", "中文", "English", "by 发布者"):
        name = heading.startswith("event")
        table.add_column(heading, no_wrap=True, min_width=longest if name else None)
    for name, event in contract()["events"].items():
        schema = event["schema"]
        by = "party 主体" if event["statement"] else "service 系统"
        table.add_row(name, schema["x-title-zh"], schema["title"], by)
    out.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Such as project.described")],
    language: Annotated[
        Language, typer.Option("--language", "-l", help="zh or en 语言")
    ] = Language.ZH,
    *,
    as_json: Json = False,
) -> None:
    """Show an event type: its fields, their types and codes 显示一个事件类型."""
    events = contract()["events"]
    matching = [n for n, event in events.items() if name in {n, event["fact"]}]
    if not matching:
        known = ", ".join(event["fact"] for event in events.values())
        raise TwinCityError(f"there is no event type {name}: {known} 没有该事件类型")
    event = events[matching[0]]
    if as_json:
        print_json({"type": matching[0]} | event)
        return
    schema, parts = event["schema"], event["schema"].get("$defs", {})
    title, description = _words(schema, language)
    out.print(f"[bold]{escape(matching[0])}[/]  {escape(title)}")
    out.print(escape(description))
    if event["deprecation"]:
        out.print(f"[yellow]deprecated 停用中[/] {json.dumps(event['deprecation'])}")
    for path, field, required in _fields(schema, parts):
        title, description = _words(field, language)
        mark = "[red]*[/]" if required else " "
        kind = escape(_kind(field, parts))
        out.print(f"{mark}[bold]{escape(path)}[/]  {escape(title)}  [dim]{kind}[/]")
        out.print(f"    {escape(description)}")


@app.command()
def check(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, or - for lines of JSON")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Check messages as admission would; status 1 if any is wrong 校验.

    A message is a CloudEvent in JSON, or an object of ``envelope`` and ``data``
    as the examples are. On standard input each line is one.
    """
    messages = list(texts(paths))
    if not messages:
        raise TwinCityError("there is no message to check 没有可校验的消息")
    if wrong := check_all(messages, as_json=as_json):
        raise TwinCityError(
            f"{wrong} of {len(messages)} do not keep the contract {wrong} 条不符合契约"
        )


@app.command("changes")
def changes_between(
    old: Annotated[Path, typer.Argument(help="A released contract 已发布的契约")],
    new: Annotated[
        Path | None, typer.Argument(help="A later one; else the present 较新的契约")
    ] = None,
    readers: Annotated[
        Path | None,
        typer.Option(help="Who uses which fields: schemas/readers.json 读者声明"),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what changed between two contracts; status 1 if it breaks 变化."""
    declared = _readers(readers) if readers else ()
    later = _load(new) if new else contract()
    changed = changes(_load(old), later, declared, datetime.now(UTC).date())
    colours = dict(zip(ContractEffect, ("red", "yellow", "green"), strict=True))
    for change in changed:
        if as_json:
            print_json(asdict(change))
            continue
        words = change.effect.words
        out.print(
            f"[{colours[change.effect]}]{words.zh} {words.en}[/]"
            f" {escape(change.of + change.pointer)}"
        )
        out.print(f"    {escape(change.zh)}\n    {escape(change.en)}")
    breaking = sum(change.effect is ContractEffect.BREAKING for change in changed)
    if breaking:
        raise TwinCityError(
            f"{breaking} changes break somebody {breaking} 处破坏性变化"
        )
    if not changed and not as_json:
        out.print("nothing changed 没有变化")


def _load(path: Path) -> Document:
    try:
        return load(path)
    except (OSError, ValueError) as error:
        raise TwinCityError(f"{path} is not a contract 不是契约: {error}") from None


def _readers(path: Path) -> tuple[FieldReader, ...]:
    try:
        return load_readers(path)
    except (OSError, ValueError) as error:
        raise TwinCityError(
            f"{path} declares no readers 不是读者声明: {error}"
        ) from None


def texts(paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The messages in files, folders, and the lines of standard input for ``-``.

    Raises:
        TwinCityError: one cannot be read.
    """
    for name in paths:
        path = Path(name)
        try:
            if name == "-":
                for number, text in enumerate(sys.stdin.buffer, start=1):
                    if text.strip():
                        yield f"line {number}", text
            elif path.is_dir():
                for file in sorted(path.rglob("*.json")):
                    yield str(file), file.read_bytes()
            else:
                yield name, path.read_bytes()
        except OSError as error:
            raise TwinCityError(f"cannot be read 无法读取: {error}") from None


def check_all(messages: Iterable[tuple[str, bytes]], *, as_json: bool) -> int:
    """Check messages against the contract and print; gives how many are wrong."""

    def checked() -> Iterator[tuple[str, bool, list[Problem]]]:
        for where, text in messages:
            try:
                yield where, True, _warnings(text)
            except ContractError as error:
                yield where, False, list(error.problems)

    return print_checked(checked(), as_json=as_json)


def print_checked(
    checked: Iterable[tuple[str, bool, list[Problem]]], *, as_json: bool
) -> int:
    """Print of each message whether it is good and what there is to say of it.

    Returns:
        how many are not.
    """
    wrong = 0
    for where, good, problems in checked:
        wrong += not good
        if as_json:
            documents = [one.model_dump() for one in problems]
            print_json({"from": where, "keeps_contract": good, "problems": documents})
        else:
            mark = "[green]✓[/]" if good else "[red]✗[/]"
            out.print(f"{mark} {escape(where)}")
            _print(problems)
    return wrong


def _warnings(text: bytes) -> list[Problem]:
    """Read a message as the gate does.

    Raises:
        ContractError: with everything that is wrong with it.
    """
    event = parse([("content-type", STRUCTURED.encode())], cloudevent(text), gate=True)
    return event.data.warnings() if isinstance(event.data, Statement) else []


def cloudevent(text: bytes) -> bytes:
    """The examples' form (envelope, data) as a CloudEvent in JSON.

    Raises:
        ContractError: it is JSON, but neither form.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text  # whoever parses it says what is wrong
    match document:
        case {"envelope": dict(envelope), "data": data, **rest} if not rest:
            if problems := ambiguities(text):
                raise ContractError(problems)
            return json.dumps(envelope | {"data": data}, ensure_ascii=False).encode(
                errors="surrogatepass"
            )
        case {"specversion": _}:
            return text
        case _:
            raise ContractError(
                [
                    problem(
                        "",
                        "not_a_message",
                        "应为 CloudEvents JSON，或含 envelope 与 data 的对象",
                        "must be a CloudEvent in JSON, or have envelope and data",
                    )
                ]
            )


def _print(problems: Iterable[Problem]) -> None:
    for one in problems:
        where = one.pointer or "/"
        out.print(f"    {escape(where)}  {escape(one.zh)}  {escape(one.en)}")


def _words(worded: Document, language: Language) -> tuple[str, str]:
    if language is Language.ZH:
        return worded.get("x-title-zh", ""), worded.get("x-description-zh", "")
    return worded.get("title", ""), worded.get("description", "")


def _fields(
    schema: Document, parts: Document, under: str = ""
) -> Iterator[tuple[str, Document, bool]]:
    """Every field, those of its parts too, with its dotted path."""
    for name, field in schema.get("properties", {}).items():
        path = f"{under}{name}"
        worded = parts.get(_referenced(field), {}) | field
        yield path, worded, name in schema.get("required", ())
        for step, reference in _inner(field):
            yield from _fields(parts[reference], parts, f"{path}{step}.")


def _inner(field: Document) -> Iterator[tuple[str, str]]:
    """The parts that a field is made of, and how a path gets into them."""
    forms: list[Document] = field.get("anyOf", [field])
    for form in forms:
        if reference := _referenced(form):
            yield "", reference
        inner = {"[]": form.get("items"), "{}": form.get("additionalProperties")}
        for step, part in inner.items():
            if isinstance(part, dict) and (reference := _referenced(part)):
                yield step, reference


def _referenced(schema: Document) -> str:
    return str(schema.get("$ref", "")).removeprefix("#/$defs/")


def _kind(schema: Any, parts: Document) -> str:  # noqa: PLR0911  one for each kind
    """A type in few words."""
    if reference := _referenced(schema):
        return _kind(parts[reference], parts)
    match schema:
        case {"enum": codes}:
            return " | ".join(codes)
        case {"anyOf": forms}:
            kinds = [_kind(form, parts) for form in forms]
            return " | ".join(kind for kind in kinds if kind != "null")
        case {"type": "array", "items": items}:
            return f"list of {_kind(items, parts)}"
        case {"type": "string", "pattern": str(pattern)} if pattern != r"\S":
            return f"string {pattern}"
        case {"type": str(kind)}:
            return kind
        case _:
            return "any"
