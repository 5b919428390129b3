"""Indicators: what was aimed at, what was reported, ahead or behind of time."""

import random
import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coordination.attainment import elapsed, last_day
from services.rules.due import outstanding
from services.rules.rates import hundredths
from tests.support.folding import (
    Shard,
    interleaved,
    parts,
    spelled,
    tell,
    told,
    without_effect,
)
from tests.support.properties import PROPERTY
from tests.support.saying import event
from tests.unit.test_recorded import case
from twincity_schemas.indicator_record import (
    AttainmentRecorded,
    IndicatorRecorded,
    IndicatorState,
)
from twincity_schemas.message import ContractError, Event
from twincity_schemas.parties import day_of
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Subject

SET = datetime.fromisoformat("2022-01-05T09:00:00+08:00")
EARLIER = SET - timedelta(days=9)
HOUSING = Subject.parse("indicator/chengdu/rental-housing")
JOINT = Subject.parse("indicator/chengdu.chongqing/green-factories")


def targeted(party: str = "chengdu", subject: Subject = HOUSING, **more: Any) -> Any:
    data = {
        "name": "筹集保障性租赁住房",
        "domain": "city-services",
        "unit": "套",
        "measure": "cumulative",
        "target": "60000",
        "bound": "at-least",
        "begins": "2022",
        "ends": "2022",
        "coverage": "whole",
        "as_of": "2022-08",
        "source": "成都日报，2022年8月",
        **more,
    }
    return event("indicator.targeted", party, str(subject), data, f"{party}-t", SET)


def reported(
    value: str,
    as_of: str = "2022-08",
    party: str = "chengdu",
    subject: Subject = HOUSING,
    **more: Any,
) -> Any:
    data = {
        "value": value,
        "unit": "套",
        "coverage": "whole",
        "as_of": as_of,
        "source": "演示数据（虚构）",
        **more,
    }
    return event("indicator.reported", party, str(subject), data, f"{party}-{as_of}")


def record(*said: Any, subject: Subject = HOUSING) -> IndicatorRecorded:
    header: IndicatorRecorded = tell(subject, said)
    return header


def dates(*said: Any, subject: Subject = HOUSING) -> list[AttainmentRecorded]:
    """The records of every date, in order of time."""
    found = told(subject, said)
    return [found[part] for part in sorted(found) if part]


@pytest.mark.parametrize(
    ("value", "as_of", "attained", "lead", "state"),
    [
        ("43200", "2022-08", "72", "5.33", IndicatorState.AHEAD),
        ("40000", "2022-08-31", "66.67", "0", IndicatorState.ON_TIME),
        ("39999", "2022-08", "66.67", "0", IndicatorState.ON_TIME),
        ("30000", "2022-08", "50", "-16.67", IndicatorState.BEHIND),
        ("60000", "2022-11", "100", "8.33", IndicatorState.REACHED),
        ("61000", "2024", "101.67", "1.67", IndicatorState.REACHED_LATE),
        ("59000", "2024", "98.33", "-1.67", IndicatorState.BEHIND),
    ],
)
def test_ahead_and_behind_are_a_matter_of_the_as_of_date(
    value: str, as_of: str, attained: str, lead: str, state: IndicatorState
) -> None:
    header = record(targeted(), reported(value, as_of))
    assert header.latest is not None
    assert header.latest.attained == Decimal(attained)
    assert header.latest.lead == Decimal(lead)
    assert header.state is state


def test_what_is_to_fall_counts_from_its_baseline() -> None:
    less = {"unit": "分钟", "target": "8", "bound": "at-most", "baseline": "12"}
    header = record(targeted(**less), reported("11", "2022-06", unit="分钟"))
    assert header.latest is not None
    assert header.latest.attained == 25
    assert header.state is IndicatorState.BEHIND
    header = record(targeted(**less), reported("8", "2022-06", unit="分钟"))
    assert header.state is IndicatorState.REACHED


def test_a_growth_rate_is_not_compared_with_time() -> None:
    rate = {"measure": "level", "unit": "%", "target": "15"}
    header = record(targeted(**rate), reported("12.6", unit="%"))
    assert header.latest is not None
    assert (header.latest.attained, header.latest.lead) == (84, None)
    assert header.state is IndicatorState.BEHIND


