"""What reaches a dispatch after its cut-off: belated, or the later life of a thing.

Belated is what was recorded after the cut-off and is, as it says itself, of a day by
it. It stands beside the closed figures and moves none; the rest is the next dispatch's.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.folding import parts
from tests.support.saying import described, event
from tests.unit.test_appraisal import CUT_OFF, EARLY, LATE
from tests.unit.test_auditor import report, taken
from tests.unit.test_succession import BOARD_OF_ALL, DISPATCH, NEW, OLD, full
from twincity_schemas.message import Event

BEFORE = "dispatch/chengdu.deyang.meishan/2024-07"
RAISED = CUT_OFF - timedelta(days=40)
OBSTACLE = {"obstacle": "o1", "as_of": "2024-08-01"}
UNIT = {"unit": {"name": "某局（虚构）"}, "due": "2024-08-30"}
TEXT = {"title": "用地（虚构）", "content": "（虚构）", "kind": "site"}


def call(
    subject: str = DISPATCH, month: int = 8, cut_off: datetime = CUT_OFF
) -> Event[Any]:
    data = {
        "kind": "monthly",
        "year": 2024,
        "through_month": month,
        "cut_off": cut_off.isoformat(),
        "projects": [OLD, NEW],
        "unit": {"name": "调度办（虚构）"},
        "as_of": "2024",
    }
    when = min(EARLY, cut_off - timedelta(days=1))
    return event("dispatch.called", "chengdu", subject, data, f"call-{month}", when)


def registered(
    when: datetime = RAISED, as_of: str = "2024-08-01", **more: Any
) -> Event[Any]:
    data = OBSTACLE | TEXT | UNIT | {"as_of": as_of} | more
    name = f"registered-{when:%d}"
    return event("obstacle.registered", "chengdu", OLD, data, name, when)


def assigned() -> Event[Any]:
    data = OBSTACLE | UNIT | {"raised_by": "chengdu", "answers": "registered-01"}
    data |= {"to": "deyang", "task": "交地（虚构）"}
    when = RAISED + timedelta(hours=1)
    return event("obstacle.assigned", "chengdu", OLD, data, "assigned", when)


def step(fact: str, as_of: str, party: str = "deyang") -> Event[Any]:
    data = {"obstacle": "o1", "raised_by": "chengdu", "as_of": as_of}
    data |= {"answers": "assigned", "note": "（虚构）"}
    return event(f"obstacle.{fact}", party, OLD, data, fact, LATE)


def extended(as_of: str) -> Event[Any]:
    data = {
        "obstacle": "o1",
        "raised_by": "chengdu",
        "as_of": as_of,
        "note": "（虚构）",
    }
    data |= {"answers": "assigned", "due": "2024-12"}
    return event("obstacle.extended", "chengdu", OLD, data, "extended", LATE)


def rests(as_of: str) -> Event[Any]:
    data = described(phase="suspended", as_of=as_of)
    return event("project.described", "chengdu", OLD, data, "rests", LATE)


def goes_on(as_of: str) -> Event[Any]:
    data = {"successor": NEW, "reason": "成员调整（虚构）", "as_of": as_of}
    return event("project.succeeded", "chengdu", OLD, data, "goes-on", LATE)


DECIDED = {
    "decision": "land",
    "what": "交地（虚构）",
    "party": "deyang",
    "unit": {"name": "资规局（虚构）"},
    "project": OLD,
    "due": "2030",
    "as_of": "2024-07-20",
}


def decided(when: datetime, as_of: str = "2024-07-20") -> Event[Any]:
    data = DECIDED | {"as_of": as_of}
    return event("decision.taken", "chengdu", BEFORE, data, "decided", when)


def done(as_of: str) -> Event[Any]:
    data = {"decision": "land", "as_of": as_of, "taken_by": "chengdu"}
    data |= {"evidence": "移交书（虚构）"}
    return event("decision.done", "deyang", BEFORE, data, "done", LATE)


def dropped(as_of: str) -> Event[Any]:
    data = {"decision": "land", "as_of": as_of, "reason": "不再需要（虚构）"}
    return event("decision.dropped", "chengdu", BEFORE, data, "dropped", LATE)


STORY = [
    call(BEFORE, 7, CUT_OFF - timedelta(days=30)),
    call(),
    *full(OLD, 8, 80_000),
    registered(),
    assigned(),
    decided(CUT_OFF - timedelta(days=20)),
]
LATE_WORDS: dict[str, Callable[[str], Event[Any]]] = {
    "submitted": lambda as_of: step("submitted", as_of),
    "handled": lambda as_of: step("handled", as_of),
    "returned": lambda as_of: step("returned", as_of),
    "registered": lambda as_of: registered(LATE, as_of, obstacle="o2"),
    "rests": rests,
    "goes on": goes_on,
    "done": done,
    "dropped": dropped,
}


def listed(*late: Event[Any]) -> list[tuple[str, str | None]]:
    """The corrections of the dispatch: by step, and the day that each is of."""
    found = parts(taken([*STORY, *late]), DISPATCH)
    amended = [one for name, one in sorted(found.items()) if "amendment" in name]
    assert found[""].corrections == len(amended)
    assert [one.number for one in amended] == [*range(1, len(amended) + 1)]
    return [(one.step, one.as_of) for one in amended]


@pytest.mark.parametrize("say", LATE_WORDS.values(), ids=[*LATE_WORDS])
def test_what_is_of_a_day_by_the_cut_off_is_told_beside_it(
    say: Callable[[str], Event[Any]],
) -> None:
    """And what is of a later day is the next dispatch's; neither moves a figure."""
    closed = parts(taken(STORY), DISPATCH)
    day = f"{CUT_OFF:%Y-%m-%d}"
    for as_of in ("2024-09-01", day, "2024-09", "2024", "2023"):
        late = say(as_of)
        assert listed(late) == [(late.type.fact, as_of)]
    late = say(f"{CUT_OFF + timedelta(days=1):%Y-%m-%d}")
    assert listed(late) == []
    found = parts(taken([*STORY, say(day)]), DISPATCH)
    for name, one in closed.items():
        if name:  # the header counts the corrections
            assert found[name] == one


