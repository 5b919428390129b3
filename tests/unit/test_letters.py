"""A dead letter: whole, with a published reason, and read back as it was written."""

from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.fitting import refuse_oversized
from services.runtime.incoming import Incoming
from services.runtime.letters import LONGEST_ERROR, Letter, letter, origin_of
from services.runtime.waiting import Waits
from twincity_schemas.operations import DeadLetterReason

LARGE = 5_000_000


def record(
    key: bytes | None, value: bytes | None, headers: Any = (), time: int = 0
) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord("t.topic", 2, 7, time, 0, key, value, None, 0, 0, headers)


@given(
    st.sampled_from([0, 20_000, LARGE]),
    st.sampled_from([0, 400_000, LARGE]),
    st.sampled_from([0, 100_000, LARGE]),
    st.integers(),
)
def test_every_dead_letter_fits(key: int, value: int, header: int, time: int) -> None:
    headers = (("ce_id", b"1"), ("note", b"n" * header), ("null", None))
    given_ = record(b"k" * key, b"v" * value, headers, time)
    waits = Waits(DeadLetterReason.UNDECIDED, 3)
    sent = letter("admission", Incoming(given_), waits, "文" * LARGE, "t.")
    refuse_oversized(sent.key, sent.value, sent.headers)
    again = record(sent.key, sent.value, tuple(sent.headers))
    found = Letter.read("admission", again)
    assert (str(found.origin), found.waits) == ("topic/2/7", waits)
    assert found.version == version("twincity")
    assert len(found.error.encode()) <= LONGEST_ERROR
    whole = [(n, v or b"") for n, v in headers] == list(found.headers)
    assert (whole and found.value == given_.value) is not found.cut or key > 10_000


@given(st.binary(max_size=600), st.text())
def test_what_is_told_of_it_is_read_back(key: bytes, error: str) -> None:
    """Whatever a party's own headers are called."""
    forged = (("twincity-reason", b"behind"), ("twincity-cut", b"true"))
    incoming = Incoming(record(key, None, forged))
    sent = letter("admission", incoming, Waits(DeadLetterReason.BATCH), error)
    assert sent.value is not None  # a tombstone would remove it
    found = Letter.read("admission", record(sent.key, sent.value, tuple(sent.headers)))
    assert found.waits == Waits(DeadLetterReason.BATCH)
    assert found.subject == incoming.subject
    assert not found.cut
    reason = dict(sent.headers)
    assert reason["twincity-reason-zh"].decode() == DeadLetterReason.BATCH.words.zh
    assert reason["twincity-reason-en"].decode() == DeadLetterReason.BATCH.words.en


@pytest.mark.parametrize("text", ["", "a/b", "t/-1/2", "t/1/x", "t t/1/2"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not topic/partition/offset"):
        origin_of(text)


def test_what_is_no_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="no dead letter"):
        Letter.read("admission", record(b"t/0/1", b""))
