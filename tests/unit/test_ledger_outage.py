"""A broker that is away while the ledger tells it something ends no process."""

from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from services.ledger import service
from services.ledger.keeping import Keeping
from services.ledger.service import Work
from services.ledger.store import Ledger
from services.runtime.feed import Feed
from services.runtime.settings import Settings
from tests.support.folding import incoming
from tests.support.saying import S11, described, event
from twincity_schemas.topology import PROJECT_STATEMENTS


class Reader:
    """Notes how often everything is to come again."""

    came_again = 0

    def go_back(self) -> None:
        self.came_again += 1


async def test_a_batch_that_cannot_be_told_comes_again_and_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(error: BaseException) -> None:
        raise AssertionError(error)

    monkeypatch.setattr(service, "leave", leave)
    monkeypatch.setattr(service, "pause_s", lambda _in_a_row: 0.0)
    write, away = Keeping.write, [True, True, False]

    async def written_and_not_told(self: Keeping, batch: Any) -> int:
        kept = await write(self, batch)
        if away.pop(0):
            raise KafkaConnectionError
        return kept

    monkeypatch.setattr(Keeping, "write", written_and_not_told)
    ledger = Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite3")
    place = TopicPartition(PROJECT_STATEMENTS, 0)
    feed, reader = Feed("twincity.ledger", [place], Settings()), Reader()
    feed.reader = reader  # type: ignore[assignment]
    work = Work(ledger, feed, Settings(), lambda _seconds: False)
    said = event("project.described", "chengdu", S11, described())
    batch = [incoming(said, PROJECT_STATEMENTS)]
    try:
        for in_a_row in (1, 2):
            await work.write_down(batch)
            assert reader.came_again == in_a_row
            assert feed.flow.aborted_in_a_row == 0  # the database is well
            assert feed.positions == {place: 0}
        await work.write_down(batch)
        assert feed.positions == {place: 1}
        assert ledger.counts().statements == 1
    finally:
        ledger.close()
