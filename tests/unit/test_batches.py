"""Kafka's record batches: damage costs the records that it touches."""

import struct
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.batches import Unreadable, read

PLACE = TopicPartition("inbox", 0)
HEADERS = [("ce_id", b"1"), ("x-ZZ", None)]


def batch(base: int, *values: bytes, codec: int = 0, producer: int = -1) -> bytearray:
    builder = DefaultRecordBatchBuilder(
        2, codec, producer >= 0, producer, 0, 0, 1_000_000
    )
    for number, value in enumerate(values):
        assert builder.append(number, 1_000 + number, b"key", value, HEADERS)
    built = bytearray(builder.build())
    struct.pack_into(">q", built, 0, base)
    return built


def signed(content: bytes) -> bytes:
    """With a checksum that fits what was changed."""
    changed = bytearray(content)
    struct.pack_into(">I", changed, 17, calc_crc32c(bytes(changed[21:])))
    return bytes(changed)


def marker(base: int, producer: int, kind: int) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 1, producer, 0, 0, 1_000_000)
    builder.append(0, 1, struct.pack(">hh", 0, kind), b"\x00" * 6, [])
    built = bytearray(builder.build())
    struct.pack_into(">q", built, 0, base)
    built[22] |= 0x20
    return signed(built)


def told(records: list[Any]) -> list[tuple[int, bytes | None, bool]]:
    return [(r.offset, r.value, isinstance(r, Unreadable)) for r in records]


@pytest.mark.parametrize("codec", range(5))
def test_every_codec_gives_the_same_records(codec: int) -> None:
    fetched = read(PLACE, bytes(batch(7, b"a" * 500, b"b" * 500, codec=codec)), 0)
    assert fetched.following == 9
    first, second = fetched.records
    assert (first.offset, first.key, first.value) == (7, b"key", b"a" * 500)
    assert (second.offset, second.timestamp) == (8, 1_001)
    assert second.headers == tuple(HEADERS)
    assert (second.topic, second.partition) == PLACE


def test_a_header_name_that_is_no_text_costs_its_own_record() -> None:
    good, bad = batch(0, b"a"), batch(1, b"b", b"c")
    at = bad.index(b"x-ZZ")
    bad[at : at + 4] = b"x-\xff\xfe"
    fetched = read(PLACE, bytes(good) + signed(bad), 0)
    assert told(fetched.records) == [
        (0, b"a", False),
        (1, b"b", True),
        (2, b"c", False),
    ]
    [damaged] = [r for r in fetched.records if isinstance(r, Unreadable)]
    assert damaged.headers == (("ce_id", b"1"), ("x-\\xff\\xfe", None))
    assert damaged.key == b"key"


def damaged_checksum() -> bytes:
    content = batch(3, b"x" * 50, b"y" * 50)
    content[-5] ^= 0xFF
    return bytes(content)


def damaged_content() -> bytes:
    content = batch(3, b"x" * 50, b"y" * 50, codec=4)
    content[70:] = bytes(len(content) - 70)
    return signed(content)


def unknown_codec() -> bytes:
    content = batch(3, b"x", b"y")
    content[22] |= 7
    return signed(content)


@pytest.mark.parametrize("make", [damaged_checksum, damaged_content, unknown_codec])
def test_a_damaged_batch_costs_its_own_records(make: Any) -> None:
    damaged = make()
    fetched = read(PLACE, bytes(batch(2, b"a")) + damaged + bytes(batch(5, b"b")), 0)
    assert told(fetched.records) == [
        (2, b"a", False),
        (3, damaged, True),
        (4, b"", True),
        (5, b"b", False),
    ]
    assert fetched.following == 6


def test_what_is_before_the_wanted_offset_is_left_out() -> None:
    fetched = read(PLACE, bytes(batch(0, b"a", b"b")) + damaged_checksum(), 4)
    assert told(fetched.records) == [(4, damaged_checksum(), True)]


def test_an_aborted_transaction_is_not_read() -> None:
    content = b"".join(
        [
            bytes(batch(0, b"undone", producer=9)),
            bytes(batch(1, b"other", producer=8)),
            marker(2, 9, 0),
            bytes(batch(3, b"kept", producer=9)),
            marker(4, 9, 1),
        ]
    )
    fetched = read(PLACE, content, 0, aborted=[(9, 0)])
    assert told(fetched.records) == [(1, b"other", False), (3, b"kept", False)]
    assert fetched.following == 5


@given(st.binary(max_size=300), st.integers(0, 250))
def test_whatever_is_overwritten_the_reading_goes_on(junk: bytes, at: int) -> None:
    content = batch(0, b"a" * 100, b"b" * 100)
    content[at : at + len(junk)] = junk[: len(content) - at]
    fetched = read(PLACE, bytes(content), 0)
    offsets = [r.offset for r in fetched.records]
    assert offsets == sorted(offsets)
    assert all(offset < fetched.following for offset in offsets)
