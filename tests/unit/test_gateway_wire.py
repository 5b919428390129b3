"""Odd questions, odd attributes and streams whose reader's right ends, by the wire."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from services.gateway import streaming
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
BEATS = 5


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


CE = (
    "ce-specversion: 1.0",
    "ce-id: 1",
    "ce-source: /chengdu/bureau",
    "ce-type: twincity.project.described.v1",
    f"ce-subject: {S11}",
    "ce-time: 2026-11-01T09:00:00+08:00",
)
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
    """The last event of a stream after something happens; "" where it goes on."""
    text, live = "", 0
    for part in answer.iter_text():
        text += part
        if not live and "event: live" in text:
            live = len(text)
            meanwhile()
        if live and text.count(": \n\n", live) > BEATS:
            return ""
    return text.rstrip("\n").rpartition("\n\n")[2]


@pytest.fixture
def tokened(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Fake]]:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0.1)
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
        assert "\nevent: ended\n" in last
        words = json.loads(last.partition("data: ")[2])
        assert "令牌" in words["zh"]
        assert "token" in words["en"]
        assert last_event(kept, lambda: None) == ""  # the other key's goes on


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
        assert "\nevent: ended\n" in last_event(ended, later)
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
        httpx.Client(base_url=address, timeout=SOON_S) as asking,
        asking.stream("GET", "/events", headers=bearer(NEW, "new")) as kept,
    ):
        assert last_event(kept, suspend) == ""


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
