"""What most pages of one subject are made of: a picture and tables of cells."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from services.gateway.pages import links
from services.gateway.pages.telling import MINUS, MISSING, Tell
from services.gateway.workbooks import WorkbookSheet
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.words import Coded

_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")


class PageCell(NamedTuple):
    """A cell: a text that may lead somewhere, and what is said smaller below it.

    Attributes:
        kind: a class of the style sheet, such as ``num`` or ``bad``.
        tag: whether the text is shown as a state.
        lines: instead of one text, several one below the other, each a cell.
    """

    text: str
    link: str = ""
    below: str = ""
    kind: str = ""
    tag: bool = False
    lines: tuple["PageCell", ...] = ()

    @property
    def is_date(self) -> bool:
        """Returns whether the text is a day, which no line may end within."""
        return _DAY.fullmatch(self.text) is not None


class PageTable(NamedTuple):
    """A table with its heading."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[PageCell]]


class Page(NamedTuple):
    """The page of one subject.

    Attributes:
        tags: what it is, in a word each.
        facts: labelled cells that stand first.
        picture: an SVG of ``drawing``; "" for none.
        note: what the picture shows.
        tables: in their order.
    """

    tags: Sequence[str]
    facts: Sequence[tuple[str, PageCell]]
    picture: str
    note: str
    tables: Sequence[PageTable]


def sheet_of(name: str, table: PageTable) -> WorkbookSheet:
    """A table as a sheet: figures as numbers, what is said below in brackets."""
    rows = [[_sheet_cell(cell) for cell in row] for row in table.rows]
    return WorkbookSheet(_NOT_IN_A_NAME.sub(" ", name)[:31], table.head, rows)


_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
"""Of a sheet; nor may it have more than 31 characters."""


def _sheet_cell(cell: PageCell) -> str | Decimal:
    if cell.lines:
        return "\n".join(str(_sheet_cell(line)) for line in cell.lines)
    figure = cell.text.replace(",", "").replace(MINUS, "-")
    if cell.kind == "num" and _FIGURE.fullmatch(figure):
        return Decimal(figure)
    return f"{cell.text} ({cell.below})" if cell.below else cell.text


_FIGURE = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def state(code: Coded, tell: Tell, kind: str = "") -> PageCell:
    """A state by its name."""
    return PageCell(tell.words(code), kind=kind or str(code), tag=True)


def cited(statement: str, text: str, below: str = "", kind: str = "") -> PageCell:
    """A text that leads to the statement it comes from; what is missing, nowhere."""
    link = links.of_statement(statement) if text != MISSING else ""
    return PageCell(text, link, below, kind)


def about(subject: str | None, tell: Tell) -> PageCell:
    """A subject by its name, with its page."""
    if subject is None:
        return PageCell(MISSING)
    return PageCell(tell.subject(subject), links.of_subject(subject))


def stacked(lines: Iterable[PageCell]) -> PageCell:
    """Returns one cell of several, each on a line of its own; «—» where none is."""
    several = tuple(lines)
    if len(several) > 1:
        return PageCell("", lines=several)
    return several[0] if several else PageCell(MISSING)


def next_steps(open_: Iterable[OpenStep], tell: Tell) -> Iterator[str]:
    """Yields what can be said next, and by whom."""
    for one in open_:
        who, step = tell.parties(one.parties), tell.fact(one.step)
        yield tell.t(f"{who} {step}", f"{who}: {step}")


def steps(open_: Iterable[OpenStep], tell: Tell) -> PageCell:
    """Returns a cell of what can be said next."""
    return stacked(map(PageCell, next_steps(open_, tell)))


def without_effect(without: Sequence[NoEffect], tell: Tell) -> list[PageTable]:
    """Statements that have no effect, and why; no table where there are none."""
    if not without:
        return []
    rows = [
        [
            PageCell(tell.party(one.party)),
            cited(one.statement, tell.fact(one.step)),
            PageCell(tell.t(one.zh, one.en)),
        ]
        for one in without
    ]
    head = (tell.t("主体", "Party"), tell.t("填报", "Statement"), tell.t("原因", "Why"))
    return [PageTable(tell.t("未生效的填报", "Without effect"), head, rows)]
