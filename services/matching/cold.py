"""A whole pool's optimum at once, for pools too large to put in one by one.

The pairs come from a minimum-cost flow (ortools, the extra ``scale``), the prices
that prove them from passes over all pairs. The flow reckons in machine words: it
sees the weights without their last bits, and without the pins. So its answer
counts as a guess until the prices prove it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from services.matching.assignment import Side

_Ints: TypeAlias = NDArray[np.int64]
_Flags: TypeAlias = NDArray[np.bool_]
_COST_BITS = 60
"""How large the solver's costs may be, multiplied by its nodes."""
_PASSES = 2000
"""A proof takes as many as the longest chain of pairs that displace each other
(377 in a pool of 50,000); a wrong guess could go on for ever."""
_ENDLESS = 1 << 62


@dataclass(frozen=True)
class Optimum:
    """A pairing with the prices that prove it the best."""

    pairs: list[tuple[str, str]]
    duals: Mapping[Side, Mapping[str, int]]


def optimum(
    weights: Mapping[str, Mapping[str, int]],
    capacities: Mapping[Side, Mapping[str, int]],
    fixed: Iterable[tuple[str, str]],
) -> Optimum | None:
    """The optimum of a pool; None where the guess cannot be proved.

    Args:
        weights: of every possible pair, by demand and supply; a demand that is
            missing here is left out.
        capacities: of the entries of each side.
        fixed: pairs that are chosen before all others and fit together; whatever
            the flow would think of them, each takes a place from both its entries.
    """
    settled = set(fixed)
    row = {demand: place for place, demand in enumerate(weights)}
    column = {supply: place for place, supply in enumerate(capacities["supply"])}
    room = (
        {demand: capacities["demand"][demand] for demand in weights},
        dict(capacities["supply"]),
    )
    for demand, supply in settled:
        room[0][demand] -= 1
        room[1][supply] -= 1
    free = [
        (demand, supply, value)
        for demand, listed in weights.items()
        for supply, value in listed.items()
        if (demand, supply) not in settled
    ]
    pool = _Pool(
        _ints(room[0].values()),
        _ints(room[1].values()),
        _ints(row[demand] for demand, _, _ in free),
        _ints(column[supply] for _, supply, _ in free),
        _ints(value for _, _, value in free),
    )
    chosen = _flow(pool)
    proof = None if chosen is None else _proof(pool, chosen)
    if chosen is None or proof is None:
        return None
    pairs = [free[place][:2] for place in np.flatnonzero(chosen)]
    u, v = (prices.tolist() for prices in proof)
    duals: Mapping[Side, Mapping[str, int]] = {
        "demand": dict(zip(row, u, strict=True)),
        "supply": dict(zip(column, v, strict=True)),
    }
    return Optimum([*settled, *pairs], duals)


@dataclass(frozen=True)
class _Pool:
    """Capacities by entry; then, by possible pair, its entries and weight."""

    demands: _Ints
    supplies: _Ints
    demand: _Ints
    supply: _Ints
    worth: _Ints


def _ints(values: Iterable[int]) -> _Ints:
    return np.fromiter(values, dtype=np.int64)


def _flow(pool: _Pool) -> _Flags | None:
    """Returns which pairs are chosen where weights are cut to what the solver holds."""
    demands, supplies = len(pool.demands), len(pool.supplies)
    source, sink = demands + supplies, demands + supplies + 1
    bits = int(pool.worth.max(initial=1)).bit_length() + sink.bit_length()
    cut = pool.worth >> max(0, bits - _COST_BITS)
    solver = SimpleMinCostFlow()
    add = solver.add_arcs_with_capacity_and_unit_cost
    arcs = add(pool.demand, pool.supply + demands, np.ones_like(cut), -cut)
    nodes = np.arange(demands + supplies)
    into, out = nodes[:demands], nodes[demands:]
    add(np.full_like(into, source), into, pool.demands, np.zeros_like(into))
    add(out, np.full_like(out, sink), pool.supplies, np.zeros_like(out))
    most = int(pool.demands.sum())
    solver.add_arc_with_capacity_and_unit_cost(source, sink, most, 0)
    solver.set_node_supply(source, most)
    solver.set_node_supply(sink, -most)
    if solver.solve() != solver.OPTIMAL:
        return None
    return np.asarray(solver.flows(arcs) > 0)


def _proof(pool: _Pool, chosen: _Flags) -> tuple[_Ints, _Ints] | None:
    """Prices that prove the chosen pairs, by exact weights; None if none do.

    Each demand asks the most that its own pairs leave it; each supply the least
    that keeps other demands off; until nobody moves.
    """
    d, s, worth = pool.demand[chosen], pool.supply[chosen], pool.worth[chosen]
    to_d, to_s = pool.demand[~chosen], pool.supply[~chosen]
    to_worth = pool.worth[~chosen]
    demands_full = np.bincount(d, minlength=len(pool.demands)) >= pool.demands
    supplies_full = np.bincount(s, minlength=len(pool.supplies)) >= pool.supplies
    v = np.zeros_like(pool.supplies)
    for _ in range(_PASSES):
        u = np.where(demands_full, _ENDLESS, 0)
        np.minimum.at(u, d, worth - v[s])
        before, v = v, np.zeros_like(v)
        np.maximum.at(v, to_s, to_worth - u[to_d])
        if u.min(initial=0) < 0 or v[~supplies_full].any():
            return None
        if (v == before).all():
            break
    else:
        return None
    # What takes nobody has pairs that bound its price from below alone.
    least = np.zeros_like(u)
    np.maximum.at(least, to_d, to_worth - v[to_s])
    return np.where(u == _ENDLESS, least, u), v
