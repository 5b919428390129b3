"""One real Kafka for all these tests; each has topics of its own."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.runtime.settings import Settings
from tests.support.broker import real_kafka


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    with real_kafka() as bootstrap:
        yield bootstrap


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Settings:
    return Settings(
        kafka=kafka,
        prefix=f"t{uuid.uuid4().hex[:8]}.",
        database=SecretStr(f"sqlite:///{tmp_path}/ledger.sqlite3"),
        # A machine that stands still for a while is no fault of a service's.
        commit_wait=timedelta(minutes=4),
        transaction_timeout=timedelta(minutes=10),
    )
