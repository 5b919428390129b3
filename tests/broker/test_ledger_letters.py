"""What the ledger's database refuses: a dead letter alone, written later, given up."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from services.cli.letters import letters, proposals, publish, until_applied
from services.cli.previewing import Preview
from services.cli.status import system_status
from services.cli.tracing import tell_of, traced
from services.ledger.domain import EntryKind
from services.ledger.service import compose
from services.ledger.store import Ledger
from services.runtime.connecting import client_options
from services.runtime.feed import Feed
from services.runtime.letters import Letter, Previewed, queue_of_letter, queues
from services.runtime.settings import Settings
from tests.broker.running import create_topics
from tests.broker.test_deadletters import S5, S11, put, story
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardConfirmed,
    DiscardDecided,
    RedriveAsked,
)
from twincity_schemas.topology import statements

_REFUSE = """
CREATE TRIGGER refuse BEFORE INSERT ON event WHEN NEW.id IN ('s11-1', 's11-3')
BEGIN SELECT RAISE(ABORT, 'not in this database'); END
"""


@asynccontextmanager
async def keeping(settings: Settings) -> AsyncIterator[None]:
    app = compose(settings)
    await app.start()
    try:
        yield
    finally:
        await app.stop()


def change(settings: Settings, sql: str) -> None:
    path = settings.database.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        database.execute(sql)
        database.commit()


def written(settings: Settings) -> dict[str, int]:
    """How often each statement stands in the ledger."""
    path = settings.database.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT id FROM event WHERE kind = 'statement'")
        ids = [row[0] for row in rows]
    return {id_: ids.count(id_) for id_ in ids}


async def waiting(settings: Settings, count: int) -> list[Letter]:
    async with asyncio.timeout(60):
        while len(found := await letters(settings, ["ledger"])) != count:
            await asyncio.sleep(0.2)
    return found


async def act(
    settings: Settings, kind: Callable[..., Act], letter: Letter
) -> list[Letter]:
    queue = queue_of_letter(letter)
    before = queues(await letters(settings, ["ledger"]))[queue]
    asked = kind(
        service="ledger",
        subject=letter.subject,
        origin=letter.origin,
        by="王敏",
        why="已修复",
    )
    await publish(settings, [asked])
    return (await until_applied(settings, [(asked, before)]))[queue]


async def previewed(settings: Settings, queue: list[Letter]) -> list[Previewed]:
    return [one async for one in Preview(settings).of(queue)]


def dead_letters(settings: Settings) -> int:
    """How many rows the database remembers as waiting."""
    path = settings.database.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        [(count,)] = database.execute("SELECT count(*) FROM dead_letter")
    return int(count)


async def everything(settings: Settings, ids: set[str]) -> None:
    async with asyncio.timeout(60):
        while written(settings).keys() != ids:
            await asyncio.sleep(0.2)


async def seen_waiting(settings: Settings) -> int | None:
    """As ``twincity status`` has it."""
    [one] = [s for s in (await system_status(settings)).shards if s.service == "ledger"]
    return one.waiting


@pytest.mark.timeout(120)
async def test_a_row_that_is_refused_costs_itself_alone(settings: Settings) -> None:
    said, others = story(S11, "chengdu", 4), story(S5, "meishan", 4)
    ids = {one.envelope.id for one in (*said, *others)}
    await create_topics(settings)
    Ledger.open(settings.database.get_secret_value()).close()
    change(settings, _REFUSE)
    async with keeping(settings):
        await put(settings, *said, *others)
        found = await waiting(settings, 2)
        assert [one.waits.reason for one in found] == [DeadLetterReason.REFUSED] * 2
        assert "not in this database" in found[0].error
        async with asyncio.timeout(30):
            while (await seen_waiting(settings)) != 1:
                await asyncio.sleep(0.5)
        # Nothing waits behind it: a row stands for itself.
        await everything(settings, ids - {"s11-1", "s11-3"})
        refused = [one.failure for one in await previewed(settings, found)]
        assert len(refused) == 2
        assert all("not in this database" in failure for failure in refused)
        left = await act(settings, RedriveAsked, found[0])
        assert [one.waits.tried for one in left] == [2, 2]
    # The positions are past it, and a restart reads none of it again.
    change(settings, "DROP TRIGGER refuse")
    async with keeping(settings):
        would = [(x.published, x.failure) for x in await previewed(settings, left)]
        assert would == [(("ledger statement",), "")] * 2
        assert written(settings).keys() == ids - {"s11-1", "s11-3"}
        assert len(await waiting(settings, 2)) == dead_letters(settings) == 2
        assert await act(settings, DiscardDecided, left[0]) != []
        assert await act(settings, RedriveAsked, left[1]) == []
        await everything(settings, ids - {"s11-1"})
    assert set(written(settings).values()) == {1}
    steps = traced(S11, settings)
    told = [step.text(tell_of(steps, settings)) for step in steps]
    assert sum("决定作废" in line and "王敏" in line for line in told) == 1
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        assert [t.kind for t in ledger.trace(S11)].count(EntryKind.ACT) == 3
    finally:
        ledger.close()


@pytest.mark.timeout(120)
async def test_a_row_is_given_up_by_two_where_two_are_needed(
    settings: Settings, tmp_path: Path
) -> None:
    parties = tmp_path / "parties.toml"
    two = "\n[[second_person]]\nsince = 2020-01-01\n"
    parties.write_text(settings.parties.read_text("utf-8") + two, "utf-8")
    settings = settings.model_copy(update={"parties": parties})
    await create_topics(settings)
    Ledger.open(settings.database.get_secret_value()).close()
    change(settings, _REFUSE)

    def about(kind: Callable[..., Act], by: str, **more: str) -> Act:
        said: dict[str, Any] = {
            "service": "ledger",
            "subject": S11,
            "origin": one.origin,
        }
        return kind(**said, by=by, why="x", **more)

    async with keeping(settings):
        await put(settings, *story(S11, "chengdu", 1))
        [one] = await waiting(settings, 1)
        await publish(settings, [about(DiscardDecided, "王敏")])
        async with asyncio.timeout(60):
            while not (decided := await proposals(settings)):
                await asyncio.sleep(0.2)
        decision = decided[f"ledger {one.origin}"].decision
        # The same person comes first: had that counted, nothing would wait.
        same = about(DiscardConfirmed, "王 敏", decision=decision)
        await publish(settings, [same, about(RedriveAsked, "王敏")])
        async with asyncio.timeout(60):
            while [x.waits.tried for x in await waiting(settings, 1)] != [2]:
                await asyncio.sleep(0.2)
    async with keeping(settings):  # started anew: the database holds the decision
        await publish(settings, [about(DiscardConfirmed, "李强", decision=decision)])
        assert await waiting(settings, 0) == []


@pytest.mark.timeout(120)
async def test_a_database_that_refuses_everything_halts_the_ledger(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a bad deployment: nothing is drained into the dead letters."""
    settings = settings.model_copy(update={"dead_letter_limit": 6})
    await create_topics(settings)
    Ledger.open(settings.database.get_secret_value()).close()
    change(settings, _REFUSE.replace("NEW.id IN ('s11-1', 's11-3')", "1"))
    topics = [statements(kind) for kind in ("project", "policy", "plan")]
    producer = AIOKafkaProducer(**client_options(settings))
    async with producer:
        for number in range(30):
            for topic in topics:
                key = f"p{number}".encode()
                await producer.send_and_wait(
                    settings.prefix + topic, b"?", key=key, partition=0
                )
    halted = feeds(monkeypatch)
    async with keeping(settings):
        async with asyncio.timeout(60):
            while not halted:
                await asyncio.sleep(0.1)
    found = await letters(settings, ["ledger"])
    assert 0 < len(found) < 45  # one topic may hold what it likes
    change(settings, "DROP TRIGGER refuse")
    async with keeping(settings):  # a mended one goes on where it stood
        async with asyncio.timeout(60):
            while unreadable(settings) < 90 - len(found):
                await asyncio.sleep(0.2)
    assert unreadable(settings) == 90 - len(found)


def feeds(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Notes why a feed was halted."""
    halted: list[Exception] = []
    halt = Feed.halt

    def noted(self: Feed, reason: Exception) -> None:
        halted.append(reason)
        halt(self, reason)

    monkeypatch.setattr(Feed, "halt", noted)
    return halted


def unreadable(settings: Settings) -> int:
    ledger = Ledger.open(settings.database.get_secret_value())
    try:
        return ledger.counts().unreadable
    finally:
        ledger.close()
