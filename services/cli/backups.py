"""``twincity backup`` and ``restore``: what was said, with when it was recorded.

A backup is lines of JSON: one for each message of an inbox, with its place, its
broker's timestamp, key, headers and value; and a last one that counts them and has
their digest. Everything else follows from the inboxes (records, receipts, the
ledger), so nothing else is in it but the operators' acts. What these were about lay at
offsets that mean something else in a new cluster: restored, they are marked, so that
the ledger keeps who did what and why, and no service does it again.

Written anew into an inbox, a message would be stamped by the broker with the time of
the restoring. So an inbox is restored while its topic takes its writers' timestamps,
and gets the catalogue's settings afterwards: Kafka keeps with each batch whose
timestamp it has. A message that cannot be read keeps its place: its bytes are
restored without its headers, and admission refuses it again.
"""

import asyncio
import gzip
import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Self, cast

import typer
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from services.cli.following import consumer_of, snapshot
from services.cli.terminal import INCOMPLETE, exit_status, out
from services.runtime.batches import Unreadable
from services.runtime.connecting import client_options
from services.runtime.errors import TwinCityError, Unavailable
from services.runtime.redriving import RESTORED
from services.runtime.settings import Settings, with_kafka
from services.runtime.topics import Cluster, Difference
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import OPERATIONS, inbox, topics

_FORMAT = "twincity-backup@1"
_SENT = 1_000
"""Messages on their way at a time."""


@dataclass(frozen=True)
class Saved:
    """A message of an inbox, or an operator's act.

    Attributes:
        topic: its name in the catalogue, without an environment's prefix.
        timestamp: as its broker has it, in milliseconds since 1970.
        unreadable: why it could not be read; empty: it could.
    """

    topic: str
    offset: int
    timestamp: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None
    unreadable: str = ""

    @classmethod
    def of(cls, record: ConsumerRecord, prefix: str) -> Self:
        """A message as it was read."""
        bad = isinstance(record, Unreadable)
        return cls(
            record.topic.removeprefix(prefix),
            record.offset,
            record.timestamp,
            record.key,
            () if bad else tuple(record.headers),
            record.value,
            record.reason if bad else "",
        )

    @classmethod
    def read(cls, line: dict[str, Any]) -> Self:
        """A message as a backup's line has it."""
        headers = ((name, _bytes(value)) for name, value in line["headers"])
        return cls(
            line["topic"],
            line["offset"],
            line["timestamp"],
            _bytes(line["key"]),
            tuple(headers),
            _bytes(line["value"]),
            line["unreadable"],
        )

    def line(self) -> dict[str, Any]:
        """Its line in a backup; bytes are base64."""
        return {
            "topic": self.topic,
            "offset": self.offset,
            "timestamp": self.timestamp,
            "key": _text(self.key),
            "headers": [[name, _text(value)] for name, value in self.headers],
            "value": _text(self.value),
            "unreadable": self.unreadable,
        }


def _text(content: bytes | None) -> str | None:
    return None if content is None else b64encode(content).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)


def backup(
    to: Annotated[Path, typer.Argument(help="The file; .gz is compressed 文件")],
) -> None:
    """Write down every inbox with when what was recorded, and operators' acts 备份."""
    settings = with_kafka()
    unfinished = to.with_name(f"{to.name}.part")
    counts = asyncio.run(_write(settings, unfinished, compressed=to.suffix == ".gz"))
    if exit_status() == INCOMPLETE:
        unfinished.unlink()
        raise TwinCityError(f"{to} was not written, see above 备份不完整，未写入")
    unfinished.replace(to)
    _show(counts)


