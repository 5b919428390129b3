"""What waits has a way out: redriven in order, discarded, killed half-way."""

import asyncio
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from services.cli.letters import (
    letters,
    publish,
    until_applied,
)
from services.cli.previewing import Preview
from services.cli.services import PROCESSORS
from services.demo.observer import Observer, observing
from services.runtime.connecting import client_options
from services.runtime.letters import Letter, queue_of_letter, queues
from services.runtime.partitions import place_of
from services.runtime.service import Running, compose
from services.runtime.settings import Settings
from tests.broker.reading import everything
from tests.broker.running import create_topics
from tests.broker.saying import put as say
from tests.support.faulty import FAULT, by_file, faulty
from tests.support.folding import spelled
from tests.support.saying import S11, described, envelope, event, reported
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardDecided,
    Origin,
    RedriveAsked,
)
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.topology import inbox

S5 = "project/chengdu.meishan/s5"
COORDINATION = "coordination"


class Told:
    """What an observer was shown, in the order in which it came."""

    def __init__(self) -> None:
        self.notices: list[NoticeIssued] = []
        self.headers: dict[str, list[int]] = defaultdict(list)

    def __call__(self, seen: Event[Any]) -> None:
        if isinstance(seen.data, NoticeIssued):
            self.notices.append(seen.data)
        if isinstance(seen.data, ProjectRecorded):
            self.headers[seen.envelope.subject].append(seen.data.statements)

    def kinds(self, statement: str) -> list[str]:
        """What its party was told of its waiting; that it corrects another is else."""
        told = [n.kind.value for n in self.notices if n.statement == statement]
        doubts = {NoticeKind.DOUBTFUL, NoticeKind.DOUBT_SETTLED}
        return [kind for kind in told if kind not in doubts]


@asynccontextmanager
async def coordinating(
    settings: Settings, fault: Path, service: str = COORDINATION
) -> AsyncIterator[Running]:
    composed = compose(service, faulty(PROCESSORS[service], by_file(fault)), settings)
    await composed.app.start()
    try:
        yield composed
    finally:
        await composed.app.stop()


async def put(settings: Settings, *said: Event[Any]) -> None:
    """Put trusted statements where admission would."""
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    try:
        for one in said:
            topic, partition = place_of(one.envelope.subject)
            key, value, headers = one.to_message()
            await producer.send_and_wait(
                settings.prefix + topic,
                value,
                key=key,
                headers=headers,
                partition=partition,
            )
    finally:
        await producer.stop()


def story(subject: str, party: str, months: int) -> list[Event[Any]]:
    name = subject.rsplit("/", 1)[1]
    return [
        event("project.described", party, subject, described(), f"{name}-0"),
        *(
            event(
                "progress.reported",
                party,
                subject,
                reported(through_month=month % 12 + 1, source=f"月报 {month}"),
                f"{name}-{month}",
            )
            for month in range(1, months + 1)
        ),
    ]


async def until(settings: Settings, count: int) -> list[Letter]:
    async with asyncio.timeout(60):
        while len(found := await letters(settings, [COORDINATION])) != count:
            await asyncio.sleep(0.2)
    return found


async def act(settings: Settings, kind: Any, first: Letter) -> list[Letter]:
    """Do it, wait for what comes of it, and give what waits in the queue then."""
    found = await letters(settings, [first.service])
    queue = queue_of_letter(first)
    asked: Act = kind(
        service=first.service,
        subject=first.subject,
        origin=first.origin,
        by="王敏",
        why="已修复",
    )
    await publish(settings, [asked])
    before = queues(found)[queue]
    return (await until_applied(settings, [(asked, before)]))[queue]


def ids(found: list[Letter]) -> list[str]:
    return [dict(letter.headers)["ce_id"].decode() for letter in found]


def records(seen: Observer, subject: str) -> Mapping[Any, Any]:
    return {
        (topic, key): record
        for (topic, key), record in seen.records.items()
        if key.partition("#")[0] == subject
    }


def undisturbed(subject: str, said: list[Event[Any]]) -> dict[str, Any]:
    return {
        key.decode(): json.loads(value)
        for (_, key), value in spelled(subject, said).items()
    }


def same(seen: Observer, subject: str, said: list[Event[Any]]) -> bool:
    now = {
        key: json.loads(record.model_dump_json(exclude_none=True))
        for (_, key), record in records(seen, subject).items()
    }
    return now == undisturbed(subject, said)


