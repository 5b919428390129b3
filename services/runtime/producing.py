"""The producer of one transactional id: a transaction's begin, its writing, its end.

Once a transaction was begun, a commit or abort without an answer has an unknown
outcome, and only a new start of the id tells which: docs/decisions/0002.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import OffsetAndMetadata

from services.runtime.connecting import client_options
from services.runtime.errors import OutcomeUnknown
from services.runtime.outbox import Outbox
from services.runtime.settings import Settings

Offsets = Mapping[TopicPartition, OffsetAndMetadata]
Compression = Literal["gzip"] | None
"""Of record batches. Every client reads gzip, aiokafka without more packages too."""

_STOP_S = 5.0
"""How long what is on its way has at the end: after ten, containers are killed."""


class Producer:
    """Writes the transactions of one shard.

    Args:
        transactional_id: the shard's.
        group: where its positions stand for tools that ask a group.
        settings: of this process.
        compression: of the batches.
    """

    def __init__(
        self,
        transactional_id: str,
        group: str,
        settings: Settings,
        compression: Compression = None,
    ) -> None:
        self._id = transactional_id
        self._group = group
        self._wait_s = settings.commit_wait.total_seconds()
        timeout = settings.transaction_timeout.total_seconds()
        self._kafka = AIOKafkaProducer(
            **client_options(settings),
            transactional_id=transactional_id,
            acks="all",
            compression_type=compression,
            linger_ms=0,  # the outbox makes whole batches
            max_batch_size=262_144,  # a whole batch of 1-KB events in one request
            transaction_timeout_ms=int(timeout * 1000),
        )
        self.outbox = Outbox(self._kafka)
        """What the present transaction writes."""

    async def start(self) -> None:
        """Fence earlier incarnations of the id.

        Raises:
            KafkaError: the cluster does not answer.
        """
        await self._kafka.start()

    async def stop(self) -> None:
        """Close it; an open transaction is aborted by the next start.

        aiokafka waits for ever until what is on its way has arrived, as where a token
        has expired in the middle of a transaction: whoever is told to end, ends.
        """
        try:
            await asyncio.wait_for(self._kafka.stop(), _STOP_S)
        except TimeoutError:
            await self._kafka.client.close()

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """A transaction of its own, besides those of the batches."""
        transaction: AbstractAsyncContextManager[Any] = self._kafka.transaction()
        return transaction

    async def begin(self) -> None:
        """Begin a batch's transaction.

        Raises:
            OutcomeUnknown: the producer is fenced, or its transactions are over.
        """
        await self._decided(self._kafka.begin_transaction())

    async def flush(self) -> None:
        """Send what is in the outbox, and wait until the broker has it.

        Raises:
            KafkaError: something was refused; a commit would not tell.
        """
        try:
            await asyncio.wait_for(self.outbox.flush(), self._wait_s)
        except TimeoutError:
            # The broker's, so that no record is taken for what holds it up.
            raise KafkaTimeoutError(
                f"nothing arrived within {self._wait_s:.0f} s"
            ) from None

    async def commit(self, offsets: Offsets) -> None:
        """Commit what was flushed, and the positions, as one.

        Raises:
            KafkaError: before the commit began; abort and repeat.
            OutcomeUnknown: nobody can say whether it was committed.
        """
        if offsets:
            # Not within ``_decided``: the end was not asked for, so an abort is safe.
            sent = self._kafka.send_offsets_to_transaction(offsets, self._group)
            await asyncio.wait_for(sent, self._wait_s)
        await self._decided(self._kafka.commit_transaction())

    async def abort(self) -> None:
        """Undo what was written.

        Raises:
            OutcomeUnknown: the abort got no answer.
        """
        self.outbox.clear()
        await self._decided(self._kafka.abort_transaction())

    async def affirm(self, offsets: Offsets) -> None:
        """Commit a transaction that moves nothing, and learn whether the id is ours.

        It is awaited however long it takes: nothing was decided that could be
        decided twice.

        Raises:
            OutcomeUnknown: the producer is fenced, or its transactions are over.
        """
        try:
            await self._kafka.begin_transaction()
            await self._kafka.send_offsets_to_transaction(offsets, self._group)
            await self._kafka.commit_transaction()
        except Exception as error:  # aiokafka asserts its states, too
            raise OutcomeUnknown(
                f"shard {self._id} is no longer ours, or its transactions are over "
                f"分片已被接管或事务已失效：{error!r}"
            ) from error

    async def _decided(self, transaction_end: Any) -> None:
        try:
            await asyncio.wait_for(transaction_end, self._wait_s)
        except BaseException as error:  # cancelled, too: the request may have arrived
            raise OutcomeUnknown(
                f"transaction of {self._id} has an unknown outcome "
                f"事务结果未知：{error!r}"
            ) from error
