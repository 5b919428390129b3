"""The whole story on a secured cluster: every party and every service is itself.

What the rights of the catalogue leave out, some kind of record would lack.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from services.access.doors import Doors
from services.gateway.rows import row_of
from services.local import EmbeddedKafka
from services.local.logbook import Logbook
from services.local.stack import system
from services.rules.families import Family
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.broker.reading import everything
from tests.broker.test_gateway import free
from tests.broker.test_pages import RecordKey, by_key, what_follows
from tests.support.folding import REGISTRY
from tests.support.story import said
from twincity_schemas.topology import inbox, topics


@pytest.mark.timeout(480)
async def test_what_follows_is_the_same_with_everybody_as_himself(
    tmp_path: Path,
) -> None:
    with EmbeddedKafka(tmp_path / "kafka", secured=True) as kafka:
        doors = Doors.of(kafka, tmp_path / "access")
        assert doors is not None
        settings = Settings(
            database=SecretStr(f"sqlite:///{tmp_path}/ledger.sqlite3"),
            story_time=True,
            gateway_listen=free(),
        )
        logs = Logbook(tmp_path / "logs", shown=settings)
        wanted = await what_follows()
        async with system(settings, logs, doors=doors):
            await _say(settings, doors)
            integrators = doors.user(settings, "twincity.integrators")
            records: Mapping[RecordKey, Any] = {}
            try:
                async with asyncio.timeout(360):
                    while (records := await _recorded(integrators)) != wanted:
                        await asyncio.sleep(1)
            except TimeoutError:
                lacking = {key for key in wanted if records.get(key) != wanted[key]}
                pytest.fail(f"{lacking} {records.keys() - wanted.keys()}")
            async with asyncio.timeout(60):
                while not {subject for _, subject, _ in wanted} <= _kept(settings):
                    await asyncio.sleep(1)


def _kept(settings: Settings) -> set[str]:
    """The subjects of which the ledger has a record, as it has read them by itself."""
    path = settings.database.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT subject FROM record")}


async def _say(settings: Settings, doors: Doors) -> None:
    """Each party writes its own inbox, by its own password."""
    events = list(said())
    for party in {event.envelope.party for event in events}:
        own = client_options(doors.user(settings, party))
        async with AIOKafkaProducer(**own) as producer:
            for event in events:
                envelope = event.envelope.model_copy(update={"recordedtime": None})
                if envelope.party == party:
                    await producer.send(
                        inbox(party),
                        event.value,
                        key=envelope.subject.encode(),
                        headers=envelope.to_headers(),
                        timestamp_ms=int(envelope.time.timestamp() * 1000),
                    )


async def _recorded(settings: Settings) -> Mapping[RecordKey, Any]:
    """The last record of each key, as whoever may read records alone reads them."""
    last = {}
    for topic in topics(REGISTRY):
        if topic.name.endswith(".records"):
            for record in await everything(settings, topic.name):
                last[topic.name, record.key] = record
    rows = filter(None, (row_of(one, "") for one in last.values() if one.value))
    return by_key([row.document() for row in rows if row.family is Family.RECORD])
