"""The assignment's search over arrays, compiled by numba (the extra ``scale``).

A pin is worth 2^100 and no machine word holds it, so each number is two: the
multiples of 2^60 and the rest. Sums are exact, and compared as pairs.

An entry is a number; its possible pairs are a row of cells, the chosen ones
first. The rows lie in one array with room to grow. The search is bound by memory:
each entry it looks at is one line of the cache, and each row one stretch.
"""

from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOW_BITS = 60
"""Three numbers of so many bits can be added without leaving the machine word."""
LOW_MASK = (1 << LOW_BITS) - 1
MOST_ROOM = (1 << 31) - 1
"""A capacity beyond the number of entries means nothing."""
_NODE = np.dtype(  # 64 bytes: a line of the cache
    [
        ("price_high", np.int64),
        ("price_low", np.int64),
        ("way_high", np.int64),  # the length of the way to it in one search
        ("way_low", np.int64),
        ("seen", np.int64),  # which search that was
        ("came", np.int32),  # the entry before it on that way
        ("room", np.int32),  # how many more pairs it can take
        ("start", np.int32),  # its row
        ("used", np.int32),  # of which chosen
        ("size", np.int32),
        ("side", np.int32),  # 0 or 1
    ]
)
_CELL = np.dtype([(name, np.int64) for name in ("other", "high", "low")])
_Structs: TypeAlias = NDArray[np.void]
Ints: TypeAlias = NDArray[np.int64]


class Graph(NamedTuple):
    """A pool as arrays."""

    nodes: _Structs
    cells: _Structs
    allotted: Ints
    """How many cells each row may take."""
    state: Ints
    """The number of the last search; the end of the cells in use."""


