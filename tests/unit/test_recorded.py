"""What is closed stays closed: a cut-off asks what was recorded by it."""

from datetime import timedelta
from typing import Any

from tests.support.folding import tell
from tests.support.saying import S11
from tests.unit.test_appraisal import (
    AUGUST,
    BOARD,
    CUT_OFF,
    EARLY,
    LATE,
    OBSTACLES,
    STORY,
    report,
)
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.message import Event


def recorded(statement: Event[Any], when: Any) -> Event[Any]:
    """The statement as admission passes it on, whatever time it claims."""
    envelope = statement.envelope.model_copy(update={"recordedtime": when})
    return Event(envelope, statement.type, statement.data, statement.value)


def test_a_backdated_report_is_late() -> None:
    backdated = recorded(report("chengdu", S11, EARLY), LATE)
    [first, *_] = tell(AUGUST, [*STORY, backdated]).due
    assert first.state is Reporting.LATE
    assert first.figures is None
    assert first.correction.recorded == LATE


def test_an_obstacle_registered_again_later_moves_no_closed_board() -> None:
    registered = next(o for o in OBSTACLES if o.type.fact == "obstacle.registered")
    board = tell(BOARD, [*STORY, registered])
    later = registered.data.model_copy(update={"due": "2025-12-31"})
    again = Event(
        registered.envelope.model_copy(
            update={"id": "again", "time": CUT_OFF + timedelta(days=450)}
        ),
        registered.type,
        later,
        later.model_dump_json(exclude_none=True).encode(),
    )
    assert tell(BOARD, [*STORY, registered, again]) == board
