"""Nobody's answer vanishes: what owners said of a pair is shown, or told why not.

The histories in ``tests/cases`` say what an official expects of them.
"""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.lifecycle import ANSWER_OF, SILENT, Step, stand, with_step
from services.rules.due import outstanding
from tests.support.folding import Shard, batches, interleaved, parts
from tests.support.properties import PROPERTY
from tests.support.saying import SAID, entry, event, supply
from tests.unit.test_recorded import case, recorded
from twincity_schemas.message import Event
from twincity_schemas.pairing_record import PairingRecorded, PairStatus

D1, D2 = "opportunity/chengdu/2026-1-d1", "opportunity/meishan/2026-1-d2"
S1, S2 = "opportunity/chongqing/2026-1-s1", "opportunity/deyang/2026-1-s2"
NOTED = {"note": "已办（虚构）", "as_of": "2026-03"}
MORE: dict[str, dict[str, Any]] = {
    "declined": {"reason": "不再需要"},
    "deferred": {"reason": "年内产能已满", "until": "2027-01"},
    "rated": NOTED | {"rating": 5},
    "expired": {"due": "2026-01", "as_of": "2026-02"},
    "accepted": {},
}


class Told:
    """A pool after a history: its records and the notices that stand."""

    def __init__(self, said: Sequence[Event[Any]], size: int = 1) -> None:
        self.shard = Shard("matching")
        for batch in batches(said, size):
            self.shard.take(batch)
        self.without_effect: dict[str, str] = {}
        for notice in self.shard.events("notice.issued"):
            if notice.no_effect is None:
                self.without_effect.pop(notice.statement, None)
            else:
                self.without_effect[notice.statement] = notice.no_effect.code

    def __getitem__(self, subject: str) -> PairingRecorded:
        record: PairingRecorded = parts(self.shard, subject)[""]
        return record

    def pairs(self, subject: str) -> list[tuple[str, str]]:
        return [(p.counterpart, p.status.value) for p in self[subject].pairs]

    def offers(self, subject: str) -> list[tuple[str, str]]:
        return [(p.counterpart, p.status.value) for p in self[subject].offers]

    @property
    def pool(self) -> Any:
        return parts(self.shard, "pool/2026-1")[""]


def told_case(name: str, count: int | None = None) -> Told:
    return Told(case(name)[:count])


def steps(told: Told, subject: str, other: str) -> set[tuple[str, str]]:
    known = [*told[subject].pairs, *told[subject].offers]
    [pair] = [pair for pair in known if pair.counterpart == other]
    return {(step.step, party) for step in pair.open for party in step.parties}


def test_an_answer_to_an_entry_that_does_not_exist_counts_once_it_does() -> None:
    name = "acceptance-of-an-entry-that-does-not-exist"
    s9 = "opportunity/chongqing/2026-1-s9"
    told = told_case(name)
    assert told.without_effect == {"d1-accepted-s9": "no_entry"}
    [no_effect] = told[D1].no_effect
    assert s9 in no_effect.zh
    later = Told([*case(name), publish(s9, supply(need_type="procurement"))])
    assert later.without_effect == {}
    assert later[D1].no_effect == ()
    assert "accepted-by-demand" in {
        *dict(later.pairs(s9)).values(),
        *dict(later.offers(s9)).values(),
    }


def test_an_acceptance_of_another_candidate_is_seen_by_both() -> None:
    told = told_case("acceptance-of-another-candidate-is-invisible")
    assert told.pairs(D1) == [(S1, "recommended")]
    assert told.pairs(S1) == [(D1, "recommended")]
    assert told.offers(D1) == [(S2, "accepted-by-demand")]
    assert told.offers(S2) == [(D1, "accepted-by-demand")]
    assert ("match.accepted", "deyang") in steps(told, S2, D1)
    assert told[S2].offers[0].answer_by == "2026-03-03"


def test_an_agreed_pair_outlives_capacity_zero() -> None:
    told = told_case("agreed-pair-vanishes-at-capacity-zero")
    assert told.pairs(D1) == [(S1, "agreed")]
    assert told.pairs(S1) == [(D1, "agreed")]
    assert told.pairs(S2) == []
    assert told.without_effect == {}


def test_to_expire_is_void_where_the_other_had_answered() -> None:
    told = told_case("expired-though-the-other-had-answered")
    assert told.pairs(D1) == [(S1, "agreed")]
    assert told.without_effect == {"d1-expired-s1": "not_open"}
    assert told[D1].no_effect[0].statement == "d1-expired-s1"


