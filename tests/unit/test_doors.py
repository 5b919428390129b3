"""The doors of the contract: what is taken, and what is refused by name."""

import json
from base64 import b64encode
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from services.cli.speaking import GivenStatement
from services.runtime.errors import TwinCityError
from tests.support.examples import places
from tests.support.saying import S11, described, envelope
from twincity_schemas import ContractError, Envelope, parse
from twincity_schemas.canonical import comparable
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.generate import examples
from twincity_schemas.headers import (
    LARGEST_HEADER,
    LARGEST_HEADERS,
    LONGEST_NAME,
    MOST_HEADERS,
    Header,
)
from twincity_schemas.message import Event
from twincity_schemas.values import Subject

SAID = envelope("project.described", "chengdu", S11)
VALUE = json.dumps(described(), ensure_ascii=False).encode()
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STRUCTURED = b"application/cloudevents+json"
DOCUMENTS = [d for stories in examples().values() for d in stories.values()]


def headers(**changes: bytes | None) -> list[Header]:
    """The headers of a good statement, with others in place of, or beside, them."""
    said: dict[str, bytes | None] = dict(SAID.to_headers())
    return [*(said | changes).items()]


def document(**changes: Any) -> dict[str, Any]:
    attributes = SAID.model_dump(mode="json", exclude_none=True)
    return {**attributes, "data": described(), **changes}


def structured(whole: Any, media: bytes = STRUCTURED) -> Event[Any]:
    value = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    return parse([("content-type", media)], value, gate=True)


def refusal(given: list[Header], value: bytes = VALUE) -> list[tuple[str, str]]:
    """Where and why a message is refused."""
    with pytest.raises(ContractError) as raised:
        parse(given, value, gate=True)
    assert all(p.zh and p.en for p in raised.value.problems)
    return [(p.pointer, p.code) for p in raised.value.problems]


def test_the_statement_that_these_tests_change_is_good() -> None:
    assert parse(headers(), VALUE, gate=True).envelope == SAID


# --- bounds ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ([("x", b"")] * MOST_HEADERS, "too_many_headers"),
        ([("x" * (LONGEST_NAME + 1), b"")], "header_name_too_long"),
        ([("ce_note", b"x" * (LARGEST_HEADER + 1))], "header_too_large"),
        ([("x", b"x" * LARGEST_HEADER)] * 4, "headers_too_large"),
        ([("x" * 5_000_000, None)], "header_name_too_long"),
    ],
)
def test_headers_are_bounded(more: list[Header], code: str) -> None:
    assert code in {found for _, found in refusal([*headers(), *more])}


def test_attributes_in_json_have_the_same_bounds() -> None:
    with pytest.raises(ContractError) as raised:
        structured(document(note="x" * (LARGEST_HEADER + 1)))
    found = [(p.pointer, p.code) for p in raised.value.problems]
    assert found == [("ce_note", "header_too_large")]


def test_headers_at_their_bounds_are_taken() -> None:
    given = [*headers(), ("x" * LONGEST_NAME, b""), ("ce_note", b"x" * LARGEST_HEADER)]
    given += [("x", b"")] * (MOST_HEADERS - len(given))
    read = parse(given, VALUE, gate=True)
    size = sum(len(n) + len(v) for n, v in read.to_message()[2])
    assert LARGEST_HEADER < size < LARGEST_HEADERS


# --- times ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "time",
    [
        "1717203600",
        "1717203600000",
        "2026-11-01 09:00:00+08:00",
        "2026-11-01T09:00:00+0800",
        "2026-11-01T09:00:00+08",
        "2026-11-01T09:00:00",
        "2026-11-01T09:00+08:00",
        "2026-11-01T09:00:60Z",
        "2026-11-01T24:00:00Z",
        "2026-02-30T09:00:00Z",
        "2026-11-01",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-08:00",
        "0001-01-01T00:00:00+08:00",
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "２026-11-01T09:00:00Z",
        "2026-11-01T09:00:00Z ",
    ],
)
def test_what_is_no_time(time: str) -> None:
    assert [p for p, _ in refusal(headers(ce_time=time.encode()))] == ["ce_time"]
    with pytest.raises(ContractError):
        structured(document(time=time))


