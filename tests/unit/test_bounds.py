"""However long a history grows, what is written fits a message, or is answered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from services.runtime.derivation import LARGEST_STATE
from tests.support.folding import Shard, incoming, parts
from tests.support.saying import S11, described, event, reported
from twincity_schemas.message import Event

FITS = 1_000_000
MANY = tuple(f"{a}{b}" for a in "abcde" for b in "vwxyz")
JOINT = f"project/{'.'.join(MANY)}/line"
LONG = "障" * 4_000


def take(shard: Shard, statements: Iterator[Event[Any]], size: int = 50) -> None:
    """Take them in, in batches; everything that is written has to fit Kafka."""
    waiting = list(statements)
    while waiting:
        shard.take_in(map(incoming, waiting[:size]))
        waiting = waiting[size:]
    for value in shard.changelog.values():
        assert value is None or len(value) < FITS
    for one in shard.published:
        assert len(one.value or b"") < FITS


def obstacles(count: int) -> Iterator[Event[Any]]:
    for number in range(count):
        data = {
            "obstacle": f"o{number}",
            "title": "问题",
            "content": LONG,
            "kind": "site",
            "stage": "under-construction",
            "unit": {"name": "单位"},
            "due": "2026-06",
            "as_of": "2026-01",
        }
        yield event("obstacle.registered", "chengdu", S11, data, f"o{number}")


def reports(count: int) -> Iterator[Event[Any]]:
    for number in range(count):
        told = reported(annual_investment=str(number), source="报" * 200)
        yield event("progress.reported", "chengdu", S11, told, f"r{number}")


def test_a_project_that_nobody_described_holds_nobody_up() -> None:
    shard = Shard("coordination")
    take(shard, obstacles(1_000))
    assert shard.records == {}
    take(shard, iter([event("project.described", "chengdu", S11, described(), "d")]))
    found = parts(shard, S11)
    assert found[""].parts["obstacle"].count == found[""].open_parts == 1_000
    assert len(found[""].open) == 20
    again = described(name="S11 改", as_of="2023-04")
    take(shard, iter([event("project.described", "chengdu", S11, again, "again")]))
    assert parts(shard, S11)[""].name == "S11 改"
    gone = event("project.withdrawn", "chengdu", S11, {"reason": "待议"}, "w")
    take(shard, iter([gone]))
    assert parts(shard, S11)[""].agreement == "withdrawn"
    assert not list(shard.events("notice.issued"))


@pytest.mark.parametrize("service", ["coordination", "appraisal"])
def test_five_thousand_reports_of_one_month(service: str) -> None:
    """One keeps them as parts, the other as one history, which has an end."""
    shard = Shard(service)
    take(shard, iter([event("project.described", "chengdu", S11, described(), "d")]))
    take(shard, reports(5_000))
    answered = [
        notice.no_effect.code
        for notice in shard.events("notice.issued")
        if notice.no_effect is not None
    ]
    if service == "coordination":
        assert (len(shard.records), answered) == (5_001, [])
    else:
        assert {*answered} == {"too_much"}
        largest = max(len(value or b"") for value in shard.changelog.values())
        assert largest > LARGEST_STATE / 2 - 1_000  # of two members


def test_twenty_five_members_answer_each_other() -> None:
    """Each may say its share of what a record holds; whoever says more is answered."""
    shard = Shard("coordination")
    figures = {
        f"f{n}": {"zh": "指" * 40, "value": str(n), "unit": "km"} for n in range(50)
    }
    more = {name: one | {"zh": "指" * 80} for name, one in figures.items()}
    said = [
        event("project.described", party, JOINT, described(name=party), f"d{party}")
        for party in MANY
    ]
    said += [
        event(
            "project.described",
            party,
            JOINT,
            described(figures=more if party in MANY[::2] else figures, content=LONG),
            party,
        )
        for party in MANY
    ]
    take(shard, iter(said))
    header = parts(shard, JOINT)[""]
    assert header.statements == len(said)
    answered = {
        n.statement for n in shard.events("notice.issued") if n.no_effect is not None
    }
    assert answered == {*MANY[::2]}
    held = {said.statement for f in header.fields.values() for said in f.by.values()}
    assert held == (set(MANY) - answered) | {f"d{party}" for party in answered}


def test_a_dispatch_of_a_thousand_projects_and_a_board_of_them_fit() -> None:
    """Each project and each unit is a record of its own; the header counts."""
    shard = Shard("appraisal")
    moment = datetime.fromisoformat("2024-09-05T18:00:00+08:00")
    members = "chengdu.deyang.meishan"
    projects = [f"project/{members}/p{number}" for number in range(1_000)]
    period = {
        "year": 2024,
        "through_month": 8,
        "cut_off": "2024-09-10T18:00:00+08:00",
        "as_of": "2024-09",
    }
    call = period | {"kind": "monthly", "projects": projects, "unit": {"name": "某委"}}
    units = [
        {
            "code": f"u{number}",
            "unit": {"name": "某区"},
            "sequence": "districts",
            "projects": [
                {"project": one, "party": "chengdu"}
                for one in projects[number * 50 : number * 50 + 50]
            ],
        }
        for number in range(20)
    ]
    measure = {"code": "r", "name": "投资完成率", "kind": "completion-rate"}
    rules = {
        "code": "q",
        "version": 1,
        "measures": [measure | {"weight": "1", "target": "66.67"}],
        "cap": 120,
        "places": [{"sequence": "districts", "red": 3, "black": 3}],
    }
    board = period | {"rules": rules, "units": units}
    figures = reported(year=2024, through_month=8, as_of="2024-08")
    said = [
        event("dispatch.called", "chengdu", f"dispatch/{members}/m", call, "c", moment),
        event("board.opened", "chengdu", f"board/{members}/q", board, "b", moment),
        *(
            event("progress.reported", party, one, figures, f"{party} {one}", moment)
            for one in projects
            for party in members.split(".")
        ),
    ]
    take(shard, iter(said), size=1_000)
    dispatch = parts(shard, f"dispatch/{members}/m")[""]
    assert dispatch.parts["line"].count == dispatch.projects == 1_000
    assert (dispatch.due, dispatch.on_time) == (3_000, 3_000)
    assert parts(shard, f"board/{members}/q")[""].parts["unit"].count == 20
    assert max(len(one.value or b"") for one in shard.published) < 50_000
