"""Server-sent events: nothing missed, nothing twice, nobody in anybody's way."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway import streaming
from services.gateway.cursor import Log
from services.gateway.rows import Filter
from services.gateway.streaming import EventStream, Slow
from services.rules.families import Family
from tests.support.examples import EXAMPLES, read
from tests.support.gateway import Fake, Record
from twincity_schemas.parties import Registry
from twincity_schemas.topology import records
from twincity_schemas.values import Domain

REGISTRY = Registry.load(Path("deploy/parties.toml"))
TRANSPORT, INDUSTRY = records(Domain.TRANSPORT), records(Domain.INDUSTRY)
EXAMPLE = read(EXAMPLES / "project.recorded/s11-agreed-with-its-parts.json")
HEADERS = tuple(EXAMPLE.envelope.to_headers())
ALL = Filter()


def gateway(cluster: str = "one") -> Fake:
    return Fake(REGISTRY, frozenset({"chengdu"}), cluster=cluster)


def change(
    topic: str, partition: int, offset: int, key: str, *, gone: bool = False
) -> Record:
    value = None if gone else EXAMPLE.value
    named = ("ce_id", f"{key}@{offset}".encode())
    headers = (*(h for h in HEADERS if h[0] != "ce_id"), named)
    return Record(topic, partition, offset, key.encode(), value, headers)


def frames(text: bytes) -> Iterator[dict[str, str]]:
    """As a browser reads them."""
    for block in text.decode().split("\n\n"):
        found: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name:
                found[name] = f"{found[name]}\n{value}" if name in found else value
        if found:
            yield found


class Client:
    """Reads a stream until it is told to leave."""

    def __init__(self, fake: Fake, wanted: Filter = ALL, last: str = "") -> None:
        self._stream = fake.hub.stream(wanted, last)
        self._waiting: asyncio.Future[bytes] | None = None
        self.read: list[dict[str, str]] = []

    async def take(self) -> None:
        """Everything there is at the moment."""
        while True:
            waiting = self._waiting or asyncio.ensure_future(anext(self._stream))
            self._waiting = waiting
            for _ in range(3):
                await asyncio.sleep(0)
            if not waiting.done():
                return
            self._waiting = None
            self.read += frames(waiting.result())

    async def leave(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        await self._stream.aclose()  # type: ignore[attr-defined]

    @property
    def last(self) -> str:
        return self.read[-1]["id"] if self.read else ""

    @property
    def events(self) -> list[str]:
        return [f["event"] for f in self.read]


PLACES = [(TRANSPORT, 0), (TRANSPORT, 1), (INDUSTRY, 0)]
steps = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from("ab"),
        st.booleans(),  # removed
        st.integers(1, 3),  # offsets between are transaction markers
    ),
    max_size=12,
)


def history(said: list[Any]) -> list[Record]:
    ends = dict.fromkeys(PLACES, 0)
    found = []
    for place, key, gone, step in said:
        offset = ends[place]
        ends[place] = offset + step
        found.append(change(*place, offset, f"{key}{place}", gone=gone))
    return found


@settings(max_examples=150)
@given(
    said=steps,
    joins=st.integers(0, 12),
    keep=st.integers(1, 30),
    anew=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_who_resumes_reads_everything_once(
    said: list[Any], joins: int, keep: int, anew: Any, order: Any
) -> None:
    """The stream is cut anywhere, in the snapshot too; the gateway may start anew,
    and read the partitions in another order."""

    async def play() -> None:
        whole = history(said)
        fake = gateway()
        for record in whole[:joins]:
            fake.take(record)
        first = Client(fake)
        await first.take()
        await first.leave()
        received = [f for f in first.read if f["event"] in {"record", "removed"}][:keep]
        last = received[-1]["id"] if received else ""
        if anew:
            fake = gateway()
            for record in shuffled(whole[:joins], order):
                fake.take(record)
        second = Client(fake, last=last)
        await second.take()
        for record in whole[joins:]:
            fake.take(record)
        await second.take()
        await second.leave()
        events = received + [
            f for f in second.read if f["event"] in {"record", "removed"}
        ]
        ids = [f["id"] for f in events]
        assert len(ids) == len(set(ids))  # nothing twice
        assert state(events) == {
            r.key: r.offset for r in whole if r.value is not None
            and all(r.offset >= o.offset for o in whole if o.key == r.key)
        }  # fmt: skip
        # What came after the position that was resumed is told event by event.
        assert len([f for f in second.read if f["event"] != "live"]) >= len(
            whole[joins:]
        )

    asyncio.run(play())


def shuffled(whole: list[Record], order: Any) -> list[Record]:
    """Another interleaving; each partition keeps its order."""
    queues = [[r for r in whole if (r.topic, r.partition) == p] for p in PLACES]
    found = []
    while left := [q for q in queues if q]:
        found.append(order.choice(left).pop(0))
    return found


def state(events: list[dict[str, str]]) -> dict[bytes, int]:
    """What a reader holds in the end: by key, the offset of the record."""
    held: dict[bytes, int] = {}
    for event in events:
        told = json.loads(event["data"])
        if event["event"] == "removed":
            held.pop(told["key"].encode(), None)
            continue
        key, offset = told["id"].split("@")
        assert held.get(key.encode(), -1) < int(offset)
        held[key.encode()] = int(offset)
    return held


async def test_snapshot_then_live() -> None:
    fake = gateway()
    fake.take(change(TRANSPORT, 0, 0, "a"), change(TRANSPORT, 0, 1, "a"))
    reader = Client(fake)
    await reader.take()
    assert reader.events == ["record", "live"]  # the superseded one is not told
    fake.take(change(TRANSPORT, 0, 2, "b"), change(TRANSPORT, 0, 3, "a", gone=True))
    await reader.take()
    assert reader.events == ["record", "live", "record", "removed"]
    assert json.loads(reader.read[-1]["data"]) == {"key": "a"}
    event = json.loads(reader.read[0]["data"])
    assert event["data"] == json.loads(EXAMPLE.value)
    assert event["type"] == "twincity.project.recorded.v1"


@pytest.mark.parametrize(
    "last",
    ["x", "..", "a.b.c", "é" * 10, "x" * 5_000, "0" * 12 + ".0.AA", "\x00.1.=="],
)
async def test_a_position_of_elsewhere_begins_anew_and_says_so(last: str) -> None:
    fake = gateway()
    fake.take(change(TRANSPORT, 0, 0, "a"))
    reader = Client(fake, last=last)
    await reader.take()
    assert reader.events == ["resync", "record", "live"]


async def test_the_other_citys_offsets_are_not_taken_for_ours() -> None:
    here, there = gateway("one"), gateway("other")
    for fake in (here, there):
        fake.take(change(TRANSPORT, 0, 0, "a"), change(TRANSPORT, 0, 1, "b"))
    reader = Client(here)
    await reader.take()
    moved = Client(there, last=reader.last)
    await moved.take()
    assert moved.events == ["resumed", "record", "record", "live"]  # and says so
    recorded = EXAMPLE.envelope.recorded.timestamp() * 1000
    assert int(reader.last.split(".")[1]) == recorded  # what both cities know


def recorded_at(record: Record, minute: int) -> Record:
    """An event that was recorded so many minutes after the story began."""
    moment = EXAMPLE.envelope.recorded + timedelta(minutes=minute)
    told = ("ce_recordedtime", moment.isoformat().encode())
    headers = (*(h for h in record.headers if h[0] != told[0]), told)
    return record._replace(headers=headers)


@settings(max_examples=150)
@given(
    minutes=st.lists(st.integers(0, 59), min_size=1, max_size=10),
    hours=st.integers(0, 3),
    shown=st.integers(0, 10),
    keep=st.integers(0, 12),
    joins=st.integers(0, 10),
    order=st.randoms(use_true_random=False),
)
def test_who_moves_to_the_other_citys_gateway_misses_nothing(  # noqa: PLR0913, PLR0917  what is drawn
    minutes: list[int], hours: int, shown: int, keep: int, joins: int, order: Any
) -> None:
    """There, the same events have other offsets and another order; he is cut anywhere,
    in the snapshot too, and some of them come there later than he does."""
    events = [
        (f"k{n}", PLACES[n % 3], minute + 60 * hours * (n // 5))
        for n, minute in enumerate(minutes)
    ]

    def log(told: list[Any], step: int) -> list[Record]:
        ends = dict.fromkeys(PLACES, 0)
        found = []
        for key, place, minute in told:
            ends[place] += step
            found.append(recorded_at(change(*place, ends[place], key), minute))
        return found

    async def play() -> None:
        here, there = gateway("one"), gateway("other")
        ours, theirs = log(events, 1), log(order.sample(events, len(events)), 3)
        for record in ours[:shown]:
            here.take(record)
        first = Client(here)
        await first.take()
        for record in ours[shown:]:
            here.take(record)
        await first.take()
        await first.leave()
        read_ = first.read[:keep]
        for record in theirs[:joins]:
            there.take(record)
        then = Client(there, last=read_[-1]["id"] if read_ else "")
        await then.take()
        for record in theirs[joins:]:
            there.take(record)
        await then.take()
        await then.leave()
        keys = [
            json.loads(f["data"])["id"].partition("@")[0]
            for f in (*read_, *then.read)
            if f["event"] == "record"
        ]
        assert {*keys} == {key for key, *_ in events}
        assert len(then.read) <= len(events) + 2  # and there nothing twice

    asyncio.run(play())


async def test_what_the_other_city_told_long_ago_is_not_told_again() -> None:
    here, there = gateway("one"), gateway("other")
    for fake in (here, there):
        old = recorded_at(change(TRANSPORT, 0, 0, "old"), 0)
        fake.take(old, recorded_at(change(TRANSPORT, 0, 1, "new"), 600))
    reader = Client(here)
    await reader.take()
    moved = Client(there, last=reader.last)
    await moved.take()
    assert moved.events == ["resumed", "record", "live"]
    assert "new@1" in moved.read[1]["data"]


async def test_a_log_that_was_made_anew_is_noticed() -> None:
    before, after = gateway(), gateway()
    before.take(*(change(TRANSPORT, 0, n, str(n)) for n in range(5)))
    after.take(change(TRANSPORT, 0, 0, "0"))
    reader = Client(before)
    await reader.take()
    again = Client(after, last=reader.last)
    await again.take()
    assert again.events == ["resync", "record", "live"]


async def test_who_wants_little_gets_little() -> None:
    fake = gateway()
    wanted = Filter((Family.RECORD,), domain="industry")
    reader = Client(fake, wanted)
    await reader.take()
    fake.take(change(TRANSPORT, 0, 0, "a"), change(INDUSTRY, 0, 0, "b"))
    await reader.take()
    assert reader.events == ["live", "record"]
    # The id names what was passed over too: nothing of it comes again.
    again = Client(fake, ALL, reader.last)
    await again.take()
    assert again.events == ["live"]


async def test_a_slow_reader_is_let_go_and_the_others_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "_MOST_PENDING", 3 * len(EXAMPLE.value))
    fake = gateway()
    slow, quick = Client(fake), Client(fake)
    await slow.take()
    for number in range(10):
        fake.take(change(TRANSPORT, 0, number, str(number)))
        await quick.take()
    with pytest.raises(Slow):
        await slow.take()
    assert quick.events.count("record") == 10
    assert fake.hub.readers == 1


async def test_a_reader_who_takes_nothing_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "_SLOWEST_S", 0.05)
    fake = gateway()
    fake.take(change(TRANSPORT, 0, 0, "a"))

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()  # the socket's buffer is full

    async with connected() as receive:
        await asyncio.wait_for(EventStream(fake.hub, ALL, "")({}, receive, send), 10)


async def test_streams_end_when_the_process_does() -> None:
    fake = gateway()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async with connected() as receive:
        open_ = asyncio.create_task(EventStream(fake.hub, ALL, "")({}, receive, send))
        await asyncio.sleep(0.05)
        assert fake.hub.readers == 1
        fake.hub.close()
        await asyncio.wait_for(open_, 10)
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert fake.hub.readers == 0


async def test_who_leaves_is_forgotten() -> None:
    fake, gone = gateway(), asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        pass

    open_ = asyncio.create_task(EventStream(fake.hub, ALL, "")({}, receive, send))
    await asyncio.sleep(0.05)
    gone.set()
    await asyncio.wait_for(open_, 10)
    assert fake.hub.readers == 0


@asynccontextmanager
async def connected() -> AsyncIterator[Any]:
    async def receive() -> Any:
        await asyncio.Event().wait()

    yield receive


async def test_an_idle_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0.01)
    fake = gateway()
    stream = fake.hub.stream(ALL, "")
    assert b"live" in await anext(stream)
    beating = asyncio.create_task(fake.hub.beat())
    try:
        assert (await asyncio.wait_for(anext(stream), 10)).startswith(b": \n\n")
    finally:
        beating.cancel()
        await stream.aclose()  # type: ignore[attr-defined]


async def test_a_stream_ends_with_the_right_to_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0.01)
    fake = gateway()
    rights = iter([True, True])
    stream = fake.hub.stream(ALL, "", lambda: next(rights, False))
    beating = asyncio.create_task(fake.hub.beat())
    try:
        async with asyncio.timeout(10):
            told = list(frames(b"".join([frame async for frame in stream])))
    finally:
        beating.cancel()
    assert told[0]["event"] == "live"
    assert told[-1]["event"] == "ended"
    assert fake.hub.readers == 0
    fake.take(change(TRANSPORT, 0, 0, "a"))
    again = Client(fake, ALL, told[-1]["id"])  # with another token: without a gap
    await again.take()
    assert again.events == ["record", "live"]


def test_earlier_records_are_kept_up_to_a_bound_and_the_present_ones_all() -> None:
    fake = gateway()
    fake.view._most_superseded = 10
    for number in range(100):
        fake.take(change(TRANSPORT, 0, number, f"k{number % 3}"))
    kept = fake.view.streamed(0, 1_000, present=False)
    assert len(kept) == 13
    assert [row.offset for _, row in kept] == list(range(87, 100))
    assert len(fake.view.streamed(0, 1_000, present=True)) == 3


async def test_several_lines_of_json_are_several_lines_of_data() -> None:
    fake = gateway()
    value = json.dumps(json.loads(EXAMPLE.value), indent=1).replace("\n", "\r\n")
    fake.take(Record(TRANSPORT, 0, 0, b"a", value.encode(), HEADERS))
    reader = Client(fake)
    await reader.take()
    assert json.loads(reader.read[0]["data"])["data"] == json.loads(EXAMPLE.value)


@given(st.lists(st.integers(0, 2**62), min_size=3, max_size=3), st.integers(0, 2**50))
def test_a_position_is_read_as_it_was_written(offsets: list[int], at: int) -> None:
    log = Log("cluster", PLACES)
    cursor = log.start()
    cursor.following.update(zip(PLACES, offsets, strict=True))
    cursor.recorded = at
    found = log.read(str(cursor))
    assert found is not None
    assert (found.following, found.recorded) == (cursor.following, at)
    assert Log("cluster", PLACES[1:]).read(str(cursor)) is None