def test_a_decision_that_was_entered_late_is_told() -> None:
    """Taken in July and recorded once August was closed: that list left it out."""
    story = [one for one in STORY if one.type.fact != "decision.taken"]
    for as_of, told in (("2024-07-20", ["decision.taken"]), ("2024-09-14", [])):
        found = parts(taken([*story, decided(LATE, as_of)]), DISPATCH)
        steps = [one.step for name, one in found.items() if "amendment" in name]
        assert steps == told


def test_what_has_no_effect_is_no_correction() -> None:
    """A stranger's step, an extension once it was due, the same phase said again."""
    assert listed(step("submitted", "2024-08", party="chengdu")) == []
    assert listed(extended("2024-08")) == []
    data = described(as_of="2024-08")
    again = event("project.described", "chengdu", OLD, data, "again", LATE)
    assert listed(again) == []
    ended = {"decision": "land", "as_of": "2024-08", "taken_by": "chengdu"}
    stranger = ended | {"evidence": "（虚构）"}
    assert listed(event("decision.done", "meishan", BEFORE, stranger, "x", LATE)) == []


def test_of_several_each_has_its_number_whatever_the_order() -> None:
    late = [step("submitted", "2024-09-01"), goes_on("2024-09"), done("2024-08")]
    one, other = listed(*late), listed(*reversed(late))
    assert one == other
    assert {fact for fact, _ in one} == {say.type.fact for say in late}


# --- a project for several units ----------------------------------------------


