"""From a batch of records to decisions, one record at a time.

A record that cannot be processed goes, whole, to the service's dead letters
within the same transaction; later statements of its subject wait behind it
there, in order, and every other subject flows. What may pass is repeated before;
an operator's act takes out what waits (``redriving``).
"""

from collections.abc import Collection, Sequence
from time import monotonic
from typing import Generic, TypeVar

import structlog
from aiokafka import TopicPartition

from services.runtime.batches import Unreadable
from services.runtime.deadletters import DeadLetters, queue_of
from services.runtime.deciding import Decide, Deciding, Finish, NoteLetter, note_nothing
from services.runtime.errors import Halted
from services.runtime.failures import (
    MOST_TRIES,
    BatchFails,
    Failures,
    Repeat,
    is_of_the_broker,
    may_pass,
    reason_of,
)
from services.runtime.incoming import Incoming
from services.runtime.logs import bound
from services.runtime.redriving import Redriving, Share, TakesTwo
from services.runtime.shard import Shard
from services.runtime.waiting import Waits
from services.runtime.way import Way
from twincity_schemas.operations import DeadLetterReason
from twincity_schemas.topology import OPERATIONS

T = TypeVar("T")
log = structlog.get_logger()

_SHARE = 4
"""A batch takes records in for one part in so many of its transaction at most."""

_ACT_S = 1.0
"""How long an act may take of one transaction."""


class Delivery(Generic[T]):
    """The batches of one shard, decided record by record.

    Args:
        shard: whose they are.
        decide: about one record.
        finish: what is still to be done when a batch has been decided about.
        note_letter: what the service keeps of a record that becomes a dead letter.
        parties: who can be told that a statement waits.
        step: what the log calls a statement that was decided about.
        takes_two: whether a discard took two people at a moment, in epoch seconds.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what a processor is made of
        self,
        shard: Shard[T],
        decide: Decide[T],
        finish: Finish[T] = tuple,
        note_letter: NoteLetter[T] = note_nothing,
        parties: Collection[str] = frozenset(),
        step: str = "statement.applied",
        takes_two: TakesTwo = lambda _seconds: False,
    ) -> None:
        self._shard = shard
        self._finish = finish
        self._failures = Failures(shard.settings.dead_letter_limit)
        self._deciding = Deciding(shard, decide, Way(shard.flow, step))
        self._dead_letters = DeadLetters(shard, self._deciding, note_letter, parties)
        self._redriving = Redriving(
            shard, self._deciding, self._dead_letters, takes_two
        )
        self._operations = shard.settings.prefix + OPERATIONS
        # What follows from the records has its time too, however it is set.
        limits = shard.settings
        most = min(limits.batch_time, limits.transaction_timeout / _SHARE)
        self._most_s = most.total_seconds()
        # After a batch that failed as a whole: so many records are to be taken
        # alone, until the one that makes it fail is found.
        self._alone = 0
        self._culprit: tuple[TopicPartition, int] | None = None
        self._failed_wholes = 0

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Decide about each record and act; within one transaction.

        A batch that takes too long is left half-way: the rest comes again.

        Raises:
            Halted: the shard must not go on.
            Exception: abort the batch; it comes again.
        """
        # Acts first: so a queue gets shorter by more than it grows in a batch.
        batch = sorted(batch, key=lambda one: not self._is_act(one))
        if self._alone:
            batch = batch[:1]
        try:
            await self._all(batch)
            await self._shard.flush()
        except (Halted, Repeat):
            raise
        except Exception as error:
            if not is_of_the_broker(error):
                self._failed_as_a_whole(batch, error)
            raise
        self._alone = max(0, self._alone - 1)
        self._failed_wholes = 0
        self._deciding.settle()

    def _failed_as_a_whole(self, batch: Sequence[Incoming], error: Exception) -> None:
        """Find the record that would fail it again and again, and hold up everybody."""
        self._failed_wholes += 1
        if may_pass(error) and self._failed_wholes < MOST_TRIES:
            return
        # One of these records is to blame; a batch of one leaves no doubt which.
        if len(batch) == 1:
            self._culprit = batch[0].source, batch[0].record.offset
        self._alone = max(self._alone, len(batch))

    def _is_act(self, incoming: Incoming) -> bool:
        return bool(incoming.record.topic == self._operations)

    def _is_culprit(self, incoming: Incoming) -> bool:
        culprit = self._culprit
        return culprit is not None and culprit == (
            incoming.source,
            incoming.record.offset,
        )

    async def _all(self, batch: Sequence[Incoming]) -> None:
        shard = self._shard
        until = monotonic() + self._most_s
        acts_wait = False
        for number, incoming in enumerate(batch):
            if number and monotonic() > until:
                log.info("batch.cut", taken=number, of=len(batch))
                break
            if acts_wait and self._is_act(incoming):
                continue  # their position would move past the one that is not done
            if await self._take(incoming, until):
                shard.taken.append(incoming.record)
            else:
                acts_wait = True
        for outcome in self._finish():
            try:
                decided = [(outcome, self._deciding.fitting(outcome))]
            except ValueError as error:
                # It rests on no single record that could become a dead letter; what the
                # records themselves led to must not wait for it.
                log.error("summary.left_out", reason=str(error))  # noqa: TRY400  the reason is all that an operator can use
            else:
                await self._deciding.act(decided, shard.saved_last)

    async def _take(self, incoming: Incoming, until: float) -> bool:
        """Take one record in; returns whether it need not come again."""
        token = bound.set(incoming.fields)
        try:
            if self._is_act(incoming):
                most = 1 if self._alone else self._shard.settings.batch_size
                # The shard's other subjects are not to wait long for one queue.
                until = min(until, monotonic() + _ACT_S)
                share = Share(most, until, fails=self._is_culprit(incoming))
                return await self._redriving.take(incoming, share)
            await self._one(incoming)
            return True
        finally:
            bound.reset(token)

    async def _one(self, incoming: Incoming) -> None:
        waiting = self._shard.waiting
        if waiting.subjects and queue_of(incoming) in waiting:
            await self._dead_letters.put(
                incoming, Waits(DeadLetterReason.BEHIND, tried=0)
            )
            return
        unreadable = isinstance(incoming.record, Unreadable)
        try:
            if self._is_culprit(incoming):
                raise BatchFails  # noqa: TRY301  aborts as any failure of the batch does
            decided = self._deciding.decided(incoming)
        except Repeat:
            raise
        except Exception as error:
            if unreadable:
                await self._keep_unreadable(incoming)
                return
            self._failures.failed(error, incoming.party, incoming.subject)
            log.exception("statement.dead_letter", reason=repr(error))
            waits = Waits(reason_of(error), max(1, self._deciding.tried(incoming)))
            await self._dead_letters.put(incoming, waits, repr(error))
            return
        if unreadable:  # though the service knew an answer to it
            await self._keep_unreadable(incoming)
        self._failures.went_well(incoming.subject)
        self._deciding.tell(incoming, decided)
        await self._deciding.act(decided, incoming.source)

    async def _keep_unreadable(self, incoming: Incoming) -> None:
        waits = Waits(DeadLetterReason.UNREADABLE)
        await self._dead_letters.put(incoming, waits, incoming.record.reason)
