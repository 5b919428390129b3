"""The gateway as a process: the topics, the producer, the server, and their end."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from starlette.applications import Starlette
from typing_extensions import override

from services.gateway.app import Gateway, application
from services.gateway.cursor import Log
from services.gateway.desk import Desk
from services.gateway.following import Following
from services.gateway.pages.frame import ClusterAddress
from services.gateway.people import OPERATE, PeopleFile, Right
from services.gateway.rows import Row
from services.gateway.sending import Sender
from services.gateway.sessions import Purpose, Sessions
from services.gateway.statements import Door, Receipts
from services.gateway.streaming import Hub
from services.gateway.tokens import READ, WRITE, Tokens
from services.gateway.upgrading import EitherProtocol
from services.gateway.view import View
from services.runtime.connecting import CANNOT_CONNECT, client_options, unavailable
from services.runtime.errors import Unavailable
from services.runtime.outage import Outage
from services.runtime.process import spare_collector
from services.runtime.registering import Registered
from services.runtime.settings import Settings
from services.runtime.watching import Watching
from twincity_schemas.catalogue import build_models
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import (
    APPRAISAL_RECORDS,
    GATEWAY,
    MATCHING_RECORDS,
    OPERATORS,
    receipts,
    records,
    topics,
)
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
        operators: it reads everything, and writes operators' acts.
    """

    registry: Registry
    parties: frozenset[str]
    trying: bool
    operators: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Whose":
        """Read the settings."""
        registry = Registry.load(settings.parties)
        if settings.gateway_trying:
            return cls(registry, registry.codes, trying=True)
        if settings.gateway_operators:
            return cls(registry, frozenset(), trying=False, operators=True)
        own = frozenset({settings.party} if settings.party else ())
        return cls(registry, own, trying=False)

    @property
    def tokens(self) -> Tokens | None:
        """Returns which tokens it takes; None: it asks for none."""
        if self.trying:
            return None
        # No party is called so: what all parties wrote is no single party's to read.
        whose = OPERATORS if self.operators else next(iter(self.parties), None)
        return Tokens(self.registry, whose)

    @property
    def roles(self) -> frozenset[str]:
        """Returns as whom it comes to the topics, beside being a gateway."""
        return frozenset({OPERATORS}) if self.operators else self.parties

    def purpose(self, people: Path | None) -> Purpose:
        """Returns who may sign in at its pages, and what for."""
        rights: set[Right] = {READ}
        if self.parties:
            rights.add(WRITE)
        if people is not None and (self.operators or self.trying):
            rights.add(OPERATE)
        # What everybody may is what the address may be reached by: see Settings.
        is_open = self.trying or (self.operators and people is None)
        own = "" if self.trying else next(iter(self.parties), "")
        return Purpose(
            frozenset(rights),
            frozenset({READ} if is_open else ()),
            own,
            None if self.operators else Tokens(self.registry, own or None),
            None if people is None else PeopleFile(people),
        )

    def topics(self) -> Iterator[Topic]:
        """Yields what it reads."""
        read = self.registry.codes if self.operators else self.parties
        own = {receipts(party) for party in read}
        for topic in topics(self.registry):
            if GATEWAY in topic.consumers or topic.name in own:
                yield topic

    def streamed(self) -> Iterator[tuple[str, int]]:
        """The partitions of what ``/events`` tells."""
        wanted = {records(domain) for domain in Domain}
        wanted |= {MATCHING_RECORDS, APPRAISAL_RECORDS}
        wanted |= {receipts(party) for party in self.parties}
        for topic in self.topics():
            if topic.name in wanted:
                yield from ((topic.name, n) for n in range(topic.partitions))


async def cluster_id(settings: Settings) -> str:
    """The cluster's own name.

    Raises:
        Unavailable: no broker answers.
    """
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        return str((await admin.describe_cluster())["cluster_id"])
    except KafkaError as error:
        raise await unavailable(settings, error, CANNOT_CONNECT) from None
    finally:
        await admin.close()


