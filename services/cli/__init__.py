"""The command ``twincity``: one door for operators, integrators, newcomers.

Each command calls a function that a test can call; what goes wrong is one
sentence on standard error and a status other than zero.
"""

import asyncio
import os
import sys
import traceback
from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from pydantic import BaseModel, TypeAdapter, ValidationError
from rich.markup import escape

from services.cli import (
    boards,
    contract,
    deadletters,
    exporting,
    gateway,
    match,
    sheets,
    terminal,
)
from services.cli.lines import as_cloudevent, line
from services.cli.terminal import Json, out, print_json, table_of, visible
from services.runtime import logs
from services.runtime.errors import TwinCityError, Unrecoverable, sentence
from services.runtime.settings import LogLevel, Settings, with_kafka
from services.runtime.topics import Cluster, Difference
from twincity_schemas.catalogue import (
    APPRAISAL_RECORDS,
    GATEWAY,
    MATCHING_RECORDS,
    SERVICES,
    records,
    topics,
)
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.values import Domain, PartialDate

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
topics_app = typer.Typer(
    help="The catalogue's topics on the cluster 主题目录", no_args_is_help=True
)
app.add_typer(topics_app, name="topics")
app.add_typer(contract.app, name="contract")
app.add_typer(gateway.app, name="gateway")
app.add_typer(match.app, name="match")
app.add_typer(deadletters.app, name="deadletters")
app.add_typer(boards.dispatch_app, name="dispatch")
app.add_typer(boards.board_app, name="board")
app.command("import")(sheets.import_list)
app.command()(exporting.export)
app.command()(exporting.template)

_RUNNABLE = (*SERVICES, GATEWAY)
_FAILED, _INTERRUPTED = 1, 130  # 130: as a shell reports an interrupt


def main() -> None:
    """Run a command; an error is one sentence and its status."""
    terminal.write_anything()
    try:
        app(prog_name="twincity")
    except SystemExit as leaving:
        sys.exit(leaving.code or terminal.status())
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
) -> None:
    """成渝双城协同事件系统 TwinCity: statements in, records out."""


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
) -> None:
    """Run every service until Ctrl-C; a Kafka too where none is set 全部启动."""
    from services.cli.up import run_until_stopped  # noqa: PLC0415

    settings = Settings.load()
    logs.configure("up", settings.log_format, settings.log_level)
    run_until_stopped(settings, port, http)


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
) -> list[Difference]:
    wanted = list(topics(Registry.load(settings.parties), story_time=story_time))
    async with Cluster(settings.kafka, settings.prefix) as cluster:
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
    """Publish statements as a party and show their receipts 发布陈述."""
    from services.cli.speaking import Speaking  # noqa: PLC0415

    speaking = Speaking.load(files, party, as_json=as_json)
    rejected = speaking.check() if dry_run else asyncio.run(speaking.say(with_kafka()))
    if rejected:
        raise TwinCityError(
            "the statement was rejected 陈述被退回"
            if len(speaking.messages) == 1
            else f"{rejected} of {len(speaking.messages)} were rejected 条被退回"
        )


@app.command()
def watch(
    domain: Annotated[
        Domain | None, typer.Option(help="Only this domain's records 领域")
    ] = None,
    party: Annotated[
        str, typer.Option(help="Only what this party says or is told 主体")
    ] = "",
    subject: Annotated[str, typer.Option(help="Only subjects with this 事项")] = "",
    *,
    from_beginning: Annotated[
        bool, typer.Option(help="What is there first 从头开始")
    ] = False,
    as_json: Json = False,
) -> None:
    """Follow the topics as readable lines until Ctrl-C 跟踪."""
    asyncio.run(
        _watch(domain, party, subject, from_beginning=from_beginning, as_json=as_json)
    )


async def _watch(
    domain: Domain | None,
    party: str,
    subject: str,
    *,
    from_beginning: bool,
    as_json: bool,
) -> None:
    from services.cli.following import event_of, follow, reader  # noqa: PLC0415

    settings = with_kafka()
    catalogue = topics(Registry.load(settings.parties))
    wanted = [
        topic
        for topic in catalogue
        if (topic.name == records(domain) if domain else "ledger" in topic.consumers)
    ]
    async with reader(settings, wanted, from_beginning=from_beginning) as reading:
        async for batch in follow(reading):
            for record in batch:
                if record.value is None:
                    continue
                event = event_of(record)
                if event is None:
                    continue
                told = event.envelope.subject
                concerned = event.envelope.party == party or party in told.replace(
                    ".", "/"
                ).split("/")
                if (party and not concerned) or subject not in told:
                    continue
                if as_json:
                    print_json(as_cloudevent(event))
                else:
                    out.print(escape(visible(line(event))))


