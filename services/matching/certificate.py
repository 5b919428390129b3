"""Why no better pairing exists, in a form that any reader can check.

The check reads the pairs once and trusts nothing of the solver. The duals that
are published are the canonical ones, the least of the demands: those that the
solver keeps depend on the order of events, though its pairs do not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from services.matching.assignment import Assignment


@dataclass(frozen=True)
class Certificate:
    """A dual solution; strong duality makes its total equal the pairing's."""

    total: int
    dual_total: int
    demands: Mapping[str, int]
    supplies: Mapping[str, int]


def certify(assignment: Assignment) -> Certificate:
    """The canonical certificate of an optimum."""
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    down = _how_far_down(assignment)
    u = {d: price - down[False, d] for d, price in demands.dual.items()}
    v = {s: price + down.get((True, s), 0) for s, price in supplies.dual.items()}
    for s, capacity in supplies.capacity.items():
        if capacity == 0:  # nothing bounds its price from above: take the least
            row = supplies.weights[s]
            v[s] = max([0, *(value - u[d] for d, value in row.items())])
    chosen = assignment.pairs()
    total = sum(demands.weights[d][s] for d, s in chosen)
    return Certificate(
        total,
        _dual_total(
            demands.weights, chosen, (demands.capacity, supplies.capacity), (u, v)
        ),
        u,
        v,
    )


def verify(  # noqa: C901  one condition after the other
    weights: Mapping[str, Mapping[str, int]],
    chosen: Iterable[tuple[str, str]],
    capacities: tuple[Mapping[str, int], Mapping[str, int]],
    certificate: Certificate,
) -> Iterator[str]:
    """Say everything that is wrong with a certificate; nothing if it holds.

    Args:
        weights: of every possible pair, by demand and supply.
        chosen: the pairs, demand first.
        capacities: of the demands and of the supplies.
        certificate: to be checked.
    """
    pairs = set(chosen)
    prices = (certificate.demands, certificate.supplies)
    for side, price, capacity in zip((0, 1), prices, capacities, strict=True):
        used: dict[str, int] = dict.fromkeys(capacity, 0)
        for pair in pairs:
            used[pair[side]] = used.get(pair[side], 0) + 1
        for node, count in used.items():
            if count > capacity.get(node, 0):
                yield f"{node} has more pairs than its capacity"
            if price.get(node, 0) < 0:
                yield f"the dual of {node} is negative"
            if price.get(node, 0) > 0 and count < capacity.get(node, 0):
                yield f"{node} has a dual but room left"
    for d, row in weights.items():
        for s, value in row.items():
            reduced = prices[0].get(d, 0) + prices[1].get(s, 0) - value
            if (reduced > 0) if (d, s) in pairs else (reduced < 0):
                yield f"the duals of {d} and {s} do not fit their weight"
    total = sum(weights.get(d, {}).get(s, 0) for d, s in pairs)
    if any(s not in weights.get(d, {}) for d, s in pairs):
        yield "a chosen pair is not a possible one"
    if total != certificate.total:
        yield f"the pairs weigh {total}, not {certificate.total}"
    dual_total = _dual_total(weights, pairs, capacities, prices)
    if not dual_total == certificate.dual_total == total:
        yield f"the duals add up to {dual_total}, the pairs to {total}"


def _dual_total(
    weights: Mapping[str, Mapping[str, int]],
    chosen: Iterable[tuple[str, str]],
    capacities: tuple[Mapping[str, int], Mapping[str, int]],
    prices: tuple[Mapping[str, int], Mapping[str, int]],
) -> int:
    """Capacities times duals, and what a chosen pair is worth above its duals."""
    u, v = prices
    at_capacity = sum(
        count * price.get(node, 0)
        for capacity, price in zip(capacities, prices, strict=True)
        for node, count in capacity.items()
    )
    above = sum(
        max(0, weights.get(d, {}).get(s, 0) - u.get(d, 0) - v.get(s, 0))
        for d, s in chosen
    )
    return at_capacity + above


def _how_far_down(assignment: Assignment) -> dict[tuple[bool, str], int]:
    """How far each demand's dual can fall, and each supply's rise, together.

    Shortest distances from «cannot move» over the slack of each condition
    (Dijkstra): a demand can fall to zero at most, a supply with room cannot
    rise, and each pair's condition ties its two entries.
    """
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    found: dict[tuple[bool, str], int] = {}
    heap = [(price, False, d) for d, price in demands.dual.items()]
    heap += [(0, True, s) for s in supplies.dual if supplies.has_room(s)]
    heap.sort()
    while heap:
        distance, is_supply, node = heappop(heap)
        if (is_supply, node) in found:
            continue
        found[is_supply, node] = distance
        here, there = (supplies, demands) if is_supply else (demands, supplies)
        price, chosen = here.dual[node], here.chosen[node]
        for other, value in here.weights[node].items():
            # A supply's rise limits no demand it is paired with, and a demand's
            # fall no supply it is not paired with.
            if (other in chosen) is is_supply or (not is_supply, other) in found:
                continue
            slack = abs(price + there.dual[other] - value)
            heappush(heap, (distance + slack, not is_supply, other))
    return found
