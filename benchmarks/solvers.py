"""What a user would pick instead: the whole pool solved anew at each event.

Each takes the weights by demand and supply, and gives the pairs; the arrays that a
solver reads are made beforehand and are not part of its time.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from time import thread_time

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array, eye_array, hstack
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

Weights = Mapping[str, Mapping[str, int]]
Pairs = list[tuple[str, str]]
Peer = Callable[[Weights], tuple[Pairs, float]]
"""The pairs, and how much CPU time they took in milliseconds."""


def peers(*, dense: bool) -> dict[str, Peer]:
    """Those that are installed; the dense one only where it can be waited for."""
    installed: dict[str, Peer] = {"scipy sparse, solved anew": _scipy_sparse}
    if dense:
        installed["scipy dense, solved anew"] = _scipy_dense
    if find_spec("ortools"):
        installed["ortools flow, solved anew"] = _ortools
    return installed | {"greedy, best pair first": _greedy, "greedy, top 1": _top_1}


def _arrays(weights: Weights) -> tuple[list[str], list[str], csr_array]:
    demands = list(weights)
    supplies = sorted({s for row in weights.values() for s in row})
    column = {s: place for place, s in enumerate(supplies)}
    values = [float(value) for row in weights.values() for value in row.values()]
    columns = [column[s] for row in weights.values() for s in row]
    starts = np.cumsum([0, *(len(row) for row in weights.values())])
    shape = (len(demands), len(supplies))
    return demands, supplies, csr_array((values, columns, starts), shape=shape)


def _scipy_dense(weights: Weights) -> tuple[Pairs, float]:
    demands, supplies, sparse = _arrays(weights)
    table = sparse.toarray()
    began = thread_time()
    rows, columns = linear_sum_assignment(table, maximize=True)
    took = (thread_time() - began) * 1000
    cells = zip(rows, columns, strict=True)
    return [(demands[i], supplies[j]) for i, j in cells if table[i, j]], took


def _scipy_sparse(weights: Weights) -> tuple[Pairs, float]:
    demands, supplies, sparse = _arrays(weights)
    # It matches every row: each gets a column of its own that is worth next to
    # nothing, to stay alone.
    table = hstack([sparse, eye_array(len(demands))], format="csr")
    began = thread_time()
    rows, columns = min_weight_full_bipartite_matching(table, maximize=True)
    took = (thread_time() - began) * 1000
    cells = zip(rows, columns, strict=True)
    return [(demands[i], supplies[j]) for i, j in cells if j < len(supplies)], took


def _ortools(weights: Weights) -> tuple[Pairs, float]:
    from ortools.graph.python.min_cost_flow import (  # noqa: PLC0415  an extra
        SimpleMinCostFlow,
    )

    demands, supplies, sparse = _arrays(weights)
    table = sparse.tocoo()
    rows, columns = (axis.astype(np.int64) for axis in table.coords)
    near, far = np.arange(len(demands)), np.arange(len(supplies)) + len(demands)
    source, sink = len(demands) + len(supplies), len(demands) + len(supplies) + 1
    # Its costs have 60 bits or so, the number of entries included.
    costs = -(table.data.astype(np.int64) >> 6)
    began = thread_time()
    solver = SimpleMinCostFlow()
    add = solver.add_arcs_with_capacity_and_unit_cost
    arcs = add(rows, columns + len(demands), np.ones_like(costs), costs)
    add(np.full_like(near, source), near, np.ones_like(near), np.zeros_like(near))
    add(far, np.full_like(far, sink), np.ones_like(far), np.zeros_like(far))
    solver.add_arc_with_capacity_and_unit_cost(source, sink, len(demands), 0)
    solver.set_node_supply(source, len(demands))
    solver.set_node_supply(sink, -len(demands))
    solver.solve()
    flows = solver.flows(arcs)
    took = (thread_time() - began) * 1000
    return [
        (demands[rows[at]], supplies[columns[at]]) for at in flows.nonzero()[0]
    ], took


def _greedy(weights: Weights) -> tuple[Pairs, float]:
    listed = [(w, d, s) for d, row in weights.items() for s, w in row.items()]
    began = thread_time()
    taken: set[str] = set()
    pairs = []
    for _, demand, supply in sorted(listed, reverse=True):
        if not taken & {demand, supply}:
            taken |= {demand, supply}
            pairs.append((demand, supply))
    return pairs, (thread_time() - began) * 1000


def _top_1(weights: Weights) -> tuple[Pairs, float]:
    """Each demand is shown its best supply; each supply keeps its best."""
    began = thread_time()
    best: dict[str, tuple[int, str]] = {}
    for demand, row in weights.items():
        if row:
            supply = max(row, key=row.__getitem__)
            best[supply] = max(best.get(supply, (0, "")), (row[supply], demand))
    pairs = [(demand, supply) for supply, (_, demand) in best.items()]
    return pairs, (thread_time() - began) * 1000
