"""Sections that a party reports apart: they add up, and none is left out in silence.

Made up (虚构), as two lots of one city of which the second goes badly. The figures are
added up here by hand, from the statements.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.sections import months_before, unreported
from tests.support.folding import parts, told
from tests.support.properties import PROPERTY
from tests.support.saying import described, event, reported
from tests.unit.test_appraisal import CUT_OFF, EARLY
from tests.unit.test_auditor import taken
from tests.unit.test_belated import call
from tests.unit.test_signed_obstacles import calls
from tests.unit.test_succession import AREA, BOARD_OF_ALL, DISPATCH, OLD, ROAD, area
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.light import Light
from twincity_schemas.message import Event

LATE = CUT_OFF + timedelta(days=2)
JULY, AUGUST = EARLY - timedelta(days=25), EARLY


def lot(  # noqa: PLR0913, PLR0917  one line of a table
    section: str,
    plan: int,
    invested: int,
    month: int = 8,
    when: datetime | None = None,
    party: str = "chengdu",
) -> Event[Any]:
    data = reported(
        year=2024,
        through_month=month,
        annual_plan=f"{plan}",
        annual_investment=f"{invested}",
        cumulative_investment="900000",
        as_of=f"2024-{month:02}",
    )
    data |= {"section": section} if section else {}
    moment = when or (JULY if month == 7 else AUGUST)
    name = f"{party}-{section or 'all'}-{plan}-{invested}-{moment:%m%d}"
    return event("progress.reported", party, OLD, data, name, moment)


OTHERS = [lot("", 10_000, 5_000, month, party="deyang") for month in (7, 8)]
BOTH_IN_JULY = [lot("a", 60_000, 40_000, 7), lot("b", 40_000, 10_000, 7)]
A, B = lot("a", 60_000, 50_000), lot("b", 40_000, 12_000)


def line(*said: Event[Any]) -> Any:
    found = parts(taken([call(), *OTHERS, *said]), DISPATCH)
    return found[f"line/{OLD.partition('/')[2]}"]


def joint(*said: Event[Any], month: str = "2024-08") -> Any:
    text = event("project.described", "deyang", OLD, described(), "text", JULY)
    return told(OLD, [text, *OTHERS, *said])[f"progress/{month}"]


def rate(*said: Event[Any], projects: tuple[str, ...] = (OLD,)) -> Any:
    """The city's unit on a board, by the completion rate of its projects."""
    opening, *_ = calls()
    data = opening.data.model_dump(mode="json", exclude_none=True)
    measure = data["rules"]["measures"][0] | {"kind": "completion-rate"}
    data["rules"]["measures"] = [measure]
    data["units"] = [
        one | {"projects": [{"project": p, "party": one["code"]} for p in projects]}
        for one in data["units"]
    ]
    board = event("board.opened", "chengdu", BOARD_OF_ALL, data, "q3", EARLY)
    return parts(taken([board, *OTHERS, *said]), BOARD_OF_ALL)["unit/chengdu"]


def test_sections_add_up_wherever_they_are_counted() -> None:
    """Dispatch, board, area and project: not the section that was reported last."""
    for said in ([A, B], [B, A]):
        of_line = line(*said)
        assert (of_line.annual_plan, of_line.annual_investment) == (110_000, 67_000)
        own = next(one for one in of_line.reports if one.party == "chengdu")
        assert (own.figures.annual_plan, own.missing_sections) == (100_000, ())
        assert rate(*said).figures[0].actual == 62
        header = parts(taken([area(OLD), *OTHERS, *said]), AREA)[""]
        assert (header.annual_plan, header.annual_investment) == (110_000, 67_000)
        whole = joint(*said).joint
        assert (whole.annual_plan, whole.annual_investment) == (110_000, 67_000)


def test_a_section_that_goes_badly_is_not_left_out_in_silence() -> None:
    """Of August only the good lot is reported: no sum, and July's on the board."""
    record = joint(*BOTH_IN_JULY, A)
    assert (record.joint, record.light) == (None, Light.RED)
    assert record.by["chengdu"].missing_sections == ("b",)
    assert record.missing == ("chengdu",)
    of_line = line(*BOTH_IN_JULY, A)
    own = next(one for one in of_line.reports if one.party == "chengdu")
    assert (own.state, own.figures, own.missing_sections) == (
        Reporting.SILENT,
        None,
        ("b",),
    )
    assert (of_line.annual_plan, of_line.light) == (None, Light.RED)
    unit = rate(*BOTH_IN_JULY, A)
    assert unit.figures[0].actual == 50
    [counted] = unit.projects
    assert (counted.period, counted.on_time) == ("2024-07", False)
    found = parts(taken([area(OLD), *OTHERS, *BOTH_IN_JULY, A]), AREA)
    assert found[""].period == "2024-07"
    assert found["member/chengdu.deyang/ring"].missing == ("chengdu",)


def test_whoever_goes_over_to_one_section_alone_is_doubted() -> None:
    """All as one in July; of August the good lot alone, and then the other, too."""
    all_as_one = lot("", 100_000, 50_000, 7)
    alone, both = joint(all_as_one, A), joint(all_as_one, A, B)
    assert "plan_lowered" in {one.code for one in alone.by["chengdu"].doubts}
    assert both.by["chengdu"].doubts == ()


