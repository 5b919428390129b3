"""A pool: the life of its pairs, what is told of it, and bad input."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching import lifecycle, telling
from services.matching.certificate import verify
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from tests.support.folding import interleaved
from tests.support.saying import entry, event, supply
from twincity_schemas.message import Event, to_json
from twincity_schemas.pairing_record import PairingRecorded, PairStatus, PoolRecorded

DEMAND = "opportunity/chengdu/2022-1-0001"
SUPPLY = "opportunity/chongqing/2022-1-0002"
OTHER = "opportunity/deyang/2022-1-0003"
LISTED = (
    event("opportunity.published", "chengdu", DEMAND, entry(), "d"),
    event("opportunity.published", "chongqing", SUPPLY, supply(), "s"),
)
NOTED = {"note": "说明", "as_of": "2026-03"}
MORE: dict[str, dict[str, Any]] = {
    "declined": {"reason": "不合适"},
    "negotiated": NOTED,
    "signed": NOTED,
    "landed": NOTED,
    "rated": NOTED | {"rating": 5},
    "ended": NOTED,
    "expired": {"due": "2026-01", "as_of": "2026-02"},
}


def step(owner: str, other: str, fact: str, id_: str = "1") -> Event[Any]:
    party = owner.split("/")[1]
    data = {"counterpart": other, **MORE.get(fact, {})}
    return event(f"match.{fact}", party, owner, data, id_)


def demand(fact: str, id_: str = "1") -> Event[Any]:
    return step(DEMAND, SUPPLY, fact, id_)


def supplier(fact: str, id_: str = "1") -> Event[Any]:
    return step(SUPPLY, DEMAND, fact, id_)


def played(statements: Sequence[Event[Any]]) -> Pool:
    pool = Pool("2022-1")
    for said in statements:
        subject = said.envelope.subject
        view = apply_data(
            pool.views.get(subject, EntryView()),
            said.data,
            party=said.envelope.party,
            statement=said.envelope.id,
        )
        # What is remembered survives being written down and read back.
        written = view.model_dump_json(exclude_defaults=True)
        pool.put(subject, EntryView.model_validate_json(written))
    return pool


def record(*statements: Event[Any], of: str = DEMAND) -> PairingRecorded:
    told = telling.pairing(played([*LISTED, *statements]), of)
    assert told is not None
    return told


def both(*facts: str) -> list[Event[Any]]:
    return [told for fact in facts for told in (demand(fact), supplier(fact))]


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([], PairStatus.RECOMMENDED),
        ([demand("accepted")], PairStatus.ACCEPTED_BY_DEMAND),
        ([supplier("accepted")], PairStatus.ACCEPTED_BY_SUPPLY),
        (both("accepted"), PairStatus.AGREED),
        ([*both("accepted"), demand("negotiated")], PairStatus.AGREED),
        (both("accepted", "negotiated"), PairStatus.IN_TALKS),
        (both("accepted", "signed"), PairStatus.SIGNED),
        (both("accepted", "signed", "landed"), PairStatus.LANDED),
        (both("accepted", "signed", "landed", "rated"), PairStatus.RATED),
    ],
)
def test_a_pair_has_come_as_far_as_both_owners(
    steps: list[Event[Any]], status: PairStatus
) -> None:
    [pair] = record(*steps).pairs
    assert pair.status is status


@pytest.mark.parametrize("fact", ["declined", "expired"])
def test_whoever_leaves_is_named_and_the_pair_is_not_recommended(fact: str) -> None:
    told = record(supplier(fact))
    assert told.pairs == ()
    [left] = told.left
    assert (left.counterpart, left.party) == (SUPPLY, "chongqing")
    assert left.step == f"match.{fact}"
    again = record(supplier(fact), supplier("accepted", "2"))
    assert [pair.counterpart for pair in again.pairs] == [SUPPLY]


def test_what_was_accepted_can_be_broken_off() -> None:
    assert record(*both("accepted", "negotiated"), demand("ended")).pairs == ()
    landed = record(*both("accepted", "signed", "landed"), demand("ended"))
    assert landed.no_effect[0].step == "match.ended"
    assert landed.pairs[0].status is PairStatus.LANDED


def test_a_step_out_of_turn_has_no_effect_and_says_what_is_open() -> None:
    told = record(demand("signed", "early"))
    [no_effect] = told.no_effect
    assert (no_effect.statement, no_effect.step) == ("early", "match.signed")
    assert [o.step for o in no_effect.open] == [
        "match.accepted",
        "match.declined",
        "match.deferred",
    ]
    assert told.pairs[0].status is PairStatus.RECOMMENDED


def test_it_says_who_may_do_what_next() -> None:
    [pair] = record(*both("accepted"), demand("negotiated")).pairs
    assert {(o.step, o.parties) for o in pair.open} == {
        ("match.negotiated", ("chongqing",)),  # whoever is ahead waits for the other
        ("match.ended", ("chengdu", "chongqing")),
    }


def test_a_window_that_is_over_by_the_owners_own_date() -> None:
    over = entry(valid_to="2026-01", as_of="2026-02")
    told = record(event("opportunity.revised", "chengdu", DEMAND, over, "2"))
    assert told.pairs == ()
    assert told.why_unpaired is not None
    assert "time window is over" in told.why_unpaired


def test_why_not_names_every_reason() -> None:
    worse = supply(content="承接河道清淤。", title="污水处理设备")
    pool = played(
        [*LISTED, event("opportunity.published", "deyang", OTHER, worse, "o")]
    )
    assert list(telling.why_not(pool, DEMAND, SUPPLY)) == []
    held = list(telling.why_not(pool, DEMAND, OTHER))
    assert held
    assert all(zh and en for zh, en in held)
    left = played([*LISTED, supplier("declined")])
    assert "chongqing" in next(telling.why_not(left, DEMAND, SUPPLY))[1]


# --- any interleaving, byte-equal results -------------------------------------

FACTS = ["accepted", *MORE]


def _history(owner: str, others: list[str]) -> st.SearchStrategy[list[Event[Any]]]:
    party = owner.split("/")[1]
    offered = entry() if owner == DEMAND else supply()
    capacity = st.sampled_from([0, 1, 2])
    said = st.one_of(
        st.tuples(st.sampled_from(others), st.sampled_from(FACTS)).map(
            lambda s: step(owner, s[0], s[1])
        ),
        capacity.map(
            lambda c: event(
                "opportunity.revised", party, owner, offered | {"capacity": c}
            )
        ),
        st.just(event("opportunity.withdrawn", party, owner, {"reason": "满足"})),
    )
    return st.lists(said, max_size=7).map(
        lambda more: [event("opportunity.published", party, owner, offered), *more]
    )


def _told(pool: Pool) -> list[bytes]:
    records = [telling.pairing(pool, subject) for subject in sorted(pool.views)]
    return [to_json(r) for r in (*records, telling.summary(pool)) if r is not None]


@settings(max_examples=500, deadline=None)
@given(
    st.tuples(
        _history(DEMAND, [SUPPLY, OTHER]),
        _history(SUPPLY, [DEMAND]),
        _history(OTHER, [DEMAND]),
    ),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = played([s for history in histories for s in history])
    other = played(interleaved(histories, chance))
    assert _told(one_after_the_other) == _told(other)
    again = Pool("2022-1")
    again.load(other.views)  # as after a restart
    assert _told(again) == _told(other)


def test_every_answer_has_its_fact() -> None:
    assert set(lifecycle.ANSWER_OF.values()) == {
        *lifecycle.LADDER,
        *lifecycle.EXITS,
        "deferred",
    }


# --- bad input ----------------------------------------------------------------


def checked(pool: Pool) -> PoolRecorded:
    """The pool's record, its certificate checked."""
    told = telling.summary(pool)
    certificate = pool.proof
    assert told.certificate.total == str(certificate.total)
    problems = verify(
        pool.weights(), pool.recommended(), pool.capacities(), certificate
    )
    assert not problems
    return told


