"""The peer: admission or coordination as a hand-written aiokafka loop.

The same decisions, memory, changelog, transaction and guarantees, without
FastStream and without the runtime: what the runtime costs is the difference.
``python -m benchmarks.by_hand SERVICE``, until it is killed.
"""

import asyncio
import sys
from collections.abc import Mapping

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.admission import service as admission
from services.coordination import service as coordination
from services.runtime.connecting import client_options
from services.runtime.incoming import Incoming
from services.runtime.layout import WHOLE, inputs_of
from services.runtime.outcomes import Publish, Save
from services.runtime.service import MakeProcessor, Processor
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics

PROCESSORS: dict[str, MakeProcessor] = {
    "admission": admission.make_processor,
    "coordination": coordination.make_processor,
}


async def loop(service: str, settings: Settings) -> None:
    """Run a service in one shard until it is killed."""
    registry = Registry.load(settings.parties)
    processor = PROCESSORS[service](registry)
    catalogue = list(topics(registry))
    inputs = {
        i.source: i.changelog
        for i in inputs_of(service, WHOLE, catalogue, settings.prefix)
    }
    group = f"{settings.prefix}hand.{service}"
    producer = AIOKafkaProducer(
        **client_options(settings),
        transactional_id=group,
        acks="all",
        max_batch_size=262_144,
    )
    await producer.start()
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    consumer.assign(list(inputs))
    await _work_off(group, consumer, producer, processor, inputs, settings.prefix)


async def _work_off(  # noqa: PLR0913, PLR0917  a loop by hand
    group: str,
    consumer: AIOKafkaConsumer,
    producer: AIOKafkaProducer,
    processor: Processor,
    inputs: Mapping[TopicPartition, TopicPartition],
    prefix: str,
) -> None:
    while True:
        batches = await consumer.getmany(max_records=500, timeout_ms=100)
        if not batches:
            continue
        async with producer.transaction():
            sent = []
            after = {}
            for place, records in batches.items():
                for record in records:
                    for outcome in processor.decide(Incoming(record)):
                        match outcome:
                            case Publish():
                                sent.append(
                                    await producer.send(
                                        prefix + outcome.topic,
                                        outcome.value,
                                        key=outcome.key,
                                        headers=outcome.headers,
                                        partition=outcome.partition,
                                    )
                                )
                            case Save(key, value):
                                changelog: TopicPartition = inputs[place]
                                sent.append(
                                    await producer.send(
                                        changelog.topic,
                                        processor.memory.put(key, value),
                                        key=key.encode(),
                                        partition=changelog.partition,
                                    )
                                )
                after[place] = records[-1].offset + 1
            await asyncio.gather(*sent)
            await producer.send_offsets_to_transaction(after, group)
        processor.memory.commit()


if __name__ == "__main__":
    uvloop.run(loop(sys.argv[1], Settings()))
