"""The notifier as a process: it reads, looks at the calendar and delivers."""

import asyncio
import signal
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial

import httpx
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import BaseModel

from services.notifier.addresses import Addresses
from services.notifier.addressfile import AddressFile
from services.notifier.delivering import Undelivered, client, to_mail, to_webhook
from services.notifier.store import Message, OpenRecord, Store
from services.notifier.telling import Notification, is_open, of_event, reminders
from services.runtime.batches import Unreadable
from services.runtime.connecting import CANNOT_READ, unavailable
from services.runtime.consuming import consuming
from services.runtime.errors import WrongSetting
from services.runtime.gaps import resumed
from services.runtime.reading import Reader, Record, event_of, without_end
from services.runtime.settings import Settings
from services.runtime.watching import Watching
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.message import Event
from twincity_schemas.parties import CHINA, Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.topic import Topic
from twincity_schemas.topology import (
    APPRAISAL_RECORDS,
    MATCHING_RECORDS,
    receipts,
    records,
    topics,
)
from twincity_schemas.values import Domain

log = structlog.get_logger()

_POLL_MS, _AT_ONCE = 500, 500
_DELIVER_S = 0.5
_TOGETHER = 16


def consumed(registry: Registry, parties: Iterable[str]) -> Iterator[Topic]:
    """Yields the topics that are read for some parties: their receipts, all records."""
    wanted = {
        *(receipts(party) for party in parties),
        *(records(domain) for domain in Domain),
        MATCHING_RECORDS,
        APPRAISAL_RECORDS,
    }
    yield from (topic for topic in topics(registry) if topic.name in wanted)


class Notifier:
    """Tells the parties of a file what they have to know.

    Args:
        settings: which cluster, which registry.
        addresses: who is told.
        store: what was read and delivered.
    """

    def __init__(self, settings: Settings, addresses: Addresses, store: Store) -> None:
        registry = Registry.load(settings.parties)
        self._settings = settings
        self._addresses = addresses
        self._store = store
        self._looked: date | None = None  # the day for which reminders were told
        self._receipts = {receipts(party): party for party in addresses.parties}
        self._places = {address.place: address for address in addresses.to}
        self._partitions = [
            TopicPartition(settings.prefix + topic.name, partition)
            for topic in consumed(registry, addresses.parties)
            for partition in range(topic.partitions)
        ]

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            Unavailable: Kafka does not answer at the start, or the store takes nothing.
            RecordsMissing: a log no longer holds what comes next.
        """
        try:
            async with consuming(self._settings) as consumer:
                consumer.assign(self._partitions)
                reader = Reader(consumer, await self._positions(consumer))
                ends = await consumer.end_offsets(self._partitions)
                log.info("notifier.started", addresses=len(self._places))
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._read(reader, ends))
                    tasks.create_task(self._deliver())
        except ExceptionGroup as both:  # the first is the reason
            raise both.exceptions[0] from None
        except KafkaError as error:
            raise await unavailable(self._settings, error, CANNOT_READ) from None

    async def _positions(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Returns where to read on; at first, receipts from now, records of old."""
        first = await consumer.beginning_offsets(self._partitions)
        ends = await consumer.end_offsets(self._partitions)
        kept = self._store.positions()
        accepted = self._settings.accept_gaps
        positions = {}
        for place in self._partitions:
            topic = self._named(place.topic)
            fresh = ends if topic in self._receipts else first
            position = kept.get((topic, place.partition), fresh[place])
            held = range(first[place], ends[place])
            positions[place] = resumed(place, position, held, accepted)
        # From here on it counts, though nothing may ever come.
        self._store.take(self._kept(positions), (), (), time.time())
        return positions

    async def _read(self, reader: Reader, ends: dict[TopicPartition, int]) -> None:
        async for polled in without_end(reader, _POLL_MS, _AT_ONCE):
            if polled:
                self._take(polled)
            today = datetime.now(CHINA).date()
            # What is open is known when all that was there has been read.
            if today != self._looked and not reader.behind(ends):
                reminders = self._reminders(self._store.opened(), today)
                self._store.take({}, (), list(reminders), time.time())
                self._looked = today

    def _take(self, records: Iterable[Record]) -> None:
        opened: dict[tuple[str, str], OpenRecord] = {}
        messages: list[tuple[Notification, str]] = []
        positions: dict[tuple[str, int], int] = {}
        for record in records:
            topic = self._named(record.topic)
            positions[topic, record.partition] = record.offset + 1
            if topic not in self._receipts:
                if (one := _opened(topic, record)) is not None:
                    opened[one.topic, one.key] = one
            elif (event := _read(record)) is not None:
                party = self._receipts[topic]
                messages += self._addressed(
                    of_event(event.data, event.envelope.id, party)
                )
        if self._looked is not None:
            messages += self._reminders(opened.values(), self._looked)
        self._store.take(positions, opened.values(), messages, time.time())

    def _reminders(
        self, opened: Iterable[OpenRecord], today: date
    ) -> Iterator[tuple[Notification, str]]:
        for one in opened:
            if one.value is not None:
                record = EVENT_TYPES[one.type].model.model_validate_json(one.value)
                for telling in reminders(record, today, self._addresses.due_days):
                    yield from self._addressed(telling)

    def _addressed(
        self, telling: Notification | None
    ) -> Iterator[tuple[Notification, str]]:
        if telling is not None:
            for address in self._addresses.of(telling.party, telling.about):
                yield telling, address.place

    async def _deliver(self) -> None:
        async with client() as http:
            send = partial(self._send, http)
            while True:
                ready = self._store.ready(time.time(), _TOGETHER)
                await asyncio.gather(*map(send, ready))
                if not ready:
                    await asyncio.sleep(_DELIVER_S)

    async def _send(self, http: httpx.AsyncClient, message: Message) -> None:
        now = time.time()
        try:
            await self._hand_over(http, message, now)
        except Undelivered as error:
            over = self._store.failed(message, str(error), now, ever=error.ever)
            fields = {"id": message.id, "place": message.place, "reason": str(error)}
            if over:
                log.error("notice.undeliverable", **fields)  # noqa: TRY400  no fault
            else:
                log.warning("notice.retried", tried=message.tries + 1, **fields)
        else:
            self._store.delivered(message)
            log.info("notice.delivered", id=message.id, place=message.place)

    async def _hand_over(
        self, http: httpx.AsyncClient, message: Message, now: float
    ) -> None:
        address = self._places.get(message.place)
        if address is None:
            raise Undelivered("the address is no longer named", ever=False)
        if address.webhook:
            await to_webhook(http, address, message, now)
        elif self._addresses.smtp is not None:
            await to_mail(self._addresses.smtp, address, message)

    def _named(self, topic: str) -> str:
        return topic.removeprefix(self._settings.prefix)

    def _kept(self, positions: dict[TopicPartition, int]) -> dict[tuple[str, int], int]:
        return {(self._named(p.topic), p.partition): o for p, o in positions.items()}