def test_what_is_rated_cannot_be_declined() -> None:
    told = told_case("rated-pair-can-be-declined")
    assert told.pairs(D1) == [(S1, "rated")]
    assert told.pairs(S2) == []
    assert told.without_effect == {"d1-declined-s1": "not_open"}


def test_a_step_after_the_other_has_left_is_told_who_left() -> None:
    told = told_case("signed-after-the-partner-ended-it")
    assert told.pairs(D1) == []
    assert told.without_effect == {"d1-signed-s1": "other_left"}
    [no_effect] = told[D1].no_effect
    assert "chongqing" in no_effect.en
    assert "match.ended" in no_effect.en


def test_a_signed_pair_outlives_the_withdrawal_of_its_entry() -> None:
    told = told_case("signed-pair-vanishes-when-its-entry-is-withdrawn")
    assert told.pairs(D1) == [(S1, "signed")]
    assert told.pairs(S1) == [(D1, "signed")]
    assert {("match.landed", "chengdu"), ("match.landed", "chongqing")} <= steps(
        told, S1, D1
    )
    assert (told.pool.pairs, told.pool.agreed) == (1, 1)


def test_of_two_agreements_for_one_place_the_later_is_told_and_shown() -> None:
    told = told_case("two-agreements-of-one-capacity")
    assert told.pairs(D1) == [(S1, "agreed"), (S2, "agreed")]
    assert told.without_effect == {"d1-accepted-s2": "beyond_capacity"}
    beyond = [pair.beyond_capacity for pair in told[D1].pairs]
    assert beyond == [False, True]
    assert told[S2].pairs[0].beyond_capacity
    assert {party for _, party in steps(told, S2, D1)} == {"chengdu", "deyang"}
    more = Told(
        [*case("two-agreements-of-one-capacity"), publish(D1, entry(capacity=2))]
    )
    assert not more[S2].pairs[0].beyond_capacity
    assert more.without_effect == {}


def test_why_an_entry_is_unpaired_does_not_depend_on_the_order() -> None:
    d3 = "opportunity/deyang/2026-1-d3"
    for order in permutations(case("why-unpaired-depends-on-the-order")):
        told = Told(order[:2])
        told.shard.restart()
        told.shard.take(order[2:])
        for one in (Told(order), told):
            why = one[d3].why_unpaired
            assert why is not None
            assert why.startswith("可对接的条目与他方配对总分更高")


# --- beside the cases ---------------------------------------------------------


def publish(subject: str, data: dict[str, Any], hours: int = 0) -> Event[Any]:
    fact = "opportunity.published"
    said = event(fact, subject.split("/")[1], subject, data, f"p{hours}{subject}")
    return recorded(said, SAID + timedelta(hours=hours))


def answer(owner: str, other: str, fact: str, hours: int) -> Event[Any]:
    data = {"counterpart": other, **MORE.get(fact, NOTED)}
    id_ = f"{hours}-{owner[-2:]}-{fact}-{other[-2:]}"
    said = event(f"match.{fact}", owner.split("/")[1], owner, data, id_)
    return recorded(said, SAID + timedelta(hours=hours))


def withdrawn(subject: str, hours: int) -> Event[Any]:
    party = subject.split("/")[1]
    data = {"reason": "已签约"}
    said = event("opportunity.withdrawn", party, subject, data, f"w{hours}{subject}")
    return recorded(said, SAID + timedelta(hours=hours))


LISTED = [
    publish(D1, entry()),
    publish(S1, supply()),
    publish(S2, supply(title="再生水厂建设运营")),
    publish(D2, entry(title="再生水厂运营")),
]


def test_not_now_is_open_again_from_its_date_or_with_the_entry() -> None:
    pair = [publish(D1, entry()), publish(S1, supply())]
    later = [*pair, answer(S1, D1, "deferred", 1)]
    told = Told(later)
    assert told.pairs(D1) == []
    [left] = told[D1].left
    assert (left.step, left.party, left.until) == (
        "match.deferred",
        "chongqing",
        "2027-01",
    )
    assert told[D1].declined == ()
    same_year = publish(D1, entry(as_of="2026-12"), 2)
    assert Told([*later, same_year]).pairs(D1) == []
    for owner, data in ((D1, entry), (S1, supply)):
        again = Told([*later, publish(owner, data(as_of="2027-02"), 2)])
        assert again.pairs(D1) == [(S1, "recommended")]
        assert again[D1].left == ()
    anew = Told([*later, answer(S1, D1, "accepted", 2)])
    assert anew.pairs(D1) == [(S1, "accepted-by-supply")]


