"""Several partitions, read so that an error in one is its own.

aiokafka raises an error of one partition after it has drained others, whose
positions have moved by then; whoever commits next passes over what was drained.
So every poll begins where everything before was decided, whatever happened in
between, and after an error each partition is read alone until none of them fails.
One that does is read byte by byte (``batches``): only damage is ``Unreadable``.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping
from time import monotonic
from typing import Any, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaError,
    NoError,
    OffsetOutOfRangeError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest
from pydantic import BaseModel

from services.runtime.batches import Fetched, Unreadable, read
from services.runtime.errors import RecordsMissing
from services.runtime.process import leave
from twincity_schemas.message import Event, parse
from twincity_schemas.problems import ContractError, problem

log = structlog.get_logger()

Record: TypeAlias = ConsumerRecord

_READ_COMMITTED = 1
_NO_BOUND = 2**63
_RAW_BYTES = 1_048_576  # of a raw fetch; a larger batch comes whole all the same
_RAW_WAIT_MS = 500
_FAILED_S = 1.0


def event_of(record: Record, *, gate: bool = False) -> Event[BaseModel]:
    """The event in a record.

    Args:
        record: as the reader gave it.
        gate: read as an inbox is read; see ``parse``.

    Raises:
        ContractError: the record cannot be read, or holds no event.
    """
    if isinstance(record, Unreadable):
        raise ContractError(
            [
                problem(
                    "",
                    "unreadable",
                    f"消息无法读取：{record.reason}",
                    f"the message cannot be read: {record.reason}",
                )
            ]
        )
    return parse(record.headers, record.value, gate=gate)


def size_of(record: Record) -> int:
    """Bytes of key, value and headers, uncompressed."""
    size = len(record.key or b"") + len(record.value or b"")
    for name, value in record.headers:
        size += len(name) + len(value or b"")
    return size


class Reader:
    """Reads partitions from where everything before was decided.

    Args:
        consumer: assigned to the partitions, read committed; nobody else polls
            or seeks it, and it resets no offset by itself.
        positions: the next offset of each partition to be decided about. It
            belongs to whoever decides, who moves it on.
        others: whether the consumer is assigned to further partitions, too.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        positions: MutableMapping[TopicPartition, int],
        *,
        others: bool = False,
    ) -> None:
        self.consumer = consumer
        self.positions = positions
        self._asked = positions if others else ()
        # The offset after what was delivered, and where the consumer stood then
        # (transaction markers and compaction make it stand further on).
        self._delivered: dict[TopicPartition, int] = {}
        self._standing: dict[TopicPartition, int] = {}
        self._going_back = True
        # Where what cannot be read may still lie, after an error; whose turn it is.
        self._suspects: set[TopicPartition] = set()
        self._turn = 0

    def go_back(self) -> None:
        """Say that what was delivered is not all decided, and will come again."""
        self._going_back = True

    def keep(self) -> None:
        """Say that everything delivered is decided."""
        self.positions.update(self._delivered)

    def behind(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Returns how far each partition is that has not come to its end."""
        reached = {place: self._reached(place) for place in ends}
        return {place: at for place, at in reached.items() if at < ends[place]}

    def left(self, ends: Mapping[TopicPartition, int]) -> int:
        """Returns how many offsets are to be delivered or decided before these."""
        return sum(ends[place] - at for place, at in self.behind(ends).items())

    def _reached(self, place: TopicPartition) -> int:
        decided = self.positions[place]
        if self._delivered.get(place) != decided:
            return decided
        # Past transaction markers too, at whose offsets nothing is ever read.
        return self._standing[place]

    async def poll(
        self,
        timeout_ms: int,
        max_records: int | None = None,
        max_bytes: float = _NO_BOUND,
    ) -> list[Record]:
        """The next records, each partition's in order.

        Args:
            timeout_ms: how long to wait for a first one.
            max_records: most records.
            max_bytes: most bytes; one record is given however large.

        Raises:
            OffsetOutOfRangeError: a position is no longer, or not yet, in a log.
            KafkaError: nothing can be read now; everything comes again.
        """
        await self._return()
        if not self._suspects:
            try:
                batches = await self.consumer.getmany(
                    *self._asked, timeout_ms=timeout_ms, max_records=max_records
                )
            except (OffsetOutOfRangeError, ConsumerStoppedError):
                self.go_back()
                raise
            except Exception as error:  # noqa: BLE001  decoding raises what it likes
                log.error("fetch.failed", reason=repr(error))  # noqa: TRY400  the reason is all that an operator can use
                self.go_back()
                await self._return()
                self._suspects.update(self.positions)
        if self._suspects:
            batches = await self._each(timeout_ms, max_records)
        return await self._deliver(batches, max_records or _NO_BOUND, max_bytes)

    async def _return(self) -> None:
        """Stand at what is to be decided next; say where something moved unasked."""
        for place, decided in self.positions.items():
            delivered = self._delivered.get(place)
            if not self._going_back:
                standing = await self.consumer.position(place)
                if delivered == decided and standing == self._standing[place]:
                    continue
                log.error(
                    "position.moved",
                    topic=place.topic,
                    partition=place.partition,
                    decided=decided,
                    delivered=delivered,
                )
            # A seek also drops what aiokafka has half decoded, and would lose.
            self.consumer.seek(place, decided)
            self._delivered[place] = self._standing[place] = decided
        self._going_back = False

    async def _each(
        self, timeout_ms: int, max_records: int | None
    ) -> dict[TopicPartition, list[Record]]:
        """Each partition alone, in turn; one that fails keeps no other."""
        by_partition: dict[TopicPartition, list[Record]] = {}
        until = monotonic() + timeout_ms / 1000
        room = max_records or _NO_BOUND
        for place in self._in_turn():
            # All are fetched together: waiting for one is waiting for the others.
            wait_ms = 0 if by_partition else max(0, int((until - monotonic()) * 1000))
            try:
                batches = await self.consumer.getmany(
                    place, timeout_ms=wait_ms, max_records=max_records and room
                )
                records = batches.get(place, [])
                if records or await self._is_at_end(place):
                    self._suspects.discard(place)
            except (OffsetOutOfRangeError, ConsumerStoppedError):
                self.go_back()
                raise
            except Exception as error:  # noqa: BLE001  decoding raises what it likes
                self._suspects.add(place)
                records = await self._raw(place, error)
            if records:
                by_partition[place] = records
                room -= len(records)
            if room <= 0:
                break
        return by_partition

    def _in_turn(self) -> Iterator[TopicPartition]:
        """Begin where the last poll ended: a long one must not keep those behind it."""
        places = list(self.positions)
        for _ in places:
            self._turn = (self._turn + 1) % len(places)
            yield places[self._turn]

    async def _is_at_end(self, place: TopicPartition) -> bool:
        end = self.consumer.last_stable_offset(place)
        return end is not None and end <= await self.consumer.position(place)

    async def _raw(self, place: TopicPartition, reason: Exception) -> list[Record]:
        start = self.positions[place]
        try:
            fetched = await _fetch_raw(self.consumer, place, start)
        except KafkaError as error:
            log.error(  # noqa: TRY400  the traceback says nothing of the broker
                "fetch.failed",
                topic=place.topic,
                partition=place.partition,
                reason=f"{reason!r}; {error!r}",
            )
            self.consumer.seek(place, start)
            return []
        self.consumer.seek(place, fetched.following)
        return fetched.records

    async def _deliver(
        self,
        batches: Mapping[TopicPartition, list[Record]],
        max_records: int,
        max_bytes: float,
    ) -> list[Record]:
        delivered: list[Record] = []
        size = 0
        for place, records in batches.items():
            for record in records:
                more = size + size_of(record)
                if delivered and (len(delivered) >= max_records or more > max_bytes):
                    self.consumer.seek(place, record.offset)
                    break
                if isinstance(record, Unreadable):
                    log.error(
                        "record.unreadable",
                        topic=record.topic,
                        partition=record.partition,
                        offset=record.offset,
                        reason=record.reason,
                    )
                delivered.append(record)
                size = more
                self._delivered[place] = record.offset + 1
        for place in self.positions:
            self._standing[place] = await self.consumer.position(place)
        return delivered


async def time_of(reader: Reader, place: TopicPartition, offset: int) -> float | None:
    """Returns when the first record from an offset on was written, in epoch seconds.

    None where only transaction markers and aborted records follow closely. Nothing
    is moved by asking.

    Raises:
        KafkaError: it cannot be read.
    """
    fetched = await _fetch_raw(reader.consumer, place, offset, most_bytes=1)
    first = next(iter(fetched.records), None)
    return None if first is None else float(first.timestamp) / 1000


async def _fetch_raw(
    consumer: AIOKafkaConsumer,
    place: TopicPartition,
    offset: int,
    most_bytes: int = _RAW_BYTES,
) -> Fetched:
    # aiokafka offers the bytes nowhere else; the consumer's own connection
    # carries its security settings too.
    client = consumer._client  # noqa: SLF001  there is no public way to it
    response: Any = await client.send(
        client.cluster.leader_for_partition(place),
        FetchRequest(
            _RAW_WAIT_MS,
            1,
            most_bytes,
            _READ_COMMITTED,
            [(place.topic, [(place.partition, offset, most_bytes)])],
        ),
    )
    [(_, [(_, code, _, *parts)])] = response.topics
    if (error := for_code(code)) is not NoError:
        raise error(place)
    aborted = parts[2] if response.API_VERSION >= 5 else parts[1]  # noqa: PLR2004  as it reads since version 5
    return read(place, parts[-1] or b"", offset, aborted or ())


async def without_end(
    reader: Reader, timeout_ms: int, max_records: int
) -> AsyncIterator[list[Record]]:
    """Yields what comes, poll after poll; empty where nothing has come.

    For those that keep a view of the topics and decide nothing: what is delivered
    counts as decided. Where a log was cut or made anew, the process is left.

    Args:
        reader: from where.
        timeout_ms: how long a poll waits for a first record.
        max_records: most records of a poll.
    """
    while True:
        try:
            records = await reader.poll(timeout_ms, max_records)
        except OffsetOutOfRangeError as error:
            leave(RecordsMissing(f"a log does not hold what comes next: {error}"))
            return
        except KafkaError as error:
            log.warning("fetch.failed", reason=repr(error))
            await asyncio.sleep(_FAILED_S)
            continue
        reader.keep()
        yield records


async def until_end(reader: Reader) -> AsyncIterator[Record]:
    """Yields what partitions hold now, each in its order, then end.

    Raises:
        KafkaError: they cannot be read.
    """
    ends = await reader.consumer.end_offsets(reader.positions)
    while reader.left(ends):
        for record in await reader.poll(200):
            if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                yield record
        reader.keep()
