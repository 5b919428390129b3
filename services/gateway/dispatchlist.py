"""The projects and decisions of every dispatch: tables beside the view's events."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from decimal import Decimal
from typing import NamedTuple

from services.gateway.standings import Decided, DispatchLine

_TABLES = """
create table dispatch_line (
  key text primary key, subject text not null, project text not null,
  lead_n real, light text not null, lags integer not null,
  plan text not null, invested text not null
) without rowid;
create index line_lead on dispatch_line (subject, lead_n, project);
create table dispatch_report (
  key text not null, party text not null, subject text not null,
  state text not null, plan text not null, invested text not null,
  primary key (key, party)
) without rowid;
create index report_state on dispatch_report (subject, party, state);
create table decision (
  key text primary key, subject text not null, here integer not null,
  party text not null, unit text not null, officer text not null,
  state text not null, overdue integer not null
) without rowid;
create index decision_unit on decision (subject, here, unit, officer);
"""
_RANKED = """
select key, rank() over (order by lead_n desc) as rank, lead_n, project, light, lags
from dispatch_line where subject = ?
"""
_BY_LEAD = "lead_n is null, lead_n desc, project"
_FROM_BEHIND = "lead_n is not null, lead_n, project desc"


@dataclass
class ReportSums:
    """The sums of reports, exact.

    Attributes:
        reports: how many there are, by state.
        plan: for the year, 万元.
        invested: this year, 万元.
    """

    reports: Counter[str] = field(default_factory=Counter)
    plan: Decimal = Decimal()
    invested: Decimal = Decimal()

    def add(self, state: str, plan: str, invested: str, times: int) -> None:
        """Add a report, or take it away where ``times`` is −1."""
        self.reports[state] += times
        self.plan += times * Decimal(plan or 0)
        self.invested += times * Decimal(invested or 0)


class RankedLine(NamedTuple):
    """A line by its record's key; ``rank`` is None where the whole is not known."""

    key: str
    rank: int | None


class UnitDecisions(NamedTuple):
    """The decisions of a unit, or of an officer of it, counted."""

    party: str
    unit: str
    officer: str
    decisions: int
    open: int
    overdue: int


class UnitWanted(NamedTuple):
    """The unit and the officer whose decisions are asked for; "" asks for all."""

    unit: str = ""
    officer: str = ""


class LinesWanted(NamedTuple):
    """The lines of a dispatch that are asked for; "" asks for all."""

    party: str = ""
    state: str = ""
    light: str = ""

    def sql(self) -> tuple[str, list[str]]:
        """A condition on the lines, and its parameters."""
        conditions, parameters = ["true"], []
        if self.light:
            conditions.append("light = ?")
            parameters.append(self.light)
        if self.party or self.state:
            conditions.append(
                "exists (select 1 from dispatch_report of where of.key = ranked.key "
                "and ? in ('', party) and ? in ('', state))"
            )
            parameters += [self.party, self.state]
        return " and ".join(conditions), parameters


class DispatchList:
    """The tables, and what pages ask of them.

    Args:
        database: the view's.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        database.executescript(_TABLES)
        self._run = database.execute
        self._wholes: dict[str, ReportSums] = defaultdict(ReportSums)
        self._parties: dict[str, dict[str, ReportSums]] = defaultdict(
            lambda: defaultdict(ReportSums)
        )

    def put(self, key: str, standing: DispatchLine | Decided) -> None:
        """Put a line or a decision into the list, in the place of its former one."""
        subject = key.partition("#")[0]
        self.forget(key)
        if isinstance(standing, Decided):
            here = standing.dispatch == subject
            _, *row = astuple(standing)
            self._run(
                "insert into decision values (?, ?, ?, ?, ?, ?, ?, ?)",
                (key, subject, here, *row),
            )
            return
        lead = float(standing.lead) if standing.lead else None
        self._run(
            "insert into dispatch_line values (?, ?, ?, ?, ?, ?, ?, ?)",
            (key, subject, standing.project, lead, standing.light, standing.lags,
             standing.plan, standing.invested),
        )  # fmt: skip
        for one in standing.reports:
            self._run(
                "insert into dispatch_report values (?, ?, ?, ?, ?, ?)",
                (key, one.party, subject, one.state, one.plan, one.invested),
            )
        self._count(key, 1)

    def forget(self, key: str) -> None:
        """The part's record is no more."""
        self._count(key, -1)
        for table in ("dispatch_line", "dispatch_report", "decision"):
            self._run(f"delete from {table} where key = ?", (key,))

    def _count(self, key: str, times: int) -> None:
        line = self._run(
            "select subject, plan, invested from dispatch_line where key = ?", (key,)
        ).fetchone()
        if line is None:
            return
        subject, of_plan, of_invested = line
        if of_plan:
            self._wholes[subject].add("", of_plan, of_invested, times)
        for party, state, plan, invested in self._run(
            "select party, state, plan, invested from dispatch_report where key = ?",
            (key,),
        ):
            self._parties[subject][party].add(state, plan, invested, times)

    def whole(self, subject: str) -> ReportSums:
        """The sums over the projects whose whole is known."""
        return self._wholes.get(subject) or ReportSums()

    def parties(self, subject: str) -> Mapping[str, ReportSums]:
        """The sums of each party's reports, by party."""
        sums = self._parties.get(subject, {})
        return {p: sums[p] for p in sorted(sums) if sums[p].reports.total()}

    def lines(
        self, subject: str, wanted: LinesWanted, limit: int, skip: int = 0
    ) -> list[RankedLine]:
        """Lines by lead, those ahead first; equal leads share a rank.

        Args:
            subject: the dispatch.
            wanted: which lines; their rank is among all.
            limit: most of them; −1: all.
            skip: so many of the first.
        """
        where, parameters = wanted.sql()
        return self._ranked(subject, where, _BY_LEAD, *parameters, limit, skip)

    def worst(self, subject: str, limit: int) -> list[RankedLine]:
        """Lines that lag or are red, the unknown and the furthest behind first."""
        return self._ranked(subject, "lags", _FROM_BEHIND, limit, 0)

    def _ranked(
        self, subject: str, where: str, order: str, *parameters: str | int
    ) -> list[RankedLine]:
        rows = self._run(
            f"select key, rank, lead_n from ({_RANKED}) ranked where {where} "
            f"order by {order} limit ? offset ?",
            (subject, *parameters),
        )
        return [
            RankedLine(key, None if lead is None else rank) for key, rank, lead in rows
        ]

    def decisions(
        self, subject: str, whose: UnitWanted, limit: int, *, here: bool
    ) -> list[str]:
        """The keys of decisions in their order.

        Args:
            subject: the dispatch.
            whose: of which unit and officer.
            limit: most of them; −1: all.
            here: those of this dispatch; else those of the ones before.
        """
        rows = self._run(
            "select key from decision where subject = ? and here = ? "
            "and ? in ('', unit) and ? in ('', officer) order by key limit ?",
            (subject, here, *whose, limit),
        )
        return [key for (key,) in rows]

    def units(self, subject: str) -> list[UnitDecisions]:
        """Decisions by unit and officer, counted, without those that were dropped."""
        rows = self._run(
            "select party, unit, officer, count(*), sum(state = 'open'), sum(overdue) "
            "from decision where subject = ? and state <> 'dropped' "
            "group by party, unit, officer order by party, unit, officer",
            (subject,),
        )
        return [UnitDecisions(*row) for row in rows]