def test_an_agreement_that_comes_after_a_withdrawal_is_none() -> None:
    said = [*LISTED, answer(D1, S1, "accepted", 1), withdrawn(D1, 2)]
    told = Told([*said, answer(S1, D1, "accepted", 3)])
    assert told.pairs(S1) != [(D1, "agreed")]
    assert told.without_effect["3-s1-accepted-d1"] == "off_list"
    back = Told([*said, answer(S1, D1, "accepted", 3), publish(D1, entry(), 4)])
    assert back.pairs(D1) == [(S1, "agreed")]
    assert back.without_effect == {}


def test_an_agreed_pair_outlives_whatever_its_entry_becomes() -> None:
    said = [*LISTED, answer(D1, S1, "accepted", 1), answer(S1, D1, "accepted", 1)]
    for changed in (
        entry(need_type="talent"),
        entry(direction="supply"),
        entry(regions=["500112"], insists_on=["region"]),
        entry(valid_to="2021", as_of="2022-06-20"),
        entry(capacity=0),
    ):
        told = Told([*said, publish(D1, changed, 2)])
        assert told.pairs(D1) == [(S1, "agreed")], changed
        assert told.pairs(S1)[0] == (D1, "agreed")


def test_so_does_one_that_was_taken_up_before_its_entry_was_published() -> None:
    said = [publish(S1, supply()), answer(D1, S1, "accepted", 1)]
    said += [publish(D1, entry(), 2), answer(S1, D1, "accepted", 3)]
    assert Told(said).pairs(D1) == [(S1, "agreed")]
    for changed in (entry(need_type="talent"), entry(direction="supply")):
        told = Told([*said, publish(D1, changed, 4)])
        assert told.pairs(D1) == [(S1, "agreed")], changed
        assert told.pairs(S1) == [(D1, "agreed")]


@pytest.mark.parametrize(
    ("other", "data", "code"),
    [
        (D2, entry(title="水厂"), "direction"),
        (S1, supply(need_type="talent"), "need_type"),
        ("opportunity/chongqing/2027-1-s1", supply(), "other_pool"),
        (D1, entry(), "direction"),
    ],
)
def test_what_can_never_be_a_pair_is_told(
    other: str, data: dict[str, Any], code: str
) -> None:
    said = [
        publish(D1, entry()),
        publish(other, data),
        answer(D1, other, "accepted", 1),
    ]
    told = Told([*said, answer(other, D1, "accepted", 2)])
    assert told.without_effect["1-d1-accepted-" + other[-2:]] == code
    assert told.pairs(D1) == []


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("ends", [False, True])
def test_what_was_taken_up_while_it_was_no_pair_is_taken_up_anew(
    *, ends: bool, both: bool
) -> None:
    """Two demands; one turns to a supply and comes to be recommended to the other."""
    said = [publish(D1, entry()), publish(S1, entry(), 1)]
    said += [answer(S1, D1, "accepted", 2), publish(S1, supply(), 3)]
    if both:
        said.append(answer(D1, S1, "accepted", 4))
    told = Told(said)
    [mine], [theirs] = told[D1].pairs, told[S1].pairs
    assert mine.status is theirs.status is PairStatus.RECOMMENDED
    assert mine.terms == theirs.terms
    assert mine.answer_by is theirs.answer_by is None
    assert told.without_effect["2-s1-accepted-d1"] == "direction"
    assert {step for step in steps(told, S1, D1) if step[1] == "chongqing"} == {
        ("match.accepted", "chongqing"),
        ("match.ended", "chongqing"),
    }
    if ends:
        said.append(answer(S1, D1, "ended", 5))
    said.append(answer(S1, D1, "accepted", 6))
    if not both:
        said.append(answer(D1, S1, "accepted", 7))
    told = Told(said)
    assert told.pairs(D1) == [(S1, "agreed")]
    assert told.pairs(S1) == [(D1, "agreed")]
    # The step that had none stays without effect where nothing took its place.
    assert told.without_effect.keys() <= {"2-s1-accepted-d1"}
    assert told[S1].no_effect == ()


