"""What does not fit Kafka is found before it is sent."""

import pytest

from services.runtime.fitting import refuse_oversized

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