@pytest.mark.parametrize(
    ("target", "value", "state"),
    [
        ({"bound": "at-most"}, "70000", IndicatorState.BEHIND),
        ({"bound": "at-most"}, "60000", IndicatorState.BEHIND),
        ({"baseline": "60000"}, "59999", IndicatorState.BEHIND),
        ({"baseline": "70000"}, "65000", IndicatorState.REACHED),
        ({"target": "0"}, "-1", IndicatorState.BEHIND),
    ],
)
def test_no_share_where_the_target_does_not_lie_beyond_the_baseline(
    target: dict[str, str], value: str, state: IndicatorState
) -> None:
    header = record(targeted(**target), reported(value))
    assert header.latest is not None
    assert header.latest.attained is None
    assert header.latest.elapsed == Decimal("66.67")
    assert header.state is state


def test_history_runs_with_time_and_the_same_date_is_replaced() -> None:
    said = [
        targeted(),
        reported("43200", "2022-08"),
        reported("30000", "2022-06"),
        reported("44000", "2022-08-31"),
    ]
    assert [(p.part, p.as_of, p.value, p.no_effect) for p in dates(*said)] == [
        ("attainment/2022-06-30", "2022-06", 30000, ()),
        ("attainment/2022-08-31", "2022-08-31", 44000, ()),
    ]
    header = record(*said)
    assert header.by["chengdu"].value == 44000
    assert header.parts["attainment"].count == 2


def test_a_report_costs_what_its_date_costs() -> None:
    """Not its history: the hundredth writes no more than the tenth."""
    shard = Shard("coordination")
    shard.take([targeted(begins="2016")])
    written = []
    for number in range(120):
        before = len(shard.published)
        year, month = divmod(number, 12)
        shard.take([reported("43200", f"{2016 + year}-{month + 1:02}")])
        messages = shard.published[before:]
        assert len(messages) == 2, "its date, and the indicator"
        written.append(sum(len(one.value or b"") for one in messages))
    assert max(written[9:]) <= 1.05 * written[9]
    # A date before the others is told alone, too, and the latest stays.
    before = len(shard.published)
    shard.take([reported("1", "2016-01-15")])
    assert len(shard.published) == before + 2
    assert parts(shard, HOUSING)[""].latest.as_of == "2025-12"


def part(party: str, value: str, **more: Any) -> Any:
    return targeted(party, JOINT, target=value, coverage="own-part", **more)


def own(party: str, value: str, as_of: str = "2022-08") -> Any:
    return reported(value, as_of, party, JOINT, coverage="own-part")


def test_parts_add_up_once_every_member_has_spoken() -> None:
    said = [part("chengdu", "40"), own("chengdu", "30")]
    alone = record(*said, subject=JOINT)
    assert (alone.target.state, alone.target.joint) == (FieldState.SINGLE, None)
    assert alone.state is IndicatorState.UNDETERMINED
    said += [part("chongqing", "60"), own("chongqing", "50", "2022-07")]
    apart = record(*said, subject=JOINT)
    assert apart.target.joint is not None
    assert apart.target.joint.target == 100
    assert apart.state is IndicatorState.UNDETERMINED, "no date has both"
    both = record(*said, own("chongqing", "50"), subject=JOINT)
    assert both.latest is not None
    assert (both.latest.value, both.latest.lead) == (80, Decimal("13.33"))
    assert both.state is IndicatorState.AHEAD
    assert [p.state for p in dates(*said, own("chongqing", "50"), subject=JOINT)] == [
        FieldState.SINGLE,
        FieldState.SETTLED,
    ]


def test_parts_of_which_only_some_have_a_baseline_do_not_add_up() -> None:
    header = record(
        part("chengdu", "40", baseline="10"), part("chongqing", "60"), subject=JOINT
    )
    assert (header.target.state, header.target.joint) == (FieldState.DISPUTED, None)


def test_figures_of_the_whole_must_agree() -> None:
    said = [
        targeted(subject=JOINT),
        targeted("chongqing", JOINT, target="70000"),
        reported("1", party="chengdu", subject=JOINT),
        reported("2", party="chongqing", subject=JOINT),
    ]
    header = record(*said, subject=JOINT)
    assert header.target.state is FieldState.DISPUTED
    assert [p.state for p in dates(*said, subject=JOINT)] == [FieldState.DISPUTED]
    assert header.latest is None
    assert {p: s.value for p, s in header.by.items()} == {"chengdu": 1, "chongqing": 2}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (reported("4.3", unit="万套"), "other_unit"),
        (reported("4", "2021-12"), "before_the_period"),
        (reported("4", "2021"), "before_the_period"),
    ],
)
def test_a_report_that_does_not_fit_its_target_has_no_effect(
    wrong: Event[Any], code: str
) -> None:
    said = [targeted(), wrong]
    assert without_effect(HOUSING, said) == {wrong.envelope.id: code}
    assert dates(*said) == []
    assert tell(HOUSING, [wrong]) is None


