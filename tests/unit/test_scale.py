"""Whatever solves a pool, and however it starts, the pool ends alike."""

import random

import pytest

from services.matching import scale
from services.matching.assignment import FIXED, Assignment, weight
from services.matching.certificate import certify
from tests.support.pools import (
    SIDES,
    Books,
    as_bytes,
    random_event,
    random_pool,
    tell,
)


@pytest.fixture
def all_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pool is so small that the extra would be left aside."""
    monkeypatch.setattr(scale, "LARGE", 0)


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "LARGE", 0)
    monkeypatch.setattr(scale, "find_spec", lambda _: None)


def one_by_one(books: Books) -> Assignment:
    assignment = Assignment()
    for listed in books.capacity.values():
        for node in listed:
            tell(assignment, books, node)
    return assignment


def a_large_pool(chance: random.Random, size: int) -> Books:
    """As it is on a good day: capacities on both sides, some pins that fit."""
    books = Books()
    for side in SIDES:
        for place in range(size):
            capacity = chance.choice([0, 1, 1, 1, 2, 3])
            books.capacity[side][f"{side}-{place}"] = capacity
    supplies = list(books.capacity["supply"])
    for d, capacity in books.capacity["demand"].items():
        near = chance.sample(supplies, 20)
        for s in near:
            books.worth[d, s] = weight(chance.randint(200, 1000), d, s)
        if capacity and chance.random() < 0.1:
            books.worth[d, near[0]] += FIXED
    return books


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("seed", range(60))
def test_a_cold_start_is_where_the_events_lead(seed: int) -> None:
    books = random_pool(random.Random(seed))
    solved = scale.solve(books.table(), books.capacity)
    assert as_bytes(solved) == as_bytes(one_by_one(books))
    assert books.problems(solved, certify(solved)) == []


@pytest.mark.usefixtures("without_extra")
def test_a_cold_start_needs_no_extra() -> None:
    books = random_pool(random.Random(1))
    assert as_bytes(scale.solve(books.table(), books.capacity)) == as_bytes(
        one_by_one(books)
    )


@pytest.mark.usefixtures("all_large")
def test_a_cold_start_goes_on_event_by_event() -> None:
    chance = random.Random(3)
    books = a_large_pool(chance, 300)
    solved = scale.solve(books.table(), books.capacity)
    for _ in range(200):
        random_event(chance, solved, books, 1000 << 40, 3)
    assert as_bytes(solved) == as_bytes(one_by_one(books))


@pytest.mark.usefixtures("all_large")
def test_an_empty_pool_and_one_without_pairs_start() -> None:
    assert scale.solve({}, {"demand": {}, "supply": {}}).pairs() == []
    alone = scale.solve({"d": {}}, {"demand": {"d": 1}, "supply": {"s": 1}})
    assert alone.pairs() == []
    alone.put("demand", "d", {"s": 1}, 1)
    assert alone.pairs() == [("d", "s")]


@pytest.mark.parametrize("seed", range(20))
def test_the_flow_is_proved(seed: int) -> None:
    """It is the flow that starts large pools, not the puts behind it."""
    cold = pytest.importorskip("services.matching.cold")
    books = a_large_pool(random.Random(seed), 100)
    pins = {pair: value for pair, value in books.worth.items() if value >= FIXED}
    uses = [node for pair in pins for node in pair]
    most = {**books.capacity["demand"], **books.capacity["supply"]}
    fit = [pair for pair in pins if all(uses.count(n) <= most[n] for n in pair)]
    for pair in pins.keys() - set(fit):
        del books.worth[pair]
    known = cold.optimum(books.table(), books.capacity, fit)
    assert known is not None
    assert sorted(known.pairs) == one_by_one(books).pairs()


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize(("bits", "refused"), [(0, True), (8, True), (60, False)])
def test_a_guess_from_cut_weights_is_taken_only_if_proved(
    bits: int, *, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = pytest.importorskip("services.matching.cold")
    monkeypatch.setattr(cold, "_COST_BITS", bits)
    taken = 0
    for seed in range(20):
        books = random_pool(random.Random(seed))
        pairs = one_by_one(books).pairs()
        assert scale.solve(books.table(), books.capacity).pairs() == pairs
        plain = {p: v % FIXED for p, v in books.worth.items()}
        books = Books(books.capacity, plain)
        known = cold.optimum(books.table(), books.capacity, [])
        taken += known is not None
        if known is not None:
            assert sorted(known.pairs) == one_by_one(books).pairs()
    assert (taken < 20) is refused


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("seed", range(10))
def test_a_pool_that_has_grown_goes_on_compiled(seed: int) -> None:
    pytest.importorskip("numba")
    chance = random.Random(seed)
    pure, books = Assignment(), Books()
    for _ in range(60):
        random_event(chance, pure, books, 1000, 3)
    compiled = scale.fitting(pure)
    assert type(compiled) is not Assignment
    assert scale.fitting(compiled) is compiled
    assert as_bytes(compiled) == as_bytes(pure)
    for _ in range(60):
        random_event(chance, compiled, books, 1000, 3)
        assert books.problems(compiled, certify(compiled)) == []


@pytest.mark.usefixtures("all_large")
def test_the_search_is_compiled_before_an_event_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled = pytest.importorskip("services.matching.compiled")
    roots: list[int] = []
    search = compiled.search

    def noted(graph: object, root: int) -> object:
        roots.append(root)
        return search(graph, root)

    monkeypatch.setattr(compiled, "search", noted)
    compiled.compiled.cache_clear()
    pure = Assignment()
    pure.put("demand", "d", {}, 1)
    scale.fitting(pure)
    assert roots


def test_a_small_pool_stays_as_it_is() -> None:
    assignment = Assignment()
    assignment.put("demand", "d", {}, 1)
    assert scale.fitting(assignment) is assignment


def test_the_arrays_do_not_grow_with_the_events() -> None:
    compiled = pytest.importorskip("services.matching.compiled")
    chance = random.Random(5)
    books = a_large_pool(chance, 60)
    assignment = compiled.CompiledAssignment()
    for _ in range(60):
        for listed in books.capacity.values():
            for node in listed:
                assignment.remove(node)
                tell(assignment, books, node)
    assert len(assignment.graph.nodes) <= 256
    assert len(assignment.graph.cells) <= 8 * len(books.worth)
    assert as_bytes(assignment) == as_bytes(one_by_one(books))
