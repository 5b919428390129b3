"""Templates and exports: what is written is read back to the same statements."""

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.sheets.columns import CellKind, SheetField, event_type, layout
from services.sheets.grid import Sheet
from services.sheets.listing import listed, opened
from services.sheets.profile import Profile
from services.sheets.reading import read
from services.sheets.writing import template, workbook
from tests.support.saying import described
from tests.support.sheets import PARTIES
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.generate import examples
from twincity_schemas.problems import WrongValueError

FACTS = [
    t.fact for t in EVENT_TYPES.values() if t.is_statement and t.subject != "operations"
]


def reader(fact: str, party: str) -> Profile:
    return Profile(
        name="list", type=fact, party=party, tables=(), columns=(), bureau="x"
    )


def again(content: bytes, fact: str, party: str) -> list[dict[str, Any]]:
    found = listed(
        opened(content, "x.xlsx", read(content)), reader(fact, party), PARTIES
    )
    assert not found.problems, found.problems
    assert not found.sheets
    return [said.event for said in found.statements]


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Source, type, subject and data are equal, as the contract reads the data."""
    model = event_type(one["type"]).model
    for name in ("source", "type", "subject"):
        assert one[name] == other[name]
    data = [
        model.model_validate_json(_json(e["data"])).model_dump() for e in (one, other)
    ]
    assert data[0] == data[1]


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps({k: v for k, v in data.items() if k != "provenance"}).encode()


@pytest.mark.parametrize("fact", FACTS)
def test_every_example_comes_back(fact: str) -> None:
    for document in examples()[fact].values():
        event = document["envelope"] | {"data": document["data"]}
        party = event["source"].split("/")[1]
        (read_again,) = again(workbook(fact, [event]), fact, party)
        same(event, read_again)


@pytest.mark.parametrize("fact", FACTS)
def test_an_empty_template_says_nothing_and_explains_itself(fact: str) -> None:
    content = template(fact)
    assert again(content, fact, "chengdu") == []
    book = load_workbook(io.BytesIO(content))
    main = book.worksheets[0]
    assert main.row_dimensions[1].hidden
    for cell in main[2]:
        assert cell.comment
        assert any(character > "一" for character in str(cell.value))
    needed = {f.path for f in layout(fact).fields if f.required}
    told = {main.cell(1, c.column).value for c in main[2] if "必填" in c.comment.text}
    assert needed <= told


def test_a_code_list_is_a_drop_down_of_chinese_words() -> None:
    book = load_workbook(io.BytesIO(template("project.described")))
    lists = [
        v
        for v in book.worksheets[0].data_validations.dataValidation
        if v.type == "list"
    ]
    assert len(lists) == 5
    words = [c.value for c in book["契约"]["D"] if c.value]
    assert words[:2] == ["交通基础设施", "现代产业体系"]


line = st.text(
    st.characters(
        min_codepoint=32,
        max_codepoint=0x2FFFF,
        exclude_categories=("Cs", "Cc", "Co", "Cn"),
    ),
    min_size=1,
    max_size=30,
).filter(lambda text: text.strip())
amount = st.from_regex(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", fullmatch=True)
number = st.from_regex(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", fullmatch=True)
figures = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True),
    st.fixed_dictionaries({"zh": line, "value": number, "unit": line}),
    max_size=3,
)
units = st.lists(
    st.fixed_dictionaries(
        {
            "name": line,
            "party": st.sampled_from(["chengdu", "deyang"]),
            "role": st.sampled_from(["lead", "owner"]),
        }
    ),
    max_size=3,
)


@given(
    st.lists(
        st.builds(
            described,
            name=line,
            content=line,
            total_investment=st.fixed_dictionaries(
                {"amount": amount}, optional={"source": line}
            ),
            figures=figures,
            responsible_units=units,
            regions=st.lists(st.sampled_from(["510100", "510600"]), max_size=2),
            planned_start=st.sampled_from(["2024", "2024-10", "2024-01", "2024-06-01"]),
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_said_comes_back(said: list[dict[str, Any]]) -> None:
    events = [
        {
            "source": "/chengdu/bureau",
            "type": "twincity.project.described.v1",
            "subject": f"project/chengdu.deyang/p{index}",
            "data": data,
        }
        for index, data in enumerate(said)
    ]
    fact = "project.described"
    for event, back in zip(
        events, again(workbook(fact, events), fact, "chengdu"), strict=True
    ):
        same(event, back)


ODD = ("甲", "同上", "—", "=1+1", "007", "1,5", "a、b", "两\n行", "[x", " 前后 ", "35%")
AWKWARD = ("无", "2024.10", "ＡＢ", "'q", "合计", "1e5", "A\r\nB", "x" * 300)
BY_KIND: dict[CellKind, tuple[Any, ...]] = {
    CellKind.TEXT: ODD + AWKWARD,
    CellKind.MONEY: ("0.35", "1234567.123456", "0"),
    CellKind.NUMBER: ("0.35", "-1", "12345678901234567.5", "2", "0"),
    CellKind.INTEGER: (3, 0, 2024),
    CellKind.YES: (True, False),
    CellKind.DATE: ("2026", "2026-10", "2026-05-01"),
    CellKind.REGION: ("510100", "510600"),
    CellKind.NESTED: ([{"a": 1}],),
}


def one_of(field: SheetField, turn: int) -> Any:
    """A value of a field; another one each turn."""
    values = tuple(field.codes) or BY_KIND[field.kind]
    value = values[turn % len(values)]
    return [value, values[(turn + 1) % len(values)]] if field.many else value


def filled(fields: tuple[SheetField, ...], turn: int) -> Any:
    """Data with a value in each field, and the same whatever the contract says."""
    if not fields[0].path:
        return one_of(fields[0], turn)
    made: dict[str, Any] = {}
    for index, field in enumerate(fields):
        put(made, field.path, one_of(field, turn + index))
    return made


def put(made: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for step in above:
        made = made.setdefault(step, {})
    made[last] = value


@pytest.mark.parametrize("fact", FACTS)
def test_each_field_of_each_type_comes_back_as_it_was_written(
    fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sheets.listing.parse", lambda *_, **__: None)
    about, event = layout(fact), event_type(fact)
    events = []
    for turn in range(len(ODD + AWKWARD)):
        whole = filled(about.fields, turn)
        for part in about.parts:
            entries = [filled(part.fields, turn + more) for more in range(2)]
            named = {"k": entries[0], "007": entries[1]}
            put(whole, part.path, named if part.named else entries)
        subject = f"{event.subject}/chengdu/s{turn}"
        envelope = {"source": "/chengdu/x", "type": event.name, "subject": subject}
        events.append(envelope | {"data": whole})
    for one, back in zip(
        events, again(workbook(fact, events), fact, "chengdu"), strict=True
    ):
        assert back["data"].pop("provenance")
        assert back["data"] == one["data"]


def test_a_field_that_the_contract_does_not_know_is_not_lost_in_silence() -> None:
    event = {
        "source": "/chengdu/x",
        "subject": "project/chengdu.deyang/s",
        "data": described(newer=1),
    }
    with pytest.raises(WrongValueError, match="newer"):
        workbook("project.described", [event])


def test_an_entry_of_no_row_is_told() -> None:
    sheets = read(workbook("project.described", []))
    part = sheets[1]
    rows = (*part.rows, ("7", *("x",) * (part.width - 1)))
    changed = (sheets[0], Sheet(part.name, rows), *sheets[2:])
    found = listed(
        opened(b"", "x.xlsx", changed), reader("project.described", "chengdu"), PARTIES
    )
    assert "no_row" in {p.code for p in found.problems}
