"""The same assignment for pools of tens of thousands of entries.

Names, and what was said of them, stay in Python; the search, which is where the
time goes, runs over arrays (``kernel``) and ends in the same pairs.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import cache

import numpy as np
from typing_extensions import override

from services.matching.assignment import Assignment, Side
from services.matching.kernel import (
    LOW_BITS,
    LOW_MASK,
    MOST_ROOM,
    Ints,
    choose,
    copy_rows,
    link,
    new_graph,
    search,
    unlink,
)


class CompiledAssignment(Assignment):
    """The optimum of one large pool, kept through every event."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = new_graph(0, 0)
        self.numbers: dict[str, int] = {}
        self._names: list[str] = []  # by number; a free number's is out of date
        self._free: list[int] = []
        for nodes in self.sides.values():
            nodes.dual = _Prices(self, nodes.weights)

    @override
    def _enter(
        self, side: Side, node: str, weights: Mapping[str, int], capacity: int
    ) -> None:
        super()._enter(side, node, weights, capacity)
        if node not in self.numbers:
            if not self._free:
                self._add_nodes()
            self.numbers[node] = self._free.pop()
            self._names[self.numbers[node]] = node
        number = self.numbers[node]
        unlink(self.graph, number)
        mine = self.graph.nodes[number]
        mine["side"], mine["room"] = side == "supply", min(capacity, MOST_ROOM)
        others = self._numbers_of(weights)
        worth = [(value >> LOW_BITS, value & LOW_MASK) for value in weights.values()]
        lanes = np.array(worth, dtype=np.int64).reshape(-1, 2)
        if not link(self.graph, number, others, lanes):
            self._add_cells(len(others))
            link(self.graph, number, others, lanes)

    @override
    def _keep(self, side: Side, node: str, partners: set[str], price: int) -> None:
        super()._keep(side, node, partners, price)
        for other in partners:
            choose(self.graph, self.numbers[node], self.numbers[other])

    @override
    def _leave(self, side: Side, node: str) -> None:
        super()._leave(side, node)
        number = self.numbers.pop(node)
        unlink(self.graph, number)
        self._free.append(number)

    @override
    def _augment(self, side: Side, root: str) -> None:
        path = search(self.graph, self.numbers[root])
        self._flip(side, [self._names[number] for number in path.tolist()])

    def _numbers_of(self, nodes: Iterable[str]) -> Ints:
        return np.array([self.numbers[node] for node in nodes], dtype=np.int64)

    def _add_nodes(self) -> None:
        old = self.graph
        count = len(old.nodes)
        more = new_graph(max(16, count), 0)
        self.graph = old._replace(
            nodes=np.concatenate([old.nodes, more.nodes]),
            allotted=np.concatenate([old.allotted, more.allotted]),
        )
        self._free += range(count, count + len(more.nodes))
        self._names += [""] * len(more.nodes)

    def _add_cells(self, more: int) -> None:
        # A row that has to move takes twice its cells and four.
        size = 4 * int(self.graph.nodes["size"].sum()) + 5 * more
        cells = new_graph(0, size).cells
        copy_rows(self.graph, cells)
        self.graph = self.graph._replace(cells=cells)


class _Prices(MutableMapping[str, int]):
    """The prices of one side, as ``Assignment`` reads and writes them."""

    def __init__(self, pool: CompiledAssignment, listed: Mapping[str, object]) -> None:
        self._pool, self._listed = pool, listed

    @override
    def __getitem__(self, node: str) -> int:
        mine = self._pool.graph.nodes[self._pool.numbers[node]]
        return (int(mine["price_high"]) << LOW_BITS) + int(mine["price_low"])

    @override
    def __setitem__(self, node: str, price: int) -> None:
        mine = self._pool.graph.nodes[self._pool.numbers[node]]
        mine["price_high"], mine["price_low"] = price >> LOW_BITS, price & LOW_MASK

    @override
    def __delitem__(self, node: str) -> None:
        self[node] = 0

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    @override
    def __len__(self) -> int:
        return len(self._listed)


@cache
def compiled() -> type[CompiledAssignment]:
    """The solver, its search compiled already: two seconds, once a process.

    Left to itself the compiler would run within the first event that searches.
    """
    pool = CompiledAssignment()
    pool.put("supply", "s", {}, 1)
    pool.put("demand", "d", {"s": 1}, 1)
    return CompiledAssignment
