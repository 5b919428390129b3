"""One message into a webhook or a mail server.

Webhooks are signed after Standard Webhooks 1.0 (``webhook-id``, ``-timestamp``,
``-signature`` with HMAC-SHA256, Ed25519 or both): a receiver's library checks them.
Mail has the message's id as its ``Message-ID``; signing it (DKIM) is the mail server's.
"""

import asyncio
import base64
import hmac
import json
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from hashlib import sha256

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typing_extensions import override

from services.notifier.addresses import Address, Smtp
from services.notifier.store import Message

_WAIT_S = 15.0
"""How long a webhook may take in all, and a mail server for each byte."""

_MAIL_S = 60.0
"""How long a mail server may take in all: some greet strangers late, on purpose."""

_GONE = 410
_SPEAKS = {"User-Agent": "twincity-notifier", "Content-Type": "application/json"}


class Undelivered(Exception):  # noqa: N818  reads as what it says
    """A try that failed; ``ever`` tells whether another could succeed."""

    def __init__(self, reason: str, *, ever: bool = True) -> None:
        super().__init__(reason)
        self.ever = ever


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Returns ``v1,`` and the HMAC in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def signature_by_key(key: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Returns the same by Ed25519: ``v1a,`` and the signature in base64."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = _private(key).sign(signed)
    return "v1a," + base64.b64encode(made).decode()


def new_key() -> tuple[str, str]:
    """Returns a new key and its public half, ``whsk_…`` and ``whpk_…``."""
    made = Ed25519PrivateKey.generate()
    secret, public = made.private_bytes_raw(), made.public_key().public_bytes_raw()
    return (
        f"whsk_{base64.b64encode(secret).decode()}",
        f"whpk_{base64.b64encode(public).decode()}",
    )


def _private(key: str) -> Ed25519PrivateKey:
    seed = base64.b64decode(key.removeprefix("whsk_"))
    return Ed25519PrivateKey.from_private_bytes(seed)


def signatures(address: Address, message_id: str, timestamp: int, body: bytes) -> str:
    """Returns the header ``webhook-signature``: one by the secret, one by the key."""
    ways = ((signature, address.secret), (signature_by_key, address.key))
    return " ".join(
        sign(secret.get_secret_value(), message_id, timestamp, body)
        for sign, secret in ways
        if secret is not None
    )


async def to_webhook(
    client: httpx.AsyncClient, address: Address, message: Message, now: float
) -> None:
    """Post a message.

    Args:
        client: through which.
        address: whose.
        message: which.
        now: seconds since 1970; it is signed.

    Raises:
        Undelivered: nobody took it; 410 says that nobody ever will.
    """
    notification = message.telling
    document = {
        "type": f"twincity.told.{notification['about']}",
        "timestamp": datetime.fromtimestamp(message.made, UTC).isoformat(),
        "data": notification,
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": signatures(address, message.id, int(now), body),
    }
    try:
        async with (
            # In all: the client's own limit is of each byte, and others wait for this.
            asyncio.timeout(_WAIT_S),
            client.stream(
                "POST", str(address.webhook), content=body, headers=headers | _SPEAKS
            ) as answer,  # its body is nobody's
        ):
            status = answer.status_code
    except TimeoutError:
        raise Undelivered(f"no answer within {_WAIT_S:.0f} s") from None
    except (httpx.HTTPError, UnicodeError) as error:  # or a name of no host
        raise Undelivered(f"{type(error).__name__} {error}".strip()) from None
    if not httpx.codes.is_success(status):
        raise Undelivered(f"HTTP {status}", ever=status != _GONE)


def mail_of(address: Address, message: Message, sender: str) -> EmailMessage:
    """Returns a message as mail, its own language first."""
    notification = message.telling
    first, second = ("zh", "en") if address.language == "zh" else ("en", "zh")
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, address.mail
    # A header is one line, whatever was said.
    title = " ".join(f"{notification[first]}".split())[:150]
    mail["Subject"] = f"[TwinCity 成渝双城] {title}"
    mail["Message-ID"] = f"<{message.id}@twincity.invalid>"
    mail["Date"] = datetime.fromtimestamp(message.made, UTC)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer of a machine
    about = notification.get("subject", "")
    mail.set_content(f"{notification[first]}\n\n{notification[second]}\n\n{about}\n")
    return mail


async def to_mail(smtp: Smtp, address: Address, message: Message) -> None:
    """Hand a message to the mail server.

    Raises:
        Undelivered: it did not take it; a 5xx says that it never will.
    """
    mail = mail_of(address, message, smtp.sender)
    try:
        await asyncio.to_thread(_send, smtp, mail)
    except smtplib.SMTPResponseException as error:
        reason = f"SMTP {error.smtp_code}"
        raise Undelivered(reason, ever=error.smtp_code < 500) from None  # noqa: PLR2004  5xx: for good
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        ever = any(code < 500 for code in codes)  # noqa: PLR2004  5xx is for good
        raise Undelivered(f"SMTP {codes}", ever=ever) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"{type(error).__name__} {error}") from None


class _MailServer(smtplib.SMTP):
    """A mail server that is left when its time is over, however often it writes."""

    def __init__(self, smtp: Smtp) -> None:
        self.sock: socket.socket | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            super().__init__(smtp.host, smtp.port, timeout=_WAIT_S)
        except BaseException:
            self._ended.set()
            raise

    @override
    def close(self) -> None:
        self._ended.set()
        super().close()

    def _watch(self) -> None:
        while not self._ended.wait(_MAIL_S):
            if (line := self.sock) is not None:
                with suppress(OSError):  # not TLS's own way, which waits for an answer
                    socket.socket.shutdown(line, socket.SHUT_RDWR)


def _send(smtp: Smtp, mail: EmailMessage) -> None:
    server = _MailServer(smtp)
    try:
        if smtp.starttls:
            server.starttls(context=ssl.create_default_context())
        if smtp.user:
            server.login(smtp.user, smtp.password.get_secret_value())
        server.send_message(mail)
    finally:  # what is taken stays taken, however the server parts
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def client() -> httpx.AsyncClient:
    """Returns a client that follows nowhere else, and asks no proxy's environment."""
    return httpx.AsyncClient(
        timeout=_WAIT_S,
        follow_redirects=False,
        trust_env=False,
        verify=httpx.create_ssl_context(),  # SSL_CERT_FILE still names authorities
    )
