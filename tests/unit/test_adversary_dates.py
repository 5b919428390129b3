"""Histories by whoever gains by a date: of what is to come, or of what was before.

Made up (虚构), as those of ``test_adversary``, and one of each kind of subject.
"""

import json
from datetime import timedelta
from typing import Any

from tests.support.folding import told, without_effect
from tests.support.saying import event
from tests.unit import test_chain
from tests.unit.test_adversary import recorded
from tests.unit.test_appraisal import STORY
from tests.unit.test_project_parts import factors, idle, parts
from twincity_schemas.message import Event


def of_day(said: Event[Any], day: str, id_: str) -> Event[Any]:
    """A statement as of another day, recorded when it was."""
    envelope = said.envelope
    data = json.loads(said.value) | {"as_of": day}
    time = envelope.recorded
    return event(said.type.fact, envelope.party, envelope.subject, data, id_, time)


def test_what_will_be_delivered_is_still_short() -> None:
    """Factor: who promised the land says today that it arrived at the year's end."""
    said = [e for e in factors("2024-08") if e.type.is_statement]
    land = [e for e in said if e.data.factor == "depot-land"]
    *history, brought = sorted(land, key=lambda e: e.envelope.time)
    ahead = of_day(brought, "2099-12-31", "ahead")
    part = "factor/chengdu/depot-land"
    assert parts(*history)[part].short == 120
    assert parts(*history, ahead)[part].short == 120
    assert idle(*history, ahead)["ahead"] == "before_its_date"
    assert parts(*history, ahead, brought)[part].short == 0


def test_a_decision_is_not_done_by_what_will_be_done() -> None:
    """Decision: done is said before the deadline, of a day that lies after it."""
    dispatch = "dispatch/chengdu.deyang.meishan/2024-07"
    said = [one for one in STORY if one.envelope.subject == dispatch]
    [done] = [one for one in said if one.type.fact == "decision.done"]
    rest = [one for one in said if one is not done]
    ahead = of_day(done, "2099", "ahead")
    part = "decision/chengdu/depot-land"
    assert told(dispatch, [*rest, ahead])[part].state == "open"
    assert without_effect(dispatch, [*rest, ahead])["ahead"] == "before_its_date"
    assert told(dispatch, [*rest, ahead, done])[part].state == "done"


def test_a_gap_is_not_filled_by_who_will_fill_it() -> None:
    """Chain: the gap is off the list by a plant that is to open in ten years."""
    filled = test_chain.STORY[4]
    ahead = of_day(filled, "2099", "ahead")
    record = test_chain.after(4, ahead)
    assert record.gaps[test_chain.CRASH_TEST].state == "open"
    assert [(one.statement, one.code) for one in record.no_effect] == [
        ("ahead", "before_its_date")
    ]
    assert test_chain.after(5).gaps[test_chain.CRASH_TEST].state == "filled"


def test_a_day_that_has_begun_has_come_and_a_month_or_year_with_it() -> None:
    """Of the day, month or year on which it is recorded, what is said is done."""
    filled = test_chain.STORY[4]
    moment = filled.envelope.recorded
    for size in (4, 7, 10):
        day = (moment + timedelta(hours=8)).date().isoformat()[:size]
        same = recorded(of_day(filled, day, "same"), moment)
        assert test_chain.after(4, same).gaps[test_chain.CRASH_TEST].state == "filled"
