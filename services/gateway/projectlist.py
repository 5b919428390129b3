"""How every project stands: a table beside the view's events, kept as they come."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from services.gateway.rows import Row
from services.gateway.standings import Header, Month
from services.gateway.wanted import Wanted
from twincity_schemas.decimals import plain
from twincity_schemas.words import Words

_TABLE = """
create table project (
  subject text primary key, known integer not null default 0,
  title text not null default '', title_en text not null default '',
  parties text not null default '', domain text not null default '',
  item_class text not null default '', agreement text not null default '',
  phase text not null default '', disputed integer not null default 0,
  open_parts integer not null default 0, period text not null default '',
  light text not null default '', known_period text not null default '',
  plan text not null default '', invested text not null default '',
  rate text not null default '', lead text not null default '', lead_n real
);
create table project_month (
  subject text not null, period text not null, light text not null,
  plan text not null, invested text not null, rate text not null, lead text not null,
  primary key (subject, period)
) without rowid;
create index project_lead on project (lead_n, subject);
create index project_title on project (title, subject);
"""
_COLUMNS = {
    "party": "instr(parties, '.' || ? || '.')",
    "domain": "domain = ?",
    "item_class": "item_class = ?",
    "agreement": "agreement = ?",
    "light": "light = ?",
    "text": "instr(lower(title || ' ' || title_en || ' ' || subject), lower(?))",
}
_of_header = attrgetter(*(field.name for field in fields(Header)))
_of_month = attrgetter(*(field.name for field in fields(Month)))
SORTS = {
    "lag": "lead_n is null, lead_n, subject",
    "lead": "lead_n is null, lead_n desc, subject",
    "name": "title, subject",
    "open": "open_parts desc, subject",
    "disputed": "disputed desc, subject",
}


class Standing(NamedTuple):
    """A project as the list shows it; figures are None where they are not known.

    Amounts in 万元, the rate in per cent, the lead in percentage points.

    Attributes:
        period: the last that anybody reported, with its light.
        known_period: the last that all reported: figures are of it.
    """

    subject: str
    title: Words
    parties: tuple[str, ...]
    domain: str
    item_class: str
    agreement: str
    phase: str
    disputed: int
    open_parts: int
    period: str
    light: str
    known_period: str
    plan: Decimal | None
    invested: Decimal | None
    rate: Decimal | None
    lead: Decimal | None


class Totals(NamedTuple):
    """Over all projects that are asked for; amounts in 万元.

    Attributes:
        year: the last of which figures are known; sums are of it alone.
        reported: how many projects have figures of it.
    """

    projects: int
    year: str
    reported: int
    plan: Decimal
    invested: Decimal
    by_light: Mapping[str, int]
    by_agreement: Mapping[str, int]


class ProjectList:
    """The table, and what pages ask of it.

    Args:
        database: the view's.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        database.executescript(_TABLE)
        database.create_aggregate("exact_sum", 1, _ExactSum)  # type: ignore[arg-type]
        self._run = database.execute

    def describe(self, row: Row, header: Header) -> None:
        """Put a project's header into the list."""
        self._known(row.subject)
        self._run(
            "update project set known = 1, title = ?, title_en = ?, parties = ?, "
            "domain = ?, item_class = ?, agreement = ?, phase = ?, disputed = ?, "
            "open_parts = ? where subject = ?",
            (row.title, row.title_en, row.parties, row.domain,
             *_of_header(header), row.subject),
        )  # fmt: skip

    def report(self, subject: str, month: Month) -> bool:
        """Put a month into the list; returns False where a later one is there."""
        self._known(subject)
        self._run(
            "insert or replace into project_month values (?, ?, ?, ?, ?, ?, ?)",
            (subject, *_of_month(month)),
        )
        self._restate(subject)
        later = "select 1 from project_month where subject = ? and period > ?"
        return self._run(later, (subject, month.period)).fetchone() is None

    def unreport(self, subject: str, period: str) -> None:
        """One of its months is no more."""
        gone = "delete from project_month where subject = ? and period = ?"
        self._run(gone, (subject, period))
        self._restate(subject)

    def _restate(self, subject: str) -> None:
        """Show the last month, and the figures of the last that all reported."""
        months = "from project_month where subject = ?"
        last = self._run(
            f"select period, light {months} order by period desc limit 1", (subject,)
        ).fetchone()
        known = (
            self._run(
                f"select period, plan, invested, rate, lead {months} and plan != '' "
                "order by period desc limit 1",
                (subject,),
            ).fetchone()
            or ("",) * 5
        )
        self._run(
            "update project set period = ?, light = ?, known_period = ?, plan = ?, "
            "invested = ?, rate = ?, lead = ?, lead_n = ? where subject = ?",
            (*(last or ("", "")), *known, float(known[-1]) if known[-1] else None,
             subject),
        )  # fmt: skip

    def _known(self, subject: str) -> None:
        self._run("insert or ignore into project (subject) values (?)", (subject,))

    def forget(self, subject: str) -> None:
        """The project's record is no more; its months are each taken back."""
        self._run("update project set known = 0 where subject = ?", (subject,))

    def projects(
        self, wanted: Wanted, sort: str, limit: int, skip: int = 0
    ) -> list[Standing]:
        """Projects as asked for, in an order of ``SORTS``."""
        where, parameters = wanted.sql(_COLUMNS)
        rows = self._run(
            "select subject, title, title_en, parties, domain, item_class, agreement, "
            "phase, disputed, open_parts, period, light, known_period, plan, invested, "
            "rate, lead "
            f"from project where known and {where} "
            f"order by {SORTS[sort]} limit ? offset ?",
            (*parameters, limit, skip),
        )
        return [_standing(row) for row in rows]

    def totals(self, wanted: Wanted) -> Totals:
        """The sums over the projects asked for, exact, and of one year alone."""
        where, parameters = wanted.sql(_COLUMNS)
        projects, year = self._run(
            "select count(*), coalesce(max(substr(known_period, 1, 4)), '') "
            f"from project where known and {where}",
            parameters,
        ).fetchone()
        reported, plan, invested = self._run(
            "select count(nullif(plan, '')), coalesce(exact_sum(plan), '0'), "
            "coalesce(exact_sum(invested), '0') from project "
            f"where known and {where} and known_period like ? || '%'",
            [*parameters, year],
        ).fetchone()
        return Totals(
            projects,
            year,
            reported,
            Decimal(plan),
            Decimal(invested),
            dict(self._counted("light", where, parameters)),
            dict(self._counted("agreement", where, parameters)),
        )

    def _counted(
        self, column: str, where: str, parameters: list[str]
    ) -> Iterator[tuple[str, int]]:
        yield from self._run(
            f"select {column}, count(*) from project where known and {where} "
            f"group by {column}",
            parameters,
        )


class _ExactSum:
    """Adds decimals that are written out; SQLite's own sum is binary."""

    def __init__(self) -> None:
        self._sum = Decimal()

    def step(self, text: str) -> None:
        if text:
            self._sum += Decimal(text)

    def finalize(self) -> str:
        return plain(self._sum)


def _standing(row: tuple[Any, ...]) -> Standing:
    subject, zh, en, parties, *rest = row
    *rest, plan, invested, rate, lead = rest
    figures = (Decimal(text) if text else None for text in (plan, invested, rate, lead))
    who = tuple(parties.strip(".").split("."))
    return Standing(subject, Words(zh, en), who, *rest, *figures)
