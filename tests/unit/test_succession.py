"""A project and the one that goes on in its stead are counted once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.succession import counted_as
from tests.support.folding import parts
from tests.support.properties import WHOLE
from tests.support.saying import described, event
from tests.unit.test_appraisal import CUT_OFF, EARLY, LATE, STORY
from tests.unit.test_auditor import report, taken
from twincity_schemas.message import Event

OLD, NEW = "project/chengdu.deyang/ring", "project/chengdu.deyang.meishan/ring"
STRANGER = "project/deyang.meishan/road"
AREA = "cluster/chengdu.deyang.meishan/park"
DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD = "board/chengdu.deyang.meishan/2024-08"
LISTED = (OLD, NEW)


def succeeded(party: str, new: str = NEW, when: Any = EARLY) -> Event[Any]:
    data = {"successor": new, "reason": "成员调整（虚构）", "as_of": "2024"}
    return event("project.succeeded", party, OLD, data, f"over-{party}", when)


def succeeds(party: str, project: str = NEW, when: Any = EARLY) -> Event[Any]:
    data = described(succeeds=OLD)
    return event("project.described", party, project, data, f"text-{party}", when)


def area(*projects: str) -> Event[Any]:
    data = {"name": "片区（虚构）", "level": "key-area", "as_of": "2024"}
    data |= {"projects": [*projects]}
    return event("cluster.described", "chengdu", AREA, data, "area", EARLY)


def full(project: str, month: int, invested: int) -> list[Event[Any]]:
    return [
        report(party, project, month, invested, EARLY)
        for party in project.split("/")[1].split(".")
    ]


def rolled(*said: Event[Any], projects: tuple[str, ...] = LISTED) -> dict[str, Any]:
    return parts(taken([area(*projects), *said]), AREA)


@pytest.mark.parametrize("word", [succeeded("chengdu"), succeeds("deyang")])
def test_an_area_counts_it_once_and_says_so(word: Event[Any]) -> None:
    """Area: the old one is never ended, and 300,000 planned would be 500,000."""
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    both = rolled(*reports)[""]
    assert (both.projects, both.annual_plan) == (2, 500_000)
    found = rolled(word, *reports)
    header = found[""]
    assert (header.projects, header.reported) == (1, 1)
    assert (header.annual_plan, header.annual_investment) == (300_000, 150_000)
    assert (header.latest.full, header.latest.annual_plan) == (1, 300_000)
    old, new = (found[f"member/{one.partition('/')[2]}"] for one in LISTED)
    assert (old.counted_as, new.counted_as) == (NEW, None)


def test_until_the_new_one_reports_the_old_one_counts() -> None:
    """Area: a name that nobody reports under takes nothing out of the sum."""
    found = rolled(succeeded("chengdu"), *full(OLD, 7, 80_000))
    assert (found[""].projects, found[""].annual_plan) == (1, 200_000)
    assert found["member/chengdu.deyang.meishan/ring"].counted_as == OLD
    later = rolled(succeeded("chengdu"), *full(OLD, 7, 80_000), *full(NEW, 8, 50_000))
    assert (later[""].period, later[""].annual_plan) == ("2024-08", 300_000)


def test_no_bad_project_goes_under_a_strangers_name() -> None:
    """Area: whoever is a member of one alone says nothing about both."""
    reports = [*full(OLD, 8, 0), *full(STRANGER, 8, 90_000)]
    projects = (OLD, STRANGER)
    for word, once in (
        ([succeeds("meishan", STRANGER)], False),
        ([succeeded("chengdu", STRANGER)], False),
        ([succeeds("meishan", STRANGER), succeeded("chengdu", STRANGER)], True),
        ([succeeds("deyang", STRANGER)], True),
    ):
        found = rolled(*word, *reports, projects=projects)
        assert found[""].projects == (1 if once else 2)


def test_where_each_follows_the_other_neither_does() -> None:
    back = event(
        "project.described", "chengdu", OLD, described(succeeds=NEW), "back", EARLY
    )
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    assert rolled(succeeds("chengdu"), back, *reports)[""].projects == 2


def test_a_dispatch_asks_for_it_once_and_closed_is_closed() -> None:
    data = {
        "kind": "monthly",
        "year": 2024,
        "through_month": 8,
        "cut_off": CUT_OFF.isoformat(),
        "projects": [*LISTED],
        "unit": {"name": "调度办（虚构）"},
        "as_of": "2024",
    }
    call = event("dispatch.called", "chengdu", DISPATCH, data, "call", EARLY)
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    for when, lines, due in ((EARLY, 1, 3), (LATE, 2, 5)):
        found = parts(
            taken([call, succeeded("chengdu", when=when), *reports]), DISPATCH
        )
        assert (found[""].projects, found[""].due) == (lines, due)
        line = found["line/chengdu.deyang/ring"]
        assert line.counted_as == (NEW if lines == 1 else None)
        assert bool(line.reports) is (lines == 2)


def test_a_unit_of_a_board_has_it_once() -> None:
    content = next(e for e in STORY if e.type.fact == "board.opened").data
    data = content.model_dump(mode="json", exclude_none=True)
    rate = [one for one in data["rules"]["measures"] if one["code"] == "completion"]
    data["rules"]["measures"] = rate
    data["units"] = data["units"][:1]
    data["units"][0]["projects"] = [
        {"project": one, "party": "chengdu"} for one in LISTED
    ]
    code = data["units"][0]["code"]
    opening = event("board.opened", "chengdu", BOARD, data, "open", EARLY)
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    units = [
        parts(taken([opening, *word, *reports]), BOARD)[f"unit/{code}"]
        for word in ([], [succeeded("chengdu")], [succeeded("chengdu", when=LATE)])
    ]
    rates = [unit.figures[0].actual for unit in units]
    assert rates == [65, 50, 65]
    assert [one.counted_as for one in units[1].projects] == [NEW, None]


NAMES = "abcd"


@WHOLE
@given(
    st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))),
    st.sets(st.sampled_from(NAMES)),
)
def test_of_each_line_one_at_least_counts_and_none_twice(
    pairs: set[tuple[str, str]], begun: set[str]
) -> None:
    later = {(old, new) for old, new in pairs if old < new}
    for _ in NAMES:
        later |= {(a, d) for a, b in later for c, d in later if b == c}
    heirs = {
        old: frozenset(new for one, new in later if one == old) for old, _ in later
    }
    instead = counted_as(heirs, NAMES, begun)
    counting = {*NAMES} - {*instead}
    assert all(one in begun or not (begun & heirs.get(one, set())) for one in counting)
    for old, new in later:
        # Of one line never the old and the new, and always somebody that was reported.
        assert not (old in counting and new in counting)
    for name in begun - counting:
        assert begun & heirs[name] & counting
    assert all(instead[name] != name for name in instead)
