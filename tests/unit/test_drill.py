"""The quarterly drill: sites, whose scores count, and the units compared."""

import json
import random
from datetime import timedelta
from decimal import Decimal
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.folding import Shard, interleaved, parts, told, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import S11, event
from tests.unit.test_appraisal import CUT_OFF, EARLY, LATE, S5
from twincity_schemas.message import Event

PARTIES = ("chengdu", "deyang", "meishan")
DRILL = "dispatch/chengdu.deyang.meishan/2024-q3"
SITES = (
    ("depot", S11, "deyang", "rail"),
    ("north", S11, "chengdu", "metro"),
    ("south", S11, "chengdu", "metro"),
    ("girders", S5, "meishan", "bridges"),
)


def called(subject: str = DRILL, kind: str = "quarterly") -> Event[Any]:
    sites = [
        {
            "code": code,
            "project": project,
            "party": party,
            "unit": unit,
            "organisation": {"name": unit},
            "place": f"{code}（虚构）",
        }
        for code, project, party, unit in SITES
    ]
    data = {
        "kind": kind,
        "year": 2024,
        "through_month": 9,
        "cut_off": CUT_OFF.isoformat(),
        "projects": [S11, S5],
        "unit": {"name": "发展改革委"},
        "sites": sites,
        "as_of": "2024-09",
    }
    return event("dispatch.called", "chengdu", subject, data, "called", EARLY)


def scored(  # noqa: PLR0913, PLR0917  as short as a sentence where it is used
    by: str,
    site: str,
    score: str,
    when: Any = EARLY,
    id_: str = "",
    subject: str = DRILL,
    visited: str = "2024-09-05",
) -> Event[Any]:
    data = {
        "site": site,
        "visited": visited,
        "score": score,
        "remark": "（虚构）",
        "as_of": "2024-09",
    }
    name = id_ or f"{by}-{site}-{score}"
    return event("site.scored", by, subject, data, name, when)


ROUND = [
    scored("chengdu", "depot", "80"),
    scored("meishan", "depot", "85"),
    scored("deyang", "north", "90"),
    scored("meishan", "north", "91"),
    scored("deyang", "south", "70"),
]


def test_units_are_compared_by_the_mean_of_their_sites() -> None:
    found = told(DRILL, [called(), *ROUND])
    assert found["site/depot"].score == Decimal("82.5")
    assert found["site/south"].missing == ("meishan",)
    units = {one: found[f"drill/{one}"] for one in ("rail", "metro", "bridges")}
    assert {name: (one.score, one.rank) for name, one in units.items()} == {
        "rail": (Decimal("82.5"), 1),
        "metro": (Decimal("80.25"), 2),
        "bridges": (None, None),
    }
    header = found[""]
    assert (header.sites, header.visited) == (4, 3)
    assert "drilled@1" in header.editions


def test_equal_units_are_a_tie() -> None:
    both = [scored("chengdu", s, "80") for s in ("depot", "girders")]
    found = told(DRILL, [called(), *both])
    ranks = [
        (found[f"drill/{u}"].rank, found[f"drill/{u}"].tied)
        for u in ("rail", "bridges")
    ]
    assert ranks == [(1, True), (1, True)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (scored("chengdu", "north", "100", id_="s"), "own_site"),
        (scored("chengdu", "nowhere", "100", id_="s"), "not_in_the_drill"),
        (scored("chengdu", "depot", "100", LATE, "s"), "after_the_cut_off"),
        (
            scored(
                "chengdu",
                "depot",
                "100",
                EARLY - timedelta(days=1),
                "s",
                visited="2024-09-04",
            ),
            "before_the_call",
        ),
        (
            scored("chengdu", "depot", "100", id_="s", visited="2024-09-29"),
            "before_its_date",
        ),
    ],
)
def test_what_does_not_count_is_told(said: Event[Any], why: str) -> None:
    history = [called(), *ROUND]
    assert without_effect(DRILL, [*history, said]) == {"s": why}
    with_it, without = told(DRILL, [*history, said]), told(DRILL, history)
    kept = {name for name in without if name.startswith(("site/", "drill/"))}
    assert all(with_it[name] == without[name] for name in kept)


def test_a_score_after_the_cut_off_is_a_correction() -> None:
    found = told(DRILL, [called(), *ROUND, scored("chengdu", "depot", "100", LATE)])
    amended = found["amendment/00001"]
    assert (amended.party, amended.step) == ("chengdu", "site.scored")
    assert [(c.pointer, c.was, c.now) for c in amended.changed] == [
        ("/site", None, "depot"),
        ("/score", "80", "100"),
    ]


