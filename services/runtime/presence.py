"""What whoever decides says of itself, beside its group's offsets.

So that anybody finds in the cluster alone, with the service down, when a shard
last lived, how often it was started and how many subjects wait. Nothing rests on
it: positions are the memory's (docs/decisions/0012).
"""

import asyncio
from collections.abc import Iterable, Mapping
from time import time
from typing import Self

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from pydantic import BaseModel, ValidationError

_TRIES, _AGAIN_S = 60, 0.5


class Presence(BaseModel, frozen=True):
    """Of one shard, or of the ledger.

    Attributes:
        at_ms: when it was said, in milliseconds since 1970.
        starts: how often the shard was started, as far as Kafka kept it.
        waiting: subjects whose statements wait among the dead letters; None of
            the ledger, whose database knows.
        halted: whether it waits for an operator.
    """

    at_ms: int
    starts: int = 1
    waiting: int | None = None
    halted: bool = False

    @classmethod
    def now(
        cls, starts: int, waiting: int | None = None, *, halted: bool = False
    ) -> Self:
        """Said at this moment."""
        at_ms = int(time() * 1000)
        return cls(at_ms=at_ms, starts=starts, waiting=waiting, halted=halted)

    def beside(
        self, positions: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """Positions to commit, with this beside each."""
        said = self.model_dump_json()
        return {place: OffsetAndMetadata(at, said) for place, at in positions.items()}

    @classmethod
    def latest(
        cls,
        committed: Mapping[TopicPartition, OffsetAndMetadata],
        places: Iterable[TopicPartition],
    ) -> Self | None:
        """What was last said beside any of these partitions; None: nothing."""
        said = [committed[place].metadata for place in places if place in committed]
        return max(filter(None, map(cls._read, said)), key=_at, default=None)

    @classmethod
    def _read(cls, text: str | None) -> Self | None:
        try:
            return cls.model_validate_json(text or "")
        except ValidationError:
            return None


def _at(presence: Presence) -> int:
    return presence.at_ms


async def committed(kafka: str, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    """What a group has committed, with what was said beside it.

    Raises:
        KafkaError: the cluster does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        for _ in range(_TRIES):
            try:
                return await _of_group(admin, group)
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(_AGAIN_S)  # a fresh cluster makes the topic first
        return await _of_group(admin, group)
    finally:
        await admin.close()


async def _of_group(
    admin: AIOKafkaAdminClient, group: str
) -> dict[TopicPartition, OffsetAndMetadata]:
    found: dict[TopicPartition, OffsetAndMetadata]
    found = await admin.list_consumer_group_offsets(group)
    return found


async def starts(kafka: str, group: str, places: Iterable[TopicPartition]) -> int:
    """How often a shard was started, this time included.

    Raises:
        KafkaError: the cluster does not answer.
    """
    last = Presence.latest(await committed(kafka, group), places)
    return 1 if last is None else last.starts + 1
