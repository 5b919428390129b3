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
    chance: random.Random, demand: str, supplies: Sequence[str], kept: dict[str, int]
) -> dict[str, int]:
    near = chance.sample(supplies, CANDIDATES)
    drawn = {s: weight(chance.randint(200, 1000), demand, s) for s in near}
    return {**drawn, **kept}


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
        said = self._one()
        self._listed[said.side].remove(said.node)
        self._away.append(said)
        return Saying(said.side, said.node, None)

    def _published(self) -> Saying:
        said = self._away.pop(self._chance.randrange(len(self._away)))
        self._listed[said.side].append(said.node)
        there = self.assignment.sides[OTHER[said.side]].weights
        row = {o: value for o, value in (said.row or {}).items() if o in there}
        return Saying(said.side, said.node, row, said.capacity)

    def _drawn(self) -> Saying:
        chance = self._chance
        kind = chance.choice(self._kinds)
        if kind == "withdrawn":
            return self._withdrawn()
        if kind == "published" and self._away:
            return self._published()
        said = self._one()
        row, capacity = dict(said.row or {}), said.capacity
        chosen = sorted(self.assignment.sides[said.side].chosen[said.node])
        match kind:
            case "revised" if row:
                other = chance.choice(sorted(row))
                d, s = (said.node, other)[:: 1 if said.side == "demand" else -1]
                pin = FIXED if row[other] >= FIXED else 0
                row[other] = weight(chance.randint(200, 1000), d, s) + pin
            case "rewritten" if said.side == "demand":
                pins = {s: value for s, value in row.items() if value >= FIXED}
                row = _row(chance, said.node, self._listed["supply"], pins)
            case "declined" if chosen:
                del row[chosen[0]]
            case "accepted" if chosen:
                row[chosen[0]] = row[chosen[0]] % FIXED + FIXED
            case "resized":
                capacity = chance.choice((1, 2, 3))
            case _:
                pass  # said again
        return Saying(said.side, said.node, row, capacity)