def test_a_site_that_is_listed_later_is_scored_from_then_on() -> None:
    """Drill: a site is scored well first, and then put on the list."""
    first = json.loads(called().value)
    first |= {"sites": first["sites"][1:]}
    short = event("dispatch.called", "chengdu", DRILL, first, "short", EARLY)
    anew = event(
        "dispatch.called",
        "chengdu",
        DRILL,
        json.loads(called().value),
        "anew",
        EARLY + timedelta(days=2),
    )
    ahead = scored("meishan", "depot", "100", EARLY + timedelta(days=1), "ahead")
    since = scored("meishan", "depot", "60", EARLY + timedelta(days=3), "since")
    history = [short, ahead, anew]
    assert told(DRILL, history)["site/depot"].score is None
    assert without_effect(DRILL, history) == {"ahead": "before_the_call"}
    assert told(DRILL, [*history, since])["site/depot"].score == 60


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("dropped", "scored_already"),
        ("another's", "scored_already"),
        ("monthly", None),
        ("unscored", None),
    ],
)
def test_what_was_scored_stays_on_the_list(change: str, code: str | None) -> None:
    """Drill: a call before the cut-off leaves the bad site out, or gives it away."""
    data = json.loads(called().value)
    sites = {one["code"]: one for one in data["sites"]}
    match change:
        case "dropped":
            sites.pop("south")
        case "another's":
            sites["south"] |= {"unit": "rail", "organisation": {"name": "rail"}}
        case "monthly":
            data["kind"] = "monthly"
        case _:
            sites.pop("girders")  # nobody has been there yet
    anew = event(
        "dispatch.called",
        "chengdu",
        DRILL,
        data | {"sites": [*sites.values()]},
        "anew",
        EARLY + timedelta(days=1),
    )
    before, shard = told(DRILL, [called(), *ROUND]), Shard("appraisal")
    # The other members' scores arrive after the call that would drop their site.
    for said in (called(), ROUND[0], anew, *ROUND[1:]):
        shard.take([said])
    now = parts(shard, DRILL)
    for part in ("site/south", "drill/metro", "drill/rail"):
        assert now[part] == before[part]
    assert ("site/girders" in now) is (change in {"dropped", "another's"})
    doubts = {
        problem.code
        for notice in shard.events("notice.issued")
        if notice.statement == "anew"
        for problem in notice.doubts
    }
    assert doubts == ({code} if code else set())


def test_a_monthly_dispatch_visits_no_site() -> None:
    month = called(kind="monthly")
    assert "sites_of_no_drill" in {one.code for one in month.data.warnings()}
    found = told(DRILL, [month, *ROUND])
    assert found[""].sites == 0
    assert not [name for name in found if name.startswith(("site/", "drill/"))]


def test_a_city_alone_scores_its_own_sites() -> None:
    alone = "dispatch/chengdu/2024-q3"
    own = scored("chengdu", "north", "88", subject=alone)
    assert told(alone, [called(alone), own])["drill/metro"].score == 88


@st.composite
def scores(draw: st.DrawFn) -> Event[Any]:
    by = draw(st.sampled_from(PARTIES))
    site = draw(st.sampled_from([code for code, *_ in SITES]))
    moment = CUT_OFF + timedelta(hours=draw(st.integers(-30, 10)))
    return scored(
        by, site, str(draw(st.integers(0, 100))), moment, draw(st.uuids()).hex
    )


@PROPERTY
@given(st.lists(scores(), max_size=12), st.integers(0, 2**32))
def test_a_drill_computed_by_hand_is_the_record_in_any_order(
    said: list[Event[Any]], seed: int
) -> None:
    said = sorted(said, key=lambda e: e.envelope.time)
    last: dict[tuple[str, str], Decimal] = {}
    owner = {code: party for code, _, party, _ in SITES}
    for one in said:
        by, data = one.envelope.party, one.data
        if one.envelope.time <= CUT_OFF and owner[data.site] != by:
            last[data.site, by] = data.score
    chance = random.Random(seed)
    histories = [[e for e in said if e.envelope.party == party] for party in PARTIES]
    shard = Shard("appraisal")
    for one in [called(), *interleaved(histories, chance)]:
        shard.take([one])
    found = parts(shard, DRILL)
    means = []
    for code, _, _, unit in SITES:
        own = [score for (site, _), score in last.items() if site == code]
        assert found[f"site/{code}"].score == (round(mean(own), 2) if own else None)
        means += [(unit, mean(own))] if own else []
    for unit in {unit for *_, unit in SITES}:
        own = [one for name, one in means if name == unit]
        score = found[f"drill/{unit}"].score
        assert (score is None) == (not own)
        assert not own or abs(score - mean(own)) <= Decimal("0.005")
