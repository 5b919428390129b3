"""Measures by class: the project's own phase decides, and what is open is named."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.folding import told
from tests.support.saying import S11, SAID, described, event
from twincity_schemas.message import Event
from twincity_schemas.obstacle import ObstacleStage
from twincity_schemas.treatment import TreatmentMeasure
from twincity_schemas.treatment_record import TreatmentRecorded

NOT_STARTED, BUILDING, COMPLETING = ObstacleStage


def by(party: str, id_: str = "d", days: int = 0, **changes: Any) -> Event[Any]:
    data, at = described(**changes), SAID + timedelta(days=days)
    return event("project.described", party, S11, data, f"{party}-{id_}", at)


def obstacle(kind: str, stage: str = "completing", id_: str = "o") -> Event[Any]:
    data = {
        "obstacle": f"{kind}-{id_}",
        "title": "管线未迁",
        "content": "三处管线未迁改。",
        "kind": kind,
        "stage": stage,
        "unit": {"name": "德阳市交通局"},
        "due": "2026-12",
        "as_of": "2026-11-01",
    }
    return event("obstacle.registered", "deyang", S11, data, f"{kind}-{id_}")


def factor(kind: str) -> Event[Any]:
    data = {
        "factor": f"f-{kind}",
        "kind": kind,
        "what": "用地",
        "quantity": "12",
        "unit": "公顷",
        "needed_by": "2026-12",
        "by": {"name": "德阳市自然资源局"},
        "as_of": "2026-11-01",
    }
    return event("factor.requested", "deyang", S11, data, f"f-{kind}")


def treatment(*said: Event[Any]) -> TreatmentRecorded | None:
    record: TreatmentRecorded | None = told(S11, said).get("treatment")
    return record


def due(*said: Event[Any]) -> dict[str, int]:
    """What is not met, and how much keeps it open."""
    record = treatment(*said)
    assert record is not None
    return {str(one.measure): one.open for one in record.measures if not one.met}


def place(batch: str, year: int = 2026) -> dict[str, Any]:
    return {"year": year, "batch": batch}


@pytest.mark.parametrize(
    ("content", "stage"),
    [
        ({"phase": "reserved"}, NOT_STARTED),
        ({"phase": "preparation", "list_place": place("completing")}, NOT_STARTED),
        ({"phase": "construction"}, BUILDING),
        ({"phase": "construction", "list_place": place("continued")}, BUILDING),
        ({"phase": "construction", "list_place": place("completing")}, COMPLETING),
        ({"phase": "in-use"}, None),
        ({"phase": "suspended"}, None),
        ({}, None),
    ],
)
def test_the_class_follows_from_phase_and_place_in_the_list(
    content: dict[str, Any], stage: ObstacleStage | None
) -> None:
    # Whatever an obstacle's registration calls it.
    record = treatment(by("chengdu", **content), obstacle("site", "not-started"))
    assert (record.stage if record else None) == stage


def test_members_who_differ_on_the_phase_have_no_class_until_they_agree() -> None:
    ours = by("chengdu", phase="construction")
    theirs = by("deyang", phase="preparation")
    assert treatment(ours, theirs) is None
    again = by("deyang", "d2", 1, phase="construction")
    record = treatment(ours, theirs, again)
    assert record is not None
    assert record.stage is BUILDING


def test_the_newest_list_decides_whether_it_is_completing() -> None:
    old = by("chengdu", phase="construction", list_place=place("completing", 2025))
    new = by("deyang", phase="construction", list_place=place("continued", 2026))
    record = treatment(old, new)
    assert record is not None
    assert record.stage is BUILDING


UNITS = [
    {"name": "成都轨道集团", "party": "chengdu", "role": "lead"},
    {"name": "德阳市交通局", "party": "deyang", "role": "lead"},
]


def test_what_is_said_is_met_and_what_is_not_is_due() -> None:
    bare = by("chengdu", phase="preparation")
    assert due(bare) == {"leads-named": 0, "start-planned": 0}
    full = by(
        "chengdu", phase="preparation", planned_start="2027", responsible_units=UNITS
    )
    assert due(full) == {}


@pytest.mark.parametrize(
    ("said", "measure"),
    [
        (obstacle("approval"), TreatmentMeasure.APPROVALS_CLEARED),
        (obstacle("site"), TreatmentMeasure.SITE_CLEARED),
        (factor("land"), TreatmentMeasure.SITE_CLEARED),
        (factor("approval"), TreatmentMeasure.APPROVALS_CLEARED),
    ],
)
def test_what_is_open_keeps_its_measure_open(
    said: Event[Any], measure: TreatmentMeasure
) -> None:
    full = by(
        "chengdu", phase="preparation", planned_start="2027", responsible_units=UNITS
    )
    assert due(full, said) == {measure: 1}


def test_what_a_class_left_open_is_due_in_the_next_and_what_is_ahead_is_not() -> None:
    building = by(
        "chengdu",
        phase="construction",
        planned_start="2025",
        annual_plan={"year": 2026, "amount": "1000"},
        responsible_units=UNITS,
    )
    assert due(building) == {}
    said = [building, obstacle("site"), obstacle("facilities")]
    assert due(*said) == {"site-cleared": 1}
    record = treatment(*said)
    assert record is not None
    assert [one.of for one in record.measures if not one.met] == [NOT_STARTED]


def test_what_is_cancelled_keeps_nothing_open() -> None:
    bare = by(
        "chengdu", phase="preparation", planned_start="2027", responsible_units=UNITS
    )
    site = obstacle("site")
    data = {
        "raised_by": "deyang",
        "obstacle": "site-o",
        "answers": "site-o",
        "note": "设计变更",
        "as_of": "2026-11",
    }
    gone = event("obstacle.cancelled", "deyang", S11, data, "gone")
    assert due(bare, site, gone) == {}
    assert due(bare, gone, site) == {}


def test_a_completing_project_has_its_tasks_done() -> None:
    content = {
        "phase": "construction",
        "list_place": place("completing"),
        "planned_start": "2023",
        "planned_finish": "2026-12",
        "annual_plan": {"year": 2026, "amount": "1000"},
        "responsible_units": UNITS,
    }
    assert due(by("chengdu", **content)) == {"tasks-done": 2}
    data = {
        "unit": "成都轨道集团",
        "role": "lead",
        "done": True,
        "note": "完成",
        "as_of": "2026-11",
    }
    done = event("task.reported", "chengdu", S11, data, "t")
    assert due(by("chengdu", **content), done) == {"tasks-done": 1}


def test_what_a_leaver_had_not_done_keeps_nothing_open() -> None:
    """Both tasks are overdue, and one of the two members leaves."""
    content = COMPLETE | {
        "responsible_units": [unit | {"due": "2026-01"} for unit in UNITS]
    }
    both = [by("chengdu", **content), by("deyang", **content)]
    assert due(*both) == {"tasks-done": 2}
    reason, at = {"reason": "退出（虚构）"}, SAID + timedelta(days=3)
    leaves = event("project.withdrawn", "deyang", S11, reason, "w", at)
    assert due(*both, leaves) == {"tasks-done": 1}
    assert "task/deyang/lead/德阳市交通局" in told(S11, [*both, leaves])


COMPLETE = {
    "phase": "construction",
    "list_place": place("completing"),
    "planned_start": "2023",
    "planned_finish": "2026-12",
    "annual_plan": {"year": 2026, "amount": "1000"},
}
BY_CLASS = {
    "preparation": {
        "leads-named": ["responsible_units"],
        "start-planned": ["planned_start"],
        "approvals-cleared": [obstacle("approval"), factor("approval")],
        "site-cleared": [obstacle("site"), factor("land"), factor("clearance")],
    },
    "construction": {
        "plan-given": ["annual_plan"],
        "factors-there": [
            obstacle("factors"),
            factor("funds"),
            factor("environmental-capacity"),
            factor("materials"),
        ],
        "works-unhindered": [obstacle("environment"), obstacle("other")],
    },
    "completing": {
        "finish-planned": ["planned_finish"],
        "facilities-ready": [obstacle("facilities"), factor("utilities")],
        "tasks-done": [],
    },
}
"""What each class is to see to, and what keeps it open, as the rule is published."""


def said_of(stage: str, without: str = "") -> Event[Any]:
    content = COMPLETE | {"responsible_units": UNITS}
    if stage != "completing":
        content |= {"phase": stage, "list_place": place("continued")}
    return by("chengdu", **{k: v for k, v in content.items() if k != without})


@pytest.mark.parametrize("stage", BY_CLASS)
def test_each_class_has_measures_of_its_own(stage: str) -> None:
    """A class names its own measures; what keeps one open is due from then on."""
    record = treatment(said_of(stage))
    assert record is not None
    own = [str(one.measure) for one in record.measures if one.of is record.stage]
    assert own == [*BY_CLASS[stage]]
    classes = [*BY_CLASS]
    for of, measures in BY_CLASS.items():
        for measure, reasons in measures.items():
            for reason in reasons:
                text = isinstance(reason, str)
                history = [said_of(stage, reason if text else "")]
                open_ = due(*history, *([] if text else [reason]))
                open_.pop("tasks-done", None)
                ahead = classes.index(of) > classes.index(stage)
                assert open_ == ({} if ahead else {measure: 0 if text else 1})
