"""An operator's act, applied by the shard that wrote the dead letter.

A redrive decides the waiting records of a queue again, in order: those that
succeed are released, the first that fails again keeps the rest behind it. A
discard takes one record out; where it was the one that kept others behind it,
these are decided again, so a queue's first is always one that failed.

What does not fit one transaction is left for the next: the act is then not taken
in, and comes again. It finds only what still waits, so nothing is done twice.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import structlog

from services.runtime.batches import Unreadable
from services.runtime.deadletters import DeadLetters
from services.runtime.deciding import Deciding
from services.runtime.discarding import proposed, takes_effect
from services.runtime.failures import BatchFails, Repeat, reason_of
from services.runtime.incoming import Incoming
from services.runtime.letters import source_of
from services.runtime.logs import bound
from services.runtime.shard import Shard
from services.runtime.waiting import Queue, Waiting
from twincity_schemas.envelope import Envelope
from twincity_schemas.operations import (
    Act,
    DiscardConfirmed,
    DiscardDecided,
    RedriveAsked,
)
from twincity_schemas.problems import ContractError

log = structlog.get_logger()

TakesTwo = Callable[[float], bool]

RESTORED = "twincity-restored"
"""A header of an act that was done on another cluster: kept, and not done again."""


@dataclass(frozen=True)
class Share:
    """The share of an act that one transaction takes.

    Attributes:
        most: records that are decided about.
        until: the monotonic time from which on no further one is.
        fails: the first counts as failed again, since the batch fails with it.
    """

    most: int
    until: float
    fails: bool = False


def act_in(incoming: Incoming) -> Act | None:
    """The act in a record of the operations topic; None: none to be done."""
    if any(name == RESTORED for name, _ in incoming.record.headers):
        return None
    try:
        data = incoming.event.data
    except ContractError as error:
        log.warning("act.unreadable", reason=str(error))
        return None
    return data if isinstance(data, Act) else None


class Redriving:
    """Takes operators' acts in for one shard.

    Args:
        shard: whose queues they concern.
        deciding: decides again.
        dead_letters: takes records out.
        takes_two: whether a discard took two people at a moment, in epoch seconds.
    """

    def __init__(
        self,
        shard: Shard[Any],
        deciding: Deciding[Any],
        dead_letters: DeadLetters,
        takes_two: TakesTwo,
    ) -> None:
        self._shard = shard
        self._deciding = deciding
        self._dead_letters = dead_letters
        self._takes_two = takes_two

    async def take(self, incoming: Incoming, share: Share) -> bool:
        """Take an act in.

        Returns:
            Whether it is done; otherwise it has to come again.

        Raises:
            Repeat: what failed may pass; nothing of the batch must be kept.
            KafkaError: records cannot be read again, or nothing can be written.
        """
        shard = self._shard
        act = act_in(incoming)
        if act is None or act.service != shard.service:
            return True
        queue = source_of(act.origin, shard.settings.prefix), act.subject
        if not isinstance(act, RedriveAsked):
            await self._discard(queue, incoming, act)
        offsets = shard.waiting.offsets(queue)
        if not offsets or not _may_go_on(act, offsets[0], shard.waiting, queue):
            return True
        released = await self._again(queue, offsets, incoming.envelope, share)
        log.info("letters.released", waited_behind=queue[1], released=released)
        left = shard.waiting.offsets(queue)
        # Where the first has failed itself, to go on would fail in the same way.
        return not left or not shard.waiting.only_waits(queue, left[0])

    async def _discard(
        self, queue: Queue, incoming: Incoming, act: DiscardDecided | DiscardConfirmed
    ) -> None:
        offset, envelope = act.origin.offset, incoming.envelope
        waits = self._shard.waiting.get(queue, offset)
        if waits is None:
            return
        logged = {"origin": str(act.origin), "by": act.by, "why": act.why}
        takes_two = self._takes_two(incoming.record.timestamp / 1000)
        if not takes_effect(act, waits.discard, takes_two=takes_two):
            if isinstance(act, DiscardDecided):
                again = replace(waits, discard=proposed(act, envelope.id))
                self._shard.wait(queue, offset, again)
                log.warning("discard.proposed", **logged)
            else:
                log.warning("discard.not_confirmed", **logged)
            return
        why = act.why
        if isinstance(act, DiscardConfirmed) and waits.discard is not None:
            why = waits.discard.why  # the decision's; who confirms only agrees
        async for _, record in self._shard.reread(queue[0], [offset]):
            await self._dead_letters.discard(queue, offset, record, envelope, why)
        log.warning("letter.discarded", **logged)

    async def _again(
        self, queue: Queue, offsets: Sequence[int], act: Envelope, share: Share
    ) -> int:
        """Decide the first of a queue again; returns how many were released."""
        released = 0
        async with aclosing(
            self._shard.reread(queue[0], offsets[: share.most])
        ) as records:
            async for offset, record in records:
                # One at least: an act that is never begun would come for ever.
                if released and monotonic() > share.until:
                    break
                if record is None or isinstance(record, Unreadable):
                    log.error("letter.gone", waited_behind=queue[1], offset=offset)
                    break
                incoming = Incoming(record, self._shard.waiting.note(queue, offset))
                if not await self._one(incoming, act, fails=share.fails):
                    break
                released += 1
        return released

    async def _one(self, incoming: Incoming, act: Envelope, *, fails: bool) -> bool:
        token = bound.set(incoming.fields)
        try:
            if fails:
                raise BatchFails  # noqa: TRY301  aborts as any failure of the batch does
            decided = self._deciding.decided(incoming)
        except Repeat:
            raise
        except Exception as error:
            log.exception("statement.dead_letter", reason=repr(error))
            await self._dead_letters.again(incoming, reason_of(error), repr(error))
            return False
        else:
            self._deciding.tell(incoming, decided)
            await self._deciding.act(decided, incoming.source)
            await self._dead_letters.release(incoming, act)
            return True
        finally:
            bound.reset(token)


def _may_go_on(act: Act, first: int, waiting: Waiting, queue: Queue) -> bool:
    """Returns whether an act lets the first of a queue be decided again.

    A redrive does from its record on, not past an earlier one; a discard only where
    it took the record out that kept the first behind it.
    """
    if isinstance(act, RedriveAsked):
        return first >= act.origin.offset
    return waiting.only_waits(queue, first)
