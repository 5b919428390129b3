"""Playing the story: start everything, tell it, count, end."""

import logging
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from services.cli.up import directions, pages, stopped
from services.demo.chapters import CHAPTERS, settle
from services.demo.observer import Observer, observing
from services.demo.stage import Stage
from services.gateway.pages.telling import Tell
from services.ledger.store import Ledger
from services.local.stack import Stack, broker, system, with_gateway
from services.runtime import logs
from services.runtime.connecting import client_options
from services.runtime.errors import TwinCityError
from services.runtime.settings import LogFormat, Settings
from twincity_schemas.parties import Registry


async def play(settings: Settings, *, keep: bool = False) -> int:
    """Play the story; gives the exit status: 0 if all went as it should.

    Args:
        settings: where a Kafka is set, it is used, under a prefix of its own.
        keep: leave the system running afterwards, until Ctrl-C.
    """
    console = Console(highlight=False, soft_wrap=True)
    # What the services and the clients say is in the log files of each; a client
    # that finds a topic's leader at the third try is no part of the story.
    logs.configure("demo", LogFormat.HUMAN, "ERROR", logging.CRITICAL)
    began = time.monotonic()
    with TemporaryDirectory(prefix="twincity-demo-") as folder:
        try:
            async with AsyncExitStack() as stack:
                console.print("启动 Kafka 与各服务 starting Kafka and the services …")
                # Turns until the first event is seen (a bar could not know how far).
                starting = stack.enter_context(console.status(""))
                where = Path(folder)
                running, kafka = stack.enter_context(broker(settings, where / "kafka"))
                running = with_gateway(running).but(
                    database=SecretStr(f"sqlite:///{where}/ledger.sqlite3"),
                    prefix=_prefix(settings),
                    story_time=True,
                )
                services = await stack.enter_async_context(
                    system(running, where, kafka)
                )
                await _play(stack, services, console, starting, began, keep=keep)
        except TwinCityError as error:
            console.print(f"\n[red]✗ {escape(str(error))}[/]")
            _last_words(console, Path(folder))
            return 1
    return 0


async def _play(  # noqa: PLR0913  what the stage is made of
    stack: AsyncExitStack,
    running: Stack,
    console: Console,
    starting: Status,
    began: float,
    *,
    keep: bool,
) -> None:
    settings = running.settings
    first: list[float] = []

    def note(_event: object) -> None:
        if not first:
            starting.stop()
            first.append(time.monotonic() - began)

    observer = await stack.enter_async_context(observing(settings, note))
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True
    )
    await producer.start()
    stack.push_async_callback(producer.stop)
    words = Tell(settings.language, Registry.load(settings.parties), observer)
    stage = Stage(running, observer, producer, console, words)
    where = pages(settings)
    stage.tell(
        stage.t(f"网页 {where} 随演示更新", f"pages {where} fill as the story plays")
    )
    for chapter in CHAPTERS:
        await chapter(stage)
    await settle(stage)
    await _sum_up(stage, settings)
    whole = time.monotonic() - began
    stage.tell(
        stage.t(
            f"首条记录 {first[0]:.1f} 秒，全程 {whole:.1f} 秒",
            f"first record after {first[0]:.1f} s, the whole story in {whole:.1f} s",
        )
    )
    if keep:
        console.print(escape(directions(running)))
        await running.supervisor.until(stopped())
    else:
        keep_it = "make demo KEEP=1"
        stage.tell(
            stage.t(
                f"留下系统并打开网页：{keep_it}",
                f"to keep it and open the pages: {keep_it}",
            )
        )


async def _sum_up(stage: Stage, settings: Settings) -> None:
    stage.title("小结", "summary")
    observer = stage.observer
    receipts = observer.receipts
    without = stage.sent.keys() - receipts.keys()
    several = [place for place, given in receipts.items() if len(given) > 1]
    doubled = [id_ for id_, seen in observer.events.items() if seen > 1]
    verdicts = Counter(given[0].verdict for given in receipts.values())
    words, statements = stage.words.words, len(stage.sent)
    given = stage.t("，", ", ").join(
        f"{words(v)} {n}" for v, n in sorted(verdicts.items())
    )
    stage.tell(
        stage.t(
            f"填报 {statements} 条，回执 {len(receipts)} 份（{given}）；"
            f"无回执 {len(without)}，多份 {len(several)}",
            f"{statements} statements, {len(receipts)} receipts ({given}); "
            f"without {len(without)}, several {len(several)}",
        )
    )
    stage.expect(not without and not several, "not exactly one receipt each")
    stage.expect(not doubled, f"{len(doubled)} events stand twice")
    events, records = len(observer.events), len(observer.records)
    stage.tell(
        stage.t(
            f"记录 {records} 条，事件 {events} 个，重复 {len(doubled)}",
            f"{records} records, {events} events, {len(doubled)} doubled",
        )
    )
    await _check_ledger(observer, settings)
    stage.tell(stage.t("台账与主题一致", "the ledger holds what the topics hold"))


async def _check_ledger(observer: Observer, settings: Settings) -> None:
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        verdicts = Counter(g[0].verdict for g in observer.receipts.values())
        await observer.until(
            "the ledger catching up",
            lambda: (
                (
                    (counts := ledger.counts()).records == len(observer.records)
                    and dict(counts.verdicts)
                    == {str(v): n for v, n in verdicts.items()}
                )
                or None
            ),
            patience_s=20,
        )
    finally:
        ledger.close()


def _prefix(settings: Settings) -> str:
    """Nothing on a broker of our own; on another's, apart from what is there."""
    if not settings.kafka:
        return settings.prefix
    return f"{settings.prefix}demo-{int(time.time())}."


def _last_words(console: Console, folder: Path) -> None:
    """Print the services' last lines, where the story went wrong."""
    for log in sorted(folder.glob("*.log")):
        for text in log.read_text(errors="replace").splitlines()[-3:]:
            console.print(f"[dim]{log.stem}: {escape(text)}[/]")
