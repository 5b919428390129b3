"""Lists as nobody tried them yet: each said as it stands, or told with its cell."""

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from services.sheets.reading import read
from tests.support.sheets import (
    HEADER,
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
from tests.unit.test_sheets_reading import ods

PLAIN = (1, "成资大道", "新建道路", 120000)
DATED = (*HEADER, "开工时间", "竣工时间")
ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NULL!", "#NUM!")


def one(*row: Any, header: Any = HEADER) -> Any:
    return listing(book(table(PLAIN + ("",) * (len(row) - 4), row, header=header)))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("formula", [True, False], ids=["formula", "its value alone"])
def test_an_error_is_never_an_empty_cell(error: str, formula: bool) -> None:  # noqa: FBT001  drawn
    content = book(
        {"清单": [HEADER, PLAIN, (2, "桥", "桥梁")]},
        lambda _, sheet: sheet.write_formula(2, 3, "=A1", None, error),
    )
    if not formula:
        content = reworked(
            content,
            "xl/worksheets/sheet1.xml",
            lambda text: re.sub(rb"<f>[^<]*</f>", b"", text),
        )
    found = listing(content)
    assert codes(found) == {"清单!D3": "cell_error"}
    assert all("#REF!" in p.zh and "#REF!" in p.en for p in found.problems)


@pytest.mark.parametrize("shown", [*ERRORS, "#ref!", "＃REF！", "####", "########"])
def test_an_error_that_became_text_is_one(shown: str) -> None:
    found = one(2, shown, "桥梁", 5)
    assert codes(found)["清单!B3"] == "cell_error"
    text = f"{','.join(HEADER)}\n1,路,道路,120\n2,{shown},桥梁,5\n"
    assert codes(listing(text.encode("gb18030")))["csv!B3"] == "cell_error"
    assert data(one(2, "#1线", "桥梁", 5))[1]["name"] == "#1线"  # a name, no error


def test_an_error_of_ods_is_one() -> None:
    def change(text: bytes) -> bytes:
        cell = "<table:table-cell office:value-type='string'><text:p>120000</text:p>"
        error = cell.replace("'string'", "'string' calcext:value-type='error'").replace(
            "120000", "#REF!"
        )
        return (
            text.decode()
            .replace(cell, error)
            .replace("<office:document-content", "<office:document-content "
                     "xmlns:calcext='urn:org:documentfoundation:names:calc:1.0'")
            .encode()
        )  # fmt: skip

    assert codes(listing(reworked(ods(), "content.xml", change))) == {
        "清单!D2": "cell_error"
    }


def test_a_total_that_is_an_error_is_told() -> None:
    found = listing(book(table(PLAIN, ("", "合计", "", "#REF!"))))
    assert remarks(found)["清单!D3"] == "cell_error"


def test_days_are_counted_from_where_the_workbook_says() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"date_1904": True}) as made:
        sheet = made.add_worksheet("清单")
        form = made.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, DATED)
        for row, shown in enumerate((form, None), start=1):
            sheet.write_row(row, 0, (row, f"路{row}", "道路", 5))
            for column, day in ((4, date(2024, 6, 1)), (5, date(2027, 1, 1))):
                serial = (day - date(1904, 1, 1)).days
                sheet.write_number(row, column, serial, shown)
    said = data(listing(content.getvalue()))
    assert [one["planned_finish"] for one in said] == ["2027-01-01"] * 2
    same = data(listing(book(table((*PLAIN, 45444, 46388), header=DATED))))
    assert same[0]["planned_finish"] == "2027-01-01"


@pytest.mark.parametrize(
    ("amount", "read_as"),
    [
        ("5.73亿元", "57300"),
        ("300万元", "300"),
        ("4.2亿", "42000"),
        ("1,234,567.5", "1234567.5"),
        ("1，234，567", "1234567"),
        ("350\u3000", "350"),
        ("\u00a0350", "350"),
    ],
)
def test_an_amount_beside_others_of_another_unit(amount: str, read_as: str) -> None:
    assert (
        data(one(2, "桥", "桥梁", amount))[1]["total_investment"]["amount"] == read_as
    )


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "(350)",
            "（350）",
            "1 234 567",
            "'350",
            "500万美元",
            "$500",
            "￥500",
            "≈500",
        ),
        *(">500", "500+", "500左右", "五百", "5e3", "1.2E+05", "350-"),
    ],
)
def test_an_amount_that_could_be_another_is_told(amount: str) -> None:
    assert codes(one(2, "桥", "桥梁", amount)) == {"清单!D3": "no_number"}


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2027/6/1", "2027-06-01"),
        ("2027/06", "2027-06"),
        ("2027.06.30", "2027-06-30"),
        ("2027 年 6 月", "2027-06"),
        ("　2027年", "2027"),
    ],
)
def test_a_date_as_text(written: str, read_as: str) -> None:
    found = data(one(2, "桥", "桥梁", 5, "", written, header=DATED))
    assert found[1]["planned_finish"] == read_as


