"""Operators' acts, without a broker: what each does to a queue, and what not."""

from collections.abc import AsyncGenerator, Sequence
from math import inf
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.coordination import service as coordination
from services.runtime.deadletters import DeadLetters
from services.runtime.deciding import Deciding, note_nothing
from services.runtime.failures import BatchFails, Repeat
from services.runtime.incoming import Incoming
from services.runtime.layout import WHOLE, inputs_of
from services.runtime.outcomes import Publish
from services.runtime.reading import Record
from services.runtime.redriving import RESTORED, Redriving, Share
from services.runtime.settings import Settings
from services.runtime.shard import Shard
from services.runtime.waiting import Waits
from tests.support.faulty import faulty
from tests.support.folding import REGISTRY, incoming
from tests.support.saying import S11, described, event
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse, to_json
from twincity_schemas.notice import NoticeIssued
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardConfirmed,
    DiscardDecided,
    Origin,
    RedriveAsked,
)
from twincity_schemas.topology import OPERATIONS, PROJECT_STATEMENTS, topics

SOURCE = TopicPartition(PROJECT_STATEMENTS, 5)
QUEUE = SOURCE, S11
ALL = Share(most=100, until=float("inf"))


class Bench:
    """One shard with three dead letters, and what it sends."""

    def __init__(self, *, since: float = inf, **fails: Exception) -> None:
        self._takes_two = lambda seconds: seconds >= since
        make = faulty(
            coordination.make_processor, lambda one: fails.get(f"s{one.record.offset}")
        )
        processor = make(REGISTRY)
        inputs = inputs_of("coordination", WHOLE, topics(REGISTRY), "")
        self.shard = Shard[Any](
            "coordination", WHOLE, inputs, processor.memory, Settings()
        )
        self.sent: list[Publish] = []
        self.shard.send = self._send  # type: ignore[method-assign]
        self.shard.reread = self._reread  # type: ignore[method-assign]
        self.deciding = Deciding(self.shard, processor.decide)
        self.dead_letters = DeadLetters(
            self.shard, self.deciding, note_nothing, frozenset({"chengdu"})
        )
        self.redriving = Redriving(
            self.shard, self.deciding, self.dead_letters, self._takes_two
        )
        self.records = {offset: _statement(offset) for offset in (0, 1, 2)}

    async def fail_three(self) -> None:
        reasons = [
            DeadLetterReason.UNDECIDED,
            DeadLetterReason.BEHIND,
            DeadLetterReason.BEHIND,
        ]
        for record, reason in zip(self.records.values(), reasons, strict=True):
            await self.dead_letters.put(Incoming(record), Waits(reason), "why")
        self.shard.waiting.commit()
        self.sent.clear()

    async def take(
        self, act: Act, share: Share = ALL, event: str = "act", at: float = 0.0
    ) -> bool:
        said = _said(act, event)
        said.record.timestamp = int(at * 1000)
        return await self.redriving.take(said, share)

    @property
    def left(self) -> list[int]:
        return self.shard.waiting.offsets(QUEUE)

    @property
    def told(self) -> list[tuple[str, str]]:
        events = [
            parse(one.headers, one.value)
            for one in self.sent
            if ".receipts." in one.topic
        ]
        return [
            (one.data.statement, one.data.kind.value)
            for one in events
            if isinstance(one.data, NoticeIssued)
        ]

    async def _send(self, message: Publish) -> None:
        self.sent.append(message)

    async def _reread(
        self, source: TopicPartition, offsets: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Record | None]]:
        assert source == SOURCE
        for offset in offsets:
            yield offset, self.records.get(offset)


def _statement(offset: int) -> Record:
    # Each of another year: said again of the same, it would be told as a correction.
    whole = described(name=f"{offset}", as_of=f"{2000 + offset}")
    said = event("project.described", "chengdu", S11, whole, f"{offset}")
    record: Any = incoming(said, PROJECT_STATEMENTS).record
    record.partition, record.offset = SOURCE.partition, offset
    return record


def _act(kind: Any, offset: int = 0, **other: str) -> Act:
    origin = Origin(topic=SOURCE.topic, partition=SOURCE.partition, offset=offset)
    said = {"service": "coordination", "subject": S11, "by": "王敏", "why": "已修复"}
    act: Act = kind(origin=origin, **{**said, **other})
    return act


