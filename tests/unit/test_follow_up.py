"""What follows a board: summons, rectification and incentives, and who may say them."""

import json
import random
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.due import outstanding
from tests.support.folding import (
    Shard,
    batches,
    interleaved,
    parts,
    told,
    without_effect,
)
from tests.support.properties import PROPERTY
from tests.support.saying import S11, event
from tests.unit.test_appraisal import CUT_OFF, EARLY, JOINT, STORY, report
from twincity_schemas.message import Event

CLOSED, WINDOW = CUT_OFF + timedelta(days=1), CUT_OFF + timedelta(days=10)
DUE = "2024-11-30"


def day(number: int) -> datetime:
    return CUT_OFF + timedelta(days=number)


def board() -> list[Event[Any]]:
    """Chengdu's board: its own unit is red, Deyang's is black, one is exempt."""
    content = next(e for e in STORY if e.type.fact == "board.opened").data
    data = content.model_dump(mode="json", exclude_none=True)
    data["appeals_until"] = WINDOW.isoformat()
    data["units"][1]["projects"] = [{"project": S11, "party": "deyang"}]
    stated = {"measure": "projects", "value": "5", "as_of": "2024-08", "source": "台账"}
    return [
        event("board.opened", "chengdu", JOINT, data, "o", EARLY),
        report("chengdu", S11, EARLY, "90000"),
        report("deyang", S11, EARLY, "50000"),
        *(
            event("figure.stated", "chengdu", JOINT, stated | {"unit": u}, u, EARLY)
            for u in ("jinniu", "metro")
        ),
    ]


def summons(
    when: datetime = CLOSED, id_: str = "s", by: str = "chengdu", **more: Any
) -> Event[Any]:
    data = {
        "unit": "shuangliu",
        "party": "deyang",
        "held": "2024-09-12",
        "reason": "投资完成率未达标（虚构）",
        "due": DUE,
        "as_of": "2024-09",
        **more,
    }
    return event("unit.summoned", by, JOINT, data, id_, when)


def step(
    what: str,
    by: str,
    answers: str,
    when: datetime,
    id_: str = "",
    **more: Any,
) -> Event[Any]:
    data = {
        "unit": "shuangliu",
        "answers": answers,
        "note": "（虚构）",
        "as_of": "2024",
        **more,
    }
    return event(f"rectification.{what}", by, JOINT, data, id_ or what, when)


def incentive(
    when: datetime = CLOSED, id_: str = "i", by: str = "chengdu", **more: Any
) -> Event[Any]:
    data = {
        "unit": "jinniu",
        "kind": "land",
        "reason": "红榜（虚构）",
        "basis": "第六条（虚构）",
        "as_of": "2024-09",
        **more,
    }
    return event("incentive.granted", by, JOINT, data, id_, when)


LEAVES = [
    summons(),
    step("planned", "deyang", "s", day(5), due="2024-11-20"),
    step("submitted", "deyang", "planned", day(60)),
    step("verified", "chengdu", "submitted", day(70)),
]
PART = "rectification/shuangliu"


def follows(*said: Event[Any]) -> Any:
    return told(JOINT, [*board(), *said]).get(PART)


def idle(*said: Event[Any]) -> dict[str, str]:
    return without_effect(JOINT, [*board(), *said])


def test_a_unit_leaves_the_black_board_once_its_rectification_is_verified() -> None:
    states = [follows(*LEAVES[:n]).state for n in range(1, 5)]
    assert states == ["summoned", "planned", "submitted", "verified"]
    left = follows(*LEAVES)
    assert (left.late, left.self_verified, left.open) == (False, False, ())
    assert (left.planned, left.place.colour, left.moved) == (
        "2024-11-20",
        "black",
        False,
    )
    assert (left.held, left.due, left.first_due) == ("2024-09-12", DUE, DUE)
    assert [one.step.partition(".")[2] for one in left.steps] == states[1:]
    assert told(JOINT, [*board(), *LEAVES])[""].open_parts == 0
    open_ = told(JOINT, [*board(), *LEAVES[:2]])[""]
    assert [(one.part, one.due) for one in open_.open] == [(PART, DUE)]


