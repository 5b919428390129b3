"""A number as its format shows it: scaled, with a unit or per cent."""

import re
from decimal import Decimal

from twincity_schemas.decimals import plain
from twincity_schemas.problems import WrongValueError

_DRAWN = r'"[^"]*"|\\.|!.|_.|\*.'
_LITERAL = rf"{_DRAWN}|\[[^\]]*\]|[¥￥$ +()-]"
_FORMAT = re.compile(
    rf"((?:{_LITERAL})*)([#0?,]*(?:\.[#0?]+)?(?:(?:!|\\)\.[#0?]+)?)(,*)((?:{_LITERAL}|[%亿万元百千])*)"
)
_GENERAL = re.compile(r"General|G/通用格式", re.IGNORECASE)
_CONDITION = re.compile(r"\[[<>=]")
_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_RENMINBI = {"", "¥", "￥", "CN¥", "CNY", "RMB", "人民币"}


def shown(number: Decimal, form: str) -> tuple[Decimal, str]:
    """Returns the number that a person reads, unrounded, and the unit beside it.

    ``0.00,,"百万元"`` shows 1,500,000 as 1.50百万元: 1.5 and 百万元. ``0!.0,"万元"``
    shows 123,456 as 12.3万元 by a point that is only drawn. ``0%`` shows 0.35 as 35%,
    and so does ``0"%"`` show 35: a sign in quotes is only drawn.

    Raises:
        WrongValueError: the format is none that can be read, shows some numbers in
            another way than others, or another currency; what the number means is
            then for a person to say.
    """
    sections = _GENERAL.sub("0", form).split(";")
    section = sections[1] if number < 0 and len(sections) > 1 else sections[0]
    layout = _FORMAT.fullmatch(section)
    if (
        layout is None
        or not re.search(r"[#0?]", layout[2])
        or _CONDITION.search(form)
        or _text(layout[1]) not in _RENMINBI
    ):
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
    if "%" in re.sub(_DRAWN, "", after):
        value *= 100
    return value, _text(after)


def _text(literals: str) -> str:
    """The text beside the digits, without signs, colours and space."""
    currencies = _CURRENCY.sub(r"\1", literals)
    return re.sub(r'\[[^\]]*\]|_.|\*.|["!\\ +()-]', "", currencies)
