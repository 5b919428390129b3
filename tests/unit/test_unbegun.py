"""What is said of a thing that nobody opened is told so, of every kind."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.examples import EXAMPLES, read
from tests.support.folding import Shard
from tests.support.saying import SAID, described, event, reported
from twincity_schemas.message import Event
from twincity_schemas.topology import KINDS

FIRST = {
    event_.type.fact: event_
    for event_ in map(read, sorted(EXAMPLES.glob("*/*.json"), reverse=True))
    if event_.type.is_statement
}
"""An example of every type of statement."""
PAIR = "project/chengdu.deyang/s11"


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
    assert shard.records or codes(shard)[FIRST[fact].envelope.id]


def test_what_waited_has_effect_once_somebody_describes_it() -> None:
    said = [
        event("progress.reported", "chengdu", PAIR, reported(), "report"),
        event("obstacle.registered", "chengdu", PAIR, _obstacle(), "obstacle"),
        event("project.described", "deyang", PAIR, described(), "text"),
    ]
    before = taken(*said[:2])
    assert codes(before) == {"report": "not_begun", "obstacle": "not_begun"}
    assert codes(taken(*said)) == {"report": None, "obstacle": None}


def test_what_its_party_said_anew_is_not_brought_back_in_its_former_words() -> None:
    said = [
        event("project.declined", "chengdu", PAIR, _answer(reason="不同意"), "no"),
        event("project.endorsed", "chengdu", PAIR, _answer(), "yes"),
        event("project.described", "deyang", PAIR, described(), "text"),
    ]
    assert codes(taken(*said)) == {"no": "not_begun", "yes": None}


def test_what_counts_no_more_since_two_described_it_at_once_is_told() -> None:
    said = [
        event("project.described", "deyang", PAIR, described(), "transport"),
        event("progress.reported", "deyang", PAIR, reported(), "report"),
        event(
            "project.described", "chengdu", PAIR, described(domain="industry"), "other"
        ),
    ]
    told = {"transport": "said_at_once", "other": "said_at_once", "report": "not_begun"}
    assert codes(taken(*said)) == told
    gives_way = event(
        "project.described", "chengdu", PAIR, described(), "same", SAID + timedelta(1)
    )
    assert codes(taken(*said, gives_way))["report"] is None


def test_what_follows_a_board_waits_for_the_board() -> None:
    summoned = FIRST["unit.summoned"]
    shard = taken(summoned)
    assert codes(shard) == {summoned.envelope.id: "not_begun"}
    shard.restart()
    assert codes(shard) == {summoned.envelope.id: "not_begun"}


def _obstacle() -> dict[str, Any]:
    return dict(FIRST["obstacle.registered"].data.model_dump(mode="json"))


def _answer(**more: Any) -> dict[str, Any]:
    digest = event("project.described", "deyang", PAIR, described()).data.digest
    return {"party": "deyang", "description": digest, **more}
