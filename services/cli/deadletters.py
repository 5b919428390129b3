"""``twincity deadletters``: what services could not process, and its ways out."""

import asyncio
import getpass
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape

from services.cli.letters import (
    LetterFilter,
    document,
    letters,
    message,
    proposals,
    publish,
    until_applied,
)
from services.cli.lines import moment
from services.cli.terminal import Json, out, print_json, table_of
from services.runtime.discarding import same_person
from services.runtime.errors import TwinCityError, WrongSetting, sentence
from services.runtime.letters import Letter, origin_of, queue_of_letter, queues
from services.runtime.settings import Settings, with_kafka
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardConfirmed,
    DiscardDecided,
    RedriveAsked,
)
from twincity_schemas.parties import Registry
from twincity_schemas.problems import translate
from twincity_schemas.topology import SERVICES

app = typer.Typer(
    help="What could not be processed, and its ways out 死信",
    no_args_is_help=True,
)

_HEADINGS = (
    "服务 service",
    "事项 subject",
    "原因 reason",
    "次数 tried",
    "其后 behind",
    "位置 origin",
    "时间 at",
)

Service = Annotated[
    str,
    typer.Option(
        help="Only this service's 服务", autocompletion=lambda: list(SERVICES)
    ),
]
Subject = Annotated[str, typer.Option(help="Only of this subject 事项")]
Reason = Annotated[
    DeadLetterReason | None, typer.Option(help="Only those of this reason 原因")
]
Why = Annotated[str, typer.Option(help="Your reason, kept for ever 理由")]
By = Annotated[str, typer.Option(help="Who acts; default: the user 经办人")]
Dry = Annotated[
    bool, typer.Option("--dry-run", help="Show what would come of it 只预演")
]


@app.command("list")
def list_letters(
    service: Service = "",
    subject: Subject = "",
    reason: Reason = None,
    *,
    as_json: Json = False,
) -> None:
    """List waiting messages, a line for each queue: its first, how many behind 列表."""
    chosen = _letters(LetterFilter(service, subject, reason))
    if as_json:
        for letter in chosen:
            print_json(document(letter))
        return
    table = table_of(*_HEADINGS)
    for (name, about, *_), waiting in queues(chosen).items():
        first = waiting[0]
        words = first.waits.reason.words
        table.add_row(
            name,
            escape(about),
            f"{words.zh} {words.en}",
            str(first.waits.tried),
            str(len(waiting) - 1),
            escape(str(first.origin)),
            moment(first.dead_since),
        )
    out.print(table if chosen else "没有死信 no dead letters")


@app.command()
def show(
    service: Service = "",
    subject: Subject = "",
    reason: Reason = None,
    *,
    as_json: Json = False,
) -> None:
    """Each letter whole: why, how often tried, and what it says 详情."""
    chosen = _some(LetterFilter(service, subject, reason))
    decided = asyncio.run(proposals(with_kafka()))
    for letter in chosen:
        one = decided.get(f"{letter.service} {letter.origin}")
        if as_json:
            discard = {"discard": None if one is None else asdict(one)}
            print_json(document(letter) | discard | message(letter))
            continue
        words = letter.waits.reason.words
        out.print(f"[bold]{escape(str(letter.origin))}[/] {letter.service}")
        out.print(escape(f"  {letter.subject}"))
        out.print(f"  {words.zh} {words.en}；{words.note_zh} {words.note_en}")
        out.print(
            escape(
                f"  tried 已试 {letter.waits.tried} 次，"
                f"{letter.version}，{moment(letter.dead_since)}"
            )
        )
        if one is not None:
            out.print(escape(f"  拟作废 to be discarded: {one.by}：{one.why}"))
        if letter.error:
            out.print(escape(f"  {letter.error}"))
        for name, text in message(letter)["headers"].items():
            out.print(escape(f"    {name}: {text}"))
        out.print(escape(f"    {message(letter)['value']}"))


