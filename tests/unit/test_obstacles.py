"""The obstacle ledger: who may do what, and any order gives the same record."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.closing import over
from services.rules.obstacles import Obstacle, apply, stand
from services.runtime.kinds import States
from tests.support.folding import Shard, interleaved, spelled, told, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import S11, described, event
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse
from twincity_schemas.notice import NoticeKind
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState
from twincity_schemas.values import Subject

EXAMPLES = Path(__file__).parents[2] / "schemas/examples"
SUBJECT = Subject.parse(S11)
KEY = "chengdu/pipes-02"
DESCRIBED = event("project.described", "chengdu", S11, described(), "0")


def example(path: Path) -> Event[Any]:
    document = json.loads(path.read_text("utf-8"))
    headers = Envelope.model_validate(document["envelope"]).to_headers()
    return parse(headers, json.dumps(document["data"]).encode())


STORY = sorted(
    (
        said
        for said in map(example, EXAMPLES.glob("obstacle.*/*.json"))
        if said.envelope.subject == S11
    ),
    key=lambda e: e.envelope.id[-2:],
)


def after(steps: int, *more: Event[Any]) -> ObstacleRecorded:
    record = told(SUBJECT, [DESCRIBED, *STORY[:steps], *more])[f"obstacle/{KEY}"]
    assert isinstance(record, ObstacleRecorded)
    return record


def idle(steps: int, *more: Event[Any]) -> dict[str, str]:
    return without_effect(SUBJECT, [DESCRIBED, *STORY[:steps], *more])


def test_an_obstacle_needs_no_stage() -> None:
    """Measures go by the project's own phase: nothing follows from this one."""
    without = json.loads(STORY[0].value)
    said = without.pop("stage")
    of = STORY[0].envelope
    registered = event(
        "obstacle.registered", of.party, S11, without, of.id, of.recorded
    )
    record = told(SUBJECT, [DESCRIBED, registered, *STORY[1:]])[f"obstacle/{KEY}"]
    assert record.stage is None
    assert record == after(len(STORY)).model_copy(update={"stage": None})
    assert after(1).stage == said


def step(fact: str, party: str, number: int, **more: Any) -> Event[Any]:
    data = {
        "raised_by": "chengdu",
        "obstacle": "pipes-02",
        "answers": STORY[number - 1].envelope.id,
        "as_of": "2024-08",
        "note": "说明",
        **more,
    }
    return event(f"obstacle.{fact}", party, S11, data, f"{party}-{fact}-{number}")


@pytest.mark.parametrize(
    ("steps", "state"),
    list(
        enumerate(
            [
                ObstacleState.REGISTERED,
                ObstacleState.ASSIGNED,
                ObstacleState.IN_HAND,
                ObstacleState.IN_HAND,  # extended
                ObstacleState.SUBMITTED,
                ObstacleState.IN_HAND,  # returned
                ObstacleState.SUBMITTED,
                ObstacleState.CLOSED,
            ],
            start=1,
        )
    ),
)
def test_the_story_of_an_obstacle(steps: int, state: ObstacleState) -> None:
    obstacle = after(steps)
    assert obstacle.state is state
    assert len(obstacle.steps) == steps
    assert obstacle.no_effect == ()


def test_it_says_which_steps_are_open_and_to_whom() -> None:
    obstacle = after(5)
    assert {(o.step, o.parties) for o in obstacle.open} == {
        ("obstacle.verified", ("chengdu",)),
        ("obstacle.returned", ("chengdu",)),
        ("obstacle.escalated", ("chengdu", "deyang")),
    }
    assert {o.answers for o in obstacle.open} == {STORY[4].envelope.id}


def test_an_inspection_shows_and_changes_nothing() -> None:
    looked = after(3, step("inspected", "chengdu", 3))
    assert looked.steps[-1].step == "obstacle.inspected"
    assert looked.state is ObstacleState.IN_HAND
    assert (looked.due, looked.assigned_to) == (after(3).due, "deyang")
    own = step("inspected", "deyang", 3)
    assert idle(3, own) == {own.envelope.id: "not_your_step"}


