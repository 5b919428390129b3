"""``twincity import``, ``export``, ``template``: spreadsheets, as offices send them.

A list is said in three steps, none of which is silent: a guess is shown with its
score; a person confirms it, and it is kept as the publisher's profile; every run
shows what would be said before anything is.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape

from services.cli.lines import CHINA
from services.cli.terminal import Json, out, print_json, table_of, warn
from services.runtime.errors import TwinCityError, WrongSetting, sentence
from services.runtime.settings import Settings, with_kafka
from services.sheets.body import WORDS
from services.sheets.bounded import read_bounded
from services.sheets.columns import event_type
from services.sheets.guessing import guess
from services.sheets.listing import File, Listing, Said, listed, opened
from services.sheets.profile import UNKNOWN, Corrections, Profile, dump, load
from services.sheets.reading import LARGEST_FILE, too_large
from services.sheets.template import exact_profile
from twincity_schemas.catalogue import receipts, topics
from twincity_schemas.parties import Registry
from twincity_schemas.problems import Problem, WrongValueError, translate
from twincity_schemas.receipt import ReceiptIssued, Verdict

_SHOWN = 20
"""So many statements a preview spells out; ``--json`` has all."""


def open_file(path: Path) -> File:
    """Read a spreadsheet.

    Raises:
        TwinCityError: it is none, or takes too much to read.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise too_large()
        content = path.read_bytes()
        return opened(content, path.name, read_bounded(content))
    except WrongValueError as error:
        raise TwinCityError(f"{path}: {error.zh} {error.en}") from None


def import_list(  # noqa: PLR0913, PLR0917  the options of a command
    file: Annotated[Path, typer.Argument(help="xlsx, xls, ods or csv 表格文件")],
    party: Annotated[str, typer.Option(help="Whose list 主体")],
    profile: Annotated[
        str, typer.Option(help="The table's profile: its name, or a file 映射")
    ] = "",
    profiles: Annotated[
        Path, typer.Option(help="Where profiles are kept 映射目录")
    ] = Path("profiles"),
    fact: Annotated[
        str, typer.Option("--type", help="Such as project.described 陈述类型")
    ] = "",
    members: Annotated[
        str, typer.Option(help="Of the subjects: chengdu,deyang 成员")
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(help="E=total_investment.amount:亿元, or G=- 列"),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="as_of=2024-05 默认值")
    ] = None,
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Confirm and keep the guess 确认映射")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Preview; say nothing 只预览")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read a list, show what it says, and say it 导入表格."""
    settings = Settings.load()
    registry = Registry.load(settings.parties)
    if party not in registry.codes:
        raise TwinCityError(f"{party} is not in the registry 主体未登记")
    opened_file = open_file(file)
    kept = _kept(profiles, party, profile)
    chosen = _chosen(opened_file, kept, party, profile, fact)
    chosen = _corrected(chosen, column or [], set_ or [], members)
    if not (kept and kept.is_file()) and not chosen.exact and not accept:
        _show_guess(chosen, opened_file)
        raise TwinCityError(
            "nothing was said: this is a guess; correct it with --column and --set,"
            " then --accept 未发布：以上为推测，请更正后以 --accept 确认"
        )
    if lacking := chosen.missing():
        raise TwinCityError(sentence(lacking))
    if accept and not chosen.exact:
        _keep(chosen, kept or profiles / party / f"{chosen.name}.toml")
    names = {p.zh: p.code for p in registry.party}
    found = listed(opened_file, chosen, names)
    _show(found, as_json=as_json)
    if found.problems:
        raise TwinCityError(
            f"nothing was said: {len(found.problems)} cells are not understood"
            f" 未发布：{len(found.problems)} 处无法识别"
        )
    if not dry_run:
        asyncio.run(_say(found.said, party, as_json=as_json))


def _kept(profiles: Path, party: str, profile: str) -> Path | None:
    if not profile:
        return None
    return Path(profile) if "/" in profile else profiles / party / f"{profile}.toml"


def _chosen(
    file: File, kept: Path | None, party: str, profile: str, fact: str
) -> Profile:
    if kept is not None and kept.is_file():
        found = load(kept.read_text("utf-8"))
        if found.party != party:
            raise TwinCityError(
                f"{kept} is a profile of {found.party} 映射属于另一主体"
            )
        return found
    name = re.sub(r"[^a-z0-9]+", "-", Path(profile).stem.lower()).strip("-") or "list"
    try:
        if fact:
            event_type(fact)
        first = guess(file.sheets, name, party, fact)
    except KeyError:
        raise TwinCityError(f"there is no statement {fact} 没有该陈述类型") from None
    except ValidationError as error:
        raise TwinCityError(sentence(translate(error))) from None
    return exact_profile(file.sheets, first) or first


def _corrected(
    chosen: Profile, columns: list[str], defaults: list[str], members: str
) -> Profile:
    try:
        changed = Corrections.of(columns, defaults).applied(chosen)
    except ValueError as error:
        raise WrongSetting(f"{error} is no COLUMN=FIELD 写法有误") from None
    if members:
        changed = changed.model_copy(update={"members": tuple(members.split(","))})
    if "hidden" in changed.defaults:
        given = dict(changed.defaults)
        update = {"hidden": given.pop("hidden"), "defaults": given}
        changed = changed.model_copy(update=update)
    try:
        return Profile.model_validate(changed.model_dump())
    except ValidationError as error:
        raise WrongSetting(sentence(translate(error))) from None


def _keep(profile: Profile, path: Path) -> None:
    confirmed = tuple(c.model_copy(update={"score": 1.0}) for c in profile.columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(profile.model_copy(update={"columns": confirmed})), "utf-8")
    warn(f"the profile is kept in {path} 映射已保存")


def _show_guess(profile: Profile, file: File) -> None:
    out.print(escape(f"{profile.type} · {profile.party} · {profile.members}"))
    table = table_of(
        "列 column", "表头 header", "字段 field", "单位 unit", "把握 score"
    )
    for rule in profile.columns:
        mark = "[red]?[/]" if rule.field == UNKNOWN else escape(rule.field)
        table.add_row(
            rule.column, escape(rule.header), mark, rule.unit, f"{rule.score:.1f}"
        )
    out.print(table)
    for read_ in profile.tables:
        rows = "、".join(map(str, read_.header)) or "—"
        out.print(escape(f"✓ {read_.sheet}: 表头第 {rows} 行 header"))
    for sheet in file.sheets:
        if sheet.name not in {t.sheet for t in profile.tables}:
            out.print(escape(f"– {sheet.name}: 不取 not read"))
    for path, value in profile.defaults.items():
        out.print(escape(f"{path} = {value}"))
    _print("[red]✗[/]", profile.missing())


def _print(mark: str, problems: Iterable[Problem]) -> None:
    for one in problems:
        out.print(f"{mark} {escape(f'{one.pointer}  {one.zh} / {one.en}')}")


def _show(found: Listing, *, as_json: bool) -> None:
    if as_json:
        for said in found.said:
            print_json({"from": said.where} | said.event)
        for level, problems in (("problem", found.problems), ("remark", found.remarks)):
            for one in problems:
                print_json({"level": level} | one.model_dump())
        return
    for said in found.said[:_SHOWN]:
        name = said.event["data"].get("name", "")
        out.print(escape(f"{said.where} {said.subject} {name}"))
    if len(found.said) > _SHOWN:
        out.print(f"… {len(found.said) - _SHOWN} (--json)")
    for where, kind, text in found.passed:
        zh, en = WORDS[kind]
        out.print(f"[dim]– {escape(f'{where} {zh} {en}: {text}')}[/]")
    for name in found.sheets:
        out.print(f"[dim]– {escape(name)}: 未取的工作表 sheet that is not read[/]")
    _print("[yellow]![/]", found.remarks)
    _print("[red]✗[/]", found.problems)
    counted = "，".join(f"{WORDS[k][0]} {n}" for k, n in found.counts.items())
    out.print(f"{len(found.said)} 条陈述 statements；{counted}")


@dataclass(frozen=True)
class _Known:
    """What became of a row's statements: the last accepted, and how often each was."""

    last: str
    times: Mapping[str, int]


