"""``twincity people``: who may sign in at a gateway's pages by a password."""

import getpass
import sys
from pathlib import Path
from typing import Annotated, Any

import tomlkit
import typer
from rich.markup import escape

from services.cli.terminal import Json, out, print_json, table_of
from services.gateway.people import LONGEST, SHORTEST, People, Person, hashed
from services.local.certificates import write_secret
from services.runtime.errors import TwinCityError, WrongSetting
from services.runtime.settings import Settings

app = typer.Typer(help="Who signs in at the pages 登录人员", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As acts record it 姓名")]
Rights = Annotated[
    list[str] | None, typer.Option("--right", help="read, write, operate 权限")
]


@app.command()
def add(name: Name, right: Rights = None) -> None:
    """Enter a person, or give one a new password 登记人员.

    The password is asked for, or read as one line from standard input. Sessions of a
    former password end.
    """
    rights = right or ["read"]
    path, others = _others(name)
    entry = {"name": name, "rights": rights, "password": hashed(_password())}
    _write(path, [*others, entry])
    out.print(escape(f"{name}: {'、'.join(rights)} {path}"))


@app.command()
def remove(name: Name) -> None:
    """Take a person out; sessions end at once 注销人员."""
    path, others = _others(name)
    if len(others) == len(_people(path)):
        raise TwinCityError(f"{name} is not there 没有此人")
    _write(path, others)


@app.command("list")
def show(*, as_json: Json = False) -> None:
    """Everybody, and what they may do 列出."""
    path = _path()
    table = table_of("姓名 name", "权限 rights")
    for person in _people(path):
        rights = sorted(person.rights)
        if as_json:
            print_json({"name": person.name, "rights": rights})
        table.add_row(escape(person.name), "、".join(rights))
    if not as_json:
        out.print(table)


def _path() -> Path:
    path = Settings.load().people
    if path is None:
        raise WrongSetting("TWINCITY_PEOPLE names no file 未设置人员文件")
    return path


def _people(path: Path) -> tuple[Person, ...]:
    try:
        return People.read(path.read_text("utf-8"), path).person
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise WrongSetting.of_path(path, error, "TWINCITY_PEOPLE") from None


def _others(name: str) -> tuple[Path, list[dict[str, Any]]]:
    """The file, and the entries of everybody else."""
    path = _path()
    return path, [
        one.model_dump(mode="json") for one in _people(path) if one.name != name
    ]


def _password() -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("密码 password: ")
        if getpass.getpass("再次输入 again: ") != password:
            raise TwinCityError("they differ 两次输入不一致")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST <= len(password) <= LONGEST:
        raise TwinCityError(
            f"a password has {SHORTEST} to {LONGEST} characters "
            f"密码须有 {SHORTEST} 至 {LONGEST} 个字符"
        )
    return password


def _write(path: Path, entries: list[dict[str, Any]]) -> None:
    """Write the file anew; nobody else may read it.

    Raises:
        WrongSetting: it would say nothing that counts; it is as it was.
    """
    text = tomlkit.dumps({"person": entries})
    People.read(text, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, text.encode())
    except OSError as error:
        raise WrongSetting.of_path(path, error, "TWINCITY_PEOPLE") from None
