"""The ledger: everything is written once, and can be asked.

Rows and offsets are written in one database transaction, and what stands below
the stored offset is skipped: a batch that comes twice is written once. The
positions are locked first, so a second writer waits, reads what the first one
left, and finds nothing new.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Self

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from services.ledger import questions
from services.ledger.answers import (
    GivenReceipt,
    LatestRecord,
    LedgerCounts,
    Traced,
    Unmatched,
    in_order,
)
from services.ledger.database import connect, for_reading, for_writing
from services.ledger.domain import EntryKind, LedgerEntry, storable
from services.ledger.errors import PositionLost, from_database
from services.ledger.rows import event_row, receipt_row, record_row
from services.ledger.tables import EVENT, POSITION, RECEIPT, RECORD
from twincity_schemas.topology import records as records_topic
from twincity_schemas.values import Domain

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_FIRST = 0


class Ledger:
    """The ledger's database; safe to call from several threads.

    Every method raises a ``LedgerError``: ``Transient`` where a repetition may
    succeed. A write that raised has written nothing.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._writing = for_writing(engine)
        self._reading = for_reading(engine)
        self._place = place
        self._insert = _INSERT[engine.dialect.name]

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """Connect, and create what is missing unless told otherwise.

        Args:
            url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.
            create: whether a missing file and missing tables are made; who only
                reads must not leave an empty ledger behind.

        Raises:
            WrongAddress: it is another kind of address, or nothing is there.
            Transient: nobody answers there.
            SchemaMismatch: there are tables of another release, or none.
        """
        return cls(*connect(url, create=create))

    def close(self) -> None:
        """Close every connection; whoever asks again opens another."""
        self._engine.dispose()

    # --- writing --------------------------------------------------------------

    def write(
        self,
        rows: Sequence[LedgerEntry],
        written: Mapping[tuple[str, int], int] = MappingProxyType({}),
    ) -> int:
        """Write a batch and its offsets as one; gives how many were new.

        Args:
            rows: the batch.
            written: the position up to which each place is known to be written.

        Raises:
            Transient: the database does not answer; write the batch again.
            PositionLost: it holds less than was written, as a copy does that takes
                over before it has everything. To write on would leave a gap.
        """
        if not rows:
            return 0
        with self._speaking(), self._writing.begin() as connection:
            return self._write(connection, rows, written)

    def _write(
        self,
        connection: Connection,
        rows: Sequence[LedgerEntry],
        written: Mapping[tuple[str, int], int],
    ) -> int:
        positions = self._lock(connection, sorted({row.place for row in rows}))
        for place, position in positions.items():
            if position < written.get(place, _FIRST):
                topic, partition = place
                raise PositionLost(
                    f"{self._place} ends at {topic}/{partition}@{position}, where "
                    f"{written[place]} was written: an older copy took its place "
                    "数据库位置倒退，疑为旧副本接管"
                )
        fresh = []
        for row in sorted(rows, key=lambda row: (row.place, row.offset)):
            if row.offset >= positions[row.place]:
                fresh.append(row)
                positions[row.place] = row.offset + 1
        if fresh:
            self.keep(connection, fresh)
            self._move_on(connection, positions)
        return len(fresh)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes: for :mod:`services.ledger.refused_rows`."""
        with self._speaking(), self._writing.begin() as connection:
            yield connection

    def keep(
        self,
        connection: Connection,
        rows: Sequence[LedgerEntry],
        *,
        latest: bool = True,
    ) -> None:
        """Write rows, whatever the positions are.

        Args:
            connection: of a transaction that writes.
            rows: that are not there.
            latest: whether they are the latest values of their keys.
        """
        connection.execute(EVENT.insert(), [event_row(row) for row in rows])
        self._give_receipts(connection, rows)
        if latest:
            self._keep_latest(connection, rows)

    def pass_over(self, connection: Connection, row: LedgerEntry) -> bool:
        """Move a position past a row; returns whether it was not past it before."""
        positions = self._lock(connection, [row.place])
        if row.offset < positions[row.place]:
            return False
        self._move_on(connection, {row.place: row.offset + 1})
        return True

    def _lock(
        self, connection: Connection, places: Sequence[tuple[str, int]]
    ) -> dict[tuple[str, int], int]:
        """Hold the positions until the commit.

        In one order, so that two writers never wait for each other. A row has
        to be there to be held: two writers may both be a partition's first.
        """
        connection.execute(
            self._insert(POSITION).on_conflict_do_nothing(),
            [
                {"topic": topic, "partition": partition, "next_offset": _FIRST}
                for topic, partition in places
            ],
        )
        place = tuple_(POSITION.c.topic, POSITION.c.partition)
        held = connection.execute(
            select(POSITION)
            .where(place.in_(places))
            .order_by(POSITION.c.topic, POSITION.c.partition)
            .with_for_update()  # SQLite: BEGIN IMMEDIATE holds the whole file
        )
        return {(row.topic, row.partition): row.next_offset for row in held}

    def _give_receipts(
        self, connection: Connection, rows: Sequence[LedgerEntry]
    ) -> None:
        receipts = [receipt_row(row, row.receipt) for row in rows if row.receipt]
        if receipts:
            insert = self._insert(RECEIPT)
            again = insert.on_conflict_do_update(
                index_elements=["inbox_topic", "inbox_partition", "inbox_offset"],
                set_={"copies": RECEIPT.c.copies + 1},
            )
            connection.execute(again, receipts)

    def _keep_latest(self, connection: Connection, rows: Sequence[LedgerEntry]) -> None:
        latest = {
            (row.topic, row.key): row
            for row in rows
            if row.kind in (EntryKind.RECORD, EntryKind.TOMBSTONE)
        }
        gone = [
            place for place, row in latest.items() if row.kind is EntryKind.TOMBSTONE
        ]
        if gone:
            place = tuple_(RECORD.c.topic, RECORD.c.key)
            connection.execute(delete(RECORD).where(place.in_(gone)))
        records = [
            record_row(row) for row in latest.values() if row.kind is EntryKind.RECORD
        ]
        if records:
            self._upsert(connection, RECORD, records)

    def _move_on(
        self, connection: Connection, positions: dict[tuple[str, int], int]
    ) -> None:
        self._upsert(
            connection,
            POSITION,
            [
                {"topic": topic, "partition": partition, "next_offset": following}
                for (topic, partition), following in positions.items()
            ],
        )

    def _upsert(
        self, connection: Connection, table: Any, rows: list[dict[str, Any]]
    ) -> None:
        insert = self._insert(table)
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=list(table.primary_key.columns),
                set_={
                    column.name: insert.excluded[column.name]
                    for column in table.columns
                    if not column.primary_key
                },
            ),
            rows,
        )

    # --- asking ---------------------------------------------------------------

    def positions(self) -> dict[tuple[str, int], int]:
        """The next offset to be read, by topic and partition."""
        return {
            (r.topic, r.partition): r.next_offset for r in self._ask(select(POSITION))
        }

    def trace(self, subject: str) -> list[Traced]:
        """Returns who said what about a subject when, and what it became.

        Statements with their receipts, what was refused, and the records, in
        the order of :func:`services.ledger.answers.in_order`.
        """
        rows = self._ask(questions.trace(subject))
        return in_order(
            Traced(**_mapped(row, kind=EntryKind(row.kind))) for row in rows
        )

    def receipts_of(self, subject: str) -> list[GivenReceipt]:
        """Every receipt of a statement about a subject, in the inboxes' order."""
        rows = self._ask(questions.receipts(subject))
        return [GivenReceipt(**_mapped(row)) for row in rows]

    def records(
        self,
        topic: str | None = None,
        *,
        domain: Domain | None = None,
        party: str | None = None,
        key: str | None = None,
    ) -> list[LatestRecord]:
        """The latest record of each key, by topic and key.

        Args:
            topic: only of this topic.
            domain: only of this domain's topic.
            party: only about subjects with this member.
            key: only of this key.
        """
        query = select(*(RECORD.c[name] for name in LatestRecord.__slots__))
        if topic is not None:
            query = query.where(RECORD.c.topic == topic)
        if domain is not None:
            query = query.where(RECORD.c.topic == records_topic(domain))
        if party is not None:
            query = query.where(
                RECORD.c.members.contains(f".{party}.", autoescape=True)
            )
        if key is not None:
            query = query.where(RECORD.c.key == storable(key))
        rows = self._ask(query.order_by(RECORD.c.topic, RECORD.c.key))
        return [LatestRecord(**_mapped(row)) for row in rows]

    def counts(self) -> LedgerCounts:
        """Returns how much there is, and whether every statement has its receipt."""
        number, verdict = func.count(), RECEIPT.c.verdict
        with self._speaking(), self._reading.connect() as connection:
            kinds = _tally(
                connection, select(EVENT.c.kind, number).group_by(EVENT.c.kind)
            )
            verdicts = _tally(connection, select(verdict, number).group_by(verdict))
            records = connection.scalar(select(number).select_from(RECORD))
            repeated = connection.scalar(
                select(number).select_from(RECEIPT).where(RECEIPT.c.copies > 1)
            )
            unmatched = connection.execute(questions.unmatched()).all()
        return LedgerCounts(
            statements=kinds.get(EntryKind.STATEMENT, 0),
            verdicts=verdicts,
            records=records or 0,
            unreadable=kinds.get(EntryKind.UNREADABLE, 0),
            repeated_receipts=repeated or 0,
            unmatched=tuple(Unmatched(*row) for row in unmatched),
        )

    def count(self, query: Select[Any]) -> int:
        """Returns how many rows a query gives."""
        [[number]] = self._ask(select(func.count()).select_from(query.subquery()))
        return int(number)

    def _ask(self, query: Any) -> Sequence[Any]:
        with self._speaking(), self._reading.connect() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn an error of the database into one that knows its fate."""
        try:
            yield
        except SQLAlchemyError as error:
            raise from_database(error, self._place) from None


def _tally(connection: Connection, query: Select[tuple[Any, int]]) -> dict[str, int]:
    return {str(name): number for name, number in connection.execute(query)}


def _mapped(row: Any, **instead: Any) -> dict[str, Any]:
    return {**row._mapping, **instead}  # noqa: SLF001  SQLAlchemy's public name
