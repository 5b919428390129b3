"""The command ``twincity``: one door for operators, integrators, newcomers.

Each command calls a function that a test can call; what goes wrong is one
sentence on standard error and a status other than zero.
"""

import asyncio
import os
import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from aiokafka.errors import KafkaError

from services.cli import terminal
from services.cli.terminal import Json, out, print_json
from services.runtime import logs
from services.runtime.errors import TwinCityError, Unrecoverable, WrongSetting, sentence
from services.runtime.settings import Language, Settings, with_kafka
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import GATEWAY, SERVICES, topics

if TYPE_CHECKING:
    from services.runtime.topics import Difference

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
topics_app = typer.Typer(
    help="The catalogue's topics on the cluster 主题目录", no_args_is_help=True
)
app.add_typer(topics_app, name="topics")

_COMMANDS = {
    "access": "access:app",
    "contract": "contract:app",
    "gateway": "gateway:app",
    "match": "match:app",
    "notify": "notify:app",
    "parties": "parties:app",
    "people": "people:app",
    "deadletters": "deadletters:app",
    "dispatch": "boards:dispatch_app",
    "board": "boards:board_app",
    "import": "sheets:import_list",
    "backup": "backups:backup",
    "restore": "backups:restore",
    "export": "exporting:export",
    "template": "exporting:template",
    "watch": "observing:watch",
    "trace": "observing:trace",
    "due": "observing:due",
    "status": "observing:status",
    "logs": "observing:show_logs",
}
"""Each command's module and function, or its group, by its name."""

_HERE = {"demo", "up", "run", "topics", "say", "--version"}
_added: set[str] = set()

_RUNNABLE = (*SERVICES, GATEWAY)
_FAILED, _INTERRUPTED = 1, 130  # 130: as a shell reports an interrupt


def add_commands(wanted: str = "") -> None:
    """Add a command to the application, or all of them where it is none of them.

    A command waits for its own imports, not for those of seventeen others.
    """
    names = {wanted} & _COMMANDS.keys() or (_COMMANDS if wanted not in _HERE else ())
    for name in [name for name in names if name not in _added]:
        module, _, function = _COMMANDS[name].partition(":")
        command = getattr(import_module(f"services.cli.{module}"), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
        _added.add(name)


def main() -> None:
    """Run a command; an error is one sentence and its status."""
    terminal.write_anything()
    logs.silence()
    completing = "_TWINCITY_COMPLETE" in os.environ
    try:
        known = _COMMANDS.keys() | _HERE
        named = (word for word in sys.argv[1:] if word in known)  # past any options
        add_commands("" if completing else next(named, ""))
        _run()
    except TwinCityError as error:
        _fail(error, error.exit_status)
    except ContractError as error:
        _fail(sentence(error.problems), _FAILED)
    except KafkaError as error:
        _fail(f"Kafka does not answer as it should Kafka 应答异常: {error}", _FAILED)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error} 文件或系统错误", _FAILED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001  a fault of ours is a sentence too
        if os.environ.get("TWINCITY_LOG_LEVEL", "").upper() == "DEBUG":
            traceback.print_exc()
        _fail(
            f"a fault of ours 程序错误: {type(error).__name__}: {error} "
            "(TWINCITY_LOG_LEVEL=DEBUG shows where)",
            Unrecoverable.exit_status,
        )


def _run() -> None:
    """Run a command, and leave as it went.

    Raises:
        WrongSetting: an option or an argument is wrong; typer itself would tell that
            in English, in a box of several lines.
    """
    try:
        left = app(prog_name="twincity", standalone_mode=False)
    except SystemExit as leaving:
        left = leaving.code
    except typer.Abort:
        left = _INTERRUPTED
    except typer.TyperException as error:
        usage_error: Any = error  # its own type is none of typer's public names
        if not usage_error.format_message().strip():  # a group has shown its help
            sys.exit(WrongSetting.exit_status)
        asked = "twincity" if usage_error.ctx is None else usage_error.ctx.command_path
        raise WrongSetting(f"{terminal.misused(usage_error)}; {asked} -h") from None
    sys.exit(left or terminal.exit_status())


def _fail(error: object, status: int) -> None:
    terminal.warn(str(error))
    sys.exit(status)


def _say_version(wanted: bool) -> None:  # noqa: FBT001  typer's callback
    if wanted:
        out.print(f"twincity {version('twincity')}")
        raise typer.Exit


