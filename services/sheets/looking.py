"""What a person sees of a workbook that its values do not tell.

How numbers are shown (a format may scale them), which rows and columns are hidden, what
is struck out or commented, and which formulas have no value: python-calamine shows none
of it. The parts of the package are read by the names of their elements, whatever prefix
a program gives them (the SDK of .NET writes ``x:row``), in one pass that keeps what is
marked alone.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from services.sheets.comments import comments_of
from services.sheets.elements import Attributes, read_elements, related
from services.sheets.grid import SERIAL_ZERO_1904, Place, Sheet, place_of

PLAIN = {"", "General", "GENERAL", "@", "0", "#,##0"}
"""Formats that show a number as it is."""

_PLAIN_IDS = {b"0", b"1", b"3", b"49"}
_TEXTS = {"s", "str", "inlineStr", "e", "b"}
"""Kinds of cells that no number format is for."""

_MARKS = (
    re.compile(rb"""[ <:](row|col)\s[^>]*hidden=["'](1|true)["']"""),
    re.compile(rb"""<(\w+:)?c\s[^>]*\bt=["']e["']"""),
    re.compile(rb"f>\s*(<(\w+:)?v>\s*</|<(\w+:)?v ?/>|</)|f\b[^>]*/></"),
)
"""What is hidden, an error, a formula without a value."""

_STRUCK = re.compile(rb"<(\w+:)?strike\b")
_BOOK_PART = "xl/workbook.xml"
_STYLES_PART = "xl/styles.xml"
_TEXTS_PART = "xl/sharedstrings.xml"
_YES = {"1", "true"}

_BUILT_IN = {
    2: "0.00",
    4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mmss.0",
    48: "##0.0E+0",
}
"""The formats that a workbook names by their number, those of Chinese Excel among them.
Source: ECMA-376-1, 18.8.30."""


def needs_a_look(packed: zipfile.ZipFile) -> bool:
    """Returns whether anything is marked; a quick search, which may say yes in vain."""
    book = packed.read(_BOOK_PART)
    if b"date1904" in book or any("comments" in name for name in packed.namelist()):
        return True
    stale = b"fullCalcOnLoad" in book
    return any(
        _is_marked(name, packed.read(name), stale=stale)
        for name in packed.namelist()
        if name == _STYLES_PART
        or name.lower() == _TEXTS_PART
        or (name.startswith("xl/worksheets/") and name.endswith(".xml"))
    )


def _is_marked(name: str, text: bytes, *, stale: bool) -> bool:
    if name == _STYLES_PART:
        _, _, used = text.partition(b"cellXfs")
        used, _, _ = used.partition(b"cellXfs>")
        forms = set(re.findall(rb"""numFmtId=["'](\d+)["']""", used))
        return bool(forms - _PLAIN_IDS) or _STRUCK.search(text) is not None
    if name.lower() == _TEXTS_PART:
        return _STRUCK.search(text) is not None
    if stale and re.search(rb"<(\w+:)?f[ >/]", text):
        return True
    return any(mark.search(text) for mark in _MARKS)


