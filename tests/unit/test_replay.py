"""Said twice, delivered in another order, or replayed: the same records.

Admission stops what was said before; behind it every kind of subject, of
coordination, matching and appraisal, comes to the bytes it came to before. The
histories are made of the contract's examples, which tell every mechanism.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.admission import service as admission
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.service import Processor
from tests.support.examples import EXAMPLES, read
from tests.support.folding import MAKERS, REGISTRY, Shard, incoming, interleaved
from tests.support.properties import PROPERTY
from twincity_schemas.message import Event
from twincity_schemas.topology import KINDS, inbox
from twincity_schemas.values import Subject

STATEMENTS = [
    event
    for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
    if event.type.is_statement
]
PARTIES = sorted({event.envelope.party for event in STATEMENTS})


def records(said: Iterable[Event[Any]], batch: int) -> dict[tuple[str, bytes], bytes]:
    """The present records of all three services, by topic and key."""
    gate = admission.make_processor(REGISTRY)
    shards = {service: Shard(service) for service in MAKERS}
    waiting: dict[str, list[Incoming]] = defaultdict(list)
    for number, event in enumerate(said, start=1):
        message = incoming(event, inbox(event.envelope.party))
        for passed in list(_admitted(gate, message)):
            kind = passed.topic.split(".")[1]
            readers = KINDS[kind].readers if passed.topic.endswith("statements") else ()
            for service in readers:
                waiting[service].append(incoming(passed, passed.topic))
        if number % batch == 0:
            _take(shards, waiting)
    _take(shards, waiting)
    return {k: v for shard in shards.values() for k, v in shard.records.items()}


def _take(shards: dict[str, Shard], waiting: dict[str, list[Incoming]]) -> None:
    for service, batch in waiting.items():
        shards[service].take_in(batch)
    waiting.clear()


def _admitted(gate: Processor, message: Incoming) -> Iterator[Publish]:
    """Act on admission's outcomes as a shard does; gives what is published."""
    for outcome in gate.decide(message):
        if isinstance(outcome, Save):
            gate.memory.put(outcome.key, outcome.value)
            gate.memory.commit()
        elif isinstance(outcome, Publish):
            yield outcome


@cache
def in_order() -> dict[tuple[str, bytes], bytes]:
    return records(histories_in_order(), batch=1)


def histories_in_order() -> list[Event[Any]]:
    return [event for party in PARTIES for event in of(party)]


@cache
def of(party: str) -> tuple[Event[Any], ...]:
    own = [event for event in STATEMENTS if event.envelope.party == party]
    return tuple(sorted(own, key=lambda e: (e.envelope.time, e.envelope.id)))


def test_the_examples_come_to_a_record_of_every_kind() -> None:
    kinds = {key.decode().partition("/")[0] for _, key in in_order()}
    assert kinds == {*KINDS, "pool"}


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_any_order_duplicates_and_batches_give_byte_equal_records(
    chance: random.Random, batch: int
) -> None:
    said = interleaved([of(party) for party in PARTIES], chance)
    # Each may be delivered again, any time after it came first.
    twice = list(said)
    for event in chance.sample(said, len(said) // 4):
        first = twice.index(event)
        twice.insert(chance.randint(first + 1, len(twice)), event)
    assert records(twice, batch) == in_order()


SHORT = [
    event
    for event in STATEMENTS
    if Subject.parse(event.envelope.subject).kind in {"project", "challenge", "plan"}
]


@PROPERTY
@given(st.lists(st.sampled_from(SHORT), max_size=12), st.randoms(use_true_random=False))
def test_what_is_delivered_twice_counts_once(
    said: list[Event[Any]], chance: random.Random
) -> None:
    twice = list(said)
    for event in said:
        twice.insert(chance.randint(twice.index(event) + 1, len(twice)), event)
    once = list({id(event): event for event in said}.values())
    assert records(twice, 5) == records(once, 5)