@app.command()
def trace(
    subject: Annotated[str, typer.Argument(help="Such as project/chengdu.deyang/s11")],
    *,
    as_json: Json = False,
) -> None:
    """Who said what about a subject when, and what it became 追溯."""
    from services.cli.tracing import trace_lines  # noqa: PLC0415

    found = False
    for step in trace_lines(subject, Settings.load()):
        found = True
        if as_json:
            print_json(step.document())
        else:
            out.print(escape(visible(str(step))))
    if not found:
        raise TwinCityError(f"the ledger knows nothing of {subject} 台账中没有该事项")


@app.command()
def due(
    as_of: Annotated[str, typer.Option(help="Such as 2024-09 or 2024-09-30 日期")],
    project: Annotated[str, typer.Option(help="Only subjects with this 项目")] = "",
    party: Annotated[str, typer.Option(help="Only this party's 主体")] = "",
    *,
    as_json: Json = False,
) -> None:
    """What is due, overdue or unowned, as of a date 到期与逾期."""
    from services.rules.due import outstanding  # noqa: PLC0415

    try:
        TypeAdapter(PartialDate).validate_python(as_of)
    except ValidationError:
        raise TwinCityError(f"{as_of} is no date 日期有误") from None
    found = [
        item
        for record in asyncio.run(_records())
        for item in outstanding(record, as_of)
        if project in item.subject and party in {"", *item.party.split("、")}
    ]
    found.sort(key=lambda i: (not i.overdue, i.due or "9999"))
    if as_json:
        for item in found:
            print_json(asdict(item))
        return
    table = table_of("时限 due", "", "类别", "事项", "责任 by", "项目 project")
    for item in found:
        late = "[red]逾期 overdue[/]" if item.overdue else ""
        by = escape(f"{item.party or '尚无责任方 nobody yet'} {item.unit}")
        subject = item.subject.partition("/")[2]
        table.add_row(item.due or "—", late, item.kind, escape(item.what), by, subject)
    out.print(table if found else "没有到期事项 nothing is due")


async def _records() -> list[BaseModel]:
    """The present records that something can be due by, of subjects and parts."""
    from services.cli.following import present  # noqa: PLC0415

    settings = with_kafka()
    names = {
        *(records(domain) for domain in Domain),
        APPRAISAL_RECORDS,
        MATCHING_RECORDS,
    }
    wanted = [t for t in topics(Registry.load(settings.parties)) if t.name in names]
    return await present(settings, wanted)


@app.command()
def status(*, as_json: Json = False) -> None:
    """How every service, shard and party stands, from the cluster alone 概览."""
    from services.cli.standing import tables  # noqa: PLC0415
    from services.cli.status import snapshot  # noqa: PLC0415

    found = asyncio.run(snapshot(with_kafka()))
    if as_json:
        print_json(found.document())
        return
    for table in tables(found):
        out.print(table)


@app.command("logs")
def show_logs(  # noqa: PLR0913  one option a filter
    party: Annotated[str, typer.Option(help="Said by, or about, this party 主体")] = "",
    subject: Annotated[str, typer.Option(help="About this subject 事项")] = "",
    correlation: Annotated[
        str, typer.Option(help="One statement's way, by its id or correlation id 关联")
    ] = "",
    service: Annotated[str, typer.Option(help="Of this service alone 服务")] = "",
    level: Annotated[
        LogLevel | None,
        typer.Option(help="From this level on; default INFO, DEBUG of a way 级别"),
    ] = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="And what comes, until Ctrl-C 持续")
    ] = False,
    as_json: Json = False,
) -> None:
    """The services' log lines, where `twincity up` runs 日志."""
    from services.cli.logbook import Wanted, following, kept, show  # noqa: PLC0415
    from services.cli.up import LOGS  # noqa: PLC0415

    Settings.load()
    asked = {"party": party, "subject": subject, "correlation": correlation}
    names = {kind: name for kind, name in asked.items() if name}
    default = LogLevel.DEBUG if names else LogLevel.INFO
    wanted = Wanted(level or default, service, names)
    for told in kept(LOGS, wanted):
        show(told, as_json=as_json)
    if follow:
        for told in following(LOGS, wanted):
            show(told, as_json=as_json)
