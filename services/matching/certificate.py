"""Why no better pairing exists, in a form that any reader can check.

The pairing is the linear programme

    max Σ w(d, s) x(d, s)   with   Σₛ x(d, s) ≤ capacity(d),
                                   Σ_d x(d, s) ≤ capacity(s),   0 ≤ x ≤ 1,

whose corners are whole-numbered (Schrijver, Combinatorial Optimization, chapter
21). A pair counts once however large the capacities, so x ≤ 1 has a dual z of its
own beside those of the entries, u and v. The dual programme

    min Σ capacity(d) u(d) + Σ capacity(s) v(s) + Σ z(d, s)
    with   u, v, z ≥ 0   and   u(d) + v(s) + z(d, s) ≥ w(d, s)

is never below the first, whatever u, v and z (weak duality): where the two are
equal, both are optimal. The cheapest z is what a pair is worth above its duals,
max(0, w - u - v), and it is zero on the pairs that are not chosen.

The check reads the pairs once and trusts nothing of the solver. The duals that
are published are the canonical ones, the least of the demands: those that the
solver keeps depend on the order of events, though its pairs do not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from services.matching.assignment import Assignment


@dataclass(frozen=True)
class Certificate:
    """A dual solution; strong duality makes its total equal the pairing's.

    Attributes:
        total: of the pairing, in weights (``assignment.weight``).
        dual_total: of the dual, in weights.
        demands: the price of each demand entry, in weights.
        supplies: of each supply entry.
    """

    total: int
    dual_total: int
    demands: Mapping[str, int]
    supplies: Mapping[str, int]


def certify(assignment: Assignment) -> Certificate:
    """The canonical certificate of an optimum."""
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    down, up = _how_far(assignment)
    u = {d: price - down[d] for d, price in demands.dual.items()}
    v = {s: price + up.get(s, 0) for s, price in supplies.dual.items()}
    for s, capacity in supplies.capacity.items():
        if capacity == 0:  # nothing bounds its price from above: take the least
            row = supplies.weights[s]
            v[s] = max([0, *(value - u[d] for d, value in row.items())])
    at_capacity = sum(count * u[d] for d, count in demands.capacity.items())
    at_capacity += sum(count * v[s] for s, count in supplies.capacity.items())
    worth = {(d, s): demands.weights[d][s] for d, s in assignment.pairs()}
    above = sum(max(0, value - u[d] - v[s]) for (d, s), value in worth.items())
    return Certificate(sum(worth.values()), at_capacity + above, u, v)


def verify(
    weights: Mapping[str, Mapping[str, int]],
    chosen: Iterable[tuple[str, str]],
    capacities: tuple[Mapping[str, int], Mapping[str, int]],
    certificate: Certificate,
) -> list[str]:
    """Say everything that is wrong with a certificate; nothing if it holds.

    Args:
        weights: of every possible pair, by demand and supply.
        chosen: the pairs, demand first.
        capacities: of the demands and of the supplies.
        certificate: to be checked.
    """
    listed = list(chosen)
    pairs = set(listed)
    problems = list(_wrong_entries(pairs, capacities, certificate))
    if len(pairs) < len(listed):
        problems.append("a pair is chosen twice")
    if any(s not in weights.get(d, {}) for d, s in pairs):
        problems.append("a chosen pair is not a possible one")
    u, v = certificate.demands, certificate.supplies
    total = 0
    dual_total = sum(
        count * price.get(node, 0)
        for capacity, price in zip(capacities, (u, v), strict=True)
        for node, count in capacity.items()
    )
    for d, row in weights.items():
        for s, value in row.items():
            above = value - u.get(d, 0) - v.get(s, 0)
            if (d, s) in pairs:
                total += value
                dual_total += max(0, above)
            elif above > 0:
                problems.append(f"{d} and {s} would be worth more than their duals")
    if total != certificate.total:
        problems.append(f"the pairs weigh {total}, not {certificate.total}")
    if not dual_total == certificate.dual_total == total:
        problems.append(f"the duals add up to {dual_total}, the pairs to {total}")
    return problems


def _wrong_entries(
    pairs: Iterable[tuple[str, str]],
    capacities: tuple[Mapping[str, int], Mapping[str, int]],
    certificate: Certificate,
) -> Iterator[str]:
    prices = (certificate.demands, certificate.supplies)
    used = (Counter(d for d, _ in pairs), Counter(s for _, s in pairs))
    for price, count, capacity in zip(prices, used, capacities, strict=True):
        for node in sorted((price.keys() | count.keys()) - capacity.keys()):
            yield f"{node} is not an entry"
        for node, most in capacity.items():
            if count[node] > most:
                yield f"{node} has more pairs than its capacity"
            if node not in price:
                yield f"{node} has no dual"
            elif price[node] < 0:
                yield f"the dual of {node} is negative"


def _how_far(assignment: Assignment) -> tuple[dict[str, int], dict[str, int]]:
    """Returns how far each demand's dual can fall, and each supply's rise, together.

    Shortest distances from «cannot move» over the slack of each condition
    (Dijkstra): a demand can fall to zero at most, a supply with room cannot
    rise, and each pair's condition ties its two entries: a demand falls no
    further than the supplies rise that it is not paired with, and a supply rises
    no further than the demands fall that it is paired with. Supplies that nothing
    holds back are not in the answer.
    """
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    prices, their_prices = dict(demands.dual), dict(supplies.dual)
    down = dict(prices)
    up = {s: 0 for s in their_prices if supplies.has_room(s)}
    heap = [(distance, False, d) for d, distance in down.items()]
    heap += [(0, True, s) for s in up]
    heapify(heap)
    while heap:
        distance, is_supply, node = heappop(heap)
        if distance > (up if is_supply else down)[node]:
            continue
        if is_supply:
            rest = distance + their_prices[node]
            chosen = supplies.chosen[node]
            for d, value in supplies.weights[node].items():
                length = rest + prices[d] - value
                if length < down[d] and d not in chosen:
                    down[d] = length
                    heappush(heap, (length, False, d))
        else:
            rest = distance - prices[node]
            row = demands.weights[node]
            for s in demands.chosen[node]:
                length = rest + row[s] - their_prices[s]
                if s not in up or length < up[s]:
                    up[s] = length
                    heappush(heap, (length, True, s))
    return down, up
