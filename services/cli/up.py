"""``twincity up``: the whole system, until it is told to stop."""

import asyncio
import signal
import socket
from pathlib import Path

from rich.markup import escape

from services.cli.logbook import Logbook
from services.cli.stack import Stack, broker, system
from services.cli.terminal import out
from services.embedded import EmbeddedKafka
from services.runtime.process import own
from services.runtime.settings import Settings

_FOLDER = Path(".twincity")
LOGS = _FOLDER / "logs"
_FOCUS = _FOLDER / "focus"


def run_until_stopped(settings: Settings, port: int = 0, http: int = 0) -> None:
    """Start what is needed, say how to reach it, and wait for a signal.

    Raises:
        TwinCityError: another ``up`` owns the folder, something cannot be started,
            or the broker died and did not come back.
    """
    listen = f"127.0.0.1:{http or _free_port()}"
    trying = {"gateway_trying": True, "gateway_listen": listen}
    settings = settings.model_copy(update=trying)
    with own(_FOLDER), broker(settings, _FOLDER / "kafka", port) as (running, kafka):
        asyncio.run(_run(running, kafka))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def _run(settings: Settings, kafka: EmbeddedKafka | None) -> None:
    if settings.log_focus is None:
        settings = settings.model_copy(update={"log_focus": _FOCUS})
    # Everything is kept, so that a statement's way can be asked for afterwards.
    book = Logbook(LOGS, kept="DEBUG", shown=settings)
    async with system(settings, book, kafka) as stack:
        out.print(escape(directions(stack)))
        await stack.supervisor.until(stopped())


async def stopped() -> None:
    """Wait for Ctrl-C or a request to stop."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_, told.set)
    await told.wait()


def directions(stack: Stack) -> str:
    """Where the system is reached, and what to try."""
    kafka, prefix = stack.settings.kafka, stack.settings.prefix
    database = stack.settings.database.get_secret_value()
    environment = f"TWINCITY_KAFKA={kafka} TWINCITY_DATABASE={database}" + (
        f" TWINCITY_PREFIX={prefix}" if prefix else ""
    )
    gateway = stack.settings.gateway_listen
    return f"""
系统正在运行，按 Ctrl-C 结束。The system is running; Ctrl-C ends it.
  Kafka      {kafka}
  HTTP       http://{gateway}/openapi.json
             仅供试用：无令牌，代所有主体 for trying only: no tokens, for all
  topics     {prefix}twincity.transport.records … twincity topics check
  try        export {environment}
             twincity status; twincity logs --follow
             twincity watch --from-beginning --domain transport
             twincity trace project/chengdu.deyang/s11
             twincity due --as-of 2027
             twincity dispatch show dispatch/chengdu.deyang.meishan/2024-08
             twincity board verify board/chengdu/2024-q3
             twincity match pool 2022-1 --svg pool.svg; twincity match verify
             twincity say services/demo/story/1-s11/01-chengdu-describes.json
             kcat -b {kafka} -C -t {prefix}twincity.transport.records -o beginning
             curl http://{gateway}/records?domain=transport
             curl -N http://{gateway}/events?party=deyang
"""
