"""Pools at random, and what is known of them without the solver."""

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
from scipy.optimize import (  # type: ignore[import-untyped]
    linear_sum_assignment,
    linprog,
)
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from services.matching.assignment import FIXED, OTHER, Assignment, Side, weight
from services.matching.certificate import Certificate, certify, verify

SIDES: tuple[Side, Side] = ("demand", "supply")


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
        # No float holds a pin's weight: here it is just more than all the others.
        pin = 1 + sum(value % FIXED for value in self.worth.values())
        worth = [v if v < FIXED else v - FIXED + pin for v in self.worth.values()]
        most = {**self.capacity["demand"], **self.capacity["supply"]}
        demands, supplies = list(self.capacity["demand"]), list(self.capacity["supply"])
        rows = [demands.index(d) for d, _ in self.worth]
        columns = [supplies.index(s) for _, s in self.worth]
        pairs = range(len(worth))
        if max(most.values()) <= 1:
            dense = np.zeros((len(demands), len(supplies)))
            for at, (d, s) in enumerate(self.worth):
                dense[rows[at], columns[at]] = worth[at] * most[d] * most[s]
            row, column = linear_sum_assignment(dense, maximize=True)
            taken = {(i, j) for i, j in zip(row, column, strict=True) if dense[i, j]}
            chosen = [(rows[at], columns[at]) in taken for at in pairs]
        else:
            at = [*rows, *(len(demands) + column for column in columns)]
            uses = csr_array((np.ones(2 * len(worth)), (at, [*pairs, *pairs])))
            limits = [*most.values()][: uses.shape[0]]
            # Its corners are whole: no need to ask for integers.
            solved = linprog([-w for w in worth], uses, limits, bounds=(0, 1))
            chosen = [x > 0.5 for x in solved.x]
        return sum(v for v, x in zip(self.worth.values(), chosen, strict=True) if x)

    def table(self) -> dict[str, dict[str, int]]:
        """The weights by demand and supply; every demand has a row."""
        weights: dict[str, dict[str, int]] = {d: {} for d in self.capacity["demand"]}
        for (d, s), value in self.worth.items():
            weights[d][s] = value
        return weights

    def problems(self, assignment: Assignment, certificate: Certificate) -> list[str]:
        capacities = (self.capacity["demand"], self.capacity["supply"])
        return verify(self.table(), assignment.pairs(), capacities, certificate)


def random_event(  # noqa: PLR0913  what differs between the tests
    chance: random.Random,
    assignment: Assignment,
    books: Books,
    most: int,
    cap: int,
    *,
    pins: bool = True,
) -> None:
    """Say one thing to the solver and to the books alike."""
    side = chance.choice(SIDES)
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
            + ["accepted"] * 2 * pins
            + ["removed"] * 3
            + ["changes sides"]
        )
    )
    if kind in {"nudged", "resized", "declined", "accepted"}:
        row = books.row(node)
    if kind in {"nudged", "declined", "accepted"}:
        capacity = books.capacity[side][node]
    match kind:
        case "appears":
            node = f"{side}-{chance.randint(0, 10**9)}"
        case "nudged":
            for other, value in row.items():
                change = max(chance.randint(-2, 2), 1 - value % FIXED)
                row[other] = value + change
        case "declined" if row:
            del row[chance.choice(sorted(row))]
        case "accepted" if row:
            other = chance.choice(sorted(row))
            row[other] = row[other] % FIXED + FIXED
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


def random_pool(chance: random.Random) -> Books:
    """Many equal scores, more pins than fit: no order of events may decide."""
    books = Books()
    for side in SIDES:
        for place in range(12):
            capacity = chance.choice([0, 1, 1, 1, 2, 2, 3])
            books.capacity[side][f"{side}-{place}"] = capacity
    for d in books.capacity["demand"]:
        for s in chance.sample(sorted(books.capacity["supply"]), 5):
            pin = FIXED if chance.random() < 0.1 else 0
            books.worth[d, s] = weight(chance.randint(1, 5), d, s) + pin
    return books


def tell(assignment: Assignment, books: Books, node: str) -> None:
    """Put an entry with its pairs among those that are there already."""
    side: Side = "demand" if node in books.capacity["demand"] else "supply"
    there = assignment.sides[OTHER[side]].weights
    row = {o: value for o, value in books.row(node).items() if o in there}
    assignment.put(side, node, row, books.capacity[side][node])


def make_noise(chance: random.Random, assignment: Assignment, books: Books) -> None:
    """Something that is said and taken back."""
    side = chance.choice(SIDES)
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
            tell(assignment, books, node)
        case "resized" if node:
            assignment.put(side, node, dict(nodes.weights[node]), chance.randint(0, 4))
            tell(assignment, books, node)
        case "declined" | "pinned" as kind if node and nodes.weights[node]:
            row = dict(nodes.weights[node])
            other = chance.choice(sorted(row))
            if kind == "pinned":
                row[other] = row[other] % FIXED + FIXED
            else:
                del row[other]
            assignment.put(side, node, row, nodes.capacity[node])
            tell(assignment, books, node)


def as_bytes(assignment: Assignment) -> bytes:
    """The pairs and their certificate, to be compared to the last bit."""
    told = {"pairs": assignment.pairs(), **asdict(certify(assignment))}
    return json.dumps(told, sort_keys=True).encode()
