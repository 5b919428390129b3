"""What a redrive would come to: this release, against the memory on the cluster.

The ledger decides nothing; its rows are written into its database, and taken back.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.admission import service as admission
from services.cli.services import PROCESSORS
from services.ledger.domain import entry
from services.ledger.errors import DatabaseRefuses
from services.ledger.keeping import SERVICE as LEDGER
from services.ledger.refused_rows import RefusedRows
from services.ledger.store import Ledger
from services.runtime.deciding import Deciding
from services.runtime.errors import Unavailable
from services.runtime.incoming import Incoming
from services.runtime.layout import WHOLE, narrowest
from services.runtime.letters import Letter, Previewed, source_of
from services.runtime.outcomes import Outcome, Publish, Save
from services.runtime.rereading import reread
from services.runtime.settings import Settings
from services.runtime.shard import Shard
from twincity_schemas.parties import Registry
from twincity_schemas.topology import topics

_GONE = "its original is gone 原消息已不在"


class Preview:
    """Decides again what waits, against the shards' memories as the cluster has them.

    Nothing is written: what one letter changes is seen by the next, and forgotten.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = Registry.load(settings.parties)
        self._shards: dict[str, tuple[Shard[object], Deciding[object]]] = {}

    async def of(self, waiting: Sequence[Letter]) -> AsyncIterator[Previewed]:
        """Yields what a redrive of one queue would lead to, in order.

        Raises:
            Unavailable: the memory of its service cannot be read.
            LedgerError: the ledger's database cannot be used.
        """
        source = source_of(waiting[0].origin, self._settings.prefix)
        by_offset = {letter.origin.offset: letter for letter in waiting}
        if waiting[0].service == LEDGER:
            async for one in self._rows(source, by_offset):
                yield one
            return
        shard, deciding = await self._shard(waiting[0])
        async for offset, record in shard.reread(source, list(by_offset)):
            letter = by_offset[offset]
            if record is None:
                yield Previewed(letter, failure=_GONE)
                return
            try:
                note = shard.waiting.note((source, letter.subject), offset)
                decided = deciding.decided(Incoming(record, note))
            except Exception as error:  # noqa: BLE001  it is what we want to know
                yield Previewed(letter, failure=repr(error))
                return
            outcomes = [outcome for outcome, _ in decided]
            for outcome in outcomes:
                if isinstance(outcome, Save):
                    shard.memory.change(outcome.key, outcome.value)
            yield Previewed(letter, tuple(_published(outcomes)))

    async def _rows(
        self, source: TopicPartition, by_offset: Mapping[int, Letter]
    ) -> AsyncIterator[Previewed]:
        """Yields what the ledger's database says to each; none waits behind another."""
        url = self._settings.database.get_secret_value()
        ledger = await asyncio.to_thread(Ledger.open, url, create=False)
        refused = RefusedRows(ledger)
        try:
            async for offset, record in reread(self._settings, source, [*by_offset]):
                letter = by_offset[offset]
                if record is None:
                    yield Previewed(letter, failure=_GONE)
                    continue
                row = entry(record, self._settings.prefix)
                try:
                    await asyncio.to_thread(refused.would_release, row)
                except DatabaseRefuses as error:
                    yield Previewed(letter, failure=str(error))
                else:
                    yield Previewed(letter, (f"{LEDGER} {row.kind}",))
        finally:
            ledger.close()

    async def _shard(self, letter: Letter) -> tuple[Shard[object], Deciding[object]]:
        service, origin = letter.service, letter.origin
        source = source_of(origin, self._settings.prefix)
        inputs = narrowest(
            service, source, topics(self._registry), self._settings.prefix
        )
        known = f"{service} {inputs[0].source}"
        if known not in self._shards:
            make = PROCESSORS[service]
            if service == admission.SERVICE:
                make = partial(
                    admission.make_processor, story_time=self._settings.story_time
                )
            processor = make(self._registry)
            shard: Shard[object] = Shard(
                service, WHOLE, inputs, processor.memory, self._settings
            )
            try:
                await shard.recall()
            except KafkaError as error:
                raise Unavailable(
                    f"the memory of {service} cannot be read 无法读取分片状态：{error}"
                ) from None
            self._shards[known] = shard, Deciding(shard, processor.decide)
        return self._shards[known]


def _published(outcomes: Iterable[Outcome[object]]) -> Iterable[str]:
    for outcome in outcomes:
        if isinstance(outcome, Publish):
            type_ = dict(outcome.headers).get("ce_type", b"").decode()
            yield f"{outcome.topic} {type_ or 'tombstone'}"
