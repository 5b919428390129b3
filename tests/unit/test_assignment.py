"""The assignment against an oracle, its certificate, and shuffled histories."""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import (  # type: ignore[import-untyped]
    linear_sum_assignment,
    linprog,
)
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from services.matching.assignment import OTHER, PINNED, Assignment, Side, weight
from services.matching.certificate import Certificate, certify, verify

# More by hand: TWINCITY_ORACLE_EVENTS=20000 pytest tests/unit/test_assignment.py
EVENTS = int(os.environ.get("TWINCITY_ORACLE_EVENTS", "3000"))
_A_HISTORY = 60
_SIDES: tuple[Side, Side] = ("demand", "supply")


@dataclass
class Books:
    """What was said, kept apart from the solver, that it may be doubted."""

    capacity: dict[Side, dict[str, int]] = field(
        default_factory=lambda: {"demand": {}, "supply": {}}
    )
    worth: dict[tuple[str, str], int] = field(default_factory=dict)

    def row(self, node: str) -> dict[str, int]:
        return {
            s if d == node else d: value
            for (d, s), value in self.worth.items()
            if node in {d, s}
        }

    def put(self, side: Side, node: str, row: Mapping[str, int], capacity: int) -> None:
        self.remove(node)
        self.capacity[side][node] = capacity
        for other, value in row.items():
            pair = (node, other) if side == "demand" else (other, node)
            self.worth[pair] = value

    def remove(self, node: str) -> None:
        for listed in self.capacity.values():
            listed.pop(node, None)
        self.worth = {p: value for p, value in self.worth.items() if node not in p}

    def optimum(self) -> int:
        """By Jonker-Volgenant where nobody takes two, else by HiGHS."""
        if not self.worth:
            return 0
        demands, supplies = self.capacity["demand"], self.capacity["supply"]
        row = {d: place for place, d in enumerate(demands)}
        column = {s: place for place, s in enumerate(supplies)}
        if max([*demands.values(), *supplies.values()]) <= 1:
            dense = np.zeros((len(row), len(column)))
            for (d, s), value in self.worth.items():
                dense[row[d], column[s]] = value * demands[d] * supplies[s]
            return round(
                float(dense[linear_sum_assignment(dense, maximize=True)].sum())
            )
        at = [row[d] for d, _ in self.worth]
        at += [len(row) + column[s] for _, s in self.worth]
        pairs = len(self.worth)
        uses = csr_array((np.ones(2 * pairs), (at, [*range(pairs), *range(pairs)])))
        most = [*demands.values(), *supplies.values()][: uses.shape[0]]
        # Its corners are whole: no need to ask for integers.
        solved = linprog([-w for w in self.worth.values()], uses, most, bounds=(0, 1))
        return round(-float(solved.fun))

    def problems(self, assignment: Assignment, certificate: Certificate) -> list[str]:
        weights: dict[str, dict[str, int]] = {}
        for (d, s), value in self.worth.items():
            weights.setdefault(d, {})[s] = value
        capacities = (self.capacity["demand"], self.capacity["supply"])
        return verify(weights, assignment.pairs(), capacities, certificate)


def random_event(
    chance: random.Random, assignment: Assignment, books: Books, most: int, cap: int
) -> None:
    side = chance.choice(_SIDES)
    own, others = sorted(books.capacity[side]), sorted(books.capacity[OTHER[side]])
    near = chance.sample(others, min(len(others), chance.randint(0, 7)))
    row = {other: chance.randint(1, most) for other in near}
    capacity = min(cap, chance.choice([1, 1, 1, 2, 3, 0]))
    node = chance.choice(own) if own else "first"
    kind = (
        "appears"
        if not own
        else chance.choice(
            ["appears"] * 5
            + ["revised", "nudged", "resized", "declined"] * 2
            + ["removed"] * 3
            + ["changes sides"]
        )
    )
    if kind in {"nudged", "resized", "declined"}:
        row = books.row(node)
    if kind in {"nudged", "declined"}:
        capacity = books.capacity[side][node]
    match kind:
        case "appears":
            node = f"{side}-{chance.randint(0, 10**9)}"
        case "nudged":
            row = {o: max(1, w + chance.randint(-2, 2)) for o, w in row.items()}
        case "declined" if row:
            del row[chance.choice(sorted(row))]
        case "changes sides":
            side, row = OTHER[side], {o: 1 for o in own[:3] if o != node}
        case "removed":
            assignment.remove(node)
            books.remove(node)
            return
        case _:
            pass  # revised, resized: as drawn
    assignment.put(side, node, row, capacity)
    books.put(side, node, row, capacity)


