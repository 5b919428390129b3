"""A pool that was tampered with, or is read torn, is named."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.demo.opportunities import entries
from services.matching.verification import Published, by_pool
from tests.support.folding import Shard
from tests.unit.test_pool_records import RECORDS, anything, published
from twincity_schemas.message import parse
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing_record import Pair, PairStatus
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS

ALONE = Path(__file__).parents[2] / "deploy/verify_matching.py"
LISTED = list(entries())[:150]


@cache
def shard(seed: int = 1, count: int = 60) -> Shard:
    """A pool after a history, to be read: answers, withdrawals, turns of direction."""
    chance = random.Random(seed)
    found = Shard("matching")
    found.take([published(n, *listed) for n, listed in enumerate(LISTED)])
    for number in range(count):
        found.take([anything(1000 + number, chance)])
        if chance.random() < 0.2:
            subject, entry = chance.choice(LISTED)
            turned = {Direction.DEMAND: Direction.SUPPLY}.get(
                entry.direction, Direction.DEMAND
            )
            found.take([published(5000 + number, subject, entry, direction=turned)])
    return found


def read(shard: Shard) -> Published:
    latest = {
        (one.topic, one.key): parse(one.headers, one.value).data
        for one in shard.published
        if one.value is not None
    }
    present = {place: latest[place] for place in shard.topics if place[0] in RECORDS}
    [pool] = by_pool(present).values()
    return pool


@cache
def _whole() -> Published:
    return read(shard())


def whole() -> Published:
    """Returns the records of a pool that holds, to be tampered with."""
    kept = _whole()
    return Published(kept.pool, {**kept.pairings}, {**kept.prices}, {**kept.candidates})


SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_published_holds(seed: int) -> None:
    assert read(shard(seed)).problems() == []


def _unchosen_gone(pool: Published) -> None:
    for demand, record in pool.candidates.items():
        chosen = {pair.counterpart for pair in pool.pairings[demand].pairs}
        scores = {s: score for s, score in record.scores.items() if s in chosen}
        pool.candidates[demand] = record.model_copy(update={"scores": scores})


def _supplies_emptied(pool: Published) -> None:
    for entry, record in pool.pairings.items():
        if record.direction is Direction.SUPPLY:
            pool.pairings[entry] = record.model_copy(update={"pairs": ()})


def _scores_raised(pool: Published) -> None:
    for entry, record in pool.pairings.items():
        pairs = tuple(p.model_copy(update={"score": 9999}) for p in record.pairs)
        pool.pairings[entry] = record.model_copy(update={"pairs": pairs})


def _figure(name: str) -> Callable[[Published], None]:
    def change(pool: Published) -> None:
        assert pool.pool is not None
        value = getattr(pool.pool, name)
        pool.pool = pool.pool.model_copy(update={name: value + 1})

    return change


def _missing(kind: str) -> Callable[[Published], None]:
    def lose(pool: Published) -> None:
        records = getattr(pool, kind)
        del records[max(records)]

    return lose


def _no_pool(pool: Published) -> None:
    pool.pool = None


def _a_price(pool: Published) -> None:
    entry, record = max(pool.prices.items(), key=lambda item: int(item[1].price))
    less = str(int(record.price) - 1)
    pool.prices[entry] = record.model_copy(update={"price": less})


def _another_table(pool: Published) -> None:
    assert pool.pool is not None
    pool.pool = pool.pool.model_copy(update={"table": "0" * 16})


def _one_side_only(pool: Published) -> None:
    entry = next(e for e, r in pool.pairings.items() if r.pairs)
    record = pool.pairings[entry]
    pairs = tuple(
        p.model_copy(update={"beyond_capacity": not p.beyond_capacity})
        for p in record.pairs
    )
    pool.pairings[entry] = record.model_copy(update={"pairs": pairs})


def _pairs_of(pool: Published, entry: str, *pairs: Pair) -> None:
    record = pool.pairings[entry]
    pool.pairings[entry] = record.model_copy(update={"pairs": pairs})


def _two_demands(pool: Published) -> list[str]:
    """Two demands of one recommended pair each, whose supplies have no other."""
    return [
        entry
        for entry, record in sorted(pool.pairings.items())
        if record.direction is Direction.DEMAND
        and [one.status for one in record.pairs] == [PairStatus.RECOMMENDED]
        and len(pool.pairings[record.pairs[0].counterpart].pairs) == 1
    ][:2]


def _exchanged(pool: Published) -> None:
    """Each of two demands gets the other's supply, and all four say so."""
    one, two = _two_demands(pool)
    (first,), (second,) = pool.pairings[one].pairs, pool.pairings[two].pairs
    for demand, pair in ((one, second), (two, first)):
        _pairs_of(pool, demand, pair)
        _pairs_of(
            pool,
            pair.counterpart,
            pair.model_copy(update={"counterpart": demand}),
        )


def _taken_away(pool: Published) -> None:
    """A pair that both are silent about, and the pool's figures with them."""
    assert pool.pool is not None
    entry, _ = _two_demands(pool)
    (pair,) = pool.pairings[entry].pairs
    for one in (entry, pair.counterpart):
        _pairs_of(pool, one)
    pool.pool = pool.pool.model_copy(
        update={
            "pairs": pool.pool.pairs - 1,
            "score": pool.pool.score - pair.score,
            "mutual_first_choices": pool.pool.mutual_first_choices
            - pair.mutual_first_choice,
        }
    )


