"""What an event costs a pool, beside its target (``make bench-matching``).

The whole path on the demo's list; repair and cold start on pools made up by
chance; and, over the same events, what a user would pick instead.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import count
from statistics import mean
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.producer.message_accumulator import BatchBuilder
from rich.console import Console
from rich.table import Table

from benchmarks.pools import ALL_KINDS, CANDIDATES, PLAIN_KINDS, History, Made, made
from benchmarks.solvers import peers
from services.demo.opportunities import entries
from services.matching import scale, telling
from services.matching.assignment import Assignment, score_of
from services.matching.certificate import certify, verify
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from services.matching.pools import Pools
from services.matching.service import make_processor
from services.matching.stability import blocking
from services.runtime.delivery import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.projection import Projection
from services.runtime.service import Processor
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.opportunity import OpportunityPublished
from twincity_schemas.parties import Registry

KINDS: dict[str, type[Assignment]] = {"pure Python": Assignment}
if find_spec("numba"):
    from services.matching.compiled import CompiledAssignment

    KINDS["compiled"] = CompiledAssignment

WHOLE = {1070: 300, 5000: 100, 20_000: 60, 50_000: 60}
"""Sizes of the pools that are told whole, and how many changes each is given."""
SAID_ONE_BY_ONE = 5000
"""Larger pools are taken in at once, as after a restart: a record that is told for the
first time after it counts as written, so their bytes are an upper bound."""
GOALS = {1070: (5, 5, 5000), 50_000: (50, 50, None)}
"""By entries: milliseconds at p50 and p99, bytes."""
SIZES = (1070, 5000, 50_000)
SPREADS = {"1": (1,), "1 to 3": (1, 1, 2, 3)}
TARGETS = {
    (1070, "pure Python"): 2,
    (5000, "pure Python"): 15,
    (50_000, "compiled"): 10,
}
EVENTS = {1070: 2000, 5000: 1500, 50_000: 50}
"""How many the pure solver is given; the compiled one is given the first number."""
console = Console(width=100)


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


def table(title: str, *columns: str) -> Table:
    """A table whose first column is words and whose others are figures."""
    made_table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        made_table.add_column(column, justify="right" if place else "left")
    return made_table


def listed(size: int) -> list[tuple[str, OpportunityPublished]]:
    """Entries of one pool, made as the demo's are."""
    found: list[tuple[str, OpportunityPublished]] = []
    for seed in count(2022):
        for subject, entry in entries(seed):
            if len(found) == size:
                return found
            party = subject.split("/")[1]
            found.append((f"opportunity/{party}/many-{len(found):05}", entry))
    raise AssertionError  # seeds do not end


def said(number: int, subject: str, entry: OpportunityPublished) -> Incoming:
    """An entry as it comes from Kafka."""
    envelope = Envelope(
        specversion="1.0",
        id=f"p{number}",
        source=f"/{subject.split('/')[1]}/office",
        type="twincity.opportunity.published.v1",
        subject=subject,
        time=datetime.fromtimestamp(0, UTC),
    )
    event = Event(envelope, EVENT_TYPE_OF[type(entry)], entry, to_json(entry))
    key, value, headers = event.to_message()
    size = len(value or b"")
    record = ConsumerRecord(
        "", 0, 0, 0, 0, key, value, 0, len(key), size, tuple(headers)
    )
    return Incoming(record)


def taken(processor: Processor, batch: list[Incoming]) -> Counter[str]:
    """Take a batch in; what it wrote, in bytes and records, by topic.

    As record batches, compressed as the service's are.
    """
    wrote: Counter[str] = Counter()
    batches: dict[tuple[str, int | None], BatchBuilder] = {}
    decided = [outcome for one in batch for outcome in settled(processor, one)]
    for outcome in (*decided, *settled(processor, None)):
        match outcome:
            case Publish():
                place = outcome.topic, outcome.partition
                builder = batches.setdefault(place, _batch())
                builder.append(
                    timestamp=None,
                    key=outcome.key,
                    value=outcome.value,
                    headers=list(outcome.headers),
                )
                wrote["records"] += 1
            case _:
                pass
    for (topic, _), builder in batches.items():
        builder.close()
        wrote[topic] += len(builder._build())  # noqa: SLF001  there is no public way
    processor.memory.commit()
    return wrote


def _batch() -> BatchBuilder:
    """A record batch of any size, compressed by gzip as matching's are."""
    return BatchBuilder(
        2**31 - 1, 1, is_transactional=True, key_serializer=None, value_serializer=None
    )


def settled(processor: Processor, one: Incoming | None) -> list[Any]:
    """Returns the outcomes of a statement, or of a batch's end; they are remembered."""
    outcomes = list(processor.finish() if one is None else processor.decide(one))
    for outcome in outcomes:
        if isinstance(outcome, Save):
            processor.memory.change(outcome.key, outcome.value)
    return outcomes


