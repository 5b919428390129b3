"""``twincity parties``: who may speak. One command for a new one, all it needs."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import tomlkit
import typer
from tomlkit.exceptions import TOMLKitError

from services.access.applying import WantedAccess, bring_about, give_passwords, opened
from services.access.keys import make_key, public_half, read_key
from services.access.secrets import Secrets
from services.cli.access import SecretsFolder
from services.cli.terminal import Json, out, print_json, table_of
from services.runtime.errors import TwinCityError, WrongSetting
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import CHINA, Party, Registry
from twincity_schemas.topology import inbox

app = typer.Typer(help="The registry: who may speak 主体登记", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Such as leshan 主体代码")]
Day = Annotated[
    str, typer.Option(help="From this day on, Beijing time; default: today 起始日")
]


@app.command("list")
def show(*, as_json: Json = False) -> None:
    """Every party, and since when it may or may not speak 列出."""
    registry = Registry.load(Settings.load().parties)
    table = table_of("主体 party", "名称 name", "区划 region", "集群 cluster", "")
    for party in registry.party:
        if as_json:
            print_json(party.model_dump(mode="json"))
            continue
        name = f"{party.zh} {party.en}"
        table.add_row(party.code, name, party.region, party.cluster, _state(party))
    if not as_json:
        out.print(table)


def _state(party: Party) -> str:
    stops = [
        f"停止 suspended {one.since}" + (f"–{one.until}" if one.until else "–")
        for one in party.suspensions
    ]
    since = [f"登记 since {party.since}"] if party.since else []
    return "; ".join(since + stops)


@app.command()
def add(  # noqa: PLR0913  one option a field
    code: Code,
    *,
    zh: Annotated[str, typer.Option(help="Its name in Chinese 中文名称")],
    en: Annotated[str, typer.Option(help="Its name in English 英文名称")],
    region: Annotated[str, typer.Option(help="GB/T 2260 区划代码")],
    cluster: Annotated[str, typer.Option(help="Where it writes 所在集群")],
    since: Day = "",
    secrets: SecretsFolder = None,
) -> None:
    """Register a party: entry, topics, user, rights, key; services go on 新增主体.

    --secrets is the folder for its password and its gateway's key. Run again after a
    failure, it does what is still to be done. On several clusters
    give a day to come, and run it at each before that day.
    """
    settings = Settings.load()
    first = _day(since)
    entry = {"code": code, "zh": zh, "en": en, "region": region, "cluster": cluster}

    there = Registry.load(settings.parties)
    if code in there.codes:
        _check_same(there[code], entry)
    public = "" if secrets is None else _public_key(secrets, settings.prefix + code)

    def enter(document: Any) -> None:
        if code not in {party.get("code") for party in document["party"]}:
            document["party"].append(
                tomlkit.item({**entry, "since": first}, _parent=document)
            )
        listed = next(p for p in document["party"] if p.get("code") == code)
        keys = listed.setdefault("keys", tomlkit.aot()) if public else []
        if public and public not in {key["ed25519"] for key in keys}:
            name = f"k{len(keys) + 1}"
            keys.append(tomlkit.item({"id": name, "ed25519": public, "since": first}))

    text, registry = _changed(settings.parties, enter)
    if settings.kafka:
        _prepare(settings, registry, code, secrets)
    # Last: a service that sees the entry finds the topics.
    _write(settings.parties, text)
    out.print(f"{code}: registered 已登记, {settings.parties}")


def _check_same(there: Party, entry: Mapping[str, str]) -> None:
    if any(getattr(there, name) != value for name, value in entry.items()):
        raise TwinCityError(
            f"{there.code} is registered otherwise 该代码已用于其他主体"
        )


def _public_key(secrets: Path, user: str) -> str:
    """Make the key of a party's gateway, or take the one that a former run made."""
    file = secrets / f"{user}.pem"
    if file.exists():
        return public_half(read_key(file))
    try:
        secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WrongSetting.of_path(secrets, error) from None
    made = make_key(file)
    out.print(f"{user}: key 密钥 {file}")
    return made


def _prepare(
    settings: Settings, registry: Registry, code: str, secrets: Path | None
) -> None:
    """Make a party's topics, and on a secured cluster its user and rights."""
    left = asyncio.run(_make_topics(settings, registry, code))
    if left:
        raise TwinCityError("; ".join(left))
    out.print(f"{settings.prefix}{inbox(code)} …: topics 主题已建立")
    if settings.protocol == "PLAINTEXT":
        return
    wanted, access = WantedAccess.of(settings, registry), opened(settings)
    if secrets is not None:
        user = settings.prefix + code
        give_passwords(access, Secrets(secrets), [user])
        out.print(f"{user}: password 密码 {Secrets(secrets).file(user)}")
    if missing := bring_about(access, wanted, prune=False).missing:
        raise TwinCityError(f"{missing[0]} is not given 未能授权")
    out.print(f"{code}: rights 权限已授予")


async def _make_topics(settings: Settings, registry: Registry, code: str) -> list[str]:
    wanted = [
        topic
        for topic in settings.catalogue(registry)
        if topic.name.endswith(f".{code}")
    ]
    async with Cluster(settings) as cluster:
        return [str(difference) for difference in await cluster.apply(wanted)]


@app.command()
def suspend(
    code: Code,
    since: Day = "",
    until: Annotated[str, typer.Option(help="It may again from this day on")] = "",
) -> None:
    """Let a party speak no longer, from a day on; it reads on 停止填报.

    What it said before stands. `twincity access apply --prune` takes its inbox away.
    """
    first, last = _day(since), _day(until) if until else None

    def enter(document: Any) -> None:
        entry = next((p for p in document["party"] if p.get("code") == code), None)
        if entry is None:
            raise TwinCityError(f"{code} is not in the registry 主体未登记")
        stops = entry.setdefault("suspensions", tomlkit.aot())
        stops.append(
            tomlkit.item({"since": first, **({"until": last} if last else {})})
        )

    settings = Settings.load()
    text, _ = _changed(settings.parties, enter)
    _write(settings.parties, text)
    out.print(f"{code}: suspended from {first} on 已停止")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(CHINA).date()
    except ValueError:
        raise WrongSetting(f"{text} is no date 日期有误") from None


def _changed(path: Path, change: Callable[[Any], None]) -> tuple[str, Registry]:
    """The registry's text after a change, comments and all, and what it says.

    Raises:
        ContractError: nobody could read it then; the file is as it was.
    """
    try:
        document = tomlkit.parse(path.read_text("utf-8"))
        change(document)
        text = tomlkit.dumps(document)
    except OSError as error:
        raise WrongSetting.of_path(path, error) from None
    except (TOMLKitError, KeyError) as error:
        raise TwinCityError(f"{path} cannot be changed 无法修改: {error}") from None
    return text, Registry.read(text, path)


def _write(path: Path, text: str) -> None:
    """Replace the file whole: whoever reads it meanwhile sees one or the other."""
    if path.read_text("utf-8") == text:
        return
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, "utf-8")
        new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        raise WrongSetting.of_path(path, error) from None
