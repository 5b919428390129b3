"""The gateway beside odd and hostile clients, on a real server.

What is refused leaves nothing in an inbox, and the next client is served as ever.
"""

import gzip
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from services.gateway import receiving
from tests.support.gateway import Fake, cloudevent, serving
from tests.support.saying import S11, described, envelope
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import Registry

BODY = json.dumps(
    cloudevent(envelope("project.described", "chengdu", S11), described())
).encode()
HEAD = f"POST /statements HTTP/1.1\r\nHost: g\r\nContent-Type: {STRUCTURED}\r\n"
UPGRADE = "Connection: Upgrade\r\nUpgrade: h2c\r\n"
LENGTH = f"Content-Length: {len(BODY)}\r\n"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
IDLE_S = 1


@pytest.fixture
def server() -> Iterator[tuple[tuple[str, int], Fake]]:
    def make() -> Fake:
        registry = Registry.load(Path("deploy/parties.toml"))
        return Fake(registry, frozenset({"chengdu"}))

    with serving(make, timeout_keep_alive=IDLE_S) as (address, fake):
        host, _, port = address.removeprefix("http://").partition(":")
        yield (host, int(port)), fake


def sent(place: tuple[str, int], *parts: bytes) -> bytes:
    """Everything that is answered until the server closes, or is quiet."""
    with socket.create_connection(place, timeout=4 * IDLE_S) as made:
        made.sendall(b"".join(parts))  # at once: it may be closed before the last
        return b"".join(iter(lambda: received(made), b""))


def received(made: socket.socket) -> bytes:
    try:
        return made.recv(65_536)
    except ConnectionResetError:
        return b""


def is_closed(made: socket.socket) -> bool:
    """Whether the server has hung up, a tenth of a second from now at the latest."""
    made.settimeout(0.1)
    try:
        return made.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def statuses(answered: bytes) -> list[int]:
    return [int(s) for s in re.findall(rb"^HTTP/1\.1 (\d+)", answered, re.MULTILINE)]


def served(place: tuple[str, int]) -> None:
    """Another client says something, and it is taken."""
    answered = sent(place, (HEAD + LENGTH + "Connection: close\r\n\r\n").encode(), BODY)
    assert statuses(answered) == [200]


TWO_LENGTHS = {
    "both": f"{LENGTH}Transfer-Encoding: chunked\r\n",
    "both_turned": f"Transfer-Encoding: chunked\r\n{LENGTH}",
    "two": f"{LENGTH}Content-Length: 5\r\n",
    "a_list": f"Content-Length: {len(BODY)}, 5\r\n",
    "signed": f"Content-Length: +{len(BODY)}\r\n",
    "negative": "Content-Length: -1\r\n",
    "grouped": "Content-Length: 1_0\r\n",
    "hexadecimal": "Content-Length: 0x10\r\n",
    "endless": f"Content-Length: {'9' * 40}\r\n",
    "space_before_colon": "Transfer-Encoding : chunked\r\n",
    "another_encoding": "Transfer-Encoding: xchunked\r\n",
    "chunked_first": "Transfer-Encoding: chunked, identity\r\n",
    "folded": "Transfer-Encoding:\r\n chunked\r\n",
    "nothing_before_colon": f": x\r\n{LENGTH}",
    "null": f"{LENGTH}X: a\0b\r\n",
    "bare_return": f"{LENGTH}X: a\rContent-Length: 5\r\n",
}


@pytest.mark.parametrize("upgrade", ["", UPGRADE], ids=["", "upgrade"])
@pytest.mark.parametrize("name", TWO_LENGTHS)
def test_a_request_that_two_readers_may_cut_differently_says_nothing(
    server: tuple[tuple[str, int], Fake], name: str, upgrade: str
) -> None:
    place, fake = server
    second = (HEAD + LENGTH + "\r\n").encode() + BODY
    answered = sent(
        place, (HEAD + upgrade + TWO_LENGTHS[name] + "\r\n").encode(), CHUNKED, second
    )
    assert set(statuses(answered)) <= {400, 413, 501}, answered
    assert len(statuses(answered)) <= 1
    assert not fake.inboxes
    served(place)


