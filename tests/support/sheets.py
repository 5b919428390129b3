"""Workbooks as offices make them, and what is read of them."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

from services.sheets.guessing import guess
from services.sheets.listing import Listing, listed, opened
from services.sheets.profile import Corrections, Profile
from services.sheets.reading import read

PARTIES = {"成都市": "chengdu", "德阳市": "deyang"}
DEFAULTS = (
    "domain=transport",
    "item_class=engineering",
    "as_of=2024-05",
    "source=清单",
)
HEADER = ("序号", "项目名称", "建设内容", "总投资（万元）")

Sheets = Mapping[str, Sequence[Sequence[Any]]]


def book(sheets: Sheets, touch: Callable[[Any, Any], None] | None = None) -> bytes:
    """Write a workbook; ``touch`` gets it and its first sheet."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": True}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
        if touch is not None:
            touch(made, made.worksheets()[0])
    return content.getvalue()


def reworked(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A package with one of its parts changed."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            value = before.read(name)
            after.writestr(name, change(value) if name == part else value)
    return packed.getvalue()


def profile_of(
    content: bytes,
    *columns: str,
    defaults: Sequence[str] = DEFAULTS,
    fact: str = "",
    **changes: Any,
) -> Profile:
    guessed = guess(read(content), "list", "chengdu", fact)
    made = Corrections.of(list(columns), list(defaults)).applied(guessed)
    return made.model_copy(update={"members": ("chengdu", "deyang")} | changes)


def lists(content: bytes, profile: Profile) -> Listing:
    return listed(opened(content, "清单.xlsx", read(content)), profile, PARTIES)


def listing(content: bytes, *columns: str, **changes: Any) -> Listing:
    return lists(content, profile_of(content, *columns, **changes))


def table(*rows: Sequence[Any], header: Sequence[Any] = HEADER) -> Sheets:
    return {"清单": [header, *rows]}


def data(found: Listing) -> list[dict[str, Any]]:
    """What the statements say; there is no problem then."""
    assert not found.problems, found.problems
    return [said.event["data"] for said in found.statements]


def codes(found: Listing) -> dict[str, str]:
    return {one.pointer: one.code for one in found.problems}


def remarks(found: Listing) -> dict[str, str]:
    return {one.pointer: one.code for one in found.remarks}
