"""The ledger's storage, each story told on SQLite and on a real PostgreSQL."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from pydantic import BaseModel
from sqlalchemy import create_engine, event, insert, select

from services.ledger import errors, tables
from services.ledger.answers import Traced, Unmatched
from services.ledger.domain import EntryKind, LedgerEntry, entry
from services.ledger.store import Ledger
from services.runtime.errors import Unavailable
from tests.support.postgres import Postgres, real_postgres
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.opportunity import Area, Direction, NeedType
from twincity_schemas.pairing_record import PairingRecorded
from twincity_schemas.problems import problem
from twincity_schemas.project import ItemClass, ProjectWithdrawn
from twincity_schemas.project_record import Agreement, ProjectRecorded
from twincity_schemas.receipt import InboxPosition, ReceiptIssued, Verdict
from twincity_schemas.topology import (
    MATCHING_RECORDS,
    PROJECT_STATEMENTS,
    inbox,
    receipts,
    records,
)
from twincity_schemas.values import Domain

S11 = "project/chengdu.deyang/s11"
BUREAU = "/chengdu/transport-bureau"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TRANSPORT = records(Domain.TRANSPORT)


# --- the cast -----------------------------------------------------------------


def message(topic: str, offset: int, data: BaseModel, **said: Any) -> SimpleNamespace:
    """A Kafka record with an event in it; ``said`` is its envelope."""
    event_type = EVENT_TYPE_OF[type(data)]
    envelope = Envelope(specversion="1.0", type=event_type.name, **said)
    key, value, headers = Event(envelope, event_type, data, to_json(data)).to_message()
    return raw(topic, offset, value, key=key, headers=tuple(headers))


def raw(topic: str, offset: int, value: bytes | None, **rest: Any) -> SimpleNamespace:
    """A Kafka record with anything in it."""
    blank = {"partition": 0, "key": None, "headers": ()}
    return SimpleNamespace(topic=topic, offset=offset, value=value, **{**blank, **rest})


def statement(offset: int, id_: str = "", **said: Any) -> LedgerEntry:
    """What a party said; by default Chengdu's bureau, of the line S11."""
    data = ProjectWithdrawn(reason=said.pop("reason", "选址调整"))
    partition = said.pop("partition", 0)
    bureau = {"source": BUREAU, "subject": S11, "time": MORNING}
    envelope = {"id": id_ or f"s-{offset}", **bureau, **said}
    said_at = message(PROJECT_STATEMENTS, offset, data, **envelope)
    said_at.partition = partition
    return entry(said_at)


def receipt(
    offset: int, id_: str | None, verdict: Verdict = Verdict.ACCEPTED, **given: Any
) -> LedgerEntry:
    """What became of the message at the same offset of Chengdu's inbox."""
    prefix, lies = given.get("prefix", ""), given.get("inbox_offset", offset)
    found = (problem("/reason", "missing", "缺少必填字段", "is required but missing"),)
    data = ReceiptIssued(
        verdict=verdict,
        statement=id_,
        source=given.get("source", BUREAU),
        subject=given.get("subject", S11),
        problems=found if verdict is Verdict.REJECTED else (),
        position=InboxPosition(
            topic=prefix + inbox("chengdu"), partition=0, offset=lies
        ),
        content="sha256:" + "0" * 64,
    )
    envelope = {
        "id": f"r-{lies}",
        "source": "/twincity/admission",
        "subject": f"inbox/chengdu/{lies}",
        "causationid": id_,
        "time": given.get("time", MORNING + timedelta(days=1)),
    }
    return entry(
        message(prefix + receipts("chengdu"), offset, data, **envelope), prefix
    )


def record(
    offset: int, domain: Domain = Domain.TRANSPORT, **derived: Any
) -> LedgerEntry:
    """What coordination made of a statement (``causationid``)."""
    data = ProjectRecorded(
        subject=derived.get("subject", S11),
        agreement=Agreement.SINGLE,
        domain=domain,
        name=derived.pop("name", "市域铁路 S11 线"),
        item_class=ItemClass.ENGINEERING,
        members={},
        fields={},
        statements=1,
        statements_digest="sha256:" + "0" * 64,
    )
    service = {"source": "/twincity/coordination", "subject": S11, "time": MORNING}
    envelope = {"id": f"d-{offset}", **service, **derived}
    return entry(message(records(domain), offset, data, **envelope))