def new_graph(nodes: int, cells: int) -> Graph:
    """An empty pool with room for so many."""
    return Graph(
        np.zeros(nodes, dtype=_NODE),
        np.zeros(cells, dtype=_CELL),
        np.zeros(nodes, dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )


@njit
def unlink(graph: Graph, node: int) -> None:
    """Take every pair of an entry out."""
    cells = graph.cells
    mine = graph.nodes[node]
    for at in range(mine.start, mine.start + mine.size):
        theirs = graph.nodes[cells[at].other]
        place = theirs.start
        while cells[place].other != node:
            place += 1
        # The gap is closed from the end of the chosen ones, then of the row.
        if place < theirs.start + theirs.used:
            theirs.used -= 1
            theirs.room += 1
            _exchange(cells, place, theirs.start + theirs.used)
            place = theirs.start + theirs.used
        theirs.size -= 1
        _exchange(cells, place, theirs.start + theirs.size)
    mine.size = mine.used = 0


@njit
def link(graph: Graph, node: int, others: Ints, worth: Ints) -> bool:
    """Give an entry without pairs its pairs; ``worth`` is high and low.

    Returns:
        Whether there was room; nothing has changed if not.
    """
    count = need = len(others)
    for place in range(count):
        theirs = graph.nodes[others[place]]
        if theirs.size == graph.allotted[others[place]]:
            need += _more(theirs.size)
    if graph.state[1] + need > len(graph.cells):
        return False
    mine = graph.nodes[node]
    if graph.allotted[node] < count:
        _move(graph, node, graph.cells, count)
    for place in range(count):
        other = others[place]
        theirs = graph.nodes[other]
        if theirs.size == graph.allotted[other]:
            _move(graph, other, graph.cells, _more(theirs.size))
        for row, one in ((mine, other), (theirs, node)):
            cell = graph.cells[row.start + row.size]
            cell.other, cell.high, cell.low = one, worth[place, 0], worth[place, 1]
            row.size += 1
    return True


@njit
def _more(size: int) -> int:
    # Doubled, as most entries gain their pairs one by one: a row moves seldom.
    return 2 * size + 4


@njit
def _move(graph: Graph, node: int, cells: _Structs, allotted: int) -> None:
    """Move a row to the end of the cells in use."""
    mine = graph.nodes[node]
    start = graph.state[1]
    for place in range(mine.size):
        cells[start + place] = graph.cells[mine.start + place]
    mine.start, graph.allotted[node] = start, allotted
    graph.state[1] += allotted


@njit
def copy_rows(graph: Graph, cells: _Structs) -> None:
    """Move the rows, close together, to where there is more room."""
    graph.state[1] = 0
    for node in range(len(graph.nodes)):
        _move(graph, node, cells, graph.nodes[node].size)


@njit
def choose(graph: Graph, node: int, other: int) -> None:
    """Choose a pair that was not chosen."""
    for one, two in ((node, other), (other, node)):
        mine = graph.nodes[one]
        first = mine.start + mine.used
        place = first
        while graph.cells[place].other != two:
            place += 1
        _exchange(graph.cells, first, place)
        mine.used += 1
        mine.room -= 1


@njit
def _give_up(graph: Graph, node: int, other: int) -> None:
    for one, two in ((node, other), (other, node)):
        mine = graph.nodes[one]
        mine.used -= 1
        mine.room += 1
        place = mine.start
        while graph.cells[place].other != two:
            place += 1
        _exchange(graph.cells, mine.start + mine.used, place)


@njit
def _exchange(cells: _Structs, one: int, two: int) -> None:
    a, b = cells[one], cells[two]
    a.other, b.other = b.other, a.other
    a.high, b.high = b.high, a.high
    a.low, b.low = b.low, a.low


@njit
def _less(high: int, low: int, than_high: int, than_low: int) -> bool:
    return high < than_high or (high == than_high and low < than_low)


@njit
def search(graph: Graph, root: int) -> Ints:  # noqa: C901, PLR0912, PLR0915  hot path
    """Search, move the prices and flip, step by step as ``Assignment`` does.

    Returns:
        The entries along the path, from the root.
    """
    nodes, cells = graph.nodes, graph.cells
    # The marks of former searches have lower numbers, so none has to be wiped.
    graph.state[0] += 1
    now = graph.state[0]
    begin = nodes[root]
    begin.seen, begin.way_high, begin.way_low = now, 0, 0
    best_high, best_low, end = begin.price_high, begin.price_low, root
    met = [root]
    heap = [(np.int64(0), np.int64(0), root)]
    while heap:
        high, low, number = heappop(heap)
        if not _less(high, low, best_high, best_low):
            break
        node = nodes[number]
        if _less(node.way_high, node.way_low, high, low):
            continue  # a shorter way was found since
        there = node.side != begin.side
        if there:
            rest_high, rest_low = high - node.price_high, low - node.price_low
            first, last = node.start, node.start + node.used
        else:
            rest_high, rest_low = high + node.price_high, low + node.price_low
            first, last = node.start + node.used, node.start + node.size
        for place in range(first, last):
            cell = cells[place]
            other = nodes[cell.other]
            if there:
                low = rest_low + cell.low - other.price_low
                high = rest_high + cell.high - other.price_high
            else:
                low = rest_low + other.price_low - cell.low
                high = rest_high + other.price_high - cell.high
            high += low >> LOW_BITS
            low &= LOW_MASK
            if not _less(high, low, best_high, best_low) or (
                other.seen == now
                and not _less(high, low, other.way_high, other.way_low)
            ):
                continue
            other.came = number
            if not there and other.room > 0:
                best_high, best_low, end = high, low, cell.other
                continue
            if other.seen != now:
                other.seen = now
                met.append(cell.other)
            other.way_high, other.way_low = high, low
            heappush(heap, (high, low, cell.other))
            if there:
                low += other.price_low
                high += other.price_high + (low >> LOW_BITS)
                low &= LOW_MASK
                if _less(high, low, best_high, best_low):
                    best_high, best_low, end = high, low, cell.other
    for number in met:
        node = nodes[number]
        if _less(node.way_high, node.way_low, best_high, best_low):
            by_high, by_low = best_high - node.way_high, best_low - node.way_low
            if node.side == begin.side:
                by_high, by_low = -by_high, -by_low
            low = node.price_low + by_low
            node.price_high += by_high + (low >> LOW_BITS)
            node.price_low = low & LOW_MASK
    path: Ints = _flip(graph, root, end)
    return path


@njit
def _flip(graph: Graph, root: int, end: int) -> Ints:
    path = [end]
    while path[-1] != root:
        path.append(graph.nodes[path[-1]].came)
    path.reverse()
    for place in range(len(path) - 1):
        if place % 2:
            _give_up(graph, path[place], path[place + 1])
        else:
            choose(graph, path[place], path[place + 1])
    return np.array(path)
