"""Receivers of notices that do not take them as one should."""

import asyncio
import json
import smtplib
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notifier import delivering
from services.notifier.addresses import Address, Addresses, NoticeSubject, Smtp
from services.notifier.delivering import (
    Undelivered,
    client,
    mail_of,
    to_mail,
    to_webhook,
)
from services.notifier.service import Notifier
from services.notifier.store import Message, Store
from services.notifier.telling import Notification
from services.runtime.errors import WrongSetting
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry

REGISTRY = Registry.load(Path("deploy/parties.toml"))
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SOON_S = 3.0

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "_WAIT_S", 0.5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "notifier.sqlite3")
    yield opened
    opened.close()


def notification(id_: str = "t-1", party: str = "deyang", **texts: str) -> Notification:
    words = {"subject": "project/x", "zh": "退回", "en": "rejected"} | texts
    return Notification(id_, party, NoticeSubject.REJECTED, **words)


def message(store: Store, **texts: str) -> Message:
    store.take({}, (), [(notification(**texts), "p")], 0)
    [found] = store.ready(1, 9)
    return found


def webhook(url: str) -> Address:
    return Address.model_validate({"party": "deyang", "webhook": url, "secret": SECRET})


@asynccontextmanager
async def answering(
    answer: bytes, *, drop_s: float = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says the same to all, at once or byte by byte; what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            for at in range(len(answer)):
                writer.write(answer[at : at + 1] if drop_s else answer)
                await writer.drain()
                if not drop_s:
                    break
                await asyncio.sleep(drop_s)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def why_not(url: str, one: Message) -> Undelivered:
    started = time.monotonic()
    async with client() as http:
        with pytest.raises(Undelivered) as failed:
            await to_webhook(http, webhook(url), one, 7)
    assert time.monotonic() - started < SOON_S
    return failed.value


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_sent_on_to_another_address(store: Store, status: int) -> None:
    async with answering(b"HTTP/1.1 204 X\r\n\r\n") as (inner, reached):
        place = f"http://127.0.0.1:{inner}/"
        moved = f"HTTP/1.1 {status} X\r\nLocation: {place}\r\n\r\n".encode()
        async with answering(moved) as (port, heard):
            failed = await why_not(f"http://127.0.0.1:{port}/", message(store))
    assert (str(failed), failed.ever) == (f"HTTP {status}", True)
    assert (len(heard), reached) == (1, [])


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000,
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n" * 50,
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 100,
    ],
)
async def test_who_answers_byte_by_byte_is_given_up_in_time(
    store: Store, answer: bytes
) -> None:
    """Each byte comes within what one read may take; all of them would not."""
    async with answering(answer, drop_s=0.05) as (port, _):
        failed = await why_not(f"http://127.0.0.1:{port}/", message(store))
    assert failed.ever


async def test_the_body_of_an_answer_is_nobodys(store: Store) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 10**6
    async with answering(endless) as (port, _), client() as http:
        await to_webhook(http, webhook(f"http://127.0.0.1:{port}/"), message(store), 7)


async def test_an_answer_without_end_is_bounded(store: Store) -> None:
    for answer in (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10**6, b"HTTP/1.1 100 X\r\n\r\n"):
        async with answering(answer) as (port, _):
            await why_not(f"http://127.0.0.1:{port}/", message(store))


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://127.0.0.1@office.example/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://office.example/",
        "gopher://127.0.0.1:6379/_x",
        "https://",
        "https:///path",
        "https://office.example:99999/",
        "https://office.example:x/",
        "https://office.example\r\nX: y/",
        "https://\x00/",
        "https://[::1/",
        "//office.example/",
    ],
)
def test_an_address_that_is_none_is_refused_where_it_is_read(
    url: str, tmp_path: Path
) -> None:
    path = tmp_path / "notify.toml"
    path.write_text(
        f'[[to]]\nparty = "deyang"\nwebhook = {json.dumps(url)}\nsecret = "{SECRET}"'
    )
    with pytest.raises(WrongSetting, match=r"to\.0\.webhook"):
        Addresses.load(path, REGISTRY)


