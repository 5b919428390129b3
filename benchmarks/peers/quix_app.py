"""The peer: the same decisions under quixstreams, exactly once.

``python quix_app.py SERVICE`` in the environment that ``make bench-peers`` makes;
until it is killed. Its state keeps what a decision saves, under the message's key.
"""

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from aiokafka import ConsumerRecord
from quixstreams import Application, State, message_context
from quixstreams.models import Serializer, Topic

from benchmarks.by_hand import PROCESSORS
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.service import Processor
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry
from twincity_schemas.topology import PROJECT_STATEMENTS, inbox, receipts, records
from twincity_schemas.values import Domain

Sent = tuple[str, bytes, bytes | None, list[tuple[str, bytes]]]
"""Topic, key, value, headers."""


class TheValue(Serializer):
    """The message alone, of the whole that names its topic."""

    def __call__(self, value: Sent, ctx: Any) -> bytes | None:  # noqa: ARG002  the signature is Quix's
        """Take it out."""
        return value[2]


def made(
    processor: Processor, topic: str, needed: Callable[[Any, bytes], Iterator[str]]
) -> Callable[..., list[Sent]]:
    """A quixstreams function of a decision.

    Args:
        processor: decides; its memory holds what this process has seen.
        topic: what is read.
        needed: of the headers and the key, what the decision looks up.
    """

    def decide(
        value: bytes, key: bytes, timestamp: int, headers: Any, state: State
    ) -> list[Sent]:
        headers = tuple(headers or ())
        for name in needed(headers, key):
            if (value := state.get(name)) is not None:
                processor.memory.restore(name, value.encode())
        offset = message_context().offset
        record = ConsumerRecord(
            topic, 0, offset, timestamp, 0, key, value, 0, 0, 0, headers
        )
        sent: list[Sent] = []
        for outcome in (*processor.decide(Incoming(record)), *processor.finish()):
            match outcome:
                case Save(name, content):
                    saved = processor.memory.put(name, content)
                    state.set(name, (saved or b"null").decode())
                case Publish():
                    headers_ = list(outcome.headers)
                    sent.append((outcome.topic, outcome.key, outcome.value, headers_))
        processor.memory.commit()
        return sent

    return decide


def admitted(headers: Any, _key: bytes) -> Iterator[str]:
    """Yields the key by which admission looks a statement up."""
    attributes = dict(headers)
    yield f"{attributes['ce_source'].decode()} {attributes['ce_id'].decode()}"


def nothing(_headers: Any, _key: bytes) -> Iterator[str]:
    """Yields no key: coordination's memory has all, and this never restarts."""
    yield from ()


def main() -> None:
    """Run a service until it is killed."""
    service, settings = sys.argv[1], Settings()
    prefix = settings.prefix
    registry = Registry.load(settings.parties)
    app = Application(
        broker_address=settings.kafka,
        consumer_group=f"{prefix}quix.{service}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=float(os.environ["COMMIT_MS"]) / 1000,
        commit_every=500,
        state_dir=f"{os.environ['STATE']}/{service}",
        auto_create_topics=True,
        loglevel="WARNING",
        consumer_extra_config={"fetch.wait.max.ms": 100},
        producer_extra_config={"linger.ms": 5},
    )

    def topic(name: str) -> Topic:
        return app.topic(
            prefix + name,
            key_deserializer="bytes",
            key_serializer="bytes",
            value_deserializer="bytes",
            value_serializer=TheValue(),
        )

    def flow(source: str, decide: Callable[..., list[Sent]], *targets: str) -> None:
        to = {name: topic(name) for name in targets}
        stream = app.dataframe(topic(source))
        stream = stream.apply(decide, stateful=True, metadata=True, expand=True)
        stream = stream.set_headers(lambda sent, *_: sent[3])
        stream.to_topic(lambda sent, *_: to[sent[0]], key=lambda sent: sent[1])

    if service == "admission":
        for party in sorted(registry.codes):
            processor = PROCESSORS[service](registry)
            decide = made(processor, prefix + inbox(party), admitted)
            flow(inbox(party), decide, PROJECT_STATEMENTS, receipts(party))
    else:
        processor = PROCESSORS[service](registry)
        decide = made(processor, prefix + PROJECT_STATEMENTS, nothing)
        flow(PROJECT_STATEMENTS, decide, records(Domain.TRANSPORT))
    app.run()


if __name__ == "__main__":
    main()
