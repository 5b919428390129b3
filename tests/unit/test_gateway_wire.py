"""What comes over the wire to the gateway's real server, as no client would send it.

Every refusal is bounded in time and in memory, nothing of it is half said, and
whoever comes next is answered.
"""

import gzip
import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from services.gateway import receiving, streaming, upgrading
from services.gateway.opening import BATCH
from services.gateway.pages import site
from services.gateway.statements import LONGEST_WAIT_S, wait_of
from services.gateway.tokens import Tokens, sign
from tests.support.gateway import Fake, cloudevent, serving
from tests.support.saying import S11, described, envelope
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import Party, PublicKey, Registry, Suspension

REGISTRY = Registry.load(Path("deploy/parties.toml"))
SAID = cloudevent(envelope("project.described", "chengdu", S11), described())
BODY = json.dumps(SAID).encode()
SOON_S = 5.0
"""Longer than any bound that these tests set, and shorter than the real ones."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "HEAD_S", 0.5)
    monkeypatch.setattr("services.gateway.app.STATEMENTS_S", 0.5)


@pytest.fixture
def served() -> Iterator[tuple[str, Fake]]:
    with serving(lambda: Fake(REGISTRY, frozenset({"chengdu"}))) as made:
        yield made


def connect(address: str) -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=SOON_S)


def answered(address: str, sent: bytes) -> bytes:
    """Everything that comes for some bytes, until the server ends the connection."""
    with connect(address) as connection:
        connection.sendall(sent)
        return whole(connection)


def whole(connection: socket.socket) -> bytes:
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionError:
        pass
    return found


def well(address: str, fake: Fake, said: int) -> None:
    """The next one is answered, and so many messages are in the inbox."""
    assert len(fake.inboxes["chengdu"]) == said
    fresh = BODY.replace(b'"id": "1"', b'"id": "next"')
    answer = httpx.post(
        f"{address}/statements", content=fresh, headers={"content-type": STRUCTURED}
    )
    assert answer.json()["verdict"] == "accepted"
    assert len(fake.inboxes["chengdu"]) == said + 1


def post(*headers: str, kind: str = STRUCTURED) -> bytes:
    lines = ("POST /statements HTTP/1.1", "Host: gateway", f"Content-Type: {kind}")
    return "\r\n".join((*lines, *headers, "", "")).encode("latin-1")


LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
CE = (
    "ce-specversion: 1.0",
    "ce-id: 1",
    "ce-source: /chengdu/bureau",
    "ce-type: twincity.project.described.v1",
    f"ce-subject: {S11}",
    "ce-time: 2026-11-01T09:00:00+08:00",
)
SMUGGLED = b"POST /statements HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        post(LENGTH, CHUNKED),
        post(CHUNKED, LENGTH),
        post(LENGTH, f"Content-Length: {len(BODY) + 5}"),
        post(LENGTH, LENGTH),
        post("Content-Length: +5"),
        post("Content-Length: -1"),
        post("Content-Length: 0x10"),
        post("Content-Length: 5, 5"),
        post("Content-Length: 99999999999999999999999"),
        post("Transfer-Encoding: chunked, identity"),
        post("Transfer-Encoding : chunked", LENGTH),
        post(LENGTH, "ce-id: a\rb"),
        post(LENGTH, "ce-id: a\nTransfer-Encoding: chunked"),
        post(LENGTH, "ce-id: a\x00b"),
        post(LENGTH, "ce-id: a", " folded"),
        post(LENGTH, "ce-id: a", "\tfolded"),
        post(LENGTH, ": nameless"),
        post(LENGTH, "no colon"),
        post(LENGTH).replace(b"HTTP/1.1", b"HTTP/9.9"),
        post(LENGTH).replace(b"POST", b"WRITE"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_a_head_that_two_could_read_differently_is_refused(
    served: tuple[str, Fake], head: bytes
) -> None:
    address, fake = served
    found = answered(address, head + BODY + SMUGGLED)
    assert found.startswith(b"HTTP/1.1 4"), found
    assert found.count(b"HTTP/1.1 ") == 1  # what follows is no request
    well(address, fake, 0)


def test_a_chunk_with_a_lying_size_says_nothing(served: tuple[str, Fake]) -> None:
    address, fake = served
    for size in (b"zz", b"-5", b"ffffffffffffffffffff", b"5;" + b"x" * 70_000):
        chunk = size + b"\r\n" + BODY + b"\r\n0\r\n\r\n"
        assert b"HTTP/1.1 200" not in answered(address, post(CHUNKED) + chunk)
    well(address, fake, 0)


# Heads


@pytest.mark.parametrize(
    "head",
    [
        post(*(f"X-{n}: {'x' * 1_000}" for n in range(200))),
        post("X: " + "x" * 200_000),
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"x" * 200_000,
        post("Upgrade: h2c", "Connection: Upgrade", "X: " + "x" * 200_000),
    ],
)
def test_a_head_without_an_end_is_refused(
    served: tuple[str, Fake], head: bytes
) -> None:
    address, fake = served
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(20):
        started = time.monotonic()
        found = answered(address, head[: -len(b"\r\n\r\n")])
        assert found[:12] in {b"", b"HTTP/1.1 400"}
        assert time.monotonic() - started < SOON_S
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 50_000
    well(address, fake, 0)


def drip(connection: socket.socket, drops: bytes) -> None:
    """Send twenty bytes a second; it takes longer than any bound."""
    for at in range(len(drops)):
        connection.sendall(drops[at : at + 1])
        time.sleep(0.05)


OFFERING = ("Upgrade: h2c", "Connection: Upgrade")


@pytest.mark.parametrize("offered", [(), OFFERING], ids=["plain", "offers HTTP/2"])
@pytest.mark.parametrize("said", [0, 1], ids=["first", "second"])
def test_a_head_that_comes_drop_by_drop_ends_in_time(
    served: tuple[str, Fake], said: int, offered: tuple[str, ...]
) -> None:
    address, fake = served
    with connect(address) as connection:
        for _ in range(said):
            connection.sendall(post(LENGTH, *offered) + BODY)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        with pytest.raises(ConnectionError):
            drip(connection, post(*offered)[:-2] + b"X: " + b"x" * 1_000)
    assert time.monotonic() - started < SOON_S
    well(address, fake, said)


def test_a_thousand_who_say_nothing_keep_nobody_out(served: tuple[str, Fake]) -> None:
    address, fake = served
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4_096)), hard))
    with ExitStack() as kept:
        idle = [kept.enter_context(connect(address)) for _ in range(1_000)]
        started = time.monotonic()
        well(address, fake, 0)
        assert time.monotonic() - started < SOON_S
        for one in idle:  # and each is let go
            assert whole(one) == b""


# Bodies


@pytest.mark.parametrize(
    ("kind", "body"), [(STRUCTURED, BODY), (BATCH, b"[" + BODY + b"," + BODY + b"]")]
)
def test_a_body_that_breaks_off_says_nothing(
    served: tuple[str, Fake], kind: str, body: bytes
) -> None:
    address, fake = served
    head = post(f"Content-Length: {len(body)}", kind=kind)
    for kept in (0, 1, len(body) // 2, len(body) - 1):
        with connect(address) as connection:
            connection.sendall(head + body[:kept])
    chunked = post(CHUNKED, kind=kind) + f"{len(body):x}\r\n".encode() + body + b"\r\n"
    with connect(address) as connection:
        connection.sendall(chunked)  # whole, but for the chunk that says so
    time.sleep(0.2)
    well(address, fake, 0)


def test_a_body_that_comes_drop_by_drop_is_answered_in_time(
    served: tuple[str, Fake],
) -> None:
    address, fake = served
    started = time.monotonic()
    with connect(address) as connection:
        connection.sendall(post(LENGTH))
        connection.settimeout(0.05)
        found = b""
        while not found and time.monotonic() - started < SOON_S:
            connection.sendall(b" ")
            try:
                found = connection.recv(65_536)
            except TimeoutError:
                continue
    assert found.startswith(b"HTTP/1.1 408")
    assert "application/problem+json" in found.decode()
    well(address, fake, 0)


def test_what_is_packed_is_not_unpacked(served: tuple[str, Fake]) -> None:
    address, fake = served
    headers = {"content-type": STRUCTURED, "accept-language": "zh"}
    for coding in ("gzip", "GZIP", "br", "identity, gzip", "x-unknown"):
        told = headers | {"content-encoding": coding}
        for body in (gzip.compress(BODY), gzip.compress(bytes(10**8))):
            answer = httpx.post(f"{address}/statements", content=body, headers=told)
            assert answer.status_code == 415
            assert answer.headers["accept-encoding"] == "identity"
            assert "请勿压缩" in answer.json()["title"]
        refused = httpx.post(f"{address}/sheets", content=b"PK", headers=told)
        assert refused.status_code == 415
    told = headers | {"content-encoding": "identity"}
    answer = httpx.post(f"{address}/statements", content=BODY, headers=told)
    assert answer.json()["verdict"] == "accepted"
    well(address, fake, 1)


# Attributes in headers


def binary(*headers: str) -> bytes:
    value = json.dumps(described()).encode()
    length = (f"Content-Length: {len(value)}", "Connection: close")
    return post(*length, *headers, kind="application/json") + value


def test_attributes_in_headers_are_taken_as_they_are(
    served: tuple[str, Fake],
) -> None:
    address, fake = served
    assert b'"accepted"' in answered(address, binary(*CE))
    well(address, fake, 1)


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        (("ce-id: 2",), "ce_id"),
        (("CE-ID: 1",), "ce_id"),
        (("ce-source: /deyang/bureau",), "ce_source"),
        (("ce-note: a%0D%0Ace_id: 2",), "ce_note"),
        (("ce-note: a%00",), "ce_note"),
        (("ce-note: %FF%FE",), "ce_note"),
        (("ce-note: " + "x" * 9_000,), "ce_note"),
        (("ce-note%0A: x",), "ce_note%0a"),
        (("ce-data: x",), "ce_data"),
        (("ce-: x",), "ce_"),
    ],
)
def test_an_attribute_twice_too_large_or_with_a_line_break_is_rejected(
    served: tuple[str, Fake], more: tuple[str, ...], pointer: str
) -> None:
    address, fake = served
    found = answered(address, binary(*CE, *more))
    head, _, document = found.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 4"), found
    if head.startswith(b"HTTP/1.1 422"):
        problems = json.loads(document)["problems"]
        assert pointer in {one["pointer"] for one in problems}, problems
    assert all("\n" not in n for m in fake.inboxes["chengdu"] for n, _ in m.headers)


def test_one_of_a_batch_that_is_wrong_and_one_said_otherwise(
    served: tuple[str, Fake],
) -> None:
    address, fake = served
    other = SAID | {"data": described(name="另一名称")}
    batch = [SAID, {"x": 1}, 7, SAID, other]
    answer = httpx.post(
        f"{address}/statements",
        content=json.dumps(batch).encode(),
        headers={"content-type": BATCH},
    )
    found = [result["status"] for result in answer.json()["results"]]
    assert (answer.status_code, found[:4]) == (422, [200, 422, 422, 200])
    assert len(fake.inboxes["chengdu"]) == 5  # admission judges the same id again


# Asking


def test_methods_and_what_cannot_be_had(served: tuple[str, Fake]) -> None:
    address, _ = served
    with httpx.Client(base_url=address) as asking:
        got, head = asking.get("/records"), asking.head("/records")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == got.headers["etag"]
        for path, allowed in (("/statements", {"POST"}), ("/records", {"GET", "HEAD"})):
            for method in ("OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"):
                answer = asking.request(method, path)
                assert answer.status_code == 405
                assert {*answer.headers["allow"].split(", ")} == allowed
                assert answer.headers["content-type"] == "application/problem+json"
        for accept in ("application/pdf", "image/*", "*/*;q=0", "garbage", ";;;,,"):
            answer = asking.get("/records", headers={"accept": accept})
            assert answer.status_code == 406, accept
            assert answer.json()["title_zh"]
        for kept in ("text/csv;q=0.5, application/json", "*/*", "application/*", ""):
            answer = asking.get("/records", headers={"accept": kept})
            assert answer.headers["content-type"] == "application/json", kept


@pytest.mark.parametrize(
    "prefer",
    [
        *("wait=-1", "wait=1e9", "wait=999999999", "wait=" + "9" * 5_000, "wait=abc"),
        *("wait", "wait=", "wait=0x5", "wait=１", "wait=5, wait=1", "respond-async"),
    ],
)
def test_any_wait_is_bounded(served: tuple[str, Fake], prefer: str) -> None:
    assert 0 <= wait_of(prefer) <= LONGEST_WAIT_S
    address, _ = served
    headers = {"content-type": STRUCTURED, "prefer": prefer.encode()}
    answer = httpx.post(f"{address}/statements", content=BODY, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "root", ["/records", "/receipts", "/subjects", "/trace", "/pages/static"]
)
@pytest.mark.parametrize(
    "path",
    [
        *("/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd"),
        *("/....//x", "/%00", "/%ff", "/\\..\\x", "//etc/passwd"),
    ],
)
def test_paths_lead_nowhere_else(
    served: tuple[str, Fake], root: str, path: str
) -> None:
    address, _ = served
    asked = f"GET {root}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    found = answered(address, asked.encode())
    assert found[9:12] in {b"400", b"404"}, found[:200]
    assert b"root:" not in found


def test_an_etag_is_matched_weak_strong_or_among_several(
    served: tuple[str, Fake],
) -> None:
    address, _ = served
    with httpx.Client(base_url=address) as asking:
        tag = asking.get("/records").headers["etag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}', f'W/"y",{tag}', "*"):
            answer = asking.get("/records", headers={"if-none-match": known})
            assert (answer.status_code, answer.content) == (304, b""), known
        for other in ("garbage", '"x"', tag.strip('"'), f'{tag[:-2]}"', ""):
            answer = asking.get("/records", headers={"if-none-match": other})
            assert answer.status_code == 200, other


# Streams

OLD, NEW = (OKPKey.generate_key("Ed25519") for _ in range(2))


def keyed(*keys: PublicKey, **changes: Any) -> Registry:
    party = REGISTRY["chengdu"].model_copy(update={"keys": keys, **changes})
    return REGISTRY.model_copy(update={"party": (party,)})


def public(name: str, key: OKPKey, **days: Any) -> PublicKey:
    return PublicKey.model_validate(
        {"id": name, "ed25519": key.as_dict()["x"], "since": "2020-01-01", **days}
    )


BOTH = keyed(public("old", OLD), public("new", NEW))


def bearer(key: OKPKey, name: str, seconds: int = 3_600) -> dict[str, str]:
    now = int(time.time())
    token = sign(key, f"chengdu/{name}", "read write", now, seconds)
    return {"authorization": f"Bearer {token}"}


def last_event(answer: httpx.Response, meanwhile: Callable[[], None]) -> str:
    """The last event of a stream that ends by itself, after something happens."""
    text, happened = "", False
    for part in answer.iter_text():
        text += part
        if not happened and "event: live" in text:
            happened = True
            meanwhile()
    return text.rstrip("\n").rpartition("\n\n")[2]


@pytest.fixture
def tokened(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Fake]]:
    monkeypatch.setattr(streaming, "ALLOWED_S", 0.1)
    tokens = Tokens(BOTH, "chengdu")
    with serving(lambda: Fake(BOTH, frozenset({"chengdu"}), tokens=tokens)) as made:
        yield made


def test_a_stream_ends_when_its_key_is_taken_away(tokened: tuple[str, Fake]) -> None:
    address, fake = tokened
    assert fake.tokens is not None
    tokens = fake.tokens
    rotated = keyed(public("old", OLD, until="2020-02-01"), public("new", NEW))

    def rotate() -> None:
        tokens.registry = rotated

    with (
        httpx.Client(base_url=address, timeout=SOON_S) as asking,
        asking.stream("GET", "/events", headers=bearer(NEW, "new")) as kept,
        asking.stream("GET", "/events", headers=bearer(OLD, "old")) as ended,
    ):
        last = last_event(ended, rotate)
        assert last.startswith("event: refused\ndata: ")
        words = json.loads(last.partition("data: ")[2])
        assert "令牌" in words["zh"]
        assert "token" in words["en"]
        assert "id:" not in last  # so that the id before it resumes
        with pytest.raises(httpx.ReadTimeout):
            last_event(kept, lambda: None)  # the other key's goes on


def test_a_stream_ends_with_its_token(
    tokened: tuple[str, Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = tokened
    started = time.time()
    headers = bearer(NEW, "new")

    def later() -> None:
        monkeypatch.setattr(time, "time", lambda: started + 3_700)

    with (
        httpx.Client(base_url=address, timeout=SOON_S) as asking,
        asking.stream("GET", "/events", headers=headers) as ended,
    ):
        assert last_event(ended, later).startswith("event: refused\n")
        assert asking.get("/records", headers=headers).status_code == 401


def test_a_suspended_party_reads_on(tokened: tuple[str, Fake]) -> None:
    """It may not speak: admission refuses, and its gateway's inbox is closed to it."""
    address, fake = tokened
    assert fake.tokens is not None
    tokens = fake.tokens
    since = Suspension.model_validate({"since": "2020-01-01"})
    suspended = keyed(public("old", OLD), public("new", NEW), suspensions=(since,))
    party: Party = suspended["chengdu"]
    assert party.suspended(time.time())

    def suspend() -> None:
        tokens.registry = suspended

    with (
        httpx.Client(base_url=address, timeout=1.0) as asking,
        asking.stream("GET", "/events", headers=bearer(NEW, "new")) as kept,
        pytest.raises(httpx.ReadTimeout),
    ):
        last_event(kept, suspend)


