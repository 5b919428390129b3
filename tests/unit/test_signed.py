"""Figures that an auditor signs: an area of real size, its rate, obstacles by hand."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.gateway.pages.telling import Tell
from tests.support.examples import EXAMPLES, places, read
from tests.support.folding import REGISTRY, settled, told
from tests.support.saying import described, event, reported
from tests.unit.test_appraisal import EARLY, S5, STORY
from twincity_schemas import plausible
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.message import Event, parse

PARTIES = ("chengdu", "meishan")


def cluster(name: str, level: str, **holds: Any) -> Event[Any]:
    data = {"name": f"{name}（虚构）", "level": level, "as_of": "2024", **holds}
    subject = f"cluster/chengdu/{name}"
    return event("cluster.described", "chengdu", subject, data, name, EARLY)


def section(party: str, project: str, month: int, plan: str, invested: str) -> Any:
    data = reported(
        year=2024,
        through_month=month,
        annual_plan=plan,
        annual_investment=invested,
        cumulative_investment=invested,
        as_of=f"2024-{month:02}",
    )
    name = f"{party}-{project[-3:]}-{month}"
    return event("progress.reported", party, project, data, name, EARLY)


def test_nine_districts_twenty_four_areas_and_841_clusters_are_one_tree() -> None:
    """Each cluster has a project of its own, and an area one that its cluster has."""
    leaves = [
        cluster(f"c{n}", "cluster", projects=[f"project/chengdu/p{n}"])
        for n in range(841)
    ]
    areas = [
        cluster(
            f"a{n}",
            "key-area" if n < 20 else "upgrading-area",
            parts=[one.envelope.subject for one in leaves[n::24]],
            projects=[f"project/chengdu/p{n}"],
        )
        for n in range(24)
    ]
    districts = [
        cluster(
            f"d{n}", "pilot-district", parts=[a.envelope.subject for a in areas[n::9]]
        )
        for n in range(9)
    ]
    reports = [
        section("chengdu", f"project/chengdu/p{n}", 8, "100", str(n % 100))
        for n in range(841)
    ]
    said = [*leaves, *areas, *districts, *reports]
    tops = [settled(one.envelope.subject, said)[""] for one in districts]
    assert sum(one.clusters for one in tops) == 24 + 841
    assert sum(one.projects for one in tops) == 841
    assert sum(one.annual_plan for one in tops) == 84_100
    invested = sum(n % 100 for n in range(841))
    assert sum(one.annual_investment for one in tops) == invested
    assert not any(one.misplaced for one in tops)
    # No area holds a district, nor one beside it: whatever it names is not counted.
    wrong = cluster(
        "a0", "key-area", parts=["cluster/chengdu/d0", "cluster/chengdu/a1"]
    )
    said = [*said, event_later(wrong)]
    found = settled("cluster/chengdu/a0", said)[""]
    assert (found.clusters, found.projects) == (0, 0)
    assert found.misplaced == ("cluster/chengdu/a1", "cluster/chengdu/d0")


def event_later(said: Event[Any]) -> Event[Any]:
    envelope = said.envelope.model_copy(
        update={"id": "later", "time": EARLY + timedelta(days=1)}
    )
    return parse(envelope.to_headers(), said.value)


def test_an_area_stays_at_78_56_when_one_side_reports_first() -> None:
    """The issue's area: one side's 97.33 % is no rate of the project or the area."""
    other = "project/chengdu/line"
    area = cluster("lines", "key-area", projects=[S5, other])
    complete = [
        section("chengdu", S5, 8, "5000", "4000"),
        section("meishan", S5, 8, "5000", "3952"),
        section("chengdu", other, 8, "10000", "7760"),
        section("chengdu", other, 9, "10000", "9730"),
    ]
    first = section("chengdu", S5, 9, "5000", "4866.5")
    for said in ([area, *complete], [area, *complete, first]):
        found = settled("cluster/chengdu/lines", said)
        header = found[""]
        assert (header.period, header.rate) == ("2024-08", Decimal("78.56"))
        latest = header.latest
        assert (latest.period, latest.full, latest.old) == ("2024-09", 1, 1)
        # S5 keeps its 79.52 %, marked as old, beside the other's ninth month.
        assert latest.rate == Decimal("88.41")
    assert found["member/chengdu.meishan/s5"].missing == ("meishan",)


def test_a_rate_that_does_not_follow_from_the_amounts_is_told() -> None:
    """A report of 74 % where the amounts come to 60 %: no factor of ten, and told."""
    plan, invested = Decimal(100_000), Decimal(60_000)
    codes = [one.code for one in plausible.rate(plan, invested, Decimal(74))]
    assert codes == ["rate_differs"]
    assert [one.code for one in plausible.rate(plan, invested, Decimal(6))] == [
        "unit_slip"
    ]
    assert not list(plausible.rate(plan, invested, Decimal("60.9")))


WITH_REGION = [
    one
    for one in map(read, sorted(EXAMPLES.glob("*/*.json")))
    if one.type.is_statement
    and any(name in {"region", "regions"} for _, name in places(json.loads(one.value)))
]


@pytest.mark.parametrize("said", WITH_REGION, ids=lambda one: one.envelope.id)
def test_an_abolished_region_is_warned_of_in_every_type(said: Event[Any]) -> None:
    """Yubei, which was abolished in November 2025, in facts of 2026."""
    data = json.loads(said.value)
    for part, name in list(places(data)):
        if name in {"region", "regions"}:
            part[name] = "500112" if name == "region" else ["500112"]
        elif name in {"as_of", "approved_on"}:
            part[name] = "2026-01"
    whole = parse(said.envelope.to_headers(), json.dumps(data).encode())
    assert "region_abolished" in {one.code for one in whole.data.warnings()}


WORDS = Path(__file__).parents[2] / "schemas/twincity_schemas/words"


def test_amounts_rates_and_differences_are_written_as_papers_write_them() -> None:
    """words.md: 亿元 and rates to two places, a difference of rates in 百分点."""
    tell = Tell("zh", REGISTRY, cast("Any", SimpleNamespace(title=lambda _of: None)))
    assert (tell.money(Decimal(123_456)), tell.money_unit) == ("12.35", "亿元")
    rates = [tell.percent(Decimal(rate)) for rate in ("55", "62.5", "48.77")]
    assert rates == ["55.00%", "62.50%", "48.77%"]
    assert tell.lead(Decimal("6.33")) == "+6.33"
    headings = [
        line.split("\t")[1:3]
        for path in sorted(WORDS.glob("*.tsv"))
        for line in path.read_text("utf-8").splitlines()
        if line.partition("\t")[0].endswith(".lead") and "UnitRole" not in line
    ]
    assert len(headings) > 3
    assert all("百分点" in zh and "points" in en for zh, en in headings)


LONG_AGO = datetime.fromisoformat("2023-05-01T09:00:00+08:00")
BACKFILLED = [
    ("2024-08", "2024-09-30T23:59:59+08:00", False),
    ("2024-08", "2024-10-01T00:00:00+08:00", True),
    ("2024-12", "2025-01-31T23:59:59+08:00", False),
    ("2024-12", "2025-01-31T16:00:00+00:00", True),
    ("2023-08", "2024-09-05T09:00:00+08:00", True),
]


@pytest.mark.parametrize(("month", "when", "marked"), BACKFILLED)
def test_a_backfill_is_marked_as_one(month: str, when: str, *, marked: bool) -> None:
    """What is recorded after the month that follows its period, by the field's day."""
    said = of_month("1", "70000", when, month)
    assert by_chengdu([said], month).backfilled is marked


