"""A sheet as it was read: exact values, and what a reader sees of them."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

Value = str | Decimal | date | bool | None
"""What a cell holds; a number is the decimal that was typed."""

Place = tuple[int, int]
"""Row and column, from 0."""

SERIAL_ZERO = date(1899, 12, 30)
"""The day 0 of numbers that are days."""

SERIAL_ZERO_1904 = date(1904, 1, 1)
"""The same where a workbook counts as the first Macintosh did."""

Range = tuple[Place, Place]
"""The first and the last cell of a rectangle, both within it."""


@lru_cache(maxsize=1 << 14)
def spelled(text: str) -> str:
    """Returns a text in one spelling of its characters and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def letters(column: int) -> str:
    """Returns a column's letters: 0 is A, 26 is AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def number(text: str) -> int:
    """Returns the column of its letters: A is 0."""
    total = 0
    for letter in text.upper():
        total = total * 26 + ord(letter) - ord("A") + 1
    return total - 1


def place_of(address: str) -> Place:
    """Returns row and column of a cell, from 0: F10 is 9 and 5."""
    digits = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return int(digits) - 1, number(address[: -len(digits)])


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        name: as its tab has it.
        rows: each as wide as the sheet.
        visible: whether a person sees the sheet.
        merges: cells that are shown as one; the first alone has a value.
        hidden: rows that a person does not see, from 0.
        struck: cells of which a person sees something struck out.
        comments: what people have noted beside cells.
        formats: how a number or a date is shown, where that is not plain.
        uncounted: formulas whose value was not stored.
        unseen: columns that a person does not see, from 0.
        errors: cells that show ``#REF!`` or the like; a reader finds them empty.
        zero: the day 0 of numbers that are days.
        seen: whether the eight before are known; of a file that tells them.
    """

    name: str
    rows: tuple[tuple[Value, ...], ...]
    visible: bool = True
    merges: tuple[Range, ...] = ()
    hidden: frozenset[int] = frozenset()
    struck: frozenset[Place] = frozenset()
    comments: Mapping[Place, str] = field(default_factory=dict)
    formats: Mapping[Place, str] = field(default_factory=dict)
    uncounted: frozenset[Place] = frozenset()
    unseen: frozenset[int] = frozenset()
    errors: frozenset[Place] = frozenset()
    zero: date = SERIAL_ZERO
    seen: bool = True

    @property
    def width(self) -> int:
        """Returns how many columns it has."""
        return len(self.rows[0]) if self.rows else 0

    def at(self, row: int, column: int) -> Value:
        """Returns a cell's value; None beyond the sheet's edge."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def text(self, row: int, column: int) -> str:
        """Returns a cell as plain text, without space around it."""
        value = self.at(row, column)
        return "" if value is None else str(value).strip()

    def filled(self, row: int) -> list[int]:
        """Returns the columns of a row that hold anything but space."""
        cells = self.rows[row] if row < len(self.rows) else ()
        return [
            column
            for column, value in enumerate(cells)
            if value is not None and (not isinstance(value, str) or value.strip())
        ]

    def address(self, row: int, column: int) -> str:
        """Returns what a person calls a cell: ``续建!F10``."""
        return f"{self.name}!{letters(column)}{row + 1}"

    def range_of(self, row: int) -> str:
        """Returns a whole row's cells: ``A8:J8``."""
        return f"A{row + 1}:{letters(max(self.width - 1, 0))}{row + 1}"

    @cached_property
    def origins(self) -> dict[Place, Place]:
        """Of each cell within a merge, the one whose value is shown there."""
        return {
            (row, column): first
            for first, last in self.merges
            for row in range(first[0], min(last[0] + 1, len(self.rows)))
            for column in range(first[1], min(last[1] + 1, self.width))
        }

    def down(self) -> Iterator[Range]:
        """The merges that reach over several rows."""
        return (m for m in self.merges if m[0][0] < m[1][0])
