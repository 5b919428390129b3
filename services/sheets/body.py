"""The rows under a header: what each is, and whether totals are the sums."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.sheets.grid import Sheet
from services.sheets.headers import squeezed
from services.sheets.profile import (
    NUMBER,
    Profile,
    TableRule,
)


class RowKind(StrEnum):
    """The kinds of rows."""

    DATA = "data"
    GROUP = "group"
    TOTAL = "total"
    NOTE = "note"
    BLANK = "blank"
    HEADER = "header"
    HIDDEN = "hidden"
    UNCLEAR = "unclear"


WORDS = {
    RowKind.DATA: ("数据行", "rows of data"),
    RowKind.GROUP: ("分组行", "headings"),
    RowKind.TOTAL: ("合计行", "totals"),
    RowKind.NOTE: ("说明行", "notes"),
    RowKind.BLANK: ("空行", "blank rows"),
    RowKind.HEADER: ("重复表头", "repeated headers"),
    RowKind.HIDDEN: ("隐藏行（未取）", "hidden rows, skipped"),
    RowKind.UNCLEAR: ("不明行", "rows of no kind"),
}

_NOTE = re.compile(
    r"(注|备注|说明|填表|填报|制表|审核|联系|单位负责人|数据来源)[^/]{0,6}[:：.1-9]|注$"
)
_TOTAL = re.compile(
    r"(.{0,8}[^一-鿿]|全[市省县区州]|[一-鿿]{0,4})?(合计|小计|总计|共计)[:：]?(\(?[0-9]+[个项]\)?)?"
)
_LEVELS = (
    r"[一二三四五六七八九十]+[、.．]?",
    r"\([一二三四五六七八九十]+\)[、.]?",
    r"[0-9]+[、.]",
    r"(——|--|[★●■◆▲])",
)
Headed = Sequence[tuple[int, frozenset[str]]]
"""The columns that have a header, and its lines."""

COUNT = re.compile(r"\(?共?([0-9]+)[个项]\)?$")


@dataclass(frozen=True)
class SheetRow:
    """A row and what it is.

    Attributes:
        index: from 0.
        kind: what it is.
        groups: the headings that it stands under, outermost first.
    """

    index: int
    kind: RowKind
    groups: tuple[str, ...] = ()
    level: int = 0


def rows(sheet: Sheet, table: TableRule, profile: Profile) -> list[SheetRow]:
    """Say of each row under the header what it is; none is left out."""
    body: list[SheetRow] = []
    above: dict[int, str] = {}
    headed = _headed(table, profile)
    for index in range(table.first - 1, len(sheet.rows)):
        kind, level = _kind(sheet, index, profile, headed)
        if kind is RowKind.GROUP:
            above = {k: v for k, v in above.items() if k < level}
            above[level] = _bare(sheet, index)
        groups = tuple(above[k] for k in sorted(above))
        body.append(SheetRow(index, kind, groups, level))
    return body


def _bare(sheet: Sheet, row: int) -> str:
    """A heading without its number and count."""
    text = "".join(squeezed(sheet.text(row, c)) for c in sheet.filled(row)[:2])
    for level in _LEVELS:
        text = re.sub(f"^{level}", "", text)
    return COUNT.sub("", text)


def _kind(  # noqa: PLR0911  one return a kind
    sheet: Sheet, row: int, profile: Profile, headed: Headed
) -> tuple[RowKind, int]:
    filled = sheet.filled(row)
    if not filled:
        return RowKind.BLANK, 0
    if profile.exact:
        return RowKind.DATA, 0
    texts = [squeezed(sheet.text(row, c)) for c in filled]
    numbered = profile.column_of(NUMBER)
    number = "" if numbered is None else squeezed(sheet.text(row, numbered))
    if _NOTE.match(texts[0]) or (len(filled) == 1 and _is_prose(sheet, row, filled[0])):
        return RowKind.NOTE, 0
    if any(_TOTAL.fullmatch(text) for text in texts[:2]):
        return RowKind.TOTAL, 0
    if level := _level(number, texts):
        return RowKind.GROUP, level
    if _repeats(sheet, row, headed):
        return RowKind.HEADER, 0
    if row in sheet.hidden and profile.hidden == "skip":
        return RowKind.HIDDEN, 0
    if len(filled) == 1:
        return RowKind.UNCLEAR, 0
    return RowKind.DATA, 0


def _is_prose(sheet: Sheet, row: int, column: int) -> bool:
    wide = any(m[0] == (row, column) and m[1][1] > column + 1 for m in sheet.merges)
    text = sheet.text(row, column)
    return (wide or len(text) > 40) and not _level("", [squeezed(text)])  # noqa: PLR2004  no heading is longer


def _level(number: str, texts: list[str]) -> int:
    """Returns how deep a heading is, from 1; 0 for none."""
    for level, pattern in enumerate(_LEVELS, start=1):
        chinese = level <= len(_LEVELS) - 2
        if chinese and re.fullmatch(pattern, number):
            return level
        if (
            len(texts) <= 2  # noqa: PLR2004  number and name
            and re.match(f"{pattern}.", texts[0])
            and (chinese or len(texts) == 1)
        ):
            return level
    return 0


def _repeats(sheet: Sheet, row: int, headed: Headed) -> bool:
    """Returns whether a row is a header: most of it are words of the one above.

    Not each under its own column: another table's may stand otherwise.
    """
    known = {word for _, words in headed for word in words}
    left = (len(headed) - 1) // 2  # so many may differ
    for column, _ in headed:
        if _shown(sheet, row, column) not in known:
            left -= 1
            if left < 0:
                return False
    return bool(headed)


def other_headings(
    sheet: Sheet, row: int, table: TableRule, profile: Profile
) -> Iterator[tuple[int, str]]:
    """Yields the columns over which a repeated header has another word than above.

    Beside each, the one above: what is under another is of another unit or kind.
    """
    for column, words in _headed(table, profile):
        text = _shown(sheet, row, column)
        if text and text not in words:
            yield column, "/".join(sorted(words))


def _headed(table: TableRule, profile: Profile) -> Headed:
    return [
        (c.index, frozenset(c.header.split("/")))
        for c in profile.columns
        if table.header and c.header
    ]


def _shown(sheet: Sheet, row: int, column: int) -> str:
    return squeezed(sheet.text(*sheet.origins.get((row, column), (row, column))))