def _opened(topic: str, record: Record) -> OpenRecord | None:
    """Returns the record, with its value where something is open by it.

    None where it cannot be read: it says nothing, and so changes nothing.
    """
    key = (record.key or b"").decode(errors="backslashreplace")
    if record.value is None and not isinstance(record, Unreadable):
        return OpenRecord(topic, key)
    if (event := _read(record)) is None:
        return None
    if not is_open(event.data):
        return OpenRecord(topic, key)
    return OpenRecord(topic, key, event.type.name, event.value)


def _read(record: Record) -> Event[BaseModel] | None:
    try:
        return event_of(record)
    except ContractError:
        log.warning(
            "event.unreadable",
            topic=record.topic, partition=record.partition, offset=record.offset,
        )  # fmt: skip
        return None


async def _notify(settings: Settings, file: AddressFile, store: Store) -> None:
    """Notify whom the file names; begin anew where it has changed.

    The store has where it was, so nothing is lost or told twice but under its id.

    Raises:
        Unavailable: as a notifier does.
        RecordsMissing: as a notifier does.
    """
    every_s = settings.progress_every.total_seconds()
    while True:
        working = asyncio.create_task(Notifier(settings, file.now, store).run())
        try:
            while not working.done() and not file.look():
                await asyncio.wait({working}, timeout=every_s)
            if working.done():
                await working  # it ends by an error alone
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def serve(settings: Settings) -> None:
    """Run until told to stop.

    Raises:
        WrongSetting: no file of addresses is set, or it cannot be used.
        Unavailable: Kafka does not answer.
    """
    if settings.notify is None:
        raise WrongSetting(
            "TWINCITY_NOTIFY is not set: the file that says who is told 未设置通知名单"
        )
    file = AddressFile(settings.notify, settings.parties)
    store = Store.open(settings.notify_store)
    working = asyncio.ensure_future(_notify(settings, file, store))
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, working.cancel)
    watching = Watching("notifier", (), settings)
    try:
        await watching.listen()
        await working
    except asyncio.CancelledError:
        log.info("notifier.stopped")
    finally:
        await watching.stop()
        store.close()
