"""A client that offers HTTP/2 on a plain connection, as Java's does, is answered."""

import json
import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.gateway import Fake, cloudevent, serving
from tests.support.saying import S11, described, envelope
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import Registry

BODY = json.dumps(
    cloudevent(envelope("project.described", "chengdu", S11), described())
).encode()
ASKS = (
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n"
)
POST = (
    f"POST /statements HTTP/1.1\r\nHost: gateway\r\n{ASKS}"
    f"Content-Type: {STRUCTURED}\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode()


@pytest.fixture
def connection() -> Iterator[socket.socket]:
    registry = Registry.load(Path("deploy/parties.toml"))
    with serving(lambda: Fake(registry, frozenset({"chengdu"}))) as (address, _):
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as made:
            yield made


def answer(connection: socket.socket) -> tuple[str, dict[str, object]]:
    """The status line and the document of the next answer."""
    with connection.makefile("rb") as reading:
        status = reading.readline().decode().strip()
        headers = {}
        while line := reading.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, json.loads(reading.read(int(headers["content-length"])))


@pytest.mark.parametrize("cuts", [(), (len(POST),), (30,), (30, len(POST) - 1)])
def test_a_post_that_offers_http_2_is_taken_by_http_1(
    connection: socket.socket, cuts: tuple[int, ...]
) -> None:
    whole = POST + BODY
    for verdict in ("accepted", "duplicate"):  # on one connection
        for start, end in pairwise((0, *cuts, len(whole))):
            connection.sendall(whole[start:end])
            time.sleep(0.05)  # so that it comes apart
        status, receipt = answer(connection)
        assert status == "HTTP/1.1 200 OK", receipt
        assert receipt["verdict"] == verdict
