"""One plan per enterprise: sides beside each other, measures till they take effect."""

import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.gate import contradictions
from tests.support.examples import EXAMPLES, read, story
from tests.support.folding import interleaved, spelled, tell
from tests.support.properties import PROPERTY
from tests.support.saying import event
from twincity_schemas.message import Event
from twincity_schemas.plan_record import MeasureRecord, MeasureState, PlanRecorded
from twincity_schemas.problems import ContractError
from twincity_schemas.project_record import FieldState
from twincity_schemas.values import Subject

OVER = datetime.fromisoformat("2023-01-05T09:00:00+08:00")
CELL = "plan/chengdu.chongqing/liangjiang-cell"
SUBJECT = Subject.parse(CELL)
STORY = story(CELL)
TALENT, GRID, PERMIT = "chengdu/talent-01", "chengdu/grid-02", "chongqing/permit-01"


def after(steps: int, *more: Event[Any]) -> PlanRecorded:
    record = tell(SUBJECT, [*STORY[:steps], *more])
    assert isinstance(record, PlanRecorded)
    return record


def measure(key: str, steps: int, *more: Event[Any]) -> MeasureRecord:
    return after(steps, *more).measures[key]


def again(
    step: int,
    id_: str,
    party: str | None = None,
    time: datetime | None = None,
    **changes: Any,
) -> Event[Any]:
    """A statement of the story said with changes."""
    said = STORY[step - 1]
    data = said.data.model_dump(mode="json", exclude_none=True) | changes
    party, time = party or said.envelope.party, time or said.envelope.time
    return event(said.type.fact, party, CELL, data, id_, time)


def redrawn(**changes: Any) -> Event[Any]:
    """Chengdu's plan drawn anew, its first measure changed."""
    first, *others = STORY[0].data.model_dump(mode="json", exclude_none=True)[
        "measures"
    ]
    return again(1, "redrawn", measures=[first | changes, *others])


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        (2, {TALENT: "open", GRID: "open", PERMIT: "open"}),
        (3, {TALENT: "open", GRID: "open", PERMIT: "taken"}),
        (4, {TALENT: "open", GRID: "open", PERMIT: "effective"}),
        (5, {TALENT: "taken", GRID: "open", PERMIT: "effective"}),
        (6, {TALENT: "wanting", GRID: "late", PERMIT: "effective"}),
    ],
)
def test_the_story_of_a_plan(steps: int, states: dict[str, str]) -> None:
    record = after(steps)
    assert {key: m.state.value for key, m in record.measures.items()} == states
    assert record.no_effect == ()


def test_both_sides_plans_stand_side_by_side() -> None:
    record = after(2)
    assert {p: side.measures for p, side in record.plans.items()} == {
        "chengdu": (TALENT, GRID),
        "chongqing": (PERMIT,),
    }
    assert record.measures[GRID].party == "chongqing"


@pytest.mark.parametrize(
    ("chongqing", "state"),
    [
        ({"name": "两江芯能电池有限公司（虚构）"}, FieldState.SETTLED),
        ({"name": "另一家公司"}, FieldState.DISPUTED),
        ({"name": "简称", "credit_code": "91110000600037341L"}, FieldState.SETTLED),
        ({"name": "同名", "credit_code": "91110108551385082Q"}, FieldState.DISPUTED),
    ],
)
def test_whether_both_mean_the_same_enterprise(
    chongqing: dict[str, str], state: FieldState
) -> None:
    ours = {"name": "两江芯能电池有限公司（虚构）"}
    if "credit_code" in chongqing:
        ours["credit_code"] = "91110000600037341L"
    said = again(1, "a", enterprise=ours), again(2, "b", enterprise=chongqing)
    assert after(0, said[0]).enterprise_state is FieldState.SINGLE
    assert after(0, *said).enterprise_state is state


def test_measures_are_sorted_by_when_they_are_due() -> None:
    assert list(after(2).measures) == [PERMIT, TALENT, GRID]


def test_late_is_late_by_the_day_of_what_was_recorded_last() -> None:
    assert after(5).as_of == "2022-10-12"
    assert measure(GRID, 5).state is MeasureState.OPEN
    assert measure(TALENT, 5).taken_late is True
    assert measure(PERMIT, 5).taken_late is False
    assert after(6).as_of == "2022-11-02"
    assert measure(GRID, 6).state is MeasureState.LATE
    assert measure(GRID, 6).taken_late is None


def test_it_says_which_step_is_open_and_to_whom() -> None:
    [take] = measure(GRID, 6).open
    assert (take.step, take.parties, take.answers) == (
        "plan.taken",
        ("chongqing",),
        STORY[0].envelope.id,
    )
    [confirm] = measure(PERMIT, 3).open
    assert (confirm.step, confirm.parties) == ("plan.confirmed", ("chongqing",))
    assert measure(PERMIT, 4).open == ()


