"""The table of events, and questions about what was said, received, came last."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from services.gateway.rows import Row
from services.rules.families import Family

TABLE = """
create table event (
  seq integer primary key, current integer not null default 1,
  topic text not null, partition integer not null, offset integer not null,
  family text not null, key text not null, type text not null,
  subject text not null, kind text not null, parties text not null,
  domain text not null, state text not null, place text not null,
  recorded text not null, id text not null, title text not null,
  title_en text not null, due text, attributes blob not null, value blob
);
create unique index by_place on event (topic, partition, offset);
create index by_key on event (key, topic) where current;
create index by_family on event (family, key) where current;
create index by_subject on event (subject, type);
create index by_statement on event (id) where family = 'statement';
create index by_recorded on event (recorded) where family = 'statement';
create index by_kind on event (kind, key)
  where family = 'record' and current and title <> '';
create index by_receipt on event (place) where place <> '';
create index by_verdict on event (topic, state, offset) where family = 'receipt';
create index by_due on event (due) where current and due is not null;
create index superseded on event (seq) where not current;
"""
COLUMNS = (
    "topic", "partition", "offset", "family", "key", "type", "subject", "kind",
    "parties", "domain", "state", "place", "recorded", "id", "title", "title_en",
    "due", "attributes", "value",
)  # fmt: skip
NAMES = ", ".join(COLUMNS)
MARKS = ", ".join("?" * len(COLUMNS))
_LOOKED_AT = 20_000
"""Events among which the last ones of a party are looked for."""


class EventTable:
    """Events in a nameless database of SQLite's, which ends with the process."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript("pragma journal_mode=off;" + TABLE)

    @property
    def last(self) -> int:
        """The number of the event that was taken in last."""
        newest = self._database.execute("select max(seq) from event").fetchone()[0]
        return newest or 0

    def statements_about(self, subject: str, limit: int, *types: str) -> list[Row]:
        """The last statements about a subject, the newest first; of some types alone.

        All that is said about one subject is in one partition, so in its order.
        """
        among = f"and type in ({','.join('?' * len(types))}) " if types else ""
        return list(
            self._rows(
                f"subject = ? and family = 'statement' {among}"
                "order by seq desc limit ?",
                subject, *types, limit,
            )
        )  # fmt: skip

    def received(
        self, topic: str, verdict: str, limit: int, skip: int = 0
    ) -> list[Row]:
        """The receipts of one party's topic, the newest first; of a verdict, or all."""
        only = "and state = ? " if verdict else ""
        values = (topic, *((verdict,) if verdict else ()), limit, skip)
        return list(
            self._rows(
                f"topic = ? and family = 'receipt' {only}"
                "order by offset desc limit ? offset ?",
                *values,
            )
        )

    def verdicts(self, topic: str) -> dict[str, int]:
        """Returns how many receipts of a topic there are, by verdict."""
        rows = self._database.execute(
            "select state, count(*) from event where topic = ? "
            "and family = 'receipt' group by state",
            (topic,),
        )
        return dict(rows.fetchall())

    def recent(self, families: tuple[Family, ...], party: str, limit: int) -> list[Row]:
        """The last events of some families, the newest first, among the last many.

        Args:
            families: which ones.
            party: whom they concern; "" for everybody.
            limit: most of them.
        """
        marks = ",".join("?" * len(families))
        return list(
            self._rows(
                f"seq > ? and value is not null and family in ({marks}) "
                "and (? = '' or instr(parties, '.' || ? || '.')) "
                "order by seq desc limit ?",
                self.last - _LOOKED_AT, *families, party, party, limit,
            )
        )  # fmt: skip

    def _one(self, condition: str, *values: Any) -> Row | None:
        return next(self._rows(f"{condition} order by seq desc limit 1", *values), None)

    def _rows(self, condition: str, *values: Any) -> Iterator[Row]:
        rows = self._database.execute(
            f"select {NAMES} from event where {condition}",
            values,
        )
        return map(row_of_columns, rows)


def row_of_columns(columns: Iterable[Any]) -> Row:
    """An event, from the values of ``COLUMNS``."""
    named = dict(zip(COLUMNS, columns, strict=True))
    return Row(**named | {"family": Family(named["family"])})
