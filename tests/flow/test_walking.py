"""Statements in, records out: the services on FastStream's in-memory broker."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from faststream.kafka import KafkaBroker, TestKafkaBroker, TopicPartition

from services.admission import service as admission
from services.coordination import service as coordination
from services.matching import service as matching
from services.runtime.incoming import Incoming, decode_batch, parse_batch
from services.runtime.outcomes import Publish, Save
from services.runtime.partitions import partition_of
from services.runtime.service import MakeProcessor, Processor, compose
from services.runtime.settings import Settings
from tests.support.examples import EXAMPLES, read, story
from tests.support.saying import S11, described, entry, envelope, reported, supply
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse, to_json
from twincity_schemas.parties import Registry
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.topology import (
    KINDS,
    MATCHING_RECORDS,
    OPPORTUNITY_STATEMENTS,
    PROJECT_STATEMENTS,
    dead_letters,
    inbox,
    receipts,
    statements,
)


class Flow:
    """A service on the in-memory broker, and what it put out."""

    def __init__(self, broker: KafkaBroker) -> None:
        self.broker = broker
        self.put_out: list[tuple[str, Event[Any] | None]] = []

    async def say(
        self, topic: str, said: Envelope, data: Any, *, partition: int = 0
    ) -> None:
        headers = {name: text.decode() for name, text in said.to_headers()}
        value = data if isinstance(data, bytes) else json.dumps(data).encode()
        await self.broker.publish(
            value,
            topic,
            key=said.subject.encode(),
            headers=headers,
            partition=partition,
        )

    def of(self, topic: str) -> list[Any]:
        return [e.data for name, e in self.put_out if name == topic and e is not None]


def aborted_once(make_processor: MakeProcessor) -> MakeProcessor:
    """Every batch is decided, taken back and decided again: it must leave nothing."""

    def make(registry: Registry) -> Processor:
        processor = make_processor(registry)

        def decide(incoming: Incoming) -> Iterator[Any]:
            for step in (lambda: processor.decide(incoming), processor.finish):
                for outcome in list(step()):
                    if isinstance(outcome, Save):
                        processor.memory.put(outcome.key, outcome.value)
            processor.memory.rollback()
            yield from processor.decide(incoming)

        return replace(processor, decide=decide)

    return make


@asynccontextmanager
async def flow(service: str, make_processor: Any, *outputs: str) -> AsyncIterator[Flow]:
    broker = compose(service, aborted_once(make_processor), Settings()).broker
    seen = Flow(broker)

    def listen(topic: str) -> None:
        @broker.subscriber(
            partitions=[TopicPartition(topic, p) for p in range(8)],
            batch=True,
            parser=parse_batch,
            decoder=decode_batch,
        )
        async def take(batch: Any) -> None:
            for incoming in batch:
                record = incoming.record
                event = parse(record.headers, record.value) if record.value else None
                seen.put_out.append((topic, event))

    for topic in outputs:
        listen(topic)
    async with TestKafkaBroker(broker):
        yield seen


async def test_a_statement_is_accepted_and_passed_on() -> None:
    outputs = (PROJECT_STATEMENTS, receipts("chengdu"))
    async with flow("admission", admission.make_processor, *outputs) as seen:
        said = envelope("project.described", "chengdu", S11)
        await seen.say(inbox("chengdu"), said, described())
        await seen.say(inbox("chengdu"), said, described())
        await seen.say(inbox("chengdu"), said, described(name="另一个"))
    assert [r.verdict for r in seen.of(receipts("chengdu"))] == [
        "accepted",
        "duplicate",
        "rejected",
    ]
    assert seen.of(receipts("chengdu"))[2].problems[0].code == "id_reused"
    assert [s.name for s in seen.of(PROJECT_STATEMENTS)] == ["S11"]


async def test_broken_data_in_anothers_name_gets_one_receipt_with_everything() -> None:
    async with flow("admission", admission.make_processor, receipts("chengdu")) as seen:
        said = envelope("project.described", "deyang", S11)
        await seen.say(inbox("chengdu"), said, {"name": ""})
    [receipt] = seen.of(receipts("chengdu"))
    codes = [problem.code for problem in receipt.problems]
    assert receipt.verdict == "rejected"
    assert {"foreign_source", "missing", "string_too_short"} <= set(codes)


async def test_whatever_is_said_gets_a_receipt_that_fits() -> None:
    """Endless ids, endless problems, too large a body: one receipt each."""
    endless = envelope("project.described", "chengdu", S11).model_copy(
        update={"id": "x" * 5000}
    )
    nested = b'{"a":' * 5000 + b"1" + b"}" * 5000
    many = {"figures": {f"F{n}": {} for n in range(1500)}}
    async with flow("admission", admission.make_processor, receipts("chengdu")) as seen:
        said = envelope("project.described", "chengdu", S11)
        await seen.say(inbox("chengdu"), endless, described())
        await seen.say(inbox("chengdu"), said, many)
        await seen.say(inbox("chengdu"), said, nested)
        await seen.say(inbox("chengdu"), said, b"[" + b"1," * 100_000 + b"1]")
        await seen.say(inbox("chengdu"), said, {f"k{n}": 1 for n in range(3000)})
    told = seen.of(receipts("chengdu"))
    assert [receipt.verdict for receipt in told] == ["rejected"] * 5
    assert len(told[0].statement) == 256
    assert told[1].problems[-1].code == "and_more"
    assert len(told[1].problems) == 101
    assert told[3].problems[0].code == "too_large"


async def test_an_unknown_field_is_a_warning() -> None:
    async with flow("admission", admission.make_processor, receipts("chengdu")) as seen:
        said = envelope("project.described", "chengdu", S11)
        await seen.say(inbox("chengdu"), said, described(total_invesment="3"))
    [receipt] = seen.of(receipts("chengdu"))
    assert receipt.verdict == "accepted"
    assert receipt.warnings[0].pointer == "/total_invesment"


async def test_descriptions_become_a_record() -> None:
    topic = "twincity.transport.records"
    async with flow("coordination", coordination.make_processor, topic) as seen:
        for party in ("chengdu", "deyang"):
            said = envelope("project.described", party, S11)
            await seen.say(PROJECT_STATEMENTS, said, described())
        said = envelope("progress.reported", "chengdu", S11)
        await seen.say(PROJECT_STATEMENTS, said, reported())
    headers = [r for r in seen.of(topic) if isinstance(r, ProjectRecorded)]
    assert [r.agreement for r in headers] == ["single", "agreed", "agreed"]
    [period] = [r for r in seen.of(topic) if isinstance(r, ProgressRecorded)]
    assert period.by["chengdu"].lead > 0
    assert headers[-1].parts["progress"].count == 1


@pytest.mark.parametrize(
    ("subject", "domain", "recorded"),
    [
        (
            "policy/chengdu.chongqing/one-code-transit",
            "city-services",
            "policy.recorded/second-turn-after-a-finding",
        ),
        (
            "plan/chengdu.chongqing/liangjiang-cell",
            "industry",
            "plan.recorded/one-effective-one-wanting-one-late",
        ),
        (
            "chain/chengdu.chongqing/automobile",
            "industry",
            "chain.recorded/shared-roles-disputed-headquarters-one-gap-open",
        ),
    ],
)
async def test_every_kind_of_subject_becomes_its_record(
    subject: str, domain: str, recorded: str
) -> None:
    told, topic = story(subject), f"twincity.{domain}.records"
    notices = receipts("chongqing")
    async with flow(
        "coordination", coordination.make_processor, topic, notices
    ) as seen:
        for event in told:
            kind = statements(event.type.subject)
            await seen.say(kind, event.envelope, to_json(event.data))
    assert read(EXAMPLES / f"{recorded}.json").data in seen.of(topic)
    assert seen.of(notices) == []


async def test_what_has_no_effect_is_told_to_whoever_said_it() -> None:
    [described, *_, filled] = story("chain/chengdu.chongqing/automobile")
    async with flow(
        "coordination", coordination.make_processor, receipts("chengdu")
    ) as seen:
        for event in (described, filled):
            await seen.say(statements("chain"), event.envelope, to_json(event.data))
    [notice] = seen.of(receipts("chengdu"))
    assert notice.no_effect.code == "not_declared"


async def test_a_record_that_changes_its_domain_leaves_a_tombstone() -> None:
    old, new = "twincity.transport.records", "twincity.innovation.records"
    async with flow("coordination", coordination.make_processor, old, new) as seen:
        said = envelope("project.described", "chengdu", S11)
        await seen.say(PROJECT_STATEMENTS, said, described())
        await seen.say(
            PROJECT_STATEMENTS, said, described(domain="innovation", as_of="2023-04")
        )
    assert [(topic, event is None) for topic, event in seen.put_out] == [
        (old, False),
        (old, True),
        (new, False),
    ]


async def test_a_declined_pair_is_not_recommended_again() -> None:
    demand = "opportunity/chengdu/2022-1-0001"
    pool = partition_of(demand, KINDS["opportunity"].partitions)
    first, second = "opportunity/deyang/2022-1-0002", "opportunity/meishan/2022-1-0003"
    async with flow("matching", matching.make_processor, MATCHING_RECORDS) as seen:
        for subject, data in (
            (demand, entry()),
            (first, supply()),
            (second, supply(regions=["510106"], qualifications=["市政总承包"])),
        ):
            said = envelope("opportunity.published", subject.split("/")[1], subject)
            await seen.say(OPPORTUNITY_STATEMENTS, said, data, partition=pool)
        [_, _, paired] = [r for r in seen.of(MATCHING_RECORDS) if _about(r, demand)]
        chosen = paired.pairs[0].counterpart
        said = envelope("match.declined", "chengdu", demand)
        answer = {"counterpart": chosen, "reason": "已另行委托"}
        await seen.say(OPPORTUNITY_STATEMENTS, said, answer, partition=pool)
    last = [r for r in seen.of(MATCHING_RECORDS) if _about(r, demand)][-1]
    assert chosen == second  # the same county is nearer than the same city
    assert [pair.counterpart for pair in last.pairs] == [first]
    assert last.declined == (second,)
    [pool] = [r for r in seen.of(MATCHING_RECORDS) if not hasattr(r, "subject")][-1:]
    assert pool.certificate.total == pool.certificate.dual_total


def _about(record: Any, subject: str) -> bool:
    return getattr(record, "subject", "") == subject


async def test_what_cannot_be_processed_waits_in_order_and_others_flow() -> None:
    broken, well = S11, "project/chengdu.meishan/s5"
    letters, out = dead_letters("coordination"), "twincity.transport.records"

    def clumsy(registry: Any) -> Processor:
        processor = coordination.make_processor(registry)

        def decide(statement: Any) -> Any:
            if statement.envelope.id == "bad":
                raise ZeroDivisionError
            return processor.decide(statement)

        return Processor(processor.memory, decide)

    async with flow("coordination", clumsy, letters, out) as seen:
        for subject, id_ in ((broken, "bad"), (broken, "2"), (well, "3")):
            said = envelope("project.described", "chengdu", subject, id_)
            await seen.say(PROJECT_STATEMENTS, said, described())
    waiting = [e for topic, e in seen.put_out if topic == letters and e is not None]
    assert [event.envelope.id for event in waiting] == ["bad", "2"]
    assert [record.subject for record in seen.of(out)] == [well]


async def test_a_summary_that_does_not_fit_holds_nothing_up() -> None:
    out, summaries = "twincity.transport.records", MATCHING_RECORDS

    def talkative(registry: Any) -> Processor:
        processor = coordination.make_processor(registry)
        too_much = Publish(summaries, b"pool", b" " * 2_000_000)
        return Processor(processor.memory, processor.decide, lambda: [too_much])

    async with flow("coordination", talkative, out, summaries) as seen:
        said = envelope("project.described", "chengdu", S11)
        await seen.say(PROJECT_STATEMENTS, said, described())
    assert [topic for topic, _ in seen.put_out] == [out]