async def _write(settings: Settings, to: Path, *, compressed: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    digest = sha256()
    with cast("BinaryIO", (gzip.open if compressed else open)(to, "wb")) as file:

        def put(document: dict[str, Any]) -> None:
            line = json.dumps(document).encode() + b"\n"
            digest.update(line)
            file.write(line)

        put({"format": _FORMAT})
        async for record in snapshot(settings, _kept(settings), damaged=True):
            saved = Saved.of(record, settings.prefix)
            counts[saved.topic] += 1
            put(saved.line())
        put({"messages": counts.total(), "sha256": digest.hexdigest()})
    return counts


def restore(
    source: Annotated[Path, typer.Argument(help="A file of twincity backup 备份")],
) -> None:
    """Fill the inboxes of a new cluster as they were; the rest follows 恢复."""
    settings = with_kafka()
    _check(source, {topic.name for topic in _kept(settings)})
    counts, moved = asyncio.run(_restore(settings, source))
    _show(counts)
    if moved:
        # Transactions of a party, or retention, had left gaps between its messages.
        out.print(f"{moved} 条消息的位置有变 messages have another offset than before")


def _check(source: Path, known: set[str]) -> None:
    """Read a backup to its end before anything is written.

    Raises:
        TwinCityError: it is none, was cut or changed, or a party is not registered.
    """
    digest, before, count = sha256(), sha256(), -1
    last: dict[str, Any] = {}
    try:
        for line in _lines(source):
            before = digest.copy()
            digest.update(line)
            count += 1
            last = json.loads(line)
            if count == 0 and last != {"format": _FORMAT}:
                break
            if (topic := last.get("topic")) not in {None, *known}:
                raise TwinCityError(
                    f"{source}: {topic} is no inbox of a registered party 主体未登记"
                )
    except (ValueError, EOFError, AttributeError, gzip.BadGzipFile):
        last = {}
    if last != {"messages": count - 1, "sha256": before.hexdigest()}:
        raise TwinCityError(
            f"{source} is no whole backup: nothing was restored 备份不完整或已改动"
        )


def _lines(source: Path) -> Iterator[bytes]:
    with cast(
        "BinaryIO", (gzip.open if source.suffix == ".gz" else open)(source, "rb")
    ) as file:
        yield from file


async def _restore(settings: Settings, source: Path) -> tuple[Counter[str], int]:
    registry = Registry.load(settings.parties)
    wanted = list(settings.catalogue(registry))
    taking = list(topics(registry, story_time=True))
    async with Cluster(settings) as cluster:
        _expect(await cluster.apply(wanted))
        await _expect_empty(settings)  # before its inboxes take any timestamps
        try:
            _expect(await cluster.apply(taking))
            return await _send(settings, source)
        finally:
            _expect(await cluster.apply(wanted))


def _expect(nothing: list[Difference]) -> None:
    if nothing:
        raise TwinCityError("; ".join(map(str, nothing)))


async def _expect_empty(settings: Settings) -> None:
    async with consumer_of(settings, _kept(settings)) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
    if used := [place.topic for place, end in ends.items() if end]:
        raise TwinCityError(
            f"{min(used)} is not empty; restore into a new cluster, or under another "
            "TWINCITY_PREFIX 收件箱非空，请恢复到新集群或换用前缀"
        )


async def _send(settings: Settings, source: Path) -> tuple[Counter[str], int]:
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True
    )
    counts: Counter[str] = Counter()
    moved = 0
    waiting: list[tuple[int, Any]] = []
    try:
        await producer.start()
        async for saved in _saved(source):
            sent = await producer.send(
                settings.prefix + saved.topic,
                # aiokafka sends no message without both; neither has any content.
                b"" if saved.value is saved.key is None else saved.value,
                key=saved.key,
                headers=[*saved.headers, *_mark(saved)],
                timestamp_ms=saved.timestamp,
                partition=0,
            )
            counts[saved.topic] += 1
            waiting.append((saved.offset, sent))
            if len(waiting) == _SENT:
                moved += await _arrived(waiting)
        moved += await _arrived(waiting)
    except KafkaError as error:
        raise Unavailable(
            f"after {counts.total()} messages: {error}; begin anew in a new cluster, "
            "or under another TWINCITY_PREFIX 恢复中断，请重新开始"
        ) from None
    finally:
        await producer.stop()
    return counts, moved


def _mark(saved: Saved) -> list[tuple[str, bytes]]:
    return [(RESTORED, b"true")] if saved.topic == OPERATIONS else []


async def _arrived(waiting: list[tuple[int, Any]]) -> int:
    """Wait for what was sent; gives how many lie elsewhere than they lay."""
    moved = 0
    for offset, sent in waiting:
        moved += (await sent).offset != offset
    waiting.clear()
    return moved


async def _saved(source: Path) -> AsyncIterator[Saved]:
    for line in _lines(source):
        document = json.loads(line)
        if "topic" in document:
            yield Saved.read(document)


def _kept(settings: Settings) -> list[Topic]:
    registry = Registry.load(settings.parties)
    names = {OPERATIONS, *(inbox(code) for code in registry.codes)}
    return [topic for topic in topics(registry) if topic.name in names]


def _show(counts: Counter[str]) -> None:
    for topic, count in sorted(counts.items()):
        out.print(f"{count:8} {topic}")
    out.print(f"{counts.total():8} 条消息 messages")