def test_an_acceptance_anew_takes_nothing_from_what_stands() -> None:
    said = [*LISTED, answer(D1, S1, "accepted", 1), answer(S1, D1, "accepted", 1)]
    said += [answer(D1, S1, "signed", 2), answer(S1, D1, "signed", 2)]
    for turned in (entry(direction="supply"), entry(need_type="talent")):
        told = Told([*said, publish(D1, turned, 3), answer(D1, S1, "accepted", 4)])
        assert told.pairs(D1) == [(S1, "signed")]
        assert told.pairs(S1) == [(D1, "signed")]
        assert told.without_effect == {}


def test_a_late_answer_does_not_undo_that_its_time_was_over() -> None:
    said = [*LISTED[:2], answer(D1, S1, "accepted", 1), answer(D1, S1, "expired", 2)]
    told = Told([*said, answer(S1, D1, "accepted", 3)])
    assert told.pairs(D1) == []
    assert told.without_effect == {"3-s1-accepted-d1": "other_left"}
    again = Told([*said, answer(S1, D1, "accepted", 3), answer(D1, S1, "accepted", 4)])
    assert again.pairs(D1) == [(S1, "agreed")]
    assert again.without_effect == {}


def test_twenty_one_idle_steps_are_each_told_once() -> None:
    idle = [answer(D1, S1, "signed", hours) for hours in range(1, 30)]
    shard = Shard("matching")
    for said in [*LISTED[:2], *idle]:
        shard.take([said])
    notices = list(shard.events("notice.issued"))
    assert len(notices) == len(idle)
    assert all(notice.no_effect is not None for notice in notices)


FACTS = sorted(ANSWER_OF.values())
LEAVES = {"declined", "deferred", "ended", "expired"}
JOINT = {
    PairStatus.AGREED,
    PairStatus.IN_TALKS,
    PairStatus.SIGNED,
    PairStatus.LANDED,
    PairStatus.RATED,
}


def _saying(owner: str, others: list[str], data: dict[str, Any]) -> Any:
    one = st.one_of(
        st.tuples(st.sampled_from(others), st.sampled_from(FACTS)),
        st.tuples(st.just("published"), st.sampled_from([0, 1, 2])),
        st.tuples(st.just("turned"), st.sampled_from(["demand", "supply"])),
        st.just(("withdrawn", None)),
    )

    def said(drawn: list[tuple[Any, Any]]) -> list[Event[Any]]:
        found = []
        for place, (what, more) in enumerate(drawn, start=1):
            hours = 2 * place
            if what == "withdrawn":
                found.append(withdrawn(owner, hours))
            elif what == "published":
                found.append(publish(owner, data | {"capacity": more}, hours))
            elif what == "turned":
                found.append(publish(owner, data | {"direction": more}, hours))
            else:
                found.append(answer(owner, what, more, hours))
        return found

    return st.lists(one, max_size=8).map(said)


HISTORIES = st.tuples(
    _saying(D1, [S1, S2, D2], entry()),
    _saying(S1, [D1, D2], supply()),
    _saying(S2, [D1, D2], supply(title="再生水厂建设运营")),
    _saying(D2, [S1, S2], entry(title="再生水厂运营")),
)


@PROPERTY
@given(HISTORIES, st.integers())
def test_whoever_holds_to_a_pair_finds_it_or_is_told_why_not(
    histories: tuple[list[Event[Any]], ...], seed: int
) -> None:
    """Every last step of an owner is in both records, or has a notice."""
    said = [*LISTED, *interleaved(histories, random.Random(seed))]
    told = Told(said)
    for owner in (D1, D2, S1, S2):
        record = told[owner]
        shown = {p.counterpart: p for p in (*record.pairs, *record.offers)}
        left = {exit_.counterpart for exit_ in record.left}
        for other, last in last_steps(told, owner).items():
            if last.answer in {"declined", "ended", "expired", "deferred"}:
                assert other in left or last.answer == "deferred"
                continue
            if last.statement in told.without_effect:
                continue
            assert other in shown or other in left, (owner, other, last)
            if other in shown:
                theirs = told[other]
                seen = {p.counterpart: p for p in (*theirs.pairs, *theirs.offers)}
                assert seen[owner].status is shown[other].status
                assert shown[other].status is not PairStatus.RECOMMENDED