@pytest.mark.parametrize("opener", ["chengdu", "deyang"])
def test_whoever_opened_the_board_and_verifies_its_own_unit_is_marked(
    opener: str,
) -> None:
    """Board: nobody else may verify, so the record says whose word it is."""
    opened, *others = board()
    data = opened.data.model_dump(mode="json", exclude_none=True)
    said = [
        event("board.opened", opener, JOINT, data, "o", EARLY),
        *(e for e in others if e.type.fact == "progress.reported"),
        *(
            event("figure.stated", opener, JOINT, json.loads(e.value), f"{i}", EARLY)
            for i, e in enumerate(others)
            if e.type.fact == "figure.stated"
        ),
        summons(by=opener),
        step("submitted", "deyang", "s", day(60)),
        step("verified", opener, "submitted", day(70)),
    ]
    record = told(JOINT, said)[PART]
    assert (record.state, record.self_verified) == ("verified", opener == "deyang")


def test_what_is_sent_back_is_submitted_again() -> None:
    back = [
        *LEAVES[:3],
        step("returned", "chengdu", "submitted", day(65)),
        step("submitted", "deyang", "returned", day(90), "again"),
    ]
    assert follows(*back[:4]).state == "returned"
    again = follows(*back)
    assert (again.state, again.late) == ("submitted", True)
    assert idle(*back, step("verified", "chengdu", "submitted", day(91))) == {
        "verified": "overtaken"
    }


def test_what_is_due_says_whose_turn_it_is() -> None:
    [planned] = outstanding(follows(*LEAVES[:2]), "2024-12-01")
    assert (planned.party, planned.due, planned.overdue) == ("deyang", DUE, True)
    [handed_in] = outstanding(follows(*LEAVES[:3]), "2024-12-01")
    assert (handed_in.party, handed_in.due, handed_in.overdue) == (
        "chengdu",
        None,
        False,
    )
    assert not list(outstanding(follows(*LEAVES), "2024-12-01"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([summons(EARLY)], {"s": "not_closed"}),
        ([summons(CUT_OFF)], {"s": "not_closed"}),
        ([summons(unit="jinniu", party="chengdu")], {"s": "not_black"}),
        ([summons(unit="nobody")], {"s": "not_on_the_board"}),
        ([summons(party="chengdu")], {"s": "not_its_party"}),
        ([summons(by="deyang")], {"s": "not_your_step"}),
        ([summons(), summons(day(2), "s2")], {"s2": "said_already"}),
        (
            [summons(), summons(day(2), "s2", due="2024-10-31")],
            {"s2": "to_an_earlier_day"},
        ),
        (
            [summons(), summons(day(90), "s2", due="2025-01")],
            {"s2": "deadline_over"},
        ),
        (
            [*LEAVES, summons(day(71), "s2", due="2025-01")],
            {"s2": "ended_already"},
        ),
        (
            [step("submitted", "deyang", "s", EARLY)],
            {"submitted": "answers_unknown"},
        ),
        (
            [step("submitted", "deyang", "s", CUT_OFF), summons()],
            {"submitted": "before_the_summons"},
        ),
        (
            [summons(), step("submitted", "chengdu", "s", day(9))],
            {"submitted": "not_your_step"},
        ),
        (
            [*LEAVES[:3], step("verified", "deyang", "submitted", day(61))],
            {"verified": "not_your_step"},
        ),
        (
            [summons(), step("verified", "chengdu", "s", day(61))],
            {"verified": "not_open"},
        ),
        (
            [summons(), step("planned", "deyang", "s", day(9), due="2025-01")],
            {"planned": "later_than_set"},
        ),
        ([incentive(EARLY)], {"i": "not_closed"}),
        ([incentive(unit="shuangliu")], {"i": "not_red"}),
        ([incentive(unit="nobody")], {"i": "not_on_the_board"}),
        ([incentive(by="deyang")], {"i": "not_your_step"}),
        ([incentive(), incentive(day(2), "i2")], {"i2": "said_already"}),
    ],
)
def test_what_nothing_follows_from_has_no_effect(
    said: list[Event[Any]], why: dict[str, str]
) -> None:
    assert idle(*said) == why


def test_an_extension_in_time_moves_the_deadline_and_keeps_the_first() -> None:
    longer = summons(day(30), "s2", due="2025-01-31")
    late = step("submitted", "deyang", "s", day(100))
    assert follows(summons(), late).late
    found = follows(summons(), longer, late)
    assert (found.due, found.first_due, found.late) == ("2025-01-31", DUE, False)
    plan = step("planned", "deyang", "s", day(29), due="2025-01")
    assert idle(summons(), plan, longer) == {"planned": "later_than_set"}


