"""Blocking pairs and first choices, by their definitions."""

import random

import pytest

from services.matching.assignment import Assignment, score_of, weight
from services.matching.stability import Wishes, blocking, wishes
from tests.support.pools import Books, random_event, random_pool, tell


def _solved(books: Books) -> Assignment:
    assignment = Assignment()
    for listed in books.capacity.values():
        for node in listed:
            tell(assignment, books, node)
    return assignment


def _wants(books: Books, node: str, score: int, pairs: list[tuple[str, str]]) -> bool:
    most = {**books.capacity["demand"], **books.capacity["supply"]}[node]
    held = [score_of(books.worth[pair]) for pair in pairs if node in pair]
    return most > 0 and (len(held) < most or any(own < score for own in held))


@pytest.mark.parametrize("seed", range(40))
def test_a_pair_blocks_where_both_would_rather(seed: int) -> None:
    chance = random.Random(seed)
    books = random_pool(chance)
    assignment = _solved(books)
    pairs = assignment.pairs()
    expected = [
        pair
        for pair, value in sorted(books.worth.items())
        if pair not in pairs
        and all(_wants(books, node, score_of(value), pairs) for node in pair)
    ]
    assert blocking(assignment) == expected


def test_the_best_in_total_can_leave_two_who_would_rather() -> None:
    assignment = Assignment()
    for supply in ("s1", "s2"):
        assignment.put("supply", supply, {}, 1)
    scores = {("d1", "s1"): 10, ("d1", "s2"): 8, ("d2", "s1"): 9}
    for demand in ("d1", "d2"):
        row = {
            s: weight(score, d, s) for (d, s), score in scores.items() if d == demand
        }
        assignment.put("demand", demand, row, 1)
    assert assignment.pairs() == [("d1", "s2"), ("d2", "s1")]
    assert blocking(assignment) == [("d1", "s1")]


def test_equal_scores_block_nothing_and_are_both_first() -> None:
    assignment = Assignment()
    assignment.put("supply", "s", {}, 1)
    for demand in ("d1", "d2"):
        assignment.put("demand", demand, {"s": weight(5, demand, "s")}, 1)
    assert blocking(assignment) == []
    (pair,) = assignment.pairs()
    assert wishes(assignment).is_mutual_first_choice(5, *pair)


@pytest.mark.parametrize(("score", "first"), [(7, False), (8, True)])
def test_a_first_choice_has_no_better_on_either_side(
    score: int, *, first: bool
) -> None:
    assignment = Assignment()
    assignment.put("supply", "s", {}, 2)
    assignment.put("demand", "d1", {"s": weight(8, "d1", "s")}, 1)
    assignment.put("demand", "d2", {"s": weight(score, "d2", "s")}, 1)
    assert wishes(assignment).is_mutual_first_choice(score, "d2", "s") is first


@pytest.mark.parametrize("seed", range(20))
def test_wishes_kept_through_events_are_those_of_the_whole(seed: int) -> None:
    chance = random.Random(seed)
    assignment, books, kept = Assignment(), Books(), Wishes()
    before: set[tuple[str, str]] = set()
    for _ in range(150):
        assignment.touched.clear()
        random_event(chance, assignment, books, most=20, cap=2, pins=False)
        now = {
            (node, f"{nodes.capacity[node]} {sorted(row.items())}")
            for nodes in assignment.sides.values()
            for node, row in nodes.weights.items()
        }
        kept.learn(assignment, {n for n, _ in now ^ before} | assignment.touched)
        assert kept.blocking() == blocking(assignment)
        before = now
