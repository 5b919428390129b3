"""``twincity up``: the whole system, until it is told to stop."""

import asyncio
import signal
from pathlib import Path

from rich.markup import escape

from services.access.doors import Doors
from services.access.grants import user_of
from services.cli.terminal import out
from services.local import EmbeddedKafka
from services.local.kafka import ADMINISTRATOR
from services.local.logbook import Logbook
from services.local.stack import Stack, broker, system, with_gateway
from services.runtime.process import own
from services.runtime.settings import Settings
from twincity_schemas.topology import OPERATORS

_FOLDER = Path(".twincity")
LOGS = _FOLDER / "logs"
_FOCUS = _FOLDER / "focus"
_ACCESS = _FOLDER / "access"


def run_until_stopped(
    settings: Settings, port: int = 0, http: int = 0, *, secure: bool = False
) -> None:
    """Start what is needed, say how to reach it, and wait for a signal.

    Raises:
        TwinCityError: another ``up`` owns the folder, something cannot be started,
            or the broker died and did not come back.
    """
    settings = with_gateway(settings, http, trying=not secure)
    with (
        own(_FOLDER),
        broker(settings, _FOLDER / "kafka", port, secure=secure) as (running, kafka),
    ):
        doors = Doors.of(kafka, _ACCESS) if kafka else None
        asyncio.run(_run(running, kafka, doors))


def pages(settings: Settings) -> str:
    """Returns where the pages are looked at."""
    return f"http://{settings.gateway_listen}/"


async def _run(
    settings: Settings, kafka: EmbeddedKafka | None, doors: Doors | None
) -> None:
    if settings.log_focus is None:
        settings = settings.but(log_focus=_FOCUS)
    # Everything is kept, so that a statement's way can be asked for afterwards.
    book = Logbook(LOGS, kept="DEBUG", shown=settings)
    async with system(settings, book, kafka, doors) as stack:
        out.print(escape(directions(stack) if doors is None else secured(stack, doors)))
        await stack.supervisor.until(stopped())


async def stopped() -> None:
    """Wait for Ctrl-C or a request to stop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_, stopping.set)
    await stopping.wait()


def directions(stack: Stack) -> str:
    """Returns where the system is reached, and what to try."""
    kafka, prefix = stack.settings.kafka, stack.settings.prefix
    database = stack.settings.database.get_secret_value()
    environment = f"TWINCITY_KAFKA={kafka} TWINCITY_DATABASE={database}" + (
        f" TWINCITY_PREFIX={prefix}" if prefix else ""
    )
    gateway = stack.settings.gateway_listen
    return f"""
网页 pages  {pages(stack.settings)}

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


def secured(stack: Stack, doors: Doors) -> str:
    """Returns where the secured system is reached, as whom, and what to try."""
    settings, gateway = stack.settings, stack.settings.gateway_listen
    operators = user_of(OPERATORS, stack.registry, settings.prefix)
    files = doors.secrets
    party = settings.prefix + stack.registry.party[0].code
    return f"""
系统正在运行（已加密、须认证、按权限），按 Ctrl-C 结束。
The system is running, secured; Ctrl-C ends it.
  Kafka      {doors.for_passwords}  SASL_SSL, SCRAM
             {doors.for_certificates}  SSL, {doors.authority.of(ADMINISTRATOR)}
  HTTP       http://{gateway}/openapi.json  只读，须令牌 reads alone, wants tokens
  users      {files.folder}/*.env  每个用户一个文件 a file for each
  try        export TWINCITY_KAFKA={doors.for_passwords}
             export TWINCITY_KAFKA_CA={doors.authority.certificate}
             as() {{ ( set -a; . "{files.folder}/$1.env"; shift; "$@" ); }}
             as {party} twincity say services/demo/story/1-s11/01-chengdu-describes.json
             as {operators} twincity status
             TWINCITY_PARTY={party} as {party} twincity gateway
"""
