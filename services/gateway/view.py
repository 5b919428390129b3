"""What the topics hold, read committed: a private SQLite that ends with the process.

SQLite keeps a nameless database in memory and moves what does not fit to a
temporary file, so that a long history costs disk. It is made anew from the topics
at every start; nothing has to be kept, repaired or migrated.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from services.gateway.cursor import Cursor
from services.gateway.rows import Family, Filter, Row

_TABLE = """
create table event (
  seq integer primary key, current integer not null default 1,
  topic text not null, partition integer not null, offset integer not null,
  family text not null, key text not null, type text not null,
  subject text not null, kind text not null, parties text not null,
  domain text not null, state text not null, place text not null,
  recorded text not null, due text, attributes blob not null, value blob
);
create unique index by_place on event (topic, partition, offset);
create index by_key on event (key, topic) where current;
create index by_family on event (family, key) where current;
create index by_subject on event (subject);
create index by_receipt on event (place) where place <> '';
create index by_due on event (due) where current and due is not null;
create index superseded on event (seq) where not current;
"""
_COLUMNS = (
    "topic", "partition", "offset", "family", "key", "type", "subject", "kind",
    "parties", "domain", "state", "place", "recorded", "due", "attributes", "value",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_MARKS = ", ".join("?" * len(_COLUMNS))
_LATEST = (Family.RECORD, Family.CANDIDATES)
_STREAMED = (Family.RECORD, Family.RECEIPT, Family.NOTICE)

MOST_SUPERSEDED = 100_000
"""Earlier records that are kept for those who resume; beyond, the oldest go, as
they go from a compacted topic."""


class View:
    """Events by place, by key and in the order in which they were read."""

    def __init__(self, most_superseded: int = MOST_SUPERSEDED) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript("pragma journal_mode=off;" + _TABLE)
        self._most_superseded = most_superseded
        self._superseded = 0

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def take(self, rows: Iterable[Row]) -> list[tuple[int, Row]]:
        """Take events in, at once; gives each that is new its number."""
        run = self._database.execute
        taken = []
        run("begin")
        for row in rows:
            values = [getattr(row, name) for name in _COLUMNS]
            done = run(
                f"insert or ignore into event ({_NAMES}) values ({_MARKS})",
                values,
            )
            if not done.rowcount or done.lastrowid is None:
                continue
            seq = done.lastrowid
            taken.append((seq, row))
            if row.family in _LATEST:
                self._superseded += run(
                    "update event set current = 0 "
                    "where key = ? and topic = ? and current and seq < ?",
                    (row.key, row.topic, seq),
                ).rowcount
                if row.value is None:
                    run("update event set current = 0 where seq = ?", (seq,))
                    self._superseded += 1
        self._forget()
        run("commit")
        return taken

    def _forget(self) -> None:
        if (over := self._superseded - self._most_superseded) > 0:
            self._superseded -= self._database.execute(
                "delete from event where seq in "
                "(select seq from event where not current order by seq limit ?)",
                (over,),
            ).rowcount

    def latest(self, key: str) -> Row | None:
        """The present record of a key."""
        return self._one("key = ? and current and family = ?", key, Family.RECORD)

    def at(self, topic: str, key: str) -> Row | None:
        """The present record of a key on one topic."""
        return self._one("key = ? and topic = ? and current", key, topic)

    def receipt(self, place: str) -> Row | None:
        """What became of the message at a place of an inbox, ``topic/0/7``."""
        return self._one("place = ? and place <> ''", place)

    def page(self, wanted: Filter, after: str, limit: int) -> list[Row]:
        """Present events by key and place, from after a cursor (``place_of``)."""
        condition, given = wanted.sql()
        key, topic, offset = split_place(after)
        return list(
            self._rows(
                f"current and {condition} and (key, topic, offset) > (?, ?, ?) "
                "order by key, topic, offset limit ?",
                *given, key, topic, offset, limit,
            )
        )  # fmt: skip

    def of_subject(self, subject: str) -> list[Row]:
        """The present records of a subject and of its parts."""
        return list(
            self._rows(
                "current and subject = ? and +family = ? order by key, topic",
                subject, Family.RECORD,
            )
        )  # fmt: skip

    def trace(self, subject: str, skip: int, limit: int) -> list[Row]:
        """Everything about a subject: what was said when, what it became."""
        return list(
            self._rows(
                "subject = ? and value is not null and family <> 'candidates' "
                "order by recorded, case family when 'statement' then 0 "
                "when 'receipt' then 1 when 'record' then 2 else 3 end, "
                "topic, partition, offset limit ? offset ?",
                subject, limit, skip,
            )
        )  # fmt: skip

    def due(self) -> list[str]:
        """What is open by each present record, JSON."""
        found = self._database.execute(
            "select due from event where current and due is not null"
        )
        return [text for (text,) in found]

    @property
    def last(self) -> int:
        """The number of the event that was taken in last."""
        found = self._database.execute("select max(seq) from event").fetchone()[0]
        return found or 0

    def first_after(self, cursor: Cursor) -> int:
        """The number before that of the first event past a position."""
        found = [
            self._database.execute(
                "select min(seq) from event "
                "where topic = ? and partition = ? and offset >= ?",
                (topic, partition, offset),
            ).fetchone()[0]
            for (topic, partition), offset in cursor.following.items()
        ]
        return min((seq for seq in found if seq is not None), default=self.last + 1) - 1

    def streamed(
        self, after: int, limit: int, *, present: bool
    ) -> list[tuple[int, Row]]:
        """Events of the streamed topics in the order in which they were read.

        Args:
            after: the number of the last one that was given.
            limit: most events.
            present: without those that later ones have superseded.
        """
        marks = ",".join("?" * len(_STREAMED))
        found = self._database.execute(
            f"select seq, {_NAMES} from event where seq > ? and family in ({marks})"
            f"{' and current' if present else ''} order by seq limit ?",
            (after, *_STREAMED, limit),
        )
        return [(seq, _row(columns)) for seq, *columns in found]

    def _one(self, condition: str, *given: Any) -> Row | None:
        return next(self._rows(f"{condition} order by seq desc limit 1", *given), None)

    def _rows(self, condition: str, *given: Any) -> Iterator[Row]:
        found = self._database.execute(
            f"select {_NAMES} from event where {condition}",
            given,
        )
        return map(_row, found)


def _row(columns: Iterable[Any]) -> Row:
    named = dict(zip(_COLUMNS, columns, strict=True))
    return Row(**named | {"family": Family(named["family"])})


def place_of(row: Row) -> str:
    """A row's place in the order of pages."""
    return f"{row.offset}|{row.topic}|{row.key}"


def split_place(text: str) -> tuple[str, str, int]:
    """Key, topic and offset; a plain key stands before all that has it."""
    found = re.fullmatch(r"([0-9]{1,18})\|([^|]*)\|(.*)", text, re.DOTALL)
    return (found[3], found[2], int(found[1])) if found else (text, "", -1)
