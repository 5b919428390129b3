"""What is said of a thing that nobody opened is told so, of every kind."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support import saying
from tests.support.examples import EXAMPLES, read
from tests.support.folding import Shard
from tests.support.saying import event
from tests.unit.test_sharing import collected, described, text
from twincity_schemas.message import Event
from twincity_schemas.topology import KINDS

FIRST = {
    event_.type.fact: event_
    for event_ in map(read, sorted(EXAMPLES.glob("*/*.json"), reverse=True))
    if event_.type.is_statement
}
"""An example of every type of statement."""


def codes(shard: Shard) -> dict[str, str | None]:
    """What each statement's publisher was told last."""
    return {
        notice.statement: notice.no_effect and notice.no_effect.code
        for notice in shard.events("notice.issued")
    }


def taken(*said: Event[Any]) -> Shard:
    shard = Shard(KINDS[said[0].type.subject].service)
    for one in said:
        shard.take([one])
    return shard


@pytest.mark.parametrize("fact", sorted(FIRST))
def test_a_statement_comes_to_a_record_or_its_publisher_is_told(fact: str) -> None:
    shard = taken(FIRST[fact])
    if counts_in_appraisal(FIRST[fact]):
        assert "not_begun" not in codes(shard).values()
    else:
        assert shard.records or codes(shard)[FIRST[fact].envelope.id]


def counts_in_appraisal(*said: Event[Any]) -> bool:
    """Whether the last of them changes a record of appraisal, nobody describing it."""
    if said[-1].type.subject != "project":
        return False
    project = said[-1].envelope.subject
    closes = datetime.fromisoformat("2030-01-10T18:00:00+08:00")
    template = json.loads(FIRST["dispatch.called"].value)
    month = {"year": 2029, "through_month": 12, "cut_off": closes.isoformat()}
    data = template | month | {"projects": [project]}
    subject = f"dispatch/{project.split('/')[1]}/2029-12"
    called = event("dispatch.called", "chengdu", subject, data)
    reports = [of_its_month(one) for one in said]
    without, with_it = Shard("appraisal"), Shard("appraisal")
    without.take([called, *reports[:-1]])
    with_it.take([called, *reports])
    return without.records != with_it.records


def of_its_month(said: Event[Any]) -> Event[Any]:
    """A statement, a report as one of the month that the dispatch asks for."""
    if said.type.fact != "progress.reported":
        return said
    data = json.loads(said.value) | {"year": 2029, "through_month": 12}
    of = said.envelope
    return event(said.type.fact, of.party, of.subject, data, of.id, of.recorded)


WAIT_FOR_A_DESCRIPTION = {
    "project.endorsed": "not_begun",
    "project.declined": "not_begun",
    "project.succeeded": "not_begun",
    "factor.requested": "not_begun",
    "factor.committed": "not_requested",
    "factor.delivered": "not_requested",
    "task.reported": "not_on_the_list",
    "project.reopened": "not_withdrawn",
}
"""What is said of a project that nobody has described, and counts nowhere."""


@pytest.mark.parametrize("fact", sorted(WAIT_FOR_A_DESCRIPTION))
def test_what_counts_nowhere_waits_for_the_project_to_be_described(fact: str) -> None:
    waits = FIRST[fact]
    of = waits.envelope
    assert not counts_in_appraisal(waits)
    shard = taken(waits)
    assert codes(shard)[of.id] == WAIT_FOR_A_DESCRIPTION[fact]
    if codes(shard)[of.id] == "not_begun":
        text = event("project.described", "chengdu", of.subject, saying.described())
        shard.restart()
        shard.take([text])
        assert codes(shard)[of.id] != "not_begun"


def test_who_has_left_counts_in_a_dispatch_whoever_described_the_project() -> None:
    def said(fact: str, day: int, name: str, **changes: Any) -> Event[Any]:
        data = json.loads(FIRST[f"project.{fact}"].value) | changes
        moment = datetime(2024, 9, day, tzinfo=UTC)
        return event(f"project.{fact}", "deyang", saying.S11, data, name, moment)

    left, back = said("withdrawn", 1, "left"), said("reopened", 2, "back")
    no = said("declined", 3, "no", party="chengdu")
    again = said("declined", 4, "again", party="chengdu", reason="另有总投资（虚构）")
    for history in ([left], [left, back], [left, no]):
        assert counts_in_appraisal(*history)
        assert codes(taken(*history)) == {}
    assert codes(taken(no)) == {"no": "not_begun"}
    assert not counts_in_appraisal(left, back, no)
    assert codes(taken(left, back, no)) == {"no": "not_begun"}
    assert not counts_in_appraisal(left, no, again)
    assert codes(taken(left, no, again)) == {"again": "not_begun"}


def test_what_waited_has_effect_once_somebody_describes_it() -> None:
    figure = collected("chengdu", "15000")
    assert codes(taken(figure)) == {figure.envelope.id: "not_begun"}
    assert codes(taken(figure, described(text()))) == {figure.envelope.id: None}


def test_what_counts_no_more_since_two_described_it_at_once_is_told() -> None:
    figure = collected("chengdu", "15000")
    one = described(text())
    other = described(text(domain="transport"), "chengdu")
    assert codes(taken(one, figure, other))[figure.envelope.id] == "not_begun"
    gives_way = described(text(), "chengdu", "2022-03-02")
    assert codes(taken(one, figure, other, gives_way))[figure.envelope.id] is None


def test_what_follows_a_board_waits_for_the_board() -> None:
    summoned = FIRST["unit.summoned"]
    shard = taken(summoned)
    assert codes(shard) == {summoned.envelope.id: "not_begun"}
    shard.restart()
    assert codes(shard) == {summoned.envelope.id: "not_begun"}
