"""A cell to a number: money, per cent, whole numbers."""

import re
from decimal import Decimal

from services.sheets.shown import shown
from services.sheets.values import Cell, refused
from twincity_schemas.decimals import plain
from twincity_schemas.problems import WrongValueError

UNITS = {
    "元": Decimal("0.0001"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "万": Decimal(1),
    "百万元": Decimal(100),
    "百万": Decimal(100),
    "千万元": Decimal(1000),
    "亿元": Decimal(10_000),
    "亿": Decimal(10_000),
}
"""How many 万元 a unit of money is."""

PER_CENT, OF_ONE = "%", "1"
SHARES = {PER_CENT, OF_ONE}
"""How a column of shares writes 35%: as 35, or as 0.35."""

PERCENTS = {"%", "％", "百分比", "per cent", "percent"}
"""Units of numbers that are in per cent."""

_LARGEST_SHARE = 2
"""A rate of more than 200% is as rare as one of less than 2%: what is between may
be either."""

_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_AMOUNT = re.compile(rf"(-?[0-9,]*\.?[0-9]+) ?({_UNIT}|%)?")
_PLACES = 6


def _decimal(text: str, cell: Cell) -> Decimal:
    if "," in text and not re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        raise refused("separators", "的千分位有误", "has misplaced separators", cell)
    return Decimal(text.replace(",", ""))


def _measured(cell: Cell) -> tuple[Decimal, str]:
    """The number and the unit beside it, "" for none."""
    if isinstance(cell.value, Decimal):
        return shown(cell.value, cell.form) if cell.form else (cell.value, "")
    if not (parsed := _AMOUNT.fullmatch(cell.text)):
        raise refused("no_number", "不是数字", "is no number", cell)
    return _decimal(parsed[1], cell), parsed[2] or ""


def money(cell: Cell, unit: str = "") -> str:
    """Returns an amount in 万元.

    Args:
        cell: a number, or a text with or without its unit.
        unit: of the column; "" where neither header nor profile says it.

    Raises:
        WrongValueError: it is no amount, or nobody says in which unit, or the number
            that is shown and the one that is stored are different amounts.
    """
    shown_amount, beside = _measured(cell)
    if not (unit_text := beside or unit) or unit_text not in UNITS:
        raise refused("no_unit", "没有单位", "has no unit of money", cell)
    amount = shown_amount * UNITS[unit_text]
    if beside and isinstance(cell.value, Decimal):
        stored = cell.value * UNITS["元"]
        if amount != stored and abs(amount - stored) > abs(stored) / 100:
            read, held = f"{plain(shown_amount)}{beside}", plain(cell.value)
            raise WrongValueError(
                "shown_differs",
                f"显示为 {read}，所存 {held} 若以元计为 {plain(stored)} 万元，两者不符",
                f"it shows {read}, but holds {held}: {plain(stored)} 万元 if in yuan",
            )
        amount = stored
    return _within(amount, cell)


def _within(number: Decimal, cell: Cell) -> str:
    if number != round(number, _PLACES):
        raise refused("places", "小数位过多", "has more than six decimals", cell)
    return plain(number)


def numeral(cell: Cell, unit: str = "", *, percent: bool = False) -> str:
    """Returns a plain number; 35% is 35.

    Args:
        cell: a number, or a text with or without the sign.
        unit: of the column: one of :data:`SHARES`, "" where nobody says it.
        percent: whether it is in per cent.

    Raises:
        WrongValueError: it is none, or has no sign and may be a share of one.
    """
    number, beside = _measured(cell)
    if beside not in {"", "%"}:
        raise refused("unit", "不应带单位", "should have no unit", cell)
    if not beside and unit == OF_ONE:
        if abs(number) > _LARGEST_SHARE:
            raise refused(
                "no_share",
                "作为小数（1 即 100%）过大，请写明 %",
                "is too large for a share of one; write it with %",
                cell,
            )
        number *= 100
    elif percent and not unit and unclear(cell):
        raise share_or_percent(cell)
    return _within(number, cell)


def unclear(cell: Cell) -> bool:
    """Returns whether a number is as likely a share of one as it is in per cent."""
    number, beside = _measured(cell)
    return not beside and 0 < abs(number) <= _LARGEST_SHARE


def share_or_percent(cell: Cell) -> WrongValueError:
    """Returns what is said of a number that may be either."""
    return refused(
        "share_or_percent",
        "没有百分号：是百分数还是小数（0.35 即 35%）不明，请写明 %，"
        "或以 --column 列=字段:%（百分数）、:1（小数）说明该列",
        "has no %: is it in per cent or a share of one (0.35 for 35%)? Write the sign,"
        " or say of the column: --column X=FIELD:% or :1",
        cell,
    )


def whole(cell: Cell) -> int:
    """Returns an integer, such as 2024 of 2024年.

    Raises:
        WrongValueError: it is none.
    """
    text = cell.text
    if isinstance(cell.value, Decimal):
        number, beside = _measured(cell)
        text = f"{plain(number)}{beside}"
    if not (parsed := re.fullmatch(r"(-?[0-9]{1,9})[年月个项]?", text)):
        raise refused("no_integer", "不是整数", "is no integer", cell)
    return int(parsed[1])
