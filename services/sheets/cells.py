"""The cells of one row to the data of a statement, each with its place."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from services.sheets.body import RowKind, SheetRow
from services.sheets.columns import CellKind, Layout, SheetField, at
from services.sheets.fields import PLAIN, value
from services.sheets.grid import Place, Sheet
from services.sheets.numerals import PERCENTS, SHARES, share_or_percent, unclear
from services.sheets.profile import (
    IGNORED,
    NUMBER,
    SPAN,
    UNITS_OF,
    ColumnRule,
    Profile,
    TableRule,
)
from services.sheets.values import Cell, code, parts, span, words
from twincity_schemas.problems import Problem, WrongValueError, problem

ANYBODY = "*"
"""Among a column's words: whose a unit is where its name does not say so."""


@dataclass
class Read:
    """A row as far as it is read.

    Attributes:
        data: of the statement.
        places: where each path came from.
        special: what is no field of the contract.
        unclear: numbers that are wrong by a hundred if their unit is per cent.
        problems: what was not understood.
    """

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    special: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, Cell] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, path: str, value: Any, where: str = "") -> None:
        """Set a field; what has its place from a cell is not overwritten."""
        *above, last = path.split(".")
        inside = self.data
        for step in above:
            inside = inside.setdefault(step, {})
        if where or last not in inside:
            inside[last] = value
        if where:
            self.places[path] = where

    def take(self, about: SheetField, cell: Cell, rule: ColumnRule, where: str) -> None:
        """Set a field from its cell.

        Raises:
            WrongValueError: the cell is not understood.
        """
        path = about.path or "value"
        self.put(path, value(about, cell, rule), where)
        if about.kind is CellKind.NUMBER and rule.unit not in SHARES and unclear(cell):
            self.unclear[path] = cell

    def with_units(self) -> None:
        """Hold numbers to the unit that stands beside them in their row."""
        for path, cell in self.unclear.items():
            above, dot, _ = path.rpartition(".")
            if at(self.data, f"{above}{dot}unit") in PERCENTS:
                error = share_or_percent(cell)
                place = self.places[path]
                self.problems.append(problem(place, error.code, error.zh, error.en))


def carried(sheet: Sheet) -> dict[Place, Place]:
    """Returns for each cell that a merge reaches down to the one that it shows."""
    return {
        (row, column): top
        for top, bottom in sheet.down()
        for row in range(top[0], min(bottom[0] + 1, len(sheet.rows)))
        for column in range(top[1], min(bottom[1] + 1, sheet.width))
        if (row, column) != top
    }


def spread(sheet: Sheet, body: list[SheetRow], profile: Profile) -> list[Problem]:
    """Amounts that are merged over several rows: nobody says what each row's is."""
    data = {row.index for row in body if row.kind is RowKind.DATA}
    known = {f.path: f.kind for f in profile.layout.fields}
    amounts = {
        c.index
        for c in profile.columns
        if known.get(c.field) in {CellKind.MONEY, CellKind.NUMBER}
    }
    return [
        problem(
            sheet.address(*top),
            "amount_over_rows",
            "一个数额合并给了多行，请分别填写",
            "one amount is merged over several rows; give each its own",
        )
        for top, bottom in sheet.down()
        if top[1] in amounts
        and len(data & set(range(top[0], min(bottom[0] + 1, len(sheet.rows))))) > 1
        and not Cell(sheet.at(*top)).blank
    ]


@dataclass(frozen=True)
class Context:
    """The table that a row is of.

    Attributes:
        sheet: where it is.
        table: its place in the sheet.
        profile: how it is read.
        parties: each party's Chinese name and code.
        down: what merges carry down.
        above: of each column, the cell that held for the row of data above.
    """

    sheet: Sheet
    table: TableRule
    profile: Profile
    parties: Mapping[str, str]
    down: Mapping[Place, Place]
    above: dict[int, Place]

    def cell(self, row: int, rule: ColumnRule) -> Cell:
        """Returns the cell that holds: that of the merge, or above a 同上.

        Raises:
            WrongValueError: there is a 同上 and nothing above it, or an error.
        """
        place = row, rule.index
        place = self.down.get(place, place)
        cell = self._at(place)
        if cell.ditto:
            place = self.above.get(rule.index, place)
            cell = self._at(place)
            if cell.ditto or cell.blank:
                raise WrongValueError(
                    "nothing_above", "上方没有可沿用的内容", "has nothing above it"
                )
        self.above[rule.index] = place
        return cell

    @cached_property
    def defaults(self) -> list[tuple[str, Any, WrongValueError | None]]:
        """Values of every row that does not say its own: path and value, or why not."""
        known = self.profile.layout.by_path
        read: list[tuple[str, Any, WrongValueError | None]] = []
        for path, text in (self.profile.defaults | self.table.defaults).items():
            if path in known:
                try:
                    given = value(known[path], Cell(text, exact=True), PLAIN)
                    read.append((path, given, None))
                except WrongValueError as error:
                    read.append((path, None, error))
        return read

    def _at(self, place: Place) -> Cell:
        return cell_at(self.sheet, place, exact=self.profile.exact)


