"""What stands above a column: merged, broken over lines, with a unit in brackets."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from services.sheets.grid import Sheet
from services.sheets.numerals import UNITS


@lru_cache(maxsize=1 << 14)
def squeezed(text: str) -> str:
    """Returns a header's text without space, in half-width characters."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def heading(sheet: Sheet, rows: Sequence[int], column: int) -> str:
    """Returns what stands above a column, top to bottom: ``2024年计划/投资(万元)``."""
    texts: list[str] = []
    for row in rows:
        place = sheet.origins.get((row, column), (row, column))
        text = squeezed(sheet.text(*place))
        if text and text not in texts[-1:]:
            texts.append(text)
    return "/".join(texts)


def unit_in(text: str) -> str:
    """Returns the one unit of money that a text names; "" for none or several."""
    named = re.findall("|".join(sorted(UNITS, key=len, reverse=True)), squeezed(text))
    units = {u for u in named if u.endswith("元")}
    return units.pop() if len(units) == 1 else ""


def stated_unit(text: str) -> str:
    """Returns the unit of money that a cell states for others: ``单位：万元``."""
    stated = re.search(r"单位:(.*)", squeezed(text))
    return unit_in(stated[1]) if stated else ""