def _said(act: Act, event: str = "act") -> Incoming:
    event_type = EVENT_TYPE_OF[type(act)]
    envelope = Envelope.model_validate(
        {
            "specversion": "1.0",
            "id": event,
            "source": "/twincity/operations",
            "type": event_type.name,
            "subject": "operations/coordination",
            "time": "2026-11-26T09:00:00+08:00",
        }
    )
    return incoming(Event(envelope, event_type, act, to_json(act)), OPERATIONS)


@pytest.mark.parametrize("kind", [RedriveAsked, DiscardDecided])
async def test_an_act_of_another_cluster_is_not_done_again(kind: Any) -> None:
    bench = Bench()
    await bench.fail_three()
    act = _said(_act(kind))
    act.record.headers = (*act.record.headers, (RESTORED, b"true"))
    assert await bench.redriving.take(act, ALL)
    assert bench.left == [0, 1, 2]
    assert bench.sent == []


async def test_a_redrive_releases_in_order() -> None:
    bench = Bench()
    await bench.fail_three()
    assert await bench.take(_act(RedriveAsked))
    assert bench.left == []
    assert bench.told == [("0", "released"), ("1", "released"), ("2", "released")]


async def test_the_first_that_fails_again_keeps_the_rest() -> None:
    bench = Bench(s1=ValueError("no"))
    await bench.fail_three()
    assert await bench.take(_act(RedriveAsked))
    assert bench.left == [1, 2]
    assert bench.told == [("0", "released")]  # it waits as before: nothing is told
    waits = bench.shard.waiting.get(QUEUE, 1)
    assert waits is not None
    assert waits.reason is DeadLetterReason.UNDECIDED


async def test_what_does_not_fit_one_transaction_comes_again() -> None:
    bench = Bench()
    await bench.fail_three()
    act = _act(RedriveAsked)
    assert not await bench.take(act, Share(most=2, until=float("inf")))
    assert bench.left == [2]
    assert await bench.take(act)
    assert [statement for statement, _ in bench.told] == ["0", "1", "2"]


async def test_time_cuts_an_act_but_not_before_one_is_decided() -> None:
    bench = Bench()
    await bench.fail_three()
    assert not await bench.take(_act(RedriveAsked), Share(most=100, until=0.0))
    assert bench.left == [1, 2]


async def test_a_discard_lets_those_behind_go_on() -> None:
    bench = Bench(s0=ValueError("never"))
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided))
    assert bench.left == []
    assert bench.told == [("0", "discarded"), ("1", "released"), ("2", "released")]


async def test_a_discard_of_one_behind_moves_nothing_else() -> None:
    bench = Bench()
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided, 1))
    assert bench.left == [0, 2]
    assert bench.told == [("1", "discarded")]


@pytest.mark.parametrize(
    "act",
    [
        _act(RedriveAsked, 1),  # not past what keeps it behind
        _act(DiscardDecided, 7),
        _act(RedriveAsked, service="matching"),
        _act(RedriveAsked, subject="project/chengdu.deyang/other"),
    ],
)
async def test_what_does_not_concern_the_queue_changes_nothing(act: Act) -> None:
    bench = Bench()
    await bench.fail_three()
    assert await bench.take(act)
    assert (bench.left, bench.sent) == ([0, 1, 2], [])


async def test_an_original_that_is_gone_stays_until_it_is_discarded() -> None:
    bench = Bench()
    await bench.fail_three()
    del bench.records[0]
    assert await bench.take(_act(RedriveAsked))
    assert bench.left == [0, 1, 2]
    assert await bench.take(_act(DiscardDecided))
    assert bench.left == []


async def test_what_may_pass_repeats_the_whole_batch() -> None:
    bench = Bench(s0=OSError("no space left on device"))
    await bench.fail_three()
    for _ in range(4):
        with pytest.raises(Repeat):
            await bench.take(_act(RedriveAsked))
    assert await bench.take(_act(RedriveAsked))
    waits = bench.shard.waiting.get(QUEUE, 0)
    assert waits is not None
    assert waits.reason is DeadLetterReason.REPEATED


