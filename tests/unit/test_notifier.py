"""Who is told what, what a message looks like, and what is kept of a failure."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from services.gateway.rows import row_of
from services.notifier import delivering
from services.notifier.addresses import Address, Addresses, NoticeSubject
from services.notifier.delivering import (
    Undelivered,
    mail_of,
    new_key,
    signature,
    signatures,
)
from services.notifier.service import Notifier
from services.notifier.store import MOST_TRIES, OpenRecord, Store
from services.notifier.telling import Notification, is_open, of_event, reminders
from services.runtime.batches import Unreadable
from services.runtime.errors import Unavailable, WrongSetting
from services.runtime.settings import Settings
from tests.support.examples import EXAMPLES, read
from twincity_schemas.parties import Registry
from twincity_schemas.topology import records
from twincity_schemas.values import Domain

REGISTRY = Registry.load(Path("deploy/parties.toml"))
SIGNS = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TOLD = Notification(
    "t-1", "deyang", NoticeSubject.REJECTED, "project/x", "退回", "rejected"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "notifier.sqlite3")
    yield opened
    opened.close()


def test_the_file_that_is_shipped_is_one() -> None:
    found = Addresses.load(Path("deploy/notify.toml"), REGISTRY)
    assert found.parties == {"deyang", "meishan"}
    assert [*found.of("deyang", NoticeSubject.DUE)] == []
    assert [a.webhook for a in found.of("meishan", NoticeSubject.DUE)] == [
        "https://office.meishan.example/twincity"
    ]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[[to]]\nparty = "deyang"', "webhook or a mail"),
        (
            f'[[to]]\nparty = "deyang"\nwebhook = "http://x/"\nsecret = "{SIGNS}"',
            "https",
        ),
        ('[[to]]\nparty = "deyang"\nwebhook = "https://x/"', "secret"),
        ('[[to]]\nparty = "deyang"\nwebhook = "https://x/"\nsecret = "abc"', "secret"),
        ('[[to]]\nparty = "deyang"\nwebhook = "https://x/"\nkey = "whsk_abc"', "key"),
        ('[[to]]\nparty = "deyang"\nmail = "a@b.c"\nkey = "whsk_abc"', "key"),
        ('[[to]]\nparty = "nowhere"\nmail = "a@b"', "registry"),
        ('[[to]]\nparty = "deyang"\nmail = "a@b"', "smtp"),
        ('[[to]]\nparty = "deyang"\nmail = "a@b\\nBcc: c@d"', "mail"),
        ("to = 3", "to"),
        ("[[to]", "cannot be read"),
    ],
)
def test_a_file_that_cannot_work_is_refused(
    text: str, word: str, tmp_path: Path
) -> None:
    path = tmp_path / "notify.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongSetting, match=word) as refused:
        Addresses.load(path, REGISTRY)
    assert "abc" not in str(refused.value)  # a secret is in no error


def test_the_schemes_own_library_takes_our_signature() -> None:
    body, now = '{"data": "退回"}', 2**31
    headers = {
        "webhook-id": "t-1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(SIGNS, "t-1", now, body.encode()),
    }
    theirs = Webhook(SIGNS).sign("t-1", datetime.fromtimestamp(now, UTC), body)
    assert theirs == headers["webhook-signature"]
    with pytest.raises(WebhookVerificationError):  # too far in the future, and changed
        Webhook(SIGNS).verify(body + " ", headers)


def test_who_has_the_public_half_alone_checks_it_too() -> None:
    ours, theirs = new_key()
    address = Address.model_validate(
        {"party": "deyang", "webhook": "https://x/", "secret": SIGNS, "key": ours}
    )
    body = '{"data": "退回"}'.encode()
    shared, asymmetric = signatures(address, "t-1", 7, body).split(" ")
    assert shared == signature(SIGNS, "t-1", 7, body)
    version, _, text = asymmetric.partition(",")
    assert version == "v1a"
    public = Ed25519PublicKey.from_public_bytes(b64decode(theirs.removeprefix("whpk_")))
    public.verify(b64decode(text), b"t-1.7." + body)
    for other in (b"t-1.8." + body, b"t-2.7." + body, b"t-1.7." + body + b" "):
        with pytest.raises(InvalidSignature):
            public.verify(b64decode(text), other)
    alone = address.model_copy(update={"secret": None})
    assert signatures(alone, "t-1", 7, body) == asymmetric
    assert ours not in repr(address)


@pytest.mark.parametrize("answers", [b"", b"HTTP/1.1 200 OK\r\n"])
async def test_a_receiver_that_trickles_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch, answers: bytes
) -> None:
    """It keeps nobody else waiting: each byte comes in time, and the last one never."""
    monkeypatch.setattr(delivering, "_WAIT_S", 0.5)

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            writer.write(answers)
            while not over.is_set():
                writer.write(b"X: y\r\n" if answers else b"")
                await writer.drain()
                await asyncio.sleep(0.05)

    over = asyncio.Event()
    store.take({}, (), [(TOLD, "p")], 0)
    [message] = store.ready(1, 9)
    async with await asyncio.start_server(trickle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = Address(
            party="deyang", webhook=f"http://127.0.0.1:{port}/", secret=SecretStr(SIGNS)
        )
        async with asyncio.timeout(20), delivering.client() as http:
            with pytest.raises(Undelivered, match="no answer"):
                await delivering.to_webhook(http, address, message, 0)
        over.set()
        await asyncio.sleep(0.1)  # the receiver hangs up


def test_mail_is_one_line_of_subject_whatever_was_said(store: Store) -> None:
    wicked = Notification(
        "t-2", "deyang", NoticeSubject.REJECTED, "s", "退\r\nBcc: a@b 回", "x"
    )
    store.take({}, (), [(wicked, "p")], 0)
    [message] = store.ready(1, 9)
    mail = mail_of(Address(party="deyang", mail="a@b"), message, "c@d")
    assert "Bcc" not in mail
    assert mail["Message-ID"] == "<t-2@twincity.invalid>"
    assert "退 Bcc: a@b 回" in mail["Subject"]


def test_what_is_told_of_events() -> None:
    rejected = read(next(EXAMPLES.glob("receipt.issued/*reject*.json")))
    told = of_event(rejected.data, "e-1", "deyang")
    assert told is not None
    assert told.about is NoticeSubject.REJECTED
    assert "被退回" in told.zh
    assert rejected.data.problems[0].zh in told.zh
    seen = set()
    for path in EXAMPLES.glob("notice.issued/*.json"):
        notice = read(path)
        told = of_event(notice.data, "e", notice.data.party)
        seen.add((str(notice.data.kind), told and str(told.about)))
    assert ("no-effect", "no-effect") in seen
    assert ("waits", "waits") in seen
    assert ("released", None) in seen
    accepted = read(next(EXAMPLES.glob("receipt.issued/*accepted*.json")))
    assert of_event(accepted.data, "e", "deyang") is None


def test_reminders_of_a_day() -> None:
    task = read(next(EXAMPLES.glob("task.recorded/*.json"))).data
    assert is_open(task)
    due = date.fromisoformat(task.due)

    def told(today: date) -> list[tuple[str, str]]:
        return [(t.about, t.due) for t in reminders(task, today, 7)]

    assert told(date(due.year - 1, 1, 1)) == []
    assert told(due) == [("due", task.due)]
    assert told(date(due.year + 1, 1, 1)) == [("overdue", task.due)]
    ids = {
        t.id for day in (1, 2) for t in reminders(task, date(due.year + 1, 1, day), 7)
    }
    assert len(ids) == 1  # said once, not every day
    month = read(EXAMPLES / "progress.recorded/s11-until-august.json").data
    [silent] = reminders(month, due, 7)
    assert (silent.about, silent.party) == (NoticeSubject.SILENT, "chengdu")


def test_what_cannot_be_read_changes_nothing_of_what_is_open(store: Store) -> None:
    """Nor does it count as a removal, at the gateway's view as little."""
    one = read(EXAMPLES / "project.recorded" / "s11-agreed-with-its-parts.json")
    key, value, headers = one.to_message()
    whole = {**json.loads(value), "unowned": ["deyang"]}
    there = records(Domain.TRANSPORT), 0, 0, 0, 0, key
    good = ConsumerRecord(*there, json.dumps(whole).encode(), 0, 0, 0, tuple(headers))
    foreign = ConsumerRecord(*there, b"hello", 0, 0, 0, ())
    damaged = [Unreadable(*there, v, 0, 0, 0, (), "checksum") for v in (b"{}", None)]
    addresses = Addresses.load(Path("deploy/notify.toml"), REGISTRY)
    notifier = Notifier(Settings(), addresses, store)
    notifier._take([good])
    assert [x.key for x in store.opened()] == [key.decode()]
    notifier._take([foreign, *damaged])
    assert [x.key for x in store.opened()] == [key.decode()]
    assert [row_of(x, "") for x in (foreign, *damaged)] == [None] * 3
    gone = ConsumerRecord(*there, None, 0, 0, 0, ())
    notifier._take([gone])
    assert [*store.opened()] == []
    assert row_of(gone, "") is not None