def looked_at(content: bytes, sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """Returns the sheets with what a person sees of them.

    Raises:
        ValueError: a part of the package is no XML that can be read.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        book = _Workbook.of(packed)
        return tuple(
            _looked(packed, book, sheet) if sheet.name in book.parts else sheet
            for sheet in sheets
        )


@dataclass
class _Styles:
    """The number format of each style of a cell, and whether its text is struck out."""

    forms: list[str] = field(default_factory=list)
    struck: list[bool] = field(default_factory=list)

    @classmethod
    def of(cls, packed: zipfile.ZipFile) -> Self:
        named: dict[int, str] = {}
        fonts: list[bool] = []
        used: list[tuple[int, int]] = []
        within = ""

        def begun(tag: str, attributes: Attributes) -> None:
            nonlocal within
            match tag:
                case "numFmt" if "formatCode" in attributes:
                    named[int(attributes["numFmtId"])] = attributes["formatCode"]
                case "cellXfs" | "cellStyleXfs" | "cellStyles" | "dxfs" | "fonts":
                    within = tag
                case "font" if within == "fonts":
                    fonts.append(False)
                case "strike" if within == "fonts":
                    fonts[-1] = _is_on(attributes)
                case "xf" if within == "cellXfs":
                    form, font = attributes.get("numFmtId", 0), attributes.get("fontId")
                    used.append((int(form), int(font or 0)))
                case _:
                    pass

        if _STYLES_PART in packed.namelist():
            read_elements(packed, _STYLES_PART, begun)
        return cls(
            [named.get(form, _BUILT_IN.get(form, "")) for form, _ in used],
            [font < len(fonts) and fonts[font] for _, font in used],
        )


def _struck_texts(packed: zipfile.ZipFile) -> frozenset[str]:
    """The numbers of shared texts of which a part is struck out."""
    number_, struck = -1, set[str]()

    def begun(tag: str, attributes: Attributes) -> None:
        nonlocal number_
        if tag == "si":
            number_ += 1
        elif tag == "strike" and _is_on(attributes):
            struck.add(str(number_))

    for name in packed.namelist():
        if name.lower() == _TEXTS_PART and _STRUCK.search(packed.read(name)):
            read_elements(packed, name, begun)
    return frozenset(struck)


def _is_on(attributes: Attributes) -> bool:
    return attributes.get("val", "1") in _YES


@dataclass
class _Workbook:
    """Formats, parts and age of a whole workbook.

    Attributes:
        styles: of cells.
        struck: the shared texts of which a part is struck out.
        parts: each sheet's part of the package, by the sheet's name.
        from_1904: whether its days are counted from 1904.
        stale: whether its formulas are to be computed when it is opened: a program
            has written them, and what is stored with them may be nothing but zeros.
    """

    styles: _Styles
    struck: frozenset[str]
    parts: dict[str, str] = field(default_factory=dict)
    from_1904: bool = False
    stale: bool = False

    @classmethod
    def of(cls, packed: zipfile.ZipFile) -> Self:
        book = cls(_Styles.of(packed), _struck_texts(packed))
        parts = related(packed, _BOOK_PART)

        def begun(tag: str, attributes: Attributes) -> None:
            if tag == "workbookPr":
                book.from_1904 = attributes.get("date1904") in _YES
            elif tag == "calcPr":
                book.stale = attributes.get("fullCalcOnLoad") in _YES
            elif tag == "sheet":
                ids = [v for k, v in attributes.items() if k.rpartition(":")[2] == "id"]
                _, part = parts.get(ids[0] if ids else "", ("", ""))
                if part:
                    book.parts[attributes.get("name", "")] = part

        read_elements(packed, _BOOK_PART, begun)
        return book


@dataclass
class _Look:
    """One sheet, as far as it is read."""

    styles: _Styles
    struck_texts: frozenset[str]
    row: int = -1
    column: int = -1
    form: str = ""
    text: bool = False
    """Of the cell that is being read: its format, and whether its value is a text."""

    struck: set[Place] = field(default_factory=set)
    formats: dict[Place, str] = field(default_factory=dict)
    formulas: set[Place] = field(default_factory=set)
    errors: set[Place] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def begun(self, tag: str, attributes: Attributes) -> None:
        """Take an element in."""
        match tag:
            case "c":
                self._cell(attributes)
            case "v" if self.form:
                self.formats[self.row, self.column] = self.form
            case "f":
                self.formulas.add((self.row, self.column))
            case "strike" if _is_on(attributes):  # a text that is the cell's own
                self.struck.add((self.row, self.column))
            case "row":
                given = attributes.get("r")
                self.row = int(given) - 1 if given else self.row + 1
                self.column = -1
                if _is_hidden(attributes):
                    self.hidden.add(self.row)
            case "col" if _is_hidden(attributes):
                self.ranges.append((int(attributes["min"]), int(attributes["max"])))
            case _:
                pass

    def _cell(self, attributes: Attributes) -> None:
        if given := attributes.get("r"):
            self.row, self.column = place_of(given)
        else:
            self.column += 1
        style = int(attributes.get("s", 0))
        kind = attributes.get("t", "n")
        if kind == "e":
            self.errors.add((self.row, self.column))
        self.text = kind == "s"
        known = style < len(self.styles.forms)
        if known and self.styles.struck[style]:
            self.struck.add((self.row, self.column))
        form = self.styles.forms[style] if known else ""
        self.form = "" if kind in _TEXTS or form in PLAIN else form

    def written(self, text: str) -> None:
        """Take text in: the number of a shared one."""
        if self.text and text in self.struck_texts:
            self.struck.add((self.row, self.column))


def _is_hidden(attributes: Attributes) -> bool:
    return attributes.get("hidden") in _YES


def _looked(packed: zipfile.ZipFile, book: _Workbook, sheet: Sheet) -> Sheet:
    look = _Look(book.styles, book.struck)
    written = look.written if book.struck else None
    read_elements(packed, book.parts[sheet.name], look.begun, written)

    def is_uncounted(place: Place) -> bool:
        if sheet.origins.get(place, place) != place:
            return False  # nobody sees it
        value = sheet.at(*place)
        return value is None or (book.stale and value == 0 and value is not False)

    if book.from_1904:
        sheet = replace(sheet, zero=SERIAL_ZERO_1904)
    return replace(
        sheet,
        errors=frozenset(look.errors),
        hidden=frozenset(look.hidden),
        struck=frozenset(look.struck),
        formats=look.formats,
        comments=comments_of(packed, book.parts[sheet.name]),
        uncounted=frozenset(filter(is_uncounted, look.formulas)),
        unseen=frozenset(_columns(look.ranges, sheet.width)),
    )


def _columns(ranges: list[tuple[int, int]], width: int) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first - 1, min(last, width))
