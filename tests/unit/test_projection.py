"""The deriving engine, over every kind of every service.

The histories are the contract's examples, which tell every mechanism; what a kind
needs from other kinds (a board rests on projects) is among them.
"""

import json
import random
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.runtime import derivation
from services.runtime.kinds import Kind, Part, whole
from services.runtime.outcomes import DerivationFailed, Save
from services.runtime.projection import NotTaken, Projection
from services.runtime.sums import added
from tests.support.examples import EXAMPLES, read
from tests.support.folding import (
    MAKERS,
    Shard,
    batches,
    incoming,
    interleaved,
    told,
    without_effect,
)
from tests.support.saying import S11, described, event, reported
from twincity_schemas.message import Event
from twincity_schemas.topology import KINDS

STATEMENTS = [
    statement
    for statement in map(read, sorted(EXAMPLES.glob("*/*.json")))
    if statement.type.is_statement
]
PARTIES = sorted({statement.envelope.party for statement in STATEMENTS})
SERVICES = sorted(MAKERS)


def read_by(service: str) -> list[list[Event[Any]]]:
    """What a service takes in, by party and in the party's order."""
    return [
        sorted(
            (
                statement
                for statement in STATEMENTS
                if statement.envelope.party == party
                and service in KINDS[statement.type.subject].readers
            ),
            key=lambda s: (s.envelope.time, s.envelope.id),
        )
        for party in PARTIES
    ]


def undisturbed(service: str) -> Shard:
    shard = Shard(service)
    for party in read_by(service):
        for statement in party:
            shard.take([statement])
    return shard


CALM = {service: undisturbed(service) for service in SERVICES}


@pytest.mark.parametrize("kind", [*KINDS, "pool"])
def test_every_kind_comes_to_a_record(kind: str) -> None:
    service = KINDS[kind].service if kind in KINDS else "matching"
    subjects = {key.decode() for _, key in CALM[service].records}
    assert any(subject.startswith(f"{kind}/") for subject in subjects)


@pytest.mark.parametrize("service", SERVICES)
@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(1, 40))
def test_orders_batches_aborts_and_restarts_give_byte_equal_records(
    service: str, seed: int, size: int
) -> None:
    chance, shard = random.Random(seed), Shard(service)
    for batch in batches(interleaved(read_by(service), chance), size):
        while chance.random() < 0.2:
            shard.take(batch[: chance.randint(1, len(batch))], abort=True)
        shard.take(batch)
        if chance.random() < 0.2:
            shard.restart()
    assert shard.records == CALM[service].records


@pytest.mark.parametrize("service", SERVICES)
@settings(max_examples=5, deadline=None)
@given(st.integers(), st.integers(1, 20))
def test_an_abort_leaves_nothing_whatever_comes_after_it(
    service: str, seed: int, size: int
) -> None:
    """As where the record that a batch failed with becomes a dead letter."""
    chance, calm, shard = random.Random(seed), Shard(service), Shard(service)
    said = list(batches(interleaved(read_by(service), chance), size))
    for number, batch in enumerate(said):
        calm.take(batch)
        if chance.random() < 0.5:
            shard.take(chance.choice(said[number:]), abort=True)
        shard.take(batch)
        assert shard.published == calm.published
    assert shard.changelog == calm.changelog


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_published_twice_with_the_same_content(service: str) -> None:
    present: dict[tuple[str, bytes], bytes | None] = {}
    for one in CALM[service].published:
        if one.topic.endswith(".records"):
            place = one.topic, one.key
            assert present.get(place) != one.value, one.key
            present[place] = one.value


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_published_is_what_a_derivation_from_scratch_comes_to(
    service: str,
) -> None:
    projection = Projection(service, _table(service), _index(service))
    projection.remember(s for party in read_by(service) for s in party)
    subjects = {key.decode().partition("#")[0] for _, key in CALM[service].records}
    scratch: dict[tuple[str, bytes], bytes] = {}
    for subject in subjects:
        scratch |= projection.records(subject)
    for topic, key in CALM[service].records:
        assert scratch[topic, key] == CALM[service].records[topic, key]


def _table(service: str) -> tuple[Kind, ...]:
    module = MAKERS[service].__globals__
    table: tuple[Kind, ...] = module["KINDS"]
    return table


def _index(service: str) -> Any:
    return MAKERS[service].__globals__.get("Pools")


# --- what the engine refuses --------------------------------------------------


