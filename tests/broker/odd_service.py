"""Admission, running as a service, with one fault: ``python odd_service.py FAULT``."""

import asyncio
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from services.admission import service as admission
from services.runtime import logs
from services.runtime.delivery import Delivery, Incoming
from services.runtime.feed import Feed
from services.runtime.service import Processor, compose
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry

LONGER_THAN_A_TRANSACTION_S = 25  # the broker looks for such every ten seconds


OFFSETS = AIOKafkaProducer.send_offsets_to_transaction
NEXT_BATCH = Feed.next_batch


def make_processor(registry: Registry) -> Processor:
    processor = admission.make_processor(registry)

    def decide(message: Incoming) -> Iterator[Any]:
        match sys.argv[1]:
            case "blocked":
                time.sleep(3600)
            case _:
                pass
        yield from processor.decide(message)

    return Processor(processor.memory, decide, step=processor.step)


async def stuck(_delivery: Any, _batch: Any) -> None:
    await asyncio.Event().wait()


async def slow(producer: Any, offsets: Any, group: str) -> None:
    """Everything is sent by then."""
    await asyncio.sleep(LONGER_THAN_A_TRANSACTION_S)
    await OFFSETS(producer, offsets, group)


async def clumsy(feed: Feed, consumer: Any) -> Any:
    """Raises, once, what no poll should, with the records that it was to give."""
    records = await NEXT_BATCH(feed, consumer)
    if records:
        feed.subscriber.get_msg = partial(NEXT_BATCH, feed)
        raise ZeroDivisionError("of a library")
    return records


async def dead(_feed: Any, _consumer: Any) -> None:
    raise asyncio.CancelledError


def main() -> None:
    settings = Settings.load()
    logs.configure("admission", settings.log_format, settings.log_level)
    match sys.argv[1]:
        case "stuck":
            Delivery.__call__ = stuck  # type: ignore[method-assign]
        case "slow":
            AIOKafkaProducer.send_offsets_to_transaction = slow
        case "clumsy":
            Feed.next_batch = clumsy  # type: ignore[method-assign]
        case "dead":
            Feed.next_batch = dead  # type: ignore[assignment,method-assign]
        case _:
            pass
    uvloop.run(compose("admission", make_processor, settings).app.run())


if __name__ == "__main__":
    main()
