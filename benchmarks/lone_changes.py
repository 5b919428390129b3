"""A lone change of a pool like the demo's: one statement a batch, every record told."""

import random
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import count
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.producer.message_accumulator import BatchBuilder

from benchmarks.tables import console, table
from services.demo.opportunities import entries
from services.matching.pools import Pools
from services.matching.service import make_processor
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

WHOLE = {1070: 300, 5000: 100, 20_000: 60, 50_000: 60}
"""Sizes of the pools that are told whole, and how many changes each is given."""
MOST_ONE_BY_ONE = 5000
"""Larger pools are taken in at once, as after a restart: a record that is told for the
first time after it counts as written, so their bytes are an upper bound."""
GOALS = {1070: (5, 5, 5000), 50_000: (50, 50, None)}
"""By entries: milliseconds at p50 and p99, bytes."""


def listed(size: int) -> list[tuple[str, OpportunityPublished]]:
    """Entries of one pool, made as the demo's are."""
    named: list[tuple[str, OpportunityPublished]] = []
    for seed in count(2022):
        for subject, entry in entries(seed):
            if len(named) == size:
                return named
            party = subject.split("/")[1]
            named.append((f"opportunity/{party}/many-{len(named):05}", entry))
    raise AssertionError  # seeds do not end


def message_of(number: int, subject: str, entry: OpportunityPublished) -> Incoming:
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
    rows = table(
        "A lone change, decided and every record told (ms of CPU)",
        *("entries", "pairs possible", "load, s", "p50", "p99", "bytes", "records"),
        "target",
    )
    for size, events in WHOLE.items():
        processor = make_processor(Registry.load(Settings().parties))
        entries_ = listed(size)
        began = time.thread_time()
        first = [message_of(number, *one) for number, one in enumerate(entries_)]
        if size <= MOST_ONE_BY_ONE:
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
            one = message_of(size + number, subject, changed)
            began = time.thread_time()
            wrote += taken(processor, [one])
            took.append((time.thread_time() - began) * 1000)
        pool = pools_of(processor).named("many")
        records, size_ = wrote.pop("records"), wrote.total() / events
        edges = sum(len(row) for row in pool.weights().values())
        took.sort()
        measured = (took[events // 2], took[events * 99 // 100], size_)
        rows.add_row(
            *(f"{size:,}", f"{edges:,}", f"{load:.1f}"),
            *(f"{measured[0]:.1f}", f"{measured[1]:.1f}"),
            *(f"{size_:,.0f}", f"{records / events:.1f}", goal_of(size, measured)),
        )
    console.print(rows)


def goal_of(size: int, measured: tuple[float, float, float]) -> str:
    """The goal of a size beside what was measured, if it has one."""
    if size not in GOALS:
        return ""
    p50, p99, most = GOALS[size]
    text = f"p50 ≤ {p50}, p99 ≤ {p99} ms" + (f", ≤ {most} bytes" if most else "")
    bounds = zip(measured, GOALS[size], strict=True)
    held = all(bound is None or value <= bound for value, bound in bounds)
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
