"""The list of projects: the last month, and figures of the last that is whole."""

import sqlite3
from itertools import permutations

import pytest

from services.gateway.projectlist import ProjectList
from services.gateway.rows import Row
from services.gateway.standings import Header, Month
from services.gateway.wanted import Wanted
from services.rules.families import Family

pytestmark = pytest.mark.unit

_OLD = Month("2023-12", "green", "100", "90", "90", "-10")
_WHOLE = Month("2024-08", "red", "200", "50", "25", "-41.67")
_SILENT = Month("2024-09", "red")


def _listed(*names: str) -> ProjectList:
    listed = ProjectList(sqlite3.connect(":memory:"))
    for name in names:
        row = Row(
            topic="records", partition=0, offset=0, family=Family.RECORD, key=name,
            subject=name,
        )  # fmt: skip
        listed.describe(row, Header("", "agreed", "", 0, 0))
    return listed


@pytest.mark.parametrize("months", [*permutations((_OLD, _WHOLE, _SILENT))])
def test_in_whichever_order_its_months_come(months: tuple[Month, ...]) -> None:
    listed = _listed("p")
    newest = ""
    for month in months:
        assert listed.report("p", month) == (month.period > newest)
        newest = max(newest, month.period)
    (one,) = listed.projects(Wanted(), "lag", 10)
    assert (one.period, one.light) == ("2024-09", "red")
    assert (one.known_period, one.plan, one.invested) == ("2024-08", 200, 50)


def test_a_month_that_is_no_more_leaves_those_before() -> None:
    listed = _listed("p")
    for month in (_OLD, _WHOLE, _SILENT):
        listed.report("p", month)
    listed.report("p", Month(_WHOLE.period, "red"))  # somebody's figure is disputed
    listed.unreport("p", _SILENT.period)
    (one,) = listed.projects(Wanted(), "lag", 10)
    assert (one.period, one.known_period, one.plan) == ("2024-08", "2023-12", 100)
    for month in (_OLD, _WHOLE):
        listed.unreport("p", month.period)
    (one,) = listed.projects(Wanted(), "lag", 10)
    assert (one.period, one.light, one.known_period, one.plan) == ("", "", "", None)


def test_sums_are_of_one_year() -> None:
    listed = _listed("old", "young")
    listed.report("old", _OLD)
    listed.report("young", _WHOLE)
    listed.report("young", _SILENT)
    assert listed.totals(Wanted())[:5] == (2, "2024", 1, 200, 50)
    assert listed.totals(Wanted(text="old"))[:5] == (1, "2023", 1, 100, 90)
