"""A cell to what a field of the contract takes, or why not."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from services.sheets.columns import SheetField
from services.sheets.grid import SERIAL_ZERO, Value, spelled
from twincity_schemas.decimals import plain
from twincity_schemas.problems import WrongValueError
from twincity_schemas.regions import regions

_BLANK = {"", "-", "–", "—", "——", "―", "/", "\\", "无", "暂无"}
_DITTO = {"〃", "″", '"', "''", "同上", "”", "“"}
_SEPARATORS = r"[、，,；;/\n]+"

_SERIAL_DAYS = range(20_000, 80_000)
_ERRORS = {
    *("#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"),
    *("#SPILL!", "#CALC!"),
}
_YEARS = range(1949, 2101)


@dataclass(frozen=True)
class Cell:
    """A cell and what is known of it.

    Attributes:
        value: what it holds.
        form: the number format it is shown in; "" for a plain one.
        exact: of a template: its words are the contract's, nothing stands for blank.
        zero: the day 0 of a number that is a day.
    """

    value: Value
    form: str = ""
    exact: bool = False
    zero: date = SERIAL_ZERO

    @property
    def text(self) -> str:
        """One spelling of its characters, for comparing and for numbers."""
        return "" if self.value is None else spelled(str(self.value))

    @property
    def blank(self) -> bool:
        """Returns whether it says nothing."""
        return self.text in ({""} if self.exact else _BLANK)

    @property
    def wrong(self) -> bool:
        """Returns whether it is what a program shows for an error, or too narrow."""
        return self.text.upper() in _ERRORS or bool(re.fullmatch("#{3,}", self.text))

    @property
    def ditto(self) -> bool:
        """Returns whether it says what the cell above it says."""
        return not self.exact and isinstance(self.value, str) and self.text in _DITTO


def refused(code: str, zh: str, en: str, cell: Cell) -> WrongValueError:
    """Returns the refusal of a cell, which is shown as it is written."""
    written = cell.text[:60]
    return WrongValueError(code, f"“{written}”{zh}", f"“{written}” {en}")


def words(cell: Cell) -> str:
    """Returns a text as it was written; breaks within Chinese words are closed."""
    if cell.exact:
        return plain(cell.value) if isinstance(cell.value, Decimal) else str(cell.value)
    if isinstance(cell.value, Decimal):
        return plain(cell.value)
    text = " ".join(str(cell.value).split())
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", text)


def parts(cell: Cell) -> list[str]:
    """Returns the several texts of one cell, apart at 、，；/ and line breaks."""
    text = str(cell.value) if not isinstance(cell.value, Decimal) else plain(cell.value)
    separator = r"、" if cell.exact else _SEPARATORS
    return [p for p in (piece.strip() for piece in re.split(separator, text)) if p]


def yes(cell: Cell) -> bool:
    """Returns whether it says yes.

    Raises:
        WrongValueError: it says neither.
    """
    if isinstance(cell.value, bool):
        return cell.value
    answers = {
        "是": True,
        "true": True,
        "√": True,
        "否": False,
        "false": False,
        "×": False,
    }
    if cell.text.lower() not in answers:
        raise refused("yes_or_no", "应为 是 或 否", "must be 是 or 否", cell)
    return answers[cell.text.lower()]


_DATE = re.compile(
    r"([0-9]{4})(?:[年./-]([0-9]{1,2})(?:[月./-]([0-9]{1,2})日?|月|月底|月末)?|年)?"
)
_TIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")


def day(cell: Cell) -> str:
    """Returns a partial date, as exact as the cell.

    Raises:
        WrongValueError: it is none, or it is the number 2024.1, which January and
            October both become.
    """
    if isinstance(cell.value, date):
        form = re.sub(r"\[[^\]]*\]|;.*", "", cell.form).lower()
        text = cell.value.isoformat()
        return text if "d" in form or not form else text[: 7 if "m" in form else 4]
    text = cell.text.replace(" ", "")
    if isinstance(cell.value, Decimal):
        if int(cell.value) in _SERIAL_DAYS and cell.value == int(cell.value):
            return (cell.zero + timedelta(days=int(cell.value))).isoformat()
        text = plain(cell.value)
        if re.fullmatch(r"0\.00(_.)?", cell.form) and "." in text:
            text = f"{cell.value:.2f}"
        elif re.fullmatch(r"[0-9]{4}\.1", text):
            raise refused(
                "january_or_october",
                "是数字单元格，1月和10月都会变成它，请改为文本，如 2024-10",
                "is what January and October both become; write 2024-10 as text",
                cell,
            )
    parsed = _TIGHT.fullmatch(text) or _DATE.fullmatch(text)
    if not parsed or int(parsed[1]) not in _YEARS:
        raise refused("no_date", "不是日期", "is no date", cell)
    read = "-".join(p.zfill(2) for p in parsed.groups() if p)
    try:
        date.fromisoformat(read + "-01-01"[len(read) - 4 :][: 10 - len(read)])
    except ValueError:
        raise refused("no_date", "不是日期", "is no date", cell) from None
    return read


_TO = re.compile(r"[—–―~～至到-]+")


def span(cell: Cell) -> tuple[str | None, str | None]:
    """Returns when something begins and ends: 2022—2027; 长期 is neither.

    Raises:
        WrongValueError: it is no span of time.
    """
    text = cell.text.replace(" ", "")
    if text in {"长期", "长期实施", "持续", "长期推进"}:
        return None, None
    if isinstance(cell.value, Decimal | date):
        return (day(cell),) * 2
    ends = [
        e.removesuffix("年") if re.fullmatch(r"[0-9]{4}年", e) else e
        for e in _TO.split(text)
    ]
    ambiguous = re.fullmatch(r"[0-9]{4}-[0-9]{1,2}", text)
    if len(ends) > 2 or ambiguous or not all(ends):  # noqa: PLR2004  from, to
        raise refused("no_span", "不是起止时间", "is no span of time", cell)
    first, last = (day(Cell(end)) for end in (ends[0], ends[-1]))
    if last[: len(first)] < first[: len(last)]:
        raise refused("no_span", "止早于起", "ends before it begins", cell)
    return first, last


def code(text: str, about: SheetField) -> str:
    """Returns the code of a word: itself, its Chinese or its English name.

    Raises:
        WrongValueError: the field's list has no such word.
    """
    if (wire := about.by_word.get(spelled(text).lower())) is not None:
        return wire
    known = "、".join(zh for zh, _ in about.codes.values())
    raise refused(
        "no_code", f"应为下列之一：{known}", f"must be one of {known}", Cell(text)
    )


@cache
def _regions_by_name() -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for region in regions().values():
        if not region.until:
            codes.setdefault(region.name, []).append(region.code)
    return codes


def region(text: str) -> str:
    """Returns the code of a region that is in use, by its code or its name.

    Raises:
        WrongValueError: there is none of that name, or several.
    """
    if re.fullmatch(r"[1-8][0-9]{5}", Cell(text).text):
        return Cell(text).text
    names = _regions_by_name()
    codes = [c for end in ("", "市", "区", "县") for c in names.get(text + end, ())]
    if len(codes) != 1:
        raise refused(
            "no_region", "不是唯一的行政区划名称", "names no single region", Cell(text)
        )
    return codes[0]
