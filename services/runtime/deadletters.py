"""Dead letters: how a record comes in, and out again; within the transaction.

The record goes to the service's dead letters, its queue is remembered, and the
party is told; when it is released or discarded the letter goes, and the party is
told again. An unreadable record is only kept: nobody waits behind it, and at the
gate it has its receipt.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.runtime.deciding import Deciding, NoteLetter
from services.runtime.incoming import Incoming
from services.runtime.letters import letter, origin, resolved
from services.runtime.outcomes import derived
from services.runtime.reading import Record
from services.runtime.shard import Shard
from services.runtime.waiting import Queue, Waits
from twincity_schemas.envelope import Envelope, derived_id
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.operations import DeadLetterReason
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import receipts

_LATEST_MS = 7_258_118_400_000 - 1  # of 2199, the contract's last year


class DeadLetters:
    """The dead letters of one shard: records come in, and are taken out.

    Args:
        shard: whose transaction it is.
        deciding: acts on what the service has to keep.
        note_letter: what that is.
        parties: those that have a topic to be told on.
    """

    def __init__(
        self,
        shard: Shard[Any],
        deciding: Deciding[Any],
        note_letter: NoteLetter[Any],
        parties: Collection[str],
    ) -> None:
        self._shard = shard
        self._deciding = deciding
        self._note_letter = note_letter
        self._parties = parties

    async def put(self, incoming: Incoming, waits: Waits, error: str = "") -> None:
        """Put a record in; one that is in already stays in its place."""
        shard = self._shard
        queue, offset = queue_of(incoming), incoming.record.offset
        before = shard.waiting.get(queue, offset)
        if before is not None:
            waits = replace(waits, note=before.note, discard=before.discard)
        elif waits.reason is not DeadLetterReason.UNREADABLE:
            waits = replace(waits, note=await self._noted(incoming))
        prefix = shard.settings.prefix
        shard.flow.batch.dead_letters += before is None
        await shard.send(letter(shard.service, incoming, waits, error, prefix))
        shard.wait(queue, offset, waits)
        if before is None and waits.reason is not DeadLetterReason.UNREADABLE:
            cause = _cause(incoming)
            await self._tell(incoming, cause, NoticeKind.WAITS, reason=waits.reason)

    async def _noted(self, incoming: Incoming) -> str:
        noted = self._note_letter(incoming)
        decided = [(one, self._deciding.fitting(one)) for one in noted.outcomes]
        await self._deciding.act(decided, incoming.source)
        return noted.note

    async def again(
        self, incoming: Incoming, reason: DeadLetterReason, error: str
    ) -> None:
        """Leave a record in its place that failed again."""
        before = self._shard.waiting.get(queue_of(incoming), incoming.record.offset)
        tried = 1 if before is None else before.tried + 1
        await self.put(incoming, Waits(reason, tried), error)

    async def release(self, incoming: Incoming, act: Envelope) -> None:
        """Take a record out that was decided about."""
        await self._out(queue_of(incoming), incoming.record.offset)
        await self._tell(incoming, act, NoticeKind.RELEASED)

    async def discard(
        self, queue: Queue, offset: int, record: Record | None, act: Envelope, why: str
    ) -> None:
        """Take a record out that nobody will decide about; None: it is gone."""
        waits = await self._out(queue, offset)
        if record is not None and waits.reason is not DeadLetterReason.UNREADABLE:
            await self._tell(Incoming(record), act, NoticeKind.DISCARDED, why=why)

    async def _out(self, queue: Queue, offset: int) -> Waits:
        shard = self._shard
        waits = shard.waiting.get(queue, offset)
        assert waits is not None  # noqa: S101  it is one of the queue's
        await shard.send(
            resolved(shard.service, origin(queue[0], offset, shard.settings.prefix))
        )
        shard.wait(queue, offset, None)
        return waits

    async def _tell(
        self,
        incoming: Incoming,
        cause: Envelope,
        kind: NoticeKind,
        *,
        reason: DeadLetterReason | None = None,
        why: str | None = None,
    ) -> None:
        party = incoming.party
        if party not in self._parties:  # nobody that we know said it
            return
        seen = incoming.seen
        where = str(
            origin(incoming.source, incoming.record.offset, self._shard.settings.prefix)
        )
        data = NoticeIssued(
            statement=seen.get("id", where),
            party=party,
            subject=seen.get("subject", f"inbox/{party}"),
            kind=kind,
            dead_letter=reason,
            why=why,
        )
        await self._shard.send(
            derived(
                receipts(party),
                cause,
                data,
                service=self._shard.service,
                subject=f"inbox/{party}/notices",
                index=f"{kind}/{where}",
            )
        )


def queue_of(incoming: Incoming) -> Queue:
    """Returns where a record waits: behind what its partition holds of its subject."""
    return incoming.source, incoming.subject


def _cause(incoming: Incoming) -> Envelope:
    """The statement's envelope, or as much of one as can be had."""
    try:
        return incoming.envelope
    except ContractError:
        record, seen = incoming.record, incoming.seen
        at = derived_id(record.topic, record.partition, record.offset)
        milliseconds = min(max(record.timestamp, 0), _LATEST_MS)
        return Envelope.model_construct(
            specversion="1.0",
            id=seen.get("id", at),
            source=f"/{record.topic}/{record.partition}/{record.offset}",
            type=seen.get("type", "unknown"),
            subject=seen.get("subject", "unknown"),
            time=datetime.fromtimestamp(milliseconds / 1000, UTC),
            correlationid=seen.get("correlationid"),
        )
