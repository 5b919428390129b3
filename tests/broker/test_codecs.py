"""A partner's client compresses as it likes."""

import json

from confluent_kafka import Producer

from services.demo.observer import observing
from services.runtime.connecting import librdkafka_options
from services.runtime.settings import Settings
from tests.broker.running import create_topics, running
from tests.support.saying import S11, described, envelope
from twincity_schemas.topology import inbox

# Long and repetitive: librdkafka sends what does not shrink uncompressed.
LONG = described(content="重复" * 1500)


async def test_every_codec_is_read(settings: Settings) -> None:
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    await create_topics(settings)
    for codec in codecs:
        say(settings, codec)
    async with (
        running(settings, "admission"),
        observing(settings, lambda _: None) as seen,
    ):
        await seen.until("every receipt", lambda: len(seen.receipts) == len(codecs))
    given = [receipt for [receipt] in seen.receipts.values()]
    assert {receipt.verdict for receipt in given} == {"accepted"}
    assert {receipt.statement for receipt in given} == set(codecs)


def say(settings: Settings, codec: str) -> None:
    producer = Producer(librdkafka_options(settings) | {"compression.type": codec})
    said = envelope("project.described", "chengdu", S11, codec)
    producer.produce(
        settings.prefix + inbox("chengdu"),
        json.dumps(LONG, ensure_ascii=False).encode(),
        key=said.subject.encode(),
        headers=said.to_headers(),
    )
    assert producer.flush(10) == 0