def test_a_section_that_comes_after_the_cut_off_is_a_correction() -> None:
    late = lot("b", 40_000, 12_000, when=LATE)
    own = next(
        one for one in line(*BOTH_IN_JULY, A, late).reports if one.party == "chengdu"
    )
    assert (own.state, own.figures) == (Reporting.LATE, None)
    assert own.correction.annual_investment == 62_000
    assert rate(*BOTH_IN_JULY, A, late).figures[0].actual == 50
    # In a month before it has no section that it could lack: what it reported counts.
    assert rate(A, late).figures[0].actual == Decimal("83.33")


@pytest.mark.parametrize(
    ("august", "plan"),
    [
        # Split in mid-year: nought is said of the old one, once.
        (
            [
                A,
                lot("b", 0, 0),
                lot("b1", 25_000, 9_000),
                lot("b2", 15_000, 3_000),
            ],
            100_000,
        ),
        # Split without a word of the old one: it may be either.
        ([A, lot("b1", 25_000, 9_000), lot("b2", 15_000, 3_000)], None),
        # The old key is reported afterwards: it is a section beside the others.
        ([A, B, lot("b1", 25_000, 9_000)], 125_000),
        # One of all takes the place of every section, and they of it.
        ([A, lot("", 100_000, 62_000)], 100_000),
        ([lot("", 100_000, 62_000), A, B], 100_000),
        # One part without a plan this year says 0 of it and is there.
        ([A, lot("b", 0, 0)], 60_000),
    ],
)
def test_what_is_split_in_mid_year_counts_once(
    august: list[Event[Any]], plan: int | None
) -> None:
    of_line, record = line(*BOTH_IN_JULY, *august), joint(*BOTH_IN_JULY, *august)
    together = None if plan is None else plan + 10_000
    assert of_line.annual_plan == together
    assert (record.joint and record.joint.annual_plan) == together


def test_what_was_said_to_be_nought_is_due_no_more() -> None:
    old, new = [lot("b", 0, 0, 7), lot("b1", 40_000, 10_000, 7)], lot("b1", 40_000, 9)
    assert line(BOTH_IN_JULY[0], *old, A, new).annual_plan == 110_000


def test_a_section_does_not_end_with_the_year() -> None:
    """In January the good lot alone is reported, and no month before it is at hand."""
    new_year = {"year": 2025, "through_month": 1, "as_of": "2025-01"}
    january = []
    for one in (A, OTHERS[1]):
        data = one.data.model_dump(mode="json", exclude_none=True) | new_year
        party, when = one.envelope.party, EARLY + timedelta(days=150)
        january.append(event("progress.reported", party, OLD, data, "january", when))
    record = joint(*BOTH_IN_JULY, A, B, *january, month="2025-01")
    assert (record.joint, record.missing) == (None, ("chengdu",))
    assert [*months_before(2025, 2)][::12] == ["2024-01", "2025-01"]


AMOUNTS = st.tuples(st.sampled_from([0, 40]), st.sampled_from([0, 20])).map(
    lambda pair: (Decimal(pair[0]), Decimal(pair[1]))
)
MONTH = st.one_of(
    st.just({}),
    st.builds(lambda amounts: {"": amounts}, AMOUNTS),
    st.dictionaries(st.sampled_from("abc"), AMOUNTS, min_size=1),
)


@PROPERTY
@given(MONTH, st.lists(MONTH, max_size=4))
def test_a_section_is_due_until_it_is_nought_or_all_is_one(
    now: dict[str, Any], before: list[dict[str, Any]]
) -> None:
    absent = unreported(now, before)
    for section in "abc":
        last = next((m for m in reversed(before) if section in m or "" in m), {})
        due = section in last and any(last[section])
        is_apart = now and "" not in now
        assert (section in absent) is bool(is_apart and due and section not in now)


@pytest.mark.parametrize(
    ("since", "parties", "actual", "standing"),
    [
        ("2023-11-01", ("chengdu", "deyang"), 62, "suspended"),
        ("2024-01-31", ("chengdu", "deyang"), 62, "suspended"),
        ("2024-02-01", ("chengdu", "deyang"), None, "unknown"),  # January was due
        ("2023-11-01", ("chengdu",), None, "unknown"),  # nobody excuses itself alone
    ],
)
def test_a_project_that_rests_all_year_makes_no_rate_unknown(
    since: str, parties: tuple[str, ...], actual: int | None, standing: str
) -> None:
    """Board: nothing of it was due, and the unit's other project is reported."""
    when = datetime.fromisoformat(f"{since}T09:00:00+08:00")
    text = described(phase="suspended", as_of="2023")
    said = [
        event("project.described", party, ROAD, text, f"rests-{party}", when)
        for party in parties
    ]
    unit = rate(A, B, *said, projects=(OLD, ROAD))
    [road] = [one for one in unit.projects if one.project == ROAD]
    assert (unit.figures[0].actual, road.standing.value) == (actual, standing)
