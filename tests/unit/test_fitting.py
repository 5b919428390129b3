"""What does not fit Kafka is found before it is sent."""

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.fitting import dead_letter, refuse_oversized

LARGE = 5_000_000


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"k" * LARGE, None, []),
        (b"", b"v" * LARGE, []),
        (b"", b"", [("note", b"n" * LARGE)]),
        (b"", b"", [("n" * LARGE, b"")]),
        (b"", b"", [("n", b"")] * LARGE),
    ],
    ids=["key", "value", "header", "name", "number of headers"],
)
def test_every_part_counts(
    key: bytes, value: bytes, headers: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        refuse_oversized(key, value, headers)


def test_a_header_name_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        refuse_oversized(b"", b"", [("\ud800", b"")])


@given(
    st.sampled_from([0, 20_000, LARGE]),
    st.sampled_from([0, 400_000, LARGE]),
    st.sampled_from([0, 100_000, LARGE]),
    st.integers(),
)
def test_whatever_is_laid_aside_fits(
    key: int, value: int, header: int, time: int
) -> None:
    headers = (("ce_id", b"1"), ("note", b"n" * header), ("null", None))
    record: ConsumerRecord[bytes, bytes] = ConsumerRecord(
        "t", 0, 7, time, 0, b"k" * key, b"v" * value, None, key, value, headers
    )
    letter = dead_letter("admission", record, "文" * LARGE)
    refuse_oversized(letter.key, letter.value, letter.headers)
    told = dict(letter.headers)
    assert told["twincity-origin"] == b"t/0/7"
    whole = (letter.key, letter.value) == (record.key, record.value)
    assert whole or "twincity-cut" in told
