"""The policy loop: what makes a turn, what each turn changed, in any order."""

import json
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import EXAMPLES, read, story
from tests.support.folding import interleaved, spelled, tell
from tests.support.properties import PROPERTY
from tests.support.saying import event
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
from twincity_schemas.policy_record import (
    PolicyRecorded,
    PolicyStage,
    ProvisionRecord,
    ProvisionState,
)
from twincity_schemas.problems import ContractError
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Subject

ONE_CODE = "policy/chengdu.chongqing/one-code-transit"
SUBJECT = Subject.parse(ONE_CODE)
STORY = story(ONE_CODE)
IMPROVED = 7
"""How many statements of the story make up its first turn."""


def after(steps: int, *more: Event[Any]) -> PolicyRecorded:
    record = tell(SUBJECT, [*STORY[:steps], *more])
    assert isinstance(record, PolicyRecorded)
    return record


def provision(steps: int, *more: Event[Any], code: str = "one-code") -> ProvisionRecord:
    return after(steps, *more).turns[0].provisions[code]


def again(step: int, id_: str, party: str | None = None, **changes: Any) -> Event[Any]:
    """A statement of the story said with changes; None leaves a field out."""
    said = STORY[step - 1]
    data = said.data.model_dump(mode="json", exclude_none=True) | changes
    kept = {name: value for name, value in data.items() if value is not None}
    return event(said.type.fact, party or said.envelope.party, ONE_CODE, kept, id_)


@pytest.mark.parametrize(
    ("steps", "chengdu", "chongqing"),
    [
        (1, PolicyStage.ISSUED, PolicyStage.SILENT),
        (2, PolicyStage.ISSUED, PolicyStage.ISSUED),
        (3, PolicyStage.COORDINATED, PolicyStage.ISSUED),
        (4, PolicyStage.COORDINATED, PolicyStage.COORDINATED),
        (5, PolicyStage.VERIFIED, PolicyStage.COORDINATED),
        (6, PolicyStage.VERIFIED, PolicyStage.VERIFIED),
        (7, PolicyStage.IMPROVED, PolicyStage.VERIFIED),
    ],
)
def test_a_turn_goes_through_its_stages(
    steps: int, chengdu: PolicyStage, chongqing: PolicyStage
) -> None:
    record = after(steps)
    [turn] = record.turns
    assert turn.members == {"chengdu": chengdu, "chongqing": chongqing}
    assert record.stage is turn.stage is chengdu
    assert record.no_effect == ()


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (2, ProvisionState.ISSUED),
        (3, ProvisionState.PARTLY_IN_EFFECT),
        (4, ProvisionState.IN_EFFECT),
        (5, ProvisionState.WANTING),
    ],
)
def test_a_provision_has_its_state(steps: int, state: ProvisionState) -> None:
    assert provision(steps).state is state
    assert provision(steps, code="senior").state is ProvisionState.ISSUED


def test_a_retrial_counts_and_the_trials_before_it_stay() -> None:
    found = provision(5, again(5, "retrial", outcome="works"))
    assert found.state is ProvisionState.PROVEN
    [finding] = found.findings
    assert finding.statement == "retrial"
    first = STORY[4]
    [before] = finding.before
    assert (before.statement, before.outcome) == (
        first.envelope.id,
        first.data.outcome,
    )


def test_a_trial_of_another_provision_is_no_retrial() -> None:
    elsewhere = again(5, "elsewhere", outcome="works", provision="senior")
    assert provision(5, elsewhere).state is ProvisionState.WANTING
    assert provision(5, elsewhere, code="senior").findings[0].before == ()


def test_how_it_was_put_into_effect_before_stays() -> None:
    party = STORY[2].envelope.party
    said = provision(3, again(3, "anew", since="2022-09")).in_effect[party]
    assert (said.statement, said.since) == ("anew", "2022-09")
    assert [b.statement for b in said.before] == [STORY[2].envelope.id]


