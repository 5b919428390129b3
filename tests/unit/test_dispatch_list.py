"""The lists of a dispatch are what its records say, whatever came in which order."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.dispatchlist import DispatchList, LinesWanted, UnitWanted
from services.gateway.standings import Decided, DispatchLine, LineReport
from tests.support.properties import PROPERTY

pytestmark = pytest.mark.unit

SUBJECT = "dispatch/chengdu.deyang/2024-08"
OTHER = "dispatch/chengdu.deyang/2024-07"
PARTIES, STATES = ("chengdu", "deyang"), ("on-time", "late", "silent")
_MONEY = st.sampled_from(("0", "0.1", "0.2", "120000", "3079400.000001"))


@st.composite
def lines(draw: st.DrawFn) -> DispatchLine:
    known = draw(st.booleans())
    lead = draw(st.sampled_from(("", "-3.5", "0", "0.38", "12"))) if known else ""
    reports = [
        LineReport(party, draw(st.sampled_from(STATES)), *figures)
        for party in draw(st.sets(st.sampled_from(PARTIES)))
        for figures in [draw(st.sampled_from(((), ("7", "0.1"), ("0.2", "3"))))]
    ]
    light = draw(st.sampled_from(("", "red", "yellow", "green")))
    return DispatchLine(
        draw(st.sampled_from(("project/a/1", "project/a/2", "project/b/3"))),
        light,
        light == "red" or lead.startswith("-"),
        lead,
        draw(_MONEY) if known else "",
        draw(_MONEY) if known else "",
        tuple(reports),
    )


KEYS = [f"{subject}#line/{n}" for subject in (SUBJECT, OTHER) for n in range(4)]
STEPS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.one_of(st.none(), lines())), max_size=25
)


def listed(steps: list[tuple[str, DispatchLine | None]]) -> DispatchList:
    found = DispatchList(sqlite3.connect(":memory:"))
    for key, line in steps:
        if line is None:
            found.forget(key)
        else:
            found.put(key, line)
    return found


def ranked(left: Mapping[str, DispatchLine]) -> list[tuple[str, int | None]]:
    """By lead, those ahead first; equal leads share a rank; the unknown come last."""
    leads = {k: Decimal(one.lead) if one.lead else None for k, one in left.items()}
    order = sorted(
        left, key=lambda k: (leads[k] is None, -(leads[k] or 0), left[k].project)
    )
    return [
        (
            key,
            None
            if (at := leads[key]) is None
            else 1 + sum(other is not None and other > at for other in leads.values()),
        )
        for key in order
    ]


@PROPERTY
@given(STEPS)
def test_lists_and_sums_are_those_of_what_is_left(
    steps: list[tuple[str, DispatchLine | None]],
) -> None:
    found = listed(steps)
    left = {key: one for key, one in dict(steps).items() if one is not None}
    left = {key: one for key, one in left.items() if key.startswith(SUBJECT)}
    ranks = dict(ranked(left))
    every = found.lines(SUBJECT, LinesWanted(), -1)
    assert dict(every) == ranks
    assert [(left[k].lead, left[k].project) for k, _ in every] == [
        (left[k].lead, left[k].project) for k, _ in ranked(left)
    ]
    assert [*found.lines(SUBJECT, LinesWanted(), 2, 1)] == every[1:3]
    silent = found.lines(SUBJECT, LinesWanted("deyang", "silent"), -1)
    assert dict(silent) == {
        key: ranks[key]
        for key, one in left.items()
        if any((r.party, r.state) == ("deyang", "silent") for r in one.reports)
    }
    red = found.lines(SUBJECT, LinesWanted(light="red"), -1)
    assert dict(red) == {k: ranks[k] for k, one in left.items() if one.light == "red"}
    worst = [key for key, _ in found.worst(SUBJECT, -1)]
    assert set(worst) == {key for key, one in left.items() if one.lags}
    assert [left[key].lead for key in worst] == [
        left[key].lead for key, _ in reversed(every) if left[key].lags
    ]
    known = [one for one in left.values() if one.plan]
    whole = found.whole(SUBJECT)
    assert whole.plan == sum(Decimal(one.plan) for one in known)
    assert whole.invested == sum(Decimal(one.invested) for one in known)
    reports = [report for one in left.values() for report in one.reports]
    assert {p: +one.reports for p, one in found.parties(SUBJECT).items()} == {
        party: Counter(one.state for one in reports if one.party == party)
        for party in {one.party for one in reports}
    }
    for party, sums in found.parties(SUBJECT).items():
        own = [one for one in reports if one.party == party]
        assert sums.plan == sum(Decimal(one.plan or 0) for one in own)
        assert sums.invested == sum(Decimal(one.invested or 0) for one in own)


def test_decisions_are_counted_by_unit_and_officer_and_followed() -> None:
    found = DispatchList(sqlite3.connect(":memory:"))

    def decide(
        name: str, at: str, state: str, officer: str = "", *, overdue: bool = False
    ) -> None:
        decision = Decided(at, "chengdu", "交通局", officer, state, overdue)
        found.put(f"{SUBJECT}#decision/{name}", decision)

    decide("a", SUBJECT, "open", overdue=True)
    decide("b", OTHER, "open")
    decide("c", OTHER, "dropped")
    decide("b", OTHER, "done")
    decide("d", OTHER, "open", "副局长")
    assert [*found.units(SUBJECT)] == [
        ("chengdu", "交通局", "", 2, 1, 1),
        ("chengdu", "交通局", "副局长", 1, 1, 0),
    ]
    here = found.decisions(SUBJECT, UnitWanted(), -1, here=True)
    assert here == [f"{SUBJECT}#decision/a"]
    assert len(found.decisions(SUBJECT, UnitWanted("交通局"), -1, here=False)) == 3
    own = found.decisions(SUBJECT, UnitWanted("交通局", "副局长"), -1, here=False)
    assert own == [f"{SUBJECT}#decision/d"]
    assert found.decisions(SUBJECT, UnitWanted("别的局"), -1, here=True) == []
    found.forget(f"{SUBJECT}#decision/a")
    assert found.units(SUBJECT)[0] == ("chengdu", "交通局", "", 1, 0, 0)
