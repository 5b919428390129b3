"""How every entry of the opportunity lists is paired: tables beside the view's events.

Kept as the events come. What an entry is about its owner's statement says, what it is
paired with its record; they come by two topics, in any order.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from services.gateway.standings import Paired, PublishedEntry
from services.gateway.wanted import Wanted
from twincity_schemas.pairing_record import PairStatus
from twincity_schemas.values import Subject

UNPAIRED, WITHDRAWN = "unpaired", "withdrawn"
STATES = (*map(str, PairStatus), UNPAIRED, WITHDRAWN)
"""Of an entry: what its pairs and offers have come to, or that it has no pair."""

_TABLE = """
create table entry (
  subject text primary key, known integer not null default 0,
  pool text not null default '', title text not null default '',
  direction text not null default '', need text not null default '',
  owner text not null default '', states text not null default '',
  score integer not null default 0, unit text not null default '',
  project text not null default ''
);
create index entry_pool on entry (pool, score desc, subject);
create index entry_owner on entry (owner, score desc, subject);
create index entry_score on entry (score desc, subject);
create index entry_project on entry (project) where project <> '';
create table pair (
  entry text not null, other text not null, pool text not null,
  direction text not null, need text not null, owner text not null,
  other_owner text not null, status text not null, score integer not null,
  offer integer not null, answer_by text not null
);
create index pair_entry on pair (entry);
create index pair_answer on pair (answer_by) where answer_by <> '';
create index pair_pool on pair (pool) where not offer;
"""
_COLUMNS = {
    "party": "owner = ?",
    "unit": "unit = ?",
    "pool": "pool = ?",
    "state": "instr(states, '.' || ? || '.')",
    "direction": "direction = ?",
    "project": "project = ?",
    "text": "instr(lower(title || ' ' || subject), lower(?))",
}
SORTS = {
    "score": "score desc, subject",
    "name": "title, subject",
}


class ListedEntry(NamedTuple):
    """An entry as a list shows it; its pairs are in its record."""

    subject: str
    pool: str
    title: str
    direction: str
    need_type: str
    owner: str
    states: tuple[str, ...]
    score: int
    unit: str


class Awaited(NamedTuple):
    """A pair that one owner took up and the other has not answered.

    Attributes:
        entry: whose owner has to answer.
        other: whose owner took it up.
        whose: the party that has to answer.
        by: the party that took it up.
    """

    entry: str
    other: str
    whose: str
    by: str
    score: int
    answer_by: str


class EntryList:
    """The tables, and what pages ask of them.

    Args:
        database: the view's.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        database.executescript(_TABLE)
        self._run = database.execute

    def publish(self, subject: str, entry: PublishedEntry) -> None:
        """Its owner says an entry, or says it anew."""
        self._there(subject)
        self._run(
            "update entry set unit = ?, project = ? where subject = ?",
            (entry.unit, entry.project, subject),
        )

    def pair(self, subject: str, paired: Paired) -> None:
        """Its record tells what an entry is paired with now."""
        self._there(subject)
        agreed = [pair for pair in paired.pairs if not pair.offer]
        self._run(
            "update entry set known = 1, pool = ?, title = ?, direction = ?, "
            "need = ?, owner = ?, states = ?, score = ? where subject = ?",
            (
                paired.pool, paired.title, paired.direction, paired.need_type,
                _owner(subject), f".{'.'.join(_states(paired))}.",
                max((pair.score for pair in agreed), default=0), subject,
            ),
        )  # fmt: skip
        self._unpair(subject)
        for pair in paired.pairs:
            self._run(
                f"insert into pair values ({','.join('?' * 11)})",
                (
                    subject, pair.other,
                    paired.pool, paired.direction, paired.need_type,
                    _owner(subject), _owner(pair.other), pair.status, pair.score,
                    pair.offer, pair.answer_by,
                ),
            )  # fmt: skip

    def forget(self, subject: str) -> None:
        """The entry's record is no more."""
        self._run("update entry set known = 0 where subject = ?", (subject,))
        self._unpair(subject)

    def _there(self, subject: str) -> None:
        self._run("insert or ignore into entry (subject) values (?)", (subject,))

    def _unpair(self, subject: str) -> None:
        self._run("delete from pair where entry = ?", (subject,))

    def entries(
        self, wanted: Wanted, sort: str, limit: int, skip: int = 0
    ) -> list[ListedEntry]:
        """Entries as asked for, in an order of ``SORTS``."""
        where, parameters = wanted.sql(_COLUMNS)
        rows = self._run(
            "select subject, pool, title, direction, need, owner, states, score, unit "
            f"from entry where known and {where} "
            f"order by {SORTS[sort]} limit ? offset ?",
            (*parameters, limit, skip),
        )
        return [
            ListedEntry(*row)._replace(states=tuple(row[6].strip(".").split(".")))
            for row in rows
        ]

    def counts(self, wanted: Wanted) -> dict[str, int]:
        """Returns how many entries asked for are in each state, and in all (``""``)."""
        where, parameters = wanted.sql(_COLUMNS)
        sums = ", ".join(f"sum(instr(states, '.{state}.') > 0)" for state in STATES)
        rows = self._run(
            f"select count(*), {sums} from entry where known and {where}", parameters
        ).fetchone()
        return dict(zip(("", *STATES), (n or 0 for n in rows), strict=True))

    def pools(self) -> list[str]:
        """The lists that there are, the newest name first."""
        rows = self._run(
            "select distinct pool from entry where known order by pool desc"
        )
        return [pool for (pool,) in rows]

    def flows(self, pool: str) -> Counter[tuple[str, str, str]]:
        """A pool's pairs by the demand's owner, its need, and the supply's owner."""
        rows = self._run(
            "select owner, need, other_owner, count(*) from pair where pool = ? "
            "and not offer and direction = 'demand' group by 1, 2, 3",
            (pool,),
        )
        return Counter({(a, need, b): count for a, need, b, count in rows})

    def awaited(self, wanted: Wanted, limit: int) -> list[Awaited]:
        """Returns who has to answer to a pair, those due first at the front.

        Args:
            wanted: of a party, where it has to answer or waits; of a unit's entries.
            limit: most of them.
        """
        # Both entries tell a pair: it is taken from whose owner has to answer.
        where, parameters = wanted.sql(
            {
                "party": "? in (owner, other_owner)",
                "pool": "pool = ?",
                "unit": "exists (select 1 from entry where unit = ? "
                "and subject in (p.entry, p.other))",
            }
        )
        rows = self._run(
            "select entry, other, owner, other_owner, score, answer_by from pair p "
            "where answer_by <> '' and (direction, status) in "
            "(('demand', 'accepted-by-supply'), ('supply', 'accepted-by-demand')) "
            f"and {where} order by answer_by, entry, other limit ?",
            (*parameters, limit),
        )
        return [Awaited(*row) for row in rows]

    def units(self, wanted: Wanted, limit: int) -> Mapping[str, int]:
        """The units with the most entries."""
        where, parameters = wanted.sql(_COLUMNS)
        return dict(
            self._run(
                "select unit, count(*) as c from entry where unit <> '' and known "
                f"and {where} group by unit order by c desc, unit limit ?",
                (*parameters, limit),
            ).fetchall()
        )


def _owner(entry: str) -> str:
    return Subject.parse(entry).members[0]


def _states(paired: Paired) -> list[str]:
    states = dict.fromkeys(pair.status for pair in paired.pairs)
    if not paired.open:
        states[WITHDRAWN] = None
    elif all(pair.offer for pair in paired.pairs):
        states[UNPAIRED] = None
    return list(states)
