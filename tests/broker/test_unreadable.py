"""What cannot be read costs itself alone; nobody's position moves by it."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from services.demo.observer import Observer, observing
from services.runtime import reading
from services.runtime.batches import Unreadable
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.broker import wire
from tests.broker.reading import everything
from tests.broker.running import create_topics, running
from tests.broker.saying import put
from tests.support.broker import own_kafka
from tests.support.saying import S11, described, envelope
from twincity_schemas.topology import dead_letters, inbox

PARTIES = ("chengdu", "deyang", "meishan", "ziyang")
EACH = 5


async def test_a_header_name_that_is_no_text(settings: Settings) -> None:
    """Between readable statements of its own party and of others."""
    await create_topics(settings)
    place = TopicPartition(settings.prefix + inbox("chengdu"), 0)
    await fill(settings)
    said = envelope("project.described", "chengdu", S11, "in-the-middle")
    value = json.dumps(described()).encode()
    headers = said.to_headers()
    messages = [
        (b"k", value, headers, 1),
        (b"k", value, [*headers, ("x-ZZ", b"")], 2),
        (b"k", value, headers, 3),
    ]
    content = wire.batch(messages, (b"x-ZZ", b"x-\xff\xfe"))
    await wire.send(settings, place, content)
    await fill(settings, "after")
    wanted = len(PARTIES) * EACH * 2 + 3
    async with (
        running(settings, "admission"),
        observing(settings, lambda _: None) as seen,
    ):
        await seen.until("every receipt", lambda: len(seen.receipts) == wanted)
    assert verdict(seen, "chengdu", EACH) == ["accepted"]
    assert verdict(seen, "chengdu", EACH + 1) == ["unreadable"]
    assert verdict(seen, "chengdu", EACH + 2) == ["duplicate"]
    [letter] = await everything(settings, dead_letters("admission"))
    assert letter.value == value
    assert letter.key == f"{inbox('chengdu')}/0/{EACH + 1}".encode()
    assert dict(letter.headers)["twincity-reason"] == b"unreadable"


async def test_a_damaged_batch(tmp_path: Path) -> None:
    """Bytes that rot on the broker's disk: the checksum says so, at every read."""
    with own_kafka(tmp_path / "kafka") as (_, theirs):
        settings = theirs.model_copy(
            update={
                "prefix": "t.",
                "database": SecretStr(f"sqlite:///{tmp_path}/ledger.sqlite3"),
            }
        )
        await create_topics(settings)
        await fill(settings)
        [log] = (tmp_path / "kafka").glob(f"**/t.{inbox('deyang')}-0/*.log")
        content = bytearray(log.read_bytes())
        at = content.index(b"deyang-2", content.index(b"ce_id"))
        with log.open("r+b") as file:
            file.seek(at)
            file.write(b"rotten!!")
        async with (
            running(settings, "admission"),
            observing(settings, lambda _: None) as seen,
        ):
            wanted = len(PARTIES) * EACH
            await seen.until("every receipt", lambda: len(seen.receipts) == wanted)
        assert verdict(seen, "deyang", 2) == ["unreadable"]
        assert verdict(seen, "deyang", 3) == ["accepted"]
        [letter] = await everything(settings, dead_letters("admission"))
        assert b"rotten!!" in letter.value


async def test_many_at_once_are_read_once_each(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is looked at once, however few records a batch may have."""
    await create_topics(settings)
    places = [TopicPartition(settings.prefix + inbox(party), 0) for party in PARTIES]
    good = [(b"k", b"v", [], 1)] * 60
    damaged = wire.batch([(b"k", b"v", [("x-ZZ", b"")], 1)], (b"x-ZZ", b"x-\xff\xfe"))
    for place in places:
        for content in (wire.batch(good, (b"", b"")), damaged) * 2:
            await wire.send(settings, place, content)
    raw = []
    fetch = reading._fetch_raw

    async def counted(*given: Any, **named: Any) -> Any:
        raw.append(given[1])
        return await fetch(*given, **named)

    monkeypatch.setattr(reading, "_fetch_raw", counted)
    async with AIOKafkaConsumer(
        **client_options(settings), isolation_level="read_committed"
    ) as consumer:
        consumer.assign(places)
        reader = reading.Reader(consumer, dict.fromkeys(places, 0))
        ends = await consumer.end_offsets(places)
        seen: dict[TopicPartition, list[int]] = {place: [] for place in places}
        damage = 0
        while reader.left(ends):
            records = await reader.poll(200, 20)
            for record in records:
                place = TopicPartition(record.topic, record.partition)
                seen[place].append(record.offset)
                damage += isinstance(record, Unreadable)
            reader.keep()
    assert seen == {place: list(range(122)) for place in places}
    assert damage == len(raw) == 2 * len(places)


async def fill(settings: Settings, name: str = "") -> None:
    for number in range(EACH):
        for party in PARTIES:
            other = "deyang" if party == "chengdu" else "chengdu"
            subject = f"project/{'.'.join(sorted((party, other)))}/p"
            id_ = f"{name}{party}-{number}"
            said = envelope("project.described", party, subject, id_)
            await put(settings, said, described())


def verdict(seen: Observer, party: str, offset: int) -> list[str]:
    """What a message's receipts say: the verdict, or the code of what is wrong."""
    return [
        receipt.problems[0].code if receipt.problems else receipt.verdict
        for receipt in seen.receipts[inbox(party), offset]
    ]
