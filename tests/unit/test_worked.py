"""What a derivation keeps for the next one: never another result, and less work."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appraisal import dispatch, scoring
from services.runtime import worked
from tests.support.folding import Shard
from tests.support.saying import event
from tests.unit.test_appraisal import CUT_OFF, EARLY, report
from tests.unit.test_auditor import ANYTHING, STORY
from twincity_schemas.message import Event

OPENED = [e for e in STORY if e.type.fact in {"board.opened", "dispatch.called"}]
PROJECTS = [f"project/chengdu.deyang/p{number:02}" for number in range(40)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(ANYTHING, st.booleans()), max_size=10))
def test_what_is_derived_step_by_step_with_aborts_is_what_is_derived_at_once(
    acts: list[tuple[Event[Any], bool]],
) -> None:
    step_by_step, at_once = Shard("appraisal"), Shard("appraisal")
    step_by_step.take(OPENED)
    for one, aborted in acts:
        step_by_step.take([one], abort=aborted)
    at_once.take([*OPENED, *(one for one, aborted in acts if not aborted)])
    assert step_by_step.records == at_once.records


def world() -> Iterator[Event[Any]]:
    """A dispatch and a board over forty projects, each reported."""
    called = next(e for e in STORY if e.type.fact == "dispatch.called")
    data = called.data.model_dump(mode="json", exclude_none=True)
    data |= {"projects": PROJECTS, "cut_off": CUT_OFF.isoformat(), "through_month": 8}
    data.pop("previous", None)
    yield event("dispatch.called", "chengdu", "dispatch/chengdu/all", data, "d", EARLY)
    opened = next(e for e in STORY if e.type.fact == "board.opened")
    data = opened.data.model_dump(mode="json", exclude_none=True)
    data["units"] = [
        {
            "code": f"u{place}",
            "unit": {"name": f"单位{place}"},
            "sequence": "districts",
            "projects": [
                {"project": project, "party": "chengdu"}
                for project in PROJECTS[place * 4 : place * 4 + 4]
            ],
        }
        for place in range(10)
    ]
    yield event("board.opened", "chengdu", "board/chengdu/all", data, "b", EARLY)
    for place, project in enumerate(PROJECTS):
        yield report("chengdu", project, EARLY, str(40000 + place), f"r{place}")


@pytest.mark.parametrize("when", [EARLY, CUT_OFF + timedelta(days=1)])
def test_a_report_derives_its_line_and_its_unit_alone(
    monkeypatch: pytest.MonkeyPatch, when: Any
) -> None:
    derived: list[str] = []

    def line(project: str, *about: Any) -> Any:
        derived.append(project)
        return dispatch._line_1(project, *about)

    def unit(about: Any, *known: Any) -> Any:
        derived.append(about.code)
        return scoring._result_1(about, *known)

    monkeypatch.setattr(dispatch, "LINES", replace(dispatch.LINES, first=line))
    monkeypatch.setattr(scoring, "SCORES", replace(scoring.SCORES, first=unit))
    shard = Shard("appraisal")
    shard.take(list(world()))
    derived.clear()
    shard.take([report("chengdu", PROJECTS[5], when, "99000", "again")])
    # Late, the unit is derived once more: as it would be.
    assert set(derived) == {PROJECTS[5], "u1"}
    assert len(derived) <= 3
    fresh = Shard("appraisal")
    fresh.take([*world(), report("chengdu", PROJECTS[5], when, "99000", "again")])
    assert shard.records == fresh.records


def test_of_more_subjects_than_are_kept_nothing_is_wrong() -> None:
    [called, *_] = world()
    data = called.data.model_dump(mode="json", exclude_none=True)
    data["projects"] = PROJECTS[:2]
    many = [
        event(
            "dispatch.called", "chengdu", f"dispatch/chengdu/n{n}", data, f"d{n}", EARLY
        )
        for n in range(worked.KEPT_SUBJECTS + 8)
    ]
    first = report("chengdu", PROJECTS[0], EARLY, "100", "one")
    second = report("chengdu", PROJECTS[0], EARLY, "200", "two")
    shard, at_once = Shard("appraisal"), Shard("appraisal")
    for batch in (many, [first], [second]):
        shard.take(batch)
    at_once.take([*many, first, second])
    assert shard.records == at_once.records
    kept: Any = shard.processor.memory
    assert len(kept.worked) == worked.KEPT_SUBJECTS
    assert {node.partition("#")[0] for node in kept.spelled} <= kept.worked.keys()
