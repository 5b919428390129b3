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
from pydantic import BaseModel, Field, ValidationError

from services.runtime.connecting import client_options
from services.runtime.flow import Flow
from services.runtime.settings import Settings

_TRIES, _AGAIN_S = 60, 0.5


class Presence(BaseModel, frozen=True):
    """Of one shard, or of the ledger.

    Attributes:
        at_ms: when it was said, in milliseconds since 1970.
        starts: how often the shard was started, as far as Kafka kept it.
        waiting: subjects whose statements wait among the dead letters.
        halted: whether it waits for an operator.
        shards: how many its service has.
        taken: records that its process has taken in.
        aborted: batches that it has taken back.
    """

    at_ms: int = Field(ge=0, lt=7_258_118_400_000)  # of 1970 to 2199
    starts: int = 1
    waiting: int | None = None
    halted: bool = False
    shards: int = 1
    taken: int = 0
    aborted: int = 0

    @classmethod
    def now(
        cls,
        starts: int,
        waiting: int | None = None,
        *,
        flow: Flow,
        halted: bool = False,
        shards: int = 1,
    ) -> Self:
        """Said at this moment."""
        return cls(
            at_ms=int(time() * 1000),
            starts=starts,
            waiting=waiting,
            halted=halted,
            shards=shards,
            taken=flow.total.taken,
            aborted=flow.aborted,
        )

    def beside(
        self, positions: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """Positions to commit, with this beside each."""
        presence = self.model_dump_json()
        return {
            place: OffsetAndMetadata(at, presence) for place, at in positions.items()
        }

    @classmethod
    def latest(
        cls,
        committed: Mapping[TopicPartition, OffsetAndMetadata],
        places: Iterable[TopicPartition],
    ) -> Self | None:
        """Returns what was last said beside any of these partitions; None: nothing."""
        texts = [committed[place].metadata for place in places if place in committed]
        # Partitions that move seldom hold what was said long ago.
        return max(filter(None, map(cls._read, texts)), key=_at, default=None)

    @classmethod
    def _read(cls, text: str | None) -> Self | None:
        try:
            return cls.model_validate_json(text or "")
        except ValidationError:
            return None


def _at(presence: Presence) -> int:
    return presence.at_ms


async def committed(
    settings: Settings, group: str
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Returns what a group has committed, with what was said beside it.

    Raises:
        KafkaError: the cluster does not answer.
    """
    admin = AIOKafkaAdminClient(**client_options(settings))
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
    offsets: dict[TopicPartition, OffsetAndMetadata]
    offsets = await admin.list_consumer_group_offsets(group)
    return offsets


async def starts(
    settings: Settings, group: str, places: Iterable[TopicPartition]
) -> int:
    """Returns how often a shard was started, this time included.

    Raises:
        KafkaError: the cluster does not answer.
    """
    last = Presence.latest(await committed(settings, group), places)
    return 1 if last is None else last.starts + 1