def test_an_epoch_number_is_no_time_in_json_either() -> None:
    with pytest.raises(ContractError) as raised:
        structured(document(time=1_717_203_600))
    assert [p.code for p in raised.value.problems] == ["moment_shape"]


@pytest.mark.parametrize(
    "time",
    [
        "1970-01-01T00:00:00+23:59",
        "2199-12-31T23:59:59.999999999-23:59",
        "2026-11-01t09:00:00z",
        "2026-11-01T09:00:00.5Z",
    ],
)
def test_every_time_that_is_taken_can_be_reckoned_with(time: str) -> None:
    read = parse(headers(ce_time=time.encode()), VALUE, gate=True)
    read.envelope.time.astimezone(UTC).timestamp()
    assert parse(read.to_message()[2], VALUE).envelope.time == read.envelope.time


# --- the whole text -------------------------------------------------------------

SHAPES = {
    "envelope": ["id", "source", "type", "subject", "time", "specversion"],
    "data": ["domain", "item_class", "as_of", "regions", "succeeds"],
}


@pytest.mark.parametrize("text", [f"{S11}\n", "cluster/chengdu.deyang/x\n", f"\n{S11}"])
def test_a_subject_is_its_whole_text(text: str) -> None:
    with pytest.raises(ValueError, match="kind/party"):
        Subject.parse(text)


@pytest.mark.parametrize("name", SHAPES["envelope"])
def test_no_attribute_ends_in_a_line_break(name: str) -> None:
    text = dict(SAID.to_headers())[f"ce_{name}"]
    assert f"ce_{name}" in {
        p for p, _ in refusal(headers(**{f"ce_{name}": text + b"\n"}))
    }


@pytest.mark.parametrize("name", SHAPES["data"])
def test_no_shape_ends_in_a_line_break(name: str) -> None:
    good = described(regions=["510100"], succeeds="project/chengdu.deyang/s10")
    said = good[name]
    bad = [f"{said[0]}\n"] if isinstance(said, list) else f"{said}\n"
    value = json.dumps({**good, name: bad}).encode()
    assert {p.split("/")[1] for p, _ in refusal(headers(), value)} == {name}


LEAVES = [
    (EVENT_TYPES[d["envelope"]["type"]], d["data"])
    for d in DOCUMENTS
    if EVENT_TYPES[d["envelope"]["type"]].is_statement
]


@pytest.mark.parametrize(("event_type", "data"), LEAVES)
def test_no_text_of_any_statement_keeps_a_line_break_at_its_end(
    event_type: EventType, data: dict[str, Any]
) -> None:
    """A shape refuses it, a line of prose is read without it."""
    said = headers(ce_type=event_type.name.encode())
    changed = deepcopy(data)
    for place, step in list(places(changed)):
        text = place[step]
        if isinstance(text, str):
            place[step] = f"{text}\n"
            with suppress(ContractError):
                read = parse(said, json.dumps(changed).encode(), gate=True)
                assert f'{text}\\n"' not in read.data.model_dump_json(), step
            place[step] = text


# --- one reading ----------------------------------------------------------------

TWICE = VALUE[:-1] + b',"name":"other"}'
NO_NUMBER = VALUE[:-1] + b',"x":NaN}'


@pytest.mark.parametrize(
    ("bad", "code"), [(TWICE, "name_repeated"), (NO_NUMBER, "not_a_number")]
)
def test_every_door_refuses_what_has_two_readings(bad: bytes, code: str) -> None:
    assert refusal(headers(), bad) == [("", code)]
    attributes = document()
    del attributes["data"]
    whole = json.dumps(attributes).encode()[:-1]
    for value in (
        json.dumps({**attributes, "data_base64": b64encode(bad).decode()}).encode(),
        whole + b',"data":' + bad + b"}",
    ):
        assert (("", code)) in refusal([("content-type", STRUCTURED)], value)
    said = b'{"envelope":' + whole + b'},"data":' + bad + b"}"
    with pytest.raises(TwinCityError, match=r"twice|finite"):
        GivenStatement.read("said.json", said, "")


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    marked = b"\xef\xbb\xbf"
    assert parse(headers(), marked + VALUE, gate=True).value == VALUE
    assert structured(marked + json.dumps(document()).encode()).envelope == SAID
    whole = document()
    data = whole.pop("data")
    said = marked + json.dumps({"envelope": whole, "data": data}).encode()
    message = GivenStatement.read("said.json", said, "")
    assert structured(message.value).envelope == SAID


