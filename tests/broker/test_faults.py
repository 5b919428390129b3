"""Repeated what may pass; found what fails its batch; stopped what is at fault."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.cli.letters import letters
from services.cli.services import PROCESSORS
from services.demo.observer import observing
from services.runtime.connecting import client_options
from services.runtime.incoming import Incoming
from services.runtime.layout import Ordinal
from services.runtime.letters import Letter
from services.runtime.partitions import place_of
from services.runtime.service import MakeProcessor, Processor, Running, compose
from services.runtime.settings import Settings
from tests.broker.running import create_topics
from tests.broker.test_deadletters import S5, S11, Told, act, ids, put, same, story
from tests.support.faulty import faulty
from tests.support.saying import described, event
from twincity_schemas.operations import DeadLetterReason, RedriveAsked
from twincity_schemas.parties import Registry
from twincity_schemas.topology import records
from twincity_schemas.values import Domain

COORDINATION = "coordination"


@asynccontextmanager
async def coordinating(
    settings: Settings, make: MakeProcessor
) -> AsyncIterator[Running]:
    composed = compose(COORDINATION, make, settings)
    await composed.app.start()
    try:
        yield composed
    finally:
        await composed.app.stop()


def failing(fails: Callable[[Incoming], Exception | None]) -> MakeProcessor:
    return faulty(PROCESSORS[COORDINATION], fails)


async def dead_letters(settings: Settings, count: int) -> list[Letter]:
    async with asyncio.timeout(60):
        while len(found := await letters(settings, [COORDINATION])) != count:
            await asyncio.sleep(0.2)
    return found


@pytest.mark.timeout(120)
@pytest.mark.parametrize("times", [2, 10**9])
async def test_what_may_pass_is_repeated_within_bounds(
    settings: Settings, times: int
) -> None:
    said, others = story(S11, "chengdu", 3), story(S5, "meishan", 3)
    tried = 0

    def fails(incoming: Incoming) -> Exception | None:
        nonlocal tried
        if incoming.seen.get("id") != "s11-1" or tried >= times:
            return None
        tried += 1
        return OSError("no space left on device")

    told = Told()
    await create_topics(settings)
    async with (
        coordinating(settings, failing(fails)),
        observing(settings, told) as seen,
    ):
        await put(settings, *said, *others)
        await seen.until("the others", lambda: same(seen, S5, others))
        if times == 2:
            await seen.until("its own", lambda: same(seen, S11, said))
            assert await letters(settings, [COORDINATION]) == []
            assert told.notices == []
        else:
            [first, *_] = await dead_letters(settings, 3)
            assert first.waits.reason is DeadLetterReason.REPEATED
            assert (first.waits.tried, tried) == (5, 5)
    assert set(seen.events.values()) == {1}


@pytest.mark.timeout(120)
async def test_a_record_that_fails_its_whole_batch_is_found_and_has_a_way_out(
    settings: Settings,
) -> None:
    """No decision about it fails: what is still to be done at the batch's end does."""
    said, others = story(S11, "chengdu", 3), story(S5, "meishan", 20)
    bad = {"s11-1"}
    decided: list[str] = []

    def make(registry: Registry) -> Processor:
        processor = PROCESSORS[COORDINATION](registry)

        def decide(incoming: Incoming) -> Iterator[Any]:
            decided.append(incoming.seen["id"])
            return iter(list(processor.decide(incoming)))

        def finish() -> Iterator[Any]:
            taken = {*decided}
            decided.clear()
            if bad & taken:
                raise RuntimeError("the sum does not come out")
            return iter(list(processor.finish()))

        return Processor(processor.memory, decide, finish)

    await create_topics(settings)
    async with (
        coordinating(settings, make),
        observing(settings, Told()) as seen,
    ):
        await put(settings, *said, *others)
        await seen.until("the others", lambda: same(seen, S5, others))
        found = await dead_letters(settings, 3)
        assert ids(found) == ["s11-1", "s11-2", "s11-3"]
        assert found[0].waits.reason is DeadLetterReason.BATCH
        # Again, in a batch of an act: found again, and nothing else is held up.
        [first, *_] = await act(settings, RedriveAsked, found[0])
        assert (first.waits.reason, first.waits.tried) == (DeadLetterReason.BATCH, 2)
        bad.clear()
        assert await act(settings, RedriveAsked, first) == []
        await seen.until("its own", lambda: same(seen, S11, said))
    assert set(seen.events.values()) == {1}


