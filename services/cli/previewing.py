"""What a redrive would come to: this release, against the memory on the cluster."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from aiokafka.errors import KafkaError

from services.admission import handlers as admission
from services.cli.services import MINDS
from services.ledger.keeping import SERVICE as LEDGER
from services.runtime.deciding import Deciding
from services.runtime.errors import TwinCityError, Unavailable
from services.runtime.incoming import Incoming
from services.runtime.letters import Letter, source_of
from services.runtime.outcomes import Outcome, Publish, Save
from services.runtime.settings import Settings
from services.runtime.shard import Shard, inputs_of
from twincity_schemas.catalogue import shard_of, topics
from twincity_schemas.parties import Registry


@dataclass(frozen=True)
class Previewed:
    """What would become of a letter.

    Attributes:
        published: the topics and event types of what would be published.
        failure: why it would fail again; empty: it would be released.
    """

    letter: Letter
    published: tuple[str, ...] = ()
    failure: str = ""


class Preview:
    """Decides again what waits, against the shards' memories as the cluster has them.

    Nothing is written: what one letter changes is seen by the next, and forgotten.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = Registry.load(settings.parties)
        self._shards: dict[tuple[str, int], tuple[Shard[object], Deciding[object]]] = {}

    async def of(self, waiting: Sequence[Letter]) -> AsyncIterator[Previewed]:
        """What a redrive of one queue would lead to, in order.

        Raises:
            TwinCityError: its service keeps no memory that could be read.
        """
        shard, deciding = await self._shard(waiting[0])
        source = source_of(waiting[0].origin, self._settings.prefix)
        by_offset = {letter.origin.offset: letter for letter in waiting}
        async for offset, record in shard.reread(source, list(by_offset)):
            letter = by_offset[offset]
            if record is None:
                yield Previewed(letter, failure="its original is gone 原消息已不在")
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

    async def _shard(self, letter: Letter) -> tuple[Shard[object], Deciding[object]]:
        service, origin = letter.service, letter.origin
        if service == LEDGER:
            raise TwinCityError(
                "the ledger decides nothing: its rows can be written or not "
                "台账不作判定，无法预演"
            )
        number = shard_of(service, origin.topic, origin.partition)
        if (service, number) not in self._shards:
            make = MINDS[service]
            if service == admission.SERVICE:
                make = partial(
                    admission.make_mind, story_time=self._settings.story_time
                )
            mind = make(self._registry)
            prefix = self._settings.prefix
            inputs = inputs_of(service, number, topics(self._registry), prefix)
            shard: Shard[object] = Shard(
                service, number, inputs, mind.memory, self._settings
            )
            try:
                await shard.recall()
            except KafkaError as error:
                raise Unavailable(
                    f"the memory of {shard.transactional_id} cannot be read "
                    f"无法读取分片状态：{error}"
                ) from None
            self._shards[service, number] = shard, Deciding(shard, mind.decide)
        return self._shards[service, number]


def _published(outcomes: Iterable[Outcome[object]]) -> Iterable[str]:
    for outcome in outcomes:
        if isinstance(outcome, Publish):
            type_ = dict(outcome.headers).get("ce_type", b"").decode()
            yield f"{outcome.topic} {type_ or 'tombstone'}"
