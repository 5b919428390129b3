"""What a transaction writes, gathered: one record batch a partition.

A future a message costs more than writing the message; a batch that is built here
costs one. A key of the changelog that changes several times within a transaction is
written once.
"""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

Headers = Sequence[tuple[str, bytes]]
_Message = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


class Outbox:
    """The messages of one transaction, until it is committed.

    Args:
        producer: a transactional one; only ``flush`` sends by it.
    """

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._partition = DefaultPartitioner()
        self._partitions: dict[str, list[int]] = {}
        self._messages: dict[TopicPartition, list[_Message]] = {}
        self._changes: dict[TopicPartition, dict[bytes, bytes | None]] = {}

    async def add(
        self,
        topic: str,
        key: bytes,
        value: bytes | None,
        headers: Headers,
        partition: int | None,
    ) -> None:
        """Add a message; ``partition`` None is by the key, as Kafka's default is."""
        if partition is None:
            known = self._partitions.get(topic)
            if known is None:
                known = sorted(await self._producer.partitions_for(topic))
                self._partitions[topic] = known
            partition = self._partition(key, known, known) if len(known) > 1 else 0
        there = TopicPartition(topic, partition)
        self._messages.setdefault(there, []).append((key, value, list(headers)))

    def change(
        self, changelog: TopicPartition, key: bytes, value: bytes | None
    ) -> None:
        """Change a key of a changelog; what it was changed to before is not written."""
        self._changes.setdefault(changelog, {})[key] = value

    def clear(self) -> None:
        """Drop everything."""
        self._messages.clear()
        self._changes.clear()

    async def flush(self) -> None:
        """Send everything and wait until the broker has it.

        Raises:
            KafkaError: something could not be written; aiokafka's commit would not
                tell.
        """
        for changelog, changed in self._changes.items():
            self._messages[changelog] = [(k, v, []) for k, v in changed.items()]
        partitions = [self._send(*item) for item in self._messages.items()]
        self.clear()  # before anything fails: the batch is decided anew, not added to
        await asyncio.gather(*partitions)

    async def _send(self, there: TopicPartition, messages: list[_Message]) -> None:
        """Send a partition's messages in order, in as few batches as they fit."""
        topic, partition = there
        sent = []
        batch = self._producer.create_batch()
        for key, value, headers in messages:
            while not batch.append(
                timestamp=None, key=key, value=value, headers=headers
            ):
                # Full; an empty one takes a message of any size.
                sent.append(
                    await self._producer.send_batch(batch, topic, partition=partition)
                )
                batch = self._producer.create_batch()
        sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)