def last_steps(told: Told, owner: str) -> dict[str, Step]:
    """By the other entry, the last step that counted."""
    pool = told.shard.processor.decide.__self__.index.pool(owner)  # type: ignore[attr-defined]
    found = {}
    for other, mine in pool.views[owner].answers.items():
        theirs = pool.views[other].answers.get(owner, SILENT)
        if (last := stand(mine, theirs).last) is not None:
            found[other] = last
    return found


@settings(max_examples=100, deadline=None)
@given(HISTORIES, st.integers(), st.integers())
def test_any_interleaving_gives_equal_records_and_notices(
    histories: tuple[list[Event[Any]], ...], one: int, other: int
) -> None:
    first, second = (
        Told([*LISTED, *interleaved(histories, random.Random(seed))], size)
        for seed, size in ((one, 1), (other, 2 + other % 50))
    )
    assert first.shard.records == second.shard.records


def test_what_an_owner_says_of_a_pair_for_ever_is_bounded() -> None:
    said = SILENT
    for number in range(500):
        fact = ("accepted", "expired", "negotiated", "declined")[number % 3]
        step = Step(answer=fact, statement=str(number), recorded=SAID, number=number)
        said = with_step(said, step) or said
    assert len(said.steps) <= 50


def test_an_offer_that_waits_is_due_for_whoever_has_to_answer() -> None:
    told = Told([*LISTED[:2], answer(S1, D1, "accepted", 1)])
    dues = [due for of in (D1, S1) for due in outstanding(told[of], "2027-01")]
    assert [(due.subject, due.party, due.due, due.overdue) for due in dues] == [
        (D1, "chengdu", "2026-12-01", True)
    ]
    agreed = Told(
        [
            *LISTED[:2],
            answer(S1, D1, "accepted", 1),
            answer(D1, S1, "signed", 2),
            answer(D1, S1, "accepted", 3),
        ]
    )
    assert not [due for of in (D1, S1) for due in outstanding(agreed[of], "2027-01")]


def test_a_no_match_names_the_nearest_entries_and_what_is_in_the_way() -> None:
    far = supply(regions=["500112"], insists_on=["region"])
    told = Told([publish(D1, entry()), publish(S1, far)])
    [near] = told[D1].nearest
    assert near.counterpart == S1
    assert [failed.code for failed in near.failed] == ["region"]
    assert [one.counterpart for one in told[S1].nearest] == [D1]
    closer = Told([publish(D1, entry()), publish(S1, far), publish(S1, supply(), 1)])
    assert closer.pairs(D1) == [(S1, "recommended")]
    assert closer[D1].nearest == ()
    left = Told([*LISTED[:2], answer(S1, D1, "declined", 1)])
    assert [f.code for f in left[D1].nearest[0].failed] == ["left"]


@pytest.mark.parametrize("seed", range(12))
def test_what_both_hold_to_ends_by_their_word_alone(seed: int) -> None:
    """Whatever becomes of the entries, published before the answers or after them."""
    chance = random.Random(seed)
    entries_ = {D1: entry, D2: entry, S1: supply, S2: supply}
    told = Told([publish(one, entries_[one]()) for one in (D1, S1)])
    before: set[tuple[str, str]] = set()
    for hours in range(1, 60):
        owner = chance.choice([*entries_])
        other = chance.choice([S1, S2] if owner in {D1, D2} else [D1, D2])
        changes = {
            "capacity": chance.choice([0, 1, 2]),
            "direction": chance.choice(["demand", "supply"]),
            "need_type": chance.choice(["talent", "procurement", "procurement"]),
        }
        said = chance.choice(["accepted", "published"] * 5 + [*FACTS, "withdrawn"])
        if said == "published":
            some = dict(chance.sample([*changes.items()], chance.randrange(4)))
            told.shard.take([publish(owner, entries_[owner](**some), hours)])
        elif said == "withdrawn":
            told.shard.take([withdrawn(owner, hours)])
        else:
            told.shard.take([answer(owner, other, said, hours)])
        held = {
            (one, pair.counterpart)
            for one in entries_
            if (record := parts(told.shard, one).get("")) is not None
            for pair in record.pairs
            if pair.status in JOINT
        }
        assert held == {(other_, one) for one, other_ in held}
        left = {(owner, other), (other, owner)} if said in LEAVES else set()
        assert before <= held | left
        before = held
