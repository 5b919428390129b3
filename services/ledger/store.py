"""The ledger's tables, the same on SQLite and PostgreSQL.

Rows and offsets are written in one database transaction, and what stands below
the stored offset is skipped: a batch that comes twice is written once. The
position row is locked first, so a second writer waits and then finds nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from services.ledger.domain import Entry
from services.runtime.errors import TwinCityError, Unavailable
from twincity_schemas.catalogue import receipts
from twincity_schemas.receipt import ReceiptIssued

_metadata = MetaData()

_EVENT = Table(
    "event",
    _metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("id", String),
    Column("source", String),
    Column("party", String),
    Column("type", String),
    Column("subject", String),
    Column("time", String),
    Column("correlation", String),
    Column("causation", String),
    Column("data", Text),
    Column("raw", LargeBinary),
    Index("event_of_subject", "subject"),
    Index("event_by_correlation", "correlation"),
)
_RECORD = Table(
    "record",
    _metadata,
    Column("topic", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("type", String),
    Column("event", String),
    Column("data", Text),
)
_RECEIPT = Table(
    "receipt",
    _metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("statement", String),
    Column("source", String),
    Column("subject", String),
    Column("verdict", String),
    Column("problems", Text),
    Index("receipt_of_subject", "subject"),
)
_POSITION = Table(
    "position",
    _metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
_RECEIPT_TOPIC = receipts("")
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True)
class Counts:
    """What the ledger holds."""

    statements: int
    verdicts: Mapping[str, int]
    records: int


class Ledger:
    """The ledger's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = _INSERT[engine.dialect.name]

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect, and create the tables where they are missing.

        Args:
            url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.

        Raises:
            TwinCityError: the address is of another kind.
            Unavailable: the database does not answer.
        """
        try:
            parsed = make_url(url)
        except SQLAlchemyError:
            raise TwinCityError(
                "TWINCITY_DATABASE is not a database address 数据库地址无效"
            ) from None
        if parsed.get_backend_name() not in _INSERT:
            raise TwinCityError(
                f"{parsed.get_backend_name()} is not supported; use sqlite or "
                "postgresql 不支持该数据库"
            )
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_immediately)
        try:
            _metadata.create_all(engine)
        except DBAPIError as error:
            engine.dispose()
            raise _unavailable(parsed.render_as_string(), error) from None
        return cls(engine)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def positions(self) -> dict[tuple[str, int], int]:
        """The next offset to be written, by topic and partition."""
        rows = self._all(select(_POSITION))
        return {(row.topic, row.partition): row.next for row in rows}

    def write(self, entries: Sequence[Entry]) -> int:
        """Write a batch and its offsets as one; gives how many were new.

        Raises:
            Unavailable: the database does not answer; nothing was written.
        """
        try:
            with self._engine.begin() as connection:
                return self._write(connection, entries)
        except DBAPIError as error:
            raise _unavailable(str(self._engine.url), error) from error

    def _write(self, connection: Connection, entries: Sequence[Entry]) -> int:
        places = sorted({(e.topic, e.partition) for e in entries})
        following = {place: self._lock(connection, *place) for place in places}
        new = [e for e in entries if e.offset >= following[e.topic, e.partition]]
        if not new:
            return 0
        connection.execute(_EVENT.insert(), [_storable(_event_row(e)) for e in new])
        self._keep_receipts(connection, new)
        self._keep_latest(connection, new)
        for place in {(e.topic, e.partition) for e in new}:
            after = max(e.offset for e in new if (e.topic, e.partition) == place) + 1
            connection.execute(
                _POSITION.update()
                .where(_POSITION.c.topic == place[0])
                .where(_POSITION.c.partition == place[1])
                .values(next=after)
            )
        return len(new)

    def _lock(self, connection: Connection, topic: str, partition: int) -> int:
        """Make sure the position row exists, and hold it until the commit."""
        connection.execute(
            self._insert(_POSITION)
            .values(topic=topic, partition=partition, next=0)
            .on_conflict_do_nothing()
        )
        following: int = connection.execute(
            select(_POSITION.c.next)
            .where(_POSITION.c.topic == topic, _POSITION.c.partition == partition)
            .with_for_update()
        ).scalar_one()
        return following

    def _keep_receipts(self, connection: Connection, entries: Iterable[Entry]) -> None:
        found = (data for e in entries if (data := _receipt(e)))
        rows = [_storable(_receipt_row(data)) for data in found]
        if rows:
            insert = self._insert(_RECEIPT).on_conflict_do_nothing()
            connection.execute(insert, rows)

    def _keep_latest(self, connection: Connection, entries: Iterable[Entry]) -> None:
        latest = {(e.topic, e.key): e for e in entries if _is_record(e)}
        gone = [key for key, e in latest.items() if e.value is None]
        for topic, key in gone:
            connection.execute(
                delete(_RECORD).where(_RECORD.c.topic == topic, _RECORD.c.key == key)
            )
        kept = (e for e in latest.values() if e.event is not None)
        rows = [_storable(_record_row(e)) for e in kept]
        if rows:
            insert = self._insert(_RECORD)
            changed = {
                name: insert.excluded[name] for name in ("type", "event", "data")
            }
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["topic", "key"], set_=changed
                ),
                rows,
            )

    # --- asking ---------------------------------------------------------------

    def trace(self, subject: str) -> Sequence[Row[Any]]:
        """Every event about a subject with the receipts of its statements.

        Rows have time, type, party, id, topic, data, verdict, problems; in the
        order of time, and of the topics' offsets within it.
        """
        return self._all(
            select(
                _EVENT.c.time,
                _EVENT.c.type,
                _EVENT.c.party,
                _EVENT.c.source,
                _EVENT.c.id,
                _EVENT.c.topic,
                _EVENT.c.causation,
                _EVENT.c.data,
            )
            .where(_EVENT.c.subject == subject)
            .order_by(_EVENT.c.time, _EVENT.c.topic, _EVENT.c.offset)
        )

    def receipts_of(self, subject: str) -> Sequence[Row[Any]]:
        """Every receipt of a statement about a subject."""
        return self._all(
            select(_RECEIPT)
            .where(_RECEIPT.c.subject == subject)
            .order_by(_RECEIPT.c.topic, _RECEIPT.c.offset)
        )

    def records(self, topic: str = "", key: str = "") -> Sequence[Row[Any]]:
        """The latest records, of a topic and a key where they are given."""
        query = select(_RECORD).order_by(_RECORD.c.topic, _RECORD.c.key)
        if topic:
            query = query.where(_RECORD.c.topic == topic)
        if key:
            query = query.where(_RECORD.c.key == key)
        return self._all(query)

    def counts(self) -> Counts:
        """How much there is."""
        count = func.count().label("number")
        verdicts = self._all(
            select(_RECEIPT.c.verdict, count).group_by(_RECEIPT.c.verdict)
        )
        trusted = select(count).where(_EVENT.c.topic.like("%.statements"))
        return Counts(
            statements=self._all(trusted)[0].number,
            verdicts={row.verdict: row.number for row in verdicts},
            records=self._all(select(count).select_from(_RECORD))[0].number,
        )

    def _all(self, query: Any) -> Sequence[Row[Any]]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except DBAPIError as error:
            raise _unavailable(str(self._engine.url), error) from error


def _storable(row: dict[str, Any]) -> dict[str, Any]:
    """Replace the character that PostgreSQL keeps in no text.

    One bad id in a rejected message must not stop the ledger.
    """
    return {
        name: value.replace("\x00", "\ufffd") if isinstance(value, str) else value
        for name, value in row.items()
    }


def _event_row(entry: Entry) -> dict[str, Any]:
    place = {
        "topic": entry.topic, "partition": entry.partition, "offset": entry.offset,
    }  # fmt: skip
    if entry.event is None:
        blank = dict.fromkeys(c.name for c in _EVENT.columns)
        return blank | place | {"subject": entry.key, "raw": entry.value}
    envelope = entry.event.envelope
    return place | {
        "id": envelope.id,
        "source": envelope.source,
        "party": envelope.party,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": envelope.time.isoformat(),
        "correlation": envelope.correlation,
        "causation": envelope.causationid,
        "data": entry.event.value.decode(),
        "raw": None,
    }


def _receipt(entry: Entry) -> ReceiptIssued | None:
    if entry.topic.startswith(_RECEIPT_TOPIC) and entry.event is not None:
        data = entry.event.data
        return data if isinstance(data, ReceiptIssued) else None
    return None


def _receipt_row(receipt: ReceiptIssued) -> dict[str, Any]:
    position = receipt.position
    return {
        "topic": position.topic,
        "partition": position.partition,
        "offset": position.offset,
        "statement": receipt.statement,
        "source": receipt.source,
        "subject": receipt.subject,
        "verdict": str(receipt.verdict),
        "problems": "、".join(f"{p.pointer} {p.zh}" for p in receipt.problems),
    }


def _is_record(entry: Entry) -> bool:
    return entry.topic.endswith(".records")


def _record_row(entry: Entry) -> dict[str, Any]:
    row = _event_row(entry)
    return {
        "topic": entry.topic,
        "key": entry.key,
        "type": row["type"],
        "event": row["id"],
        "data": row["data"],
    }


def _unavailable(where: str, error: DBAPIError) -> Unavailable:
    said = str(error.orig).strip().splitlines()
    return Unavailable(f"database {where}: {said[0] if said else error} 数据库不可用")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy begins the transaction, not the driver, so that a reader's
    # snapshot cannot turn into a writer's half-way.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=30000")


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
