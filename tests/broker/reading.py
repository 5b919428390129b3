"""Reading a topic of a real broker from its beginning to its end."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.connecting import client_options
from services.runtime.reading import Reader, Record, until_end
from services.runtime.settings import Settings


async def everything(settings: Settings, topic: str) -> list[Record]:
    consumer: Any = AIOKafkaConsumer(
        **client_options(settings),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    name = settings.prefix + topic
    async with consumer:
        await consumer._client.set_topics([name])
        numbers = consumer.partitions_for_topic(name)
        places = [TopicPartition(name, number) for number in numbers]
        consumer.assign(places)
        starts = await consumer.beginning_offsets(places)
        return [record async for record in until_end(Reader(consumer, starts))]