@app.callback()
def about(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which 版本", callback=_say_version, is_eager=True
        ),
    ] = False,
    lang: Annotated[
        Language | None,
        typer.Option("--lang", help="Of tables and the demo 表格和演示的语言"),
    ] = None,
) -> None:
    """成渝双城协同事件系统 TwinCity: statements in, records out."""
    if lang is not None:  # the same as the setting, also for what is started
        os.environ["TWINCITY_LANGUAGE"] = lang


@app.command()
def demo(
    *,
    keep: Annotated[
        bool, typer.Option(help="Leave the system running 结束后保持运行")
    ] = False,
) -> None:
    """Play the story on a broker of its own 演示."""
    from services.demo.play import play  # noqa: PLC0415  brings the whole story

    sys.exit(asyncio.run(play(Settings.load(), keep=keep)))


@app.command()
def up(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Of its Kafka; 0: a free one 端口")
    ] = 0,
    http: Annotated[
        int,
        typer.Option(min=0, max=65_535, help="Of its gateway; 0: a free one 网关端口"),
    ] = 0,
    *,
    secure: Annotated[
        bool,
        typer.Option(
            "--secure", help="Its Kafka encrypts, and takes users alone 加密与认证"
        ),
    ] = False,
) -> None:
    """Run every service until Ctrl-C; a Kafka too where none is set 全部启动."""
    from services.cli.up import run_until_stopped  # noqa: PLC0415  slow to import: this command alone waits

    settings = Settings.load()
    logs.configure("up", settings.log_format, settings.log_level)
    run_until_stopped(settings, port, http, secure=secure)


@app.command()
def run(
    service: Annotated[
        str,
        typer.Argument(
            help=f"One of {', '.join(_RUNNABLE)}",
            autocompletion=lambda: list(_RUNNABLE),
        ),
    ],
) -> None:
    """Run one service 运行一个服务."""
    if service not in _RUNNABLE:
        known = ", ".join(_RUNNABLE)
        raise TwinCityError(
            f"there is no service {service}; there are {known} 没有该服务"
        )
    from services.cli.services import run_service  # noqa: PLC0415  FastStream is slow

    settings = with_kafka()
    logs.configure(service, settings.log_format, settings.log_level)
    run_service(service, settings)


@topics_app.command("check")
def topics_check(*, as_json: Json = False) -> None:
    """Compare the cluster with the catalogue; status 1 if they differ 核对."""
    settings = with_kafka()
    if settings.story_time and not as_json:
        out.print(
            "TWINCITY_STORY_TIME: inboxes take their publishers' timestamps; fit for"
            " trying alone 收件时间由发布方自填，仅供试用"
        )
    differences = asyncio.run(_topics(settings, story_time=False))
    for difference in differences:
        if as_json:
            print_json(asdict(difference))
        else:
            out.print(str(difference), markup=False)
    if differences:
        raise TwinCityError(
            f"{len(differences)} differences from the catalogue 与目录不一致"
        )
    if not as_json:
        out.print("every topic is as the catalogue has it 主题与目录一致")


@topics_app.command("apply")
def topics_apply() -> None:
    """Create and correct the catalogue's topics on the cluster 建立."""
    settings = with_kafka()
    left = asyncio.run(_topics(settings, apply=True, story_time=settings.story_time))
    if left:
        raise TwinCityError("; ".join(map(str, left)))
    out.print("every topic is as the catalogue has it 主题与目录一致")


async def _topics(
    settings: Settings, *, story_time: bool, apply: bool = False
) -> "list[Difference]":
    from services.runtime.topics import Cluster  # noqa: PLC0415  Kafka's clients

    registry = Registry.load(settings.parties)
    wanted = list(topics(registry, story_time=story_time, cluster=settings.cluster))
    async with Cluster(settings) as cluster:
        return await (cluster.apply(wanted) if apply else cluster.differences(wanted))


@app.command()
def say(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, or - for lines: CloudEvents, or {envelope, data}"
        ),
    ],
    party: Annotated[
        str, typer.Option(help="Whose inbox; default: the source's party 主体")
    ] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and say nothing 只校验")
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish statements as a party and show their receipts 发布填报."""
    from services.cli.speaking import Speaking  # noqa: PLC0415  slow to import: this command alone waits

    speaking = Speaking.load(files, party, as_json=as_json)
    if dry_run:
        registry = Registry.load(Settings.load().parties)
        rejected = speaking.check(registry, datetime.now(UTC))
    else:
        rejected = asyncio.run(speaking.say(with_kafka()))
    if rejected:
        raise TwinCityError(
            "the statement was rejected 填报被退回"
            if len(speaking.messages) == 1
            else f"{rejected} of {len(speaking.messages)} were rejected 条被退回"
        )
