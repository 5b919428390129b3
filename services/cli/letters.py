"""Dead letters of the services, read from the cluster alone; acts about them."""

import asyncio
import json
import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.cli.following import events, snapshot
from services.cli.lines import moment
from services.cli.terminal import warn
from services.runtime.connecting import client_options, unavailable
from services.runtime.discarding import Proposed, proposed, takes_effect
from services.runtime.errors import Unavailable
from services.runtime.letters import Letter, LetterQueue, queue_of_letter, queues
from services.runtime.settings import Settings
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardDecided,
    RedriveAsked,
)
from twincity_schemas.parties import Registry
from twincity_schemas.topology import OPERATIONS, SERVICES, dead_letters, topics

_LOOK_S = 0.5
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class LetterFilter:
    """The letters that are asked for: empty is any."""

    service: str = ""
    subject: str = ""
    reason: DeadLetterReason | None = None

    def takes(self, letter: Letter) -> bool:
        """Returns whether a letter is one of them."""
        return (
            self.service in {"", letter.service}
            and self.subject in {"", letter.subject}
            and self.reason in {None, letter.waits.reason}
        )


async def letters(
    settings: Settings, services: Collection[str] = SERVICES
) -> list[Letter]:
    """Returns what waits now, queue by queue, each in its order.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    of_topic = {dead_letters(service): service for service in services}
    catalogue = topics(Registry.load(settings.parties))
    wanted = [topic for topic in catalogue if topic.name in of_topic]
    waiting: dict[tuple[str, bytes | None], Letter] = {}
    async for record in snapshot(settings, wanted):
        service = of_topic[record.topic.removeprefix(settings.prefix)]
        waiting.pop((service, record.key), None)
        if record.value is None:
            continue
        try:
            waiting[service, record.key] = Letter.read(service, record)
        except ValueError as error:
            warn(f"{record.topic}/{record.partition}@{record.offset}: {error} 已跳过")
    return sorted(
        waiting.values(),
        key=lambda letter: (queue_of_letter(letter), letter.origin.offset),
    )


async def proposals(settings: Settings) -> dict[str, Proposed]:
    """Returns the discards that wait for a second person, by origin.

    Raises:
        Unavailable: Kafka does not answer, or a topic is not there.
    """
    registry = Registry.load(settings.parties)
    wanted = [topic for topic in topics(registry) if topic.name == OPERATIONS]
    by_subject: dict[str, Proposed] = {}
    async for record, event in events(settings, wanted):
        if event is None or not isinstance(event.data, DiscardDecided):
            continue
        takes_two = registry.takes_two(record.timestamp / 1000)
        if not takes_effect(event.data, None, takes_two=takes_two):
            where = f"{event.data.service} {event.data.origin}"
            by_subject[where] = proposed(event.data, event.envelope.id)
    return by_subject


async def publish(settings: Settings, acts: Sequence[Act]) -> None:
    """Put operators' acts on their topic.

    Raises:
        Unavailable: Kafka does not take them.
    """
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True
    )
    try:
        await producer.start()
        for act in acts:
            event_type = EVENT_TYPE_OF[type(act)]
            envelope = Envelope(
                specversion="1.0",
                id=str(uuid.uuid4()),
                source="/twincity/operations",
                type=event_type.name,
                subject=f"operations/{act.service}",
                time=datetime.now(UTC),
            )
            key, value, headers = Event(
                envelope, event_type, act, to_json(act)
            ).to_message()
            await producer.send_and_wait(
                settings.prefix + OPERATIONS, value, key=key, headers=headers
            )
    except KafkaError as error:
        what = f"{OPERATIONS} cannot be written 无法写入"
        raise await unavailable(settings, error, what) from None
    finally:
        await producer.stop()


async def until_applied(
    settings: Settings, asked: Sequence[tuple[Act, Sequence[Letter]]]
) -> dict[LetterQueue, list[Letter]]:
    """Wait until services have done what was asked.

    Args:
        settings: of the cluster.
        asked: each act, with the queue as it was before.

    Returns:
        What waits in each queue then.

    Raises:
        Unavailable: nothing comes of it.
    """
    services = {act.service for act, _ in asked}
    clock = asyncio.get_running_loop().time
    moved, last = clock(), None
    while True:
        now = queues(await letters(settings, services))
        before = {queue_of_letter(was[0]): (act, was) for act, was in asked}
        left = {queue: now.get(queue, []) for queue in before}
        if all(_is_done(*before[queue], left[queue]) for queue in before):
            return left
        if left != last:
            moved, last = clock(), left
        elif clock() - moved > _PATIENCE_S:
            raise Unavailable(
                f"asked, and nothing came of it within {_PATIENCE_S:.0f} s; is the "
                "service running? 已提出，尚未处理，请检查服务是否运行"
            )
        await asyncio.sleep(_LOOK_S)


def _is_done(act: Act, before: Sequence[Letter], now: Sequence[Letter]) -> bool:
    """Returns whether nothing more will come of an act."""
    if not now:
        return True
    was = {letter.origin: letter.waits for letter in before}
    as_before = {one.origin: one for one in now if one.waits == was.get(one.origin)}
    if act.origin in as_before or now[0].waits.reason is DeadLetterReason.BEHIND:
        return False
    if not isinstance(act, RedriveAsked):
        return True
    # The first has failed again; those of the ledger wait behind nothing.
    return now[0].origin not in as_before and not any(
        one.waits.reason is DeadLetterReason.REFUSED for one in as_before.values()
    )


def document(letter: Letter) -> dict[str, Any]:
    """Returns why it is a dead letter, as JSON has it."""
    words = letter.waits.reason.words
    return {
        "service": letter.service,
        "subject": letter.subject,
        "origin": str(letter.origin),
        "reason": letter.waits.reason.value,
        "zh": words.zh,
        "en": words.en,
        "tried": letter.waits.tried,
        "error": letter.error,
        "version": letter.version,
        "dead_since": moment(letter.dead_since),
        "cut": letter.cut,
    }


def message(letter: Letter) -> dict[str, Any]:
    """The message itself, its value as JSON where it is."""
    text = (letter.value or b"").decode(errors="backslashreplace")
    value: Any = text
    with suppress(ValueError):
        value = json.loads(text)
    return {
        "headers": {
            name: (content or b"").decode(errors="backslashreplace")
            for name, content in letter.headers
        },
        "value": value,
    }
