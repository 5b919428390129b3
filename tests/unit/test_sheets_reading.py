"""What is read of a file, and what is refused in bounded time and memory."""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlrd
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.cli import sheets as command
from services.runtime.errors import TwinCityError
from services.sheets import reading
from services.sheets.bounded import preview_bounded
from services.sheets.choosing import ListRequest
from services.sheets.reading import exact, read
from services.sheets.values import Cell, day
from tests.support.sheets import (
    book,
    codes,
    data,
    listing,
    lists,
    profile_of,
    remarks,
    reworked,
    table,
)
from twincity_schemas.problems import WrongValueError

MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLAIN = (1, "成资大道", "新建道路", 120000)
TEXT = '序号,项目名称,建设内容,总投资（万元）\n1,成资大道,新建道路,"120,000"\n'


def repacked(content: bytes, **added: bytes) -> bytes:
    packed = io.BytesIO(content)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, value in added.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), value)
    return packed.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(WrongValueError) as refused:
        read(content)
    assert refused.value.zh != refused.value.en
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_that_offices_have(encoding: str) -> None:
    (said,) = data(listing(TEXT.encode(encoding)))
    assert said["total_investment"]["amount"] == "120000"


def test_a_rare_character_of_gb18030_is_kept() -> None:
    (said,) = data(listing(TEXT.replace("成资", "㙍𠮷").encode("gb18030")))
    assert said["name"] == "㙍𠮷大道"


def test_tabs_and_semicolons_part_cells_too() -> None:
    for mark in "\t;":
        text = TEXT.replace('"120,000"', "120000").replace(",", mark)
        assert len(data(listing(text.encode()))) == 1


URN = "urn:oasis:names:tc:opendocument:xmlns:"
CELL = (
    "<table:table-cell office:value-type='string'><text:p>{}</text:p>"
    "</table:table-cell>"
)