def cell_at(sheet: Sheet, place: Place, *, exact: bool) -> Cell:
    """Returns a cell and what is known of it.

    Raises:
        WrongValueError: it shows an error, or its formula has no value.
    """
    form = sheet.formats.get(place, "")
    cell = Cell(sheet.at(*place), form, exact, sheet.zero)
    if place in sheet.errors or cell.wrong:
        raise WrongValueError(
            "cell_error",
            "单元格显示的是错误（如 #REF!、####），请改正",
            "shows an error, such as #REF! or ####; correct it",
        )
    if place in sheet.uncounted:
        raise WrongValueError(
            "formula_without_value",
            "公式没有保存结果，请在表格软件中打开并保存",
            "its formula has no stored value; open and save it",
        )
    return cell


def read_row(row: SheetRow, context: Context) -> Read:
    """Read a row of data; every cell that is not understood is told."""
    row_read = Read()
    known = context.profile.layout.by_path
    for rule in context.profile.columns:
        if rule.field in {IGNORED, NUMBER}:
            continue
        where = context.sheet.address(row.index, rule.index)
        try:
            cell = context.cell(row.index, rule)
            if cell.blank:
                continue
            if rule.field.startswith("@"):
                _special(row_read, rule, cell, where, context.parties)
            else:
                row_read.take(known[rule.field], cell, rule, where)
        except WrongValueError as error:
            row_read.problems.append(problem(where, error.code, error.zh, error.en))
    _fill(row_read, row, context)
    return row_read


def _special(
    row_read: Read, rule: ColumnRule, cell: Cell, where: str, parties: Mapping[str, str]
) -> None:
    if rule.field == SPAN:
        ends = zip(("planned_start", "planned_finish"), span(cell), strict=True)
        for path, end in ends:
            if end is not None:
                row_read.put(path, end, where)
    elif rule.field == UNITS_OF:
        units = row_read.data.setdefault("responsible_units", [])
        row_read.places.setdefault("responsible_units", where)
        for name in parts(cell):
            units.append(
                {"name": name, "party": _party(name, rule, parties), "role": rule.role}
            )
    else:
        row_read.special[rule.field] = words(cell)
        row_read.places[rule.field] = where


def _party(unit: str, rule: ColumnRule, parties: Mapping[str, str]) -> str:
    for name, party in [*rule.words.items(), *parties.items()]:
        if unit.startswith((name, name.removesuffix("市"))):
            return party
    if ANYBODY in rule.words:
        return rule.words[ANYBODY]
    raise WrongValueError(
        "whose_unit",
        f"“{unit}”属于哪一主体不明，可在映射该列 words 中写明",
        f"“{unit}” is of no known party; say whose in the column's words",
    )


def _fill(row_read: Read, row: SheetRow, context: Context) -> None:
    """Add what holds for the group, the sheet and the table."""
    profile = context.profile
    if profile.group and not at(row_read.data, profile.group):
        _by_heading(row_read, row, context)
    for path, given, error in context.defaults:
        if at(row_read.data, path) is not None:
            continue
        if error is None:  # each row has its own
            row_read.put(
                path, deepcopy(given) if isinstance(given, list | dict) else given
            )
        else:
            where = f"--set {path}"
            row_read.problems.append(problem(where, error.code, error.zh, error.en))
    _prune(row_read, profile.layout)
    row_read.with_units()


def _by_heading(row_read: Read, row: SheetRow, context: Context) -> None:
    profile = context.profile
    about = profile.layout.by_path[profile.group]
    for heading in reversed(row.groups):
        if (word := profile.words.get(heading)) is not None:
            row_read.put(profile.group, word)
            return
        try:
            row_read.put(profile.group, code(heading, about))
        except WrongValueError:
            continue
        return
    if profile.group not in profile.defaults:
        group = "／".join(row.groups) or "—"
        row_read.problems.append(
            problem(
                context.sheet.address(row.index, 0),
                "heading_without_word",
                f"分组“{group}”对应的{about.zh}不明，请在映射 words 中写明",
                f"the heading “{group}” stands for no {profile.group}; say so in words",
            )
        )


def _prune(row_read: Read, layout: Layout) -> None:
    """Leave out what defaults alone would say of a thing that the row is silent on."""
    for path, needed in layout.objects:
        inside = at(row_read.data, path)
        if not isinstance(inside, dict) or not needed - inside.keys():
            continue
        if not any(place.startswith(f"{path}.") for place in row_read.places):
            above, _, last = path.rpartition(".")
            del (at(row_read.data, above) if above else row_read.data)[last]
