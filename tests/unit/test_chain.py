"""Industry chains: sides beside each other, and gaps that become opportunities."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.gate import Gate, contradictions
from tests.support.examples import EXAMPLES, read, story
from tests.support.folding import interleaved, spelled, tell
from tests.support.properties import PROPERTY
from tests.support.saying import event
from twincity_schemas.chain import CarrierRole, ChainElement
from twincity_schemas.chain_record import ChainRecorded, ElementState, GapState
from twincity_schemas.message import Event
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Subject

AUTO = "chain/chengdu.chongqing/automobile"
SUBJECT = Subject.parse(AUTO)
STORY = story(AUTO)
PACKAGING, CRASH_TEST = "chengdu/packaging-01", "chengdu/crash-test-02"
ENTRY = read(EXAMPLES / "opportunity.published/gap-of-a-chain.json")


def after(steps: int, *more: Event[Any]) -> ChainRecorded:
    record = tell(SUBJECT, [*STORY[:steps], *more])
    assert isinstance(record, ChainRecorded)
    return record


def again(step: int, id_: str, party: str | None = None, **changes: Any) -> Event[Any]:
    """A statement of the story said with changes."""
    said = STORY[step - 1]
    data = said.data.model_dump(mode="json", exclude_none=True) | changes
    return event(said.type.fact, party or said.envelope.party, AUTO, data, id_)


def test_each_element_is_there_or_missing_on_each_side() -> None:
    elements = after(2).elements
    assert {e: record.state for e, record in elements.items()} == {
        ChainElement.LEADER: ElementState.PRESENT,
        ChainElement.FUND: ElementState.COMPLEMENTARY,
        ChainElement.TALENT: ElementState.PRESENT,
        ChainElement.PLATFORM: ElementState.COMPLEMENTARY,
        ChainElement.INTERMEDIARY: ElementState.PRESENT,
    }
    platform = elements[ChainElement.PLATFORM].by
    assert platform["chengdu"].holders == ()
    assert platform["chongqing"].statement == STORY[1].envelope.id
    alone = after(1).elements
    assert alone[ChainElement.PLATFORM].state is ElementState.MISSING
    assert alone[ChainElement.LEADER].state is ElementState.PRESENT


def test_carriers_are_settled_disputed_or_single() -> None:
    alone, both = after(1).carriers, after(2).carriers
    assert {c.state for c in alone.values()} == {FieldState.SINGLE}
    assert {role: c.state for role, c in both.items()} == {
        CarrierRole.RESEARCH: FieldState.SETTLED,
        CarrierRole.PRODUCTION: FieldState.SETTLED,
        CarrierRole.HEADQUARTERS: FieldState.DISPUTED,
    }
    disputed = both[CarrierRole.HEADQUARTERS]
    assert disputed.places == ()
    assert [carrier.party for carrier in disputed.by["chongqing"]] == ["chongqing"]


def test_settled_carriers_are_nobodys_list() -> None:
    """Each place once, in one order, and where it is if nobody says otherwise."""
    near = {"role": "main", "party": "chengdu", "place": "甲地", "region": "510112"}
    far, plain = (
        near | {"place": "乙地"},
        {k: near[k] for k in ("role", "party", "place")},
    )

    def settled(one: list[Any], other: list[Any]) -> list[tuple[str, str | None]]:
        said = [again(1, "a", carriers=one), again(2, "b", carriers=other)]
        main = after(0, *said).carriers[CarrierRole.MAIN]
        assert main.state is FieldState.SETTLED
        return [(carrier.place, carrier.region) for carrier in main.places]

    for one, other in (([near, far], [far, near, near]), ([plain, far], [far, near])):
        expected = [("乙地", "510112"), ("甲地", "510112")]
        assert settled(one, other) == settled(other, one) == expected
    moved = near | {"region": "510115"}
    assert settled([near], [moved]) == settled([moved], [near]) == [("甲地", None)]


def test_a_description_replaces_the_one_before() -> None:
    carriers = STORY[0].data.model_dump(mode="json")["carriers"]
    mended = again(2, "mended", carriers=carriers)
    assert {c.state for c in after(2, mended).carriers.values()} == {FieldState.SETTLED}


def test_a_gap_is_open_until_whoever_declared_it_says_that_it_is_filled() -> None:
    before, now = after(4), after(5)
    assert {gap.state for gap in before.gaps.values()} == {GapState.OPEN}
    assert list(before.gaps) == [CRASH_TEST, PACKAGING]
    assert list(now.gaps) == [PACKAGING, CRASH_TEST]
    filled = now.gaps[CRASH_TEST]
    assert (filled.state, filled.filled_from) == (GapState.FILLED, "chongqing")
    day = {"as_of": "2023-09"}
    anew = after(5, again(4, "anew", **day)).gaps[CRASH_TEST]
    assert (anew.state, anew.filled_by, anew.statement) == (GapState.OPEN, None, "anew")
    assert (filled.version, filled.before) == (1, ())
    changed = after(5, again(4, "other", title="另一缺口")).gaps[CRASH_TEST]
    assert (anew.version, changed.version) == (2, 2)
    [before] = changed.before
    assert (before.statement, before.title, before.filled) == (
        STORY[3].envelope.id,
        filled.title,
        STORY[4].envelope.id,
    )


def test_a_list_of_gaps_that_is_sent_once_more_opens_none_again() -> None:
    """Word for word, as of the same day: that says nothing new."""
    repeated = again(4, "repeated")
    now = after(5, repeated)
    gap = now.gaps[CRASH_TEST]
    assert (gap.state, gap.version, gap.before) == (GapState.FILLED, 1, ())
    assert [(u.statement, u.code) for u in now.no_effect] == [
        ("repeated", "said_already")
    ]
    # While it is open nothing is lost by it; taken back, it is declared anew.
    before = after(4, repeated)
    assert (before.gaps[CRASH_TEST].statement, before.no_effect) == (
        STORY[3].envelope.id,
        (),
    )
    data = {"gap": gap_of(STORY[3]), "reason": "不再需要", "as_of": "2023-10"}
    back = event("gap.withdrawn", STORY[3].envelope.party, AUTO, data, "w")
    assert CRASH_TEST not in after(5, back).gaps
    assert after(5, back, repeated).gaps[CRASH_TEST].state is GapState.OPEN


def gap_of(said: Event[Any]) -> str:
    code: str = said.data.gap
    return code


def test_a_gap_says_which_other_side_has_the_element() -> None:
    gaps = after(5).gaps
    assert gaps[CRASH_TEST].held_by == ("chongqing",)
    assert gaps[PACKAGING].held_by == ()
    # What it has itself, it need not look for elsewhere.
    own = again(4, "own", element="fund")
    assert after(3, own).gaps[CRASH_TEST].held_by == ()


def test_what_was_not_declared_cannot_be_filled() -> None:
    for stray in (again(5, "w", gap="no-such"), again(5, "w", "chongqing")):
        record = after(4, stray)
        [no_effect] = record.no_effect
        assert (no_effect.code, no_effect.statement) == ("not_declared", "w")
        [declare] = no_effect.open
        assert declare.parties == (stray.envelope.party,)
        assert record.gaps == after(4).gaps


def test_a_withdrawn_gap_is_listed_no_more_until_it_is_declared_anew() -> None:
    assert list(after(6).gaps) == [CRASH_TEST]
    assert after(6).no_effect == ()
    anew = after(6, again(3, "anew", title="另一缺口")).gaps[PACKAGING]
    assert (anew.state, anew.statement, anew.version) == (GapState.OPEN, "anew", 2)
    assert [was.statement for was in anew.before] == [STORY[2].envelope.id]
    # A filled one may be taken back as well.
    crash = again(6, "w", gap="crash-test-02")
    assert after(6, crash).gaps == {}


def test_nothing_follows_from_what_is_said_of_a_withdrawn_gap() -> None:
    for stray in (
        again(5, "w", gap="packaging-01"),
        again(6, "w"),
        again(6, "w", "chongqing"),
    ):
        record = after(6, stray)
        [no_effect] = record.no_effect
        assert (no_effect.code, no_effect.statement) == ("not_declared", "w")
        assert record.gaps == after(6).gaps
    # Declared anew, what was said in between fills nothing.
    filled, declared = again(5, "w", gap="packaging-01"), again(3, "anew")
    assert after(6, filled, declared).gaps[PACKAGING].state is GapState.OPEN


def test_without_a_description_there_is_no_record() -> None:
    assert tell(SUBJECT, STORY[2:]) is None


def test_a_gap_is_published_with_one_statement() -> None:
    gap = ENTRY.data.gap
    record = after(5).gaps[f"{gap.declared_by}/{gap.gap}"]
    assert (gap.chain, record.opportunity) == (AUTO, ENTRY.envelope.subject)
    assert record.need_type is ENTRY.data.need_type
    gate = Gate("chengdu", frozenset(SUBJECT.members))
    assert not [*gate.problems(ENTRY.envelope), *contradictions(ENTRY)]


def published(**changes: str) -> Event[Any]:
    """The entry, its gap named otherwise."""
    data = ENTRY.data.model_dump(mode="json", exclude_none=True)
    entry = data | {"gap": data["gap"] | changes}
    return event("opportunity.published", "chengdu", ENTRY.envelope.subject, entry)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            again(
                1, "w", carriers=[{"role": "base", "party": "deyang", "place": "德阳"}]
            ),
            [("/carriers/0/party", "not_a_member")],
        ),
        (
            again(3, "w", opportunity="opportunity/chongqing/2022-2-0001"),
            [("/opportunity", "not_own_entry")],
        ),
        (published(declared_by="deyang"), [("/gap/declared_by", "not_a_member")]),
    ],
)
def test_what_is_named_has_to_fit(
    said: Event[Any], found: list[tuple[str, str]]
) -> None:
    assert [(p.pointer, p.code) for p in contradictions(said)] == found


def test_a_gap_is_filled_from_a_member_or_from_elsewhere() -> None:
    data = STORY[4].data.model_dump(mode="json", exclude_none=True)
    stranger = event("gap.filled", "chengdu", AUTO, data | {"party": "deyang"})
    assert [p.code for p in contradictions(stranger)] == ["not_a_member"]
    del data["party"]
    assert not [*contradictions(event("gap.filled", "chengdu", AUTO, data))]


def test_the_recorded_example_is_what_the_story_gives() -> None:
    name = "shared-roles-disputed-headquarters-one-gap-open"
    assert read(EXAMPLES / f"chain.recorded/{name}.json").data == after(5)


# --- any interleaving, byte-equal records -------------------------------------

PARTIES = SUBJECT.members
GAPS = st.sampled_from(["packaging-01", "crash-test-02", "other"])
CARRIERS = st.lists(
    st.builds(
        lambda role, party, place: {"role": role, "party": party, "place": place},
        st.sampled_from(["main", "base"]),
        st.sampled_from(PARTIES),
        st.sampled_from(["甲地", "乙地"]),
    ),
    max_size=3,
)
HELD = st.sampled_from([{"holders": []}, {"holders": [{"name": "某单位"}]}])
VARIATIONS: dict[int, st.SearchStrategy[dict[str, Any]]] = {
    1: st.fixed_dictionaries(
        {
            "domain": st.sampled_from(["industry", "innovation"]),
            "carriers": CARRIERS,
            "elements": st.fixed_dictionaries({e.value: HELD for e in ChainElement}),
        }
    ),
    3: st.fixed_dictionaries(
        {"gap": GAPS},
        optional={"element": st.sampled_from([e.value for e in ChainElement])},
    ),
    5: st.fixed_dictionaries({"gap": GAPS}),
    6: st.fixed_dictionaries({"gap": GAPS}),
}


def _said(party: str) -> st.SearchStrategy[Event[Any]]:
    own = [statement for statement in STORY if statement.envelope.party == party]
    varied = st.sampled_from(sorted(VARIATIONS)).flatmap(
        lambda step: st.builds(
            lambda number, changes: again(step, f"{number}", party, **changes),
            st.integers(0, 2),
            VARIATIONS[step],
        )
    )
    return st.one_of(st.sampled_from(own), varied)


@PROPERTY
@given(
    st.tuples(*(st.lists(_said(p), max_size=8) for p in PARTIES)),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = [statement for history in histories for statement in history]
    other = interleaved(histories, chance)
    assert spelled(SUBJECT, one_after_the_other) == spelled(SUBJECT, other)


@PROPERTY
@given(st.randoms(use_true_random=False))
def test_the_story_in_any_interleaving(chance: random.Random) -> None:
    histories = [[s for s in STORY if s.envelope.party == party] for party in PARTIES]
    assert spelled(SUBJECT, interleaved(histories, chance)) == spelled(SUBJECT, STORY)
