"""A gateway whose Kafka is a list: what is posted gets its receipt as admission's
reading of the contract has it, and whatever a test likes is in the topics."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette

from services.gateway.app import Gateway, application
from services.gateway.cursor import Log
from services.gateway.desk import Desk
from services.gateway.opening import InboxMessage
from services.gateway.pages.frame import ClusterAddress
from services.gateway.people import Right
from services.gateway.rows import row_of
from services.gateway.service import Whose
from services.gateway.sessions import Purpose, Sessions
from services.gateway.statements import Door, Receipts
from services.gateway.streaming import Hub
from services.gateway.tokens import READ, Tokens
from services.gateway.upgrading import EitherProtocol
from services.gateway.view import View
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import parse
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError
from twincity_schemas.receipt import InboxPosition, ReceiptIssued, Verdict
from twincity_schemas.topology import inbox, receipts


class Record(NamedTuple):
    """What is read of a Kafka record."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass
class Fake:
    """The gateway, and what it wrote."""

    registry: Registry
    parties: frozenset[str]
    tokens: Tokens | None = None
    purpose: Purpose | None = None
    desk: Desk | None = None
    ready: bool = True
    silent: bool = False
    cluster: str = "one"
    cluster_address: ClusterAddress = field(default_factory=ClusterAddress)
    inboxes: dict[str, list[InboxMessage]] = field(
        default_factory=lambda: defaultdict(list)
    )
    records: list[Record] = field(default_factory=list)
    profiles: Path = Path("profiles")
    sending: Callable[[InboxMessage], None] = lambda _message: None

    def __post_init__(self) -> None:
        whose = Whose(self.registry, self.parties, trying=False)
        self.view = View()
        everybody = frozenset[Right]({READ} if self.tokens is None else ())
        self.sessions = Sessions(
            self.purpose or Purpose(everybody=everybody, tokens=self.tokens)
        )
        self.receipts = Receipts(self.view)
        self.hub = Hub(Log(self.cluster, whose.streamed()), self.view)
        self.door = Door(self.parties, self.send, self.receipts)
        self._ends: dict[tuple[str, int], int] = defaultdict(int)

    @property
    def app(self) -> Starlette:
        gateway = Gateway(
            self.view, self.hub, self.receipts, self.door, self.registry,
            self.tokens, self.sessions, lambda: self.ready, self.view.latest_moment,
            self.profiles,
            self.cluster_address,
            self.desk,
        )  # fmt: skip
        return application(gateway)

    def put(  # noqa: PLR0913, PLR0917  what a record has
        self,
        topic: str,
        key: str,
        envelope: Envelope | None,
        value: bytes | None,
        partition: int = 0,
        skip: int = 0,
    ) -> None:
        """Something comes in a topic; ``skip`` offsets are no records of ours."""
        offset = self._ends[topic, partition] + skip
        self._ends[topic, partition] = offset + 1
        headers = tuple(envelope.to_headers()) if envelope else ()
        self.take(Record(topic, partition, offset, key.encode(), value, headers))

    def take(self, *records: Record) -> None:
        """What the gateway reads from Kafka, as one batch."""
        self.records += records
        rows = [row for r in records if (row := row_of(r, "")) is not None]
        taken = self.view.take(rows)
        self.hub.on_batch(taken)
        self.receipts.on_batch(taken)

    async def send(self, message: InboxMessage, party: str) -> str:
        self.sending(message)
        said = self.inboxes[party]
        said.append(message)
        place = f"{inbox(party)}/0/{len(said) - 1}"
        if not self.silent:
            self._answer(message, party, len(said) - 1)
        return place

    def _answer(self, message: InboxMessage, party: str, offset: int) -> None:
        problems: tuple[Any, ...] = ()
        verdict = Verdict.ACCEPTED
        try:
            event = parse(message.headers, message.value, gate=True)
        except ContractError as error:
            verdict, problems = Verdict.REJECTED, error.problems
            about = error.envelope
        else:
            about = event.envelope
            earlier = self.inboxes[party][:offset]
            if any(replace(message) == other for other in earlier):
                verdict = Verdict.DUPLICATE
        receipt = ReceiptIssued(
            verdict=verdict,
            statement=about and about.id,
            source=about and about.source,
            type=about and about.type,
            subject=about and about.subject,
            problems=problems[:100],
            position=InboxPosition(topic=inbox(party), partition=0, offset=offset),
            content="sha256:" + "0" * 64,
        )
        said = Envelope.model_validate(
            {
                "specversion": "1.0",
                "id": f"receipt-{party}-{offset}",
                "source": "/twincity/admission",
                "type": "twincity.receipt.issued.v1",
                "subject": f"inbox/{party}/{offset}",
                "time": "2024-01-01T00:00:00Z",
            }
        )
        value = receipt.model_dump_json(exclude_none=True).encode()
        self.put(receipts(party), f"{offset}", said, value)


@contextmanager
def serving(make: Callable[[], Fake], **options: Any) -> Iterator[tuple[str, Fake]]:
    """The gateway behind a real server, in a thread of its own; its address."""
    started: Future[tuple[str, Fake, uvicorn.Server]] = Future()

    async def serve() -> None:
        fake = make()
        config = uvicorn.Config(
            fake.app,
            port=0,
            http=EitherProtocol,
            log_config=None,
            lifespan="off",
            **options,
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        started.set_result((f"http://127.0.0.1:{port}", fake, server))
        beating = asyncio.create_task(fake.hub.beat())
        await task
        beating.cancel()
        fake.view.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    address, fake, server = started.result(timeout=20)
    try:
        yield address, fake
    finally:
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive()


def cloudevent(envelope: Envelope, data: Any) -> dict[str, Any]:
    """A statement in structured mode."""
    document = envelope.model_dump(mode="json", exclude_none=True)
    return document | {"data": json.loads(json.dumps(data))}
