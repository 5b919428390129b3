"""A reader of the live stream whose socket stands still, on a real server."""

import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from services.gateway import streaming, upgrading
from tests.support.gateway import Fake, serving
from tests.unit.test_gateway_stream import EXAMPLE, TRANSPORT, change, gateway

RECORDS = 12_000_000 // len(EXAMPLE.value)
"""Twice of what both sockets were measured to take for who reads nothing."""


def filled() -> Fake:
    fake = gateway()
    fake.take(*(change(TRANSPORT, 0, number, str(number)) for number in range(RECORDS)))
    return fake


def test_it_is_let_go_and_the_others_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection too: nothing waits for it to take what was written."""
    monkeypatch.setattr(streaming, "_SLOWEST_S", 0.3)
    let_go = threading.Event()
    lost = upgrading._ByHttptools.connection_lost

    def noted(self: upgrading._ByHttptools, error: Exception | None) -> None:
        lost(self, error)
        let_go.set()

    monkeypatch.setattr(upgrading._ByHttptools, "connection_lost", noted)
    with serving(filled) as (address, _), socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        place = urlsplit(address)
        stalled.connect((place.hostname, place.port))
        stalled.sendall(b"GET /events HTTP/1.1\r\nHost: gateway\r\n\r\n")
        read = bytearray()
        with requests.get(f"{address}/events", stream=True, timeout=20) as answer:
            parts = answer.iter_content(None)
            while b"\nevent: live\n" not in read[-2_000:]:
                read += next(parts)
            assert let_go.wait(20)  # the other one's is open yet
        assert read.count(b"\nevent: record\n") == RECORDS