def board(**units: list[tuple[str, str]]) -> Event[Any]:
    """A board of units of one sequence, each with projects and whose part of them."""
    measures = [
        {"code": "rate", "name": "完成率（虚构）", "weight": "50", "target": "100"}
        | {"kind": "completion-rate"},
        {"code": "closed", "name": "销号（虚构）", "weight": "50", "target": "100"}
        | {"kind": "obstacles-closed"},
    ]
    data = {
        "rules": {"code": "q", "version": 1, "title": "（虚构）", "cap": 120,
                  "measures": measures,
                  "places": [{"sequence": "districts", "red": 1, "black": 1}]},
        "units": [
            {"code": code, "unit": {"name": f"{code}（虚构）"}, "sequence": "districts",
             "projects": [{"project": p, "party": who} for p, who in projects]}
            for code, projects in units.items()
        ],
        "year": 2024, "through_month": 8, "cut_off": CUT_OFF.isoformat(),
        "as_of": "2024",
    }  # fmt: skip
    return event("board.opened", "chengdu", BOARD_OF_ALL, data, "board", EARLY)


def of_units(*said: Event[Any], **units: list[tuple[str, str]]) -> dict[str, Any]:
    found = parts(taken([board(**units), *said]), BOARD_OF_ALL)
    return {code: found[f"unit/{code}"] for code in units}


def figure(unit: Any, measure: str) -> Any:
    return next(one.actual for one in unit.figures if one.measure == measure)


OVER = event(
    "project.succeeded",
    "chengdu",
    OLD,
    {"successor": NEW, "reason": "成员调整（虚构）", "as_of": "2024"},
    "over",
    EARLY,
)
REPORTS = [
    report("chengdu", OLD, 8, 20_000, EARLY),
    report("deyang", OLD, 8, 20_000, EARLY),
    report("chengdu", NEW, 8, 90_000, EARLY),
    report("deyang", NEW, 8, 90_000, EARLY),
]


def test_one_members_part_does_not_go_on_in_anothers() -> None:
    """A unit that lists the new project for another member keeps what is behind."""
    same = of_units(OVER, *REPORTS, one=[(OLD, "chengdu"), (NEW, "chengdu")])["one"]
    assert figure(same, "rate") == 90
    other = of_units(OVER, *REPORTS, one=[(OLD, "chengdu"), (NEW, "deyang")])["one"]
    assert figure(other, "rate") == 55
    assert [one.counted_as for one in other.projects] == [None, None]


def test_no_obstacle_is_lost_under_a_project_that_another_answers_for() -> None:
    """Registered again under the new name, nobody there has it: it is still due."""
    again = OBSTACLE | TEXT | UNIT | {"due": "2024-12"}
    said = [
        OVER,
        registered(),
        event("obstacle.registered", "chengdu", NEW, again, "again", EARLY),
    ]
    for party, share in (("chengdu", 0), ("deyang", 0)):
        projects = [(OLD, "chengdu"), (NEW, party)]
        assert figure(of_units(*said, one=projects)["one"], "closed") == share


def test_who_else_has_a_project_stands_beside_it() -> None:
    """Two units of a sequence: each answers for what is listed for it, and it shows."""
    listed_twice = {"one": [(OLD, "chengdu")], "two": [(NEW, "chengdu")]}
    for said, beside in (([], ((), ())), ([OVER], (("two",), ("one",)))):
        units = of_units(*said, *REPORTS, **listed_twice)
        assert (figure(units["one"], "rate"), figure(units["two"], "rate")) == (20, 90)
        assert tuple(unit.projects[0].also_for for unit in units.values()) == beside
    same = {"one": [(OLD, "chengdu")], "two": [(OLD, "chengdu")]}
    units = of_units(*REPORTS, **same)
    assert [u.projects[0].also_for for u in units.values()] == [("two",), ("one",)]
    # Of another member it is another part.
    apart = {"one": [(OLD, "chengdu")], "two": [(OLD, "deyang")]}
    units = of_units(*REPORTS, **apart)
    assert [u.projects[0].also_for for u in units.values()] == [(), ()]