async def test_the_first_of_an_act_that_fails_its_batch_is_a_dead_letter_again() -> (
    None
):
    bench = Bench()
    await bench.fail_three()
    assert await bench.take(_act(RedriveAsked), Share(1, float("inf"), fails=True))
    waits = bench.shard.waiting.get(QUEUE, 0)
    assert waits == Waits(DeadLetterReason.BATCH, 2)
    assert str(BatchFails()) in _error(bench.sent[0])


async def test_what_is_no_act_is_passed_over() -> None:
    bench = Bench()
    await bench.fail_three()
    other = event("project.described", "chengdu", S11, described())
    assert await bench.redriving.take(incoming(other, OPERATIONS), ALL)
    broken = Publish(OPERATIONS, b"", b"?", ())
    assert await bench.redriving.take(incoming(broken, OPERATIONS), ALL)
    assert bench.left == [0, 1, 2]


def _error(letter: Publish) -> str:
    return dict(letter.headers)["twincity-error"].decode()


def _confirmed(decision: str = "d1", by: str = "李强", offset: int = 0) -> Act:
    return _act(DiscardConfirmed, offset, decision=decision, by=by)


async def test_where_two_are_needed_one_alone_discards_nothing() -> None:
    bench = Bench(since=10)
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided), event="d1", at=10)
    assert bench.left == [0, 1, 2]
    assert bench.sent == []  # nobody is told of what has not come to be
    assert await bench.take(_confirmed(), at=11)
    assert bench.left == []
    assert bench.told == [("0", "discarded"), ("1", "released"), ("2", "released")]
    [notice] = [
        data
        for one in bench.sent
        if ".receipts." in one.topic
        and isinstance(data := parse(one.headers, one.value).data, NoticeIssued)
        and data.statement == "0"
    ]
    assert notice.why == "已修复"  # the decision's reason


@pytest.mark.parametrize(
    "second",
    [
        _confirmed(by="王敏"),
        _confirmed(by=" 王　敏 "),  # as another keyboard types it
        _confirmed(decision="another"),
        _confirmed(offset=1),
        _act(DiscardDecided),
        _act(DiscardDecided, by="李强"),  # decides anew: the first may confirm that
    ],
)
async def test_what_is_no_second_person(second: Act) -> None:
    bench = Bench(since=10)
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided), event="d1", at=10)
    assert await bench.take(second, event="d2", at=11)
    assert bench.left == [0, 1, 2]
    assert bench.told == []


async def test_the_decision_that_stands_is_confirmed() -> None:
    bench = Bench(since=10)
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided), event="d1", at=10)
    assert await bench.take(_act(DiscardDecided, by="李强"), event="d2", at=11)
    assert await bench.take(_confirmed("d1", by="赵云"), at=12)
    assert bench.left == [0, 1, 2]
    assert await bench.take(_confirmed("d2", by="王敏"), at=13)
    assert bench.left == []


async def test_a_confirmation_without_a_decision_does_nothing() -> None:
    bench = Bench()
    await bench.fail_three()
    assert await bench.take(_confirmed())
    assert bench.left == [0, 1, 2]


async def test_what_was_recorded_before_the_day_takes_one_person() -> None:
    bench = Bench(since=10)
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided), at=9.999)
    assert bench.left == []


async def test_a_decision_outlives_a_redrive_that_fails_and_a_restart() -> None:
    bench = Bench(since=10, s0=ValueError("no"))
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided), event="d1", at=10)
    assert await bench.take(_act(RedriveAsked), at=11)
    assert bench.left == [0, 1, 2]
    waits = bench.shard.waiting.get(QUEUE, 0)
    assert waits is not None
    assert waits.tried == 2
    key, value = bench.shard.waiting.change(QUEUE, 0, waits)
    bench.shard.waiting.commit()
    bench.shard.waiting.change(QUEUE, 0, None)
    bench.shard.waiting.restore(SOURCE, key, value)  # as its changelog has it
    assert await bench.take(_confirmed(), at=12)
    assert bench.left == []


async def test_an_aborted_batch_forgets_the_decision() -> None:
    bench = Bench(since=10)
    await bench.fail_three()
    assert await bench.take(_act(DiscardDecided), event="d1", at=10)
    bench.shard.waiting.rollback()
    assert await bench.take(_confirmed(), at=11)
    assert bench.left == [0, 1, 2]