@pytest.mark.parametrize(
    "written",
    [
        *("6/1/2027", "27年6月", "2027-13", "2027Q3", "2027年底", "2027年6月上旬"),
        *("二〇二七年六月", "2027年6-8月", "2027年第三季度", "民国113年", "'2027-06"),
    ],
)
def test_a_date_that_could_be_another_is_told(written: str) -> None:
    found = one(2, "桥", "桥梁", 5, "", written, header=DATED)
    assert codes(found) == {"清单!F3": "no_date"}


ROW = "1,成资大道,新建道路,120"


@pytest.mark.parametrize(
    "text",
    [
        f"{','.join(HEADER)}\r\n{ROW}\r\n".encode("gb18030"),
        f"\ufeff{','.join(HEADER)}\r\n{ROW}\r\n".encode("gb18030"),
        f"\ufeff{'	'.join(HEADER)}\r\n{ROW.replace(',', '	')}\r\n".encode(),
        f"{';'.join(HEADER)}\r\n{ROW.replace(',', ';')}\r\n".encode("gb18030"),
        f"sep=;\r\n{';'.join(HEADER)}\r\n{ROW.replace(',', ';')}\r\n".encode(),
        f"{','.join(HEADER)}\r{ROW}\r".encode(),
        f'{",".join(HEADER)}\n1,="成资大道",新建道路,="120"\n'.encode(),
        f'{",".join(HEADER)}\n1,"成资\n大道",新建道路,"120"\n'.encode(),
    ],
)
def test_a_text_file_of_whatever_program(text: bytes) -> None:
    [said] = data(listing(text))
    assert (said["name"], said["total_investment"]["amount"]) == ("成资大道", "120")


def test_a_decimal_comma_is_told() -> None:
    text = f"{';'.join(HEADER)}\r\n1;成资大道;新建道路;120,5\r\n"
    assert codes(listing(text.encode())) == {"csv!D2": "separators"}


def test_another_encoding_says_nothing() -> None:
    text = "序號,項目名稱,建設內容,總投資（萬元）\r\n1,成資大道,新建道路,120\r\n"
    found = listing(text.encode("big5"))
    assert found.problems
    assert not found.statements


def test_a_protected_sheet_is_read_and_a_wide_one_is_bounded() -> None:
    locked = book({"清单": [HEADER, PLAIN]}, lambda _, sheet: sheet.protect("x"))
    assert len(data(listing(locked))) == 1

    def widen(_: Any, sheet: Any) -> None:
        sheet.write(1, 16_383, "末")

    found = listing(book({"清单": [HEADER, PLAIN]}, widen))
    assert len(found.problems) < 100
    [sheet] = read(book({"清单": [HEADER, PLAIN]}, widen))
    assert sheet.width == 16_384


def test_marks_are_seen_whatever_prefix_a_program_writes() -> None:
    content = book({"清单": [HEADER, (1, "桥", "桥梁", 5)]})

    def prefixed(text: bytes) -> bytes:
        named = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", text)
        named = named.replace(b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x=")
        return re.sub(rb'<x:c r="D2"[^>]*><x:v>5</x:v>',
                      rb'<x:c r="D2" t="e"><x:v>#N/A</x:v>', named)  # fmt: skip

    changed = reworked(content, "xl/worksheets/sheet1.xml", prefixed)
    assert zipfile.is_zipfile(io.BytesIO(changed))
    assert read(changed)[0].errors == {(1, 3)}


def test_a_sheet_that_was_hidden_since_is_asked_about() -> None:
    def hide(made: Any, sheet: Any) -> None:
        made.add_worksheet("封面").activate()
        sheet.hide()

    content = book({"清单": [HEADER, PLAIN]})
    profile = profile_of(content)
    hidden = book({"清单": [HEADER, PLAIN]}, hide)
    assert codes(lists(hidden, profile)) == {"清单": "hidden_sheet"}
    assert len(data(lists(hidden, profile.but(hidden="take")))) == 1