def lone_changes() -> None:
    """One statement a batch, decided and told, in pools like the demo's."""
    shown = table(
        "A lone change, decided and every record told (ms of CPU)",
        *("entries", "pairs possible", "load, s", "p50", "p99", "bytes", "records"),
        "target",
    )
    for size, events in WHOLE.items():
        processor = make_processor(Registry.load(Settings().parties))
        entries_ = listed(size)
        began = time.thread_time()
        first = [said(number, *one) for number, one in enumerate(entries_)]
        if size <= SAID_ONE_BY_ONE:
            for start in range(0, size, 1000):
                taken(processor, first[start : start + 1000])
        else:
            projection_of(processor).remember(one.event for one in first)
            pools_of(processor)
        load = time.thread_time() - began
        chance = random.Random(1)  # noqa: S311  seeded chance, not secrets
        took, wrote = [], Counter[str]()
        for number in range(events):
            subject, entry = chance.choice(entries_)
            other = chance.choice(entries_)[1].content[:40]
            changed = entry.model_copy(update={"content": entry.content + other})
            one = said(size + number, subject, changed)
            began = time.thread_time()
            wrote += taken(processor, [one])
            took.append((time.thread_time() - began) * 1000)
        pool = pools_of(processor).named("many")
        records, size_ = wrote.pop("records"), wrote.total() / events
        edges = sum(len(row) for row in pool.weights().values())
        took.sort()
        found = (took[events // 2], took[events * 99 // 100], size_)
        shown.add_row(
            *(f"{size:,}", f"{edges:,}", f"{load:.1f}"),
            *(f"{found[0]:.1f}", f"{found[1]:.1f}"),
            *(f"{size_:,.0f}", f"{records / events:.1f}", goal_of(size, found)),
        )
    console.print(shown)


def goal_of(size: int, found: tuple[float, float, float]) -> str:
    """The goal of a size beside what was found, if it has one."""
    if size not in GOALS:
        return ""
    p50, p99, most = GOALS[size]
    text = f"p50 ≤ {p50}, p99 ≤ {p99} ms" + (f", ≤ {most} bytes" if most else "")
    held = found[0] <= p50 and found[1] <= p99 and (not most or found[2] <= most)
    return text if held else f"{text} (missed)"


def projection_of(processor: Processor) -> Projection:
    """The projection behind a processor."""
    projection = processor.decide.__self__  # type: ignore[attr-defined]
    assert isinstance(projection, Projection)  # noqa: S101  as it was made
    return projection


def pools_of(processor: Processor) -> Pools:
    """The pools behind a processor."""
    pools = projection_of(processor).index
    assert isinstance(pools, Pools)  # noqa: S101  as it was made
    return pools


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
    shown = table(
        "One event, whole path, the demo's list (ms)",
        "pool of 1,070",
        "events",
        "mean",
        "p99",
        "target",
    )
    shown.add_row("growing", *row_of(growing, 5))
    shown.add_row("full", *row_of(full, 5))
    shown.add_row("full, certificate at each event", *row_of(proved, 5))
    console.print(shown)


def repair() -> None:
    """Repair alone, every kind of event."""
    shown = table(
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
                shown.add_row(f"{size:,}", spread, name, *row_of(took, target))
    console.print(shown)


def started(pool: Made, kind: type[Assignment]) -> Assignment:
    """A pool at its optimum, the quickest way."""
    solved = scale.solve(pool.weights, pool.capacities)
    duals = {side: dict(nodes.dual) for side, nodes in solved.sides.items()}
    return kind.resume(pool.weights, pool.capacities, solved.pairs(), duals)


def cold_start() -> None:
    """A whole pool, as after a restart; and its certificate."""
    shown = table(
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
                shown.add_row(
                    *(f"{size:,}", f"{method}, {name}"),
                    *(f"{took:.2f}", f"{proof:.2f}", "no" if problems else "yes"),
                )
    console.print(shown)


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
    found: dict[str, list[tuple[str, str]]] = {}
    for _ in range(events):
        for name, history in ours.items():
            took[name].append(history.next())
            found[name] = history.assignment.pairs()
        weights = history.assignment.sides["demand"].weights
        for name, peer in others.items():
            found[name], spent = peer(weights)
            took[name].append(spent)
    shown = table(
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
    first = sorted(found[next(iter(ours))])
    for name, pairs in found.items():
        held = Assignment.resume(weights, capacities, pairs, duals)
        score = sum(score_of(weights[d][s]) for d, s in pairs)
        shown.add_row(
            *(name, f"{mean(took[name]):.2f}", f"{sum(took[name]):.0f}"),
            *(f"{len(pairs):,}", f"{score:,}", f"{len(blocking(held)):,}"),
            "yes" if sorted(pairs) == first else "no",
        )
    console.print(shown)


if __name__ == "__main__":
    main()
