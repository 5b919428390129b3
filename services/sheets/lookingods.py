"""What a person sees of an OpenDocument spreadsheet that its values do not tell.

Its styles name parts of a number's format as elements; here they become the format as
Excel writes it, which is what the rest reads: ``0,,"百万元"``, ``0%``, ``yyyym``.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import log

from services.sheets.elements import Attributes, read_elements
from services.sheets.grid import Place, Sheet

_PARTS = ("styles.xml", "content.xml")
_HIDDEN = {"collapse", "filter"}
_LETTERS = {"year": "yyyy", "month": "m", "day": "d"}
_UNREADABLE = {"scientific-number", "fraction"}
_FORMS = {"number-style", "percentage-style", "currency-style", "date-style"}
_PARAGRAPHS = {"p", "span"}
_THOUSAND = 1000
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"


def looked_at_ods(content: bytes, sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """Returns the sheets with what a person sees of them.

    Raises:
        ValueError: a part of the package is no XML that can be read.
    """
    there = {sheet.name: sheet for sheet in sheets}
    look = _Look(there)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in _PARTS:
            if name in packed.namelist():
                read_elements(packed, name, look.begun, look.written, look.ended)
    unseen = (replace(sheet, seen=False) for sheet in sheets)
    return tuple(look.seen.get(sheet.name, sheet) for sheet in unseen)


@dataclass
class _Look:
    """A package, as far as it is read."""

    sheets: Mapping[str, Sheet]
    seen: dict[str, Sheet] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """The format of each style of numbers, and that of each style of cells."""

    lines: dict[str, bool] = field(default_factory=dict)
    """Of each style, whether it strikes text out."""

    style: str = ""
    """Whose parts are being read."""

    kind: str = ""
    name: str = ""
    before: str = ""
    digits: str = ""
    after: str = ""
    is_text: bool = False
    """Of the format that is being read."""

    sheet: Sheet | None = None
    row: int = -1
    rows: int = 1
    column: int = 0
    defaults: list[str] = field(default_factory=list)
    """Of each column, the style of cells that have none."""

    formats: dict[Place, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    unseen: set[int] = field(default_factory=set)
    errors: set[Place] = field(default_factory=set)
    struck: set[Place] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    """Of the cell that is being read."""

    comments: dict[Place, str] = field(default_factory=dict)
    is_comment: bool = False
    is_paragraph: bool = False
    """Whether a comment is being read, and the text of it."""

    def begun(self, tag: str, attributes: Attributes) -> None:
        """Take an element's beginning in."""
        if tag == "document-content" and attributes.get("xmlns:table") != _TABLE:
            self.sheets = {}  # it is said that nobody has looked
        if tag in _FORMS:
            self.kind, self.name = tag, attributes.get("style:name", "")
            self.before = self.digits = self.after = ""
        elif self.kind:
            self._of_a_form(tag, attributes)
        elif self.is_comment or tag == "annotation":
            self.is_comment, self.is_paragraph = True, tag in _PARAGRAPHS
        elif taken := self._tables().get(tag):
            taken(attributes)

    def written(self, text: str) -> None:
        """Take text in: what stands before or after a number."""
        if self.is_comment and self.is_paragraph:
            for place in self.places:
                self.comments[place] = self.comments.get(place, "") + text
        if self.is_text:
            if self.digits:
                self.after += text
            else:
                self.before += text

    def ended(self, tag: str) -> None:
        """Take an element's end in."""
        if tag == "text":
            self.is_text = False
        elif tag == "annotation":
            self.is_comment = False
        elif tag == self.kind:
            self.forms[self.name] = self._form()
            self.kind = ""
        elif tag == "table" and self.sheet is not None:
            self.seen[self.sheet.name] = replace(
                self.sheet,
                hidden=frozenset(self.hidden),
                formats=self.formats,
                unseen=frozenset(self.unseen),
                errors=frozenset(self.errors),
                struck=frozenset(self.struck),
                comments=self.comments,
            )
            self.sheet = None

    def _of_a_form(self, tag: str, attributes: Attributes) -> None:
        if tag == "number":
            times = float(attributes.get("number:display-factor", "1"))
            power = round(log(times, _THOUSAND)) if times > 0 else 0
            exact = float(_THOUSAND**power) == times
            self.digits = "0" + "," * power if exact else "?/?"
        elif tag in _UNREADABLE:
            self.digits = "?/?"
        elif tag in _LETTERS:
            self.digits += _LETTERS[tag]
        self.is_text = tag == "text"

    def _form(self) -> str:
        """The format; "" where it shows a number as it is."""
        if self.kind == "percentage-style":
            return "0%"
        after = self.after.replace('"', "").strip()
        if self.kind == "date-style" or "?" in self.digits:
            return self.digits
        return "" if self.digits == "0" and not after else f'{self.digits}"{after}"'

    def _tables(self) -> Mapping[str, Callable[[Attributes], None]]:
        return {
            "style": self._style,
            "text-properties": self._text,
            "span": self._span,
            "table": self._table,
            "table-column": self._column,
            "table-row": self._row,
            "table-cell": self._cell,
            "covered-table-cell": self._cell,
        }

    def _style(self, attributes: Attributes) -> None:
        form = attributes.get("style:data-style-name", "")
        above = self.named.get(attributes.get("style:parent-style-name", ""), "")
        self.style = attributes.get("style:name", "")
        self.named[self.style] = self.forms.get(form, above)
        parent = attributes.get("style:parent-style-name", "")
        self.lines[self.style] = self.lines.get(parent, False)

    def _text(self, attributes: Attributes) -> None:
        if line := attributes.get("style:text-line-through-style"):
            self.lines[self.style] = line != "none"

    def _span(self, attributes: Attributes) -> None:
        if self.lines.get(attributes.get("text:style-name", "")):
            self.struck.update(self.places)

    def _table(self, attributes: Attributes) -> None:
        self.sheet = self.sheets.get(attributes.get("table:name", ""))
        self.row, self.rows, self.defaults = -1, 1, []
        self.formats, self.hidden, self.unseen = {}, set(), set()
        self.errors, self.struck, self.comments = set(), set(), {}

    def _column(self, attributes: Attributes) -> None:
        first, width = len(self.defaults), self.sheet.width if self.sheet else 0
        many = int(attributes.get("table:number-columns-repeated", 1))
        last = min(first + many, width)
        style = attributes.get("table:default-cell-style-name", "")
        self.defaults += [style] * (last - first)
        if attributes.get("table:visibility") in _HIDDEN:
            self.unseen.update(range(first, last))

    def _row(self, attributes: Attributes) -> None:
        self.row += self.rows
        self.rows = int(attributes.get("table:number-rows-repeated", 1))
        self.column = 0
        if attributes.get("table:visibility") in _HIDDEN:
            self.hidden.update(self._repeated())

    def _repeated(self) -> range:
        """The rows that this one stands for, as far as the sheet goes."""
        there = len(self.sheet.rows) if self.sheet else 0
        return range(self.row, min(self.row + self.rows, there))

    def _cell(self, attributes: Attributes) -> None:
        first, width = self.column, self.sheet.width if self.sheet else 0
        self.column += int(attributes.get("table:number-columns-repeated", 1))
        columns = range(first, min(self.column, width))
        self.places = [(row, c) for row in self._repeated() for c in columns]
        if "office:value-type" not in attributes:
            return
        if attributes.get("calcext:value-type") == "error":
            self.errors.update(self.places)
            return
        shown = "office:value" in attributes or "office:date-value" in attributes
        for column in columns:
            default = self.defaults[column] if column < len(self.defaults) else ""
            style = attributes.get("table:style-name", default)
            if self.lines.get(style):
                self.struck.update((row, column) for row in self._repeated())
            if not shown:
                continue
            form = self.named.get(style, "")
            if attributes.get("office:value-type") == "percentage":
                form = "0%"
            if form:
                for row in self._repeated():
                    self.formats[row, column] = form
