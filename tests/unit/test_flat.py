"""What a statement costs does not grow with what was said before it.

Counted as work, not as time: how many nodes are derived, how many views are looked at
and how many bytes are published, early and late in a subject's history. Of every type
that a deriving service takes: said again and again, and said of something new each time
(a month, an obstacle, a date) where its record is a part.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from services.runtime.derivation import Derivation
from services.runtime.seeing import Seen
from tests.support.examples import EXAMPLES, read, story
from tests.support.folding import MAKERS, Shard
from twincity_schemas.message import Event, parse
from twincity_schemas.topology import KINDS

EARLY, LATE = 10, 60
FULL = 25
"""From here on a header names as many open items as it ever does: twenty."""

Work = tuple[int, int, int]
"""Nodes derived, views looked at, bytes published."""


def _examples() -> Iterator[Event[Any]]:
    """The first example of every type that a deriving service takes."""
    for folder in sorted(EXAMPLES.iterdir()):
        event = read(min(folder.glob("*.json")))
        kind = KINDS.get(event.type.subject)
        if event.type.is_statement and kind is not None and kind.service in MAKERS:
            yield event


BY_TYPE = {event.type.fact: event for event in _examples()}


def _month(data: dict[str, Any], number: int) -> None:
    data["year"], month = 2000 + number // 12, number % 12 + 1
    data["through_month"], data["as_of"] = month, f"{data['year']}-{month:02}"
    data.pop("corrects", None)


def _day(data: dict[str, Any], number: int) -> None:
    data["as_of"] = (date(2021, 1, 1) + timedelta(days=number)).isoformat()


def _year(data: dict[str, Any], number: int) -> None:
    data["year"] = 2000 + number


def _named(field: str) -> Callable[[dict[str, Any], int], None]:
    def rename(data: dict[str, Any], number: int) -> None:
        data[field] = f"{data[field]}-{number:03}"

    return rename


ANEW: dict[str, Callable[[dict[str, Any], int], None]] = {
    "progress.reported": _month,
    "obstacle.registered": _named("obstacle"),
    "factor.requested": _named("factor"),
    "task.reported": _named("unit"),
    "indicator.reported": _day,
    "sharing.collected": _year,
}
"""The types whose records are parts, and how each comes to speak of another one."""

KEEPS = {
    "board.opened",
    "challenge.accepted",
    "challenge.awarded",
    "challenge.entered",
    "challenge.failed",
    "challenge.posted",
    "challenge.reported",
    "challenge.returned",
    "challenge.verified",
    "decision.taken",
    "dispatch.called",
    "gap.withdrawn",
    "indicator.reported",
    "match.ended",
    "match.expired",
    "match.landed",
    "match.negotiated",
    "match.rated",
    "match.signed",
    "obstacle.assigned",
    "obstacle.cancelled",
    "obstacle.escalated",
    "obstacle.extended",
    "obstacle.handled",
    "obstacle.registered",
    "obstacle.returned",
    "obstacle.submitted",
    "obstacle.verified",
    "plan.confirmed",
    "plan.taken",
    "policy.coordinated",
    "policy.improved",
    "policy.verified",
    "project.reopened",
    "sharing.answered",
    "sharing.collected",
    "sharing.disputed",
    "sharing.reopened",
    "unit.summoned",
}
"""The types of which a record lists what was said before, when it is said again of the
same: what it costs grows with that, up to the bound on what a party may say of it."""

WALKS = {"board.opened", "incentive.granted"}
"""The types that have earlier statements of the same looked at again."""


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    derive, views = Derivation._derive, Seen.views

    def deriving(*args: Any) -> None:
        counted["derived"] += 1
        derive(*args)

    def looking(*args: Any) -> Any:
        counted["looked"] += 1
        return views(*args)

    monkeypatch.setattr(Derivation, "_derive", deriving)
    monkeypatch.setattr(Seen, "views", looking)
    return counted


def _again(
    example: Event[Any], number: int, vary: Callable[[dict[str, Any], int], None]
) -> Event[Any]:
    data = json.loads(example.value)
    vary(data, number)
    moment = example.envelope.recorded + timedelta(days=1, minutes=number)
    changes = {"id": f"again-{number:03}", "time": moment, "recordedtime": moment}
    headers = example.envelope.model_copy(update=changes).to_headers()
    return parse(headers, json.dumps(data).encode())


def _works(
    fact: str, vary: Callable[[dict[str, Any], int], None], work: Counter[str]
) -> dict[int, Work]:
    """Returns the cost of each statement of a type, one after the other."""
    example = BY_TYPE[fact]
    shard = Shard(KINDS[example.type.subject].service)
    place = example.envelope.id[-2:]
    for one in story(example.envelope.subject):
        leaves = one.type.fact == "project.withdrawn" and "project." not in fact
        if one.envelope.id[-2:] <= place and not leaves:
            shard.take([one])
    cost: dict[int, Work] = {}
    for number in range(1, LATE + 1):
        work.clear()
        before = len(shard.published)
        shard.take([_again(example, number, vary)])
        told = sum(len(one.value or b"") for one in shard.published[before:])
        cost[number] = work["derived"], work["looked"], told
    return cost


def _grown(early: int, late: int) -> bool:
    return late > early * 1.2


@pytest.mark.parametrize("fact", ANEW)
def test_a_late_part_costs_what_an_early_one_does(
    fact: str, work: Counter[str]
) -> None:
    cost = _works(fact, ANEW[fact], work)
    early, late = cost[FULL], cost[LATE]
    assert early[0] > 0
    assert early[2] > 0
    assert not any(map(_grown, early, late)), (early, late)


@pytest.mark.parametrize("fact", BY_TYPE)
def test_what_is_said_again_costs_no_more_or_is_listed(
    fact: str, work: Counter[str]
) -> None:
    cost = _works(fact, lambda _data, _number: None, work)
    early, late = cost[EARLY], cost[LATE]
    assert early[0] > 0 or early[1] > 0
    assert not _grown(early[0], late[0]), (early, late)
    assert _grown(early[1], late[1]) is (fact in WALKS), (early, late)
    assert _grown(early[2], late[2]) is (fact in KEEPS), (early, late)
