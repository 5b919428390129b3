"""The command ``twincity``: one door for operators, integrators, newcomers.

Each command calls a function that a test can call; what goes wrong is one
sentence on standard error and a status other than zero.
"""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli import boards, contract, match
from services.cli.lines import line
from services.runtime import logs
from services.runtime.errors import TwinCityError
from services.runtime.settings import LogFormat, Settings, with_kafka
from services.runtime.topics import Cluster
from twincity_schemas.catalogue import (
    SERVICES,
    records,
    topics,
)
from twincity_schemas.message import parse
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.receipt import Verdict
from twincity_schemas.values import Domain, PartialDate

app = typer.Typer(
    help="成渝双城协同事件系统 TwinCity: statements in, records out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
topics_app = typer.Typer(
    help="The catalogue's topics on the cluster 主题目录", no_args_is_help=True
)
app.add_typer(topics_app, name="topics")
app.add_typer(contract.app, name="contract")
app.add_typer(match.app, name="match")
app.add_typer(boards.dispatch_app, name="dispatch")
app.add_typer(boards.board_app, name="board")

out = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Run a command; an error is one sentence and its status."""
    try:
        app()
    except TwinCityError as error:
        sys.stderr.write(f"twincity: {error}\n")
        sys.exit(error.exit_status)
    except ContractError as error:
        sys.stderr.write(f"twincity: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell reports an interrupt


@app.command()
def demo(
    *,
    keep: Annotated[
        bool, typer.Option(help="Leave the system running 结束后保持运行")
    ] = False,
) -> None:
    """Play the story on a broker of its own 演示."""
    from services.demo.play import play  # noqa: PLC0415  brings the whole story

    sys.exit(asyncio.run(play(Settings(), keep=keep)))


@app.command()
def up() -> None:
    """Run every service until Ctrl-C; a Kafka too where none is set 全部启动."""
    from services.cli.up import run_until_stopped  # noqa: PLC0415

    settings = Settings(log_format=LogFormat.HUMAN if sys.stderr.isatty() else "json")
    logs.configure("up", settings.log_format, settings.log_level)
    run_until_stopped(settings)


@app.command()
def run(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}")],
) -> None:
    """Run one service 运行一个服务."""
    if service not in SERVICES:
        raise TwinCityError(
            f"there is no service {service}; there are {', '.join(SERVICES)} 没有该服务"
        )
    from services.cli.services import run_service  # noqa: PLC0415  FastStream is slow

    settings = with_kafka()
    logs.configure(service, settings.log_format, settings.log_level)
    run_service(service, settings)


@topics_app.command("check")
def topics_check() -> None:
    """Compare the cluster with the catalogue; status 1 if they differ."""
    differences = asyncio.run(_topics(apply=False))
    for difference in differences:
        out.print(str(difference), markup=False)
    if differences:
        raise TwinCityError(
            f"{len(differences)} differences from the catalogue 与目录不一致"
        )
    out.print("every topic is as the catalogue has it 主题与目录一致")


@topics_app.command("apply")
def topics_apply() -> None:
    """Create and correct the catalogue's topics on the cluster."""
    left = asyncio.run(_topics(apply=True))
    if left:
        raise TwinCityError("; ".join(map(str, left)))
    out.print("every topic is as the catalogue has it 主题与目录一致")


async def _topics(*, apply: bool) -> list[object]:
    settings = with_kafka()
    wanted = list(topics(Registry.load(settings.parties)))
    async with Cluster(settings.kafka, settings.prefix) as cluster:
        found = await (cluster.apply(wanted) if apply else cluster.differences(wanted))
        return list(found)


@app.command()
def say(
    file: Annotated[Path, typer.Argument(help="{envelope, data} as JSON")],
    party: Annotated[
        str, typer.Option(help="Whose inbox; default: the source's party 主体")
    ] = "",
) -> None:
    """Publish a statement as a party and show its receipt 发布陈述."""
    from services.cli.speaking import Document, say  # noqa: PLC0415

    document = Document.load(file)
    receipt = asyncio.run(say(document, party or document.envelope.party, with_kafka()))
    out.print(f"{receipt.verdict.words.zh} {receipt.verdict} {receipt.statement}")
    for problem in (*receipt.problems, *receipt.warnings):
        out.print(
            f"  {problem.pointer or '/'}: {problem.zh} / {problem.en}", markup=False
        )
    if receipt.verdict is Verdict.REJECTED:
        raise TwinCityError("the statement was rejected 陈述被退回")


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
) -> None:
    """Follow the topics as readable lines until Ctrl-C 跟踪."""
    asyncio.run(_watch(domain, party, subject, from_beginning=from_beginning))


async def _watch(
    domain: Domain | None, party: str, subject: str, *, from_beginning: bool
) -> None:
    from services.cli.following import follow, reader  # noqa: PLC0415

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
                event = parse(record.headers, record.value)
                told = event.envelope.subject
                concerned = event.envelope.party == party or party in told.replace(
                    ".", "/"
                ).split("/")
                if (not party or concerned) and subject in told:
                    out.print(escape(line(event)))


@app.command()
def trace(
    subject: Annotated[str, typer.Argument(help="Such as project/chengdu.deyang/s11")],
) -> None:
    """Who said what about a subject when, and what it became 追溯."""
    from services.cli.tracing import trace_lines  # noqa: PLC0415

    found = False
    for text in trace_lines(subject, Settings()):
        found = True
        out.print(escape(text))
    if not found:
        raise TwinCityError(f"the ledger knows nothing of {subject} 台账中没有该事项")


@app.command()
def due(
    as_of: Annotated[str, typer.Option(help="Such as 2024-09 or 2024-09-30 日期")],
    project: Annotated[str, typer.Option(help="Only subjects with this 项目")] = "",
    party: Annotated[str, typer.Option(help="Only this party's 主体")] = "",
) -> None:
    """What is due, overdue or unowned, as of a date 到期与逾期."""
    from services.cli.due import outstanding  # noqa: PLC0415

    try:
        TypeAdapter(PartialDate).validate_python(as_of)
    except ValidationError:
        raise TwinCityError(f"{as_of} is no date 日期有误") from None
    found = [
        item
        for record in asyncio.run(_projects())
        for item in outstanding(record, as_of)
        if project in item.subject and party in {"", *item.party.split("、")}
    ]
    table = Table(box=None, pad_edge=False)
    for heading in ("时限 due", "", "类别", "事项", "责任 by", "项目 project"):
        table.add_column(heading, overflow="fold")
    for item in sorted(found, key=lambda i: (not i.overdue, i.due or "9999")):
        late = "[red]逾期 overdue[/]" if item.overdue else ""
        by = escape(f"{item.party} {item.unit}")
        subject = item.subject.partition("/")[2]
        table.add_row(item.due or "—", late, item.kind, escape(item.what), by, subject)
    out.print(table if found else "没有到期事项 nothing is due")


async def _projects() -> list[ProjectRecorded]:
    """The present records of every project, from the domain topics."""
    from services.cli.following import snapshot  # noqa: PLC0415

    settings = with_kafka()
    names = {records(domain) for domain in Domain}
    wanted = [t for t in topics(Registry.load(settings.parties)) if t.name in names]
    found: dict[tuple[str, bytes], ProjectRecorded | None] = {}
    async for record in snapshot(settings, wanted):
        data = parse(record.headers, record.value).data if record.value else None
        told = data if isinstance(data, ProjectRecorded) else None
        found[record.topic, record.key] = told
    return [record for record in found.values() if record is not None]
