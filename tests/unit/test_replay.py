"""Said twice, delivered in another order, or replayed: the same records.

Admission stops what was said before; behind it every kind of subject, of
coordination, matching and appraisal, comes to the bytes it came to before. The
histories are made of the contract's examples, which tell every mechanism.
"""

import random
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from aiokafka import ConsumerRecord
from hypothesis import given, settings
from hypothesis import strategies as st

from services.admission import handlers as admission
from services.appraisal import handlers as appraisal
from services.coordination import handlers as coordination
from services.matching import handlers as matching
from services.runtime.delivery import Incoming
from services.runtime.outcomes import Outcome, Publish, Save
from services.runtime.service import Mind
from services.runtime.settings import Settings
from tests.support.examples import EXAMPLES, read
from tests.support.folding import interleaved
from twincity_schemas.catalogue import KINDS, inbox
from twincity_schemas.message import Event
from twincity_schemas.parties import Registry
from twincity_schemas.values import Subject

REGISTRY = Registry.load(Settings().parties)
MAKERS = {
    "coordination": coordination.make_mind,
    "matching": matching.make_mind,
    "appraisal": appraisal.make_mind,
}
STATEMENTS = [
    event
    for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
    if event.type.is_statement
]
PARTIES = sorted({event.envelope.party for event in STATEMENTS})


def incoming(topic: str, said: Event[Any] | Publish) -> Incoming:
    key, value, headers = (
        (said.key, said.value, said.headers)
        if isinstance(said, Publish)
        else said.to_message()
    )
    size = len(value or b"")
    record = ConsumerRecord(
        topic, 0, 0, 0, 0, key, value, 0, len(key), size, tuple(headers)
    )
    return Incoming(record)


def acted(mind: Mind, outcomes: Iterable[Outcome[Any]]) -> Iterator[Publish]:
    """Act on outcomes as a shard does; gives what is published."""
    for outcome in outcomes:
        if isinstance(outcome, Save):
            written = mind.memory.put(outcome.key, outcome.value)
            mind.memory.commit()
            mind.memory.restore(outcome.key, written)
        else:
            yield outcome


def records(said: Iterable[Event[Any]], batch: int) -> dict[tuple[str, bytes], bytes]:
    """The present records of all three services, by topic and key."""
    gate = admission.make_mind(REGISTRY)
    minds = {service: make(REGISTRY) for service, make in MAKERS.items()}
    present: dict[tuple[str, bytes], bytes] = {}
    for number, event in enumerate(said, start=1):
        message = incoming(inbox(event.envelope.party), event)
        for passed in list(acted(gate, gate.decide(message))):
            kind = passed.topic.split(".")[1]
            readers = KINDS[kind].readers if passed.topic.endswith("statements") else ()
            for service in readers:
                mind = minds[service]
                told = mind.decide(incoming(passed.topic, passed))
                _keep(present, acted(mind, told))
        if number % batch == 0:
            _finish(present, minds)
    _finish(present, minds)
    return present


def _finish(present: dict[tuple[str, bytes], bytes], minds: dict[str, Mind]) -> None:
    for mind in minds.values():
        _keep(present, acted(mind, mind.finish()))


def _keep(
    present: dict[tuple[str, bytes], bytes], published: Iterable[Publish]
) -> None:
    """What compaction keeps; candidates are told as of their statement."""
    for one in published:
        if not one.topic.endswith(".records"):
            continue
        if one.value is None:
            present.pop((one.topic, one.key), None)
        else:
            present[one.topic, one.key] = one.value


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


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(SHORT), max_size=12), st.randoms(use_true_random=False))
def test_what_is_delivered_twice_counts_once(
    said: list[Event[Any]], chance: random.Random
) -> None:
    twice = list(said)
    for event in said:
        twice.insert(chance.randint(twice.index(event) + 1, len(twice)), event)
    once = list({id(event): event for event in said}.values())
    assert records(twice, 5) == records(once, 5)
