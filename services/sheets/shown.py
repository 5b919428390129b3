"""A number as its format shows it: scaled, with a unit or per cent."""

import re
from decimal import Decimal

from twincity_schemas.decimals import plain
from twincity_schemas.problems import WrongValueError

_LITERAL = r'"[^"]*"|\\.|!.|_.|\*.|\[[^\]]*\]|[¥￥$ ]'
_FORMAT = re.compile(
    rf"((?:{_LITERAL})*)([#0?,]*(?:\.[#0?]+)?(?:(?:!|\\)\.[#0?]+)?)(,*)((?:{_LITERAL}|[%亿万元百千])*)"
)


def shown(number: Decimal, form: str) -> tuple[Decimal, str]:
    """Returns the number that a person reads, unrounded, and the unit beside it.

    ``0.00,,"百万元"`` shows 1,500,000 as 1.50百万元: 1.5 and 百万元. ``0!.0,"万元"``
    shows 123,456 as 12.3万元 by a point that is only drawn.

    Raises:
        WrongValueError: the format is none that can be read; what the number means
            is then for a person to say.
    """
    first = form.split(";", maxsplit=1)[0]
    layout = _FORMAT.fullmatch(first)
    if layout is None or not re.search(r"[#0?]", layout[2]):
        raise WrongValueError(
            "number_format",
            f"{plain(number)} 的数字格式 {form} 无法识别，请改为常规格式",
            f"{plain(number)} has the number format {form}; make it a plain one",
        )
    digits, commas, after = layout[2], layout[3], layout[4]
    trailing = len(digits) - len(digits.rstrip(",")) + len(commas)
    value = number / Decimal(1000) ** trailing
    if drawn := re.search(r"[!\\]\.([#0?]+)", digits):
        value /= Decimal(10) ** len(drawn[1])
    unit = re.sub(r'["!\\ ]|_.|\*.', "", after)
    if unit == "%":
        value *= 100
    return value, unit
