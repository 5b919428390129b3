"""Putting a statement into an inbox of a real broker."""

import json
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer

from services.runtime.settings import Settings
from twincity_schemas.catalogue import inbox
from twincity_schemas.envelope import Envelope


async def put(settings: Settings, said: Envelope, data: Mapping[str, Any]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(
            settings.prefix + inbox(said.party),
            json.dumps(data, ensure_ascii=False).encode(),
            key=said.subject.encode(),
            headers=said.to_headers(),
        )
    finally:
        await producer.stop()