@pytest.mark.timeout(120)
async def test_what_the_broker_alone_finds_too_large_holds_nobody_up(
    settings: Settings,
) -> None:
    """A topic on which an operator set a lower limit than ours."""
    await create_topics(settings)
    name = settings.prefix + records(Domain.TRANSPORT)
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        limit = {"max.message.bytes": "6000", "cleanup.policy": "compact"}
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configs=limit)]
        )
    finally:
        await admin.close()
    large = [
        event(
            "project.described", "chengdu", S11, described(content="长" * 3000), "s11-0"
        )
    ]
    others = [
        event(
            "project.described", "chengdu", f"project/chengdu.deyang/p{n}", described()
        )
        for n in range(12)
    ]
    async with (
        coordinating(settings, PROCESSORS[COORDINATION]),
        observing(settings, Told()) as seen,
    ):
        await put(settings, *others[:6], *large, *others[6:])
        for other in others:
            subject = other.envelope.subject
            await seen.until(subject, lambda s=subject, o=other: same(seen, s, [o]))
        [letter] = await dead_letters(settings, 1)
    assert letter.waits.reason is DeadLetterReason.BATCH


@pytest.mark.timeout(120)
async def test_a_bad_deployment_halts_its_shard_alone_until_it_is_mended(
    settings: Settings,
) -> None:
    settings = settings.model_copy(update={"dead_letter_limit": 4})
    said = [
        event(
            "project.described",
            party,
            f"project/{party}.ziyang/p{n}",
            described(),
            f"{party}-{n}",
        )
        for n in range(24)
        for party in ("chengdu", "deyang")
    ]
    one, other = (
        settings.model_copy(update={"shard": Ordinal(number, 2)}) for number in (0, 1)
    )
    await create_topics(settings)
    async with observing(settings, Told()) as seen:
        async with (
            coordinating(one, failing(lambda _: ValueError("a new rule"))) as at_fault,
            coordinating(other, PROCESSORS[COORDINATION]) as well_deployed,
        ):
            await put(settings, *said)
            halted, well = at_fault.shard, well_deployed.shard
            async with asyncio.timeout(60):
                while halted.feed.halted is None:
                    await asyncio.sleep(0.1)
            own = [event for event in said if _lies_in(well, event, settings)]
            assert 0 < len(own) < len(said)
            for statement in own:
                subject = statement.envelope.subject
                await seen.until(
                    subject, lambda s=subject, o=statement: same(seen, s, [o])
                )
            assert well.feed.halted is None
            assert "a new rule" not in (halted.feed.halted or "")
            assert "ValueError" in (halted.feed.halted or "")
            found = await letters(settings, [COORDINATION])
            assert len(found) <= 5  # what was decided before it was clear
        # The operator's release: start it again, mended, and in one shard.
        async with coordinating(settings, PROCESSORS[COORDINATION]):
            for letter in found:
                assert await act(settings, RedriveAsked, letter) == []
            for statement in said:
                subject = statement.envelope.subject
                await seen.until(
                    subject, lambda s=subject, o=statement: same(seen, s, [o])
                )
    assert set(seen.events.values()) == {1}


def _lies_in(shard: Any, said: Any, settings: Settings) -> bool:
    topic, partition = place_of(said.envelope.subject)
    return any(
        place.topic == settings.prefix + topic and place.partition == partition
        for place in shard.inputs
    )
