"""What is published of a pool is true of all of it, after any history."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demo.opportunities import entries
from services.matching import rows, telling
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from services.matching.pools import Pools
from services.matching.service import KINDS
from services.runtime.projection import Projection
from tests.support.folding import Shard, batches
from tests.support.saying import envelope, event
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.message import Event, to_json
from twincity_schemas.opportunity import Direction
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS

RECORDS = {MATCHING_RECORDS, MATCHING_CANDIDATES}
LISTED = list(entries())[:40]
ANSWERS = ("accepted", "accepted", "declined", "deferred", "negotiated", "ended")


def published(number: int, subject: str, entry: Any, **changes: Any) -> Event[Any]:
    entry = entry.model_copy(update=changes)
    party = subject.split("/")[1]
    said = envelope("opportunity.published", party, subject, f"p{number}")
    return Event(said, EVENT_TYPE_OF[type(entry)], entry, to_json(entry))


def anything(number: int, chance: random.Random) -> Event[Any]:
    subject, entry = chance.choice(LISTED)
    party = subject.split("/")[1]
    match chance.randrange(4):
        case 0:
            other, _ = chance.choice([e for e in LISTED if e[0] != subject])
            fact = f"match.{chance.choice(ANSWERS)}"
            data = {"counterpart": other}
            if fact in {"match.declined", "match.deferred"}:
                data["reason"] = "已另行委托"
            elif fact != "match.accepted":
                data |= {"note": "说明", "as_of": "2022-08"}
            return event(fact, party, subject, data, f"a{number}")
        case 1:
            gone = {"reason": "已完成"}
            return event("opportunity.withdrawn", party, subject, gone, f"w{number}")
        case _:
            changes = {"capacity": chance.choice([0, 1, 1, 2])}
            if chance.random() < 0.2:
                changes["direction"] = chance.choice(list(Direction))
            return published(number, subject, entry, **changes)


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(1, 20))
def test_every_record_equals_a_derivation_from_scratch(seed: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "MOST", 2 + seed % 2 * 13)  # few: the limit bites
        compare(random.Random(seed), size)


def test_a_pairing_is_derived_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another's price or candidates leave what an entry is paired with as it is."""
    shard, chance = Shard("matching"), random.Random(1)
    listed = list(entries())[:300]
    shard.take(published(n, *one) for n, one in enumerate(listed))
    derived, derive = list[str](), telling.pairing

    def counted(pool: Any, subject: str) -> Any:
        derived.append(subject)
        return derive(pool, subject)

    monkeypatch.setattr(telling, "pairing", counted)
    first = len(shard.published)
    for number in range(100, 140):
        subject, entry = chance.choice(listed)
        other = chance.choice(listed)[1].content[:40]
        shard.take([published(number, subject, entry, content=entry.content + other)])
    told = Counter(
        one.topic for one in shard.published[first:] if one.key[:5] != b"pool/"
    )
    assert told[MATCHING_CANDIDATES] > told[MATCHING_RECORDS] / 2
    assert len(derived) < told[MATCHING_RECORDS] * 1.1, (len(derived), told)


def test_each_demand_keeps_what_a_look_at_the_whole_list_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whom a changed entry cannot concern is not looked at."""
    monkeypatch.setattr(rows, "MOST", 2)  # few: floors are high
    monkeypatch.setattr(rows, "SPARE", 1)
    chance, listed = random.Random(5), list(entries())[:400]
    views = {s: apply_data(EntryView(), entry) for s, entry in listed}
    pool = Pool("2022-1")
    pool.load(views)
    for _ in range(150):
        subject, entry = chance.choice(listed)
        words = chance.choice(listed)[1]
        changes = {"title": words.title, "content": words.content}
        views[subject] = apply_data(views[subject], entry.model_copy(update=changes))
        pool.put(subject, views[subject])
    scratch = Pool("2022-1")
    scratch.load(views)
    assert pool.weights() == scratch.weights()
    for subject in views:
        assert pool.nearest.of(subject) == scratch.nearest.of(subject)


def compare(chance: random.Random, size: int) -> None:
    said = [published(n, *listed) for n, listed in enumerate(LISTED)]
    said += [anything(100 + n, chance) for n in range(40)]
    shard = Shard("matching")
    for batch in batches(said, size):
        if chance.random() < 0.1:
            shard.take(batch, abort=True)
        shard.take(batch)
        if chance.random() < 0.1:
            shard.restart()
    scratch = Projection("matching", KINDS, Pools)
    scratch.remember(said)
    derived: dict[tuple[str, bytes], bytes] = {}
    for subject in (*(subject for subject, _ in LISTED), "pool/2022-1"):
        derived |= scratch.records(subject)
    derived = {place: v for place, v in derived.items() if place[0] in RECORDS}
    present = {place: v for place, v in shard.topics.items() if place[0] in RECORDS}
    assert present.keys() == derived.keys()
    for place, value in present.items():
        assert derived[place] == value, place
