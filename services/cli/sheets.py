"""``twincity import``, ``export``, ``template``: spreadsheets, as offices send them.

A list is said in three steps, none of which is silent: a guess is shown with its
score; a person confirms it, and it is kept as the publisher's profile; every run
shows what would be said before anything is.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from services.cli.lines import CHINA
from services.cli.terminal import Json, out, print_json, table_of, warn
from services.runtime.errors import TwinCityError, WrongSetting, sentence
from services.runtime.settings import Settings, with_kafka
from services.sheets.body import WORDS
from services.sheets.bounded import preview_bounded
from services.sheets.choosing import ListRequest, profile_name
from services.sheets.kept import keep, profile_file, profile_in
from services.sheets.listing import ListedStatement, Listing
from services.sheets.preview import ListPreview
from services.sheets.profile import UNKNOWN
from services.sheets.reading import LARGEST_FILE, too_large
from services.sheets.repeating import Accepted, unsaid
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError, Problem, WrongValueError
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.topology import receipts, topics

_SHOWN = 20
"""So many statements a preview spells out; ``--json`` has all."""


def import_list(  # noqa: PLR0913, PLR0917  the options of a command
    file: Annotated[Path, typer.Argument(help="xlsx, xls, ods or csv 表格文件")],
    party: Annotated[str, typer.Option(help="Whose list 主体")],
    profile: Annotated[
        str, typer.Option(help="The table's profile: its name, or a file 映射")
    ] = "",
    profiles: Annotated[
        Path | None, typer.Option(help="Where profiles are kept 映射目录")
    ] = None,
    fact: Annotated[
        str, typer.Option("--type", help="Such as project.described 填报类型")
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
        bool, typer.Option("--dry-run", help="ListPreview; say nothing 只预览")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read a list, show what it says, and say it 导入表格."""
    settings = Settings.load()
    registry = Registry.load(settings.parties)
    if party not in registry.codes:
        raise TwinCityError(f"{party} is not in the registry 主体未登记")
    profile_file = _kept(profiles or settings.profiles, party, profile)
    known = profile_in(profile_file)
    wanted = ListRequest(
        party=party,
        name=profile_name(Path(profile).stem),
        kept=known,
        fact=fact,
        members=tuple(members.split(",")) if members else (),
        columns=tuple(column or ()),
        defaults=tuple(set_ or ()),
    )
    preview = read_file(file, wanted, {p.zh: p.code for p in registry.party})
    if preview.guessed and known is None and not accept:
        _show_guess(preview)
        raise TwinCityError(
            "nothing was said: this is a guess; correct it with --column and --set,"
            " then --accept 未发布：以上为推测，请更正后以 --accept 确认"
        )
    if preview.missing:
        raise TwinCityError(sentence(preview.missing))
    if accept and not preview.profile.exact:
        warn(f"the profile is kept in {keep(preview.profile, profile_file)} 映射已保存")
    listing = preview.listing
    _show(listing, as_json=as_json)
    if listing.problems:
        raise TwinCityError(
            f"nothing was said: {len(listing.problems)} cells are not understood"
            f" 未发布：{len(listing.problems)} 处无法识别"
        )
    if not dry_run:
        asyncio.run(_say(listing.statements, party, as_json=as_json))


def _kept(profiles: Path, party: str, profile: str) -> Path:
    if "/" in profile:
        return Path(profile)
    return profile_file(profiles, party, profile_name(profile))


def read_file(
    path: Path, wanted: ListRequest, parties: Mapping[str, str]
) -> ListPreview:
    """Read a spreadsheet.

    Raises:
        TwinCityError: it is none, or takes too much to read; or what was said of it
            is wrong.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise too_large()
        return preview_bounded(path.read_bytes(), path.name, wanted, parties)
    except WrongValueError as error:
        raise (WrongSetting if error.code == "correction" else TwinCityError)(
            f"{path}: {error.zh} {error.en}"
        ) from None
    except ContractError as error:
        raise WrongSetting(sentence(error.problems)) from None


def _show_guess(preview: ListPreview) -> None:
    profile = preview.profile
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
    for name in preview.sheets:
        if name not in {t.sheet for t in profile.tables}:
            out.print(escape(f"– {name}: 不取 not read"))
    for path, value in profile.defaults.items():
        out.print(escape(f"{path} = {value}"))
    _print("[red]✗[/]", preview.missing)


def _print(mark: str, problems: Iterable[Problem]) -> None:
    for one in problems:
        out.print(f"{mark} {escape(f'{one.pointer}  {one.zh} / {one.en}')}")


def _show(listing: Listing, *, as_json: bool) -> None:
    if as_json:
        for statement in listing.statements:
            print_json({"from": statement.where} | statement.event)
        for level, problems in (
            ("problem", listing.problems),
            ("remark", listing.remarks),
        ):
            for one in problems:
                print_json({"level": level} | one.model_dump())
        return
    for statement in listing.statements[:_SHOWN]:
        name = statement.event["data"].get("name", "")
        out.print(escape(f"{statement.where} {statement.subject} {name}"))
    if len(listing.statements) > _SHOWN:
        out.print(f"… {len(listing.statements) - _SHOWN} (--json)")
    for where, kind, text in listing.passed:
        zh, en = WORDS[kind]
        out.print(f"[dim]– {escape(f'{where} {zh} {en}: {text}')}[/]")
    for name in listing.sheets:
        out.print(f"[dim]– {escape(name)}: 未取的工作表 sheet that is not read[/]")
    _print("[yellow]![/]", listing.remarks)
    _print("[red]✗[/]", listing.problems)
    counted = "，".join(f"{WORDS[k][0]} {n}" for k, n in listing.counts.items())
    out.print(f"{len(listing.statements)} 条填报 statements；{counted}")


async def _say(statements: list[ListedStatement], party: str, *, as_json: bool) -> None:
    """Say what is new or changed, and show the receipts."""
    from services.cli.speaking import GivenStatement, Speaking  # noqa: PLC0415  slow to import: this command alone waits

    settings = with_kafka()
    left = unsaid(statements, [one async for one in _accepted(settings, party)])
    if left.gone:
        warn(
            f"{left.gone} rows of earlier files are not in this one; what they said"
            f" stands 此前所报 {left.gone} 行不在本表中，仍然有效；撤回请另报退出清单"
        )
    if left.same:
        warn(f"{left.same} rows say what was said before 行与此前相同，不再发布")
    now = datetime.now(CHINA).isoformat(timespec="seconds")
    messages = [
        GivenStatement(one.where, one.message(now, again), party, one.subject)
        for one, again in left.new
    ]
    if not messages:
        return
    if rejected := await Speaking(messages, as_json=as_json).say(settings):
        raise TwinCityError(f"{rejected} of {len(messages)} were rejected 条被退回")


async def _accepted(settings: Settings, party: str) -> AsyncIterator[Accepted]:
    """Yields what a party's receipts tell, in their order."""
    from services.cli.following import events  # noqa: PLC0415  slow to import: this command alone waits

    wanted = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if topic.name == receipts(party)
    ]
    async for _, event in events(settings, wanted):
        receipt = event.data if event else None
        if isinstance(receipt, ReceiptIssued) and receipt.verdict is Verdict.ACCEPTED:
            yield Accepted(receipt.statement or "", receipt.type or "")