@app.command()
def redrive(  # noqa: PLR0913  a command's options
    service: Service = "",
    subject: Subject = "",
    reason: Reason = None,
    why: Why = "",
    by: By = "",
    *,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Have each queue decided again, in order, from its first 重新处理."""
    waiting = _whole_queues(LetterFilter(service, subject, reason))
    waiting = [
        q for q in waiting if q[0].waits.reason is not DeadLetterReason.UNREADABLE
    ]
    if not waiting:
        raise TwinCityError(
            "what cannot be read cannot be decided again; discard it "
            "无法读取者不能重新处理，可作废"
        )
    settings = with_kafka()
    if dry_run:
        asyncio.run(_preview(settings, waiting, as_json=as_json))
        return
    _act(settings, waiting, _acts(RedriveAsked, waiting, by, why), as_json=as_json)


@app.command()
def discard(  # noqa: PLR0913, PLR0917  a command's options
    origin: Annotated[
        str, typer.Option(help="Only the message of topic/partition/offset 位置")
    ] = "",
    service: Service = "",
    subject: Subject = "",
    reason: Reason = None,
    why: Why = "",
    by: By = "",
    *,
    as_json: Json = False,
) -> None:
    """Give up the first of each queue, or one message; those behind go on 作废."""
    if not (origin or service or subject or reason):
        raise WrongSetting(
            "say which: --origin, --service, --subject or --reason 请指明范围"
        )
    waiting = _whole_queues(LetterFilter(service, subject, reason))
    if origin:
        try:
            where = origin_of(origin)
        except (ValueError, ValidationError):
            raise WrongSetting(
                f"{origin} is not topic/partition/offset 位置有误"
            ) from None
        waiting = [
            [letter for letter in queue if letter.origin.offset >= where.offset]
            for queue in waiting
            if any(letter.origin == where for letter in queue)
        ]
        if not waiting:
            raise TwinCityError(f"{origin} is no dead letter 该消息不是死信")
    acts = _acts(DiscardDecided, waiting, by, why)
    settings = with_kafka()
    if Registry.load(settings.parties).takes_two(time.time()):
        asyncio.run(publish(settings, acts))
        for act in acts:
            if as_json:
                print_json({"origin": str(act.origin), "proposed": True})
            else:
                out.print(escape(f"{act.origin}：须另一人确认 now confirm it"))
        return
    _act(settings, waiting, acts, as_json=as_json)


@app.command()
def confirm(
    origin: Annotated[str, typer.Argument(help="topic/partition/offset 位置")],
    service: Service = "",
    why: Why = "",
    by: By = "",
    *,
    as_json: Json = False,
) -> None:
    """Agree, as a second person, that a message is discarded 确认作废."""
    settings = with_kafka()
    decided = asyncio.run(proposals(settings))
    waiting, acts = [], []
    for queue in _whole_queues(LetterFilter(service)):
        one = decided.get(f"{queue[0].service} {origin}")
        letters_ = [letter for letter in queue if str(letter.origin) == origin]
        if one is not None and letters_:
            kind = partial(DiscardConfirmed, decision=one.decision)
            [act] = _acts(kind, [letters_], by, why)
            if same_person(act.by, one.by):
                raise TwinCityError(
                    f"{one.by} decided it; another has to confirm 须另一人确认"
                )
            waiting.append(queue)
            acts.append(act)
    if not acts:
        raise TwinCityError(f"nobody decided to discard {origin} 没有待确认的作废决定")
    _act(settings, waiting, acts, as_json=as_json)


def _letters(wanted: LetterFilter) -> list[Letter]:
    if wanted.service and wanted.service not in SERVICES:
        raise TwinCityError(
            f"there is no service {wanted.service}; there are {', '.join(SERVICES)} "
            "没有该服务"
        )
    services = [wanted.service] if wanted.service else SERVICES
    every = asyncio.run(letters(with_kafka(), services))
    return [letter for letter in every if wanted.takes(letter)]


def _some(wanted: LetterFilter) -> list[Letter]:
    chosen = _letters(wanted)
    if not chosen:
        raise TwinCityError("nothing of that waits 没有符合条件的死信")
    return chosen


def _whole_queues(wanted: LetterFilter) -> list[list[Letter]]:
    """Every queue of which a letter is wanted: the order within it is kept."""
    named = {queue_of_letter(letter) for letter in _some(wanted)}
    everything = queues(_letters(LetterFilter(wanted.service)))
    return [everything[queue] for queue in sorted(named) if queue in everything]


def _acts(
    kind: Callable[..., Act], waiting: Sequence[Sequence[Letter]], by: str, why: str
) -> list[Act]:
    if not by:
        with suppress(OSError, KeyError):  # a user without a name
            by = getpass.getuser()
    try:
        return [
            kind(
                service=queue[0].service,
                subject=queue[0].subject,
                origin=queue[0].origin,
                by=by,
                why=why,
            )
            for queue in waiting
        ]
    except ValidationError as error:
        raise WrongSetting(
            f"say --why and --by 请填写理由和经办人: {sentence(translate(error))}"
        ) from None


def _act(
    settings: Settings,
    waiting: Sequence[Sequence[Letter]],
    acts: Sequence[Act],
    *,
    as_json: bool,
) -> None:
    """Publish acts, wait until they were taken in, and say what waits then."""
    before = {queue_of_letter(queue[0]): queue for queue in waiting}

    async def ask() -> Any:
        await publish(settings, acts)
        return await until_applied(settings, list(zip(acts, waiting, strict=True)))

    left = asyncio.run(ask())
    for queue, now in left.items():
        was = {letter.origin for letter in before[queue]}
        still = [letter for letter in now if letter.origin in was]
        if as_json:
            counts = {"resolved": len(was) - len(still), "waiting": len(now)}
            print_json({"service": queue[0], "subject": queue[1], **counts})
        else:
            mark = "[green]✓[/]" if not now else "[red]✗[/]"
            resolved, why = len(was) - len(still), f"：{now[0].error}" if now else ""
            out.print(
                f"{mark} {escape(queue[1])}  {resolved} 件已处理 resolved，"
                f"{len(now)} 件仍等候 waiting{escape(why)}"
            )
    if any(left.values()):
        raise TwinCityError("something waits still 仍有等候者")


async def _preview(
    settings: Settings, waiting: Sequence[Sequence[Letter]], *, as_json: bool
) -> None:
    from services.cli.previewing import Preview  # noqa: PLC0415  FastStream is slow

    previews = Preview(settings)
    for queue in waiting:
        async for one in previews.of(queue):
            where = str(one.letter.origin)
            if as_json:
                print_json(
                    {
                        "origin": where,
                        "subject": one.letter.subject,
                        "published": one.published,
                        "failure": one.failure,
                    }
                )
            elif one.failure:
                out.print(f"[red]✗[/] {escape(where)}  {escape(one.failure)}")
            else:
                outcome = "，".join(one.published) or "—"
                out.print(f"[green]✓[/] {escape(where)}  → {escape(outcome)}")