def test_what_is_to_begin_later_is_not_in_effect_before() -> None:
    """Director: a date in 2099 brings the provision into effect on paper."""
    [mine] = STORY[2:3]
    coming = again(3, "coming", since="2027-02")
    before = after(2, coming)
    one = before.turns[0].provisions["one-code"]
    assert before.as_of == day_of(coming.envelope.recorded)
    assert (one.state, one.in_effect) == (ProvisionState.ISSUED, {})
    assert one.to_come[mine.envelope.party].since == "2027-02"
    assert before.turns[0].members[mine.envelope.party] is PolicyStage.ISSUED
    # It has said how, and nothing has to be tried yet.
    waiting = {o.step: o.parties for o in before.open}
    assert "policy.verified" not in waiting
    # A later statement, of whichever party, is of a day by which it has begun.
    day = datetime.fromisoformat("2027-02-03T09:00:00+08:00")
    data = json.loads(STORY[3].value)
    since = event("policy.coordinated", "chongqing", ONE_CODE, data, "since", day)
    now = tell(SUBJECT, [*STORY[:2], coming, since])
    begun = now.turns[0].provisions["one-code"]
    assert (begun.state, begun.to_come) == (ProvisionState.IN_EFFECT, {})
    assert now.turns[0].members[mine.envelope.party] is PolicyStage.COORDINATED


def test_an_edition_that_does_not_hold_yet_brings_nothing_into_effect() -> None:
    said = STORY[0].envelope
    data = json.loads(STORY[0].value) | {"effective": "2099"}
    ahead = event("policy.issued", said.party, ONE_CODE, data, said.id, said.time)
    one = tell(SUBJECT, [ahead, *STORY[1:3]]).turns[0].provisions["one-code"]
    assert ([*one.in_effect], [*one.to_come]) == ([], [STORY[2].envelope.party])


def test_the_next_edition_answers_to_an_improvement() -> None:
    before, now = after(IMPROVED), after(8)
    assert [turn.edition for turn in before.turns] == [1]
    assert [turn.edition for turn in now.turns] == [1, 2]
    assert (now.edition, now.stage) == (2, PolicyStage.ISSUED)
    assert now.turns[1].texts["chengdu"].answers == STORY[6].envelope.id


def test_each_turn_says_what_it_changed_and_whether_it_was_adopted() -> None:
    [change] = after(IMPROVED).turns[0].changes
    assert (change.code, change.adopted) == ("one-code", None)
    [adopted] = after(8).turns[0].changes
    assert adopted.adopted is True
    provisions = STORY[0].data.model_dump(mode="json")["provisions"]
    [ignored] = after(7, again(8, "as-before", provisions=provisions)).turns[0].changes
    assert ignored.adopted is False


def test_a_dropped_provision_is_adopted_when_it_is_gone() -> None:
    dropped = [{"code": "senior", "was": STORY[0].data.provisions[1].text}]
    improved = again(7, "drops", changes=dropped)
    kept = STORY[7].data.model_dump(mode="json")["provisions"]
    for provisions, adopted in ((kept[:1], True), (kept, False)):
        edition = again(8, "next", answers="drops", provisions=provisions)
        [change] = after(6, improved, edition).turns[0].changes
        assert change.adopted is adopted


def test_an_improvement_stands_beside_the_finding_that_it_answers_to() -> None:
    gate, *_ = provision(IMPROVED).findings
    assert (gate.finding, gate.answered_by) == ("gate-07", (STORY[6].envelope.id,))


def test_texts_that_differ_stand_side_by_side() -> None:
    texts = [{"code": "one-code", "text": "另有规定"}]
    other = again(2, "other", provisions=texts)
    assert provision(1).text_state is FieldState.SINGLE
    assert provision(2).text_state is FieldState.SETTLED
    disputed = provision(1, other)
    assert (disputed.text_state, disputed.text) == (FieldState.DISPUTED, None)
    assert disputed.texts["chongqing"] == "另有规定"
    # Had by one issuer alone, a provision is not agreed on either.
    assert provision(1, other, code="senior").text_state is FieldState.DISPUTED


def test_an_edition_never_changes() -> None:
    corrected = again(1, "corrected", provisions=[{"code": "one-code", "text": "勘误"}])
    record = after(8, corrected)
    assert [(u.statement, u.code) for u in record.no_effect] == [
        ("corrected", "same_version")
    ]
    assert record.turns == after(8).turns
    said_again = after(8, again(1, "same words", source="另一份材料"))
    assert said_again.no_effect == ()


def open_now(steps: int) -> dict[str, tuple[str, ...]]:
    return {o.step.removeprefix("policy."): o.parties for o in after(steps).open}


