"""What came of a story: the same, once each and in order, however it was disturbed."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from services.admission import service as admission
from services.cli.services import PROCESSORS
from services.cli.status import system_status
from services.ledger.store import Ledger
from services.runtime.batches import Unreadable
from services.runtime.reading import Record
from services.runtime.service import compose
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.broker.reading import everything
from tests.support.folding import REGISTRY
from twincity_schemas.topology import (
    DECIDING,
    MATCHING_CANDIDATES,
    dead_letters,
    inbox,
    receipts,
    topics,
)

_LOOK_S = 1.0
_LOOKS = 60
_RECEIPTS = receipts("")


@dataclass
class Contents:
    """What topics hold.

    Attributes:
        records: the last value of each key of a topic of records.
        each: every statement and receipt, how often; notices tell of arrival.
        order: by topic and key, the statements and what admission said, in order.
    """

    records: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    each: Counter[tuple[str, bytes, bytes]] = field(default_factory=Counter)
    order: dict[tuple[str, bytes, bytes], list[bytes]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def differences(self, other: "Contents") -> list[str]:
        """Where it differs from what there ought to be, shortly."""
        lost, doubled = other.each - self.each, self.each - other.each
        keys = {*self.records, *other.records}
        changed = [k for k in keys if self.records.get(k) != other.records.get(k)]
        moved = [k for k in other.order if self.order.get(k) != other.order[k]]
        return [
            *(f"lost: {topic} {key!r}" for topic, key, _ in lost),
            *(f"doubled: {topic} {key!r}" for topic, key, _ in doubled),
            *(f"another record: {topic} {key!r}" for topic, key in changed),
            *(f"another order: {topic} {key!r}" for topic, key, _ in moved),
        ]


async def contents(settings: Settings) -> Contents:
    """What is there now."""
    found = Contents()
    for topic in topics(REGISTRY):
        if not topic.events or topic.name.startswith(inbox("")):
            continue
        for record in await everything(settings, topic.name):
            if isinstance(record, Unreadable):
                continue
            _note(found, topic.name, record, settings.prefix)
    return found


def _note(found: Contents, topic: str, record: Record, prefix: str) -> None:
    headers = dict(record.headers)
    if topic.endswith((".records", ".candidates")):
        if record.value is None:
            found.records.pop((topic, record.key), None)
        else:
            found.records[topic, record.key] = record.value
    elif b"notice" not in headers.get("ce_type", b""):
        value = record.value.replace(prefix.encode() + b"twincity", b"twincity")
        found.each[topic, record.key, value] += 1
        # Of one party: what several say of a subject comes as it comes.
        said_by = b"" if topic.startswith(_RECEIPTS) else headers["ce_source"]
        found.order[topic, record.key, said_by].append(value)


@asynccontextmanager
async def all_services(
    settings: Settings, *, story_time: bool = True
) -> AsyncIterator[None]:
    """Every service that derives, in this process, and its topics."""
    async with Cluster(settings) as cluster:
        assert not await cluster.apply(topics(REGISTRY, story_time=story_time))
    gate = partial(admission.make_processor, story_time=story_time)
    async with AsyncExitStack() as running:
        for service in PROCESSORS:
            make = gate if service == admission.SERVICE else PROCESSORS[service]
            app = compose(service, make, settings).app
            await app.start()
            running.push_async_callback(app.stop)
        yield


async def settled(settings: Settings, said: int) -> Contents:
    """What is there when every message has its receipt and every service is at its end.

    A service commits what it writes with what it has read. So where none had anything
    left to read, and no topic was longer a look later, nothing is on its way.
    """
    before: Mapping[str, int] = {}
    async with asyncio.timeout(180):
        while True:
            status = await system_status(settings, with_records=False)
            deciding = [one for one in status.shards if one.service in DECIDING]
            resting = not any(one.behind_s for one in deciding)
            if resting and status.written == before:
                now = await contents(settings)
                if _count_receipts(now) >= said:
                    return now
            before = status.written
            await asyncio.sleep(_LOOK_S)


def _count_receipts(found: Contents) -> int:
    return sum(
        times
        for (topic, *_), times in found.each.items()
        if topic.startswith(_RECEIPTS)
    )


async def until_same(
    settings: Settings, wanted: Contents, patience_s: float
) -> list[str]:
    """Wait until a story has come to what it ought to; gives what differs yet."""
    clock = asyncio.get_running_loop().time
    until = clock() + patience_s
    while left := (await contents(settings)).differences(wanted):
        if any(one.startswith("doubled") for one in left) or clock() > until:
            return left
        await asyncio.sleep(_LOOK_S)
    await asyncio.sleep(2 * _LOOK_S)  # whatever would come a second time
    return (await contents(settings)).differences(wanted)


async def letters(settings: Settings, wanted: Mapping[str, int]) -> list[str]:
    """Where a service has not so many dead letters, each once."""
    for _ in range(_LOOKS):
        found = {
            service: len(await everything(settings, dead_letters(service)))
            for service in wanted
        }
        if found == wanted:
            return []
        await asyncio.sleep(_LOOK_S)
    return [f"letters: {found}, for {dict(wanted)}"]


async def ledger_differs(settings: Settings, unreadable: int) -> list[str]:
    """Where the ledger does not hold what the topics hold; empty: nowhere."""
    found = await contents(settings)
    for _ in range(_LOOKS):
        if not (left := await asyncio.to_thread(_compare, settings, found, unreadable)):
            break
        await asyncio.sleep(_LOOK_S)
    return left


def _compare(settings: Settings, found: Contents, unreadable: int) -> list[str]:
    ledger = Ledger.open(settings.database.get_secret_value(), create=False)
    try:
        counts = ledger.counts()
        kept: dict[tuple[str, bytes], Any] = {
            (one.topic, one.key.encode()): one.data.encode() for one in ledger.records()
        }
    finally:
        ledger.close()
    wanted = {
        place: value
        for place, value in found.records.items()
        if place[0] != MATCHING_CANDIDATES  # which the ledger does not read
    }
    figures = {
        "unreadable": (counts.unreadable, unreadable),
        "repeated receipts": (counts.repeated_receipts, 0),
        "receipts": (sum(counts.verdicts.values()), _count_receipts(found)),
        "unmatched": (len(counts.unmatched), 0),
    }
    told = [
        f"ledger, {name}: {now} for {then}"
        for name, (now, then) in figures.items()
        if now != then
    ]
    return told + [
        f"ledger, another record: {k}" for k in wanted if kept.get(k) != wanted[k]
    ]
