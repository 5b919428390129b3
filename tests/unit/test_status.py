"""What ``status`` asks of the cluster: all partitions at a time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition

from services.cli.status import _parties, _written

pytestmark = pytest.mark.unit


class At(NamedTuple):
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes = b""
    value: bytes = b""
    headers: tuple[()] = ()


@dataclass
class Partitions:
    """A consumer whose partitions end with what no reader sees, as transactions do."""

    written: dict[TopicPartition, dict[int, int]]
    ends: dict[TopicPartition, int]
    asked: list[int] = field(default_factory=list)
    positions: dict[TopicPartition, int] = field(default_factory=dict)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.positions[place] = offset

    async def position(self, place: TopicPartition) -> int:
        return self.positions[place]

    async def getmany(self, *places: TopicPartition, **_: Any) -> dict[Any, Any]:
        self.asked.append(len(places))
        found = {}
        for place in places:
            following = range(self.positions[place], self.ends[place])
            offsets = [n for n in following if n in self.written[place]][:2]
            self.positions[place] = offsets[-1] + 1 if offsets else self.ends[place]
            if offsets:
                found[place] = [At(*place, n, self.written[place][n]) for n in offsets]
        return found


PLACES = [TopicPartition("t", n) for n in range(40)]


async def test_markers_alone_cost_one_question_for_all_partitions() -> None:
    consumer = Partitions({p: {} for p in PLACES}, dict.fromkeys(PLACES, 8))
    found = await _written(consumer, dict.fromkeys(PLACES, (7, 8)), first=True)  # type: ignore[arg-type]
    assert found == {place: [] for place in PLACES}
    assert consumer.asked == [40]


async def test_the_first_records_are_enough_where_no_more_is_wanted() -> None:
    first, second = PLACES[:2]
    written = {first: {3: 9_000, 4: 10_000, 6: 12_000}, second: {9: 7_000}}
    ends = {first: 8, second: 10}
    spans = {first: (3, 8), second: (0, 10)}
    consumer = Partitions(written, ends)
    found = await _written(consumer, spans, first=True)  # type: ignore[arg-type]
    assert found == {first: [9.0, 10.0], second: [7.0]}
    assert consumer.asked == [2]
    whole = await _written(Partitions(written, ends), spans)  # type: ignore[arg-type]
    assert whole == {first: [9.0, 10.0, 12.0], second: [7.0]}


@dataclass
class Inboxes(Partitions):
    """Inboxes that hold from their first offset on what was written."""

    async def beginning_offsets(self, places: Any) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def end_offsets(self, _places: Any) -> dict[TopicPartition, int]:
        return self.ends


async def test_a_timestamp_that_is_no_time_ends_no_answer() -> None:
    told = {
        "chengdu": [9_000, 253_402_300_800_000],
        "deyang": [2**63 - 1],
        "meishan": [-62_135_596_800_001, 8_000],
        "ziyang": [],
    }
    places = {party: TopicPartition(party, 0) for party in told}
    consumer = Inboxes(
        {places[party]: dict(enumerate(times)) for party, times in told.items()},
        {places[party]: len(times) for party, times in told.items()},
    )
    as_of = datetime.fromtimestamp(86_409, UTC)
    found = await _parties(consumer, places, as_of)  # type: ignore[arg-type]
    assert [(one.party, one.silent_days) for one in found] == [
        ("chengdu", 1.0),
        ("deyang", 1.0),
        ("meishan", 1.0),
        ("ziyang", None),
    ]