def ods() -> bytes:
    names = ("office", "table", "text")
    spaces = " ".join(f"xmlns:{name}='{URN}{name}:1.0'" for name in names)
    rows = (("序号", "项目名称", "建设内容", "总投资（万元）"), PLAIN)
    cells = "".join(
        f"<table:table-row>{''.join(map(CELL.format, row))}</table:table-row>"
        for row in rows
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f"<table:table table:name='清单'>{cells}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f"<manifest:manifest xmlns:manifest='{URN}manifest:1.0'/>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return packed.getvalue()


def test_ods_of_another_vocabulary_says_that_nobody_has_looked() -> None:
    def change(text: bytes) -> bytes:
        return text.replace(b"table:1.0", b"table:2.0")

    (sheet,) = read(ods())
    assert sheet.seen
    for other in read(reworked(ods(), "content.xml", change)):
        assert not other.seen


def test_ods_is_read() -> None:
    found = listing(ods())
    (said,) = data(found)
    assert said["total_investment"]["amount"] == "120000"
    assert not found.remarks


def test_xls_is_read() -> None:
    """The workbook was written by xlwt, in the format of Excel 97 to 2003."""
    content = Path("tests/cases/sheets/list.xls").read_bytes()
    found = listing(content)
    bridge, road = data(found)
    assert bridge["name"] == "岷江大桥"
    assert bridge["total_investment"]["amount"] == "125000"  # of 12.5 亿元
    assert bridge["planned_start"] == "2022-06"  # it shows no day
    assert road["planned_start"] == "2023-10"
    assert [where for where, *_ in found.passed] == ["续建!B6"]  # 合计, and it fits
    assert not found.remarks


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_of_other_kinds_too_is_known_what_a_person_sees(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By xlwt, odfpy: a hidden row and column, a rate in per cent, scaled amounts."""
    content = Path(f"tests/cases/sheets/shown.{kind}").read_bytes()
    keep = ("scope=whole", "as_of=2024-08", "source=月报")
    asked = listing(content, "H=-", defaults=keep)
    assert codes(asked) == {"进度!A4": "hidden_row"}
    (said,) = data(listing(content, "H=-", defaults=keep, hidden="skip"))
    assert said["completion_rate"] == "60"
    assert said["cumulative_investment"] == "150"
    (sheet,) = read(content)
    assert sheet.unseen == {7}
    assert day(Cell(sheet.at(2, 7), sheet.formats[2, 7])) == "2022-09"
    if kind == "ods":
        return
    monkeypatch.setattr(xlrd, "open_workbook", lambda **_: 1 / 0)
    unknown = listing(content, "H=-", defaults=keep)
    assert remarks(unknown) == {"进度": "not_looked_at"}


FORMS = ["General", "0.00", "0%", '0.00,,"亿"', "#,##0.00_ ", '0!.0,"万元"', "yyyy-mm"]
KINDS = st.sampled_from(FORMS)


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.none() | st.integers(1, 99_999), KINDS), max_size=4),
        max_size=5,
    ),
    st.sets(st.integers(0, 4)),
    st.sets(st.integers(0, 3)),
)
def test_what_is_seen_is_what_another_reader_sees(
    rows: list[list[tuple[int | None, str]]], hidden: set[int], unseen: set[int]
) -> None:
    def touch(made: Any, sheet: Any) -> None:
        forms = {form: made.add_format({"num_format": form}) for form in FORMS}
        for row, cells in enumerate(rows):
            for column, (number, form) in enumerate(cells):
                if number is None:
                    sheet.write_blank(row, column, None, forms[form])
                else:
                    sheet.write_number(row, column, number, forms[form])
        for row in hidden:
            sheet.set_row(row, None, None, {"hidden": True})
        for column in unseen:
            sheet.set_column(column, column, None, None, {"hidden": True})

    content = book({"清单": []}, touch)
    (sheet,) = read(content)
    other = load_workbook(io.BytesIO(content))["清单"]
    shown = [
        (cell.row - 1, cell.column - 1, cell.number_format)
        for row in other.iter_rows()
        for cell in row
        if cell.value is not None and cell.number_format != "General"
    ]
    assert sorted((*place, form) for place, form in sheet.formats.items()) == shown
    rows_hidden = {r - 1 for r, about in other.row_dimensions.items() if about.hidden}
    assert sheet.hidden == rows_hidden == hidden
    assert sheet.unseen == {column for column in unseen if column < sheet.width}


@pytest.mark.parametrize("name", ["白名单（调整）.xlsx.xlsx", "名单.xls"])
def test_the_ending_of_a_name_says_nothing(name: str) -> None:
    found = preview_bounded(book(table(PLAIN)), name, ListRequest(party="chengdu"), {})
    assert found.sheets == ("清单",)
    assert found.guessed


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "no_table", id="picture"),
        pytest.param(b"%PDF-1.7\n", "no_table", id="pdf"),
        pytest.param(b"<html><table>", "no_table", id="page"),
        pytest.param(b"PK\x03\x04 cut off", "damaged", id="cut-off"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
            "no_table",
            id="doc",
        ),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
            id="password",
        ),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"),
            "macros",
            id="macros-of-97",
        ),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_macros_are_refused() -> None:
    assert (
        refusal(repacked(book(table(PLAIN)), xl__vbaProject_dot_bin=b"x")) == "macros"
    )


def test_a_binary_workbook_is_refused() -> None:
    """Nothing tells which of its rows a person does not see."""
    binary = repacked(book(table(PLAIN)), xl__workbook_dot_bin=b"x")
    assert refusal(binary) == "binary_workbook"


def test_a_document_of_words_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(packed.getvalue()) == "no_table"


def test_a_file_that_states_its_size_is_refused_before_it_is_unpacked() -> None:
    bomb = repacked(
        book(table(PLAIN)),
        xl__worksheets__sheet9_dot_xml=b"\0" * (reading.LARGEST_UNPACKED + 1),
    )
    assert len(bomb) < 1_000_000
    assert refusal(bomb) == "too_large"


def test_a_file_of_200_mb_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(TwinCityError, match="文件过大"):
        command.read_file(path, ListRequest(party="chengdu"), {})


def sheet_with(rows: bytes, shared: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(table(PLAIN)))) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                head, _, rest = content.partition(b"<sheetData>")
                _, _, tail = rest.partition(b"</sheetData>")
                content = head + b"<sheetData>" + rows + b"</sheetData>" + tail
            elif name == "xl/sharedStrings.xml" and shared:
                content = b"<sst xmlns='" + MAIN + b"'>" + shared + b"</sst>"
            new.writestr(name, content)
    return packed.getvalue()


def far_cell() -> bytes:
    first = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return sheet_with(first + last)


def one_long_word_a_million_times() -> bytes:
    cells = b'<c t="s"><v>0</v></c>' * 100
    rows = b"".join(b'<row r="%d">' % (r + 1) + cells + b"</row>" for r in range(9_000))
    return sheet_with(rows, b"<si><t>" + b"x" * 30_000 + b"</t></si>")


def lying() -> bytes:
    """A packed sheet of a gigabyte that says it has a hundred bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = b"<worksheet xmlns='" + MAIN + b"'><sheetData>"
    block = b'<row><c t="inlineStr"><is><t>' + b"x" * 30_000 + b"</t></is></c></row>"
    body = (
        packer.compress(head)
        + b"".join(packer.compress(block) for _ in range(36_000))
        + packer.flush()
    )
    content = sheet_with(b"")
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        names = {n: old.read(n) for n in old.namelist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as new:
        for name, value in names.items():
            new.writestr(name, body if name == "xl/worksheets/sheet1.xml" else value)
    raw = bytearray(packed.getvalue())
    with zipfile.ZipFile(packed) as made:
        info = made.getinfo("xl/worksheets/sheet1.xml")
    crc = zlib.crc32((head + block)[:100])
    at = info.header_offset
    struct.pack_into("<H", raw, at + 8, 8)
    struct.pack_into("<III", raw, at + 14, crc, len(body), 100)
    central = raw.index(b"PK\x01\x02")
    while bytes(raw[central + 46 :]).startswith(b"xl/worksheets/sheet1.xml") is False:
        central = raw.index(b"PK\x01\x02", central + 4)
    struct.pack_into("<H", raw, central + 10, 8)
    struct.pack_into("<III", raw, central + 16, crc, len(body), 100)
    return bytes(raw)


@pytest.mark.parametrize(
    "made", [far_cell, one_long_word_a_million_times, lying], ids=lambda f: f.__name__
)
def test_a_file_that_grows_when_it_is_read_is_refused(made: Any) -> None:
    content = made()
    assert len(content) < reading.LARGEST_FILE
    with pytest.raises(WrongValueError) as refused:
        preview_bounded(content, "", ListRequest(party="chengdu"), {})
    assert refused.value.code in {"too_large", "damaged"}


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_a_number_is_the_decimal_that_was_typed(typed: Decimal) -> None:
    assert exact(float(typed)) == typed


@given(
    st.binary(max_size=300) | st.binary(max_size=300).map(lambda b: b"PK\x03\x04" + b)
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(WrongValueError):
        read(content)


def damaged() -> Iterator[bytes]:
    whole = book(table(PLAIN))
    for at in range(0, len(whole), 97):
        yield whole[:at] + b"\xff\0\xff" + whole[at + 3 :]
        yield whole[:at]


def test_a_damaged_file_is_read_or_refused() -> None:
    for content in damaged():
        with contextlib.suppress(WrongValueError):
            read(content)


def test_a_csv_has_the_profile_of_its_own_sheet() -> None:
    profile = profile_of(TEXT.encode())
    assert len(data(lists(TEXT.encode("gb18030"), profile))) == 1
