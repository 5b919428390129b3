"""The whole system on this machine: broker, topics, services."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.logbook import Logbook
from services.cli.supervisor import Supervisor
from services.embedded import EmbeddedKafka
from services.runtime.errors import TwinCityError, WrongSetting
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.catalogue import GATEWAY, SERVICES, topics
from twincity_schemas.parties import Registry


@dataclass(frozen=True)
class Stack:
    """What runs."""

    settings: Settings
    registry: Registry
    supervisor: Supervisor


@contextmanager
def broker(
    settings: Settings, folder: Path | None = None, port: int = 0
) -> Iterator[tuple[Settings, EmbeddedKafka | None]]:
    """The settings of a broker that runs, and the broker where it is our child.

    Raises:
        TwinCityError: none is set and none can be started.
    """
    if settings.kafka:
        if port:
            raise WrongSetting(
                "--port is for a Kafka of our own, and TWINCITY_KAFKA is set "
                "已设置 TWINCITY_KAFKA，不能再用 --port"
            )
        yield settings, None
        return
    with EmbeddedKafka(folder, port=port) as kafka:
        yield settings.model_copy(update={"kafka": kafka.bootstrap}), kafka


@asynccontextmanager
async def system(
    settings: Settings,
    logs: Path | Logbook | None = None,
    kafka: EmbeddedKafka | None = None,
) -> AsyncIterator[Stack]:
    """Create the topics, run every service, and keep the broker if it is ours.

    A gateway runs beside them where one is wanted for trying.

    Args:
        settings: of all of them.
        logs: what takes their lines, or the folder for them; None: our stderr.
        kafka: the node, where it is a child of ours.

    Raises:
        TwinCityError: the cluster's topics cannot be made as the catalogue wants.
        WrongSetting: some shards alone are set; the others would not run.
    """
    if settings.shards is not None:
        raise WrongSetting(
            "TWINCITY_SHARDS is for twincity run; here every shard runs "
            "TWINCITY_SHARDS 仅用于 twincity run"
        )
    registry = Registry.load(settings.parties)
    async with Cluster(settings.kafka, settings.prefix) as cluster:
        wrong = await cluster.apply(topics(registry, story_time=settings.story_time))
    if wrong:
        raise TwinCityError("; ".join(map(str, wrong)))
    environment = {
        "TWINCITY_KAFKA": settings.kafka,
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_PARTIES": str(settings.parties),
        "TWINCITY_DATABASE": settings.database.get_secret_value(),
        "TWINCITY_STORY_TIME": str(settings.story_time),
        "TWINCITY_LOG_FORMAT": settings.log_format,
    }
    services: tuple[str, ...] = SERVICES
    if settings.gateway_trying:
        services = (*SERVICES, GATEWAY)
        environment |= {
            "TWINCITY_GATEWAY_TRYING": "true",
            "TWINCITY_GATEWAY_LISTEN": settings.gateway_listen,
        }
    book = Logbook(logs) if isinstance(logs, Path) else logs
    if book is not None:
        environment |= book.environment
    if settings.log_focus is not None:
        environment["TWINCITY_LOG_FOCUS"] = str(settings.log_focus.absolute())
    async with Supervisor(
        services, environment, book, kafka, settings.health
    ) as supervisor:
        yield Stack(settings, registry, supervisor)
