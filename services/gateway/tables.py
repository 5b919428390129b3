"""Events as a table that an office opens: CSV or xlsx, never a formula."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from services.gateway.workbooks import WorkbookSheet, written

CSV = "text/csv"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def flat(document: Mapping[str, Any], under: str = "") -> dict[str, str]:
    """A document as one line: nested members by their path, arrays as JSON."""
    cells: dict[str, str] = {}
    for name, value in document.items():
        path = f"{under}{name}"
        match value:
            case dict():
                cells |= flat(value, f"{path}.")
            case str():
                cells[path] = value
            case None:
                cells[path] = ""
            case _:
                cells[path] = json.dumps(value, ensure_ascii=False)
    return cells


def _grid(documents: Iterable[Mapping[str, Any]]) -> list[Sequence[str]]:
    lines = [flat(document) for document in documents]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    return [columns, *([line.get(name, "") for name in columns] for line in lines)]


def to_csv(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV (RFC 4180) in UTF-8 with the mark by which Excel knows it."""
    text = StringIO()
    csv.writer(text).writerows(map(_harmless, _grid(documents)))
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _harmless(row: Iterable[str]) -> list[str]:
    """Texts that a spreadsheet would take for a formula, with a ' before them."""
    return [f"'{c}" if c.startswith(_FORMULA) and not _number(c) else c for c in row]


def _number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdecimal() and text[0] in "+-"


def to_xlsx(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """A workbook of one sheet; every cell is text."""
    head, *rows = _grid(documents)
    return written("TwinCity", [WorkbookSheet("TwinCity", head, rows)])
