"""More histories of answers: newcomers, three agreements, dates that are past.

What came of it is read from both owners' records, as they are published.
"""

from itertools import permutations
from typing import Any

import pytest

from services.matching.lifecycle import SILENT, Step, with_step
from services.rules.due import outstanding
from tests.support.saying import SAID, entry, event, supply
from tests.unit.test_answers import (
    D1,
    D2,
    LISTED,
    S1,
    S2,
    Told,
    answer,
    publish,
    steps,
    withdrawn,
)
from twincity_schemas.message import Event

PAIR = [publish(D1, entry(as_of="2026-03")), publish(S1, supply())]
THIRD = "opportunity/meishan/2026-1-s3"


def due(told: Told, *entries: str, as_of: str = "2027-01") -> list[tuple[str, str]]:
    """Who has to answer, by whose record."""
    return [
        (one.subject, one.party)
        for subject in entries
        for one in outstanding(told[subject], as_of)
    ]


def deferred(owner: str, other: str, until: str | None, hours: int) -> Event[Any]:
    data = {"counterpart": other, "reason": "年内产能已满"}
    dated = data | ({"until": until} if until else {})
    party, id_ = owner.split("/")[1], f"{hours}-put-off"
    return event("match.deferred", party, owner, dated, id_)


def test_whoever_accepted_need_not_answer_when_its_entry_turns() -> None:
    """The reminder went to the owner that had accepted, beside the other."""
    said = [*PAIR, answer(D1, S1, "accepted", 1)]
    for turned in (entry(), entry(direction="supply")):
        told = Told([*said, publish(D1, turned, 2)])
        assert due(told, D1, S1) == [(S1, "chongqing")]
    own = "opportunity/chengdu/2026-1-s9"  # both are chengdu's
    unit = {"name": "另一单位"}
    both = [PAIR[0], publish(own, supply(responsible_unit=unit))]
    for one, other in permutations((D1, own)):
        told = Told([*both, answer(one, other, "accepted", 1)])
        assert due(told, D1, own) == [(other, "chengdu")]


def test_a_reminder_is_overdue_from_the_day_after_its_own() -> None:
    told = Told([*PAIR, answer(S1, D1, "accepted", 1)])
    [pair] = told[D1].pairs
    assert pair.answer_by == "2026-12-01"
    for day, overdue in (("11-30", False), ("12-01", False), ("12-02", True)):
        [one] = outstanding(told[D1], f"2026-{day}")
        assert one.overdue is overdue, day


@pytest.mark.parametrize("accepts", [False, True])
def test_what_is_put_off_to_a_date_that_is_past_is_told_so(*, accepts: bool) -> None:
    """It was put off and open again at once, and nobody was told of it."""
    first = [answer(D1, S1, "accepted", 1)] * accepts
    status = "accepted-by-demand" if accepts else "recommended"
    said = [*PAIR, *first]
    for until in ("2026-02", "2026-03", "2025", "2026"):
        told = Told([*said, deferred(D1, S1, until, 2)])
        assert told.without_effect == {"2-put-off": "date_past"}
        assert told[D1].no_effect[0].step == "match.deferred"
        assert told.pairs(D1) == [(S1, status)]
    for until in ("2026-04", "2026-03-15", None):
        told = Told([*said, deferred(D1, S1, until, 2)])
        assert told.without_effect == {}, until
        assert told.pairs(D1) == []
    # The date came afterwards: it was put off until then, and nothing is told.
    later = publish(D1, entry(as_of="2026-05"), 3)
    told = Told([*said, deferred(D1, S1, "2026-04", 2), later])
    assert told.without_effect == {}
    assert told.pairs(D1) == [(S1, "recommended")]


