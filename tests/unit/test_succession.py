"""A project and the one that goes on in its stead are counted once."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from services.cli.board_tables import board_parts
from services.gateway.pages.areas import cluster
from services.gateway.pages.telling import Tell
from services.rules.succession import counted_as
from tests.support.folding import REGISTRY, parts
from tests.support.properties import WHOLE
from tests.support.saying import described, event
from tests.unit.test_appraisal import BOARD, CUT_OFF, EARLY, LATE, STORY
from tests.unit.test_auditor import report, taken
from twincity_schemas.message import Event

OLD, NEW = "project/chengdu.deyang/ring", "project/chengdu.deyang.meishan/ring"
STRANGER = "project/deyang.meishan/road"
AREA = "cluster/chengdu.deyang.meishan/park"
DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD_OF_ALL = "board/chengdu.deyang.meishan/2024-08"
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


def follows(later: str, earlier: str, party: str = "chengdu") -> Event[Any]:
    data, name = described(succeeds=earlier), f"{later[-2:]}-{earlier[-2:]}"
    return event("project.described", party, later, data, name, EARLY)


def line_of(*names: str) -> list[str]:
    return [f"project/chengdu.deyang/{name}" for name in names]


def test_a_line_of_three_is_one_and_the_last_that_reports_counts() -> None:
    one, two, three = line_of("l1", "l2", "l3")
    word = [follows(two, one), follows(three, two)]
    reports = {p: full(p, 8, n) for p, n in ((one, 10), (two, 20), (three, 30))}
    for reported, invested in (
        ((one,), 20),
        ((one, two), 40),
        ((one, three), 60),
        ((one, two, three), 60),
    ):
        said = [r for p in reported for r in reports[p]]
        header = rolled(*word, *said, projects=(one, two, three))[""]
        assert (header.projects, header.annual_investment) == (1, invested)


def test_what_is_split_in_two_counts_as_two_and_never_as_three() -> None:
    old, *parts_ = line_of("s1", "s2", "s3")
    word = [follows(part, old) for part in parts_]
    said = [r for p in (old, *parts_) for r in full(p, 8, 10)]
    header = rolled(*word, *said, projects=(old, *parts_))[""]
    assert (header.projects, header.annual_investment) == (2, 40)


def test_two_that_are_put_together_count_as_one() -> None:
    """The one names the first in its text; the second says itself what it becomes."""
    first, second, whole = line_of("m1", "m2", "m3")
    over = {"successor": whole, "reason": "合并（虚构）", "as_of": "2024"}
    word = [
        follows(whole, first),
        event("project.succeeded", "deyang", second, over, "over", EARLY),
    ]
    said = [r for p in (first, second, whole) for r in full(p, 8, 10)]
    header = rolled(*word, *said, projects=(first, second, whole))[""]
    assert (header.projects, header.annual_investment) == (1, 20)


def test_in_two_parts_of_an_area_it_is_one_all_the_same() -> None:
    """Area: one cluster lists the old one, another the new one."""
    texts = [
        event(
            "cluster.described",
            "chengdu",
            f"cluster/chengdu.deyang/{name}",
            {"name": "集群（虚构）", "level": "cluster", "projects": [project]}
            | {"as_of": "2024"},
            name,
            EARLY,
        )
        for name, project in (("c1", OLD), ("c2", NEW))
    ]
    whole = {"name": "片区（虚构）", "level": "key-area", "as_of": "2024"}
    whole |= {"parts": [one.envelope.subject for one in texts], "projects": []}
    top = event("cluster.described", "chengdu", AREA, whole, "top", EARLY)
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    said = [top, *texts, succeeded("chengdu"), *reports]
    header = parts(taken(said), AREA)[""]
    assert (header.projects, header.annual_plan) == (1, 300_000)


def test_what_is_to_go_on_in_2099_goes_on_then() -> None:
    data = {"successor": NEW, "reason": "（虚构）", "as_of": "2099"}
    ahead = event("project.succeeded", "chengdu", OLD, data, "ahead", EARLY)
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    assert rolled(ahead, *reports)[""].projects == 2


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
    opening = event("board.opened", "chengdu", BOARD_OF_ALL, data, "open", EARLY)
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    units = [
        parts(taken([opening, *word, *reports]), BOARD_OF_ALL)[f"unit/{code}"]
        for word in ([], [succeeded("chengdu")], [succeeded("chengdu", when=LATE)])
    ]
    rates = [unit.figures[0].actual for unit in units]
    assert rates == [65, 50, 65]
    assert [one.counted_as for one in units[1].projects] == [NEW, None]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_reader_sees_which_one_counts(language: str) -> None:
    """Its line in an area's page and in a board's table names the one that counts."""
    titles = SimpleNamespace(title=lambda _subject: None)
    tell = Tell(language, REGISTRY, cast("Any", titles))
    label = {"zh": ("另行计入", "计入"), "en": ("Counted as", "counted as")}[language]
    reports = [*full(OLD, 8, 80_000), *full(NEW, 8, 50_000)]
    found = rolled(succeeded("chengdu"), *reports)
    members = [one for name, one in found.items() if name]
    page = repr(cluster(found[""], members, tell))
    assert page.count(label[0]) == 1
    opening = [e for e in STORY if e.type.fact == "board.opened"]
    unit = parts(taken(opening), opening[0].envelope.subject)["unit/shuangliu"]
    [one, *_] = unit.projects
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        unit = unit.model_copy(
            update={"projects": (one.model_copy(update={"counted_as": NEW}),)}
        )
        for table in board_parts(
            {**parts(taken(opening), BOARD), "unit/shuangliu": unit}, tell
        ):
            console.print(table)
    assert f"{label[1]} {tell.subject(NEW)}" in captured.get()


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


# --- a project that rests -----------------------------------------------------

ROAD = "project/chengdu.deyang/road"


def in_month(project: str, month: int, invested: int) -> list[Event[Any]]:
    when = CUT_OFF - timedelta(days=30 * (9 - month) - 2)
    return [report(p, project, month, invested, when) for p in ("chengdu", "deyang")]


def rests(*parties: str, phase: str = "suspended") -> list[Event[Any]]:
    when = CUT_OFF - timedelta(days=120)
    text = described(phase=phase, as_of="2024-05")
    return [
        event("project.described", party, OLD, text, f"rests-{party}", when)
        for party in parties
    ]


@pytest.mark.parametrize(
    ("parties", "period"),
    [
        ((), "2024-02"),
        (("chengdu",), "2024-02"),
        (("chengdu", "deyang"), "2024-08"),
    ],
)
def test_a_project_that_rests_freezes_no_area_and_raises_no_rate(
    parties: tuple[str, ...], period: str
) -> None:
    """Area: nobody has to report it, and it keeps its plan in the sum."""
    said = [*in_month(ROAD, 2, 20_000), *in_month(ROAD, 8, 80_000)]
    said += [*in_month(OLD, 2, 1_000), *rests(*parties)]
    header = rolled(*said, projects=(OLD, ROAD))[""]
    assert (header.period, header.annual_plan) == (period, 400_000)
    if parties == ("chengdu", "deyang"):
        assert (header.reported, header.suspended) == (2, 1)
        assert header.annual_investment == 162_000
    else:
        assert (header.reported, header.suspended) == (2, 0)


def test_what_rests_and_reported_nothing_in_the_year_is_in_no_sum() -> None:
    said = [*in_month(ROAD, 8, 80_000), *rests("chengdu", "deyang")]
    header = rolled(*said, projects=(OLD, ROAD))[""]
    assert (header.period, header.projects, header.reported) == ("2024-08", 2, 1)
    assert (header.annual_plan, header.suspended) == (200_000, 0)