def test_to_say_again_what_was_in_time_makes_no_backfill_and_another_figure_does() -> (
    None
):
    first = of_month("1", "70000", "2024-09-05T09:00:00+08:00")
    again = of_month("2", "70000", "2026-01-01T09:00:00+08:00")
    other = of_month("3", "71000", "2026-01-02T09:00:00+08:00")
    assert [
        by_chengdu(said).backfilled for said in ([first, again], [first, again, other])
    ] == [False, True]


def test_a_backfill_feeds_no_figure_that_is_closed() -> None:
    """Recorded two years later, whatever time it claims: the dispatch stays silent."""
    dispatch = "dispatch/chengdu.deyang.meishan/2024-08"
    late = of_month("1", "70000", "2026-01-01T09:00:00+08:00")
    claimed = late.envelope.model_copy(
        update={"time": EARLY, "recordedtime": late.envelope.time}
    )
    backfill = parse(claimed.to_headers(), late.value)
    line = settled(dispatch, [*STORY, backfill])[f"line/{S5.partition('/')[2]}"]
    [due] = [one for one in line.reports if one.party == "chengdu"]
    assert (due.state, due.figures) == (Reporting.LATE, None)
    assert by_chengdu([backfill]).backfilled


def of_month(id_: str, invested: str, when: str, month: str = "2024-08") -> Event[Any]:
    year, through = map(int, month.split("-"))
    data = reported(
        year=year, through_month=through, annual_investment=invested, as_of=month
    )
    moment = datetime.fromisoformat(when)
    return event("progress.reported", "chengdu", S5, data, id_, moment)


def by_chengdu(said: list[Event[Any]], month: str = "2024-08") -> Any:
    text = event("project.described", "chengdu", S5, described(), "text", LONG_AGO)
    return told(S5, [text, *said])[f"progress/{month}"].by["chengdu"]
