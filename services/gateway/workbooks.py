"""Tables as workbooks: figures as numbers, and no text ever taken for a formula."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import NamedTuple
from urllib.parse import quote

from starlette.responses import Response
from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # equal tables are equal files
_WIDEST = 60
_LONGEST_CELL = 32_767


class WorkbookSheet(NamedTuple):
    """A sheet: its name, its head, its rows."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]


def download(title: str, subject: str, sheets: Iterable[WorkbookSheet]) -> Response:
    """A workbook to be kept, named for its subject."""
    name = f"{title}.xlsx"
    plain = subject.replace("/", "-")
    disposition = f"attachment; filename=\"{plain}.xlsx\"; filename*=UTF-8''"
    return Response(
        written(title, sheets),
        media_type=XLSX,
        headers={"Content-Disposition": disposition + quote(name)},
    )


def written(title: str, sheets: Iterable[WorkbookSheet]) -> bytes:
    """Write a workbook; no text of it is ever taken for a formula."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": _MADE.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        plain = book.add_format({})
        number = book.add_format({"num_format": "#,##0.##"})
        for one in sheets:
            sheet = book.add_worksheet(one.name)
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            sheet.freeze_panes(1, 0)
            for column, head in enumerate(one.head):
                sheet.write_string(0, column, head, bold)
                cells = (str(row[column] or "") for row in one.rows)
                wide = max((len(text) for text in (head, *cells)), default=8)
                sheet.set_column(column, column, min(wide * 1.6 + 2, _WIDEST))
            for at, row in enumerate(one.rows, 1):
                for column, value in enumerate(row):
                    match value:
                        case None | "":
                            pass
                        case Decimal() | int():
                            sheet.write_number(at, column, float(value), number)
                        case _:
                            sheet.write_string(
                                at, column, str(value)[:_LONGEST_CELL], plain
                            )
    return file.getvalue()
