"""Pools made up by chance, and what happens in them."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.assignment import PINNED, Assignment, Side, weight

CANDIDATES = 20
ALL_KINDS = ("withdrawn", "revised", "rewritten", "declined", "accepted", "resized")
PLAIN_KINDS = ("withdrawn", "revised", "rewritten", "declined")
"""What a solver without capacities and pins can follow."""


@dataclass(frozen=True)
class Made:
    """The weights by demand and supply, and the capacities."""

    weights: dict[str, dict[str, int]]
    capacities: dict[Side, dict[str, int]]


def made(entries: int, *, capacities: Sequence[int] = (1,)) -> Made:
    """As many demands as supplies: the hardest, for nobody is easily replaced.

    Args:
        entries: how many there are in all.
        capacities: to be drawn from.
    """
    chance = random.Random(1)  # noqa: S311  seeded chance, not secrets
    names = [f"{place}" for place in range(entries // 2)]
    demands, supplies = [f"d{n}" for n in names], [f"s{n}" for n in names]
    weights = {d: _row(chance, d, supplies, {}) for d in demands}
    drawn: dict[Side, dict[str, int]] = {
        "demand": {d: chance.choice(capacities) for d in demands},
        "supply": {s: chance.choice(capacities) for s in supplies},
    }
    return Made(weights, drawn)


def _row(
    chance: random.Random, demand: str, supplies: Sequence[str], kept: dict[str, int]
) -> dict[str, int]:
    near = chance.sample(supplies, CANDIDATES)
    drawn = {s: weight(chance.randint(200, 1000), demand, s) for s in near}
    return {**drawn, **kept}


class History:
    """Events at random, each said to one assignment and timed."""

    def __init__(self, assignment: Assignment, kinds: Sequence[str]) -> None:
        self.assignment, self._kinds = assignment, kinds
        self._chance = random.Random(2)  # noqa: S311  seeded chance, not secrets
        self._demands = list(assignment.sides["demand"].weights)
        self._supplies = list(assignment.sides["supply"].weights)

    def next(self) -> list[float]:
        """Let something happen; how long each repair took, in milliseconds."""
        chance, assignment = self._chance, self.assignment
        kind = chance.choice(self._kinds)
        side: Side = chance.choice(("demand", "supply"))
        if kind == "rewritten":
            side = "demand"
        node = chance.choice(self._demands if side == "demand" else self._supplies)
        nodes = assignment.sides[side]
        row, capacity = dict(nodes.weights[node]), nodes.capacity[node]
        chosen = sorted(nodes.chosen[node])
        took = []
        match kind:
            case "withdrawn":
                began = time.perf_counter()
                assignment.remove(node)
                took.append(time.perf_counter() - began)
            case "revised" if row:
                other = chance.choice(sorted(row))
                d, s = (node, other) if side == "demand" else (other, node)
                pin = PINNED if row[other] >= PINNED else 0
                row[other] = weight(chance.randint(200, 1000), d, s) + pin
            case "rewritten":
                pins = {s: value for s, value in row.items() if value >= PINNED}
                row = _row(chance, node, self._supplies, pins)
            case "declined" if chosen:
                del row[chosen[0]]
            case "accepted" if chosen:
                row[chosen[0]] = row[chosen[0]] % PINNED + PINNED
            case "resized":
                capacity = chance.choice((1, 2, 3))
            case _:
                pass  # said again
        began = time.perf_counter()
        assignment.put(side, node, row, capacity)
        took.append(time.perf_counter() - began)
        return [seconds * 1000 for seconds in took]
