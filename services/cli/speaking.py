"""Saying something as a party: into its inbox, and waiting for the receipt."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, ValidationError

from services.cli.following import follow, reader
from services.runtime.errors import TwinCityError, Unavailable
from services.runtime.settings import Settings
from twincity_schemas.catalogue import inbox, receipts, topics
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import parse
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError, translate
from twincity_schemas.receipt import ReceiptIssued

_RECEIPT_S = 30.0


class Document(BaseModel):
    """A statement as a file: its envelope and its data."""

    model_config = ConfigDict(extra="forbid")

    envelope: Envelope
    data: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> "Document":
        """Read a statement's file.

        Raises:
            TwinCityError: it cannot be read or has no envelope.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise TwinCityError(f"{path}: {error.strerror} 无法读取文件") from None
        except ValidationError as error:
            raise TwinCityError(f"{path}: {ContractError(translate(error))}") from None

    def message(self) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
        """Key, value and headers of its Kafka record."""
        value = json.dumps(self.data, ensure_ascii=False).encode()
        return self.envelope.subject.encode(), value, self.envelope.to_headers()


async def say(document: Document, party: str, settings: Settings) -> ReceiptIssued:
    """Publish a statement in a party's inbox and wait for its receipt.

    Raises:
        Unavailable: Kafka does not answer, or no receipt comes within 30 s.
    """
    key, value, headers = document.message()
    told = [
        t for t in topics(Registry.load(settings.parties)) if t.name == receipts(party)
    ]
    if not told:
        raise TwinCityError(f"{party} is not in the registry 主体未登记")
    async with reader(settings, told, from_beginning=False) as reading:
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True
        )
        try:
            await producer.start()
            said = await producer.send_and_wait(
                settings.prefix + inbox(party), value, key=key, headers=headers
            )
        except KafkaError as error:
            raise Unavailable(
                f"the statement could not be published 无法发布：{error}"
            ) from None
        finally:
            await producer.stop()
        try:
            async with asyncio.timeout(_RECEIPT_S):
                async for records in follow(reading):
                    for record in records:
                        receipt = parse(record.headers, record.value).data
                        if (
                            isinstance(receipt, ReceiptIssued)
                            and receipt.position.offset == said.offset
                        ):
                            return receipt
        except TimeoutError:
            pass
    raise Unavailable(
        f"no receipt within {_RECEIPT_S:.0f} s; is admission running? 未收到回执"
    )
