"""What services have laid aside, read from the cluster alone; acts about it."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.admission import handlers as admission
from services.cli.following import snapshot
from services.cli.services import MINDS
from services.cli.terminal import warn
from services.ledger.keeping import SERVICE as LEDGER
from services.runtime.deciding import Deciding
from services.runtime.errors import TwinCityError, Unavailable
from services.runtime.incoming import Incoming
from services.runtime.letters import Letter, place_of
from services.runtime.outcomes import Outcome, Publish, Save
from services.runtime.settings import Settings
from services.runtime.shard import Shard, inputs_of
from twincity_schemas.catalogue import (
    EVENT_TYPE_OF,
    OPERATIONS,
    SERVICES,
    dead_letters,
    shard_of,
    topics,
)
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.operations import Act, DiscardDecided, LaidAside
from twincity_schemas.parties import Registry

_LOOK_S = 0.5
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Wanted:
    """Which letters: empty is any."""

    service: str = ""
    subject: str = ""
    reason: LaidAside | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is one of them."""
        return (
            self.service in {"", letter.service}
            and self.subject in {"", letter.subject}
            and self.reason in {None, letter.waits.reason}
        )


Queue = tuple[str, str, str, int]
"""Service, subject, topic and partition."""


async def letters(
    settings: Settings, services: Collection[str] = SERVICES
) -> list[Letter]:
    """What waits now, queue by queue, each in its order.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    of_topic = {dead_letters(service): service for service in services}
    catalogue = topics(Registry.load(settings.parties))
    wanted = [topic for topic in catalogue if topic.name in of_topic]
    found: dict[tuple[str, bytes | None], Letter] = {}
    async for record in snapshot(settings, wanted):
        service = of_topic[record.topic.removeprefix(settings.prefix)]
        found.pop((service, record.key), None)
        if record.value is None:
            continue
        try:
            found[service, record.key] = Letter.read(service, record)
        except ValueError as error:
            warn(f"{record.topic}/{record.partition}@{record.offset}: {error} 已跳过")
    return sorted(
        found.values(), key=lambda letter: (queue_of(letter), letter.origin.offset)
    )


def queue_of(letter: Letter) -> Queue:
    """The queue that a letter waits in."""
    origin = letter.origin
    return letter.service, letter.subject, origin.topic, origin.partition


def queues(found: Iterable[Letter]) -> dict[Queue, list[Letter]]:
    """Letters by queue, each in its order."""
    by_queue: dict[Queue, list[Letter]] = defaultdict(list)
    for letter in found:
        by_queue[queue_of(letter)].append(letter)
    return dict(by_queue)


async def publish(settings: Settings, acts: Sequence[Act]) -> None:
    """Put operators' acts on their topic.

    Raises:
        Unavailable: Kafka does not take them.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True
    )
    try:
        await producer.start()
        for act in acts:
            event_type = EVENT_TYPE_OF[type(act)]
            envelope = Envelope(
                specversion="1.0",
                id=str(uuid.uuid4()),
                source="/twincity/operations",
                type=event_type.name,
                subject=f"operations/{act.service}",
                time=datetime.now(UTC),
            )
            key, value, headers = Event(
                envelope, event_type, act, to_json(act)
            ).to_message()
            await producer.send_and_wait(
                settings.prefix + OPERATIONS, value, key=key, headers=headers
            )
    except KafkaError as error:
        raise Unavailable(f"{OPERATIONS} cannot be written 无法写入：{error}") from None
    finally:
        await producer.stop()


async def until_taken_in(
    settings: Settings, asked: Sequence[tuple[Act, Sequence[Letter]]]
) -> dict[Queue, list[Letter]]:
    """Wait until services have done what was asked.

    Args:
        settings: of the cluster.
        asked: each act, with the queue as it was before.

    Returns:
        What waits in each queue then.

    Raises:
        Unavailable: nothing comes of it.
    """
    services = {act.service for act, _ in asked}
    clock = asyncio.get_running_loop().time
    moved, last = clock(), None
    while True:
        now = queues(await letters(settings, services))
        before = {queue_of(was[0]): (act, was) for act, was in asked}
        left = {queue: now.get(queue, []) for queue in before}
        if all(_is_done(*before[queue], left[queue]) for queue in before):
            return left
        if left != last:
            moved, last = clock(), left
        elif clock() - moved > _PATIENCE_S:
            raise Unavailable(
                f"asked, and nothing came of it within {_PATIENCE_S:.0f} s; is the "
                "service running? 已提出，尚未处理，请检查服务是否运行"
            )
        await asyncio.sleep(_LOOK_S)


def _is_done(act: Act, before: Sequence[Letter], now: Sequence[Letter]) -> bool:
    """Whether nothing more will come of an act."""
    if not now:
        return True
    was = {letter.origin: letter.waits for letter in before}
    as_before = {one.origin: one for one in now if one.waits == was.get(one.origin)}
    if act.origin in as_before or now[0].waits.reason is LaidAside.BEHIND:
        return False
    if isinstance(act, DiscardDecided):
        return True
    # The first has failed again; what the ledger lays aside waits behind nothing.
    return now[0].origin not in as_before and not any(
        one.waits.reason is LaidAside.REFUSED for one in as_before.values()
    )


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
        source = place_of(waiting[0].origin, self._settings.prefix)
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