def test_an_extension_counts() -> None:
    assert after(3).due == "2024-06-30"
    assert after(4).due == "2024-07-31"
    closed = after(8)
    assert closed.closed_late is True
    assert closed.open == ()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (step("verified", "deyang", 5), "not_your_step"),
        (step("handled", "deyang", 5), "not_open"),
        (step("handled", "deyang", 2), "overtaken"),
        (step("verified", "chengdu", 5, answers="elsewhere"), "answers_unknown"),
        (step("verified", "chengdu", 5, obstacle="no-such"), "not_registered"),
    ],
)
def test_a_wrong_step_has_no_effect_and_says_why(wrong: Event[Any], code: str) -> None:
    obstacle = after(5, wrong)
    assert obstacle.state is ObstacleState.SUBMITTED
    assert idle(5, wrong) == {wrong.envelope.id: code}
    listed = [] if code == "not_registered" else [wrong.envelope.id]
    assert [no_effect.statement for no_effect in obstacle.no_effect] == listed
    assert all(no_effect.open == obstacle.open for no_effect in obstacle.no_effect)


def test_a_step_that_waits_for_another_is_told_when_it_takes_effect() -> None:
    early, *rest = STORY[2], *STORY[:2], STORY[3]
    shard = Shard("coordination")
    for said in (DESCRIBED, early, *rest):
        shard.take([said])
    told_of = [
        n for n in shard.events("notice.issued") if n.statement == early.envelope.id
    ]
    assert [notice.kind for notice in told_of] == [
        NoticeKind.NO_EFFECT,  # not registered
        NoticeKind.NO_EFFECT,  # its answer has not been seen
        NoticeKind.IN_EFFECT,
    ]


def test_the_header_names_what_is_open_by_when_it_is_due() -> None:
    content = STORY[0].data.model_dump(mode="json", exclude_none=True)
    others = [
        event(
            "obstacle.registered",
            "deyang",
            S11,
            content | {"obstacle": name, "due": due},
            name,
        )
        for name, due in (("late", "2025-01"), ("early", "2024-01"))
    ]
    header = told(SUBJECT, [DESCRIBED, *STORY[:1], *others])[""]
    assert header.open_parts == 3
    assert [item.part for item in header.open] == [
        "obstacle/deyang/early",
        "obstacle/chengdu/pipes-02",
        "obstacle/deyang/late",
    ]
    assert told(SUBJECT, [DESCRIBED, *STORY])[""].open_parts == 0


def test_fields_that_a_type_does_not_know_decide_nothing() -> None:
    foreign = {
        "raised_by": "deyang",
        "to": "deyang",
        "due": "2099",
        "unit": {"name": "别的单位"},
        "level": {"name": "别的上级"},
        "task": "别的任务",
    }
    more = [
        event(
            one.type.fact,
            one.envelope.party,
            one.envelope.subject,
            foreign | one.data.model_dump(mode="json", exclude_none=True),
            one.envelope.id,
            one.envelope.time,
        )
        for one in STORY
    ]
    part = "obstacle/chengdu/pipes-02"
    assert (
        told(SUBJECT, [DESCRIBED, *more])[part]
        == (told(SUBJECT, [DESCRIBED, *STORY])[part])
    )


# --- any interleaving, byte-equal records -------------------------------------

IDS = ("r1", "r2", "1", "2", "3", "4", "5", "6")
STEPS = (
    "assigned",
    "handled",
    "extended",
    "submitted",
    "returned",
    "verified",
    "cancelled",
    "escalated",
)
REGISTERED = STORY[0].data.model_dump(mode="json", exclude_none=True)
UNIT = {"to": "deyang", "unit": {"name": "单位"}, "task": "任务", "due": "2024-09"}


