"""SIGKILL each service in mid-stream: every input once, in order."""

import asyncio
import random
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.demo.observer import Observer, observing
from services.demo.opportunities import entries
from services.demo.story import StoryMessage, statement
from services.ledger.store import Ledger
from services.local.stack import Stack, system
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from services.matching.telling import summary
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.support.saying import described, envelope, event, reported
from twincity_schemas.message import Event, parse, to_json
from twincity_schemas.pairing_record import PairingRecorded
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.topology import SERVICES, inbox

PROJECTS = 12
REPORTS = 15
ENTRIES = 80
KILLS = 3


def messages() -> list[StoryMessage]:
    said: list[StoryMessage] = []
    for number in range(PROJECTS):
        subject = f"project/chengdu.deyang/p{number}"
        told = [
            event("project.described", "chengdu", subject, described(), f"{number}")
        ]
        told += [
            event(
                "progress.reported",
                "chengdu",
                subject,
                reported(through_month=month % 12 + 1, source=f"月报 {month}"),
                f"{number}-{month}",
            )
            for month in range(REPORTS)
        ]
        said += [statement(each.envelope, each.value) for each in told]
    for (subject, entry), _ in zip(entries(), range(ENTRIES), strict=False):
        party = subject.split("/")[1]
        said.append(
            statement(
                envelope("opportunity.published", party, subject, subject),
                to_json(entry),
            )
        )
    return said


@pytest.mark.timeout(240)
@pytest.mark.parametrize("victim", SERVICES)
async def test_killed_in_mid_stream(
    victim: str, settings: Settings, tmp_path: Path
) -> None:
    chance = random.Random(victim)
    order: defaultdict[str, list[Event[object]]] = defaultdict(list)

    def note(seen: Event[object]) -> None:
        order[seen.envelope.subject].append(seen)

    said = messages()
    async with system(settings, tmp_path) as stack, observing(settings, note) as seen:
        await _say_and_kill(said, stack, settings, victim, chance)
        await seen.until("every receipt", lambda: len(seen.receipts) == len(said))
        await seen.until("every record", lambda: _all_recorded(order))
        await seen.until("the whole pool", lambda: _whole_pool(seen))
        assert stack.supervisor.deaths[victim] == KILLS
        assert Counter(len(given) for given in seen.receipts.values()) == {1: len(said)}
        assert Counter(seen.events.values()).keys() == {1}
        _check_order(order)
        _check_pairs(seen)
        await _check_ledger(seen, settings)


async def _say_and_kill(
    said: list[StoryMessage],
    stack: Stack,
    settings: Settings,
    victim: str,
    chance: random.Random,
) -> None:
    kills = set(chance.sample(range(len(said) // 10, len(said)), KILLS))
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        for number, message in enumerate(said):
            await producer.send_and_wait(
                settings.prefix + inbox(message.inbox),
                message.value,
                key=message.key,
                headers=list(message.headers),
            )
            if number in kills:
                await _kill(stack, victim)
    finally:
        await producer.stop()


async def _kill(stack: Stack, victim: str) -> None:
    """Let it come up and work a little, kill it, and wait until that is known."""
    supervisor = stack.supervisor
    deaths = supervisor.deaths[victim]
    async with asyncio.timeout(30):
        while not supervisor.alive(victim):
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.5 if deaths else 0.3)
        supervisor.kill(victim)
        while supervisor.deaths[victim] == deaths:
            await asyncio.sleep(0.05)


def _all_recorded(order: dict[str, list[Event[object]]]) -> bool:
    return all(
        any(
            isinstance(e.data, ProjectRecorded) and e.data.statements == REPORTS + 1
            for e in order[f"project/chengdu.deyang/p{number}"]
        )
        for number in range(PROJECTS)
    )


def _whole_pool(seen: Observer) -> bool:
    pool = seen.record("pool/2022-1")
    return pool is not None and pool.demands + pool.supplies == ENTRIES


def _check_order(order: dict[str, list[Event[object]]]) -> None:
    for number in range(PROJECTS):
        told = order[f"project/chengdu.deyang/p{number}"]
        statements = [e.envelope.id for e in told if e.type.is_statement]
        assert statements == [
            f"{number}",
            *(f"{number}-{month}" for month in range(REPORTS)),
        ]
        rests_on = [
            e.data.statements for e in told if isinstance(e.data, ProjectRecorded)
        ]
        assert all(after == before + 1 for before, after in pairwise(rests_on))
        assert rests_on == list(range(1, REPORTS + 2))


def _check_pairs(seen: Observer) -> None:
    """The pairs are those of a pool that nobody ever interrupted."""
    calm = Pool("2022-1")
    for (subject, entry), _ in zip(entries(), range(ENTRIES), strict=False):
        calm.put(subject, apply_data(EntryView(), entry))
    told = {
        (record.subject, pair.counterpart)
        for record in seen.records.values()
        if isinstance(record, PairingRecorded) and record.direction == "demand"
        for pair in record.pairs
    }
    assert told == set(calm.pairs())
    found = seen.record("pool/2022-1")
    # The calm pool was told nothing of who said what.
    known = {"statements_digest": found.statements_digest}
    assert found == summary(calm).model_copy(update=known)


async def _check_ledger(seen: Observer, settings: Settings) -> None:
    ledger = Ledger.open(settings.database.get_secret_value())
    statements = sum(len(told) for told in seen.statements.values())
    try:
        for _ in range(100):
            counts = ledger.counts()
            if (
                counts.statements == statements
                and counts.records == len(seen.records)
                and sum(counts.verdicts.values()) == len(seen.receipts)
            ):
                break
            await asyncio.sleep(0.1)
        assert counts.statements == statements
        assert counts.verdicts == {"accepted": len(seen.receipts)}
        assert counts.records == len(seen.records)
    finally:
        ledger.close()


def test_the_messages_keep_the_contract() -> None:
    for message in messages():
        assert parse(message.headers, message.value)
