"""A cell to what its field of the contract takes."""

import json
from typing import Any

from services.sheets.columns import CellKind, SheetField
from services.sheets.numerals import PER_CENT, SHARES, money, numeral, whole
from services.sheets.profile import ColumnRule
from services.sheets.values import Cell, code, day, parts, region, words, yes
from twincity_schemas.problems import WrongValueError

PLAIN = ColumnRule(column="A", unit="万元")
"""Of what stands in no column that a profile has."""


def value(about: SheetField, cell: Cell, rule: ColumnRule) -> Any:
    """Returns what a field takes from a cell.

    Raises:
        WrongValueError: the cell is not understood.
    """
    if about.many:
        if cell.exact and cell.text.startswith("["):
            return _nested(cell)
        lines = about.kind is CellKind.TEXT and cell.exact
        texts = str(cell.value).split("\n") if lines else parts(cell)
        return [
            _single(about, Cell(text, exact=cell.exact), rule) for text in texts if text
        ]
    return _single(about, cell, rule)


def _single(  # noqa: PLR0911  one return a kind
    about: SheetField, cell: Cell, rule: ColumnRule
) -> Any:
    share = rule.unit if rule.unit in SHARES else ""
    percent = about.percent or PER_CENT in rule.header
    match about.kind:
        case CellKind.MONEY:
            return money(cell, rule.unit or ("万元" if cell.exact else ""))
        case CellKind.NUMBER:
            return numeral(cell, share, percent=percent)
        case CellKind.INTEGER if about.percent:
            return whole(Cell(numeral(cell, share, percent=True)))
        case CellKind.INTEGER:
            return whole(cell)
        case CellKind.YES:
            return yes(cell)
        case CellKind.DATE:
            return day(cell)
        case CellKind.REGION:
            return region(words(cell))
        case CellKind.CODE:
            text = words(cell)
            return rule.words.get(text) or code(text, about)
        case CellKind.NESTED:
            return _nested(cell)
        case _:
            return rule.words.get(words(cell), words(cell))


def _nested(cell: Cell) -> Any:
    try:
        return json.loads(str(cell.value))
    except ValueError:
        raise WrongValueError("no_json", "不是 JSON", "is no JSON") from None