def moved_by_appeal(when: datetime) -> list[Event[Any]]:
    """An appeal that is upheld: Deyang's unit is at 100, and off the black board."""
    said = []
    for number, (measure, value) in enumerate(
        (("completion", "80"), ("projects", "6"))
    ):
        about = {"appeal": f"a{number}", "as_of": "2024-09"}
        raised = {"unit": "shuangliu", "measure": measure, "evidence": "（虚构）"}
        answer = {"raised_by": "deyang", "value": value, "reason": "（虚构）"}
        said += [
            event(
                "appeal.raised", "deyang", JOINT, about | raised, f"r{number}", day(2)
            ),
            event(
                "appeal.answered", "chengdu", JOINT, about | answer, f"w{number}", when
            ),
        ]
    return said


def test_after_an_appeal_that_moved_it_nothing_follows() -> None:
    off = moved_by_appeal(day(4))
    assert idle(*off, summons(day(5))) == {"s": "not_black"}
    assert follows(*off, summons(day(5))) is None


def test_what_followed_before_an_appeal_moved_it_stands_and_says_so() -> None:
    stands = follows(summons(), *moved_by_appeal(day(4)))
    assert (stands.state, stands.moved, stands.place.colour) == (
        "summoned",
        True,
        "red",
    )
    dropped = step("dropped", "chengdu", "s", day(6))
    ended = follows(summons(), *moved_by_appeal(day(4)), dropped)
    assert (ended.state, ended.open) == ("dropped", ())


def test_a_correction_that_would_move_the_place_is_marked() -> None:
    better = report("deyang", S11, day(3), "99000")
    found = follows(summons(), better)
    assert (found.place.colour, found.moved) == ("black", False)
    assert (found.amendments, found.latest_amendment) == (1, 1)
    assert follows(summons()).latest_amendment is None


def test_incentives_follow_the_red_board_each_kind_once() -> None:
    found = told(JOINT, [*board(), incentive(), incentive(id_="f", kind="funds")])
    granted = {part for part in found if part.startswith("incentive/")}
    assert granted == {"incentive/jinniu/land", "incentive/jinniu/funds"}
    land = found["incentive/jinniu/land"]
    assert (land.place.colour, land.reason, land.basis) == (
        "red",
        "红榜（虚构）",
        "第六条（虚构）",
    )


STEPS = ("planned", "submitted", "returned", "verified", "dropped")


@st.composite
def acts(draw: st.DrawFn) -> Event[Any]:
    """Anything that anybody may say of what follows, right or wrong."""
    by = draw(st.sampled_from(["chengdu", "deyang"]))
    moment = day(draw(st.integers(-2, 100)))
    id_ = draw(st.uuids()).hex
    if draw(st.booleans()):
        due = draw(st.sampled_from(["2024-10-31", DUE, "2025-01-31"]))
        unit = draw(st.sampled_from(["shuangliu", "jinniu"]))
        return summons(moment, id_, by, unit=unit, due=due)
    what = draw(st.sampled_from(STEPS))
    answers = draw(st.sampled_from(["s", *STEPS]))
    more = {"due": draw(st.sampled_from([DUE, "2025-01"]))} if what == "planned" else {}
    return step(what, by, answers, moment, id_, **more)


@cache
def opened() -> Shard:
    """After the board alone; to be forked, not to go on."""
    shard = Shard("appraisal")
    shard.take(board())
    return shard


@PROPERTY
@given(st.lists(acts(), max_size=6), st.integers(0, 2**32))
def test_what_follows_is_the_same_in_any_order_and_late_words_undo_no_lateness(
    said: list[Event[Any]], seed: int
) -> None:
    chance = random.Random(seed)
    history = sorted([*LEAVES, *said], key=lambda e: e.envelope.time)

    def any_order(*statements: Event[Any]) -> list[Event[Any]]:
        histories = [
            [e for e in statements if e.envelope.party == party]
            for party in ("chengdu", "deyang")
        ]
        return interleaved(histories, chance)

    one, other = opened().fork(), Shard("appraisal")
    for batch in batches(any_order(*history), chance.randint(2, 12)):
        one.take(batch)
    # The other takes the board in among the rest, with a restart somewhere.
    everything = any_order(*board(), *history)
    cut = chance.randint(0, len(everything))
    other.take(everything[:cut])
    other.restart()
    other.take(everything[cut:])
    assert one.records == other.records
    found = parts(one, JOINT)
    rectified = [name for name in found if name.startswith("rectification/")]
    assert rectified == [PART]
    record = found[PART]
    due = record.first_due
    for change in record.changes:
        assert not change.counts or f"{change.recorded:%Y-%m-%d}" <= due < change.due
        due = change.due if change.counts else due
    assert record.due == due
    units_own = {"rectification.planned", "rectification.submitted"}
    for taken in record.steps:
        assert (taken.party == "deyang") == (taken.step in units_own)
