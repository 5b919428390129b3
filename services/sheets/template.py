"""The layout of templates and exports, which is read back without a profile.

The first row, hidden, has the paths; the second the titles; a list within a
statement is a sheet of its own, whose rows name the row that they belong to. A
hidden sheet says which type it is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.sheets.cells import Read, cell_at
from services.sheets.columns import PartTable, at, layout
from services.sheets.fields import PLAIN
from services.sheets.grid import Sheet, letters
from services.sheets.profile import ColumnRule, Profile, TableRule
from services.sheets.values import Cell, words
from twincity_schemas.problems import Problem, WrongValueError, problem

CONTRACT = "契约"
MARK = "twincity"
ROW, ENTRY, SOURCE = "@row", "@entry", "@source"
"""The row's number; the name of an entry of a map; whose word it is, with bureau."""

HEADER_ROWS = 2
PART_SHEET = "{index}·{zh}"


def part_sheet(index: int, part: PartTable) -> str:
    """Returns what the sheet of a list is called; Excel takes 31 characters."""
    return PART_SHEET.format(index=index + 1, zh=part.zh.replace("/", "／"))[:31]


def type_of(sheets: Iterable[Sheet]) -> str:
    """Returns which type a template is of; "" where it is none."""
    for sheet in sheets:
        if sheet.name == CONTRACT and sheet.text(0, 0) == MARK:
            return sheet.text(0, 1)
    return ""


def exact_profile(sheets: tuple[Sheet, ...], given: Profile) -> Profile | None:
    """Returns the profile that a template carries; None where the file is none."""
    if not (fact := type_of(sheets)):
        return None
    main = sheets[0]
    columns = tuple(
        ColumnRule(column=letters(c), header=main.text(0, c), field=main.text(0, c))
        for c in range(main.width)
        if main.text(0, c)
    )
    return Profile(
        name=given.name,
        type=fact,
        party=given.party,
        bureau=given.bureau,
        members=given.members,
        tables=(TableRule(sheet=main.name, header=(1,), first=HEADER_ROWS + 1),),
        columns=columns,
        hidden="take",
        exact=True,
    )


def parts_of(name: str, profile: Profile) -> bool:
    """Returns whether a sheet belongs to a template: a list of it, its codes."""
    names = {part_sheet(i, p) for i, p in enumerate(profile.layout.parts)}
    return name in {*names, CONTRACT}


class Entries:
    """The lists of a template's statements, by the rows that they belong to."""

    def __init__(self, sheets: tuple[Sheet, ...], profile: Profile) -> None:
        self.problems: list[Problem] = []
        self._of: dict[str, list[tuple[PartTable, str, Any, str]]] = {}
        self._used: set[str] = set()
        by_name = {sheet.name: sheet for sheet in sheets}
        self._parts = layout(profile.type).parts
        for index, part in enumerate(self._parts):
            if (sheet := by_name.get(part_sheet(index, part))) is not None:
                self._take(sheet, part)

    def _take(self, sheet: Sheet, part: PartTable) -> None:
        paths = {sheet.text(0, c): c for c in range(sheet.width)}
        for row in range(HEADER_ROWS, len(sheet.rows)):
            if not sheet.filled(row):
                continue
            row_read = Read()
            for field in part.fields:
                if (column := paths.get(field.path or "value")) is None:
                    continue
                where = sheet.address(row, column)
                try:
                    cell = cell_at(sheet, (row, column), exact=True)
                    if not cell.blank:
                        row_read.take(field, cell, PLAIN, where)
                except WrongValueError as error:
                    self.problems.append(problem(where, error.code, error.zh, error.en))
            row_read.with_units()
            self.problems += row_read.problems
            entry = row_read.data if part.fields[0].path else row_read.data.get("value")
            owner = _plain(sheet, row, paths.get(ROW))
            name = _plain(sheet, row, paths.get(ENTRY))
            self._of.setdefault(owner, []).append(
                (part, name, entry, sheet.address(row, 0))
            )

    def into(self, read: Read) -> None:
        """Give a row its lists."""
        owner = read.special.get(ROW, "")
        self._used.add(owner)
        for part in self._parts:
            above, _, last = part.path.rpartition(".")
            inside = at(read.data, above) if above else read.data
            if part.within and isinstance(inside, dict):
                inside.setdefault(last, {} if part.named else [])
        for part, name, entry, where in self._of.get(owner, ()):
            *steps, last = part.path.split(".")
            inside = read.data
            for step in steps:
                inside = inside.setdefault(step, {})
            if part.named:
                inside.setdefault(last, {})[name] = entry
                read.places[f"{part.path}.{name}"] = where
            else:
                entries = inside.setdefault(last, [])
                read.places[f"{part.path}.{len(entries)}"] = where
                entries.append(entry)

    def left(self) -> list[Problem]:
        """The entries that no row claims."""
        return self.problems + [
            problem(
                where, "no_row", f"主表没有行号 {owner}", f"there is no row {owner}"
            )
            for owner, entries in self._of.items()
            if owner not in self._used
            for *_, where in entries
        ]


def _plain(sheet: Sheet, row: int, column: int | None) -> str:
    return (
        ""
        if column is None or not sheet.text(row, column)
        else words(Cell(sheet.at(row, column)))
    )


def fits(data: Mapping[str, Any], paths: set[str], under: str = "") -> list[str]:
    """Returns the paths of what a table of these columns cannot hold."""
    lost = []
    for name, inner in data.items():
        path = f"{under}{name}"
        if path in paths:
            continue
        if isinstance(inner, dict) and any(p.startswith(f"{path}.") for p in paths):
            lost += fits(inner, paths, f"{path}.")
        elif inner is not None:
            lost.append(path)
    return lost
