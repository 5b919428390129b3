"""Prices kept through events are those that the whole pool would be given."""

import random

import pytest

from services.matching import prices as prices_
from services.matching.assignment import OTHER, Assignment, weight
from services.matching.certificate import certify
from services.matching.digests import of_members, price_digest
from services.matching.prices import Prices
from tests.support.pools import SIDES


@pytest.mark.parametrize("seed", range(12))
def test_they_are_those_of_the_whole_pool(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices_, "_MANY", 0)  # never all at once
    chance, assignment, prices = random.Random(seed), Assignment(), Prices()
    worked = 0
    monkeypatch.setattr(prices_, "certify", lambda _: pytest.fail("totals differ"))
    for number in range(250):
        assignment.touched.clear()
        before = {n: dict(a.weights) for n, a in assignment.sides.items()}
        side = chance.choice(SIDES)
        own, others = (sorted(before[s]) for s in (side, OTHER[side]))
        node = (
            chance.choice(own) if own and chance.random() < 0.5 else f"{side}-{number}"
        )
        beside = set(before[side].get(node, ()))
        if own and chance.random() < 0.25:
            assignment.remove(node)
        else:
            near = chance.sample(others, min(len(others), chance.randint(0, 7)))
            row = {
                o: weight(
                    chance.randint(1, 9), *((node, o)[:: 1 if side == "demand" else -1])
                )
                for o in near
            }
            beside |= row.keys()
            assignment.put(side, node, row, chance.choice([0, 1, 1, 1, 2, 3]))
        prices.learn(assignment, {node, *beside, *assignment.touched})
        proof = certify(assignment)
        assert prices.proof(assignment) == proof
        assert prices.members == of_members(
            price_digest(entry, places, dual)
            for entry, (_, places, dual) in prices.quotes.items()
        )
        worked += len(prices.requoted())
    assert worked > 250
