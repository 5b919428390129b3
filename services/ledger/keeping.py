"""A batch into the database; what it refuses is a dead letter, alone."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition

from services.ledger.domain import entry
from services.ledger.errors import DatabaseRefuses
from services.ledger.refused_rows import RefusedRows
from services.ledger.store import Ledger
from services.runtime.connecting import client_options
from services.runtime.discarding import proposed, takes_effect
from services.runtime.failures import Failures
from services.runtime.incoming import Incoming
from services.runtime.letters import letter, origin, resolved, source_of
from services.runtime.outcomes import Publish
from services.runtime.redriving import TakesTwo, act_in
from services.runtime.rereading import reread
from services.runtime.settings import Settings
from services.runtime.waiting import Waits
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardConfirmed,
    DiscardDecided,
    RedriveAsked,
)
from twincity_schemas.topology import OPERATIONS

SERVICE = "ledger"
log = structlog.get_logger()


class Keeping:
    """Writes batches for one ledger.

    Args:
        ledger: the database.
        settings: of this process.
        takes_two: whether a discard took two people at a moment, in epoch seconds.
        written: up to where each input partition is known to be in the database.
    """

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        takes_two: TakesTwo,
        written: Mapping[TopicPartition, int],
    ) -> None:
        self._takes_two = takes_two
        self._written = written
        self._ledger = ledger
        self._refused = RefusedRows(ledger)
        self._settings = settings
        self._failures = Failures(settings.dead_letter_limit)

    async def write(self, batch: Sequence[Incoming]) -> int:
        """Write a batch and its positions; returns how many are no dead letters.

        Raises:
            Transient: the database does not answer.
            BadDeployment: it refuses most of what several topics hold.
            PositionLost: it holds less than was written.
            LedgerError: it cannot be used.
            KafkaError: what is a dead letter cannot be told.
        """
        for incoming in batch:
            if incoming.record.topic == self._settings.prefix + OPERATIONS:
                act = act_in(incoming)
                if act is not None and act.service == SERVICE:
                    await self._take(act, incoming)
        try:
            await self._write(batch)
        except DatabaseRefuses:
            # One of them; which one, the database does not say.
            return sum([await self._one(incoming) for incoming in batch])
        else:
            for incoming in batch:
                self._failures.went_well(incoming.subject)
            return len(batch)

    async def waiting(self) -> int:
        """Returns how many subjects have a row that is a dead letter.

        Raises:
            LedgerError: the database does not answer.
        """
        return await asyncio.to_thread(self._refused.subjects)

    async def _write(self, batch: Sequence[Incoming]) -> None:
        rows = [entry(one.record, self._settings.prefix) for one in batch]
        written = {
            row.place: self._written[one.source]
            for row, one in zip(rows, batch, strict=True)
        }
        await asyncio.to_thread(self._ledger.write, rows, written)

    async def _one(self, incoming: Incoming) -> bool:
        try:
            await self._write([incoming])
        except DatabaseRefuses as error:
            self._failures.failed(error, incoming.record.topic, incoming.subject)
            log.error(  # noqa: TRY400  the sentence says it
                "statement.dead_letter", reason=str(error), **incoming.fields()
            )
            row = entry(incoming.record, self._settings.prefix)
            await self._tell(incoming, Waits(DeadLetterReason.REFUSED), error)
            waits = Waits(DeadLetterReason.REFUSED)
            await asyncio.to_thread(
                self._refused.pass_over, row, incoming.subject, waits
            )
            return False
        else:
            self._failures.went_well(incoming.subject)
            return True

    async def _tell(self, incoming: Incoming, waits: Waits, error: Exception) -> None:
        prefix = self._settings.prefix
        await self._send(letter(SERVICE, incoming, waits, str(error), prefix))

    async def _take(self, act: Act, incoming: Incoming) -> None:
        """Do what an operator asks; what no longer waits is left as it is."""
        source = source_of(act.origin, self._settings.prefix)
        place = act.origin.topic, act.origin.partition
        waiting = await asyncio.to_thread(self._refused.waiting, place, act.subject)
        if not isinstance(act, RedriveAsked):
            if act.origin.offset in waiting:
                await self._discard(act, incoming, waiting[act.origin.offset])
            return
        offsets = [offset for offset in waiting if offset >= act.origin.offset]
        if not offsets:
            return
        released = 0
        async for offset, record in reread(self._settings, source, offsets):
            if record is None:
                log.error("letter.gone", waited_behind=act.subject, offset=offset)
                continue
            released += await self._again(Incoming(record), waiting[offset])
        log.info("letters.released", waited_behind=act.subject, released=released)

    async def _discard(
        self, act: DiscardDecided | DiscardConfirmed, incoming: Incoming, waits: Waits
    ) -> None:
        place, offset = (act.origin.topic, act.origin.partition), act.origin.offset
        logged = {"origin": str(act.origin), "by": act.by, "why": act.why}
        takes_two = self._takes_two(incoming.record.timestamp / 1000)
        if takes_effect(act, waits.discard, takes_two=takes_two):
            await self._send(resolved(SERVICE, act.origin))
            await asyncio.to_thread(self._refused.discard, place, offset)
            log.warning("letter.discarded", **logged)
        elif isinstance(act, DiscardDecided):
            discard = proposed(act, incoming.envelope.id)
            await asyncio.to_thread(self._refused.propose, place, offset, discard)
            log.warning("discard.proposed", **logged)
        else:
            log.warning("discard.not_confirmed", **logged)

    async def _again(self, incoming: Incoming, waits: Waits) -> bool:
        """Write a row that is a dead letter; returns whether the database took it."""
        row = entry(incoming.record, self._settings.prefix)
        offset = incoming.record.offset
        where = origin(incoming.source, offset, self._settings.prefix)
        loop = asyncio.get_running_loop()

        def on_release() -> None:
            sent = self._send(resolved(SERVICE, where))
            asyncio.run_coroutine_threadsafe(sent, loop).result()

        try:
            await asyncio.to_thread(self._refused.release, row, on_release)
        except DatabaseRefuses as error:
            again = Waits(DeadLetterReason.REFUSED, waits.tried + 1)
            await self._tell(incoming, again, error)
            await asyncio.to_thread(
                self._refused.failed_again, row.place, offset, again
            )
            return False
        return True

    async def _send(self, message: Publish) -> None:
        """Write one message; so seldom that a producer of its own is no cost."""
        producer = AIOKafkaProducer(
            **client_options(self._settings), acks="all", enable_idempotence=True
        )
        await producer.start()
        try:
            await producer.send_and_wait(
                self._settings.prefix + message.topic,
                message.value,
                key=message.key,
                headers=message.headers,
            )
        finally:
            await producer.stop()
