"""Consumers of topics outside any group: how they are made, and how they end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.runtime.connecting import client_options
from services.runtime.settings import Settings

_ENDED_S = 0.2


def consumer_for(settings: Settings, **options: Any) -> AIOKafkaConsumer:
    """Returns a consumer of what was committed, which itself commits nothing.

    Args:
        settings: of the cluster.
        options: aiokafka's, beside or instead of these.
    """
    usual = {
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "auto_offset_reset": "none",  # never a silent jump
    }
    return AIOKafkaConsumer(**client_options(settings), **usual | options)


@asynccontextmanager
async def consuming(settings: Settings, **options: Any) -> AsyncIterator[Any]:
    """The same, started, and let go at the end.

    Raises:
        KafkaError: no broker answers.
    """
    consumer = consumer_for(settings, **options)
    try:
        await consumer.start()
        yield consumer
    finally:
        await let_go(consumer)


async def let_go(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, and break off what of its connections does not end at once.

    A broker that holds a fetch back takes no notice of TLS's goodbye before it has
    answered. Where the two arrived as one it takes none at all, and aiokafka waits for
    as long as TLS does, 30 s: 17 of 30 times on uvloop, right after a fetch. What it
    would wait for is nobody's.
    """
    client = consumer._client  # noqa: SLF001  there is no public way to it
    connections = client._conns.values()  # noqa: SLF001  nor to these
    writers = [one._writer for one in connections]  # noqa: SLF001  nor to what they write
    ending = asyncio.create_task(consumer.stop())
    if (await asyncio.wait({ending}, timeout=_ENDED_S))[1]:
        for writer in filter(None, writers):
            writer.transport.abort()
    await ending