def _said(party: str) -> st.SearchStrategy[Event[Any]]:
    registered = st.sampled_from(["r1", "r2"]).map(
        lambda i: event("obstacle.registered", party, S11, REGISTERED, f"{party}-{i}")
    )
    steps = st.tuples(
        st.sampled_from(STEPS),
        st.sampled_from(["chengdu", "deyang"]),
        # What it answers to: any statement, so that chains do form.
        st.sampled_from([f"{p}-{i}" for p in ("chengdu", "deyang") for i in IDS]),
        st.sampled_from(IDS),
    ).map(
        lambda s: event(
            f"obstacle.{s[0]}",
            party,
            S11,
            {
                "raised_by": s[1],
                "obstacle": "pipes-02",
                "answers": s[2],
                "as_of": "2024",
                "note": "说明",
                **(UNIT if s[0] in {"assigned", "extended"} else {}),
                **({"level": {"name": "省"}} if s[0] == "escalated" else {}),
            },
            f"{party}-{s[3]}",
        )
    )
    left = st.just(
        event("project.withdrawn", party, S11, {"reason": "退出"}, f"{party}-w")
    )
    return st.one_of(registered, steps, steps, left)


@PROPERTY
@given(
    st.tuples(*(st.lists(_said(p), max_size=8) for p in ("chengdu", "deyang"))),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = [DESCRIBED, *(s for history in histories for s in history)]
    other = [DESCRIBED, *interleaved(histories, chance)]
    assert spelled(SUBJECT, one_after_the_other) == spelled(SUBJECT, other)


# --- every word of another deadline is in sight ---------------------------------

DUES = st.sampled_from(["2024-08", "2024-09", "2024-10", "2024-12"])
BEGAN = datetime.fromisoformat("2024-07-01T09:00:00+08:00")


@st.composite
def deadlines(draw: st.DrawFn) -> list[Event[Any]]:
    """An obstacle of Chengdu that is given to Deyang, and what both say of its date."""
    said = []
    head = "chengdu-0"
    for number in range(draw(st.integers(2, 8))):
        by = draw(st.sampled_from(["chengdu", "chengdu", "deyang"]))
        what = draw(st.sampled_from(["registered", "assigned", "extended", "extended"]))
        what = ("registered", "assigned")[number] if number < 2 else what
        by = "chengdu" if number < 2 or what == "registered" else by
        moment = BEGAN + timedelta(days=20 * number)
        id_, due = f"{by}-{number}", draw(DUES)
        data = {"raised_by": "chengdu", "obstacle": "pipes-02", "answers": head}
        data |= {"as_of": "2024", "note": "说明"} | UNIT | {"due": due}
        if what == "registered":
            data = REGISTERED | {"obstacle": "pipes-02", "due": due}
        said.append(event(f"obstacle.{what}", by, S11, data, id_, moment))
        if what != "registered" and draw(st.booleans()):
            head = id_
    return said


@PROPERTY
@given(deadlines())
def test_every_word_of_another_deadline_is_in_the_record_and_none_moves_a_past_one(
    said: list[Event[Any]],
) -> None:
    views: dict[str, Obstacle] = {}
    for one in said:
        party = one.envelope.party
        before = views.get(party, Obstacle())
        views[party] = apply(before, one, cast(States, None))
    record, _ = stand(SUBJECT, "chengdu/pipes-02", views, {})
    assert record is not None
    assert record.first_due == said[0].data.due
    by_id = {one.envelope.id: one for one in said}
    shown = {change.statement for change in record.changes}
    extended = {e.envelope.id for e in said if e.type.fact == "obstacle.extended"}
    assert extended <= shown
    for change in record.changes:
        words = by_id[change.statement]
        assert (change.due, change.recorded) == (
            words.data.due,
            words.envelope.recorded,
        )
    due = record.first_due
    for change in record.changes:
        if change.counts:
            # A later day, said while there was still time; or another holder's own.
            given_ = by_id[change.statement].type.fact == "obstacle.assigned"
            assert given_ or (not over(due, change.recorded) and due < change.due)
            due = change.due
    if not record.missed:
        assert record.due == due
