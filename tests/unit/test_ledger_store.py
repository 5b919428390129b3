"""The ledger, the same on SQLite and on a real PostgreSQL."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from services.ledger.domain import Entry, entry
from services.ledger.store import Ledger
from services.runtime.errors import TwinCityError, Unavailable
from tests.support.postgres import real_postgres
from tests.support.saying import S11, described, envelope, event
from twincity_schemas.message import to_json
from twincity_schemas.receipt import InboxPosition, ReceiptIssued, Verdict

TOPIC = "twincity.project.statements"
RECORDS = "twincity.transport.records"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with real_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite3"
    address: str = request.getfixturevalue("postgres")
    return address


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = Ledger.open(url)
    try:
        yield opened
    finally:
        with opened._engine.begin() as connection:
            for table in ("event", "record", "receipt", "position"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
        opened.close()


def statements(count: int, topic: str = TOPIC) -> list[Entry]:
    return [
        Entry(
            topic,
            0,
            offset,
            S11,
            b"{}",
            event("project.described", "chengdu", S11, described(), f"id-{offset}"),
        )
        for offset in range(count)
    ]


def test_what_is_written_stands_once(ledger: Ledger) -> None:
    batch = statements(20)
    assert ledger.write(batch) == 20
    assert ledger.write(batch) == 0
    assert ledger.write(statements(25)) == 5
    assert ledger.counts().statements == 25
    assert ledger.positions() == {(TOPIC, 0): 25}


def test_a_batch_is_written_whole_or_not_at_all(ledger: Ledger) -> None:
    twice = [*statements(3), replace(statements(1)[0], offset=2)]
    with pytest.raises(Unavailable):
        ledger.write(twice)
    assert ledger.counts().statements == 0
    assert ledger.positions() == {}


def test_two_writers_do_not_double(ledger: Ledger, url: str) -> None:
    other = Ledger.open(url)
    written: list[int] = []

    def write(to: Ledger) -> None:
        written.extend(to.write(statements(upto)) for upto in range(5, 105, 5))

    threads = [threading.Thread(target=write, args=(each,)) for each in (ledger, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sum(written) == ledger.counts().statements == 100


def test_the_latest_record_is_held_and_a_tombstone_removes_it(ledger: Ledger) -> None:
    one = replace(statements(1, RECORDS)[0], key=S11)
    later = replace(statements(2, RECORDS)[1], key=S11)
    ledger.write([one, later])
    [row] = ledger.records(RECORDS)
    assert (row.key, row.event) == (S11, "id-1")
    ledger.write([Entry(RECORDS, 0, 2, S11, None, None)])
    assert ledger.records() == []


def test_receipts_are_counted_by_verdict(ledger: Ledger) -> None:
    topic = "twincity.receipts.chengdu"
    said = envelope("project.described", "chengdu", S11)
    for offset, verdict in enumerate((Verdict.ACCEPTED, Verdict.REJECTED)):
        position = InboxPosition(
            topic="twincity.inbox.chengdu", partition=0, offset=offset
        )
        data = ReceiptIssued(
            verdict=verdict,
            statement=said.id,
            subject=S11,
            position=position,
            content="sha256:" + "0" * 64,
        )
        cause = said.caused(
            service="admission",
            type_="twincity.receipt.issued.v1",
            subject=f"inbox/chengdu/{offset}",
            index=offset,
        )
        record = Record(topic, offset, cause.to_headers(), to_json(data))
        ledger.write([entry(record)])
    assert ledger.counts().verdicts == {"accepted": 1, "rejected": 1}
    assert [row.verdict for row in ledger.receipts_of(S11)] == ["accepted", "rejected"]


def test_a_trace_is_in_the_order_of_time_in_chinese(ledger: Ledger) -> None:
    ledger.write(statements(3))
    rows = ledger.trace(S11)
    assert [row.id for row in rows] == ["id-0", "id-1", "id-2"]
    assert "成都至德阳" in rows[0].data


def test_what_cannot_be_read_is_kept(ledger: Ledger) -> None:
    unreadable = entry(Record(TOPIC, 0, [], b"\xff\x00"))
    assert unreadable.event is None
    assert ledger.write([unreadable]) == 1


def test_a_bad_character_does_not_stop_it(ledger: Ledger) -> None:
    said = envelope("project.withdrawn", "chengdu", S11, "nul\x00")
    record = Record(TOPIC, 0, said.to_headers(), b'{"reason":"x"}')
    assert ledger.write([entry(record)]) == 1
    assert ledger.trace(S11)[0].id == "nul\ufffd"


class Record:
    """A Kafka record as far as the ledger looks at it."""

    def __init__(self, topic: str, offset: int, headers: Any, value: bytes) -> None:
        self.topic, self.partition, self.offset = topic, 0, offset
        self.headers, self.value, self.key = headers, value, None


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "no address at all"])
def test_an_address_it_cannot_use_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(TwinCityError) as raised:
        Ledger.open(url)
    assert "secret" not in str(raised.value)


def test_a_database_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable) as raised:
        Ledger.open("postgresql://u:secret@127.0.0.1:1/d")
    assert "secret" not in str(raised.value)
    assert not isinstance(raised.value, OperationalError)
