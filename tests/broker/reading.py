"""Reading a topic of a real broker from its beginning to its end."""

from aiokafka import TopicPartition

from services.runtime.consuming import consuming
from services.runtime.reading import Reader, Record, until_end
from services.runtime.settings import Settings


async def everything(settings: Settings, topic: str) -> list[Record]:
    name = settings.prefix + topic
    async with consuming(settings) as consumer:
        await consumer._client.set_topics([name])
        numbers = consumer.partitions_for_topic(name)
        places = [TopicPartition(name, number) for number in numbers]
        consumer.assign(places)
        starts = await consumer.beginning_offsets(places)
        return [record async for record in until_end(Reader(consumer, starts))]