def tombstone(offset: int, key: str = S11) -> LedgerEntry:
    return entry(raw(TRANSPORT, offset, None, key=key.encode()))


# --- the stage ----------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with real_postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/成都 台账/ledger.sqlite3"
    running: Postgres = request.getfixturevalue("server")
    return running.new_database()


def test_a_database_that_cannot_hold_chinese_is_one_sentence(
    server: Postgres,
) -> None:
    for encoding in ("SQL_ASCII", "LATIN1"):
        with pytest.raises(errors.WrongAddress, match=f"encoding is {encoding}"):
            Ledger.open(server.new_database(encoding))


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with closing(Ledger.open(url)) as opened:
        yield opened


def events_in(url: str) -> list[tuple[str, int, int]]:
    """What stands in the table, read without the ledger."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    try:
        with engine.connect() as connection:
            at = tables.EVENT.c
            query = select(at.topic, at.partition, at.offset)
            return sorted(tuple(row) for row in connection.execute(query))
    finally:
        engine.dispose()


def gist(line: Traced) -> str:
    return f"{line.kind} {line.id}"


# --- the stories --------------------------------------------------------------


def test_what_was_written_is_read_back(ledger: Ledger) -> None:
    said = statement(7, "s-1", time=datetime.fromisoformat("2026-11-23T09:00:00+08:00"))
    assert ledger.write([said, record(3, causationid="s-1")]) == 2

    assert ledger.positions() == {(PROJECT_STATEMENTS, 0): 8, (TRANSPORT, 0): 4}
    first, second = ledger.trace(S11)
    assert (first.kind, first.party, first.time) == ("statement", "chengdu", MORNING)
    assert first.source == "/chengdu/transport-bureau"
    assert first.correlation == "s-1"
    assert first.data == '{"reason":"选址调整"}'
    assert (second.kind, second.causation) == (EntryKind.RECORD, "s-1")


def test_it_is_still_there_after_a_restart(url: str) -> None:
    with closing(Ledger.open(url)) as before:
        before.write([statement(0)])
    with closing(Ledger.open(url)) as after:
        assert after.write([statement(0), statement(1)]) == 1
        assert len(after.trace(S11)) == 2


def test_a_batch_that_comes_again_is_written_once(ledger: Ledger) -> None:
    batch = [statement(0), receipt(0, "s-0"), record(0, causationid="s-0")]
    assert [ledger.write(batch) for _ in range(3)] == [3, 0, 0]
    assert ledger.write([*batch, statement(1)]) == 1
    assert ledger.counts().statements == 2
    assert ledger.counts().repeated_receipts == 0


def test_a_copy_that_holds_less_is_not_written_on(ledger: Ledger) -> None:
    # A standby can take over before it has the last transactions of the one before.
    first, lost, following = (statement(n) for n in range(3))
    ledger.write([first])
    with pytest.raises(errors.PositionLost, match="@1, where 2 was written"):
        ledger.write([following], {following.place: 2})
    assert ledger.positions() == {first.place: 1}
    assert ledger.write([lost, following], {following.place: 1}) == 2


def test_a_record_twice_in_one_batch_is_written_once(ledger: Ledger) -> None:
    assert ledger.write([statement(1), statement(0), statement(1)]) == 2


def test_an_empty_batch_is_no_transaction(ledger: Ledger) -> None:
    assert ledger.write([]) == 0


def test_gaps_in_the_offsets_are_no_loss(ledger: Ledger) -> None:
    # A transaction's marker takes an offset; so does what was compacted away.
    assert ledger.write([statement(0), statement(5)]) == 2
    assert ledger.positions() == {(PROJECT_STATEMENTS, 0): 6}


@pytest.mark.parametrize("table", ["event", "receipt", "record", "position"])
def test_a_crash_within_leaves_nothing(ledger: Ledger, url: str, table: str) -> None:
    ledger.write([statement(0)])
    batch = [statement(1), receipt(0, "s-1"), record(0, causationid="s-1")]

    def crash(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if sql.startswith(f"INSERT INTO {table} ") and "DO NOTHING" not in sql:
            raise InterruptedError(table)

    event.listen(ledger._engine, "after_cursor_execute", crash)
    with pytest.raises(InterruptedError):
        ledger.write(batch)
    event.remove(ledger._engine, "after_cursor_execute", crash)

    assert events_in(url) == [(PROJECT_STATEMENTS, 0, 0)]
    assert ledger.positions() == {(PROJECT_STATEMENTS, 0): 1}
    assert ledger.records() == []
    assert ledger.write(batch) == 3  # the same batch again, as after a restart


def test_many_may_create_the_tables_at_once(url: str) -> None:
    failed: list[BaseException] = []
    together = threading.Barrier(6)

    def open_and_close() -> None:
        try:
            together.wait(10)
            Ledger.open(url).close()
        except BaseException as error:  # noqa: BLE001  told by the test
            failed.append(error)

    openers = [threading.Thread(target=open_and_close) for _ in range(6)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(60)
    assert failed == []


def test_two_writers_of_one_range_write_it_once(url: str) -> None:
    rows = [
        statement(offset, f"s-{partition}-{offset}", partition=partition)
        for offset in range(300)
        for partition in range(2)
    ]
    rows += [record(offset, causationid=f"s-0-{offset}") for offset in range(300)]
    written: list[int] = []
    failed: list[BaseException] = []
    together = threading.Barrier(2)

    def write_all(seed: int) -> None:
        chance = Random(seed)
        try:
            with closing(Ledger.open(url)) as one:  # they create the tables, too
                together.wait(10)
                done = 0
                while done < len(rows):
                    following = done + chance.randint(1, 40)
                    batch = rows[done:following]
                    chance.shuffle(batch)
                    written.append(one.write(batch))
                    done = following
        except BaseException as error:  # noqa: BLE001  told by the test
            failed.append(error)

    writers = [threading.Thread(target=write_all, args=(seed,)) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert failed == []
    assert sum(written) == len(rows)
    assert events_in(url) == sorted((r.topic, r.partition, r.offset) for r in rows)
    with closing(Ledger.open(url)) as after:
        [kept] = after.records()
        assert kept.offset == 299


def test_a_reader_is_not_kept_waiting_by_a_writer(ledger: Ledger) -> None:
    ledger.write([statement(0)])
    with ledger._writing.begin() as connection:
        ledger._write(connection, [statement(1)], {})
        began = time.monotonic()
        assert len(ledger.trace(S11)) == 1  # what is not committed is not told
        assert time.monotonic() - began < 5


# --- the read model -----------------------------------------------------------


def test_the_latest_value_of_a_key_stands(ledger: Ledger) -> None:
    ledger.write([record(0, name="旧名"), record(1, name="新名")])
    [kept] = ledger.records(TRANSPORT)
    assert json.loads(kept.data)["name"] == "新名"
    assert (kept.key, kept.event, kept.offset, kept.time) == (S11, "d-1", 1, MORNING)

    ledger.write([record(2, name="再改")])
    assert [json.loads(k.data)["name"] for k in ledger.records()] == ["再改"]


@pytest.mark.parametrize("together", [True, False])
def test_a_tombstone_removes_the_record(ledger: Ledger, *, together: bool) -> None:
    told = [record(0), record(1, subject="project/chengdu/a"), tombstone(2)]
    for batch in [told] if together else [[row] for row in told]:
        ledger.write(batch)
    assert [kept.key for kept in ledger.records()] == ["project/chengdu/a"]
    assert [gist(line) for line in ledger.trace(S11)] == [
        "record d-0",
        "tombstone None",  # and what was removed stays told
    ]
    ledger.write([record(3)])
    assert len(ledger.records()) == 2


def test_records_by_topic_domain_party_and_key(ledger: Ledger) -> None:
    pool = "project/chengdu.chongqing/pool"
    ledger.write(
        [
            record(0),
            record(1, subject="project/chengdu-east.deyang/b"),
            record(0, Domain.INDUSTRY, subject=pool),
        ]
    )
    assert [k.key for k in ledger.records(domain=Domain.INDUSTRY)] == [pool]
    assert [k.key for k in ledger.records(records(Domain.INDUSTRY))] == [pool]
    assert {k.key for k in ledger.records(party="chengdu")} == {S11, pool}
    assert len(ledger.records(domain=Domain.TRANSPORT, party="deyang")) == 2
    assert [k.key for k in ledger.records(key=S11)] == [S11]
    assert ledger.records(MATCHING_RECORDS) == ledger.records(party="%") == []


# --- the trace ----------------------------------------------------------------


def test_a_trace_tells_what_each_statement_became(ledger: Ledger) -> None:
    later, latest = MORNING + timedelta(hours=1), MORNING + timedelta(days=9)
    ledger.write(
        [record(0, causationid="s-1"), record(1, causationid="s-2", time=later)]
    )
    ledger.write(
        [
            receipt(0, "s-2"),
            receipt(1, "s-1"),
            receipt(2, "s-1", Verdict.DUPLICATE),
            receipt(3, "s-3", Verdict.REJECTED, time=latest),
            receipt(4, "x", subject="project/chengdu/other"),
        ]
    )
    ledger.write([statement(0, "s-2", time=later), statement(1, "s-1")])

    told = ledger.trace(S11)
    assert [gist(line) for line in told] == [
        "statement s-1",
        "receipt r-1",
        "receipt r-2",
        "record d-0",
        "statement s-2",
        "receipt r-0",
        "record d-1",
        "receipt r-3",
    ]
    assert [line.verdict for line in told if line.verdict] == [
        "accepted",
        "duplicate",
        "accepted",
        "rejected",
    ]
    assert "缺少必填字段" in (told[-1].problems or "")
    assert [(r.offset, r.verdict) for r in ledger.receipts_of(S11)] == [
        (0, "accepted"),
        (1, "accepted"),
        (2, "duplicate"),
        (3, "rejected"),
    ]


def test_two_parties_may_use_the_same_id(ledger: Ledger) -> None:
    deyang, later = "/deyang/office", MORNING + timedelta(hours=1)
    ledger.write([statement(0, "1"), statement(1, "1", time=later, source=deyang)])
    ledger.write([receipt(0, "1", source=deyang), receipt(1, "1")])
    ledger.write([record(0, causationid="1", time=later), record(1, causationid="1")])
    assert [(line.source or "").split("/")[1] for line in ledger.trace(S11)] == [
        "chengdu", "twincity", "twincity", "deyang", "twincity", "twincity",
    ]  # fmt: skip
    assert [line.id for line in ledger.trace(S11) if line.kind != "statement"] == [
        "r-1", "d-1", "r-0", "d-0",
    ]  # fmt: skip
    assert ledger.counts().unmatched == ()


def test_times_are_ordered_across_zones(ledger: Ledger) -> None:
    east = datetime.fromisoformat("2026-11-23T09:00:00+08:00")  # 01:00 in UTC
    ledger.write([statement(0, time=MORNING + timedelta(minutes=30))])
    ledger.write([statement(1, time=east)])
    assert [line.id for line in ledger.trace(S11)] == ["s-1", "s-0"]


def test_a_receipt_that_speaks_of_its_own_place_is_told_once(ledger: Ledger) -> None:
    ledger.write([receipt(0, "s-0", subject="inbox/chengdu/0")])
    assert len(ledger.trace("inbox/chengdu/0")) == 1


def test_nothing_is_known_of_an_unknown_subject(ledger: Ledger) -> None:
    assert ledger.trace("project/chengdu/无") == []


# --- counts and the check -----------------------------------------------------


def test_counts_and_every_statement_has_its_receipt(ledger: Ledger) -> None:
    ledger.write([statement(0), statement(1), record(0, causationid="s-0")])
    ledger.write([receipt(0, "s-0"), receipt(1, "s-1")])
    ledger.write([receipt(2, "s-1", Verdict.DUPLICATE)])
    ledger.write([receipt(3, None, Verdict.REJECTED)])
    counts = ledger.counts()
    assert (counts.statements, counts.records, counts.unreadable) == (2, 1, 0)
    assert counts.verdicts == {"accepted": 2, "duplicate": 1, "rejected": 1}
    assert (counts.unmatched, counts.repeated_receipts) == ((), 0)


def test_the_check_lists_what_does_not_stand_one_to_one(ledger: Ledger) -> None:
    ledger.write([statement(0, "none"), statement(1, "several"), statement(2, "well")])
    ledger.write([statement(3, "twice"), statement(4, "twice")])
    ledger.write([receipt(0, "several", inbox_offset=0)])
    ledger.write([receipt(1, "several", inbox_offset=0)])
    ledger.write([receipt(2, "lost"), receipt(3, "twice"), receipt(4, "well")])
    counts = ledger.counts()
    assert counts.unmatched == (
        Unmatched(BUREAU, "lost", 0, 1),
        Unmatched(BUREAU, "none", 1, 0),
        Unmatched(BUREAU, "several", 1, 2),
        Unmatched(BUREAU, "twice", 2, 1),
    )
    assert counts.repeated_receipts == 1


# --- what should not be there -------------------------------------------------

_ID = ("ce_id", b"broken-1")
_SUBJECT = ("ce_subject", S11.encode())


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"\xff\x00\xfe", [_ID, _SUBJECT]),
        (b"{}", [_ID, _SUBJECT, ("ce_type", b"twincity.future.told.v9")]),
        (b"{}", [_ID, _SUBJECT, ("ce_source", None), ("ce_time", b"\xff")]),
        (b'{"a": "\\u0000"}', [("ce_id", b"broken\x00-1"), _SUBJECT]),
        (b"{}", [("ce_id", "长".encode() * 9_000), _SUBJECT]),
        (b'{"id": 1}', [_SUBJECT, ("content-type", b"application/cloudevents+json")]),
    ],
)
def test_an_unreadable_message_is_kept_as_it_is(
    ledger: Ledger, value: bytes, headers: list[Any]
) -> None:
    broken = entry(raw(PROJECT_STATEMENTS, 0, value, key=b"\xff\x00", headers=headers))
    assert (broken.kind, broken.raw) == (EntryKind.UNREADABLE, value)
    assert ledger.write([broken, statement(1)]) == 2  # and holds nothing up
    assert ledger.counts().unreadable == 1
    assert [line.kind for line in ledger.trace(S11)] == ["statement", "unreadable"]
    with ledger._reading.connect() as connection:
        kept = connection.execute(
            select(tables.EVENT.c.raw, tables.EVENT.c.reason).order_by("offset")
        ).first()
    assert kept is not None
    assert kept.raw == value
    assert kept.reason


@pytest.mark.parametrize("headers", [None, 7, [("ce_id",)], [(None, b"x")]])
def test_no_record_makes_the_reader_raise(headers: Any) -> None:
    record_ = raw(PROJECT_STATEMENTS, 0, b"{}")
    record_.headers = headers
    assert entry(record_).kind is EntryKind.UNREADABLE


def test_what_postgresql_cannot_hold_is_kept(ledger: Ledger) -> None:
    said = message(
        PROJECT_STATEMENTS,
        0,
        ProjectWithdrawn(reason="replaced below"),
        id="nul\x00",
        source="/chengdu/x\x00",
        subject=S11,
        time=MORNING,
    )
    said.value = b'{"reason":"a\\u0000b","weight":NaN,"huge":1e999}'
    ledger.write([entry(said), receipt(0, "nul\x00", source="/chengdu/x\x00")])
    [line, _] = ledger.trace(S11)
    assert (line.kind, line.id) == (EntryKind.STATEMENT, "nul␀")
    assert line.data == said.value.decode()
    assert ledger.counts().unmatched == ()


def test_a_refused_message_with_an_endless_subject_stops_nothing(
    ledger: Ledger,
) -> None:
    # Admission repeats in its receipt what it could glimpse, however long.
    chance = Random(1)
    endless = "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(6_000))
    assert ledger.write([receipt(0, "x", Verdict.REJECTED, subject=endless)]) == 1
    [line] = ledger.trace(endless)
    assert endless in (line.data or "")


def test_chinese_text_stays_as_it_was_said(ledger: Ledger) -> None:
    reason = "成渝地区双城经济圈：𠀀𪚥 “市域铁路”①②③ 🚄"
    ledger.write([statement(0, "填报-一", reason=reason)])
    [line] = ledger.trace(S11)
    assert line.id == "填报-一"
    assert line.data == f'{{"reason":"{reason}"}}'


def test_an_environments_prefix_is_left_off(ledger: Ledger) -> None:
    given = receipt(0, "s-0", prefix="staging.")
    assert given.topic == receipts("chengdu")
    ledger.write([given])
    [kept] = ledger.receipts_of(S11)
    assert kept.topic == inbox("chengdu")


def test_a_structured_message_is_kept_as_its_data() -> None:
    document = {
        "specversion": "1.0",
        "id": "s-1",
        "source": "/chengdu/bureau",
        "type": "twincity.project.withdrawn.v1",
        "subject": S11,
        "time": "2026-11-23T09:00:00+08:00",
        "data": {"reason": "选址调整"},
    }
    read = entry(
        raw(
            PROJECT_STATEMENTS,
            0,
            json.dumps(document).encode(),
            headers=[("content-type", b"application/cloudevents+json")],
        )
    )
    assert (read.kind, read.time) == (EntryKind.STATEMENT, MORNING)
    assert read.data == '{"reason":"选址调整"}'


# --- errors -------------------------------------------------------------------

_SECRET = "s3cr:et@№1"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", errors.WrongAddress),
        (f"mysql://u:{_SECRET}@h/d", errors.WrongAddress),
        (f"postgresql://u:{_SECRET}@h:{_SECRET}/d", errors.WrongAddress),
        ("sqlite://", errors.WrongAddress),
        ("sqlite:///:memory:", errors.WrongAddress),
        ("sqlite:////proc/none/ledger.sqlite3", errors.WrongAddress),
        ("postgresql://u:s3cr%3Aet%40%E2%84%961@127.0.0.1:1/d", errors.Transient),
        (f"postgresql://u@127.0.0.1:1/d?password={_SECRET}", errors.Transient),
        (f"postgresql://u@127.0.0.1/d?nonsense={_SECRET}", errors.LedgerError),
    ],
)
def test_an_address_that_leads_nowhere(
    address: str, kind: type[errors.LedgerError]
) -> None:
    with pytest.raises(kind) as told:
        Ledger.open(address)
    assert "s3cr" not in str(told.value)
    assert "\n" not in str(told.value)
    assert isinstance(told.value, Unavailable) == (kind is errors.Transient)


def test_tables_of_another_release_are_not_written_to(url: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).parent.mkdir()
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE event (topic text)")
    engine.dispose()
    with pytest.raises(errors.SchemaMismatch, match="event"):
        Ledger.open(url)


def test_a_table_that_was_taken_away_does_not_come_back(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE event")
    with pytest.raises(errors.SchemaMismatch):
        ledger.write([statement(0)])


def test_a_row_that_stands_below_its_position_is_refused(ledger: Ledger) -> None:
    with ledger._writing.begin() as connection:
        there = {"topic": PROJECT_STATEMENTS, "partition": 0, "offset": 0}
        connection.execute(
            insert(tables.EVENT).values(**there, key="", kind="statement")
        )
    with pytest.raises(errors.DatabaseRefuses) as told:
        ledger.write([statement(0, reason="机密")])
    assert "机密" not in str(told.value)


def test_a_locked_file_is_transient(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(Ledger.open(f"sqlite:///{path}")) as ledger:
        hasty = hurried(ledger)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(errors.Transient):
                hasty.write([statement(0)])
        assert hasty.write([statement(0)]) == 1


def hurried(ledger: Ledger) -> Ledger:
    def at_once(connection: Any, *_rest: Any) -> None:
        connection.execute("PRAGMA busy_timeout=10")

    ledger._engine.dispose()
    event.listen(ledger._engine, "connect", at_once)
    return ledger


def test_a_lost_connection_is_transient_and_then_forgotten(server: Postgres) -> None:
    address = server.new_database()
    with closing(Ledger.open(address)) as ledger:

        def cut(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
            if sql.startswith("INSERT INTO event "):
                with psycopg.connect(server.url(), autocommit=True) as other:
                    other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = %s",
                        [address.split("/")[3].split("?")[0]],
                    )

        event.listen(ledger._engine, "before_cursor_execute", cut)
        with pytest.raises(errors.Transient):
            ledger.write([statement(0)])
        event.remove(ledger._engine, "before_cursor_execute", cut)
        assert ledger.write([statement(0)]) == 1


# --- how much -----------------------------------------------------------------


def test_a_pool_of_1070_entries_is_written_quickly(ledger: Ledger) -> None:
    def pairing(offset: int) -> LedgerEntry:
        subject = f"opportunity/chengdu/2022-1-{offset:04}"
        data = PairingRecorded(
            subject=subject,
            pool="2022-1",
            title=f"第 {offset} 项：新型基础设施",
            direction=Direction.DEMAND,
            area=Area.PRODUCTION,
            need_type=NeedType.CONSTRUCTION,
            open=True,
            statements=1,
            statements_digest="sha256:" + "0" * 64,
        )
        said = {"id": f"p-{offset}", "source": "/twincity/matching", "time": MORNING}
        return entry(message(MATCHING_RECORDS, offset, data, subject=subject, **said))

    rows = [pairing(offset) for offset in range(1070)]
    began = time.monotonic()
    for first in range(0, 1070, 500):
        ledger.write(rows[first : first + 500])
    took = time.monotonic() - began
    assert len(ledger.records(MATCHING_RECORDS)) == 1070
    assert took < 10  # 0.2 s on a calm machine; a row at a time would not do it
