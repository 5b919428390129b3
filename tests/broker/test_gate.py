"""What a real broker hands to the gate: each message its receipt, none in the way."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from aiokafka import AIOKafkaProducer
from rich.console import Console

from services.demo import mechanisms
from services.demo.observer import Observer, observing
from services.demo.stage import Stage
from services.demo.story import chapter
from services.gateway.pages.telling import Tell
from services.local.stack import system
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.support.saying import S11, described, envelope
from twincity_schemas.message import Event
from twincity_schemas.parties import Registry
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.topology import inbox

VALUE = json.dumps(described(), ensure_ascii=False).encode()
YEAR_1, NONE, YEAR_9999 = -62_135_596_800_001, -1, 253_402_300_799_999
SAID_MS = 1_762_000_000_000


async def put(  # noqa: PLR0913, PLR0917  as short as a sentence where it is used
    producer: AIOKafkaProducer,
    settings: Settings,
    party: str,
    id_: str,
    more: Sequence[tuple[str, bytes]] = (),
    timestamp_ms: int = SAID_MS,
) -> tuple[str, int]:
    said = envelope("project.described", party, S11, id_)
    done = await producer.send_and_wait(
        settings.prefix + inbox(party),
        VALUE,
        key=S11.encode(),
        headers=[*said.to_headers(), *more],
        timestamp_ms=timestamp_ms,
    )
    return inbox(party), done.offset


async def receipt(seen: Observer, place: tuple[str, int]) -> ReceiptIssued:
    [found] = await seen.until(f"receipt of {place}", lambda: seen.receipts.get(place))
    return found


@pytest.mark.timeout(180)
async def test_each_message_gets_its_receipt(settings: Settings) -> None:
    settings = settings.model_copy(update={"story_time": True})
    statements: list[Event[object]] = []

    def note(event: Event[object]) -> None:
        if event.type.is_statement:
            statements.append(event)

    async with system(settings), observing(settings, note) as seen:
        producer = AIOKafkaProducer(
            **client_options(settings),
            compression_type="gzip",
            max_request_size=16_000_000,
        )
        await producer.start()
        try:
            places = {
                size: await put(
                    producer,
                    settings,
                    "chengdu",
                    f"large-{size}",
                    [("ce_note", b"x" * size)],
                )
                for size in (8_193, 3_000_000, 5_000_000)
            }
            stamped = [
                await put(producer, settings, "deyang", f"stamped-{n}", timestamp_ms=ms)
                for n, ms in enumerate([YEAR_1] * 40 + [SAID_MS, NONE, 7, YEAR_9999])
            ]
            after = await put(producer, settings, "chengdu", "after")
        finally:
            await producer.stop()
        for place in places.values():
            refused = await receipt(seen, place)
            assert refused.verdict is Verdict.REJECTED
            assert "header_too_large" in {p.code for p in refused.problems}
        assert (await receipt(seen, after)).verdict is Verdict.ACCEPTED
        given = [await receipt(seen, place) for place in stamped]
        assert {one.verdict for one in given} == {Verdict.ACCEPTED}
        warned = ["record_timestamp" in {w.code for w in one.warnings} for one in given]
        assert warned == [True] * 40 + [False, True, False, True]
        said = datetime.fromtimestamp(SAID_MS / 1000, UTC)
        epoch = datetime.fromtimestamp(0, UTC)
        seventh = epoch + timedelta(milliseconds=7)
        expected = [epoch] * 40 + [said, epoch, seventh, epoch]
        assert [one.recordedtime for one in given] == expected
        await seen.until("every statement", lambda: len(statements) == 45)
        trusted = {e.envelope.id: e.envelope.recordedtime for e in statements}
        assert trusted["after"] == said
        assert trusted["stamped-0"] == epoch


@pytest.mark.timeout(180)
async def test_the_story_is_recorded_when_it_was_said(settings: Settings) -> None:
    """Though its chapters go back in time."""
    settings = settings.model_copy(update={"story_time": True})
    said = [message for _, message in chapter("4-progress").values()]
    said += mechanisms.statements()
    console = Console(file=StringIO())
    async with system(settings) as stack, observing(settings, lambda _: None) as seen:
        producer = AIOKafkaProducer(**client_options(settings))
        await producer.start()
        try:
            words = Tell("zh", Registry.load(settings.parties), seen)
            stage = Stage(stack, seen, producer, console, words)
            places = {await stage.say(message): message for message in said}
        finally:
            await producer.stop()
        for place, message in places.items():
            given = await receipt(seen, place)
            assert given.recordedtime == message.time
            assert given.verdict is Verdict.ACCEPTED
            assert "time_far_apart" not in {w.code for w in given.warnings}
