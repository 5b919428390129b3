"""Looking on from outside, as any integrator could: public topics alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from pydantic import BaseModel

from services.cli.following import event_of, follow, reader
from services.gateway.titles import title_of
from services.runtime.errors import TwinCityError
from services.runtime.settings import Settings
from twincity_schemas.message import Event
from twincity_schemas.parties import Registry
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.topology import topics
from twincity_schemas.words import Words

_PATIENCE_S = 60.0


class Unexpected(TwinCityError):  # noqa: N818  names the fact, as the log does
    """The system did not do what the story expects."""


class Observer:
    """The events of the receipts and record topics so far."""

    def __init__(self, show: Callable[[Event[BaseModel]], None]) -> None:
        self.receipts: dict[tuple[str, int], list[ReceiptIssued]] = {}
        self.records: dict[tuple[str, str], BaseModel] = {}
        self.statements: dict[str, list[Event[BaseModel]]] = {}
        self.events: dict[str, int] = {}
        self._show = show
        self._news = asyncio.Condition()

    async def until(
        self, what: str, happened: Callable[[], Any], patience_s: float = _PATIENCE_S
    ) -> Any:
        """Wait until something has been seen.

        Raises:
            Unexpected: it was not seen in time.
        """
        try:
            async with asyncio.timeout(patience_s), self._news:
                while not (seen := happened()):
                    await self._news.wait()
                return seen
        except TimeoutError:
            raise Unexpected(
                f"not seen within {patience_s:.0f} s 未出现：{what}"
            ) from None

    def record(self, subject: str) -> Any:
        """The latest record about a subject; None before the first."""
        latest = [r for (_, key), r in self.records.items() if key == subject]
        return latest[0] if latest else None

    def title(self, subject: str) -> Words | None:
        """Returns a subject's title by its latest record; None before the first."""
        record = self.record(subject)
        return title_of(record) if record is not None else None

    def parts(self, subject: str, part: str) -> dict[str, Any]:
        """The latest records of one kind of part of a subject, by their name."""
        begins = f"{subject}#{part}/"
        return {
            key.removeprefix(begins): record
            for (_, key), record in sorted(self.records.items())
            if key.startswith(begins)
        }

    def all_parts(self, subject: str) -> dict[str, Any]:
        """The latest records of a subject, by part; ``""`` is its header."""
        keyed = ((key.partition("#"), r) for (_, key), r in self.records.items())
        return {part: r for (about, _, part), r in keyed if about == subject}

    async def look(self, settings: Settings) -> None:
        """Read on until cancelled."""
        catalogue = topics(Registry.load(settings.parties))
        seen_topics = [topic for topic in catalogue if "ledger" in topic.consumers]
        async with reader(settings, seen_topics, from_beginning=True) as reading:
            async for batch in follow(reading, 0.1):
                async with self._news:
                    for record in batch:
                        self._see(record, settings.prefix)
                    self._news.notify_all()

    def _see(self, record: Any, prefix: str) -> None:
        topic = record.topic.removeprefix(prefix)
        key = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self.records.pop((topic, key), None)
            return
        event = event_of(record)
        if event is None:  # somebody else's: no reason to end the story
            return
        self.events[event.envelope.id] = self.events.get(event.envelope.id, 0) + 1
        if isinstance(event.data, ReceiptIssued):
            position = event.data.position
            place = position.topic.removeprefix(prefix), position.offset
            self.receipts.setdefault(place, []).append(event.data)
        elif event.type.is_statement:
            self.statements.setdefault(event.envelope.subject, []).append(event)
        else:
            self.records[topic, key] = event.data
        self._show(event)


@asynccontextmanager
async def observing(
    settings: Settings, show: Callable[[Event[BaseModel]], None]
) -> AsyncIterator[Observer]:
    """An observer that looks on until it is left."""
    observer = Observer(show)
    looking = asyncio.create_task(observer.look(settings))
    try:
        yield observer
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