@pytest.mark.parametrize("name", ["ce_id", "ce_subject", "ce_note", "content-type"])
def test_a_header_is_there_once(name: str) -> None:
    given = [*headers(ce_note=b"x"), (name, b"application/json")]
    assert (name, "header_repeated") in refusal(given)


def test_data_comes_in_one_form() -> None:
    both = document(data_base64=b64encode(VALUE).decode())
    with pytest.raises(ContractError) as raised:
        structured(both)
    assert [p.code for p in raised.value.problems] == ["data_twice"]


def test_base64_has_no_line_breaks() -> None:
    attributes = document()
    del attributes["data"]
    broken = b64encode(VALUE).decode()[:76] + "\n" + b64encode(VALUE).decode()[76:]
    with pytest.raises(ContractError) as raised:
        structured({**attributes, "data_base64": broken})
    [found] = raised.value.problems
    assert (found.code, "line breaks" in found.en) == ("base64_invalid", True)


def test_data_that_grows_when_it_is_unwrapped_is_still_bounded() -> None:
    figures = json.dumps(described()).encode()[:-1] + b',"x":[' + b"1E15," * 10_000
    whole = json.dumps(document(data="DATA")).encode()
    with pytest.raises(ContractError) as raised:
        structured(whole.replace(b'"DATA"', figures + b"1]}"))
    assert [p.code for p in raised.value.problems] == ["too_large"]


# --- names and media types ------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "data_base64",
        "",
        "中文",
        "Bad-Name",
        "Note",
        "a" * 21,
        "data",
        "no te",
        "note\n",
    ],
)
def test_an_extension_is_refused_by_name(name: str) -> None:
    given: list[Header] = [*headers(), (f"ce_{name}", b"x")]
    assert (f"ce_{name}", "attribute_name") in refusal(given)
    if name not in {"data", "data_base64"}:  # in JSON these are the data
        value = json.dumps(document(**{name: "x"})).encode()
        found = refusal([("content-type", STRUCTURED)], value)
        assert (f"ce_{name}", "attribute_name") in found


@pytest.mark.parametrize("name", ["note", "id", "correlationid", "subject"])
@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\r", "\x7f", "\x85"])
def test_no_control_characters(name: str, text: str) -> None:
    found = refusal(headers(**{f"ce_{name}": text.encode()}))
    assert (f"ce_{name}", "control_character") in found


def test_an_extension_travels_on() -> None:
    read = parse(headers(ce_note="说明".encode()), VALUE, gate=True)
    assert ("ce_note", "说明".encode()) in read.to_message()[2]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("ce_", "Ce_"),
        ("ce_", "CE_"),
        ("ce_", "ce-"),
        ("ce_", "cloudEvents:"),
        ("content-type", "Content-Type"),
    ],
)
def test_a_misspelt_header_is_one_error_that_says_what_to_write(
    ours: str, theirs: str
) -> None:
    with pytest.raises(ContractError) as raised:
        parse([(n.replace(ours, theirs), v) for n, v in headers()], VALUE, gate=True)
    [found] = raised.value.problems
    assert found.code == "header_spelling"
    assert "write c" in found.en
    assert "请写 c" in found.zh


@pytest.mark.parametrize(
    ("media", "code"),
    [
        (b"application/cloudevents-batch+json", "batch"),
        (b"application/cloudevents+avro", "content_type"),
        (b"application/cloudevents", "content_type"),
        (b"text/plain", "no_cloudevent"),
        (b"application/json", "no_cloudevent"),
        (b"", "no_cloudevent"),
    ],
)
def test_another_mode_is_one_error_that_says_what_to_write(
    media: bytes, code: str
) -> None:
    with pytest.raises(ContractError) as raised:
        structured(document(), media)
    [found] = raised.value.problems
    assert found.code == code
    assert "application/cloudevents+json" in found.en


@pytest.mark.parametrize(
    "media",
    [
        b"application/cloudevents+json; charset=utf-8",
        b"Application/CloudEvents+JSON",
        b" application/cloudevents+json;charset=UTF-8",
    ],
)
def test_a_media_type_has_no_case(media: bytes) -> None:
    assert structured(document(), media).envelope == SAID