def _twice(pool: Published) -> None:
    entry, _ = _two_demands(pool)
    (pair,) = pool.pairings[entry].pairs
    _pairs_of(pool, entry, pair, pair)
    mirrored = pair.model_copy(update={"counterpart": entry})
    _pairs_of(pool, pair.counterpart, mirrored, mirrored)


def _called_agreed(pool: Published) -> None:
    """A recommendation that all call signed: it would need no proof."""
    assert pool.pool is not None
    pool.pool = pool.pool.model_copy(update={"agreed": pool.pool.agreed + 1})
    entry, _ = _two_demands(pool)
    (pair,) = pool.pairings[entry].pairs
    signed = pair.model_copy(update={"status": PairStatus.SIGNED})
    _pairs_of(pool, entry, signed)
    _pairs_of(pool, pair.counterpart, signed.model_copy(update={"counterpart": entry}))


def _places_raised(pool: Published) -> None:
    entry, record = max(pool.prices.items())
    pool.prices[entry] = record.model_copy(update={"places": record.places + 1})


def _turned(pool: Published) -> None:
    entry, _ = _two_demands(pool)
    record = pool.pairings[entry]
    pool.pairings[entry] = record.model_copy(update={"direction": Direction.SUPPLY})


def _terms_exchanged(pool: Published) -> None:
    """Points moved from one term to another: the sum stays."""
    entry, _ = _two_demands(pool)
    (pair,) = pool.pairings[entry].pairs
    first, *rest, last = pair.terms
    moved = pair.model_copy(
        update={
            "terms": (
                first.model_copy(update={"points": first.points - 1}),
                *rest,
                last.model_copy(update={"points": last.points + 1}),
            )
        }
    )
    _pairs_of(pool, entry, moved)


def _candidates_of_another(pool: Published) -> None:
    one, two, *_ = sorted(pool.candidates)
    records = pool.candidates
    records[one], records[two] = records[two], records[one]


TAMPERED = {
    "two pairs exchanged": _exchanged,
    "a pair that nobody tells": _taken_away,
    "a pair told twice": _twice,
    "a recommendation called signed": _called_agreed,
    "more places than there are": _places_raised,
    "a demand called a supply": _turned,
    "points moved between terms": _terms_exchanged,
    "candidates of another": _candidates_of_another,
    "all unchosen pairs deleted": _unchosen_gone,
    "the supplies' records emptied": _supplies_emptied,
    "scores of 9999": _scores_raised,
    "no record of the pool": _no_pool,
    "a price changed": _a_price,
    "another table": _another_table,
    "one side only": _one_side_only,
    **{
        f"{name} changed": _figure(name)
        for name in (
            "demands",
            "supplies",
            "pairs",
            "agreed",
            "score",
            "blocking",
            "mutual_first_choices",
            "statements",
        )
    },
    **{
        f"one of {kind} missing": _missing(kind)
        for kind in ("pairings", "prices", "candidates")
    },
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_named(what: str) -> None:
    pool = whole()
    TAMPERED[what](pool)
    assert pool.problems()


def test_a_torn_state_is_named() -> None:
    """Candidates of before an event beside records of after it."""
    before, after = shard(1, 50), shard(1, 60)
    torn = read(after)
    torn.candidates, torn.prices = read(before).candidates, read(before).prices
    assert torn.problems()


def as_kcat(shard: Shard) -> str:
    """The topics as kcat prints them, one after the other."""
    lines = []
    for wanted in (MATCHING_CANDIDATES, MATCHING_RECORDS):
        for one in shard.published:
            if one.topic != wanted:
                continue
            headers: list[Any] = [
                part for name, value in one.headers for part in (name, value.decode())
            ]
            payload = None if one.value is None else one.value.decode()
            line = {"key": one.key.decode(), "headers": headers, "payload": payload}
            lines.append(json.dumps(line))
    return "\n".join(lines) + "\n"


def alone(lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(ALONE)],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_verifier_that_stands_alone_agrees() -> None:
    ran = alone(as_kcat(shard()))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "proved the best" in ran.stdout


@pytest.mark.parametrize(
    ("fact", "old", "new"),
    [
        ("pool", '"score":', '"score":1'),
        ("price", '"price":"', '"price":"1'),
        ("candidates", '"scores":{', '"scores":{"opportunity/chengdu/2022-1-0":9,'),
        ("pairing", '"score":', '"score":1'),
        ("pairing", '"pairs":[', '"pairs":[],"others":['),
    ],
)
def test_it_names_what_was_changed(fact: str, old: str, new: str) -> None:
    lines = as_kcat(shard()).splitlines()
    quoted = [json.dumps(text)[1:-1] for text in (old, new)]
    at = max(
        place
        for place, line in enumerate(lines)
        if f"twincity.{fact}.recorded" in line
        and quoted[0] in line
        and '"pairs\\":[]' not in line
    )
    lines[at] = lines[at].replace(*quoted, 1)
    ran = alone("\n".join(lines) + "\n")
    assert ran.returncode == 1
    assert "NOT PROVED" in ran.stdout


@pytest.mark.parametrize("fact", ["pool", "price", "candidates", "pairing"])
def test_it_names_what_is_missing(fact: str) -> None:
    lines = as_kcat(shard(1, 0)).splitlines()
    kept = [line for line in lines if f"twincity.{fact}.recorded" not in line]
    ran = alone("\n".join(kept) + "\n")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "NOT PROVED" in ran.stdout