@pytest.mark.parametrize(
    "size",
    ["0x10", "+5", "-5", " 5", "5 ", "5;", "g", "", "5\n", "f" * 20],
)
def test_a_chunk_whose_size_is_none_says_nothing(
    server: tuple[tuple[str, int], Fake], size: str
) -> None:
    place, fake = server
    head = (HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode()
    body = size.encode() + b"\r\n" + BODY[:5] + b"\r\n0\r\n\r\n"
    answered = sent(place, head, body)
    assert set(statuses(answered)) <= {400, 413, 422}, answered  # 5 bytes are no event
    assert not any(one.value == BODY for one in fake.inboxes["chengdu"])
    served(place)


@pytest.mark.parametrize("upgrade", ["", UPGRADE], ids=["", "upgrade"])
def test_a_body_in_chunks_is_taken(
    server: tuple[tuple[str, int], Fake], upgrade: str
) -> None:
    place, fake = server
    head = HEAD + upgrade + "Transfer-Encoding: chunked\r\n\r\n"
    assert statuses(sent(place, head.encode(), CHUNKED)) == [200]
    assert [one.value for one in fake.inboxes["chengdu"]] == [BODY]


def test_an_upload_that_breaks_off_says_nothing(
    server: tuple[tuple[str, int], Fake], caplog: pytest.LogCaptureFixture
) -> None:
    place, fake = server
    whole = (HEAD + LENGTH + "\r\n").encode() + BODY
    chunked = (HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode() + CHUNKED
    batch = b"[" + BODY + b"," + BODY + b"]"
    many = (
        HEAD.replace("cloudevents+json", "cloudevents-batch+json")
        + f"Content-Length: {len(batch)}\r\n\r\n"
    ).encode() + batch
    for message in (whole, chunked, many):
        for cut in (1, 40, len(message) // 2, len(message) - 1):
            with socket.create_connection(place, timeout=20) as made:
                made.sendall(message[:cut])
    time.sleep(0.2)
    assert not fake.inboxes
    assert not [r for r in caplog.records if r.levelname == "ERROR"]
    served(place)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("first", [b"", (HEAD + LENGTH + "\r\n").encode() + BODY])
@pytest.mark.parametrize("upgrade", [b"", UPGRADE.encode()])
def test_a_head_that_does_not_end_is_given_up(
    server: tuple[tuple[str, int], Fake], first: bytes, upgrade: bytes
) -> None:
    """Whether it is the first one of a connection or the second."""
    place, _ = server
    first = first.replace(b"Host", upgrade + b"Host")
    with socket.create_connection(place, timeout=20) as made:
        made.sendall(first)
        if first:
            assert statuses(made.recv(65_536)) == [200]
        made.sendall(b"GET /health HTTP/1.1\r\n")
        while not is_closed(made):  # or the test's own time is over
            with suppress(ConnectionError):
                made.sendall(b"X: y\r\n")
    served(place)


@pytest.mark.parametrize("first", [b"", (HEAD + LENGTH + "\r\n").encode() + BODY])
def test_a_head_of_any_length_is_refused(
    server: tuple[tuple[str, int], Fake], first: bytes
) -> None:
    place, _ = server
    with socket.create_connection(place, timeout=20) as made:
        made.sendall(first)
        if first:
            assert statuses(made.recv(65_536)) == [200]
        answered = b""
        try:
            made.sendall(b"GET /health HTTP/1.1\r\nHost: g\r\nX: ")
            for _ in range(100):
                made.sendall(b"y" * 10_000)
                time.sleep(0.005)
            answered = b"".join(iter(lambda: received(made), b""))
        except OSError:  # closed under what was still to be sent
            answered = received(made)
    assert statuses(answered) in ([431], [])
    served(place)


def test_a_body_that_trickles_in_is_given_up(
    server: tuple[tuple[str, int], Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, fake = server
    monkeypatch.setattr("services.gateway.app.STATEMENTS_S", 0.3)
    with socket.create_connection(place, timeout=20) as made:
        made.sendall((HEAD + LENGTH + "\r\n").encode())
        made.sendall(BODY[:10])
        assert statuses(made.recv(65_536)) == [408]
    assert not fake.inboxes
    assert receiving.STATEMENTS_S <= 60
    served(place)


def test_many_who_say_nothing_keep_nobody_out(
    server: tuple[tuple[str, int], Fake],
) -> None:
    place, _ = server
    with ExitStack() as stack:
        idle = [
            stack.enter_context(socket.create_connection(place, timeout=20))
            for _ in range(500)
        ]
        served(place)
        assert all(received(made) == b"" for made in idle)  # each was closed in time


async def test_a_packed_body_is_not_taken_for_a_wrong_one() -> None:
    registry = Registry.load(Path("deploy/parties.toml"))
    fake = Fake(registry, frozenset({"chengdu"}))
    headers = {"content-type": STRUCTURED, "content-encoding": "gzip"}
    for path in ("/statements", "/sheets?profile=x"):
        transport = httpx.ASGITransport(fake.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://g") as asks:
            answer = await asks.post(path, content=gzip.compress(BODY), headers=headers)
        assert answer.status_code == 415
        assert answer.headers["accept-encoding"] == "identity"
    assert not fake.inboxes