def compose(
    settings: Settings, cluster: str, desk: Desk | None = None
) -> tuple[Starlette, Hub]:
    """Build the gateway; it starts and stops with the application."""
    whose = Whose.of(settings)
    view = View()
    waiting = Receipts(view)
    hub = Hub(Log(cluster + settings.prefix, whose.streamed()), view)

    def on_batch(rows: Sequence[tuple[int, Row]]) -> None:
        hub.on_batch(rows)
        waiting.on_batch(rows)

    answers = {receipts(party) for party in whose.parties}
    reading = [topic for topic in whose.topics() if topic.name not in answers]
    awaited = [topic for topic in whose.topics() if topic.name in answers]
    followings = [
        Following(settings, topics_, view, on_batch, at_once=at_once)
        for topics_, at_once in ((reading, False), (awaited, True))
        if topics_
    ]
    outage = Outage()
    sender = Sender(settings)
    tokens, sessions = whose.tokens, Sessions(whose.purpose(settings.people))
    registered = Registered(whose.registry, settings.parties)

    async def follow_registry() -> None:
        """Take keys that are registered or end while we run."""
        counted = [one for one in (tokens, sessions.purpose.tokens) if one is not None]
        while True:
            await asyncio.sleep(settings.progress_every.total_seconds())
            if registered.look():
                for one in counted:
                    one.registry = registered.now

    ready = partial(_is_ready, outage, followings)
    watching = Watching(GATEWAY, (), settings, ready)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        background = [
            asyncio.create_task(hub.beat()),
            asyncio.create_task(follow_registry()),
        ]
        try:
            await watching.listen()
            for following in followings:
                await following.start()
            every_s = settings.progress_every.total_seconds()
            looking = outage.watch(followings[0].answered, every_s)
            background.append(asyncio.create_task(looking))
            log.info(
                "gateway.started", parties=sorted(whose.parties), trying=whose.trying
            )
            yield
        finally:
            for task in background:
                task.cancel()
            for following in followings:
                await following.stop()
            await sender.stop()
            await watching.stop()
            view.close()

    gateway = Gateway(
        view,
        hub,
        waiting,
        Door(whose.parties, sender.send, waiting),
        whose.registry,
        tokens,
        sessions,
        ready,
        view.latest_moment if settings.story_time else partial(datetime.now, UTC),
        settings.profiles,
        ClusterAddress(
            settings.kafka,
            settings.prefix,
            settings.tls or settings.mechanism is not None,
        ),
        desk,
    )
    return application(gateway, lifespan), hub


def _is_ready(outage: Outage, followings: Sequence[Following]) -> bool:
    return not outage.lasts and all(one.abreast for one in followings)


class Server(uvicorn.Server):
    """Ends open streams when it is told to stop; uvicorn alone waits for them."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asyncio.get_event_loop().call_soon_threadsafe(self._hub.close)
        super().handle_exit(sig, frame)


async def serve(settings: Settings, desk: Desk | None = None) -> None:
    """Serve until told to stop.

    Args:
        settings: of this process.
        desk: what the operators' pages ask; None: it has none.

    Raises:
        Unavailable: no broker answers, or the address cannot be had.
    """
    build_models()
    app, hub = compose(settings, await cluster_id(settings), desk)
    host, _, port = settings.gateway_listen.rpartition(":")
    config = uvicorn.Config(
        app,
        host=host.strip("[]"),
        port=int(port),
        http=EitherProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
        timeout_keep_alive=_IDLE_S,
        forwarded_allow_ips="127.0.0.1",
    )
    server = Server(config, hub)
    spare_collector()
    try:
        await server.serve()
    except SystemExit:  # uvicorn's way to say that it cannot listen
        raise Unavailable(
            f"TWINCITY_GATEWAY_LISTEN={settings.gateway_listen} cannot be listened on"
            " 无法监听"
        ) from None
