"""Statements taken in by a projection, for tests of any kind of subject."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aiokafka import ConsumerRecord

from services.appraisal import service as appraisal
from services.coordination import service as coordination
from services.matching import service as matching
from services.runtime.derivation import Derivation
from services.runtime.incoming import Incoming
from services.runtime.outcomes import DerivationFailed, Outcome, Publish, Save
from services.runtime.projection import Projection
from services.runtime.service import Processor
from services.runtime.settings import Settings
from twincity_schemas.message import Event, parse
from twincity_schemas.parties import Registry
from twincity_schemas.topology import KINDS
from twincity_schemas.values import Subject

REGISTRY = Registry.load(Settings().parties)
TABLES = {"coordination": coordination.KINDS, "appraisal": appraisal.KINDS}
MAKERS = {
    "coordination": coordination.make_processor,
    "matching": matching.make_processor,
    "appraisal": appraisal.make_processor,
}


def incoming(said: Event[Any] | Publish, topic: str = "") -> Incoming:
    key, value, headers = (
        (said.key, said.value, said.headers)
        if isinstance(said, Publish)
        else said.to_message()
    )
    size = len(value or b"")
    said_at = 0 if isinstance(said, Publish) else int(said.envelope.time.timestamp())
    record = ConsumerRecord(
        topic, 0, 0, said_at * 1000, 0, key, value, 0, len(key), size, tuple(headers)
    )
    return Incoming(record)


class Shard:
    """A service's processor without a broker: batches, commits, aborts, restarts.

    Attributes:
        changelog: what a restart reads back.
        topics: the last value of each key, by topic; what compaction keeps.
        published: everything, in order.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.processor: Processor = MAKERS[service](REGISTRY)
        self.changelog: dict[str, bytes | None] = {}
        self.topics: dict[tuple[str, bytes], bytes] = {}
        self.published: list[Publish] = []

    def take(self, batch: Iterable[Event[Any]], *, abort: bool = False) -> None:
        """One batch as one transaction; an aborted one leaves nothing behind."""
        self.take_in([incoming(said) for said in batch], abort=abort)

    def take_in(self, batch: Iterable[Incoming], *, abort: bool = False) -> None:
        changes: dict[str, bytes | None] = {}
        sent: list[Publish] = []
        for said in batch:
            for outcome in list(self.processor.decide(said)):
                self._act(outcome, changes, sent)
        for outcome in self.processor.finish():
            self._act(outcome, changes, sent)
        if abort:
            self.processor.memory.rollback()
            return
        self.processor.memory.commit()
        self.changelog |= changes
        self.published += sent
        for one in sent:
            if one.value is None:
                self.topics.pop((one.topic, one.key), None)
            else:
                self.topics[one.topic, one.key] = one.value

    def _act(
        self,
        outcome: Outcome[Any],
        changes: dict[str, bytes | None],
        sent: list[Publish],
    ) -> None:
        match outcome:
            case Save(key, value):
                changes[key] = self.processor.memory.put(key, value)
            case Publish():
                sent.append(outcome)
            case DerivationFailed():
                raise AssertionError(outcome)

    def restart(self) -> None:
        """Begin anew with what the changelog holds."""
        self.processor = MAKERS[self.service](REGISTRY)
        for key, value in self.changelog.items():
            self.processor.memory.restore(key, value)

    def fork(self) -> "Shard":
        """Another that goes on from here, as after a restart; this one stays."""
        other = Shard(self.service)
        other.changelog, other.topics = {**self.changelog}, {**self.topics}
        other.published = [*self.published]
        other.restart()
        return other

    @property
    def records(self) -> dict[tuple[str, bytes], bytes]:
        """The present records, by topic and key."""
        return {
            place: value
            for place, value in self.topics.items()
            if place[0].endswith(".records")
        }

    def events(self, fact: str) -> Iterator[Any]:
        """The data of every event of a kind that was published, in order."""
        for one in self.published:
            if one.value is not None:
                event = parse(one.headers, one.value)
                if event.type.fact == fact:
                    yield event.data


def batches(said: Sequence[Event[Any]], size: int) -> Iterator[Sequence[Event[Any]]]:
    for begins in range(0, len(said), size):
        yield said[begins : begins + size]


def told(
    subject: Subject | str, statements: Iterable[Event[Any]], size: int = 1
) -> dict[str, Any]:
    """The records about a subject after the statements, by part; ``""`` is its own."""
    shard = Shard(KINDS[str(subject).partition("/")[0]].service)
    for batch in batches(list(statements), size):
        shard.take(batch)
    return parts(shard, subject)


def parts(shard: Shard, subject: Subject | str) -> dict[str, Any]:
    """The present records about a subject, by part."""
    latest = {
        one.key: one
        for one in shard.published
        if one.value is not None and one.topic.endswith(".records")
    }
    return {
        key.decode().partition("#")[2]: parse(
            latest[key].headers, latest[key].value
        ).data
        for _, key in shard.records
        if key.decode().partition("#")[0] == str(subject)
    }


def settled(subject: Subject | str, statements: Sequence[Event[Any]]) -> dict[str, Any]:
    """The records about a subject, derived once after all the statements.

    For properties of what a history comes to; that it comes to the same statement by
    statement is theirs who compare orders and batches.
    """
    service = KINDS[str(subject).partition("/")[0]].service
    projection = Projection(service, TABLES[service])
    projection.remember(statements)
    derivation = Derivation(
        service, projection.kinds, projection.nodes, None, statements[-1].envelope
    )
    derivation.derive(str(subject), ())
    return {
        one.key.decode().partition("#")[2]: parse(one.headers, one.value).data
        for one in derivation.outcomes()
        if isinstance(one, Publish) and one.value and one.topic.endswith(".records")
    }


def tell(subject: Subject | str, statements: Iterable[Event[Any]]) -> Any:
    """The subject's own record after the statements; None if there is none."""
    return told(subject, statements).get("")


def spelled(
    subject: Subject | str, statements: Iterable[Event[Any]]
) -> dict[tuple[str, bytes], bytes]:
    """Every record about a subject, by topic and key, as bytes."""
    shard = Shard(KINDS[str(subject).partition("/")[0]].service)
    for statement in statements:
        shard.take([statement])
    return {
        (topic, key): value
        for (topic, key), value in shard.records.items()
        if key.decode().partition("#")[0] == str(subject)
    }


def interleaved(
    histories: Sequence[Sequence[Event[Any]]], chance: random.Random
) -> list[Event[Any]]:
    """One of the orders in which the parties' statements can arrive."""
    turns = [i for i, history in enumerate(histories) for _ in history]
    chance.shuffle(turns)
    waiting = [iter(history) for history in histories]
    return [next(waiting[turn]) for turn in turns]


def without_effect(
    subject: Subject | str, statements: Iterable[Event[Any]]
) -> dict[str, str]:
    """The statements that were given notice and have no effect now, and why."""
    shard = Shard(KINDS[str(subject).partition("/")[0]].service)
    for statement in statements:
        shard.take([statement])
    found: dict[str, str] = {}
    for notice in shard.events("notice.issued"):
        if notice.no_effect is None:
            found.pop(notice.statement, None)
        else:
            found[notice.statement] = notice.no_effect.code
    return found