@pytest.mark.parametrize(
    "media",
    [
        b"application/json",
        b"Application/JSON; charset=utf-8",
        b"text/json",
        b"a/b+json",
    ],
)
def test_data_that_is_json_may_say_so(media: bytes) -> None:
    read = parse(
        [*headers(**{"content-type": media}), ("ce_datacontenttype", media)],
        VALUE,
        gate=True,
    )
    assert read.envelope == SAID


@pytest.mark.parametrize("name", ["content-type", "ce_datacontenttype"])
def test_data_that_says_it_is_not_json_is_one_error(name: str) -> None:
    given = headers(**{name: b"application/xml"})
    assert refusal(given, b"<name/>") == [(name, "content_type")]


# --- traces ---------------------------------------------------------------------

BAD_PARENTS = [
    "ff" + PARENT[2:],
    f"00-{'0' * 32}-b7ad6b7169203331-01",
    f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
    PARENT.upper(),
    PARENT + "\n",
    PARENT + "-x",
    "",
    "x" * 300,
]


@pytest.mark.parametrize("name", ["traceparent", "ce_traceparent"])
def test_a_trace_is_carried(name: str) -> None:
    state = name.replace("parent", "state")
    given: list[Header] = [
        *headers(),
        (name, PARENT.encode()),
        (state, b"vendor=a/b, other=1"),
    ]
    told = parse(given, VALUE, gate=True).envelope
    assert (told.traceparent, told.tracestate) == (PARENT, "vendor=a/b, other=1")
    caused = told.headers_caused(service="x", type_="y", subject=S11, index=0)
    derived = Envelope.from_headers(caused)
    assert (derived.traceparent, derived.tracestate) == (PARENT, told.tracestate)
    assert derived.to_headers() == caused


@pytest.mark.parametrize("bad", BAD_PARENTS)
def test_an_invalid_trace_is_passed_over(bad: str) -> None:
    for name in ("traceparent", "ce_traceparent"):
        given: list[Header] = [*headers(), (name, bad.encode()), ("tracestate", b"a=1")]
        assert parse(given, VALUE, gate=True).envelope == SAID
    assert structured(document(traceparent=bad)).envelope == SAID
    assert Envelope.model_validate({**SAID.model_dump(), "traceparent": bad}) == SAID


@pytest.mark.parametrize("bad", [None, b"\xff", b"", b"a=b,,", b"A=1", b"=1", b"a=\n"])
def test_an_invalid_state_leaves_its_parent(bad: bytes | None) -> None:
    given: list[Header] = [
        *headers(),
        ("ce_traceparent", PARENT.encode()),
        ("ce_tracestate", bad),
    ]
    told = parse(given, VALUE, gate=True).envelope
    assert (told.traceparent, told.tracestate) == (PARENT, None)


def test_a_trace_of_another_kind_or_twice_is_passed_over() -> None:
    assert structured(document(traceparent=["x"], tracestate={})).envelope == SAID
    assert parse([*headers(), ("traceparent", None)], VALUE, gate=True).envelope == SAID
    twice: list[Header] = [("ce_traceparent", PARENT.encode())] * 2
    assert parse([*headers(), *twice], VALUE, gate=True).envelope == SAID


# --- what is written ------------------------------------------------------------


def test_when_it_was_recorded_is_written_in_utc_and_milliseconds() -> None:
    moment = datetime.fromisoformat("2026-11-01T09:00:00.123456+08:00")
    told = SAID.model_copy(update={"recordedtime": moment})
    assert ("ce_recordedtime", b"2026-11-01T01:00:00.123Z") in told.to_headers()
    caused = told.headers_caused(service="x", type_="y", subject=S11, index=0)
    assert ("ce_recordedtime", b"2026-11-01T01:00:00.123Z") in caused


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("成眉线（二期）工程", "成眉线(二期)工程"),
        ("Ｓ１１　线", "S11 线"),
        ("\uf9e1", "李"),
        ("① 期", "1 期"),
        (" a\n b ", "a b"),
    ],
)
def test_texts_that_read_alike_compare_alike(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)
    assert comparable(comparable(one)) == comparable(one)


def test_texts_that_differ_stay_apart() -> None:
    assert comparable("成眉线") != comparable("成资线")
