"""Putting a statement into an inbox of a real broker."""

import json
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer

from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from twincity_schemas.envelope import Envelope
from twincity_schemas.topology import inbox


async def put(settings: Settings, said: Envelope, data: Mapping[str, Any]) -> None:
    producer = AIOKafkaProducer(**client_options(settings))
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