@pytest.mark.parametrize("seed", range(EVENTS // _A_HISTORY))
def test_every_event_keeps_the_optimum(seed: int) -> None:
    chance = random.Random(seed)
    assignment, books = Assignment(), Books()
    most = 10 if seed % 2 else 10**5
    cap = 1 if seed % 4 > 1 else 3
    for _ in range(_A_HISTORY):
        random_event(chance, assignment, books, most, cap)
        certificate = certify(assignment)
        assert certificate.total == books.optimum()
        assert books.problems(assignment, certificate) == []


def _pool(chance: random.Random) -> Books:
    """Many equal scores: the order of events must not decide between them."""
    books = Books()
    for side in _SIDES:
        for place in range(12):
            capacity = chance.choice([0, 1, 1, 1, 2, 2, 3])
            books.capacity[side][f"{side}-{place}"] = capacity
    for d in books.capacity["demand"]:
        for s in chance.sample(sorted(books.capacity["supply"]), 5):
            books.worth[d, s] = weight(chance.randint(1, 5), d, s)
    return books


def _tell(assignment: Assignment, books: Books, node: str) -> None:
    """Put an entry with its pairs among those that are there already."""
    side: Side = "demand" if node in books.capacity["demand"] else "supply"
    there = assignment.sides[OTHER[side]].weights
    row = {o: value for o, value in books.row(node).items() if o in there}
    assignment.put(side, node, row, books.capacity[side][node])


def _noise(chance: random.Random, assignment: Assignment, books: Books) -> None:
    """Something that is said and taken back."""
    side = chance.choice(_SIDES)
    nodes = assignment.sides[side]
    node = chance.choice(sorted(nodes.weights)) if nodes.weights else None
    match chance.choice(["stranger", "withdrawn", "resized", "declined", "pinned"]):
        case "stranger":
            there = sorted(assignment.sides[OTHER[side]].weights)
            row = {o: weight(9, "stranger", o) for o in there[:6]}
            assignment.put(side, "stranger", row, 2)
            assignment.remove("stranger")
        case "withdrawn" if node:
            assignment.remove(node)
            _tell(assignment, books, node)
        case "resized" if node:
            assignment.put(side, node, dict(nodes.weights[node]), chance.randint(0, 4))
            _tell(assignment, books, node)
        case "declined" | "pinned" as kind if node and nodes.weights[node]:
            row = dict(nodes.weights[node])
            other = chance.choice(sorted(row))
            if kind == "pinned":
                row[other] += PINNED
            else:
                del row[other]
            assignment.put(side, node, row, nodes.capacity[node])
            _tell(assignment, books, node)


@pytest.mark.parametrize("seed", range(60))
def test_shuffled_histories_end_alike(seed: int) -> None:
    chance = random.Random(seed)
    books = _pool(chance)
    ends = []
    for _ in range(5):
        assignment = Assignment()
        order = [node for side in _SIDES for node in books.capacity[side]]
        chance.shuffle(order)
        for node in order:
            _tell(assignment, books, node)
            if chance.random() < 0.5:
                _noise(chance, assignment, books)
        certificate = certify(assignment)
        assert books.problems(assignment, certificate) == []
        ends.append((assignment.pairs(), certificate))
    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize("seed", range(30))
def test_a_pinned_pair_leaves_the_rest_as_if_it_were_gone(seed: int) -> None:
    """A pin is its pair taken out, and a place less on both its entries."""
    chance = random.Random(seed)
    books, assignment = Books(), Assignment()
    for _ in range(30):
        random_event(chance, assignment, books, 50, 3)
    rest = Books({s: dict(c) for s, c in books.capacity.items()}, dict(books.worth))
    pinned = []
    for pair in chance.sample(sorted(books.worth), min(5, len(books.worth))):
        left = [rest.capacity[s][n] for s, n in zip(_SIDES, pair, strict=True)]
        if min(left) > 0:
            pinned.append(pair)
            value = rest.worth.pop(pair)
            for s, n in zip(_SIDES, pair, strict=True):
                rest.capacity[s][n] -= 1
            row = {**assignment.sides["demand"].weights[pair[0]]}
            row[pair[1]] = value + PINNED
            capacity = books.capacity["demand"][pair[0]]
            assignment.put("demand", pair[0], row, capacity)
    assert set(pinned) <= set(assignment.pairs())
    own = sum(books.worth[pair] for pair in pinned)
    total = certify(assignment).total
    assert total == len(pinned) * PINNED + own + rest.optimum()


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


def test_who_keeps_a_partner_that_was_revised_is_told() -> None:
    assignment = Assignment()
    assignment.put("supply", "s", {}, 1)
    assignment.put("demand", "d", {"s": 5}, 1)
    assignment.touched.clear()
    assignment.put("demand", "d", {"s": 6}, 1)
    assert assignment.pairs() == [("d", "s")]
    assert "s" in assignment.touched


@st.composite
def _solved(draw: st.DrawFn) -> tuple[Books, Assignment]:
    books, assignment = Books(), Assignment()
    for side in _SIDES:
        for place in range(draw(st.integers(1, 5))):
            node = f"{side}-{place}"
            there = list(books.capacity["demand"]) if side == "supply" else []
            worth = st.integers(1, 12)
            row = {o: draw(worth) for o in there if draw(st.booleans())}
            capacity = draw(st.integers(0, 3))
            books.put(side, node, row, capacity)
            assignment.put(side, node, row, capacity)
    return books, assignment


def _with(true: Certificate, which: str, duals: Mapping[str, int]) -> Certificate:
    if which == "demands":
        return replace(true, demands=duals)
    return replace(true, supplies=duals)


def _proves(books: Books, certificate: Certificate) -> bool:
    """Whether duals bound every pairing by the total: summed over all pairs."""
    u, v = certificate.demands, certificate.supplies
    bound = sum(count * u[d] for d, count in books.capacity["demand"].items())
    bound += sum(count * v[s] for s, count in books.capacity["supply"].items())
    bound += sum(max(0, w - u[d] - v[s]) for (d, s), w in books.worth.items())
    return min([*u.values(), *v.values()]) >= 0 and bound == certificate.total


@settings(deadline=None)
@given(_solved())
def test_a_changed_dual_is_found_unless_it_proves_as_much(
    solved: tuple[Books, Assignment],
) -> None:
    """Duals are seldom unique: others may be as good a proof, and then pass."""
    books, assignment = solved
    true = certify(assignment)
    for which, duals in (("demands", true.demands), ("supplies", true.supplies)):
        for node, by in product(duals, (-5, -1, 1, 5)):
            forged = _with(true, which, {**duals, node: duals[node] + by})
            found = books.problems(assignment, forged)
            assert bool(found) is not _proves(books, forged)


@settings(deadline=None)
@given(_solved(), st.data())
def test_a_changed_total_is_found(
    solved: tuple[Books, Assignment], data: st.DataObject
) -> None:
    books, assignment = solved
    true = certify(assignment)
    by = data.draw(st.integers().filter(bool))
    for forged in (
        replace(true, total=true.total + by),
        replace(true, dual_total=true.dual_total + by),
        replace(true, total=true.total + by, dual_total=true.dual_total + by),
    ):
        assert books.problems(assignment, forged)


@settings(deadline=None)
@given(_solved())
def test_a_changed_name_is_found(solved: tuple[Books, Assignment]) -> None:
    books, assignment = solved
    true = certify(assignment)
    for which in ("demands", "supplies"):
        duals = getattr(true, which)
        without = dict(list(duals.items())[1:])
        for forged in (without, {**duals, "nobody": 0}):
            assert books.problems(assignment, _with(true, which, forged))


@settings(deadline=None)
@given(_solved())
def test_a_changed_pair_is_found(solved: tuple[Books, Assignment]) -> None:
    """Left out, chosen twice, exchanged for another, or impossible."""
    books, assignment = solved
    true, pairs = certify(assignment), assignment.pairs()
    weights = assignment.sides["demand"].weights
    capacities = (books.capacity["demand"], books.capacity["supply"])
    others = [pair for pair in books.worth if pair not in pairs]
    forgeries = [[*pairs, other] for other in others]
    impossible = set(product(*capacities)) - books.worth.keys()
    forgeries += [[*pairs, pair] for pair in (*impossible, ("demand-0", "nobody"))]
    for pair in pairs:
        without = [p for p in pairs if p != pair]
        forgeries += [without, [*pairs, pair]]
        # An exchange of equal weight that fits is another optimum, not forged.
        forgeries += [
            [*without, o] for o in others if books.worth[o] != books.worth[pair]
        ]
    for forged in forgeries:
        assert verify(weights, forged, capacities, true)


def test_a_pairing_beyond_capacity_is_found_though_its_sums_agree() -> None:
    weights = {"d": {"s1": 5, "s2": 5}}
    forged = Certificate(10, 10, {"d": 0}, {"s1": 5, "s2": 5})
    pairs = [("d", "s1"), ("d", "s2")]
    assert verify(weights, pairs, ({"d": 2}, {"s1": 1, "s2": 1}), forged) == []
    assert verify(weights, pairs, ({"d": 1}, {"s1": 1, "s2": 1}), forged)


def test_a_price_too_low_is_found_though_it_costs_nothing() -> None:
    """What takes nobody has a dual all the same: no capacity multiplies it."""
    capacities = ({"d": 0}, {"s": 1})
    true = Certificate(0, 0, {"d": 5}, {"s": 0})
    assert verify({"d": {"s": 5}}, [], capacities, true) == []
    assert verify({"d": {"s": 5}}, [], capacities, replace(true, demands={"d": 4}))
