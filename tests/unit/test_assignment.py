"""The assignment against an oracle, its certificate, and shuffled histories."""

import os
import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from services.matching.assignment import OTHER, PINNED, Assignment, Side, weight
from services.matching.certificate import Certificate, certify, verify

# 20,000 and more by hand: TWINCITY_ORACLE_EVENTS=24000 pytest tests/unit/…
EVENTS = int(os.environ.get("TWINCITY_ORACLE_EVENTS", "1500"))
_A_HISTORY = 60
_TENTHS = 10


def oracle(assignment: Assignment) -> int:
    """The optimum by HiGHS, capacities on both sides."""
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    pairs = [(d, s, w) for d, row in demands.weights.items() for s, w in row.items()]
    if not pairs:
        return 0
    rows, bounds = [], []
    for nodes, place in ((demands, 0), (supplies, 1)):
        for node, capacity in nodes.capacity.items():
            rows.append([pair[place] == node for pair in pairs])
            bounds.append(capacity)
    solved = milp(
        -np.array([pair[2] for pair in pairs], float),
        constraints=LinearConstraint(np.array(rows, float), -np.inf, bounds),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(pairs)),
    )
    return round(-solved.fun)


def problems(assignment: Assignment, certificate: Certificate) -> list[str]:
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    capacities = (demands.capacity, supplies.capacity)
    pairs = assignment.pairs()
    return list(verify(demands.weights, pairs, capacities, certificate))


def random_event(chance: random.Random, assignment: Assignment, most: int) -> None:
    side: Side = chance.choice(["demand", "supply"])
    own = sorted(assignment.sides[side].weights)
    others = sorted(assignment.sides[OTHER[side]].weights)
    near = chance.sample(others, min(len(others), chance.randint(0, 7)))
    row = {other: chance.randint(1, most) for other in near}
    capacity = chance.choice([1, 1, 1, 2, 3, 0])
    kind = chance.randint(0, 9)
    if kind < 5 or not own:
        name = f"{side[0]}{chance.randint(0, 10**9)}"
        assignment.put(side, name, row, capacity)
    elif kind < 8:
        assignment.put(side, chance.choice(own), row, capacity)
    else:
        assignment.remove(chance.choice(own))


@pytest.mark.parametrize("seed", range(EVENTS // _A_HISTORY))
def test_every_event_keeps_the_optimum(seed: int) -> None:
    chance = random.Random(seed)
    assignment = Assignment()
    for _ in range(_A_HISTORY):
        random_event(chance, assignment, 10 if seed % 2 else 10**5)
        certificate = certify(assignment)
        assert certificate.total == oracle(assignment)
        assert problems(assignment, certificate) == []


def _pool(chance: random.Random) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    demands = [f"d{i}" for i in range(12)]
    supplies = [f"s{i}" for i in range(12)]
    weights = {
        (d, s): weight(chance.randint(1, 5), d, s)
        for d in demands
        for s in supplies
        if chance.randint(1, _TENTHS) <= 4
    }
    capacity = {node: chance.choice([1, 1, 2, 3]) for node in demands + supplies}
    return weights, capacity


def _put(
    assignment: Assignment,
    node: str,
    weights: dict[tuple[str, str], int],
    capacity: dict[str, int],
) -> None:
    side: Side = "demand" if node.startswith("d") else "supply"
    there = assignment.sides[OTHER[side]].weights
    row = {
        (s if d == node else d): w
        for (d, s), w in weights.items()
        if node in {d, s} and (s if d == node else d) in there
    }
    assignment.put(side, node, row, capacity[node])


@pytest.mark.parametrize("seed", range(60))
def test_shuffled_histories_end_alike(seed: int) -> None:
    """Many equal scores: the order of events must not decide between them."""
    chance = random.Random(seed)
    weights, capacity = _pool(chance)
    ends = []
    for _ in range(5):
        assignment = Assignment()
        order = list(capacity)
        chance.shuffle(order)
        for node in order:
            _put(assignment, node, weights, capacity)
            if chance.randint(1, _TENTHS) <= 2:  # said again, or undone
                other = chance.choice(order[: order.index(node) + 1])
                assignment.remove(other)
                _put(assignment, other, weights, capacity)
        ends.append((assignment.pairs(), certify(assignment)))
    assert all(end == ends[0] for end in ends)


def test_a_pinned_pair_outweighs_any_other() -> None:
    assignment = Assignment()
    assignment.put("supply", "s", {}, 1)
    assignment.put("demand", "d1", {"s": weight(10, "d1", "s")}, 1)
    assignment.put("demand", "d2", {"s": weight(1, "d2", "s") + PINNED}, 1)
    assert assignment.pairs() == [("d2", "s")]


def test_what_changed_is_told() -> None:
    assignment = Assignment()
    assignment.put("supply", "s", {}, 1)
    assignment.put("demand", "d1", {"s": 5}, 1)
    assignment.touched.clear()
    assignment.put("demand", "d2", {"s": 9}, 1)
    assert assignment.touched == {"d1", "d2", "s"}


@pytest.mark.parametrize("seed", range(20))
def test_a_forged_certificate_is_found(seed: int) -> None:
    chance = random.Random(seed)
    assignment = Assignment()
    for _ in range(30):
        random_event(chance, assignment, 50)
    true = certify(assignment)
    assert problems(assignment, true) == []
    node = chance.choice(sorted(true.demands))
    dearer = {**true.demands, node: true.demands[node] + 1}
    for forged in (
        replace(true, total=true.total + 1),
        replace(true, dual_total=true.dual_total + 1),
        replace(true, demands=dearer, dual_total=true.dual_total + 1),
    ):
        capacity = assignment.sides["demand"].capacity[node]
        if forged.demands is dearer and capacity == 0:
            continue  # the price of what takes nobody may be any
        assert problems(assignment, forged)
