"""What needs someone, over all subjects.

A table beside the view's events in the same database, kept as the events come, so that
a page costs what it shows and not what there is.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from services.gateway.matters import Matter, Need
from services.gateway.wanted import Wanted
from twincity_schemas.words import Words

OVERDUE = "overdue"
"""Open, and the day that it was due is over."""

ALL = "*"
"""Every party together, in counts."""

MOST_REJECTED = 1_000
"""How many rejected messages are listed at least; older ones are forgotten."""

_TABLE = """
create table matter (
  key text not null, n integer not null, need text not null, subject text not null,
  party text not null, parties text not null, domain text not null,
  unit text not null, kind_zh text not null, kind_en text not null,
  what_zh text not null, what_en text not null, due text not null,
  ends text not null, statement text not null, period text not null,
  recorded text not null
);
create index matter_key on matter (key);
create index matter_need on matter (need, ends, subject);
create index matter_party on matter (party, need, ends);
create index matter_subject on matter (subject);
"""
_COLUMNS = {"party": "party = ?", "domain": "domain = ?", "unit": "unit = ?"}
_SHOWN = (
    "need, subject, parties, unit, kind_zh, kind_en, what_zh, what_en, due, statement, "
    "recorded"
)
_NEWEST_FIRST = (Need.REJECTED, Need.WAITING, Need.WITHOUT_EFFECT)
_UNSAID = "9999-99-99"


class Tasked(NamedTuple):
    """A matter as a page lists it."""

    need: Need
    subject: str
    parties: tuple[str, ...]
    unit: str
    kind: Words
    what: Words
    due: str
    statement: str
    recorded: str


class MatterList:
    """The table, and what pages ask of it.

    Args:
        database: the view's.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        database.executescript(_TABLE)
        self._rejected = 0
        self._run = database.execute

    def put(self, key: str, matters: Iterable[Matter], domain: str, at: str) -> None:
        """Put a key's present matters in the place of its former ones."""
        self._run("delete from matter where key = ?", (key,))
        for matter in matters:
            for n, party in enumerate(matter.parties or ("",)):
                self._run(
                    f"insert into matter values ({','.join('?' * 17)})",
                    (
                        key, n, matter.need, matter.subject, party,
                        "、".join(matter.parties), domain, matter.unit,
                        matter.kind.zh, matter.kind.en, matter.what.zh,
                        matter.what.en, matter.due, _ends(matter.due),
                        matter.statement, matter.period, at,
                    ),
                )  # fmt: skip
                self._rejected += matter.need is Need.REJECTED
        if self._rejected > 2 * MOST_REJECTED:
            self._forget_rejected()

    def _forget_rejected(self) -> None:
        """Leave the newest: nobody mends what is no statement at all."""
        self._run(
            "delete from matter where need = 'rejected' and rowid not in (select rowid "
            "from matter where need = 'rejected' order by recorded desc limit ?)",
            (MOST_REJECTED,),
        )
        self._rejected = MOST_REJECTED

    def before(self, subject: str, period: str) -> None:
        """Forget who was silent in earlier months: a later one tells now."""
        self._run(
            "delete from matter where subject = ? and period <> '' and period < ?",
            (subject, period),
        )

    def forget(self, key: str) -> None:
        """The record of a key is no more."""
        self._run("delete from matter where key = ?", (key,))

    def counts(self, wanted: Wanted, day: str) -> dict[tuple[str, str], int]:
        """Returns how many matters there are, by need and party; overdue ones apart.

        What is several parties' counts once for each, and once under ``ALL``.
        """
        where, parameters = wanted.sql(_COLUMNS)
        rows = self._run(
            "select case when need = 'open' and ends < ? then 'overdue' else need end "
            f"as why, party, count(*), sum(n = 0) from matter where {where} "
            "group by why, party",
            (day, *parameters),
        )
        counts: dict[tuple[str, str], int] = {}
        for need, party, each, once in rows:
            counts[need, party] = each
            total = each if wanted.party else once
            counts[need, ALL] = counts.get((need, ALL), 0) + total
        return counts

    def matters(
        self, need: str, wanted: Wanted, day: str, limit: int, skip: int = 0
    ) -> list[Tasked]:
        """Matters of one need, those due first at the front.

        Args:
            need: one of ``Need``, or ``OVERDUE``.
            wanted: whose, and where.
            day: what falls due before it is overdue.
            limit: most of them.
            skip: so many of the first.
        """
        where, parameters = wanted.sql(_COLUMNS)
        once = "" if wanted.party else " and n = 0"
        late = {OVERDUE: " and ends < ?", Need.OPEN: " and ends >= ?"}.get(need, "")
        order = "recorded desc" if need in _NEWEST_FIRST else "ends, subject, kind_zh"
        stored = Need.OPEN if need == OVERDUE else need
        days = (day,) if late else ()
        rows = self._run(
            f"select {_SHOWN} from matter where need = ? and {where}{once}{late} "
            f"order by {order} limit ? offset ?",
            (stored, *parameters, *days, limit, skip),
        )
        return [_tasked(row) for row in rows]

    def units(self, wanted: Wanted, limit: int) -> list[tuple[str, int]]:
        """The units with the most to do."""
        where, parameters = wanted.sql(_COLUMNS)
        return self._run(
            f"select unit, count(*) as c from matter where unit <> '' and {where} "
            "group by unit order by c desc, unit limit ?",
            (*parameters, limit),
        ).fetchall()

    def of_subject(self, subject: str) -> list[Tasked]:
        """Returns what needs someone about a subject."""
        rows = self._run(
            f"select {_SHOWN} from matter where subject = ? and n = 0 "
            "order by ends, need",
            (subject,),
        )
        return [_tasked(row) for row in rows]


def _tasked(row: tuple[str, ...]) -> Tasked:
    need, subject, parties, unit, kind_zh, kind_en, zh, en, *rest = row
    who = tuple(parties.split("、")) if parties else ()
    kind, what = Words(kind_zh, kind_en), Words(zh, en)
    return Tasked(Need(need), subject, who, unit, kind, what, *rest)


def _ends(due: str) -> str:
    """The last day that a partial date may mean, to compare by."""
    return f"{due}{_UNSAID[len(due) :]}" if due else _UNSAID
