"""Bytes to sheets: xlsx, xls, ods and csv (UTF-8, GB18030), bounded.

The kind is told from the content: offices' files are called ``.xlsx.xlsx``, and
``.xls`` may be a web page. python-calamine reads; ``looking`` takes a second look
where a file has what calamine does not show (number formats, hidden rows, formulas
without a value). Sizes are refused here as far as the file states them; a file that
lies about them is the business of whoever runs this with limits.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from services.sheets.grid import Range, Sheet, Value
from services.sheets.looking import looked_at, needs_a_look
from services.sheets.looking97 import looked_at_97
from services.sheets.lookingods import looked_at_ods
from twincity_schemas.problems import WrongValueError

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 20 * MEBIBYTE
LARGEST_UNPACKED = 200 * MEBIBYTE
MOST_CELLS = 1_000_000
MOST_SHEETS = 100

_DIGITS = 15
"""Significant digits that spreadsheet programs keep; a 16th is binary noise."""


def read(content: bytes) -> tuple[Sheet, ...]:
    """Read every sheet of a file.

    Raises:
        WrongValueError: it is no table, or too large, or has macros.
    """
    if len(content) > LARGEST_FILE:
        raise too_large()
    try:
        if content[:4] == b"PK\x03\x04":
            return _packed(content)
        if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            return _compound(content)
        return (_text(content),)
    except WrongValueError:
        raise
    except Exception as error:  # noqa: BLE001  readers fail in their own ways
        raise _refused(
            "damaged", f"文件无法读取（{error}）", f"it cannot be read ({error})"
        ) from None


def too_large() -> WrongValueError:
    """Returns the refusal of a file that would take too much to read."""
    return WrongValueError(
        "too_large",
        f"文件过大：不超过 {LARGEST_FILE // MEBIBYTE} MB、{MOST_CELLS} 个单元格，"
        "请拆分或删去多余内容",
        f"the file is too large: at most {LARGEST_FILE // MEBIBYTE} MB and"
        f" {MOST_CELLS} cells; please split it",
    )


def _refused(code: str, zh: str, en: str) -> WrongValueError:
    return WrongValueError(
        code, f"{zh}，请另存为 xlsx 后再导入", f"{en}; save it as xlsx"
    )


_NO_TABLE = ("no_table", "不是电子表格", "it is no spreadsheet")
_MACROS = ("macros", "文件含宏，不予读取", "it has macros and is not read")
_BINARY = (
    "binary_workbook",
    "二进制工作簿（xlsb）看不到数字格式和隐藏的行列，不予读取",
    "the number formats and hidden rows of a binary workbook (xlsb) cannot be seen",
)


def _packed(content: bytes) -> tuple[Sheet, ...]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = set(packed.namelist())
        if sum(info.file_size for info in packed.infolist()) > LARGEST_UNPACKED:
            raise too_large()
        if any(_is_macro(name) for name in names):
            raise _refused(*_MACROS)
        if "xl/workbook.bin" in names:
            raise _refused(*_BINARY)
        if not names & {"xl/workbook.xml", "content.xml"}:
            raise _refused(*_NO_TABLE)
        look = "xl/workbook.xml" in names and needs_a_look(packed)
    sheets = _by_calamine(content)
    if "content.xml" in names:
        return looked_at_ods(content, sheets)
    return looked_at(content, sheets) if look else sheets


def _is_macro(name: str) -> bool:
    return name.lower().endswith("vbaproject.bin") or name.startswith("Basic/")


def _compound(content: bytes) -> tuple[Sheet, ...]:
    def has(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise WrongValueError(
            "encrypted", "文件有密码，请去掉密码再导入", "it has a password; remove it"
        )
    if has("_VBA_PROJECT"):
        raise _refused(*_MACROS)
    if not (has("Workbook") or has("Book")):
        raise _refused(*_NO_TABLE)
    return looked_at_97(content, _by_calamine(content))


def _by_calamine(content: bytes) -> tuple[Sheet, ...]:
    book = CalamineWorkbook.from_object(io.BytesIO(content))
    if len(book.sheet_names) > MOST_SHEETS:
        raise too_large()
    sheets, cells = [], 0
    for index, about in enumerate(book.sheets_metadata):
        sheet = book.get_sheet_by_index(index)
        cells += sheet.total_height * sheet.total_width
        if cells > MOST_CELLS:
            raise too_large()
        rows = sheet.to_python(skip_empty_area=False)
        merges = tuple(sheet.merged_cell_ranges or ())
        shown = _shown([[_exact(value) for value in row] for row in rows], merges)
        visible = about.visible is SheetVisibleEnum.Visible
        sheets.append(Sheet(about.name, _even(shown), visible, merges))
    return tuple(sheets)


def _even(rows: list[list[Value]]) -> tuple[tuple[Value, ...], ...]:
    width = max(map(len, rows), default=0)
    return tuple(tuple(row) + (None,) * (width - len(row)) for row in rows)


def _shown(rows: list[list[Value]], merges: Iterable[Range]) -> list[list[Value]]:
    """Leave of a merge the first cell alone: the others are not seen by a person."""
    covered = 0
    for (top, left), (bottom, right) in merges:
        width = max(map(len, rows), default=0)
        covered += (min(bottom + 1, len(rows)) - top) * (min(right + 1, width) - left)
        if covered > MOST_CELLS:
            raise too_large()
        for row in range(top, min(bottom + 1, len(rows))):
            for column in range(left, min(right + 1, len(rows[row]))):
                if (row, column) != (top, left):
                    rows[row][column] = None
    return rows


def _exact(value: Any) -> Value:
    match value:
        case bool():
            return value
        case int() | float():
            return exact(float(value))
        case datetime():
            return value.date()
        case date():
            return value
        case str():
            return value if value.strip() else None
        case _:
            return str(value)


def exact(number: float) -> Decimal:
    """Returns the decimal that was typed: the shortest that gives this float."""
    shortest = Decimal(repr(number))
    if len(shortest.as_tuple().digits) > _DIGITS:
        shortest = Decimal(format(number, f".{_DIGITS}g"))
    return (
        shortest.to_integral_value()
        if shortest == shortest.to_integral_value()
        else shortest
    )


def _text(content: bytes) -> Sheet:
    text = _decoded(content)
    if "\0" in text or re.match(r"\s*(<|%PDF|\{)", text):
        raise _refused(*_NO_TABLE)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    rows: list[list[Value]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([_typed(cell) if cell.strip() else None for cell in row])
            cells += len(row)
            if cells > MOST_CELLS:
                raise too_large()
    except csv.Error:
        raise _refused(*_NO_TABLE) from None
    return Sheet("csv", _even(rows))


def _typed(cell: str) -> str:
    """Returns a cell's text: ``="001"`` keeps a text from becoming a number."""
    kept = re.fullmatch(r'="([^"]*)"', cell)
    return kept[1] if kept else cell


def _decoded(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(*_NO_TABLE)
