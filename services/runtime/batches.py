"""Kafka's record batches, read as far as each record can be read.

aiokafka gives up on a whole fetch where one header name is no UTF-8, one batch
is damaged or its codec unknown. Here the damage costs the records it touches,
each named by its offset, and what is left of their bytes is kept. Only used
where aiokafka has given up: it is a plain loop, and slower.

Source: Kafka protocol guide, «Record batch» (format 2; a broker of 4.x writes no
other).
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.util import calc_crc32c

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH = struct.Struct(">qi")  # base offset, bytes that follow
_CHECKED_FROM = struct.calcsize(">qiibI")  # the checksum covers what follows it
_FORMAT = 2
_CODEC, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_APPEND_TIME = 0x08
_ABORT = 0
_DECODERS = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
_MOST_RECORDS = 1_000_000
"""In one batch; more is a damaged count, and reserves no memory here."""


@dataclass
class Unreadable(ConsumerRecord):  # type: ignore[misc]
    """A record that cannot be read, with the bytes of it that can be had.

    Where a whole batch is damaged, its first record holds the batch's bytes.
    """

    reason: str = ""


@dataclass(frozen=True)
class Fetched:
    """A partition's records from an offset on.

    Attributes:
        records: in order; readable ones and ``Unreadable`` ones.
        following: the offset to read on from.
    """

    records: list[ConsumerRecord]
    following: int


def read(
    place: TopicPartition,
    fetched: bytes,
    start: int,
    aborted: Iterable[tuple[int, int]] = (),
) -> Fetched:
    """Read what a broker answered to a fetch; never raises.

    Args:
        place: the partition.
        fetched: whole batches; a last one that is cut off is left.
        start: the first offset that is wanted.
        aborted: producer id and first offset of each aborted transaction.
    """
    records: list[ConsumerRecord] = []
    following = start
    waiting = sorted(aborted, key=lambda one: one[1])
    undone: set[int] = set()
    for batch in _batches(place, fetched):
        if batch.following <= following:
            continue
        while waiting and waiting[0][1] <= batch.base:
            undone.add(waiting.pop(0)[0])
        if batch.is_control:
            if batch.ends_in_abort():
                undone.discard(batch.producer)
        elif not (batch.is_transactional and batch.producer in undone):
            records += [r for r in batch.records(following) if r.offset >= start]
        following = batch.following
    if fetched and following == start:
        # Nothing in it is a batch: the one offset that was asked for is lost.
        records = [_unknown(place, start, fetched)]
        following += 1
    return Fetched(records, following)


def _unknown(place: TopicPartition, offset: int, content: bytes) -> Unreadable:
    return Unreadable(
        *place, offset, 0, 0, None, content, None, -1, len(content), (), "no batch"
    )


def _batches(place: TopicPartition, fetched: bytes) -> Iterator["_Batch"]:
    at = 0
    while at + _LENGTH.size <= len(fetched):
        _, length = _LENGTH.unpack_from(fetched, at)
        end = at + _LENGTH.size + length
        if length < _HEADER.size - _LENGTH.size or end > len(fetched):
            return
        yield _Batch(place, fetched[at:end])
        at = end


class _Batch:
    def __init__(self, place: TopicPartition, content: bytes) -> None:
        self._place = place
        self._content = content
        (
            self.base, _, _, self._format, self._checksum, self._attributes,
            last, self._first_time, self._most_time, self.producer, _, _, self._count,
        ) = _HEADER.unpack_from(content)  # fmt: skip
        # A damaged count must not carry the position past other batches.
        sane = 0 <= last < _MOST_RECORDS and 0 <= self._count <= last + 1
        self.following = self.base + (last if sane else 0) + 1

    @property
    def is_control(self) -> bool:
        return bool(self._attributes & _CONTROL) and self._damage() is None

    @property
    def is_transactional(self) -> bool:
        return bool(self._attributes & _TRANSACTIONAL)

    def ends_in_abort(self) -> bool:
        """Returns whether this control batch says that a transaction was aborted."""
        [marker] = self._decoded(self._content[_HEADER.size :], 1)
        return bool(marker.key) and struct.unpack_from(">hh", marker.key)[1] == _ABORT

    def records(self, start: int) -> list[ConsumerRecord]:
        """Every record from an offset on; each that cannot be read is named."""
        reason = self._damage()
        if reason is None:
            try:
                return self._decoded(self._uncompressed(), self._count)
            except Exception as error:  # noqa: BLE001  codecs raise what they like
                reason = repr(error)
        first = max(start, self.base)
        return [
            self._unreadable(offset, reason, self._content if offset == first else b"")
            for offset in range(first, self.following)
        ]

    def _damage(self) -> str | None:
        if self._format != _FORMAT:
            return f"record format {self._format}"
        if calc_crc32c(self._content[_CHECKED_FROM:]) != self._checksum:
            return "checksum does not match"
        return None

    def _uncompressed(self) -> bytes:
        content = self._content[_HEADER.size :]
        codec = self._attributes & _CODEC
        if codec == 0:
            return content
        if codec not in _DECODERS:
            raise ValueError(f"unknown codec {codec}")
        return bytes(_DECODERS[codec](content))

    def _decoded(self, content: bytes, count: int) -> list[ConsumerRecord]:
        fields = _Fields(content)
        return [self._record(fields.content() or b"") for _ in range(count)]

    def _record(self, content: bytes) -> ConsumerRecord:
        fields = _Fields(content)
        fields.skip(1)  # attributes, which no client sets
        since, delta = fields.number(), fields.number()
        key, value = fields.content(), fields.content()
        headers, damaged = [], None
        for _ in range(fields.number()):
            name = fields.content() or b""
            try:
                text = name.decode()
            except UnicodeDecodeError:
                text = name.decode(errors="backslashreplace")
                damaged = f"header name is no UTF-8: {text}"
            headers.append((text, fields.content()))
        time = (
            self._most_time
            if self._attributes & _APPEND_TIME
            else self._first_time + since
        )
        return self._made(self.base + delta, time, key, value, headers, damaged)

    def _unreadable(self, offset: int, reason: str, value: bytes) -> ConsumerRecord:
        return self._made(offset, self._most_time, None, value, [], reason)

    def _made(  # noqa: PLR0913, PLR0917  a record's parts
        self,
        offset: int,
        time: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        reason: str | None,
    ) -> ConsumerRecord:
        parts = (
            self._place.topic,
            self._place.partition,
            offset,
            time,
            int(bool(self._attributes & _APPEND_TIME)),
            key,
            value,
            None,
            -1 if key is None else len(key),
            -1 if value is None else len(value),
            tuple(headers),
        )
        return ConsumerRecord(*parts) if reason is None else Unreadable(*parts, reason)


class _Fields:
    """A record's fields, one after another; raises where they are cut off."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def skip(self, length: int) -> None:
        self._at += length

    def number(self) -> int:
        """A variable-length number, zigzag-encoded as Protocol Buffers do."""
        value = shift = 0
        while True:
            part = self._content[self._at]
            self._at += 1
            value |= (part & 0x7F) << shift
            if part < 0x80:  # noqa: PLR2004  the highest bit: more follows
                return (value >> 1) ^ -(value & 1)
            shift += 7

    def content(self) -> bytes | None:
        length = self.number()
        if length < 0:
            return None
        start, self._at = self._at, self._at + length
        if self._at > len(self._content):
            raise ValueError("a record is cut off")
        return self._content[start : self._at]
