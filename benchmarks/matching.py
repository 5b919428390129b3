"""One event of a pool of 1,070 entries (``make bench-matching``).

The whole path of an event: terms, candidates, scores, repair, records; the
peer is a cold solve of the same pool by scipy at each event.
"""

import time
from statistics import mean

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.demo.opportunities import entries
from services.matching.pool import EntryView, Pool, take_in

_SAMPLES = 20


def main() -> None:
    """Publish the demo's list into a pool and print what an event costs."""
    pool = Pool("2022-1")
    took = []
    listed = list(entries())
    for subject, entry in listed:
        began = time.perf_counter()
        for changed in pool.put(subject, take_in(EntryView(), entry)):
            pool.record(changed)
        took.append((time.perf_counter() - began) * 1000)
    again = []
    for subject, entry in listed[:200]:  # said again: the pool is full
        began = time.perf_counter()
        for changed in pool.put(subject, take_in(EntryView(), entry)):
            pool.record(changed)
        again.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    pool.summary()
    summary = (time.perf_counter() - began) * 1000
    show("one event, pool growing to 1,070", took)
    show("one event, pool full", again)
    print(f"certificate, once a batch              {summary:6.2f} ms")
    print(f"scipy, a cold solve at each event      {cold(pool):6.2f} ms")
    print(f"pairs {len(pool.pairs())}; target: p99 ≤ 5 ms at 1,070 entries")


def cold(pool: Pool) -> float:
    """Mean milliseconds of a dense solve, weights given."""
    weights = pool.weights()
    demands = {name: i for i, name in enumerate(weights)}
    supplies = {name: i for i, name in enumerate(pool.capacities()[1])}
    dense = np.zeros((len(demands), len(supplies)))
    for demand, row in weights.items():
        for supply, weight in row.items():
            dense[demands[demand], supplies[supply]] = weight
    took = []
    for _ in range(_SAMPLES):
        began = time.perf_counter()
        linear_sum_assignment(dense, maximize=True)
        took.append((time.perf_counter() - began) * 1000)
    return mean(took)


def show(what: str, took: list[float]) -> None:
    """Print mean and 99th percentile."""
    took.sort()
    p99 = took[len(took) * 99 // 100]
    print(f"{what:<38} {mean(took):6.2f} ms mean   {p99:6.2f} ms p99")


if __name__ == "__main__":
    main()
