"""Record batches as other clients write them, byte by byte."""

import asyncio
import struct
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NoError, NotLeaderForPartitionError, for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from services.runtime.connecting import client_options
from services.runtime.settings import Settings

Message = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]], int]


def batch(messages: Sequence[Message], replaced: tuple[bytes, bytes]) -> bytes:
    """An uncompressed batch in which some bytes stand for others of equal length."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 4_000_000)
    for number, (key, value, headers, time) in enumerate(messages):
        assert builder.append(number, time, key, value, list(headers))
    built = bytearray(bytes(builder.build()).replace(*replaced))
    struct.pack_into(">I", built, 17, calc_crc32c(bytes(built[21:])))
    return bytes(built)


async def send(settings: Settings, place: TopicPartition, content: bytes) -> None:
    """Write it; a partition that has only just come up is waited for."""
    client: Any = AIOKafkaClient(**client_options(settings))
    await client.bootstrap()
    try:
        await client.set_topics([place.topic])
        topics = [(place.topic, [(place.partition, content)])]
        while True:
            leader = client.cluster.leader_for_partition(place)
            answer = await client.send(leader, ProduceRequest(None, -1, 10_000, topics))
            error = for_code(answer.topics[0][1][0][1])
            if error is NoError:
                return
            if error is not NotLeaderForPartitionError:
                raise error(place)
            await asyncio.sleep(0.2)  # not written
            await client.force_metadata_update()
    finally:
        await client.close()
