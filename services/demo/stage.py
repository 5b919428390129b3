"""What the chapters play on: saying, waiting for what comes of it, telling."""

from dataclasses import dataclass, field
from datetime import datetime

from aiokafka import AIOKafkaProducer
from rich.console import Console

from services.demo.observer import Observer, Unexpected
from services.demo.story import StoryMessage
from services.gateway.pages.telling import Tell
from services.local.stack import Stack
from twincity_schemas.project_record import Agreement, ProjectRecorded
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.topology import inbox


@dataclass
class Stage:
    """The system that the chapters play on."""

    stack: Stack
    observer: Observer
    producer: AIOKafkaProducer
    console: Console
    words: Tell
    """Names and figures in the reader's language."""

    sent: dict[tuple[str, int], StoryMessage] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    """By inbox, when the last message came in the story."""

    async def say(self, message: StoryMessage) -> tuple[str, int]:
        """Put a message into an inbox; gives its place there."""
        name = inbox(message.inbox)
        if message.time is not None:
            self.times[name] = message.time
        time = self.times.get(name)
        done = await self.producer.send_and_wait(
            self.stack.settings.prefix + name,
            message.value,
            key=message.key,
            headers=list(message.headers),
            timestamp_ms=None if time is None else int(time.timestamp() * 1000),
        )
        place = (name, done.offset)
        self.sent[place] = message
        return place

    async def receipt(self, place: tuple[str, int]) -> ReceiptIssued:
        """The receipt of a message, when it comes."""
        answer = await self.observer.until(
            f"receipt of {place[0]}/{place[1]}",
            lambda: self.observer.receipts.get(place),
        )
        receipt: ReceiptIssued = answer[0]
        return receipt

    async def accepted(self, message: StoryMessage) -> None:
        """Say something that has to be accepted."""
        receipt = await self.receipt(await self.say(message))
        self.expect(
            receipt.verdict is Verdict.ACCEPTED,
            f"{receipt.statement}: {[p.en for p in receipt.problems]}",
        )

    async def recorded(self, subject: str, agreement: Agreement) -> ProjectRecorded:
        """The record of a project, when its members have come that far."""
        record: ProjectRecorded = await self.observer.until(
            f"{subject} {agreement}",
            lambda: (
                latest
                if (latest := self.observer.record(subject)) is not None
                and latest.agreement is agreement
                else None
            ),
        )
        return record

    def expect(self, fulfilled: object, what: str) -> None:
        """Stop the story where it does not go as it should.

        Raises:
            Unexpected: it does not.
        """
        if not fulfilled:
            raise Unexpected(f"not as the story expects 与剧情不符：{what}")

    def title(self, zh: str, en: str) -> None:
        """Open a chapter."""
        self.console.print()
        self.console.rule(f"[bold]{self.t(zh, en)}[/]", align="left")

    def t(self, zh: str, en: str) -> str:
        """The text in the reader's language."""
        return self.words.t(zh, en)

    def tell(self, text: str) -> None:
        """A line of the story."""
        self.console.print(text)