def test_a_type_that_no_part_takes_is_refused_at_the_start() -> None:
    class View(BaseModel):
        pass

    [first, *_] = {s.type.model for s in STATEMENTS if s.type.subject == "plan"}
    missing = [
        kind if kind.name != "plan" else whole("plan", View, (first,), *_NOTHING)
        for kind in _table("coordination")
    ]
    with pytest.raises(NotTaken, match=r"twincity\.plan\."):
        Projection("coordination", missing)


_NOTHING: Any = (lambda view, *_: view, lambda _: None, lambda _: None)


def test_what_is_too_much_gets_an_answer_and_the_subject_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(derivation, "LARGEST_STATE", 4_000)
    many = [
        event("progress.reported", "chengdu", S11, reported(source="据" * 190), f"r{n}")
        for n in range(3)
    ]
    whole_ = event("project.described", "chengdu", S11, described(), "d")
    long = event(
        "project.described", "deyang", S11, described(content="长" * 900), "long"
    )
    said = [whole_, long, *many]
    assert without_effect(S11, said) == {"long": "too_much"}
    records = told(S11, said)
    assert records[""].statements == len(said)
    assert records[""].members["deyang"].stance == "silent"
    assert "progress/2026-08" in records


def test_a_record_that_cannot_be_derived_is_named_and_tried_again() -> None:
    """A dispatch that fails once does not hold up its batch, and comes later."""
    shard = Shard("appraisal")
    history = [s for party in read_by("appraisal") for s in party]
    broken = {"now": True}
    projection: Projection = shard.processor.decide.__self__  # type: ignore[attr-defined]
    kind = projection.kinds["dispatch"]
    header, *others = kind.parts

    def derive(states: Any) -> Any:
        if broken["now"]:
            raise ZeroDivisionError
        return header.derive(states)

    clumsy = Part(header.name, header.view, header.takes, header.apply, derive)
    called = [s for s in history if s.type.subject == "dispatch"]
    shard.take(called)
    projection.kinds["dispatch"] = Kind("dispatch", (clumsy, *others), kind.topic)
    failed = []
    for said in history:
        if said.type.subject == "project":
            failed += _take(shard, said)
    assert {f.subject.partition("/")[0] for f in failed} == {"dispatch"}
    broken["now"] = False
    for said in history:
        if said.type.subject not in {"project", "dispatch"}:
            _take(shard, said)
    dispatches = {
        key: value
        for (_, key), value in CALM["appraisal"].records.items()
        if key.startswith(b"dispatch/")
    }
    assert dispatches.items() <= {k: v for (_, k), v in shard.records.items()}.items()


def _take(shard: Shard, said: Event[Any]) -> list[Any]:
    failed = []
    outcomes = list(shard.processor.decide(incoming(said)))
    for outcome in outcomes:
        if isinstance(outcome, Save):
            shard.processor.memory.put(outcome.key, outcome.value)
    for outcome in shard.processor.finish():
        match outcome:
            case Save(key, value):
                shard.processor.memory.put(key, value)
            case DerivationFailed():
                failed.append(outcome)
            case _ if outcome.value is not None:
                shard.topics[outcome.topic, outcome.key] = outcome.value
    shard.processor.memory.commit()
    return failed


# --- what a header says of its parts ------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers())
def test_a_header_counts_its_parts_and_anybody_can_compute_their_digest(
    seed: int,
) -> None:
    shard = Shard("coordination")
    for said in interleaved(read_by("coordination"), random.Random(seed)):
        shard.take([said])
    topics = shard.records
    [header] = [
        v for (t, k), v in topics.items() if k == S11.encode() and t.endswith("records")
    ]
    found: dict[str, tuple[int, str]] = {}
    for (_, key), value in topics.items():
        subject, _, part = key.decode().partition("#")
        if subject == S11 and part:
            count, digest = found.get(part.split("/")[0], (0, ""))
            one = sha256(part.encode() + b"\n" + value).hexdigest()
            found[part.split("/")[0]] = count + 1, added(digest, (one, 1))
    counted = parse_parts(header)
    assert counted == {k: (n, f"sha256:{d}") for k, (n, d) in found.items()}


def parse_parts(header: bytes) -> dict[str, tuple[int, str]]:
    parts = json.loads(header)["parts"]
    return {kind: (part["count"], part["digest"]) for kind, part in parts.items()}
