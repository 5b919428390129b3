"""A shard that stands still is ended; one that waits for a broker is not."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from services.runtime import watchdog
from services.runtime.feed import Feed
from services.runtime.reading import Reader
from services.runtime.settings import Settings

PLACE = TopicPartition("twincity.inbox.chengdu", 0)


class Broker:
    """A consumer of a partition with five records, whose broker may fall silent."""

    silent = False

    async def end_offsets(self, _places: Any) -> dict[TopicPartition, int]:
        if self.silent:
            raise KafkaConnectionError
        return {PLACE: 5}


async def test_an_outage_is_waited_for_however_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, broker = [0.0], Broker()

    async def none_of_them(*_: Any) -> None:
        return None

    monkeypatch.setattr(watchdog, "monotonic", lambda: now[0])
    monkeypatch.setattr(watchdog, "time_of", none_of_them)
    settings = Settings(stall_after=timedelta(seconds=60))
    feed = Feed("twincity.admission.0-of-1", [PLACE], settings)
    feed.reader = Reader(broker, feed.positions)  # type: ignore[arg-type]
    still_runs = SimpleNamespace(done=lambda: False)
    feed.subscriber = SimpleNamespace(running=True, tasks=[still_runs])
    watched = watchdog._Watched(feed, settings)

    async def look(at: float) -> str | None:
        now[0] = at
        return await watched.look()

    assert await look(59) is None
    broker.silent = True
    assert await look(61) is None
    assert await look(7 * 86_400) is None
    broker.silent = False
    since = now[0]
    assert await look(since + 59) is None
    feed.positions[PLACE] = 1  # it gets on
    assert await look(since + 61) is None
    assert await look(since + 120) is None
    reason = await look(since + 122)
    assert reason == "no progress for 61 s with 4 offsets to read"
