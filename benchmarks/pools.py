"""Pools made up by chance, and what happens in them."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from services.matching.assignment import FIXED, OTHER, Assignment, Side, weight

CANDIDATES = 20
PLAIN_KINDS = ("withdrawn", "published", "revised", "rewritten", "declined")
"""What a solver without capacities and pins can follow."""
ALL_KINDS = (*PLAIN_KINDS, "accepted", "resized")
AWAY = 50
"""One in so many entries is away at first, and is published later."""


@dataclass(frozen=True)
class Saying:
    """An owner's word on its entry; no row if it is withdrawn."""

    side: Side
    node: str
    row: dict[str, int] | None
    capacity: int = 1


@dataclass(frozen=True)
class Made:
    """The weights by demand and supply, the capacities, and who is away."""

    weights: dict[str, dict[str, int]]
    capacities: dict[Side, dict[str, int]]
    away: list[Saying]


def made(entries: int, *, capacities: Sequence[int] = (1,)) -> Made:
    """As many demands as supplies: the hardest, for nobody is easily replaced.

    Args:
        entries: how many there are in all.
        capacities: to be drawn from.
    """
    chance = random.Random(1)  # noqa: S311  seeded chance, not secrets
    listed, all_of_them = entries // 2, entries // 2 + entries // 2 // AWAY
    demands = [f"d{place}" for place in range(all_of_them)]
    supplies = [f"s{place}" for place in range(all_of_them)]
    rows = {d: _row(chance, d, supplies, {}) for d in demands}
    drawn: dict[Side, dict[str, int]] = {
        "demand": {d: chance.choice(capacities) for d in demands[:listed]},
        "supply": {s: chance.choice(capacities) for s in supplies[:listed]},
    }
    away = [Saying("demand", d, rows[d]) for d in demands[listed:]]
    for supply in supplies[listed:]:
        near = chance.sample(demands, CANDIDATES)
        worth = {d: weight(chance.randint(200, 1000), d, supply) for d in near}
        away.append(Saying("supply", supply, worth))
    there = drawn["supply"]
    weights = {
        d: {s: value for s, value in rows[d].items() if s in there}
        for d in demands[:listed]
    }
    return Made(weights, drawn, away)


def _row(
    chance: random.Random, demand: str, supplies: Sequence[str], pins: dict[str, int]
) -> dict[str, int]:
    near = chance.sample(supplies, CANDIDATES)
    drawn = {s: weight(chance.randint(200, 1000), demand, s) for s in near}
    return {**drawn, **pins}


class History:
    """Events at random, each said to one assignment and timed."""

    def __init__(
        self, assignment: Assignment, away: Sequence[Saying], kinds: Sequence[str]
    ) -> None:
        self.assignment, self._kinds = assignment, kinds
        self._chance = random.Random(2)  # noqa: S311  seeded chance, not secrets
        sides = assignment.sides.items()
        self._listed = {side: list(nodes.weights) for side, nodes in sides}
        self._away = list(away)

    def next(self) -> float:
        """Let something happen.

        Returns:
            CPU time of the repair in milliseconds: others may use the machine.
        """
        return self._say(self._drawn())

    def _say(self, saying: Saying) -> float:
        began = time.thread_time()
        if saying.row is None:
            self.assignment.remove(saying.node)
        else:
            self.assignment.put(saying.side, saying.node, saying.row, saying.capacity)
        return (time.thread_time() - began) * 1000

    def _one(self) -> Saying:
        """Returns the last word on some entry."""
        side: Side = self._chance.choice(("demand", "supply"))
        node = self._chance.choice(self._listed[side])
        nodes = self.assignment.sides[side]
        return Saying(side, node, dict(nodes.weights[node]), nodes.capacity[node])

    def _withdrawn(self) -> Saying:
        saying = self._one()
        self._listed[saying.side].remove(saying.node)
        self._away.append(saying)
        return Saying(saying.side, saying.node, None)

    def _published(self) -> Saying:
        saying = self._away.pop(self._chance.randrange(len(self._away)))
        self._listed[saying.side].append(saying.node)
        there = self.assignment.sides[OTHER[saying.side]].weights
        row = {o: value for o, value in (saying.row or {}).items() if o in there}
        return Saying(saying.side, saying.node, row, saying.capacity)

    def _drawn(self) -> Saying:
        chance = self._chance
        kind = chance.choice(self._kinds)
        if kind == "withdrawn":
            return self._withdrawn()
        if kind == "published" and self._away:
            return self._published()
        saying = self._one()
        row, capacity = dict(saying.row or {}), saying.capacity
        chosen = sorted(self.assignment.sides[saying.side].chosen[saying.node])
        match kind:
            case "revised" if row:
                other = chance.choice(sorted(row))
                d, s = (saying.node, other)[:: 1 if saying.side == "demand" else -1]
                pin = FIXED if row[other] >= FIXED else 0
                row[other] = weight(chance.randint(200, 1000), d, s) + pin
            case "rewritten" if saying.side == "demand":
                pins = {s: value for s, value in row.items() if value >= FIXED}
                row = _row(chance, saying.node, self._listed["supply"], pins)
            case "declined" if chosen:
                del row[chosen[0]]
            case "accepted" if chosen:
                row[chosen[0]] = row[chosen[0]] % FIXED + FIXED
            case "resized":
                capacity = chance.choice((1, 2, 3))
            case _:
                pass  # said again
        return Saying(saying.side, saying.node, row, capacity)
