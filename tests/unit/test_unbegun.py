"""What is said of a thing that nobody opened is told so, of every kind."""

from typing import Any

import pytest

from tests.support.examples import EXAMPLES, read
from tests.support.folding import Shard
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
    if FIRST[fact].type.subject == "project":  # appraisal reads it too: it may count
        assert "not_begun" not in codes(shard).values()
    else:
        assert shard.records or codes(shard)[FIRST[fact].envelope.id]


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