def test_it_says_what_the_loop_waits_for() -> None:
    both = ("chengdu", "chongqing")
    assert open_now(1) == {"issued": ("chongqing",), "coordinated": both}
    assert open_now(3) == {"coordinated": both, "verified": ("chengdu",)}
    assert open_now(5) == {
        "coordinated": both,
        "verified": ("chongqing",),
        "improved": both,
    }
    assert open_now(7) == {"coordinated": both, "issued": both}
    [joining, *_] = after(8).open
    assert (joining.parties, joining.answers) == (
        ("chongqing",),
        STORY[6].envelope.id,
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (again(3, "w", answers="elsewhere"), "answers_unknown"),
        (again(3, "w", provision="no-such"), "unknown_provision"),
        (again(5, "w", provision="no-such"), "unknown_provision"),
        (again(7, "w", findings=["elsewhere"]), "unknown_finding"),
        (again(7, "w", answers="chengdu-one-code-07"), "answers_unknown"),
        (
            again(
                7, "w", changes=[{"code": "one-code", "was": "从未如此", "now": "新"}]
            ),
            "was_otherwise",
        ),
        (again(8, "w", answers="chengdu-one-code-05"), "answers_unknown"),
        (again(8, "w", edition=3), "wrong_edition"),
        (again(8, "w", answers=None), "edition_answers"),
        (again(1, "w", answers="chengdu-one-code-07"), "edition_answers"),
    ],
)
def test_what_does_not_fit_has_no_effect_and_says_why(
    wrong: Event[Any], code: str
) -> None:
    record = after(IMPROVED, wrong)
    [no_effect] = record.no_effect
    assert (no_effect.code, no_effect.statement, no_effect.step) == (
        code,
        "w",
        wrong.type.fact,
    )
    assert no_effect.open == record.open
    assert record.turns == after(IMPROVED).turns


def test_without_a_first_edition_there_is_no_record() -> None:
    assert tell(SUBJECT, STORY[2:]) is None


@pytest.mark.parametrize(
    ("step", "changes", "code"),
    [
        (
            1,
            {"provisions": [{"code": "a", "text": "甲"}, {"code": "a", "text": "乙"}]},
            "code_twice",
        ),
        (7, {"changes": [{"code": "a", "was": "同", "now": "同"}]}, "nothing_changed"),
    ],
)
def test_what_contradicts_itself_is_refused(
    step: int, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ContractError) as refused:
        again(step, "w", **changes)
    assert code in {problem.code for problem in refused.value.problems}


def test_the_recorded_example_is_what_the_story_gives() -> None:
    example = read(EXAMPLES / "policy.recorded/second-turn-after-a-finding.json")
    assert example.data == after(8)


# --- any interleaving, byte-equal records -------------------------------------

PARTIES = SUBJECT.members
IDS = tuple(f"{party}-{n}" for party in PARTIES for n in range(3))
# What the story said can be answered to, so that turns do form.
ANSWERS = st.sampled_from([*IDS, *(s.envelope.id for s in STORY)])
CODES = st.sampled_from(["one-code", "senior", "no-such"])
TEXTS = st.sampled_from([STORY[0].data.provisions[0].text, "乙"])
PROVISIONS = st.builds(lambda c, t: [{"code": c, "text": t}], CODES, TEXTS)
CHANGES = st.builds(lambda c, t: [{"code": c, "was": t, "now": "新"}], CODES, TEXTS)
VARIATIONS: dict[int, st.SearchStrategy[dict[str, Any]]] = {
    1: st.fixed_dictionaries(
        {"provisions": PROVISIONS, "domain": st.sampled_from(["transport", "industry"])}
    ),
    3: st.fixed_dictionaries({"answers": ANSWERS, "provision": CODES}),
    5: st.fixed_dictionaries(
        {
            "answers": ANSWERS,
            "provision": CODES,
            "outcome": st.sampled_from(["works", "fails"]),
        }
    ),
    7: st.fixed_dictionaries(
        {
            "answers": ANSWERS,
            "findings": st.lists(ANSWERS, min_size=1, max_size=2),
            "changes": CHANGES,
        }
    ),
    8: st.fixed_dictionaries(
        {
            "edition": st.integers(2, 3),
            "answers": ANSWERS,
            "provisions": PROVISIONS,
        }
    ),
}


def _said(party: str) -> st.SearchStrategy[Event[Any]]:
    own = [statement for statement in STORY if statement.envelope.party == party]
    ids = st.sampled_from([i for i in IDS if i.startswith(party)])
    varied = st.sampled_from(sorted(VARIATIONS)).flatmap(
        lambda step: st.builds(
            lambda id_, changes: again(step, id_, party, **changes),
            ids,
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