@pytest.mark.timeout(180)
async def test_parked_previewed_redriven_in_order_and_told(
    settings: Settings, tmp_path: Path
) -> None:
    fault = tmp_path / "fault"
    fault.write_text("s11-1")
    said, others = story(S11, "chengdu", 4), story(S5, "meishan", 4)
    told = Told()
    await create_topics(settings)
    async with (
        coordinating(settings, fault),
        observing(settings, told) as seen,
    ):
        await put(settings, *said, *others)
        await seen.until("the others", lambda: same(seen, S5, others))
        found = await until(settings, 4)
        assert ids(found) == ["s11-1", "s11-2", "s11-3", "s11-4"]
        assert [one.waits.reason for one in found] == [
            DeadLetterReason.UNDECIDED,
            *[DeadLetterReason.BEHIND] * 3,
        ]
        assert "a month without a plan" in found[0].error
        assert [one.waits.tried for one in found] == [1, 0, 0, 0]
        await seen.until("notices", lambda: len(told.notices) == 4)
        assert {n.kind.value for n in told.notices} == {"waits"}
        # While the fault is there, the first fails again and keeps the rest.
        [first, *behind] = await act(settings, RedriveAsked, found[0])
        assert (first.waits.tried, len(behind)) == (2, 3)
        fault.unlink()
        preview = [one async for one in Preview(settings).of(found)]
        assert [one.failure for one in preview] == [""] * 4
        assert all(any("recorded" in p for p in one.published) for one in preview)
        assert told.headers[S11] == [1]  # it was a preview
        assert await act(settings, RedriveAsked, first) == []
        await seen.until("its records", lambda: same(seen, S11, said))
        both = ["waits", "released"]
        await seen.until(
            "notices", lambda: all(told.kinds(one) == both for one in ids(found))
        )
    assert told.headers[S11] == [1, 2, 3, 4, 5]
    assert set(seen.events.values()) == {1}


@pytest.mark.timeout(180)
async def test_acts_that_come_together_are_all_done(
    settings: Settings, tmp_path: Path
) -> None:
    """Though none of them fits one transaction."""
    small = settings.model_copy(update={"batch_size": 7})
    fault = tmp_path / "fault"
    stories = {
        f"project/chengdu.deyang/p{n}": story(
            f"project/chengdu.deyang/p{n}", "chengdu", 20
        )
        for n in range(4)
    }
    fault.write_text(" ".join(f"p{n}-0" for n in range(4)))
    await create_topics(settings)
    async with (
        coordinating(small, fault),
        observing(settings, told := Told()) as seen,
    ):
        await put(settings, *(one for said in stories.values() for one in said))
        found = queues(await until(settings, 84))
        fault.unlink()
        asked: list[Act] = [
            RedriveAsked(
                service=COORDINATION,
                subject=waiting[0].subject,
                origin=waiting[0].origin,
                by="王敏",
                why="已修复",
            )
            for waiting in found.values()
        ]
        await publish(settings, asked)
        await until(settings, 0)
        for subject, said in stories.items():
            await seen.until(subject, lambda s=subject, o=said: same(seen, s, o))
    assert all(told.headers[s] == list(range(1, 22)) for s in stories)


@pytest.mark.timeout(180)
async def test_discarded_and_those_behind_it_go_on(
    settings: Settings, tmp_path: Path
) -> None:
    fault = tmp_path / "fault"
    fault.write_text("s11-1 s11-3")
    said = story(S11, "chengdu", 4)
    told = Told()
    await create_topics(settings)
    async with (
        coordinating(settings, fault),
        observing(settings, told) as seen,
    ):
        await put(settings, *said)
        [first, *_] = await until(settings, 4)
        # A message that does not wait, or is another's, is nothing to discard.
        elsewhere = first.origin.model_copy(update={"offset": 999})
        wrong = DiscardDecided(
            service=COORDINATION, subject=S11, origin=elsewhere, by="王敏", why="误"
        )
        await publish(settings, [wrong])
        left = await act(settings, DiscardDecided, first)
        assert ids(left) == ["s11-3", "s11-4"]
        assert left[0].waits.reason is DeadLetterReason.UNDECIDED
        # One that only waits behind another can go too; the first stays first.
        behind = left[1]
        asked = DiscardDecided(
            service=COORDINATION,
            subject=S11,
            origin=behind.origin,
            by="王敏",
            why="重复",
        )
        await publish(settings, [asked])
        assert ids(await until(settings, 1)) == ["s11-3"]
        fault.unlink()
        assert await act(settings, RedriveAsked, left[0]) == []
        kept = [one for one in said if one.envelope.id not in {"s11-1", "s11-4"}]
        await seen.until("its records", lambda: same(seen, S11, kept))
        await seen.until("the end", lambda: told.kinds("s11-3")[-1:] == ["released"])
    assert told.kinds("s11-1") == ["waits", "discarded"]
    assert told.kinds("s11-2") == ["waits", "released"]
    assert told.kinds("s11-4") == ["waits", "discarded"]
    [gone] = [n for n in told.notices if n.statement == "s11-4" and n.why]
    assert gone.why == "重复"


