"""The gateway as a process: the topics, the producer, the server, and their end."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from starlette.applications import Starlette
from typing_extensions import override

from services.gateway.app import Gateway, application
from services.gateway.cursor import Log
from services.gateway.following import Following
from services.gateway.rows import Row
from services.gateway.sending import Sender
from services.gateway.statements import Door, Receipts
from services.gateway.streaming import Hub
from services.gateway.tokens import Tokens
from services.gateway.view import View
from services.runtime.errors import Unavailable
from services.runtime.settings import Settings
from twincity_schemas.catalogue import (
    APPRAISAL_RECORDS,
    GATEWAY,
    MATCHING_RECORDS,
    Topic,
    receipts,
    records,
    topics,
)
from twincity_schemas.parties import Registry
from twincity_schemas.values import Domain

log = structlog.get_logger()

_STOP_S = 1
"""How long open requests have at the end: a receipt that comes later is asked for."""

_IDLE_S = 75
"""How long a connection may be idle: longer than nginx keeps one (60 s), which
would else put a statement into one that is just being closed."""


@dataclass(frozen=True)
class Whose:
    """For whom a gateway works.

    Attributes:
        registry: of the parties.
        parties: whose inboxes it writes and whose receipts it reads.
        trying: one for all parties and without tokens, on loopback alone.
    """

    registry: Registry
    parties: frozenset[str]
    trying: bool

    @classmethod
    def of(cls, settings: Settings) -> "Whose":
        """Read the settings."""
        registry = Registry.load(settings.parties)
        if settings.gateway_trying:
            return cls(registry, registry.codes, trying=True)
        own = frozenset({settings.party} if settings.party else ())
        return cls(registry, own, trying=False)

    @property
    def tokens(self) -> Tokens | None:
        """Which tokens it takes; None: it asks for none."""
        if self.trying:
            return None
        return Tokens(self.registry, next(iter(self.parties), None))

    def topics(self) -> Iterator[Topic]:
        """What it reads."""
        own = {receipts(party) for party in self.parties}
        for topic in topics(self.registry):
            if GATEWAY in topic.consumers or topic.name in own:
                yield topic

    def streamed(self) -> Iterator[tuple[str, int]]:
        """The partitions of what ``/events`` tells."""
        told = {records(domain) for domain in Domain}
        told |= {MATCHING_RECORDS, APPRAISAL_RECORDS}
        told |= {receipts(party) for party in self.parties}
        for topic in self.topics():
            if topic.name in told:
                yield from ((topic.name, n) for n in range(topic.partitions))


async def cluster_id(settings: Settings) -> str:
    """The cluster's own name.

    Raises:
        Unavailable: no broker answers.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    try:
        await admin.start()
        return str((await admin.describe_cluster())["cluster_id"])
    except KafkaError as error:
        raise Unavailable(
            f"no Kafka answers at {settings.kafka} 无法连接 Kafka：{error}"
        ) from None
    finally:
        await admin.close()


def compose(settings: Settings, cluster: str) -> tuple[Starlette, Hub]:
    """Build the gateway; it starts and stops with the application."""
    whose = Whose.of(settings)
    view = View()
    waiting = Receipts(view)
    hub = Hub(Log(cluster + settings.prefix, whose.streamed()), view)

    def told(rows: Sequence[tuple[int, Row]]) -> None:
        hub.told(rows)
        waiting.told(rows)

    answers = {receipts(party) for party in whose.parties}
    reading = [topic for topic in whose.topics() if topic.name not in answers]
    awaited = [topic for topic in whose.topics() if topic.name in answers]
    followings = [
        Following(settings, topics_, view, told, at_once=at_once)
        for topics_, at_once in ((reading, False), (awaited, True))
        if topics_
    ]
    sender = Sender(settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        beating = asyncio.create_task(hub.beat())
        try:
            for following in followings:
                await following.start()
            log.info(
                "gateway.started", parties=sorted(whose.parties), trying=whose.trying
            )
            yield
        finally:
            beating.cancel()
            for following in followings:
                await following.stop()
            await sender.stop()
            view.close()

    gateway = Gateway(
        view,
        hub,
        waiting,
        Door(whose.parties, sender.send, waiting),
        whose.tokens,
        lambda: all(one.abreast and one.answering for one in followings),
    )
    return application(gateway, lifespan), hub


class Server(uvicorn.Server):
    """Ends open streams when it is told to stop; uvicorn alone waits for them."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asyncio.get_event_loop().call_soon_threadsafe(self._hub.close)
        super().handle_exit(sig, frame)


async def serve(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        Unavailable: no broker answers, or the address cannot be had.
    """
    app, hub = compose(settings, await cluster_id(settings))
    host, _, port = settings.gateway_listen.rpartition(":")
    config = uvicorn.Config(
        app,
        host=host.strip("[]"),
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
        timeout_keep_alive=_IDLE_S,
        forwarded_allow_ips="127.0.0.1",
    )
    server = Server(config, hub)
    try:
        await server.serve()
    except SystemExit:  # uvicorn's way to say that it cannot listen
        raise Unavailable(
            f"TWINCITY_GATEWAY_LISTEN={settings.gateway_listen} cannot be listened on"
            " 无法监听"
        ) from None