def test_an_entry_said_a_thousand_times_is_one_entry() -> None:
    pool = played(LISTED)
    view = pool.views[DEMAND]
    for _ in range(1000):
        pool.put(DEMAND, view)
    assert checked(pool).pairs == 1
    assert checked(pool).demands == 1


def test_no_capacity_is_no_pair() -> None:
    none = event("opportunity.revised", "chengdu", DEMAND, entry(capacity=0), "2")
    told = record(none)
    assert told.pairs == ()
    assert told.why_unpaired is not None
    assert "capacity" in told.why_unpaired


def test_hundreds_of_equal_entries_are_paired_one_to_one() -> None:
    pool = Pool("2022-1")
    for number in range(150):
        for party, said in (("chengdu", entry()), ("chongqing", supply())):
            subject = f"opportunity/{party}/2022-1-{number:04}"
            data = event(
                "opportunity.published", party, subject, said, str(number)
            ).data
            pool.put(subject, apply_data(EntryView(), data))
    assert checked(pool).pairs == 150


def test_windows_that_contradict_each_other_never_meet() -> None:
    early = entry(valid_to="2026-01", as_of="2025", insists_on=["window"])
    late = supply(valid_from="2026-02", as_of="2025")
    pool = played(
        [
            event("opportunity.published", "chengdu", DEMAND, early, "d"),
            event("opportunity.published", "chongqing", SUPPLY, late, "s"),
        ]
    )
    assert checked(pool).pairs == 0


def test_amounts_that_are_no_numbers_are_refused_by_the_contract() -> None:
    for amount in ("NaN", "1e9", "Infinity"):
        with pytest.raises(Exception, match="decimal"):
            event("opportunity.published", "chengdu", DEMAND, entry(amount=amount))
