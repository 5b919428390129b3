"""The notifier beside a real Kafka, a real HTTP server and a real mail server."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook, WebhookVerificationError

from services.notifier.store import Store
from services.runtime.connecting import client_options
from services.runtime.process import dies_with_parent
from services.runtime.settings import Settings
from tests.broker.running import create_topics, running
from tests.broker.test_alerts import cut
from tests.broker.test_subscribers import recorded
from twincity_schemas.topology import inbox, receipts

KEY = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NEXT_KEY = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
POSTS = 12


class Office:
    """A web server that takes notices, and a mail server; both can be told to fail."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.signed_by: list[str] = []
        self.mails: list[Any] = []
        self.answer: Callable[[], Awaitable[int]] = self.takes

    @staticmethod
    async def takes() -> int:
        return 204

    async def http(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {n.lower(): v for n, _, v in (h.partition(": ") for h in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        data = self._verified(body, headers)["data"]
        assert data["about"] == "rejected"
        self.posted.append(headers["webhook-id"])
        status = await self.answer()
        writer.write(b"HTTP/1.1 %d X\r\nconnection: close\r\n\r\n" % status)
        writer.close()

    def _verified(self, body: bytes, headers: dict[str, str]) -> Any:
        """As a receiver does at a rotation: by either key; raises where by none."""
        try:
            document = Webhook(KEY).verify(body, headers)
            self.signed_by.append(KEY)
        except WebhookVerificationError:
            document = Webhook(NEXT_KEY).verify(body, headers)
            self.signed_by.append(NEXT_KEY)
        return document

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[tuple[Office, Path]]:
    """The servers, and the file of addresses that names them."""
    loop, one = asyncio.get_running_loop(), Office()
    http = await asyncio.start_server(one.http, "127.0.0.1", 0)
    smtp = await loop.create_server(lambda: SMTP(one), "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (http, smtp)]
    path = folder / "notify.toml"
    path.write_text(
        f'[[to]]\nparty = "deyang"\nwebhook = "http://127.0.0.1:{ports[0]}/"\n'
        f'secret = "{KEY}"\nabout = ["rejected"]\n'
        '[[to]]\nparty = "chengdu"\nmail = "office@chengdu.example"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {ports[1]}\nstarttls = false\n'
        'sender = "twincity@example.org"\n',
        "utf-8",
    )
    async with http, smtp:
        yield one, path


async def started(
    settings: Settings, addresses: Path, **given: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *dies_with_parent(), sys.executable, "-m", "services.cli", "notify",
        env={
            **settings.kafka_environment(),
            "TWINCITY_PREFIX": settings.prefix,
            "TWINCITY_NOTIFY": str(addresses),
            "TWINCITY_NOTIFY_STORE": str(addresses.with_name("notifier.sqlite3")),
            "TWINCITY_PROGRESS_EVERY": "1s",
            **given,
        },
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def notifier(
    settings: Settings, addresses: Path, **given: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await started(settings, addresses, **given)
    try:
        await says(process, "notifier.started")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def says(process: asyncio.subprocess.Process, name: str) -> None:
    """Wait until it has logged a line."""
    assert process.stderr
    async with asyncio.timeout(60):
        async for line in process.stderr:
            if name.encode() in line:
                return
    raise AssertionError(f"it ended before {name}")


async def test_killed_in_the_middle_it_tells_everything_again_under_its_id(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    await recorded(settings)  # Chengdu has not reported August 2024
    async with office(tmp_path) as (one, addresses), running(settings, "admission"):
        holds, over = asyncio.Event(), asyncio.Event()

        async def never_answers() -> int:
            if len(one.posted) > POSTS // 2:
                holds.set()
                await over.wait()
            return 204 if len(one.posted) % 3 else 503  # and every third fails

        one.answer = never_answers
        async with notifier(settings, addresses):
            await say_what_is_wrong(settings, POSTS)
            async with asyncio.timeout(60):
                await holds.wait()
        one.answer = one.takes
        before = len(one.posted)
        async with notifier(settings, addresses) as process:
            async with asyncio.timeout(90):
                while len({*one.posted}) < POSTS or waiting(addresses):
                    await asyncio.sleep(0.1)
            assert {*one.signed_by} == {KEY}
            await _key_replaced(settings, one, addresses, process)
            process.terminate()
            assert await process.wait() == 0
        over.set()
    assert before < len(one.posted)  # told again what nobody had answered for
    assert max(Counter(one.posted).values()) > 1
    assert len({*one.posted}) == POSTS + 2  # the rotation's among them
    mail, *again = one.mails
    # Started twice it tells nothing anew; what the kill hid is told under its id.
    assert {other["Message-ID"] for other in again} <= {mail["Message-ID"]}
    assert mail["To"] == "office@chengdu.example"
    assert "2024-08 进度未报" in mail.get_content()


async def _key_replaced(
    settings: Settings,
    one: Office,
    addresses: Path,
    process: asyncio.subprocess.Process,
) -> None:
    """While it runs: a file that cannot be used changes nothing, a new key counts."""
    text = await asyncio.to_thread(addresses.read_text, "utf-8")
    changes = {"addresses.unreadable": ("whsec_short", KEY)}
    changes |= {"addresses.changed": (NEXT_KEY, NEXT_KEY)}
    for number, (logged, (written, counts)) in enumerate(changes.items(), POSTS):
        replace_file(addresses, text.replace(KEY, written))
        await says(process, logged)
        await say_what_is_wrong(settings, 1, number)
        async with asyncio.timeout(60):
            while len({*one.posted}) <= number:
                await asyncio.sleep(0.1)
        assert one.signed_by[-1] == counts


def replace_file(path: Path, text: str) -> None:
    """Whole at once, as an operator is told to."""
    beside = path.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


async def test_a_log_that_was_cut_waits_for_a_decision(
    settings: Settings, tmp_path: Path
) -> None:
    await create_topics(settings)
    place = TopicPartition(settings.prefix + receipts("deyang"), 0)
    async with office(tmp_path) as (_, addresses):
        async with notifier(settings, addresses):
            pass
        async with AIOKafkaProducer(**client_options(settings)) as producer:
            await producer.send_and_wait(place.topic, b"{}", partition=0)
        await cut(settings, place)
        process = await started(settings, addresses)
        _, told = await asyncio.wait_for(process.communicate(), 60)
        gap = f"{place.topic}/0@0"
        assert (process.returncode, b"Traceback" in told) == (1, False)
        assert f"TWINCITY_ACCEPT_GAPS={gap} " in told.decode()
        async with notifier(settings, addresses, TWINCITY_ACCEPT_GAPS=gap) as process:
            assert process.returncode is None
        async with notifier(settings, addresses) as process:  # it is kept
            assert process.returncode is None


def waiting(addresses: Path) -> int:
    store = Store.open(addresses.with_name("notifier.sqlite3"))
    try:
        return len(store.ready(float("inf"), 100))
    finally:
        store.close()


async def say_what_is_wrong(settings: Settings, number: int, first: int = 0) -> None:
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for one in range(first, first + number):
            await producer.send_and_wait(
                settings.prefix + inbox("deyang"),
                json.dumps({"specversion": "1.0", "id": f"wrong-{one}"}).encode(),
                headers=[("content-type", b"application/cloudevents+json")],
            )
