"""Whatever comes in, reading it ends in an event or in the contract's own error."""

import json
import resource
import time
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import places
from twincity_schemas import ContractError, Envelope, parse
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.generate import examples
from twincity_schemas.message import STRUCTURED, to_json

DOCUMENTS = [d for stories in examples().values() for d in stories.values()]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["2026-02-31", "1e5", "NaN", "\u0000", "sha256:", "一"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def headers(type_: str) -> list[tuple[str, bytes | None]]:
    envelope = Envelope.model_validate(DOCUMENTS[0]["envelope"] | {"type": type_})
    return [*envelope.to_headers()]


def survives(given_headers: Any, value: bytes) -> None:
    """Read it both ways; what is accepted can be written again and read again."""
    for gate in (True, False):
        try:
            event = parse(given_headers, value, gate=gate)
        except ContractError as error:
            assert error.problems  # noqa: PT017  either end is fine
            for found in error.problems:
                found.model_dump_json()  # fit to be written into a receipt
        else:
            parse(event.to_message()[2], to_json(event.data))


@pytest.mark.parametrize("name", EVENT_TYPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_in_any_model(name: str, data: st.DataObject) -> None:
    fact = EVENT_TYPES[name].fact
    stories = [d for d in DOCUMENTS if d["envelope"]["type"] == name]
    assert stories, fact
    document = deepcopy(data.draw(st.sampled_from(stories))["data"])
    place, step = data.draw(st.sampled_from(list(places(document))))
    place[step] = data.draw(ANYTHING)
    survives(headers(name), json.dumps(document).encode(errors="surrogatepass"))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(EVENT_TYPES)))
def test_any_bytes(value: bytes, name: str) -> None:
    survives(headers(name), value)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_time", "content-type", "ce_", "x"])
            | st.text(max_size=8),
            st.none()
            | st.binary(max_size=30)
            | st.sampled_from([STRUCTURED.encode(), b"twincity.match.accepted.v1"]),
        ),
        max_size=8,
    ),
    st.binary(max_size=60) | st.sampled_from([b"{}", b"null", b"[]"]) | st.none(),
)
def test_any_headers(given_headers: Any, value: bytes | None) -> None:
    survives(given_headers, value)  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(ANYTHING, st.sampled_from(sorted(DOCUMENTS[0]["envelope"])))
def test_any_attribute_in_structured_mode(content: Any, name: str) -> None:
    document = DOCUMENTS[0]["envelope"] | {"data": DOCUMENTS[0]["data"], name: content}
    value = json.dumps(document).encode(errors="surrogatepass")
    survives([("content-type", STRUCTURED.encode())], value)


DESCRIBED = "twincity.project.described.v1"
S11 = next(d["data"] for d in DOCUMENTS if d["envelope"]["type"] == DESCRIBED)


def with_raw(raw: str) -> bytes:
    """The example with a raw text in the place of an unknown field."""
    return json.dumps(S11 | {"extra": "RAW"}).replace('"RAW"', raw).encode()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (with_raw("[" * 30_000 + "]" * 30_000), "json_invalid"),
        (with_raw('{"a":' * 9_000 + "1" + "}" * 9_000), "json_invalid"),
        (with_raw("9" * 20_000), "json_invalid"),
        (with_raw("1e400"), "not_a_number"),
        (with_raw("-1e999999"), "not_a_number"),
        (with_raw("NaN"), "not_a_number"),
        (with_raw("-Infinity"), "not_a_number"),
        (with_raw(r'"\ud800"'), "json_invalid"),
        (with_raw('{"a":1,"a":1}'), "name_repeated"),
        (with_raw(r'{"\ud800":1,"\ud800":1}'), "json_invalid"),
        (with_raw("{" + '"a":1,' * 10_000 + '"b":1}'), "name_repeated"),
        (with_raw('"' + "x" * 10_000_000 + '"'), "too_large"),
        (b" " * 10_000_000, "too_large"),
        (b"\xff\xfe{}", "json_invalid"),
        (b"", "json_invalid"),
    ],
    ids=lambda value: str(value[-20:]) if isinstance(value, bytes) else value,
)
def test_what_is_made_to_hurt_is_refused_soon_and_cheaply(
    value: bytes, code: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(ContractError) as raised:
        parse(headers(DESCRIBED), value, gate=True)
    # Bounds far above what was measured (30 ms), so that only a blow-up fails.
    assert time.process_time() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert code in {found.code for found in raised.value.problems}
    assert all(len(p.en) < 2_000 for p in raised.value.problems)
