"""Saying something as a party: into its inbox, and waiting for the receipts."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from rich.markup import escape

from services.cli.contract import check_all, cloudevent, texts
from services.cli.following import event_of, follow, reader
from services.cli.terminal import out, print_json
from services.runtime.errors import TwinCityError, Unavailable, sentence
from services.runtime.reading import Reader
from services.runtime.settings import Settings
from twincity_schemas.catalogue import Topic, inbox, receipts, topics
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.receipt import ReceiptIssued, Verdict

_RECEIPT_S = 30.0
"""Without any receipt for this long, nobody is there to give one."""

_HEADERS = [("content-type", STRUCTURED.encode())]


@dataclass(frozen=True)
class Message:
    """A statement as it was given, and where it goes.

    Attributes:
        where: its file, or its line.
        value: a CloudEvent in JSON, byte for byte as given where it was one: the
            gate judges it, not we.
        party: whose inbox.
        subject: the record's key.
    """

    where: str
    value: bytes
    party: str
    subject: str

    @classmethod
    def read(cls, where: str, text: bytes, party: str) -> Self:
        """Find out where a statement goes.

        Raises:
            TwinCityError: it is no message, or nobody says whose inbox it is for.
        """
        try:
            value = cloudevent(text)
            attributes = json.loads(value)
            source, subject = (attributes.get(k) for k in ("source", "subject"))
        except ContractError as error:
            raise TwinCityError(f"{where}: {sentence(error.problems)}") from None
        except (ValueError, RecursionError, AttributeError):
            raise TwinCityError(
                f"{where} is no message in JSON 不是 JSON 消息"
            ) from None
        party = party or str(source or "").removeprefix("/").partition("/")[0]
        if not party:
            raise TwinCityError(
                f"{where}: it has no source; whose inbox? give --party 请指明主体"
            )
        return cls(where, value, party, str(subject or ""))

    @property
    def milliseconds(self) -> int | None:
        """When it says that it was said, since 1970; None where that is no time."""
        try:
            said = datetime.fromisoformat(json.loads(self.value)["time"])
            return int(said.timestamp() * 1000)
        except (ValueError, KeyError, TypeError, OverflowError):
            return None


class Speaking:
    """Statements to be said, and how their receipts are shown."""

    def __init__(self, messages: list[Message], *, as_json: bool) -> None:
        self.messages = messages
        self._as_json = as_json

    @classmethod
    def load(cls, paths: Iterable[str], party: str, *, as_json: bool) -> Self:
        """Read files, folders, and lines of standard input for ``-``.

        Raises:
            TwinCityError: one of them cannot be read; nothing has been said then.
        """
        messages = [Message.read(where, text, party) for where, text in texts(paths)]
        if not messages:
            raise TwinCityError("there is no statement to say 没有可发布的陈述")
        return cls(messages, as_json=as_json)

    def check(self) -> int:
        """Check each as the gate does, without a broker; gives how many are wrong."""
        given = ((message.where, message.value) for message in self.messages)
        return check_all(given, as_json=self._as_json)

    async def say(self, settings: Settings) -> int:
        """Publish each in its party's inbox, show its receipt.

        Returns:
            how many were rejected.

        Raises:
            TwinCityError: a party is not in the registry; nothing has been said.
            Unavailable: Kafka does not answer, or no receipt comes for 30 s.
        """
        answers = _answers(settings, {message.party for message in self.messages})
        # The positions are settled before anything is said.
        async with reader(settings, answers, from_beginning=False) as reading:
            said = await self._publish(settings)
            return await self._show(reading, said)

    async def _publish(self, settings: Settings) -> dict[tuple[str, int], Message]:
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True
        )
        said: dict[tuple[str, int], Message] = {}
        try:
            await producer.start()
            for message in self.messages:
                topic = settings.prefix + inbox(message.party)
                key = message.subject.encode(errors="replace")
                placed = await producer.send_and_wait(
                    topic,
                    message.value,
                    key=key,
                    headers=_HEADERS,
                    timestamp_ms=message.milliseconds if settings.story_time else None,
                )
                said[topic, placed.offset] = message
        except KafkaError as error:
            raise Unavailable(
                f"{len(said)} of {len(self.messages)} statements were published, then: "
                f"无法发布：{error}"
            ) from None
        finally:
            await producer.stop()
        return said

    async def _show(self, reading: Reader, said: dict[tuple[str, int], Message]) -> int:
        rejected = 0
        heard = asyncio.get_running_loop().time()
        async for records in follow(reading):
            for record in records:
                event = event_of(record)
                receipt = event.data if event else None
                if not isinstance(receipt, ReceiptIssued):
                    continue
                place = receipt.position.topic, receipt.position.offset
                if (message := said.pop(place, None)) is not None:
                    heard = asyncio.get_running_loop().time()
                    rejected += receipt.verdict is Verdict.REJECTED
                    self._print(message, receipt)
            if not said:
                break
            if asyncio.get_running_loop().time() - heard > _RECEIPT_S:
                raise Unavailable(
                    f"no receipt for {len(said)} within {_RECEIPT_S:.0f} s; is "
                    "admission running? 未收到回执"
                )
        return rejected

    def _print(self, message: Message, receipt: ReceiptIssued) -> None:
        if self._as_json:
            print_json({"from": message.where} | receipt.model_dump(mode="json"))
            return
        verdict = receipt.verdict
        out.print(escape(f"{verdict.words.zh} {verdict} {receipt.statement or '—'}"))
        for problem in (*receipt.problems, *receipt.warnings):
            out.print(
                escape(f"  {problem.pointer or '/'}: {problem.zh} / {problem.en}")
            )


def _answers(settings: Settings, parties: set[str]) -> list[Topic]:
    catalogue = topics(Registry.load(settings.parties))
    wanted = {receipts(party): party for party in parties}
    found = [topic for topic in catalogue if topic.name in wanted]
    if unknown := wanted.keys() - {topic.name for topic in found}:
        raise TwinCityError(f"{wanted[min(unknown)]} is not in the registry 主体未登记")
    return found
