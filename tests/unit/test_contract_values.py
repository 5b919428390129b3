"""The values of the contract, one fact of the field each."""

import json
import uuid
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.support.saying import S11, described, envelope, event
from twincity_schemas.canonical import digest
from twincity_schemas.decimals import Money, plain
from twincity_schemas.envelope import Envelope, derived_id
from twincity_schemas.message import parse
from twincity_schemas.problems import ContractError, WrongValueError
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.values import (
    PartialDate,
    ProjectCode,
    Subject,
    credit_code_holds,
)


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        # Checked in the field's sources; the last is a well-known false one.
        ("91110000600037341L", True),
        ("91110108551385082Q", True),
        ("91512081MA62K0260E", True),
        ("91350100M000100Y4Z", False),
    ],
)
def test_credit_code_check_digit(code: str, *, holds: bool) -> None:
    assert credit_code_holds(code) is holds


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-11-23"])
def test_partial_dates(text: str) -> None:
    assert TypeAdapter(PartialDate).validate_python(text) == text


@pytest.mark.parametrize("text", ["26", "2026-13", "2026-1", "2026-11-32", "2026/11"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PartialDate).validate_python(text)


@pytest.mark.parametrize(
    "code", ["2019-510100-48-01-12345A", "2019-510100-48-01-123456"]
)
def test_both_shapes_of_a_project_code(code: str) -> None:
    assert TypeAdapter(ProjectCode).validate_python(code) == code


@pytest.mark.parametrize(
    ("said", "written"),
    [("3079400.00", "3079400"), ("1E+3", "1000"), ("54.80", "54.8"), ("0.00", "0")],
)
def test_money_is_written_without_exponent(said: str, written: str) -> None:
    assert plain(Decimal(said)) == written
    assert TypeAdapter(Money).dump_json(Decimal(said)) == f'"{written}"'.encode()


@pytest.mark.parametrize("said", ["NaN", "Infinity", "-1"])
def test_what_is_no_money(said: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_python(said)


def test_a_subject_names_its_members() -> None:
    subject = Subject.parse(S11)
    assert subject.members == ("chengdu", "deyang")
    assert str(subject) == S11


@pytest.mark.parametrize(
    "text",
    [
        "project/deyang.chengdu/s11",
        "project/chengdu.chengdu/s11",
        "project/chengdu",
        "project//s11",
        "project/chengdu/S11",
        "",
    ],
)
def test_what_is_no_subject(text: str) -> None:
    with pytest.raises(WrongValueError):
        Subject.parse(text)


def test_a_digest_does_not_depend_on_spelling() -> None:
    one = ProjectDescribed(**described(total_investment={"amount": "3079400.00"}))
    other = ProjectDescribed(**described(total_investment={"amount": 3079400}))
    assert one.digest == other.digest
    assert one.digest != ProjectDescribed(**described()).digest
    assert digest({"b": 1, "a": "中"}) == digest({"a": "中", "b": 1})


def test_every_problem_is_told_at_once_in_both_languages() -> None:
    wrong = described(domain="road", as_of="2023-13", total_investment={})
    del wrong["name"]
    with pytest.raises(ContractError) as raised:
        event("project.described", "chengdu", S11, wrong)
    found = {problem.pointer: problem for problem in raised.value.problems}
    assert set(found) == {"/name", "/domain", "/as_of", "/total_investment/amount"}
    assert found["/name"].zh == "缺少必填字段"
    assert found["/name"].en == "is required but missing"


def test_shares_cannot_exceed_the_whole() -> None:
    shares = [{"investor": "甲", "percent": "60"}, {"investor": "乙", "percent": "50"}]
    with pytest.raises(ContractError) as raised:
        event("project.described", "chengdu", S11, described(investor_shares=shares))
    assert raised.value.problems[0].code == "shares_exceed_whole"


def test_null_and_binary_headers_that_are_not_ours_do_not_hurt() -> None:
    headers = envelope("project.withdrawn", "chengdu", S11).to_headers()
    strange = [*headers, ("x-null", None), ("x-binary", b"\xff\xfe")]
    assert parse(strange, '{"reason":"误报"}'.encode()).envelope.party == "chengdu"


def test_unreadable_attributes_are_told() -> None:
    with pytest.raises(ContractError) as raised:
        parse([("ce_id", None), ("ce_type", b"\xff")], b"nope")
    codes = {problem.code for problem in raised.value.problems}
    assert {"header_null", "header_not_utf8", "json_invalid", "missing"} <= codes


def test_structured_mode_is_read() -> None:
    said = envelope("project.withdrawn", "chengdu", S11)
    document = said.model_dump(mode="json", exclude_none=True)
    document["data"] = {"reason": "误报"}
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    assert parse(headers, json.dumps(document).encode()).envelope == said


def test_a_derived_id_is_a_uuid_of_version_5() -> None:
    space = uuid.uuid5(uuid.NAMESPACE_URL, "urn:twincity:derived")
    for number in range(100):
        name = f"admission\x1f/chengdu\x1f{number}"
        assert derived_id("admission", "/chengdu", number) == str(
            uuid.uuid5(space, name)
        )


def test_headers_are_what_the_model_writes() -> None:
    plain_one = envelope("project.withdrawn", "chengdu", S11).model_dump()
    full = Envelope.model_validate(
        plain_one
        | {
            "recordedtime": "2026-11-23T09:30:00.1239+08:00",
            "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
            "tracestate": "some=thing",
            "unknownone": "本市",
        }
    )
    for said in (full, Envelope.model_validate(plain_one)):
        written = said.model_dump(exclude_none=True)
        assert said.to_headers() == [
            *((f"ce_{name}", text.encode()) for name, text in written.items()),
            ("content-type", b"application/json"),
        ]
