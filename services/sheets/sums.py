"""Totals and counts held against the rows that they are of."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile

from services.sheets.body import COUNT, RowKind, SheetRow
from services.sheets.grid import Place, Sheet
from services.sheets.headers import squeezed
from services.sheets.numerals import money
from services.sheets.profile import NUMBER, ColumnRule, Profile, money_columns
from services.sheets.values import Cell
from twincity_schemas.decimals import plain
from twincity_schemas.problems import Problem, WrongValueError, problem

_APART = "不计入"
"""A row whose name says so is in no total."""

_NUMBERED = re.compile("[0-9０-９一二三四五六七八九十]")

_PART = re.compile(r"(\d+(?:[.-]\d+)*)[.-]\d+")
"""The number of a part, and in it that of the whole: 1.2 of 1."""

_ENDS = {RowKind.TOTAL, RowKind.GROUP}


@dataclass
class _Sum:
    count: int = 0
    amounts: dict[int, Decimal] = field(default_factory=dict)


class Sums:
    """The amounts of a table's rows, read once.

    Args:
        sheet: the table's.
        rows: its rows, each with its kind.
        profile: how its columns are read.
    """

    def __init__(self, sheet: Sheet, rows: list[SheetRow], profile: Profile) -> None:
        self._sheet = sheet
        self._rows = rows
        self._profile = profile
        self._columns = money_columns(profile)
        self._whole: _Sum | None = None
        self._read: dict[Place, Decimal | None] = {}

    def differences(self) -> Iterator[Problem]:
        """Yields where a total, a count or a number is not what the rows make it."""
        yield from self._numbers()
        for position, row in enumerate(self._rows):
            if row.kind not in _ENDS:
                continue
            filled = self._sheet.filled(row.index)[:2]
            labels = [squeezed(self._sheet.text(row.index, c)) for c in filled]
            sums = self._sums(position, labels)
            stated = next(filter(None, map(COUNT.search, labels)), None)
            if stated and not any(s.count == int(stated[1]) for s in sums):
                yield problem(
                    self._sheet.address(row.index, filled[0]),
                    "count_differs",
                    f"写明 {stated[1]} 个，实有 {sums[0].count} 个",
                    f"says {stated[1]}, there are {sums[0].count}",
                )
            for rule in self._columns:
                yield from self._amounts(row, rule, sums)

    def _numbers(self) -> Iterator[Problem]:
        """Rows of data that may be parts of another, by their numbers.

        By that of another (1.1 beside 1), or by having none among such with one.
        What stands there instead of one (见附件, —, the name of a class) is none.
        """
        column = self._profile.column_of(NUMBER)
        data = [row.index for row in self._rows if row.kind is RowKind.DATA]
        if column is None:
            return
        numbers = {r: squeezed(self._sheet.text(r, column)) for r in data}
        for row, number in numbers.items():
            whole = _PART.fullmatch(number)
            if whole and whole[1] in numbers.values():
                yield problem(
                    self._sheet.address(row, column),
                    "row_of_another",
                    f"序号是 {whole[1]} 之下的 {number}，请核对是否已计入 {whole[1]}",
                    f"{number} is a part of {whole[1]} by its number: is it in it?",
                )
        bare = [r for r in data if not _NUMBERED.search(self._sheet.text(r, column))]
        if len(bare) == len(data):
            return
        for row in bare:
            yield problem(
                self._sheet.address(row, column),
                "row_without_number",
                "其他行有序号，本行没有，请核对是否为单独的一项",
                "has no number, as other rows have: is it an item of its own?",
            )

    def _amounts(
        self, row: SheetRow, rule: ColumnRule, sums: list[_Sum]
    ) -> Iterator[Problem]:
        where = self._sheet.address(row.index, rule.index)
        place = row.index, rule.index
        if place in self._sheet.errors or Cell(self._sheet.at(*place)).wrong:
            yield problem(
                where,
                "cell_error",
                "合计显示的是错误，未能核对",
                "the total shows an error and was not checked",
            )
            return
        if place in self._sheet.uncounted:
            yield problem(
                where,
                "formula_without_value",
                "公式没有保存结果，合计未能核对",
                "its formula has no stored value; the total was not checked",
            )
            return
        stated = self._amount(row.index, rule)
        if stated is None or any(s.amounts.get(rule.index, 0) == stated for s in sums):
            return
        summed = sums[0].amounts.get(rule.index, Decimal())
        yield problem(
            where,
            "total_differs",
            f"合计 {plain(stated)} 万元，各行相加 {plain(summed)} 万元，"
            f"相差 {plain(stated - summed)} 万元",
            f"says {plain(stated)} 万元, its rows add up to {plain(summed)}:"
            f" a difference of {plain(stated - summed)}",
        )

    def _sums(self, position: int, labels: list[str]) -> list[_Sum]:
        """Returns the sums that a total may be of: rows under it, or above it."""
        row = self._rows[position]
        after = (self._rows[i] for i in range(position + 1, len(self._rows)))
        if row.kind is RowKind.GROUP:

            def inside(other: SheetRow) -> bool:
                return other.kind is not RowKind.GROUP or other.level > row.level

            return [self._sum(takewhile(inside, after))]
        if any("小计" in text for text in labels):
            before = (self._rows[i] for i in range(position - 1, -1, -1))
            parts = (
                takewhile(lambda r: r.kind not in _ENDS, p) for p in (before, after)
            )
            return [self._sum(part) for part in parts]
        if self._whole is None:
            self._whole = self._sum(self._rows)
        return [self._whole]

    def _sum(self, part: Iterable[SheetRow]) -> _Sum:
        total = _Sum()
        name = self._profile.column_of("name")
        for row in part:
            if row.kind is not RowKind.DATA:
                continue
            total.count += 1
            if name is not None and _APART in self._sheet.text(row.index, name):
                continue
            for rule in self._columns:
                if (amount := self._amount(row.index, rule)) is not None:
                    before = total.amounts.get(rule.index, Decimal())
                    total.amounts[rule.index] = before + amount
        return total

    def _amount(self, row: int, rule: ColumnRule) -> Decimal | None:
        place = row, rule.index
        if place not in self._read:
            self._read[place] = self._amount_at(place, rule)
        return self._read[place]

    def _amount_at(self, place: Place, rule: ColumnRule) -> Decimal | None:
        cell = Cell(self._sheet.at(*place), self._sheet.formats.get(place, ""))
        if cell.blank or cell.ditto:
            return None
        try:
            return Decimal(money(cell, rule.unit))
        except WrongValueError:
            return None
