"""What fits into a Kafka message, counted before anything is sent."""

from collections.abc import Iterable, Sequence

from services.runtime.outcomes import Publish
from services.runtime.reading import Record
from twincity_schemas.catalogue import dead_letters

_LARGEST = 1_000_000
"""Bytes of key, value and headers, uncompressed: Kafka's default limit is
1,048,588 for a compressed batch, and aiokafka's 1,048,576 for an uncompressed
message."""

_PER_HEADER = 10  # two lengths of up to five bytes

_LONGEST_REASON = 2_000
_MOST_OF_KEY, _MOST_OF_HEADERS = 10_000, 200_000

Header = tuple[str, bytes]


def refuse_oversized(
    key: bytes, value: bytes | None, headers: Iterable[Header] = ()
) -> None:
    """Refuse a message that Kafka would refuse.

    Raises:
        ValueError: it is too large, or a header's name cannot be written.
    """
    size = len(key) + len(value or b"") + sum(map(_size, headers))
    if size > _LARGEST:
        raise ValueError(f"a message of {size} bytes does not fit Kafka")


def dead_letter(service: str, record: Record, reason: str) -> Publish:
    """A record as it was, with the reason why it was laid aside and its origin.

    What is larger than a message can be is cut, and says so; the whole lies at
    its origin.
    """
    origin = f"{record.topic}/{record.partition}/{record.offset}"
    key, headers, value = record.key or b"", _headers(record), record.value
    told = [
        ("twincity-reason", reason[:_LONGEST_REASON].encode(errors="replace")),
        ("twincity-origin", origin.encode()),
    ]
    kept = _first(headers, _MOST_OF_HEADERS)
    room = _LARGEST - _MOST_OF_KEY - _MOST_OF_HEADERS - 2 * _LONGEST_REASON * 4
    whole = len(key) <= _MOST_OF_KEY and len(kept) == len(headers)
    if not whole or len(value or b"") > room:
        told.append(("twincity-cut", b"true"))
        key, value = key[:_MOST_OF_KEY], None if value is None else value[:room]
    return Publish(dead_letters(service), key, value, [*kept, *told])


def _headers(record: Record) -> list[Header]:
    return [(name, value or b"") for name, value in record.headers]


def _first(headers: Sequence[Header], room: int) -> list[Header]:
    kept = []
    for header in headers:
        room -= _size(header)
        if room < 0:
            break
        kept.append(header)
    return kept


def _size(header: Header) -> int:
    name, value = header
    return len(name.encode()) + len(value) + _PER_HEADER