def test_to_put_off_twice_or_by_both() -> None:
    both = [*PAIR, deferred(D1, S1, "2026-04", 1), deferred(S1, D1, "2027-01", 2)]
    told = Told(both)
    assert [exit_.until for exit_ in told[D1].left] == ["2026-04", "2027-01"]
    assert [exit_.until for exit_ in told[S1].left] == ["2027-01", "2026-04"]
    told = Told([*both, publish(D1, entry(as_of="2026-05"), 3)])  # the other's is not
    assert told.pairs(D1) == []
    assert [exit_.party for exit_ in told[D1].left] == ["chongqing"]
    told = Told([*both, publish(S1, supply(as_of="2027-02"), 3)])  # both dates are over
    assert told.pairs(D1) == [(S1, "recommended")]
    later = Told([*PAIR, deferred(D1, S1, "2026-04", 1), deferred(D1, S1, None, 2)])
    assert [exit_.until for exit_ in later[D1].left] == [None]


def test_an_offer_outlives_a_newcomer_that_comes_goes_and_turns() -> None:
    said = [*PAIR, answer(D1, S1, "accepted", 1)]
    better = entry(direction="supply")  # the demand's own words
    arrived = [*said, publish(S2, better, 2)]
    for history, recommended in (
        (said, True),
        (arrived, False),
        ([*arrived, withdrawn(S2, 3)], True),
        ([*arrived, publish(S2, entry(need_type="talent"), 3)], True),
        ([*arrived, publish(S2, better | {"capacity": 0}, 3)], True),
    ):
        told = Told(history)
        shown = (told.pairs, told.offers)[not recommended]
        assert shown(D1) == [(S1, "accepted-by-demand")]
        assert shown(S1)[0] == (D1, "accepted-by-demand")
        assert ("match.accepted", "chongqing") in steps(told, S1, D1)
        assert due(told, D1, S1) == [(S1, "chongqing")]
    told = Told([*arrived, answer(S1, D1, "accepted", 4)])
    assert told.pairs(D1) == [(S1, "agreed")]
    assert told.pairs(S2) == [] or told.pairs(S2)[0][0] != D1


def test_of_three_agreements_for_two_places_the_last_is_told() -> None:
    third = publish(THIRD, supply(title="再生水厂设备配套"))
    said = [publish(D1, entry(capacity=2)), *LISTED[1:3], third]
    hours = 1
    for other in (S1, S2, THIRD):
        said += [answer(D1, other, "accepted", hours)]
        said += [answer(other, D1, "accepted", hours + 1)]
        hours += 2
    told = Told(said)
    beyond = {pair.counterpart: pair.beyond_capacity for pair in told[D1].pairs}
    assert beyond == {S1: False, S2: False, THIRD: True}
    assert told[THIRD].pairs[0].beyond_capacity
    assert told.without_effect == {"5-d1-accepted-s3": "beyond_capacity"}
    for left in (S1, S2):  # whichever of the first two ends, there is a place
        for owner, other in ((D1, left), (left, D1)):
            ended = Told([*said, answer(owner, other, "ended", 9)])
            assert ended.without_effect == {}
            assert not any(pair.beyond_capacity for pair in ended[D1].pairs)
            assert len(ended[D1].pairs) == 2


def test_a_decline_is_taken_back_by_accepting() -> None:
    declined = [*PAIR, answer(D1, S1, "declined", 1)]
    told = Told([*declined, answer(S1, D1, "accepted", 2)])
    assert told.without_effect == {"2-s1-accepted-d1": "other_left"}
    back = Told(
        [*declined, answer(S1, D1, "accepted", 2), answer(D1, S1, "accepted", 3)]
    )
    assert back.pairs(D1) == [(S1, "agreed")]
    assert back[D1].declined == back[S1].declined == ()
    assert back.without_effect == {}


def test_acceptances_that_cross_each_other_both_stand() -> None:
    """Each owner took up another than whom it is recommended to."""
    said = [*LISTED, answer(D1, S2, "accepted", 1), answer(D2, S1, "accepted", 1)]
    told = Told(said)
    for demand, other in ((D1, S2), (D2, S1)):
        known = [*told.pairs(demand), *told.offers(demand)]
        assert (other, "accepted-by-demand") in known
        known = [*told.pairs(other), *told.offers(other)]
        assert (demand, "accepted-by-demand") in known
    assert set(due(told, D1, D2, S1, S2)) == {(S1, "chongqing"), (S2, "deyang")}
    agreed = Told([*said, answer(S2, D1, "accepted", 2), answer(S1, D2, "accepted", 2)])
    assert agreed.pairs(D1) == [(S2, "agreed")]
    assert agreed.pairs(D2) == [(S1, "agreed")]


