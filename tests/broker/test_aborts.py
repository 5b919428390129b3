"""A transaction that is aborted and survived leaves nothing, in every service.

Another case than a kill: whatever a decision keeps beside the memory that is
rolled back would be wrong afterwards.
"""

from collections import Counter
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.demo.observer import observing
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from services.runtime.shard import Shard
from tests.support.examples import EXAMPLES, read
from tests.support.harness.comparing import Contents, all_services, settled
from twincity_schemas.message import Event
from twincity_schemas.topology import DECIDING, inbox

STATEMENTS = sorted(
    (
        event
        for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
        if event.type.is_statement
    ),
    key=lambda event: event.envelope.time,
)


async def say(settings: Settings, said: list[Event[Any]]) -> None:
    producer = AIOKafkaProducer(**client_options(settings))
    async with producer:
        for one in said:
            key, value, headers = one.to_message()
            await producer.send_and_wait(
                settings.prefix + inbox(one.envelope.party),
                value,
                key=key,
                headers=headers,
                timestamp_ms=int(one.envelope.time.timestamp() * 1000),
            )


async def run(settings: Settings) -> Contents:
    async with all_services(settings), observing(settings, lambda _: None) as seen:
        for begins in range(0, len(STATEMENTS), 40):
            said = STATEMENTS[begins : begins + 40]
            await say(settings, said)
            wanted = begins + len(said)
            await seen.until("receipts", lambda n=wanted: len(seen.receipts) == n)
        return await settled(settings, len(STATEMENTS))


@pytest.mark.timeout(300)
async def test_every_batch_of_every_service_is_aborted_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = settings.model_copy(update={"story_time": True, "prefix": "calm."})
    undisturbed = await run(calm)
    commit, aborted = Shard.commit, Counter[str]()

    async def refused_once(self: Shard[Any]) -> None:
        if self.failures == 0 and aborted[self.service] < 30:
            aborted[self.service] += 1
            raise KafkaError("refused once")  # the brokers have it all
        await commit(self)

    monkeypatch.setattr(Shard, "commit", refused_once)
    disturbed = await run(settings.model_copy(update={"story_time": True}))
    assert all(aborted[service] >= 3 for service in DECIDING)
    assert disturbed.records == undisturbed.records
    assert disturbed.each == undisturbed.each
    assert len(undisturbed.records) > 30