async def _say(said: list[Said], party: str, *, as_json: bool) -> None:
    """Say what is new or changed, and show the receipts."""
    from services.cli.speaking import Message, Speaking  # noqa: PLC0415

    settings = with_kafka()
    known = await _known(settings, party, said)
    if gone := len(known.keys() - {one.key for one in said}):
        warn(
            f"{gone} rows of earlier files are not in this one; what they said stands"
            f" 此前所报 {gone} 行不在本表中，仍然有效；撤回请另报退出清单"
        )
    now = datetime.now(CHINA).isoformat(timespec="seconds")
    messages = []
    for one in said:
        before = known.get(one.key)
        if before is not None and before.last == one.content:
            continue
        again = before.times.get(one.content, 0) if before else 0
        value = one.message(now, again)
        messages.append(Message(one.where, value, party, one.subject))
    same = len(said) - len(messages)
    if same:
        warn(f"{same} rows say what was said before 行与此前相同，不再发布")
    if not messages:
        return
    if rejected := await Speaking(messages, as_json=as_json).say(settings):
        raise TwinCityError(f"{rejected} of {len(messages)} were rejected 条被退回")


async def _known(settings: Settings, party: str, now: list[Said]) -> dict[str, _Known]:
    """What the party's receipts tell of a profile's rows, in its inbox's order."""
    from services.cli.following import events  # noqa: PLC0415

    wanted = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if topic.name == receipts(party)
    ]
    profiles = {(one.key.partition(".")[0], one.event["type"]) for one in now}
    said: dict[str, list[str]] = {}
    async for _, event in events(settings, wanted):
        receipt = event.data if event else None
        if isinstance(receipt, ReceiptIssued) and receipt.verdict is Verdict.ACCEPTED:
            key, content = row_of(receipt.statement or "")
            if (key.partition(".")[0], receipt.type) in profiles and content:
                said.setdefault(key, []).append(content)
    return {
        key: _Known(all_[-1], {content: all_.count(content) for content in all_})
        for key, all_ in said.items()
    }


def row_of(statement: str) -> tuple[str, str]:
    """Returns which row a statement's id is of, and its content."""
    name, _, rest = statement.partition(".")
    key, _, rest = rest.partition(".")
    return f"{name}.{key}", rest.partition(".")[0]