def test_a_batch_is_kept_whole_and_once(store: Store) -> None:
    for _ in range(2):  # read again after a kill
        store.take({("r", 0): 5}, [OpenRecord("x", "k", "t", b"v")], [(TOLD, "p")], 1)
    assert store.positions() == {("r", 0): 5}
    assert [m.id for m in store.ready(2, 9)] == ["t-1"]
    assert store.opened() == [OpenRecord("x", "k", "t", b"v")]
    store.take({}, [OpenRecord("x", "k")], (), 1)
    assert store.opened() == []


def test_a_file_that_cannot_be_written_is_one_sentence(store: Store) -> None:
    store._database.execute("PRAGMA query_only = 1")
    with pytest.raises(Unavailable, match="TWINCITY_NOTIFY_STORE takes nothing"):
        store.take({("r", 0): 5}, (), [(TOLD, "p")], 1)
    store._database.execute("PRAGMA query_only = 0")
    assert store.positions() == {}


def test_it_is_tried_twelve_times_then_given_up_and_can_be_tried_again(
    store: Store,
) -> None:
    store.take({}, (), [(TOLD, "p")], 0)
    now = 0.0
    for tried in range(1, MOST_TRIES + 1):
        [message] = store.ready(now, 9)
        over = store.failed(message, "HTTP 500", now, ever=True)
        assert over == (tried == MOST_TRIES)
        assert store.ready(now, 9) == []
        now += 6 * 3600
    [dead] = store.dead()
    assert (dead.id, dead.reason, dead.tries) == ("t-1", "HTTP 500", MOST_TRIES)
    assert json.loads(json.dumps(dead.telling))["zh"] == "退回"
    assert store.again(["other"], now) == 0
    assert store.again([], now) == 1
    [message] = store.ready(now, 9)
    store.delivered(message)
    assert store.ready(now + 10**9, 9) == store.dead() == []


def test_what_nobody_will_ever_take_is_not_tried_again(store: Store) -> None:
    store.take({}, (), [(TOLD, "p")], 0)
    [message] = store.ready(0, 9)
    assert store.failed(message, "HTTP 410", 0, ever=False)
    assert [m.reason for m in store.dead()] == ["HTTP 410"]
