"""One real Kafka for all these tests; each has topics of its own."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.support.broker import real_kafka


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    with real_kafka() as bootstrap:
        yield bootstrap


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Iterator[Settings]:
    with apart(kafka, tmp_path) as made:
        yield made


@contextmanager
def apart(kafka: str, folder: Path) -> Iterator[Settings]:
    """Settings with topics of their own, which are taken away at the end."""
    made = Settings(
        kafka=kafka,
        prefix=f"t{uuid.uuid4().hex[:8]}.",
        database=SecretStr(f"sqlite:///{folder}/ledger.sqlite3"),
        # A machine that stands still for a while is no fault of a service's.
        commit_wait=timedelta(minutes=4),
        transaction_timeout=timedelta(minutes=10),
    )
    yield made
    with asyncio.Runner() as runner, suppress(KafkaError, TimeoutError):
        runner.run(asyncio.wait_for(_without_topics(made), 20))


async def _without_topics(settings: Settings) -> None:
    """Take a test's topics away: thousands of partitions stop a broker of 256 MB."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        own = [n for n in await admin.list_topics() if n.startswith(settings.prefix)]
        if own:
            await admin.delete_topics(own)
    finally:
        await admin.close()