@pytest.mark.timeout(300)
async def test_killed_in_the_middle_of_a_redrive(
    settings: Settings, tmp_path: Path
) -> None:
    """Under load, in transactions of seven: nothing lost, nothing twice, in order."""
    fault = tmp_path / "fault"
    fault.write_text("s11-1")
    chance = random.Random(7)
    said, others = story(S11, "chengdu", 200), story(S5, "meishan", 300)
    early, late = said[:150], said[150:]
    told = Told()
    await create_topics(settings)
    service = await start(settings, fault)
    try:
        async with observing(settings, told) as seen:
            await put(settings, *early)
            [first, *_] = await until(settings, 149)
            fault.unlink()
            asked = RedriveAsked(
                service=COORDINATION,
                subject=S11,
                origin=first.origin,
                by="王敏",
                why="已修复",
            )
            load = asyncio.create_task(put(settings, *others, *late))
            await publish(settings, [asked])
            halfway: list[int] = []
            for _ in range(4):
                at = len(told.headers[S11])
                await seen.until(
                    "some releases", lambda at=at: len(told.headers[S11]) > at
                )
                await asyncio.sleep(chance.random() * 0.3)
                service.kill()
                await service.wait()
                halfway.append(len(await letters(settings, [COORDINATION])))
                service = await start(settings, fault)
            assert halfway[0] > 0  # it was in the middle
            await load
            await until(settings, 0)
            await seen.until("its records", lambda: same(seen, S11, said))
            await seen.until("the others", lambda: same(seen, S5, others))
    finally:
        service.kill()
        await service.wait()
    assert Counter(seen.events.values()).keys() == {1}
    for subject, story_ in ((S11, said), (S5, others)):
        counts = told.headers[subject]
        assert counts == list(range(1, len(story_) + 1))
        assert all(after == before + 1 for before, after in pairwise(counts))
    waited = [n.statement for n in told.notices if n.kind == "waits"]
    assert len(waited) == len(set(waited)) >= 149
    assert all(told.kinds(i) == ["waits", "released"] for i in waited)


@pytest.mark.timeout(120)
async def test_a_message_that_the_gate_could_not_decide_keeps_when_it_was_recorded(
    settings: Settings, tmp_path: Path
) -> None:
    """Its party is told at once; its receipt comes with its release."""
    fault = tmp_path / "fault"
    fault.write_text("first")
    await create_topics(settings)
    async with (
        coordinating(settings, fault, "admission"),
        observing(settings, told := Told()) as seen,
    ):
        for id_ in ("first", "second", "third"):
            subject = S5 if id_ == "third" else S11
            said = envelope("project.described", "chengdu", subject, id_)
            await say(settings, said, described())
        await seen.until("the third's", lambda: len(seen.receipts) == 1)
        await seen.until("notices", lambda: len(told.notices) == 2)
        [first, second] = await letters(settings, ["admission"])
        assert ids([first, second]) == ["first", "second"]
        fault.unlink()
        assert await act(settings, RedriveAsked, first) == []
        await seen.until("receipts", lambda: len(seen.receipts) == 3)
        came = await everything(settings, inbox("chengdu"))
        recorded = [round(r.recordedtime.timestamp() * 1000) for [r] in in_order(seen)]
        assert recorded == [one.timestamp for one in came]
        await seen.until("releases", lambda: len(told.notices) == 4)
    assert told.kinds("first") == ["waits", "released"]
    assert [one.verdict for [one] in in_order(seen)] == ["accepted"] * 3


def in_order(seen: Observer) -> list[list[Any]]:
    return [given for _, given in sorted(seen.receipts.items())]


async def start(settings: Settings, fault: Path) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_BATCH_SIZE": "7",
        FAULT: str(fault),
    }
    command = [sys.executable, "-m", "tests.support.faulty", "run", COORDINATION]
    return await asyncio.create_subprocess_exec(*command, env=environment)


def test_an_origin_is_written_as_it_is_read() -> None:
    assert str(Origin(topic="t", partition=0, offset=1)) == "t/0/1"