def test_what_was_found_wanting_is_taken_anew() -> None:
    found, all_forty = STORY[5].envelope.time, {"value": "40", "unit": "人"}
    taken = again(5, "anew", time=found, answers="chengdu-cell-06")
    confirmed = again(6, "now", answers="anew", effect="reached", value=all_forty)
    assert measure(TALENT, 6, taken).state is MeasureState.TAKEN
    done = measure(TALENT, 6, taken, confirmed)
    assert done.state is MeasureState.EFFECTIVE
    assert done.value is not None
    assert done.value.value == 40
    assert len(done.steps) == 4


def test_a_revision_keeps_what_was_done() -> None:
    revised = measure(TALENT, 6, redrawn(due="2022-12"))
    assert (revised.due, revised.state) == ("2022-12", MeasureState.WANTING)
    assert revised.taken_late is False


def test_a_deadline_that_was_over_is_not_moved_by_a_revision() -> None:
    late = redrawn(due="2023-06")
    moved = Event(
        late.envelope.model_copy(update={"recordedtime": OVER}),
        late.type,
        late.data,
        late.value,
    )
    revised = measure(TALENT, 6, moved)
    assert revised.due == revised.first_due == measure(TALENT, 6).due
    assert [(c.due, c.counts) for c in revised.changes] == [("2023-06", False)]
    assert revised.taken_late is True


def test_a_measure_that_a_revision_drops_is_kept_as_dropped() -> None:
    record = after(6, redrawn(code="other"))
    dropped = record.measures[TALENT]
    assert (dropped.state, dropped.dropped, dropped.open) == (
        MeasureState.DROPPED,
        redrawn().envelope.time.date().isoformat(),
        (),
    )
    assert {(u.code, u.statement) for u in record.no_effect} == {
        ("not_in_plan", "chengdu-cell-05"),
        ("not_in_plan", "chengdu-cell-06"),
    }


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (again(3, "w", "chengdu"), "not_your_step"),
        (again(4, "w", answers="chongqing-cell-02"), "not_open"),
        (again(3, "w", answers="elsewhere"), "answers_unknown"),
        (again(3, "w", measure="no-such"), "not_in_plan"),
    ],
)
def test_a_wrong_step_has_no_effect_and_says_why(wrong: Event[Any], code: str) -> None:
    record = after(2, wrong)
    [no_effect] = record.no_effect
    assert (no_effect.code, no_effect.statement) == (code, "w")
    assert record.measures == after(2).measures


def test_without_a_plan_there_is_no_record() -> None:
    assert tell(SUBJECT, STORY[2:]) is None


def test_a_code_stands_once() -> None:
    measures = STORY[1].data.model_dump(mode="json", exclude_none=True)["measures"]
    with pytest.raises(ContractError) as refused:
        again(2, "w", measures=measures * 2)
    assert [problem.code for problem in refused.value.problems] == ["code_twice"]


def test_a_plan_names_its_members_and_a_project() -> None:
    [found] = contradictions(redrawn(party="deyang"))
    assert (found.pointer, found.code) == ("/measures/0/party", "not_a_member")
    assert not [*contradictions(STORY[0])]
    with pytest.raises(ContractError) as refused:
        again(1, "w", project=CELL)
    [found] = refused.value.problems
    assert (found.pointer, found.code) == ("/project", "subject_kind")


def test_the_recorded_example_is_what_the_story_gives() -> None:
    example = read(EXAMPLES / "plan.recorded/one-effective-one-wanting-one-late.json")
    assert example.data == after(6)


# --- any interleaving, byte-equal records -------------------------------------

PARTIES = SUBJECT.members
IDS = tuple(f"{party}-{n}" for party in PARTIES for n in range(3))
# What the story said can be answered to, so that chains do form.
ANSWERS = st.sampled_from([*IDS, *(s.envelope.id for s in STORY)])
CODES = st.sampled_from(["talent-01", "grid-02", "permit-01", "no-such"])
OF_MEASURE = {
    "drawn_by": st.sampled_from(PARTIES),
    "measure": CODES,
    "answers": ANSWERS,
    "as_of": st.sampled_from(["2022", "2022-09", "2022-12-01", "2023-01"]),
}
MEASURES = [m for s in STORY[:2] for m in s.data.model_dump(mode="json")["measures"]]
VARIATIONS: dict[int, st.SearchStrategy[dict[str, Any]]] = {
    1: st.fixed_dictionaries(
        {
            "domain": st.sampled_from(["industry", "innovation"]),
            "measures": st.lists(
                st.builds(
                    lambda drawn, party: drawn | {"party": party},
                    st.sampled_from(MEASURES),
                    st.sampled_from(PARTIES),
                ),
                min_size=1,
                max_size=3,
                unique_by=lambda drawn: drawn["code"],
            ),
        }
    ),
    3: st.fixed_dictionaries(OF_MEASURE),
    4: st.fixed_dictionaries(
        {**OF_MEASURE, "effect": st.sampled_from(["reached", "partly", "missed"])}
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