def test_a_page_s_stream_ends_with_its_reader_s_right(
    tokened: tuple[str, Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "_CHANGES_S", 0.1)
    address, fake = tokened
    assert fake.tokens is not None
    headers = bearer(OLD, "old")
    with (
        httpx.Client(base_url=address, timeout=SOON_S) as asking,
        asking.stream("GET", "/pages/changes", headers=headers) as ended,
    ):
        parts = ended.iter_text()
        assert next(parts)
        fake.tokens.registry = keyed(public("new", NEW))
        assert [*parts] in ([], [": \n\n"])


@pytest.mark.parametrize(
    "last",
    [
        *("garbage", "9" * 5_000, "a.b.c", "0" * 12 + ".99999999999999.AAAA"),
        *("0" * 12 + ".1.AAAA", "0" * 12 + ".-1.", "%00", "\xe9", "." * 100),
    ],
)
def test_a_forged_position_begins_with_words_that_say_so(
    served: tuple[str, Fake], last: str
) -> None:
    address, _ = served
    headers = {"last-event-id": last.encode("latin-1")}
    with httpx.stream("GET", f"{address}/events", headers=headers, timeout=SOON_S) as s:  # type: ignore[arg-type]
        assert s.status_code == 200
        assert "event: live" in "".join(_until_live(s))


def _until_live(answer: httpx.Response) -> Iterator[str]:
    for part in answer.iter_text():
        yield part
        if "event: live" in part:
            return


def test_the_bounds_that_are_shipped() -> None:
    assert receiving.STATEMENTS_S == 10
    assert streaming.ALLOWED_S <= 15
