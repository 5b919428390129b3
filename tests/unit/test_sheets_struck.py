"""What an office has struck out is neither said nor passed over in silence."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.sheets import HEADER, book, codes, data, listing, reworked, table
from tests.unit.test_sheets_reading import ods

ROAD, BRIDGE = (1, "成资大道", "新建道路", 120000), (2, "岷江大桥", "桥梁", 7)


def struck(column: int) -> bytes:
    def touch(made: Any, sheet: Any) -> None:
        line = made.add_format({"font_strikeout": True})
        sheet.write(2, column, BRIDGE[column], line)

    return book(table(ROAD, BRIDGE), touch)


@pytest.mark.parametrize("column", range(4))
def test_a_cell_that_is_struck_out_is_asked_about(column: int) -> None:
    found = listing(struck(column))
    assert codes(found) == {f"清单!{'ABCD'[column]}3": "struck_out"}
    assert "删除线" in found.problems[0].zh


def test_an_amount_that_is_corrected_within_its_cell_is_no_amount() -> None:
    """Struck out and written behind it: a reader of values alone sees 1200013000."""

    def touch(made: Any, sheet: Any) -> None:
        line, plain = made.add_format({"font_strikeout": True}), made.add_format()
        sheet.write_rich_string(2, 3, line, "12000", plain, "13000")

    shared = book(table(ROAD, BRIDGE), touch)
    assert codes(listing(shared)) == {"清单!D3": "struck_out"}

    def inline(text: bytes) -> bytes:
        runs = b"<r><rPr><strike/></rPr><t>12000</t></r><r><t>13000</t></r>"
        cell = b'<c r="D3" t="inlineStr"><is>' + runs + b"</is></c>"
        return re.sub(rb'<c r="D3".*?</c>', cell, text)

    own = reworked(shared, "xl/worksheets/sheet1.xml", inline)
    assert codes(listing(own)) == {"清单!D3": "struck_out"}


def test_a_line_that_is_off_strikes_nothing_out() -> None:
    def off(text: bytes) -> bytes:
        return text.replace(b"<strike/>", b'<strike val="0"/>')

    assert len(data(listing(reworked(struck(1), "xl/styles.xml", off)))) == 2


def test_so_it_is_in_a_workbook_of_excel_97() -> None:
    """Written by xlwt: a cell, and a part of another one's text."""
    content = Path("tests/cases/sheets/struck.xls").read_bytes()
    assert codes(listing(content)) == {"清单!B3": "struck_out", "清单!D4": "struck_out"}


@pytest.mark.parametrize("of_a_part", [True, False], ids=["a part", "the cell"])
def test_so_it_is_in_an_open_document(of_a_part: bool) -> None:  # noqa: FBT001  drawn
    def change(text: bytes) -> bytes:
        style = (
            "<office:automatic-styles>"
            "<style:style style:name='gone'>"
            "<style:text-properties style:text-line-through-style='solid'/>"
            "</style:style></office:automatic-styles><office:body>"
        )
        cell = "<table:table-cell office:value-type='string'><text:p>120000"
        new = cell.replace(">", " table:style-name='gone'>", 1)
        if of_a_part:
            new = cell.replace("120000", "12<text:span text:style-name='gone'>00")
        return (
            text.decode()
            .replace("<office:body>", style)
            .replace(
                "<office:document-content ",
                "<office:document-content xmlns:style='urn:oasis:names:tc:"
                "opendocument:xmlns:style:1.0' ",
            )
            .replace(cell, new)
            .replace(
                "00</text:p>", "00</text:span></text:p>" if of_a_part else "00</text:p>"
            )
            .encode()
        )

    found = listing(reworked(ods(), "content.xml", change))
    assert codes(found) == {"清单!D2": "struck_out"}


def test_a_header_may_be_struck_out() -> None:
    def touch(made: Any, sheet: Any) -> None:
        sheet.write(0, 0, HEADER[0], made.add_format({"font_strikeout": True}))

    assert len(data(listing(book(table(ROAD, BRIDGE), touch)))) == 2
