"""What the topics hold, read committed: a private SQLite that ends with the process.

SQLite keeps a nameless database in memory and moves what does not fit to a
temporary file, so that a long history costs disk. It is made anew from the topics
at every start; nothing has to be kept, repaired or migrated.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.gateway.cursor import Cursor
from services.gateway.dispatchlist import DispatchList
from services.gateway.entrylist import EntryList
from services.gateway.eventtable import (
    COLUMNS,
    MARKS,
    NAMES,
    EventTable,
    row_of_columns,
)
from services.gateway.matterlist import MatterList
from services.gateway.matters import matters
from services.gateway.projectlist import ProjectList
from services.gateway.rows import Filter, Row
from services.gateway.standings import (
    Decided,
    DispatchLine,
    Header,
    Month,
    Paired,
    PublishedEntry,
    standing,
)
from services.rules.families import Family
from twincity_schemas.words import Words

_LATEST = (Family.RECORD, Family.CANDIDATES)
_STREAMED = (Family.RECORD, Family.RECEIPT, Family.NOTICE)

_UNIT = "twincity.standing.recorded.v1"

MOST_SUPERSEDED = 100_000
"""Earlier records that are kept for those who resume; beyond, the oldest go, as
they go from a compacted topic."""


class View(EventTable):
    """Events by place, by key and in the order in which they were read.

    Attributes:
        matters: what needs someone, over all subjects.
        projects: how every project stands.
        entries: how every entry of an opportunity list is paired.
        dispatches: the projects and decisions of every dispatch.
    """

    def __init__(self, most_superseded: int = MOST_SUPERSEDED) -> None:
        super().__init__()
        self.matters = MatterList(self._database)
        self.projects = ProjectList(self._database)
        self.entries = EntryList(self._database)
        self.dispatches = DispatchList(self._database)
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
            values = [getattr(row, name) for name in COLUMNS]
            done = run(
                f"insert or ignore into event ({NAMES}) values ({MARKS})",
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
            self._list(row)
        self._forget()
        run("commit")
        return taken

    def _list(self, row: Row) -> None:
        """Keep what pages list over all subjects."""
        key = f"{row.topic}|{row.key}"
        match row.family:
            case Family.RECORD:
                if self._is_of_now(row):
                    self.matters.put(key, row.matters, row.domain, row.recorded)
                else:
                    self.matters.forget(key)
            case Family.NOTICE:  # the latest about a statement counts
                key = f"{row.topic}|notice|{row.about}"
                self.matters.put(key, row.matters, "", row.recorded)
            case Family.RECEIPT:  # mended and said again, it is rejected no more
                key = f"{row.topic}|receipt|{row.about if row.subject else row.key}"
                self.matters.put(key, row.matters, "", row.recorded)
            case Family.STATEMENT if isinstance(row.standing, PublishedEntry):
                self.entries.publish(row.subject, row.standing)
            case _:
                pass

    def _is_of_now(self, row: Row) -> bool:
        """Keep how projects stand; False of a month that a later one has followed."""
        match row.standing:
            case Header() as header:
                self.projects.describe(row, header)
            case Month() as month:
                if not self.projects.report(row.subject, month):
                    return False
                self.matters.before(row.subject, month.period)
            case Paired() as paired:
                self.entries.pair(row.subject, paired)
            case DispatchLine() | Decided() as part:
                self.dispatches.put(row.key, part)
            case None if row.value is None:
                self._take_back(row)
            case _:
                pass
        return True

    def _take_back(self, row: Row) -> None:
        subject, _, part = row.key.partition("#")
        self.dispatches.forget(row.key)
        if not part:
            self.projects.forget(subject)
            self.entries.forget(subject)
        elif part.startswith("progress/"):
            self.projects.unreport(subject, part.partition("/")[2])
            for other in self.of_subject(subject):
                self._list(
                    replace(
                        other,
                        matters=matters(subject, other.data),
                        standing=standing(other.data),
                    )
                )

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
        """Returns what became of the message at a place of an inbox, ``topic/0/7``."""
        return self._one("place = ? and place <> ''", place)

    def accepted(self, topic: str, word: bytes) -> list[dict[str, Any]]:
        """Returns the receipts of accepted statements that have a word, in order."""
        rows = self._rows(
            "topic = ? and state = 'accepted' and instr(value, ?) "
            "order by partition, offset", topic, word,
        )  # fmt: skip
        return [json.loads(row.value or b"{}") for row in rows]

    def page(self, wanted: Filter, after: str, limit: int) -> list[Row]:
        """Present events by key and place, from after a cursor (``place_of``)."""
        condition, parameters = wanted.sql()
        key, topic, offset = split_place(after)
        return list(
            self._rows(
                f"current and {condition} and (key, topic, offset) > (?, ?, ?) "
                "order by key, topic, offset limit ?",
                *parameters, key, topic, offset, limit,
            )
        )  # fmt: skip

    def parts(
        self, subject: str, type_: str, limit: int = -1, skip: int = 0
    ) -> list[Row]:
        """The present records of one type of a subject's parts, in their order.

        Args:
            subject: whose parts.
            type_: of the events.
            limit: most of them; −1: all.
            skip: so many of the first.
        """
        return list(
            self._rows(
                "current and subject = ? and type = ? and +family = ? "
                "order by key limit ? offset ?",
                subject, type_, Family.RECORD, limit, skip,
            )
        )  # fmt: skip

    def units(
        self, board: str, unit: str = "", limit: int = -1, skip: int = 0
    ) -> list[Row]:
        """The units of a board by sequence and rank; one alone where it is asked for.

        Args:
            board: which one.
            unit: its code; "" for all.
            limit: most of them; −1: all.
            skip: so many of the first.
        """
        return list(
            self._rows(
                "current and subject = ? and type = ? and +family = ? "
                "and ? in ('', cast(value as text) ->> '$.unit') "
                "order by cast(value as text) ->> '$.sequence', "
                "cast(value as text) ->> '$.closed.rank' is null, "
                "cast(value as text) ->> '$.closed.rank', key limit ? offset ?",
                board, _UNIT, Family.RECORD, unit, limit, skip,
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

    def statements(self, id_: str) -> list[Row]:
        """Returns the statements under an identifier: one party's, or each one's."""
        return list(self._rows("id = ? and family = 'statement' order by seq", id_))

    def title(self, subject: str) -> Words | None:
        """Returns a subject's name by its present record; None where it has none."""
        row = self._database.execute(
            "select title, title_en from event "
            "where key = ? and current and title <> '' and family = ? limit 1",
            (subject, Family.RECORD),
        ).fetchone()
        return Words(*row) if row else None

    def headers(
        self, kind: str, limit: int, skip: int = 0, party: str = "", *, newest: bool
    ) -> list[Row]:
        """The present headers of a kind of subject, by identifier.

        Args:
            kind: such as ``dispatch``.
            limit: most of them.
            skip: so many of the first.
            party: a member of each; "": whoever.
            newest: whether the last identifier comes first.
        """
        order, among = "desc" if newest else "asc", f".{party}." if party else ""
        return list(self._rows(
            "kind = ? and family = 'record' and current and title <> '' "
            f"and instr(parties, ?) order by key {order} limit ? offset ?",
            kind, among, limit, skip,
        ))  # fmt: skip

    def due(self) -> list[str]:
        """Returns what is open by each present record, JSON."""
        rows = self._database.execute(
            "select due from event where current and due is not null"
        )
        return [text for (text,) in rows]

    def latest_moment(self) -> datetime:
        """Returns when the last statement was recorded: what time it is in a story."""
        row = self._database.execute(
            "select recorded from event where family = 'statement' "
            "order by recorded desc limit 1"
        ).fetchone()
        return datetime.fromisoformat(row[0]) if row else datetime.now(UTC)

    def first_after(self, cursor: Cursor) -> int:
        """The number before that of the first event past a position."""
        sequences = [
            self._database.execute(
                "select min(seq) from event "
                "where topic = ? and partition = ? and offset >= ?",
                (topic, partition, offset),
            ).fetchone()[0]
            for (topic, partition), offset in cursor.following.items()
        ]
        return min((n for n in sequences if n is not None), default=self.last + 1) - 1

    def streamed(
        self, after: int, limit: int, *, present: bool, since: str = ""
    ) -> list[tuple[int, Row]]:
        """Events of the streamed topics in the order in which they were read.

        Args:
            after: the number of the last one that was given.
            limit: most events.
            present: without those that later ones have superseded.
            since: the first ``recordedtime``; what was removed has none, and is told.
        """
        marks = ",".join("?" * len(_STREAMED))
        rows = self._database.execute(
            f"select seq, {NAMES} from event where seq > ? and family in ({marks})"
            " and (value is null or recorded >= ?)"
            f"{' and current' if present else ''} order by seq limit ?",
            (after, *_STREAMED, since, limit),
        )
        return [(seq, row_of_columns(columns)) for seq, *columns in rows]


def place_of(row: Row) -> str:
    """A row's place in the order of pages."""
    return f"{row.offset}|{row.topic}|{row.key}"


def split_place(text: str) -> tuple[str, str, int]:
    """Key, topic and offset; a plain key stands before all that has it."""
    parsed = re.fullmatch(r"([0-9]{1,18})\|([^|]*)\|(.*)", text, re.DOTALL)
    return (parsed[3], parsed[2], int(parsed[1])) if parsed else (text, "", -1)