def test_what_does_not_count_stands_beside_what_does() -> None:
    wrong = reported("4.3", party="chongqing", subject=JOINT, unit="万套")
    said = [targeted(subject=JOINT), reported("1", subject=JOINT), wrong]
    [date] = dates(*said, subject=JOINT)
    assert list(date.by) == ["chengdu"]
    assert [u.statement for u in date.no_effect] == [wrong.envelope.id]


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ContractError, match="before it begins"):
        targeted(begins="2022-06", ends="2022-05-31")


@pytest.mark.parametrize(
    ("as_of", "begins", "ends", "share"),
    [
        ("2023-08", "2023", "2023", "66.67"),
        ("2024-02-29", "2024-02-29", "2024-02-29", "100"),
        ("2024-02-14", "2024-02", "2024", "4.39"),
        ("2021", "2022", "2022", "0"),
        ("0000", "0000", "9999", "0.01"),
    ],
)
def test_elapsed_counts_a_month_as_a_twelfth(
    as_of: str, begins: str, ends: str, share: str
) -> None:
    assert hundredths(elapsed(as_of, begins, ends)) == Decimal(share)


def test_a_partial_date_ends_with_its_last_day() -> None:
    assert [last_day(d) for d in ("2024", "2024-02", "2024-02-03")] == [
        "2024-12-31",
        "2024-02-29",
        "2024-02-03",
    ]


# --- the article's targets -----------------------------------------------------

ARTICLE = tomllib.loads(
    (Path(__file__).parents[2] / "services/demo/indicators.toml").read_text("utf-8")
)


@pytest.mark.parametrize("told", ARTICLE["indicator"], ids=lambda i: i["subject"])
def test_the_articles_targets_are_said_and_reported_against(
    told: dict[str, Any],
) -> None:
    subject = Subject.parse(told["subject"])
    target = ARTICLE["target"] | told["target"]
    reports = [
        ARTICLE["report"] | {"unit": target["unit"]} | more for more in told["report"]
    ]
    assert "成都日报" in target["source"]
    assert all("虚构" in report["source"] for report in reports)
    said = [event("indicator.targeted", "chengdu", str(subject), target)]
    said += [
        event("indicator.reported", "chengdu", str(subject), report)
        for report in reports
    ]
    told_of = record(*said, subject=subject)
    assert without_effect(subject, said) == {}
    assert len(dates(*said, subject=subject)) == len(reports)
    assert told_of.state is not IndicatorState.UNDETERMINED


# --- any interleaving, byte-equal records -------------------------------------

DATES = ("0000", "2021-12-31", "2022", "2022-02", "2022-02-28", "2022-12-31", "9999")
NUMBERS = st.one_of(
    st.sampled_from(["0", "-1", "1", "999999999999.999999", "-999999999999.999999"]),
    st.decimals(-10, 10, places=6, allow_nan=False).map(lambda d: f"{d + 0:f}"),
)
COVERAGE = st.sampled_from(["whole", "own-part"])
UNIT = st.sampled_from(["套", "套", "套", "个"])


def _said(party: str) -> st.SearchStrategy[Event[Any]]:
    targets = st.fixed_dictionaries(
        {
            "target": NUMBERS,
            "bound": st.sampled_from(["at-least", "at-most"]),
            "unit": UNIT,
            "coverage": COVERAGE,
            "measure": st.sampled_from(["cumulative", "cumulative", "level"]),
            "domain": st.sampled_from(["industry", "innovation"]),
        },
        optional={"baseline": NUMBERS},
    )
    periods = st.lists(st.sampled_from(DATES), min_size=2, max_size=2).map(sorted)
    return st.one_of(
        st.tuples(targets, periods).map(
            lambda t: targeted(party, JOINT, begins=t[1][0], ends=t[1][1], **t[0])
        ),
        st.tuples(NUMBERS, st.sampled_from(DATES), COVERAGE, UNIT).map(
            lambda r: reported(r[0], r[1], party, JOINT, coverage=r[2], unit=r[3])
        ),
    )


