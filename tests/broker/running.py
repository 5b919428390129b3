"""Services inside the test's own process, on the real broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.cli.services import PROCESSORS
from services.runtime.service import Running, compose
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics


async def create_topics(settings: Settings) -> None:
    registry = Registry.load(settings.parties)
    async with Cluster(settings) as cluster:
        assert not await cluster.apply(topics(registry))


@asynccontextmanager
async def running(settings: Settings, service: str) -> AsyncIterator[Running]:
    """One service; its topics have to be there."""
    composed = compose(service, PROCESSORS[service], settings)
    await composed.app.start()
    try:
        yield composed
    finally:
        await composed.app.stop()
