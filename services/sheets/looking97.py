"""What a person sees of a workbook of Excel 97 to 2003 that its values do not tell.

xlrd reads number formats, what is hidden, struck out or commented, nothing else of it:
its values would be read a second time. What it cannot read stays unseen, and that is
told.
"""

from dataclasses import replace
from typing import Any

from services.sheets.grid import SERIAL_ZERO_1904, Place, Sheet
from services.sheets.looking import PLAIN

_ERROR = 5
_NUMBERS = {2, 3}
"""A number, and one that its format shows as a date (``XL_CELL_NUMBER`` and so on)."""


def looked_at_97(content: bytes, sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """Returns the sheets with what a person sees of them, where that can be read."""
    import xlrd  # noqa: PLC0415  of this one kind of file

    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True)
        forms = [book.format_map[one.format_key].format_str for one in book.xf_list]
        there = {sheet.name: sheet for sheet in book.sheets()}
        fonts = [bool(one.struck_out) for one in book.font_list]
        struck = [fonts[one.font_index] for one in book.xf_list]
        looked = (
            _looked(sheet, there[sheet.name], forms, struck, fonts) for sheet in sheets
        )
        if book.datemode:
            return tuple(replace(sheet, zero=SERIAL_ZERO_1904) for sheet in looked)
        return tuple(looked)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  it has many ways to fail, each for the same remark
        return tuple(replace(sheet, seen=False) for sheet in sheets)


def _looked(
    sheet: Sheet, other: Any, forms: list[str], struck: list[bool], fonts: list[bool]
) -> Sheet:
    formats: dict[Place, str] = {}
    # A text's parts may each have a font.
    struck_out = {
        place
        for place, runs in other.rich_text_runlist_map.items()
        if any(fonts[font] for _, font in runs)
    }
    errors = set[Place]()
    for row in range(other.nrows):
        for column, kind in enumerate(other.row_types(row)):
            if kind == _ERROR:
                errors.add((row, column))
            if struck[other.cell_xf_index(row, column)]:
                struck_out.add((row, column))
            if kind in _NUMBERS:
                form = forms[other.cell_xf_index(row, column)]
                if form not in PLAIN:
                    formats[row, column] = form
    rows, columns = other.rowinfo_map.items(), other.colinfo_map.items()
    return replace(
        sheet,
        hidden=frozenset(row for row, about in rows if about.hidden),
        struck=frozenset(struck_out),
        comments={place: note.text for place, note in other.cell_note_map.items()},
        formats=formats,
        errors=frozenset(errors),
        unseen=frozenset(c for c, about in columns if about.hidden and c < sheet.width),
    )
