"""What is closed stays closed: a cut-off asks what was recorded by it.

The histories in ``tests/cases`` say what an auditor expects of them.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.folding import Shard, tell
from tests.unit.test_appraisal import BOARD, CUT_OFF, LATE, STORY, _said
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse

CASES = Path(__file__).parents[1] / "cases"


def case(name: str) -> list[Event[Any]]:
    """A history as admission passes it on: recorded when it was received."""
    document = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    received = document.get("received", {})
    said = []
    for statement in document["statements"]:
        envelope = Envelope.model_validate(statement["envelope"])
        moment = received.get(envelope.id, envelope.time.isoformat())
        recorded = envelope.model_copy(
            update={"recordedtime": datetime.fromisoformat(moment)}
        )
        value = json.dumps(statement["data"], ensure_ascii=False).encode()
        event = parse(envelope.to_headers(), value)
        said.append(Event(recorded, event.type, event.data, value))
    return said


def record(name: str, kind: str, count: int | None = None) -> Any:
    said = case(name)
    subject = next(
        e.envelope.subject for e in said if e.envelope.subject.startswith(kind)
    )
    return tell(subject, said[:count])


def without_idle(board: Any) -> Any:
    return board.model_copy(update={"unmet": ()})


def test_the_first_opening_counts_whatever_the_code() -> None:
    board = record("board-opened-by-two-first-in-the-alphabet", "board/")
    assert board.opened_by == "ziyang"
    assert [str(u.score) for s in board.sequences for u in s.units] == ["89.65"]
    [idle] = board.unmet
    assert (idle.statement, idle.party) == ("cq-b1", "chongqing")
    assert "ziyang" in idle.en


def test_an_exemption_after_the_cut_off_moves_no_black_place() -> None:
    name = "board-exemption-after-cut-off"
    board = record(name, "board/")
    assert without_idle(board) == record(name, "board/", 3)
    assert [(u.statement, u.code) for u in board.unmet] == [
        ("cq-e1", "after_the_cut_off")
    ]


def test_rules_that_change_after_the_cut_off_change_nothing() -> None:
    name = "board-rules-changed-after-cut-off"
    board = record(name, "board/")
    assert without_idle(board) == record(name, "board/", 2)
    assert [(u.statement, u.code) for u in board.unmet] == [
        ("cq-b2", "after_the_cut_off")
    ]


def test_a_backdated_report_is_late() -> None:
    dispatch = record("report-backdated-before-cut-off", "dispatch/")
    [due] = [one for one in dispatch.due if one.party == "chongqing"]
    assert due.state is Reporting.LATE
    assert due.figures is None
    assert due.correction.statement == "cq-r2"


def test_an_obstacle_registered_again_later_moves_no_closed_board() -> None:
    name = "obstacle-registered-again-after-cut-off-board"
    assert record(name, "board/") == record(name, "board/", 2)


def test_rules_of_one_version_never_change() -> None:
    opened = next(e for e in STORY if e.type.fact == "board.opened")
    rules = opened.data.rules.model_copy(update={"cap": opened.data.rules.cap + 1})
    other = opened.data.model_copy(update={"rules": rules})
    again = Event(
        opened.envelope.model_copy(update={"id": "again"}),
        opened.type,
        other,
        other.model_dump_json(exclude_none=True).encode(),
    )
    board = tell(BOARD, [*STORY, again])
    assert without_idle(board) == without_idle(tell(BOARD, STORY))
    assert [(u.statement, u.code) for u in board.unmet] == [("again", "same_version")]


PARTIES = ("chengdu", "deyang", "meishan")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(*map(_said, PARTIES)), max_size=6),
    st.lists(st.one_of(*map(_said, PARTIES)), max_size=6),
)
def test_nothing_recorded_after_a_cut_off_moves_a_closed_board(
    before: list[Event[Any]], after: list[Event[Any]]
) -> None:
    """Whatever time it claims: only the list of what came late may grow."""
    closed = Shard("appraisal")
    closed.take([*STORY, *(recorded(e, CUT_OFF) for e in before)])
    later = Shard("appraisal")
    later.take([*STORY, *(recorded(e, CUT_OFF) for e in before)])
    later.take([recorded(e, LATE) for e in after])
    was, now = (_board(shard) for shard in (closed, later))
    for name in ("opened_by", "rules", "sequences", "cut_off"):
        assert was[name] == now[name]


def recorded(statement: Event[Any], when: datetime) -> Event[Any]:
    envelope = statement.envelope.model_copy(update={"recordedtime": when})
    return Event(envelope, statement.type, statement.data, statement.value)


def _board(shard: Shard) -> dict[str, Any]:
    [value] = [v for (_, key), v in shard.records.items() if key == BOARD.encode()]
    board: dict[str, Any] = json.loads(value)
    return board
