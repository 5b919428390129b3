"""The commands that look on: topics as lines, traces, what is due, how it runs."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import BaseModel, TypeAdapter, ValidationError
from rich.markup import escape

from services.cli.lines import as_cloudevent, line
from services.cli.terminal import Json, out, print_json, print_line, table_of, visible
from services.runtime.errors import TwinCityError
from services.runtime.settings import LogLevel, Settings, with_kafka
from twincity_schemas.parties import Registry
from twincity_schemas.topology import (
    APPRAISAL_RECORDS,
    MATCHING_RECORDS,
    records,
    topics,
)
from twincity_schemas.values import Domain, PartialDate


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
    from services.cli.following import event_of, follow, reader  # noqa: PLC0415  slow to import: this command alone waits
    from services.cli.naming import Names  # noqa: PLC0415  slow to import: this command alone waits

    settings = with_kafka()
    names = Names(settings)
    catalogue = topics(Registry.load(settings.parties))
    wanted = [
        topic
        for topic in catalogue
        if (topic.name == records(domain) if domain else "ledger" in topic.consumers)
    ]
    if not as_json:
        await names.read()
    async with reader(settings, wanted, from_beginning=from_beginning) as reading:
        async for batch in follow(reading):
            for record in batch:
                if record.value is None:
                    continue
                event = event_of(record)
                if event is None:
                    continue
                names.learn(event.data)
                about = event.envelope.subject
                concerned = event.envelope.party == party or party in about.replace(
                    ".", "/"
                ).split("/")
                if (party and not concerned) or subject not in about:
                    continue
                if as_json:
                    print_json(as_cloudevent(event))
                else:
                    out.print(escape(visible(line(event, names.tell))))


def trace(
    subject: Annotated[str, typer.Argument(help="Such as project/chengdu.deyang/s11")],
    *,
    as_json: Json = False,
) -> None:
    """Show who said what about a subject when, and what it became 追溯."""
    from services.cli.tracing import tell_of, traced  # noqa: PLC0415  slow to import: this command alone waits

    settings = Settings.load()
    steps = traced(subject, settings)
    if not steps:
        raise TwinCityError(f"the ledger knows nothing of {subject} 台账中没有该事项")
    if as_json:
        for step in steps:
            print_json(step.document())
        return
    tell = tell_of(steps, settings)
    for step in steps:
        out.print(escape(visible(step.text(tell))))


def due(
    as_of: Annotated[str, typer.Option(help="Such as 2024-09 or 2024-09-30 日期")],
    project: Annotated[str, typer.Option(help="Only subjects with this 项目")] = "",
    party: Annotated[str, typer.Option(help="Only this party's 主体")] = "",
    *,
    as_json: Json = False,
) -> None:
    """List what is due, overdue or unowned, as of a date 到期与逾期."""
    from services.cli.naming import tell_by  # noqa: PLC0415  slow to import: this command alone waits
    from services.rules.due import outstanding  # noqa: PLC0415  slow to import: this command alone waits

    try:
        TypeAdapter(PartialDate).validate_python(as_of)
    except ValidationError:
        raise TwinCityError(f"{as_of} is no date 日期有误") from None
    known = asyncio.run(_records())
    matters = [
        item
        for record in known
        for item in outstanding(record, as_of)
        if project in item.subject and party in {"", *item.party.split("、")}
    ]
    matters.sort(key=lambda i: (not i.overdue, i.due or "9999"))
    if as_json:
        for item in matters:
            print_json(asdict(item))
        return
    tell = tell_by(with_kafka(), known)
    t = tell.t
    if not matters:
        out.print(t("没有到期事项", "nothing is due"))
        return
    table = table_of(
        t("时限", "due"), "", t("类别", "kind"), t("事项", "what"), t("责任", "whose"),
        t("所属", "of"),
    )  # fmt: skip
    for item in matters:
        whose = tell.party(item.party) if item.party else t("尚无责任方", "nobody yet")
        table.add_row(
            item.due or "—",
            f"[red]{t('逾期', 'overdue')}[/]" if item.overdue else "",
            tell.words(item.kind_words),
            escape(item.what),
            escape(f"{whose} {item.unit}"),
            escape(tell.subject(item.subject)),
        )
    out.print(table)


async def _records() -> list[BaseModel]:
    """The present records that something can be due by, of subjects and parts."""
    from services.cli.following import present  # noqa: PLC0415  slow to import: this command alone waits

    settings = with_kafka()
    names = {
        *(records(domain) for domain in Domain),
        APPRAISAL_RECORDS,
        MATCHING_RECORDS,
    }
    wanted = [t for t in topics(Registry.load(settings.parties)) if t.name in names]
    return await present(settings, wanted)


def status(*, as_json: Json = False) -> None:
    """Show how every service, shard and party stands, from the cluster alone 概览."""
    from services.cli.naming import Names  # noqa: PLC0415  slow to import: this command alone waits
    from services.cli.standing import tables  # noqa: PLC0415  slow to import: this command alone waits
    from services.cli.status import system_status  # noqa: PLC0415  slow to import: this command alone waits

    settings = with_kafka()
    systems = asyncio.run(system_status(settings))
    if as_json:
        print_json(systems.document())
        return
    for table in tables(systems, Names(settings).tell):
        out.print(table)


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
    from services.cli.up import LOGS  # noqa: PLC0415  slow to import: this command alone waits
    from services.local.logbook import LogFilter, following, kept  # noqa: PLC0415  slow to import: this command alone waits

    Settings.load()
    asked = {"party": party, "subject": subject, "correlation": correlation}
    names = {kind: name for kind, name in asked.items() if name}
    default = LogLevel.DEBUG if names else LogLevel.INFO
    wanted = LogFilter(level or default, service, names)
    for entry in kept(LOGS, wanted):
        print_line(entry, as_json=as_json)
    if follow:
        for entry in following(LOGS, wanted):
            print_line(entry, as_json=as_json)
