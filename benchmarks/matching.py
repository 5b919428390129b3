"""What an event costs a pool, beside its target (``make bench-matching``).

The whole path on the demo's list; repair and cold start on pools made up by
chance; and, over the same events, what a user would pick instead.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec
from statistics import mean

from benchmarks.lone_changes import lone_changes
from benchmarks.pools import ALL_KINDS, CANDIDATES, PLAIN_KINDS, History, Made, made
from benchmarks.solvers import peers
from benchmarks.tables import console, table
from services.demo.opportunities import entries
from services.matching import scale, telling
from services.matching.assignment import Assignment, score_of
from services.matching.certificate import certify, verify
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from services.matching.stability import blocking

KINDS: dict[str, type[Assignment]] = {"pure Python": Assignment}
if find_spec("numba"):
    from services.matching.compiled import CompiledAssignment

    KINDS["compiled"] = CompiledAssignment

SIZES = (1070, 5000, 50_000)
SPREADS = {"1": (1,), "1 to 3": (1, 1, 2, 3)}
TARGETS = {
    (1070, "pure Python"): 2,
    (5000, "pure Python"): 15,
    (50_000, "compiled"): 10,
}
EVENTS = {1070: 2000, 5000: 1500, 50_000: 50}
"""How many the pure solver is given; the compiled one is given the first number."""


def main() -> None:
    """Print the tables."""
    for extra in ("numba", "ortools"):
        if not find_spec(extra):
            console.print(f"{extra} is not installed: its rows are missing")
    lone_changes()
    whole_path()
    repair()
    cold_start()
    for size, events in ((1070, 100), (5000, 10)):
        side_by_side(size, events)


def milliseconds(did: Callable[[], object]) -> float:
    """Returns the milliseconds that something took."""
    began = time.perf_counter()
    did()
    return (time.perf_counter() - began) * 1000


def row_of(took: list[float], target: float | None) -> list[str]:
    """Mean, 99th percentile, target."""
    p99 = sorted(took)[len(took) * 99 // 100]
    verdict = "" if target is None else f"p99 ≤ {target:g}"
    if target is not None and p99 > target:
        verdict += " (missed)"
    return [f"{len(took)}", f"{mean(took):.2f}", f"{p99:.2f}", verdict]


def whole_path() -> None:
    """Terms, candidates, scores, repair, records; then the certificate."""
    pool = Pool("2022-1")

    def say(subject: str) -> None:
        for changed in pool.put(subject, views[subject]):
            telling.pairing(pool, changed)

    def say_and_prove(subject: str) -> None:
        say(subject)
        telling.summary(pool)

    views = {subject: apply_data(EntryView(), entry) for subject, entry in entries()}
    growing = [milliseconds(lambda s=s: say(s)) for s in views]
    full = [milliseconds(lambda s=s: say(s)) for s in views]
    proved = [milliseconds(lambda s=s: say_and_prove(s)) for s in views]
    rows = table(
        "One event, whole path, the demo's list (ms)",
        "pool of 1,070",
        "events",
        "mean",
        "p99",
        "target",
    )
    rows.add_row("growing", *row_of(growing, 5))
    rows.add_row("full", *row_of(full, 5))
    rows.add_row("full, certificate at each event", *row_of(proved, 5))
    console.print(rows)


def repair() -> None:
    """Repair alone, every kind of event."""
    rows = table(
        f"Repair alone, {CANDIDATES} candidates a demand (ms of CPU)",
        "entries",
        "capacities",
        "solver",
        "events",
        "mean",
        "p99",
        "target",
    )
    for size in SIZES:
        for spread, capacities in SPREADS.items():
            pool = made(size, capacities=capacities)
            for name, kind in KINDS.items():
                events = EVENTS[size if kind is Assignment else 1070]
                history = History(started(pool, kind), pool.away, ALL_KINDS)
                for _ in range(20):
                    history.next()  # the first compile
                took: list[float] = []
                while len(took) < events:
                    took.append(history.next())
                target = TARGETS.get((size, name))
                rows.add_row(f"{size:,}", spread, name, *row_of(took, target))
    console.print(rows)


def started(pool: Made, kind: type[Assignment]) -> Assignment:
    """A pool at its optimum, the quickest way."""
    solved = scale.solve(pool.weights, pool.capacities)
    duals = {side: dict(nodes.dual) for side, nodes in solved.sides.items()}
    return kind.resume(pool.weights, pool.capacities, solved.pairs(), duals)


def cold_start() -> None:
    """A whole pool, as after a restart; and its certificate."""
    rows = table(
        "Cold start, capacities 1 to 3 (s)",
        *("entries", "method", "start", "certificate", "verified"),
    )
    for size in SIZES:
        pool = made(size, capacities=SPREADS["1 to 3"])
        for name, kind in KINDS.items():
            for method, start in {
                "one by one": one_by_one,
                **({"by flow": by_flow} if find_spec("ortools") else {}),
            }.items():
                began = time.perf_counter()
                assignment = start(pool, kind)
                took = time.perf_counter() - began
                proof = milliseconds(lambda a=assignment: certify(a)) / 1000
                problems = verify(
                    pool.weights,
                    assignment.pairs(),
                    (pool.capacities["demand"], pool.capacities["supply"]),
                    certify(assignment),
                )
                rows.add_row(
                    *(f"{size:,}", f"{method}, {name}"),
                    *(f"{took:.2f}", f"{proof:.2f}", "no" if problems else "yes"),
                )
    console.print(rows)


def one_by_one(pool: Made, kind: type[Assignment]) -> Assignment:
    """Put the entries in."""
    assignment = kind()
    for supply, capacity in pool.capacities["supply"].items():
        assignment.put("supply", supply, {}, capacity)
    for demand, row in pool.weights.items():
        assignment.put("demand", demand, row, pool.capacities["demand"][demand])
    return assignment


def by_flow(pool: Made, kind: type[Assignment]) -> Assignment:
    """Take the pairs from the flow and prove them."""
    from services.matching.cold import optimum  # noqa: PLC0415  an extra

    known = optimum(pool.weights, pool.capacities, [])
    if known is None:
        return one_by_one(pool, kind)
    return kind.resume(pool.weights, pool.capacities, known.pairs, known.duals)


def side_by_side(size: int, events: int) -> None:
    """The same events to all; each peer solves the pool as it is after each."""
    pool = made(size)
    others = peers(dense=size < 2000)
    took: dict[str, list[float]] = {name: [] for name in (*KINDS, *others)}
    ours = {
        name: History(started(pool, kind), pool.away, PLAIN_KINDS)
        for name, kind in KINDS.items()
    }
    paired: dict[str, list[tuple[str, str]]] = {}
    for _ in range(events):
        for name, history in ours.items():
            took[name].append(history.next())
            paired[name] = history.assignment.pairs()
        weights = history.assignment.sides["demand"].weights
        for name, peer in others.items():
            paired[name], spent = peer(weights)
            took[name].append(spent)
    rows = table(
        f"{events} events in a pool of {size:,} entries, side by side",
        *(
            "solver",
            "ms/event",
            "ms in all",
            "pairs",
            "score",
            "blocking",
            "pairs as ours",
        ),
    )
    sides = history.assignment.sides
    duals = {side: dict.fromkeys(nodes.capacity, 0) for side, nodes in sides.items()}
    capacities = {side: nodes.capacity for side, nodes in sides.items()}
    first = sorted(paired[next(iter(ours))])
    for name, pairs in paired.items():
        held = Assignment.resume(weights, capacities, pairs, duals)
        score = sum(score_of(weights[d][s]) for d, s in pairs)
        rows.add_row(
            *(name, f"{mean(took[name]):.2f}", f"{sum(took[name]):.0f}"),
            *(f"{len(pairs):,}", f"{score:,}", f"{len(blocking(held)):,}"),
            "yes" if sorted(pairs) == first else "no",
        )
    console.print(rows)


if __name__ == "__main__":
    main()