@PROPERTY
@given(
    st.tuples(*(st.lists(_said(p), max_size=6) for p in JOINT.members)),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = [s for history in histories for s in history]
    other = interleaved(histories, chance)
    assert spelled(JOINT, one_after_the_other) == spelled(JOINT, other)


# --- versions of the target ---------------------------------------------------


def test_a_target_that_is_lowered_does_not_change_what_stood_before() -> None:
    said = case("target-lowered-at-the-end-of-the-year")
    subject = Subject.parse(said[0].envelope.subject)
    record_ = record(*said, subject=subject)
    june, december = dates(*said, subject=subject)
    assert (june.target, june.attained, june.lead) == (600, 40, -10)
    assert (december.target, december.attained) == (400, Decimal("102.5"))
    assert december.attained_of_first == Decimal("68.33")
    assert record_.state is IndicatorState.REACHED_CHANGED
    assert [(v.joint.target, v.statements) for v in record_.target.versions] == [
        (600, ("cq-i1",)),
        (400, ("cq-i3",)),
    ]
    # The change with its date: when either was recorded, in the field's zone.
    assert [day_of(v.since) for v in record_.target.versions] == [
        "2025-01-05",
        "2025-12-25",
    ]
    assert not december.target_afterwards


def test_a_target_that_is_set_when_the_value_is_known_is_marked() -> None:
    late = targeted(target="43200")
    late = Event(
        late.envelope.model_copy(update={"recordedtime": SET + timedelta(days=400)}),
        late.type,
        late.data,
        late.value,
    )
    for said in ([late, reported("43200")], [reported("43200"), late]):
        [august] = dates(*said)
        assert (august.attained, august.target_afterwards) == (100, True)
        assert record(*said).state is IndicatorState.REACHED_AFTERWARDS
    assert not dates(targeted(), reported("43200"))[0].target_afterwards


@pytest.mark.parametrize(
    ("in_time", "since", "state"),
    [
        ("60000", "61000", IndicatorState.REACHED),
        ("60000", "59000", IndicatorState.REACHED),  # a closed period is closed
        ("59000", "61000", IndicatorState.REACHED_LATE),
        ("58000", "59000", IndicatorState.BEHIND),
    ],
)
def test_a_period_that_is_over_is_judged_by_its_end(
    in_time: str, since: str, state: IndicatorState
) -> None:
    said = [targeted(), reported(in_time, "2022-12"), reported(since, "2023-03")]
    for order in permutations(said):
        assert record(*order).state is state
    open_ = [*outstanding(record(*said), "2023-06-01")]
    assert bool(open_) == (state is IndicatorState.BEHIND)


def test_a_value_of_a_day_to_come_is_a_forecast() -> None:
    """In February it is said what December comes to, to be ahead for the whole year."""
    february = SET + timedelta(days=40)

    def by_then(value: str, as_of: str) -> Any:
        said = reported(value, as_of)
        envelope = said.envelope.model_copy(update={"recordedtime": february})
        return Event(envelope, said.type, said.data, said.value)

    now = by_then("3000", "2022-02")
    for as_of in ("2022-12", "2022-02-15", "2022"):
        forecast = by_then("60000", as_of)
        said = [targeted(), now, forecast]
        assert record(*said).state is IndicatorState.BEHIND
        assert record(*said).latest.as_of == "2022-02"
        assert without_effect(str(HOUSING), said) == {
            forecast.envelope.id: "before_its_date"
        }


def test_a_value_that_is_said_again_shows_what_it_was() -> None:
    [point] = dates(targeted(), reported("1000"), reported("2000"))
    assert point.value == Decimal(2000)
    assert [v.value for v in point.by["chengdu"].before] == [1000]


def test_whoever_was_recorded_first_names_it_and_differences_are_shown() -> None:
    later = targeted("chengdu", JOINT, name="绿色工厂（成都）")
    first = targeted("chongqing", JOINT, name="绿色工厂")
    first = Event(
        first.envelope.model_copy(update={"recordedtime": EARLIER}),
        first.type,
        first.data,
        first.value,
    )
    header = record(later, first, subject=JOINT)
    assert header.name == "绿色工厂"
    assert header.differing["name"] == {
        "chengdu": "绿色工厂（成都）",
        "chongqing": "绿色工厂",
    }


@pytest.mark.parametrize(
    ("last", "now", "measure", "doubted"),
    [
        ("4320", "0.45", "cumulative", True),  # 万套 for 套
        ("4320", "45000000", "cumulative", True),
        ("4320", "450", "cumulative", True),
        ("4320", "43200", "cumulative", False),  # as from January to February
        ("4320", "43200", "level", True),
        ("4320", "6000", "level", False),
    ],
)
def test_a_value_that_differs_by_a_factor_of_units_from_the_last_is_doubted(
    last: str, now: str, measure: str, *, doubted: bool
) -> None:
    said = (
        targeted(measure=measure),
        reported(last, "2022-05"),
        reported(now, "2022-08"),
    )
    doubts = dates(*said)[-1].by["chengdu"].doubts
    assert [one.code for one in doubts] == ["unit_slip"] * doubted
    assert record(*said).by["chengdu"].doubts == doubts
    shard = Shard("coordination")
    shard.take(said)
    notices = [*shard.events("notice.issued")]
    assert [one.doubts for one in notices] == [doubts] * doubted
