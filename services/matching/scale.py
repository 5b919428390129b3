"""Which solver a pool gets: by its size, and by what is installed.

All end in the same pairs and the same certificate. Up to ``LARGE`` entries the
pure one is quick enough; above, the extra ``scale`` brings a compiled repair and
a cold start at once.
"""

from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec

from services.matching.assignment import FIXED, Assignment, Side

LARGE = 2500
"""Entries up to which the pure repair keeps its p99 below 15 ms: 2 to 5 at 1,070, 21 to
33 at 5,000, by the spread of capacities (``make bench-matching``)."""


def fitting(assignment: Assignment) -> Assignment:
    """The same assignment, compiled from now on if it has grown large."""
    sides = assignment.sides
    kind = _kind(sum(len(nodes.weights) for nodes in sides.values()))
    if isinstance(assignment, kind):
        return assignment
    return kind.resume(
        sides["demand"].weights,
        {side: nodes.capacity for side, nodes in sides.items()},
        assignment.pairs(),
        {side: nodes.dual for side, nodes in sides.items()},
    )


def solve(
    weights: Mapping[str, Mapping[str, int]],
    capacities: Mapping[Side, Mapping[str, int]],
) -> Assignment:
    """The assignment of a whole pool: after a restart, or under a new table.

    Args:
        weights: of every possible pair, by demand and supply.
        capacities: of the entries of each side.
    """
    entries = sum(len(listed) for listed in capacities.values())
    kind, assignment = _kind(entries), None
    if entries > LARGE and find_spec("ortools") is not None:
        assignment = _at_once(weights, capacities, kind)
    if assignment is None:
        assignment = kind()
        for supply, capacity in capacities["supply"].items():
            assignment.put("supply", supply, {}, capacity)
    for demand, capacity in capacities["demand"].items():
        if demand not in assignment.sides["demand"].weights:
            assignment.put("demand", demand, weights.get(demand, {}), capacity)
    return assignment


def _at_once(
    weights: Mapping[str, Mapping[str, int]],
    capacities: Mapping[Side, Mapping[str, int]],
    kind: type[Assignment],
) -> Assignment | None:
    """The optimum without the demands whose accepted pairs do not all fit."""
    from services.matching.cold import optimum  # noqa: PLC0415  an extra

    pins, late = _pins(weights, capacities)
    rows = {
        demand: weights.get(demand, {})
        for demand in capacities["demand"]
        if demand not in late
    }
    known = optimum(rows, capacities, pins)
    if known is None:
        return None
    return kind.resume(rows, capacities, known.pairs, known.duals)


def _pins(
    weights: Mapping[str, Mapping[str, int]],
    capacities: Mapping[Side, Mapping[str, int]],
) -> tuple[list[tuple[str, str]], set[str]]:
    """The pairs that both owners accepted; the demands of which not all can stand.

    Which of theirs stand is for the repair to find.
    """
    pairs = [
        (demand, supply)
        for demand, row in weights.items()
        for supply, value in row.items()
        if value >= FIXED
    ]
    uses = Counter(node for pair in pairs for node in pair)
    most = {**capacities["demand"], **capacities["supply"]}
    late = {pair[0] for pair in pairs if any(uses[node] > most[node] for node in pair)}
    return [pair for pair in pairs if pair[0] not in late], late


def _kind(entries: int) -> type[Assignment]:
    if entries <= LARGE or find_spec("numba") is None:
        return Assignment
    from services.matching.compiled import compiled  # noqa: PLC0415  an extra

    return compiled()
