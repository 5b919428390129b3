"""The rows under a header: what each is, and whether totals are the sums."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from services.sheets.grid import Sheet
from services.sheets.headers import heading, squeezed
from services.sheets.profile import (
    NUMBER,
    ColumnRule,
    Profile,
    TableRule,
    money_columns,
)
from services.sheets.values import Cell, money
from twincity_schemas.decimals import plain
from twincity_schemas.problems import Problem, WrongValueError, problem


class RowKind(StrEnum):
    """What a row is."""

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
_COUNT = re.compile(r"\(?共?([0-9]+)[个项]\)?$")
_APART = "不计入"


@dataclass(frozen=True)
class Row:
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


def rows(sheet: Sheet, table: TableRule, profile: Profile) -> list[Row]:
    """Say of each row under the header what it is; none is left out."""
    found: list[Row] = []
    above: dict[int, str] = {}
    for index in range(table.first - 1, len(sheet.rows)):
        kind, level = _kind(sheet, index, table, profile)
        if kind is RowKind.GROUP:
            above = {k: v for k, v in above.items() if k < level}
            above[level] = _bare(sheet, index)
        groups = tuple(above[k] for k in sorted(above))
        found.append(Row(index, kind, groups, level))
    return found


def _bare(sheet: Sheet, row: int) -> str:
    """A heading without its number and count."""
    text = "".join(squeezed(sheet.text(row, c)) for c in sheet.filled(row)[:2])
    for level in _LEVELS:
        text = re.sub(f"^{level}", "", text)
    return _COUNT.sub("", text)


def _kind(  # noqa: PLR0911  one return a kind
    sheet: Sheet, row: int, table: TableRule, profile: Profile
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
    if table.header and _repeats(sheet, row, profile):
        return RowKind.HEADER, 0
    if row in sheet.hidden and profile.hidden == "skip":
        return RowKind.HIDDEN, 0
    if len(filled) == 1:
        return RowKind.UNCLEAR, 0
    return RowKind.DATA, 0


def _is_prose(sheet: Sheet, row: int, column: int) -> bool:
    wide = any(m[0] == (row, column) and m[1][1] > column + 1 for m in sheet.merges)
    text = sheet.text(row, column)
    return (wide or len(text) > 40) and not _level("", [squeezed(text)])  # noqa: PLR2004


def _level(number: str, texts: list[str]) -> int:
    """How deep a heading is, from 1; 0 for none."""
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


def _repeats(sheet: Sheet, row: int, profile: Profile) -> bool:
    said = [c for c in profile.columns if c.header]
    same = [c for c in said if heading(sheet, [row], c.index) in c.header.split("/")]
    return len(same) > len(said) / 2


@dataclass
class _Sum:
    count: int = 0
    amounts: dict[int, Decimal] = field(default_factory=dict)

    def add(self, amounts: dict[int, Decimal]) -> None:
        self.count += 1
        for column, amount in amounts.items():
            self.amounts[column] = self.amounts.get(column, Decimal()) + amount


def checked(sheet: Sheet, found: list[Row], profile: Profile) -> Iterator[Problem]:
    """Hold totals and counts against the rows that they are of; tell differences."""
    columns = money_columns(profile)
    for position, row in enumerate(found):
        if row.kind not in {RowKind.TOTAL, RowKind.GROUP}:
            continue
        filled = sheet.filled(row.index)[:2]
        told = [squeezed(sheet.text(row.index, c)) for c in filled]
        sums = [
            _sum(sheet, part, columns, profile)
            for part in _summed(found, position, told)
        ]
        stated = next(filter(None, map(_COUNT.search, told)), None)
        if stated and not any(s.count == int(stated[1]) for s in sums):
            yield problem(
                sheet.address(row.index, sheet.filled(row.index)[0]),
                "count_differs",
                f"写明 {stated[1]} 个，实有 {sums[0].count} 个",
                f"says {stated[1]}, there are {sums[0].count}",
            )
        yield from _amounts(sheet, row, sums, columns)


def _amounts(
    sheet: Sheet, row: Row, sums: list[_Sum], columns: list[ColumnRule]
) -> Iterator[Problem]:
    for rule in columns:
        where = sheet.address(row.index, rule.index)
        if (row.index, rule.index) in sheet.uncounted:
            yield problem(
                where,
                "formula_without_value",
                "公式没有保存结果，合计未能核对",
                "its formula has no stored value; the total was not checked",
            )
            continue
        stated = _amount(sheet, row.index, rule)
        if stated is None or any(s.amounts.get(rule.index, 0) == stated for s in sums):
            continue
        summed = sums[0].amounts.get(rule.index, Decimal())
        yield problem(
            where,
            "total_differs",
            f"合计 {plain(stated)} 万元，各行相加 {plain(summed)} 万元，"
            f"相差 {plain(stated - summed)} 万元",
            f"says {plain(stated)} 万元, its rows add up to {plain(summed)}:"
            f" a difference of {plain(stated - summed)}",
        )


def _summed(found: list[Row], position: int, told: list[str]) -> list[list[Row]]:
    """The rows that a total may be of: under it, or above it since the last one."""
    row = found[position]
    after, before = found[position + 1 :], found[:position][::-1]
    if row.kind is RowKind.GROUP:
        return [
            _until(after, lambda r: r.kind is RowKind.GROUP and r.level <= row.level)
        ]
    if any("小计" in text for text in told):
        ends = {RowKind.TOTAL, RowKind.GROUP}
        return [
            _until(before, lambda r: r.kind in ends),
            _until(after, lambda r: r.kind in ends),
        ]
    return [found]


def _until(found: list[Row], ends: object) -> list[Row]:
    part: list[Row] = []
    for row in found:
        if callable(ends) and ends(row):
            break
        part.append(row)
    return part


def _sum(
    sheet: Sheet, part: list[Row], columns: list[ColumnRule], profile: Profile
) -> _Sum:
    total = _Sum()
    name = profile.column_of("name")
    for row in part:
        if row.kind is not RowKind.DATA:
            continue
        apart = name is not None and _APART in sheet.text(row.index, name)
        amounts = (
            {}
            if apart
            else {
                rule.index: amount
                for rule in columns
                if (amount := _amount(sheet, row.index, rule)) is not None
            }
        )
        total.add(amounts)
    return total


def _amount(sheet: Sheet, row: int, rule: ColumnRule) -> Decimal | None:
    cell = Cell(sheet.at(row, rule.index), sheet.formats.get((row, rule.index), ""))
    if cell.blank or cell.ditto:
        return None
    try:
        return Decimal(money(cell, rule.unit))
    except WrongValueError:
        return None