async def test_a_name_that_leads_inside_gets_nothing_without_its_certificate(
    store: Store, tmp_path: Path
) -> None:
    """Offices have private addresses: what a name leads to is not refused, but TLS
    is: whoever else a name is made to lead to, no notice is said to it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)  # noqa: FBT003  their name
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "own.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem)
    async with answering(b"HTTP/1.1 204 X\r\n\r\n", tls=tls) as (port, heard):
        failed = await why_not(f"https://localhost:{port}/", message(store))
    assert "CERTIFICATE_VERIFY_FAILED" in str(failed).upper()
    assert heard == []


@pytest.mark.parametrize(
    "url", [f"https://{'a' * 64}.example/", "https://a..example/", "https://-/"]
)
async def test_a_name_that_no_resolver_takes_costs_its_own_message_alone(
    store: Store, url: str
) -> None:
    await why_not(url, message(store))


async def test_no_proxy_of_the_environment_is_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        answering(b"HTTP/1.1 204 X\r\n\r\n") as (proxy, asked),
        answering(b"HTTP/1.1 204 X\r\n\r\n") as (port, _),
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "")
        async with client() as http:
            url = f"http://127.0.0.1:{port}/"
            await to_webhook(http, webhook(url), message(store), 7)
        assert asked == []


def test_who_does_not_answer_holds_up_nobody_else(store: Store) -> None:
    dead = [(notification(f"d-{n}"), "deyang dead") for n in range(100)]
    store.take({}, (), dead, 0)
    store.take({}, (), [(notification("m-1", "meishan"), "meishan well")], 5)
    assert "meishan well" in {one.place for one in store.ready(9, 16)}
    assert [m.id for m in store.ready(9, 200) if m.place == "deyang dead"][:2] == [
        "d-0",
        "d-1",
    ]


async def test_a_round_of_deliveries_ends_though_a_receiver_does_not_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_WAIT_S", 2.0)
    told = []
    async with (
        answering(b"HTTP/1.1 204 X\r\n\r\n") as (well, taken),
        answering(b"x" * 1_000, drop_s=0.1) as (slow, _),
    ):
        urls = {"deyang": slow, "meishan": well}
        to = tuple(
            Address.model_validate(
                {"party": p, "webhook": f"http://127.0.0.1:{n}/", "secret": SECRET}
            )
            for p, n in urls.items()
        )
        for address in to:
            told += [
                (notification(f"{address.party}-{n}", address.party), address.place)
                for n in range(12)
            ]
        store.take({}, (), told, 0)
        working = asyncio.create_task(
            Notifier(Settings(), Addresses(to=to), store)._deliver()
        )
        try:
            async with asyncio.timeout(60):
                while any("meishan" in m.place for m in store.ready(9e9, 99)):
                    await asyncio.sleep(0.05)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    assert len(taken) == 12
    assert any("deyang" in m.place for m in store.ready(9e9, 99))


# Mail


@pytest.mark.parametrize(
    "mail",
    [
        "a@b\r\nBcc: c@d",
        "a@b\nBcc: c@d",
        "a@b, c@d",
        "a@b c@d",
        "<a@b>",
        "a@b\x0bc",
        "a@b\u2028Bcc",
        "@b",
        "a@",
        "a",
        "a@b@c",
    ],
)
def test_an_address_of_mail_is_one(mail: str) -> None:
    with pytest.raises(ValueError, match="mail"):
        Address.model_validate({"party": "deyang", "mail": mail})


@pytest.mark.parametrize("field", ["zh", "en", "subject"])
@pytest.mark.parametrize(
    "text",
    [
        "退\r\nBcc: a@b",
        "退\n\n.\nMAIL FROM:<x@y>",
        "\r\n.\r\n",
        "=?utf-8?q?Bcc:_a=40b?=",
        "x" * 5_000,
        "退" * 5_000,
        "\x00\x1b[31m",
        "\u2028\u2029\x85Bcc: a@b",
        "<script>",
    ],
)
def test_what_was_said_is_never_a_header(store: Store, field: str, text: str) -> None:
    address = Address(party="deyang", mail="office@deyang.example")
    mail = mail_of(address, message(store, **{field: text}), "twincity@example.org")
    whole = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    head = whole.partition(b"\r\n\r\n")[0]
    names = {
        line.partition(b":")[0].lower()
        for line in head.split(b"\r\n")
        if not line.startswith((b" ", b"\t"))
    }
    assert names == {
        *(b"from", b"to", b"subject", b"message-id", b"date", b"auto-submitted"),
        *(b"content-type", b"content-transfer-encoding", b"mime-version"),
    }
    assert all(len(line) <= 998 for line in whole.split(b"\r\n"))


class MailServer:
    """Greets, and answers each command alike; what it was told."""

    def __init__(self, greeting: bytes, answer: bytes = b"250 x\r\n") -> None:
        self._greeting, self._answer = greeting, answer
        self.told: list[bytes] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(self._greeting)
        data = False
        while line := await reader.readline():
            self.told.append(line)
            data = (data or line == b"data\r\n") and line != b".\r\n"
            if line == b"data\r\n":
                writer.write(b"354 x\r\n")
            elif not data:
                writer.write(self._answer)
        writer.close()

    async def hand(self, one: Message, **settings: Any) -> None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            smtp = Smtp.model_validate(
                {
                    "host": "127.0.0.1",
                    "port": server.sockets[0].getsockname()[1],
                    "sender": "twincity@example.org",
                    **settings,
                }
            )
            await to_mail(smtp, Address(party="deyang", mail="a@b.c"), one)

    def commands(self) -> set[bytes]:
        return {line.split()[0].upper() for line in self.told if line.split()}


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400\r\n", b"554 no\r\n"])
async def test_a_mail_server_that_is_none_is_given_up_in_time(
    store: Store, greeting: bytes
) -> None:
    started = time.monotonic()
    with pytest.raises(Undelivered):
        await MailServer(greeting).hand(message(store))
    assert time.monotonic() - started < SOON_S


async def test_a_mail_server_that_strips_starttls_gets_no_word(store: Store) -> None:
    server = MailServer(b"220 x ESMTP\r\n")
    with pytest.raises(Undelivered, match=smtplib.SMTPNotSupportedError.__name__):
        await server.hand(message(store), user="u", password="p")
    assert server.commands() == {b"EHLO", b"QUIT"}


@pytest.mark.parametrize("parting", [b"250 x\r\n", b"500 x\r\n", b""])
async def test_what_is_taken_is_not_sent_again_however_the_server_parts(
    store: Store, parting: bytes
) -> None:
    server = MailServer(b"220 x ESMTP\r\n")
    serve = server.serve

    async def parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, Parting(writer, server, parting))  # type: ignore[arg-type]

    server.serve = parts  # type: ignore[method-assign]
    await server.hand(message(store), starttls=False)
    assert b"QUIT" in server.commands()


class Parting:
    """Answers QUIT otherwise."""

    def __init__(
        self, writer: asyncio.StreamWriter, server: MailServer, parting: bytes
    ) -> None:
        self._writer, self._server, self._parting = writer, server, parting

    def write(self, data: bytes) -> None:
        last = self._server.told[-1:] == [b"quit\r\n"]
        self._writer.write(self._parting if last else data)
        if last:
            self._writer.close()

    def close(self) -> None:
        self._writer.close()


@pytest.mark.parametrize("stage", ["greeting", "hello", "taken", "parting"])
async def test_a_mail_server_that_drips_is_left_in_time(
    monkeypatch: pytest.MonkeyPatch, store: Store, stage: str
) -> None:
    """Each byte comes within what one read may take; a line's end never does."""
    monkeypatch.setattr(delivering, "_MAIL_S", 0.5)
    taken: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def answer(line: bytes, at: str = "") -> None:
            for _ in range(200 if at == stage else 0):
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.05)
            writer.write(line)

        try:
            await answer(b"220 x\r\n", "greeting")
            while line := await reader.readline():
                match line[:4].upper():
                    case b"EHLO":
                        await answer(b"250 x\r\n", "hello")
                    case b"DATA":
                        await answer(b"354 x\r\n")
                        taken.append(await reader.readuntil(b"\r\n.\r\n"))
                        await answer(b"250 x\r\n", "taken")
                    case b"QUIT":
                        await answer(b"221 x\r\n", "parting")
                    case _:
                        await answer(b"250 x\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    address = Address.model_validate({"party": "deyang", "mail": "a@example.org"})
    started = time.monotonic()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        smtp = Smtp(host="127.0.0.1", port=port, sender="t@example.org", starttls=False)
        if stage == "parting":  # what is taken stays taken
            await to_mail(smtp, address, message(store))
            assert len(taken) == 1
        else:
            with pytest.raises(Undelivered) as failed:
                await to_mail(smtp, address, message(store))
            assert failed.value.ever
        assert time.monotonic() - started < SOON_S
