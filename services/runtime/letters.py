"""A dead letter: a message as it was, why it is one, and where it was read.

The topic is compacted and its key is the message's origin, so it holds what waits
now: one letter each, replaced when a repetition fails too, removed when it is
released or discarded.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Self

from aiokafka import TopicPartition

from services.runtime.fitting import LARGEST, size_of_header
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish
from services.runtime.reading import Record
from services.runtime.waiting import Waits
from twincity_schemas.operations import DeadLetterReason, Origin
from twincity_schemas.topology import dead_letters

VERSION = version("twincity")
"""Of this service."""

LONGEST_ERROR = 2_048
"""Bytes of an exception's text."""

_MOST_OF_KEY, _MOST_OF_HEADERS = 10_000, 200_000
_OURS = 10_000  # bytes of what is told besides
_MARK = "twincity-"

Header = tuple[str, bytes]


@dataclass(frozen=True)
class Letter:
    """A dead letter as it is read back.

    Attributes:
        service: that could not process the message.
        subject: whose queue it waits in.
        origin: where it was read.
        waits: why, and how often it was tried.
        error: the exception's text; empty where it only waits behind another.
        version: of the service.
        headers: of the message, like its value.
        cut: whether they are not whole; the whole lies at the origin.
        dead_since: when, in milliseconds since 1970.
    """

    service: str
    subject: str
    origin: Origin
    waits: Waits
    error: str
    version: str
    headers: Sequence[Header]
    value: bytes | None
    cut: bool
    dead_since: int

    @classmethod
    def read(cls, service: str, record: Record) -> Self:
        """Read a record of a dead-letter topic.

        Raises:
            ValueError: it is none of ours.
        """
        marked = {
            name.removeprefix(_MARK): (value or b"").decode(errors="replace")
            for name, value in record.headers
            if name.startswith(_MARK)
        }
        try:
            return cls(
                service=service,
                subject=marked["subject"],
                origin=origin_of((record.key or b"").decode(errors="replace")),
                waits=Waits(DeadLetterReason(marked["reason"]), int(marked["tried"])),
                error=marked["error"],
                version=marked["version"],
                headers=[h for h in record.headers if not h[0].startswith(_MARK)],
                value=record.value,
                cut=marked["cut"] == "true",
                dead_since=record.timestamp,
            )
        except KeyError as missing:
            raise ValueError(f"no dead letter: {missing} is missing") from None


@dataclass(frozen=True)
class Previewed:
    """The outcomes that a letter would have.

    Attributes:
        published: the topics and event types of what would be published.
        failure: why it would fail again; empty: it would be released.
    """

    letter: Letter
    published: tuple[str, ...] = ()
    failure: str = ""


LetterQueue = tuple[str, str, str, int]
"""Service, subject, topic and partition."""


def queue_of_letter(letter: Letter) -> LetterQueue:
    """The queue that a letter waits in."""
    origin = letter.origin
    return letter.service, letter.subject, origin.topic, origin.partition


def queues(letters: Iterable[Letter]) -> dict[LetterQueue, list[Letter]]:
    """Letters by queue, each in its order."""
    by_queue: dict[LetterQueue, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_queue[queue_of_letter(letter)].append(letter)
    return dict(by_queue)


def letter(
    service: str, incoming: Incoming, waits: Waits, error: str, prefix: str = ""
) -> Publish:
    """A message as it was, with why it is a dead letter.

    What is larger than a message can be is cut, and says so; the whole lies at
    its origin.
    """
    record = incoming.record
    key, value = record.key or b"", record.value
    headers = [(name, content or b"") for name, content in record.headers]
    words = waits.reason.words
    marked = [
        ("subject", incoming.subject),
        ("key", key[:_MOST_OF_KEY].decode(errors="replace")),
        ("reason", waits.reason.value),
        ("reason-zh", words.zh),
        ("reason-en", words.en),
        ("error", bounded(error)),
        ("tried", str(waits.tried)),
        ("version", VERSION),
    ]
    first = _first(headers, _MOST_OF_HEADERS)
    room = LARGEST - 4 * _MOST_OF_KEY - _MOST_OF_HEADERS - _OURS
    whole = len(key) <= _MOST_OF_KEY and len(first) == len(headers)
    is_cut = not whole or len(value or b"") > room
    # Ours come last and count, whatever a party's own headers are called.
    marked.append(("cut", str(is_cut).lower()))
    # An empty value would be a tombstone's neighbour; a null one would be one.
    value = (value or b"")[:room]
    ours = [(_MARK + name, text.encode(errors="replace")) for name, text in marked]
    where = str(origin(incoming.source, record.offset, prefix)).encode()
    return Publish(dead_letters(service), where, value, [*first, *ours])


def resolved(service: str, where: Origin) -> Publish:
    """Returns what removes a letter."""
    return Publish(dead_letters(service), str(where).encode(), None)


def origin(source: TopicPartition, offset: int, prefix: str = "") -> Origin:
    """Returns where a record was read, by its name in the catalogue."""
    topic = source.topic.removeprefix(prefix)
    return Origin(topic=topic, partition=source.partition, offset=offset)


def origin_of(text: str) -> Origin:
    """Read an origin as it is written: ``topic/partition/offset``.

    Raises:
        ValueError: it is none.
    """
    try:
        topic, partition, offset = text.rsplit("/", 2)
        return Origin(topic=topic, partition=int(partition), offset=int(offset))
    except ValueError:
        raise ValueError(f"{text} is not topic/partition/offset") from None


def source_of(where: Origin, prefix: str = "") -> TopicPartition:
    """The partition of an origin on a cluster."""
    return TopicPartition(prefix + where.topic, where.partition)


def bounded(error: str) -> str:
    """An exception's text, its beginning and end where it is too long."""
    text = error.encode(errors="replace")
    if len(text) <= LONGEST_ERROR:
        return error
    half = LONGEST_ERROR // 2 - 8
    return (
        text[:half].decode(errors="ignore")
        + " […] "
        + text[-half:].decode(errors="ignore")
    )


def _first(headers: Sequence[Header], room: int) -> list[Header]:
    fitting = []
    for header in headers:
        room -= size_of_header(header)
        if room < 0:
            break
        fitting.append(header)
    return fitting
