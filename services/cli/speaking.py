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

from services.cli.contract import cloudevent, print_checked, texts
from services.cli.following import event_of, follow, reader
from services.cli.terminal import out, print_json
from services.rules.gate import Roll
from services.rules.judging import foresee
from services.runtime.connecting import client_options, unavailable
from services.runtime.errors import TwinCityError, Unavailable, sentence
from services.runtime.reading import Reader
from services.runtime.settings import Settings
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.topic import Topic
from twincity_schemas.topology import inbox, receipts, topics

_RECEIPT_S = 30.0
"""Without any receipt for this long, nobody is there to give one."""

_HEADERS = [("content-type", STRUCTURED.encode())]


@dataclass(frozen=True)
class GivenStatement:
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
        """Returns its time in milliseconds since 1970; None where it has none."""
        try:
            time = datetime.fromisoformat(json.loads(self.value)["time"])
            return int(time.timestamp() * 1000)
        except (ValueError, KeyError, TypeError, OverflowError):
            return None


class Speaking:
    """Statements to be said, and how their receipts are shown."""

    def __init__(self, messages: list[GivenStatement], *, as_json: bool) -> None:
        self.messages = messages
        self._as_json = as_json

    @classmethod
    def load(cls, paths: Iterable[str], party: str, *, as_json: bool) -> Self:
        """Read files, folders, and lines of standard input for ``-``.

        Raises:
            TwinCityError: one of them cannot be read; nothing has been said then.
        """
        messages = [
            GivenStatement.read(where, text, party) for where, text in texts(paths)
        ]
        if not messages:
            raise TwinCityError("there is no statement to say 没有可发布的填报")
        return cls(messages, as_json=as_json)

    def check(self, registry: Registry, now: datetime) -> int:
        """Judge each as the gate would now, without a broker; gives how many are wrong.

        Whether an id was used before, only the gate knows.
        """
        roll = Roll(registry)
        judged = (
            (one.where, foresee(roll, one.party, _HEADERS, one.value, now))
            for one in self.messages
        )
        return print_checked(
            (
                (
                    where,
                    admission.verdict is not Verdict.REJECTED,
                    [*admission.problems, *admission.warnings],
                )
                for where, admission in judged
            ),
            as_json=self._as_json,
        )

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
            sent = await self._publish(settings)
            return await self._show(reading, sent)

    async def _publish(
        self, settings: Settings
    ) -> dict[tuple[str, int], GivenStatement]:
        producer = AIOKafkaProducer(
            **client_options(settings), acks="all", enable_idempotence=True
        )
        sent: dict[tuple[str, int], GivenStatement] = {}
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
                sent[topic, placed.offset] = message
        except KafkaError as error:
            published = f"{len(sent)} of {len(self.messages)} statements were published"
            left = inbox(self.messages[len(sent)].party)
            what = f"{published}; the next one cannot be 其后无法发布 ({left})"
            raise await unavailable(settings, error, what) from None
        finally:
            await producer.stop()
        return sent

    async def _show(
        self, reading: Reader, sent: dict[tuple[str, int], GivenStatement]
    ) -> int:
        rejected = 0
        last_answer = asyncio.get_running_loop().time()
        async for records in follow(reading):
            for record in records:
                event = event_of(record)
                receipt = event.data if event else None
                if not isinstance(receipt, ReceiptIssued):
                    continue
                place = receipt.position.topic, receipt.position.offset
                if (message := sent.pop(place, None)) is not None:
                    last_answer = asyncio.get_running_loop().time()
                    rejected += receipt.verdict is Verdict.REJECTED
                    self._print(message, receipt)
            if not sent:
                break
            if asyncio.get_running_loop().time() - last_answer > _RECEIPT_S:
                raise Unavailable(
                    f"no receipt for {len(sent)} within {_RECEIPT_S:.0f} s; is "
                    "admission running? 未收到回执"
                )
        return rejected

    def _print(self, message: GivenStatement, receipt: ReceiptIssued) -> None:
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
    registry = Registry.load(settings.parties)
    catalogue = topics(registry)
    wanted = {receipts(party): party for party in parties}
    answering = [topic for topic in catalogue if topic.name in wanted]
    if unknown := wanted.keys() - {topic.name for topic in answering}:
        raise TwinCityError(f"{wanted[min(unknown)]} is not in the registry 主体未登记")
    for party in sorted(parties):
        if not registry[party].is_at_home(settings.cluster):
            raise TwinCityError(
                f"{party} speaks on the cluster {registry[party].cluster}; here its "
                "inbox is mirrored 该主体的收件箱在另一集群，此处仅为镜像"
            )
    return answering
