"""The assignment against an oracle, its certificate, and shuffled histories."""

import os
import random
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.assignment import FIXED, Assignment, weight
from services.matching.certificate import Certificate, certify, verify
from tests.support.pools import (
    SIDES,
    Books,
    as_bytes,
    make_noise,
    random_event,
    random_pool,
    tell,
)

# More by hand: TWINCITY_ORACLE_EVENTS=20000 pytest tests/unit/test_assignment.py
EVENTS = int(os.environ.get("TWINCITY_ORACLE_EVENTS", "3000"))
_A_HISTORY = 60
KINDS: list[type[Assignment]] = [Assignment]
if find_spec("numba"):
    from services.matching.compiled import CompiledAssignment

    KINDS.append(CompiledAssignment)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(EVENTS // _A_HISTORY))
def test_every_event_keeps_the_optimum(seed: int, kind: type[Assignment]) -> None:
    chance = random.Random(seed)
    assignment, books = kind(), Books()
    most = 10 if seed % 2 else 10**5
    cap = 1 if seed % 4 > 1 else 3
    for _ in range(_A_HISTORY):
        random_event(chance, assignment, books, most, cap)
        certificate = certify(assignment)
        assert certificate.total == books.optimum()
        assert books.problems(assignment, certificate) == []


@pytest.mark.parametrize("seed", range(60))
def test_shuffled_histories_end_alike(seed: int) -> None:
    chance = random.Random(seed)
    books = random_pool(chance)
    ends = []
    for history in range(6):
        kind = KINDS[history % len(KINDS)]
        assignment = kind()
        order = [node for side in SIDES for node in books.capacity[side]]
        chance.shuffle(order)
        for node in order:
            tell(assignment, books, node)
            if chance.random() < 0.5:
                make_noise(chance, assignment, books)
        assert books.problems(assignment, certify(assignment)) == []
        ends.append(as_bytes(assignment))
    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize("seed", range(30))
def test_a_pinned_pair_leaves_the_rest_as_if_it_were_gone(seed: int) -> None:
    """A pin is its pair taken out, and a place less on both its entries."""
    chance = random.Random(seed)
    books, assignment = Books(), Assignment()
    for _ in range(30):
        random_event(chance, assignment, books, 50, 3, pins=False)
    rest = Books({s: dict(c) for s, c in books.capacity.items()}, dict(books.worth))
    pinned = []
    for pair in chance.sample(sorted(books.worth), min(5, len(books.worth))):
        left = [rest.capacity[s][n] for s, n in zip(SIDES, pair, strict=True)]
        if min(left) > 0:
            pinned.append(pair)
            value = rest.worth.pop(pair)
            for s, n in zip(SIDES, pair, strict=True):
                rest.capacity[s][n] -= 1
            row = {**assignment.sides["demand"].weights[pair[0]]}
            row[pair[1]] = value + FIXED
            capacity = books.capacity["demand"][pair[0]]
            assignment.put("demand", pair[0], row, capacity)
    assert set(pinned) <= set(assignment.pairs())
    own = sum(books.worth[pair] for pair in pinned)
    total = certify(assignment).total
    assert total == len(pinned) * FIXED + own + rest.optimum()


def test_a_pinned_pair_outweighs_any_other() -> None:
    assignment = Assignment()
    assignment.put("supply", "s", {}, 1)
    assignment.put("demand", "d1", {"s": weight(10, "d1", "s")}, 1)
    assignment.put("demand", "d2", {"s": weight(1, "d2", "s") + FIXED}, 1)
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
    for side in SIDES:
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
