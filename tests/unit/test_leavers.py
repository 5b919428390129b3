"""Obstacles and tasks of who leaves: what it did stays, what it had goes back.

Made up (虚构). Each history in any order of arrival, as a projection is told it.
"""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.rules.due import outstanding
from tests.support.folding import interleaved, told
from tests.support.saying import described, event
from twincity_schemas.message import Event
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState
from twincity_schemas.task_record import TaskState

PROJECT = "project/chengdu.deyang.meishan/s11"
MEMBERS = ("chengdu", "deyang", "meishan")
BEGAN = datetime.fromisoformat("2024-01-01T09:00:00+08:00")
UNIT = {"unit": {"name": "某局（虚构）"}}
DUE = "2024-03-31"  # day 90


def said(fact: str, party: str, day: int, id_: str, **data: Any) -> Event[Any]:
    when = BEGAN + timedelta(days=day)
    return event(fact, party, PROJECT, data, id_, when)


def step(name: str, party: str, day: int, answers: str, **more: Any) -> Event[Any]:
    """A step of the obstacle o of chengdu, named by its type and day."""
    texts = {"task": "交地（虚构）"} if name == "assigned" else {"note": "（虚构）"}
    data = {"raised_by": "chengdu", "obstacle": "o", "answers": answers}
    data |= {"as_of": "2024"} | texts | more
    return said(f"obstacle.{name}", party, day, f"{name}-{day}", **data)


def given(to: str, day: int = 1, answers: str = "r", **more: Any) -> Event[Any]:
    by = more.pop("by", "chengdu")
    return step("assigned", by, day, answers, to=to, **UNIT, **({"due": DUE} | more))


def leaves(party: str, day: int) -> Event[Any]:
    reason = {"reason": "退出（虚构）"}
    return said("project.withdrawn", party, day, f"w-{party}", **reason)


def comes_back(party: str, day: int) -> Event[Any]:
    return said("project.reopened", party, day, f"b-{party}", reason="（虚构）")


OPENED = [
    *(said("project.described", one, 0, f"d-{one}", **described()) for one in MEMBERS),
    said(
        "obstacle.registered",
        "chengdu",
        0,
        "r",
        obstacle="o",
        title="用地（虚构）",
        content="（虚构）",
        kind="site",
        due=DUE,
        as_of="2024",
        **UNIT,
    ),
]


def after(*steps: Event[Any]) -> ObstacleRecorded:
    """The obstacle after a history, which is the same in another order of arrival."""
    history = [*OPENED, *steps]
    by_party = [[s for s in history if s.envelope.party == one] for one in MEMBERS]
    record, other = (
        told(PROJECT, order)["obstacle/chengdu/o"]
        for order in (history, interleaved(by_party, random.Random(len(history))))
    )
    assert record == other
    assert isinstance(record, ObstacleRecorded)
    return record


def may(record: ObstacleRecorded, fact: str) -> tuple[str, ...]:
    return next((o.parties for o in record.open if o.step == f"obstacle.{fact}"), ())


CLEARED = [
    given("deyang"),
    step("inspected", "meishan", 2, "assigned-1"),
    step("submitted", "deyang", 3, "inspected-2"),
    step("verified", "chengdu", 4, "submitted-3"),
]


@pytest.mark.parametrize("steps", range(1, 5))
@pytest.mark.parametrize("party", ["chengdu", "meishan"])
def test_what_a_leaver_did_stays(party: str, steps: int) -> None:
    """Whoever raised, looked at or verified it leaves: nothing of that is undone."""
    before, now = after(*CLEARED[:steps]), after(*CLEARED[:steps], leaves(party, 5))
    assert (now.state, now.steps, now.no_effect) == (before.state, before.steps, ())
    assert (now.assigned_to, now.closed_late) == (
        before.assigned_to,
        before.closed_late,
    )


def test_what_a_member_saw_for_others_stays_seen_when_it_leaves() -> None:
    by_itself = [given("chengdu"), step("submitted", "chengdu", 2, "assigned-1")]
    seen = step("verified", "meishan", 3, "submitted-2")
    assert after(*by_itself, seen, leaves("meishan", 4)).state is ObstacleState.CLOSED


def test_what_nobody_has_is_with_those_who_stay() -> None:
    """Who raised it and gave it to nobody leaves: it is due of the others."""
    record = after(leaves("chengdu", 60))
    assert (record.parties, record.missed) == (("deyang", "meishan"), ())
    assert [one.party for one in outstanding(record, "2024-05")] == ["deyang、meishan"]
    taken = given("meishan", 100, by="deyang", due="2024-06")
    record = after(leaves("chengdu", 60), taken)
    assert [(m.party, m.unassigned) for m in record.missed] == [
        ("deyang", True),
        ("meishan", True),
    ]


@pytest.mark.parametrize(
    ("left", "missed"), [(60, "chengdu"), (90, "chengdu"), (91, "deyang")]
)
def test_a_day_that_passes_when_its_holder_has_left_is_whose_it_went_back_to(
    left: int, missed: str
) -> None:
    """It leaves in time or late, and the obstacle is given to another afterwards."""
    gone = [given("deyang"), leaves("deyang", left)]
    back = after(*gone)
    assert (back.assigned_to, back.given_up_by) == (None, "deyang")
    anew = after(*gone, given("meishan", 100, "assigned-1", due="2024-06"))
    assert [one.party for one in anew.missed] == [missed]
    assert (anew.parties, anew.given_up_by) == (("meishan",), None)


