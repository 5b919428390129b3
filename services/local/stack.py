"""The whole system on this machine: broker, topics, services."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from services.access.applying import WantedAccess, bring_about, give_passwords, opened
from services.access.doors import Doors
from services.access.grants import user_of
from services.local import EmbeddedKafka
from services.local.logbook import Logbook
from services.local.supervisor import Supervisor
from services.runtime.errors import TwinCityError, WrongSetting
from services.runtime.layout import WHOLE
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry
from twincity_schemas.topology import GATEWAY, SERVICES

OwnEnvironment = Callable[[], Mapping[str, str]]
"""Gives what one service gets as its environment and others do not."""


@dataclass(frozen=True)
class Stack:
    """The running system."""

    settings: Settings
    registry: Registry
    supervisor: Supervisor


@contextmanager
def broker(
    settings: Settings,
    folder: Path | None = None,
    port: int = 0,
    *,
    secure: bool = False,
) -> Iterator[tuple[Settings, EmbeddedKafka | None]]:
    """The settings of a broker that runs, and the broker where it is our child.

    Args:
        settings: of this process.
        folder: where a broker of our own keeps its data; None: for the time being.
        port: where it listens; 0: any that is free.
        secure: let it take nobody without a password or a certificate.

    Raises:
        TwinCityError: none is set and none can be started.
        WrongSetting: one is set, and a port or security is asked of our own.
    """
    if settings.kafka:
        if port or secure:
            option = "--port" if port else "--secure"
            raise WrongSetting(
                f"{option} is for a Kafka of our own, and TWINCITY_KAFKA is set "
                f"已设置 TWINCITY_KAFKA，不能再用 {option}"
            )
        yield settings, None
        return
    with EmbeddedKafka(folder, port=port, secured=secure) as kafka:
        yield settings.open(kafka.bootstrap), kafka


@asynccontextmanager
async def system(
    settings: Settings,
    logs: Path | Logbook | None = None,
    kafka: EmbeddedKafka | None = None,
    doors: Doors | None = None,
) -> AsyncIterator[Stack]:
    """Create the topics, run every service, and keep the broker if it is ours.

    A gateway runs beside them where one is wanted for trying, and on a secured
    broker, where it reads alone and wants its readers' tokens.

    Args:
        settings: of all of them.
        logs: what takes their lines, or the folder for them; None: our stderr.
        kafka: the node, where it is a child of ours.
        doors: of the node, where it is secured: each service comes as itself.

    Raises:
        TwinCityError: the cluster's topics cannot be made as the catalogue wants.
        WrongSetting: one shard of several is set; the others would not run.
    """
    if settings.shard != WHOLE:
        raise WrongSetting(
            "TWINCITY_SHARD is for twincity run; here every service is one "
            "TWINCITY_SHARD 仅用于 twincity run"
        )
    registry = Registry.load(settings.parties)
    if doors is not None:
        settings = doors.administrator(settings)
    async with Cluster(settings) as cluster:
        wrong = await cluster.apply(settings.catalogue(registry))
    if wrong:
        raise TwinCityError("; ".join(map(str, wrong)))
    environment = {
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_PARTIES": str(settings.parties),
        "TWINCITY_DATABASE": settings.database.get_secret_value(),
        "TWINCITY_STORY_TIME": str(settings.story_time),
        "TWINCITY_LOG_FORMAT": settings.log_format,
    }
    services: dict[str, OwnEnvironment] = dict.fromkeys(SERVICES, dict)
    if doors is not None:
        services = await asyncio.to_thread(_admit, settings, registry, doors)
        environment["TWINCITY_GATEWAY_LISTEN"] = settings.gateway_listen
    elif settings.gateway_trying:
        services[GATEWAY] = dict
        environment |= {
            "TWINCITY_GATEWAY_TRYING": "true",
            "TWINCITY_GATEWAY_LISTEN": settings.gateway_listen,
        }
    book = Logbook(logs) if isinstance(logs, Path) else logs
    if book is not None:
        environment |= book.environment
        environment["TWINCITY_LOGS"] = str(book.folder.absolute())
    if settings.people is not None:
        environment["TWINCITY_PEOPLE"] = str(settings.people.absolute())
    if settings.log_focus is not None:
        environment["TWINCITY_LOG_FOCUS"] = str(settings.log_focus.absolute())
    async with Supervisor(
        services, environment, book, kafka, settings.health
    ) as supervisor:
        yield Stack(settings, registry, supervisor)


def _admit(
    settings: Settings, registry: Registry, doors: Doors
) -> dict[str, OwnEnvironment]:
    """Give every user its password and its rights; returns what services are told.

    Raises:
        TwinCityError: the broker does not take them.
    """
    wanted, access = WantedAccess.of(settings, registry), opened(settings)
    give_passwords(access, doors.secrets, wanted.users)
    if left := bring_about(access, wanted, prune=True).missing:
        raise TwinCityError(f"{left[0]} is not given 未能授权")
    return {
        service: partial(
            doors.environment, settings, user_of(service, registry, settings.prefix)
        )
        for service in (*SERVICES, GATEWAY)
    }


def with_gateway(settings: Settings, port: int = 0, *, trying: bool = True) -> Settings:
    """Returns settings with a gateway, on any free port if none is given.

    Args:
        settings: without it.
        port: where it listens.
        trying: whether it takes everybody, for trying alone.
    """
    listen = f"127.0.0.1:{port or _free_port()}"
    return settings.but(gateway_trying=trying, gateway_listen=listen)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
