"""Puts messages into inboxes, with the credentials of their party."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from services.gateway.opening import InboxMessage, too_large
from services.gateway.refusing import Refusal, later
from services.runtime.connecting import MAY_NOT, client_name, client_options
from services.runtime.settings import Settings
from twincity_schemas.message import LARGEST_MESSAGE
from twincity_schemas.topology import inbox

log = structlog.get_logger()

_SENT_S = 10.0
"""After this the poster is told to come again; the message may still get there,
and is the same one then."""

_FATAL = {
    "UnknownProducerId",
    "OutOfOrderSequenceNumber",
    "InvalidProducerEpoch",
    "ProducerFenced",
    "DuplicateSequenceNumber",
}
"""After these aiokafka's producer sends nothing more."""


class Sender:
    """One producer; a new one where the old one has failed for good."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Any = None
        self._starting = asyncio.Lock()

    async def stop(self) -> None:
        """Send what is on its way, and end."""
        if self._producer is not None:
            producer = self._producer
            self._producer = None
            with suppress(TimeoutError):
                await asyncio.wait_for(producer.stop(), _SENT_S)

    async def send(self, message: InboxMessage, party: str) -> str:
        """Put a message into a party's inbox.

        Returns:
            its place, ``topic/partition/offset``, without the environment's prefix.

        Raises:
            Refusal: 413; 403: Kafka lets us not write there, as where the party is
                suspended; 503: Kafka has not acknowledged it. Whether it is in the
                inbox is not known then.
        """
        topic = self._settings.prefix + inbox(party)
        producer: Any = None
        try:
            async with asyncio.timeout(_SENT_S):
                producer = await self._started()
                sent = await producer.send(
                    topic,
                    message.value,
                    key=message.subject.encode(errors="replace"),
                    headers=list(message.headers),
                )
                # Shielded: a message given up on stays in its producer's order.
                placed = await asyncio.shield(sent)
        except MessageSizeTooLargeError:
            raise too_large(LARGEST_MESSAGE) from None
        except MAY_NOT as error:
            log.warning("statement.not_sent", reason=repr(error))
            # Its count of what it sent is past what Kafka took.
            await self._drop(producer)
            raise self._no_right(topic) from None
        except (KafkaError, TimeoutError) as error:
            log.warning("statement.not_sent", reason=repr(error))
            if type(error).__name__.removesuffix("Error") in _FATAL:
                await self._drop(producer)
            raise later(
                503,
                "kafka_unavailable",
                (
                    "Kafka 未确认收到；请以同一编号重发，重复不会再次生效",
                    "Kafka has not acknowledged it; say it again with the same id",
                ),
                5,
            ) from None
        return f"{inbox(party)}/{placed.partition}/{placed.offset}"

    def _no_right(self, topic: str) -> Refusal:
        who = client_name(self._settings)
        zh = (
            f"Kafka 用户 {who} 无权写入 {topic}：主体可能已停止填报，重发无用，"
            "请联系运维（twincity access check）"
        )
        en = (
            f"Kafka's user {who} has no right to write {topic}: its party may be "
            "suspended; ask the operators (twincity access check), do not repeat it"
        )
        return Refusal(403, "no_right", (zh, en))

    async def _started(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **client_options(self._settings),
                    acks="all",
                    enable_idempotence=True,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _drop(self, producer: Any) -> None:
        if producer is not None and self._producer is producer:
            self._producer = None
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), _SENT_S)