@pytest.mark.parametrize("fact", ["signed", "landed"])
@pytest.mark.parametrize("end", ["withdrawn", "capacity", "window", "withdrawn both"])
def test_what_was_signed_goes_on_whatever_the_list_says(fact: str, end: str) -> None:
    said = [*LISTED[:2]]
    for hours, step in enumerate(("accepted", "signed", fact), start=1):
        said += [answer(D1, S1, step, hours), answer(S1, D1, step, hours)]
    changes = {
        "withdrawn": [withdrawn(D1, 9)],
        "withdrawn both": [withdrawn(D1, 9), withdrawn(S1, 9)],
        "capacity": [publish(D1, entry(capacity=0), 9)],
        "window": [publish(D1, entry(valid_to="2025", as_of="2026-12"), 9)],
    }
    told = Told([*said, *changes[end]])
    assert told.pairs(D1) == [(S1, fact)]
    assert told.pairs(S1) == [(D1, fact)]
    assert told[D1].why_unpaired is None
    assert told.without_effect == {}
    went_on = Told([*said, *changes[end], answer(D1, S1, "landed", 10)])
    assert went_on.without_effect == {}
    assert went_on.pairs(D1) == [(S1, fact)]  # as far as both have come


def notices(said: list[Event[Any]]) -> list[tuple[str, str | None]]:
    """Each notice in its order: of which statement, and why it has no effect."""
    issued = Told(said).shard.events("notice.issued")
    return [(n.statement, n.no_effect and n.no_effect.code) for n in issued]


def test_who_says_it_again_after_the_other_left_is_told() -> None:
    """The second acceptance was taken for the first, which had counted once."""
    left = [*PAIR, answer(S1, D1, "accepted", 1), answer(D1, S1, "declined", 2)]
    assert notices(left) == []
    for fact in ("accepted", "negotiated"):
        again = answer(S1, D1, fact, 3)
        assert notices([*left, again]) == [(f"3-s1-{fact}-d1", "other_left")]
    ended = [*PAIR, answer(D1, S1, "accepted", 1), answer(S1, D1, "accepted", 1)]
    ended += [answer(D1, S1, "ended", 2), answer(S1, D1, "accepted", 3)]
    assert Told(ended).without_effect == {"3-s1-accepted-d1": "other_left"}
    agreed = Told([*ended, answer(D1, S1, "accepted", 4)])
    assert agreed.without_effect == {}
    assert agreed.pairs(D1) == [(S1, "agreed")]


@pytest.mark.parametrize("fact", ["signed", "negotiated", "accepted"])
def test_a_further_step_does_not_give_the_first_an_effect(fact: str) -> None:
    """A notice said that the first had effect now: a second one had come."""
    for said, code in (
        ([*PAIR, answer(S1, D1, "declined", 1)], "other_left"),
        ([PAIR[0]], "no_entry"),
        ([PAIR[0], publish(S1, entry())], "direction"),
    ):
        steps_ = [answer(D1, S1, "accepted", 2), answer(D1, S1, fact, 3)]
        assert notices([*said, *steps_]) == [
            ("2-d1-accepted-s1", code),
            (f"3-d1-{fact}-s1", code),
        ]
    declined = [PAIR[0], answer(D1, S1, "accepted", 1), answer(D1, S1, "declined", 2)]
    assert ("1-d1-accepted-s1", None) not in notices(declined)


def test_what_is_said_again_for_ever_takes_two_places() -> None:
    said = SILENT
    for number in range(200):
        step = Step(answer="accepted", statement="", recorded=SAID, number=number)
        said = with_step(said, step) or SILENT
    assert [step.number for step in said.steps] == [0, 199]
