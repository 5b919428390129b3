"""The ledger's tables, the same on SQLite and PostgreSQL.

JSON stands as text, exactly as it was published: PostgreSQL's ``json`` and
``jsonb`` refuse numbers and escapes that other readers accept, and ``jsonb``
writes a document anew, so that its digest is lost. There, ``record.document`` is
the same as ``jsonb``, or null: see :mod:`services.ledger.views`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from typing_extensions import override

METADATA = MetaData()


class Utc(TypeDecorator[datetime]):
    """A point in time; SQLite keeps no zone, so it is UTC on both."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # psycopg's zone is UTC by another name; SQLite gives none.
        return datetime.combine(value.date(), value.time(), UTC)


EVENT = Table(
    "event",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("id", String),
    Column("source", String),
    Column("party", String),
    Column("type", String),
    Column("subject", String),
    Column("time", Utc),
    Column("correlation", String),
    Column("causation", String),
    Column("data", Text),
    Column("raw", LargeBinary),
    Column("reason", Text),
    Index("event_subject", "subject", "time"),
    Index("event_correlation", "correlation"),
    Index("event_source_id", "source", "id"),
)
"""Everything that was read, at the position it was read from."""

RECORD = Table(
    "record",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("type", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("members", String, nullable=False),
    Column("data", Text, nullable=False),
    Column("event", String, nullable=False),
    Column("time", Utc, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Index("record_subject", "subject"),
)
"""The read model: the latest value of each key, until a tombstone.

``members`` is ``.chengdu.deyang.``, so that a party is found between dots.
"""

RECEIPT = Table(
    "receipt",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("inbox_topic", String, nullable=False),
    Column("inbox_partition", Integer, nullable=False),
    Column("inbox_offset", BigInteger, nullable=False),
    Column("verdict", String, nullable=False),
    Column("statement", String),
    Column("source", String),
    Column("subject", String),
    Column("problems", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("copies", Integer, nullable=False),
    UniqueConstraint("inbox_topic", "inbox_partition", "inbox_offset"),
    Index("receipt_subject", "subject"),
    Index("receipt_source_statement", "source", "statement"),
)
"""What became of each message of an inbox. ``copies`` is 1; more would mean
that admission gave a message several receipts, and must not go unseen."""

POSITION = Table(
    "position",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)
"""Up to where each partition is written; the truth, rather than Kafka's group."""

DEAD_LETTER = Table(
    "dead_letter",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("subject", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("tried", Integer, nullable=False),
    Column("discard", Text),
)
"""What was read and the database refused: its position is passed, its row is not
there. Its letter lies in Kafka until it is written or given up. ``discard`` is a
decision to give it up that a second person has not confirmed yet."""