def test_who_comes_back_has_it_no_more() -> None:
    """As what it had committed: it was given up, and is asked for anew."""
    record = after(given("deyang"), leaves("deyang", 60), comes_back("deyang", 70))
    assert (record.parties, record.given_up_by) == (("chengdu",), "deyang")
    late = [given("deyang"), leaves("deyang", 95), comes_back("deyang", 96)]
    again = after(*late, given("deyang", 97, "assigned-1", due="2024-12"))
    assert (again.due, [one.party for one in again.missed]) == (DUE, ["deyang"])


def test_who_has_it_gives_itself_no_more_time_when_its_raiser_has_left() -> None:
    record = after(given("deyang"), leaves("chengdu", 5))
    assert may(record, "extended") == may(record, "cancelled") == ("meishan",)
    own = step("extended", "deyang", 6, "assigned-1", due="2024-12")
    assert after(given("deyang"), leaves("chengdu", 5), own).due == DUE


def test_who_verified_itself_can_ask_above_when_nobody_looks() -> None:
    alone = [
        given("chengdu"),
        step("submitted", "chengdu", 2, "assigned-1"),
        step("verified", "chengdu", 3, "submitted-2"),
    ]
    level = {"level": {"name": "省发展改革委"}}
    early, raised = (
        after(*alone, step("escalated", "chengdu", day, "verified-3", **level))
        for day in (32, 34)
    )
    assert early.escalated_to is None
    assert raised.escalated_to is not None
    assert raised.state is ObstacleState.SELF_VERIFIED


def test_once_it_is_handed_in_it_is_due_of_whoever_verifies_it() -> None:
    record = after(*CLEARED[:3])
    [due] = outstanding(record, "2025")
    assert (due.party, due.due, due.overdue) == ("chengdu", None, False)
    assert record.submitted == "2024-01-04"
    left = after(*CLEARED[:3], leaves("chengdu", 5))
    assert left.parties == ("meishan",)  # who handled it does not look at it alone
    assert after(*CLEARED[:3], leaves("deyang", 5)).parties == ("chengdu",)
    back = step("returned", "chengdu", 5, "submitted-3")
    assert after(*CLEARED[:3], back).submitted is None


def test_no_other_member_keeps_its_raiser_from_moving_its_date() -> None:
    texts = {"title": "用地（虚构）", "content": "（虚构）", "kind": "site"}
    data = {"due": "2024-12", "as_of": "2024"} | texts | UNIT
    again = said("obstacle.registered", "chengdu", 6, "r2", obstacle="o", **data)
    assert after(given("meishan", 1, by="deyang"), again).due == "2024-12"
    assert after(given("meishan", 1), again).due == DUE


def test_who_has_left_registers_nothing_and_is_given_nothing() -> None:
    given_it = after(leaves("deyang", 1), given("deyang", 2))
    assert (given_it.parties, given_it.given_up_by) == (("chengdu",), "deyang")
    texts = {"title": "用地（虚构）", "content": "（虚构）", "kind": "site"}
    data = {"due": "2024-12", "as_of": "2024"} | texts | UNIT
    again = said("obstacle.registered", "chengdu", 6, "r2", obstacle="o", **data)
    other = said("obstacle.registered", "chengdu", 6, "r3", obstacle="x", **data)
    record = after(leaves("chengdu", 5), again)
    assert (record.due, [one.code for one in record.no_effect]) == (DUE, ["has_left"])
    found = told(PROJECT, [*OPENED, leaves("chengdu", 5), other])
    assert "obstacle/chengdu/x" not in found


# --- tasks --------------------------------------------------------------------

LIST = [{"party": "deyang", "role": "lead", "name": "甲局（虚构）", "task": "交地"}]
LISTED = described(responsible_units=LIST)
DONE = {"unit": "甲局（虚构）", "role": "lead", "done": True, "note": "已交"}


def tasks(*told_of: Event[Any]) -> list[Any]:
    listed = said("project.described", "deyang", 0, "l", **LISTED)
    found = told(PROJECT, [listed, *told_of])
    return [one for part, one in found.items() if part.startswith("task/")]


@pytest.mark.parametrize("way", ["leaves", "lists it no more"])
def test_a_task_that_was_done_stays_done(way: str) -> None:
    """What a party's unit did is not struck out with the unit."""
    done = said("task.reported", "deyang", 3, "t", **DONE, as_of="2024-01")
    gone = leaves("deyang", 5)
    if way != "leaves":
        gone = said("project.described", "deyang", 5, "l2", **described())
    [task] = tasks(done, gone)
    assert task.state is TaskState.DONE
    # What nobody had done when it was struck, and was not overdue, is off the list.
    assert tasks(gone) == []
    late = said("task.reported", "deyang", 9, "t", **DONE, as_of="2024-01")
    assert tasks(gone, late) == []
