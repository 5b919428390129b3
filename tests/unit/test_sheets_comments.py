"""What an office has noted beside a cell (批注) is not lost in silence."""

from pathlib import Path
from typing import Any

import pytest

from services.sheets.listing import Listing
from tests.support.sheets import book, data, listing, reworked, table
from tests.unit.test_sheets_reading import ods

ROAD, BRIDGE = (1, "成资大道", "新建道路", 120000), (2, "岷江大桥", "桥梁", "")
THREAD = (
    "[线程批注]\n你的Excel版本可读取此线程批注; 但如果在更新版本的Excel中打开文件，"
    "则对批注所作的任何改动都将被删除。\n批注:\n    资金未落实"
)


def remarks(found: Listing) -> dict[str, str]:
    return {one.pointer: one.zh for one in found.remarks if one.code == "comment"}


@pytest.mark.parametrize("text", ["王工:\n资金未落实", THREAD], ids=["note", "thread"])
def test_a_comment_is_shown_with_its_cell(text: str) -> None:
    def touch(_: Any, sheet: Any) -> None:
        sheet.write_comment("D3", text)  # the cell is empty
        sheet.write_comment("B1", "如何填写")

    found = listing(book(table(ROAD, BRIDGE), touch))
    assert len(data(found)) == 2
    [(where, words)] = remarks(found).items()
    assert where == "清单!D3"
    assert "资金未落实" in words
    assert "版本" not in words


def test_so_it_is_in_an_open_document() -> None:
    def change(text: bytes) -> bytes:
        cell = "<table:table-cell office:value-type='string'>"
        note = (
            "<office:annotation><dc:date xmlns:dc='d'>2024-05-01</dc:date>"
            "<text:p>资金<text:span>未落实</text:span></text:p></office:annotation>"
        )
        return (
            text.decode()
            .replace(f"{cell}<text:p>1200", f"{cell}{note}<text:p>1200")
            .encode()
        )

    found = listing(reworked(ods(), "content.xml", change))
    assert remarks(found).keys() == {"清单!D2"}
    assert "资金未落实" in remarks(found)["清单!D2"]
    assert "2024-05-01" not in remarks(found)["清单!D2"]
    assert data(found)[0]["total_investment"] == {"amount": "120000"}


def test_so_it_is_in_a_workbook_of_excel_97() -> None:
    """Written by xlwt, the comment's records by hand after MS-XLS (Obj, TxO, Note)."""
    found = listing(Path("tests/cases/sheets/comment.xls").read_bytes())
    assert remarks(found).keys() == {"清单!D3"}
    assert "资金未落实" in remarks(found)["清单!D3"]
    assert len(data(found)) == 2
