"""What is wrong with a message: every problem at once, by field, zh and en.

::

    ContractError            a message does not keep the contract
    └── .problems            each with a JSON pointer, a code and two sentences

pydantic's own error types are translated here, so that a partner city reads
its receipt in its own language without a look-up.
"""

import re
import string
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, ValidationError

from twincity_schemas.words import Shared, Worded


class Problem(Worded):
    """One thing that is wrong (or, as a warning, looks wrong) and where."""

    model_config = ConfigDict(frozen=True)

    pointer: str
    code: str
    zh: str
    en: str


Doubts = Annotated[tuple[Problem, ...], Shared(__name__, "Doubts")]


Path = tuple[str | int, ...]
"""The way to a value: names of members, places in arrays."""


class ContractError(Exception):
    """A message does not keep the contract.

    Attributes:
        problems: everything that was found, never empty.
        envelope: the message's envelope, where that much could be read.
        headers: its attributes as headers, of either mode; empty where the
            message could not be opened.
    """

    def __init__(
        self, problems: Iterable[Problem], envelope: Any = None, headers: Any = ()
    ) -> None:
        self.problems = tuple(problems)
        self.envelope = envelope
        self.headers = headers
        super().__init__("; ".join(f"{p.pointer}: {p.en}" for p in self.problems))


def pointer(path: Iterable[str | int]) -> str:
    """Write a path as an RFC 6901 JSON pointer ("" is the whole document)."""
    return "".join(
        "/" + str(step).replace("~", "~0").replace("/", "~1") for step in path
    )


# The types of error that the models of this contract can meet. `{…}` is filled
# from pydantic's own context; a type that is missing here gets the last entry.
_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("缺少必填字段", "is required but missing"),
    "extra_forbidden": ("不认识的字段", "is not a known field"),
    "json_type": ("应为 JSON 文本", "must be JSON text"),
    "model_type": ("应为 JSON 对象", "must be a JSON object"),
    "model_attributes_type": ("应为 JSON 对象", "must be a JSON object"),
    "dict_type": ("应为 JSON 对象", "must be a JSON object"),
    "dataclass_type": ("应为 JSON 对象", "must be a JSON object"),
    "tuple_type": ("应为数组", "must be an array"),
    "list_type": ("应为数组", "must be an array"),
    "string_type": ("应为字符串", "must be a string"),
    "string_too_short": (
        "至少 {min_length} 个字符",
        "must have at least {min_length} characters",
    ),
    "string_too_long": (
        "最多 {max_length} 个字符",
        "must have at most {max_length} characters",
    ),
    "string_pattern_mismatch": (
        "格式不符，应匹配 {pattern}",
        "must match the pattern {pattern}",
    ),
    "string_unicode": ("不是有效的 Unicode 文本", "is not valid Unicode text"),
    "too_short": ("至少 {min_length} 项", "must have at least {min_length} items"),
    "too_long": ("最多 {max_length} 项", "must have at most {max_length} items"),
    "enum": ("应为下列之一：{expected}", "must be one of {expected}"),
    "literal_error": ("应为 {expected}", "must be {expected}"),
    "int_type": ("应为整数", "must be an integer"),
    "int_parsing": ("应为整数", "must be an integer"),
    "int_from_float": (
        "应为整数，不能有小数",
        "must be an integer, without a fraction",
    ),
    "bool_type": ("应为 true 或 false", "must be true or false"),
    "bool_parsing": ("应为 true 或 false", "must be true or false"),
    "decimal_text": (
        '应为字符串形式的十进制数，例如 "54.8"（不用指数，位数有限）',
        'must be a decimal written as a string, "54.8" (no exponent, few digits)',
    ),
    "finite_number": ("应为有限数", "must be a finite number"),
    "greater_than": ("应大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("应不小于 {ge}", "must be at least {ge}"),
    "less_than": ("应小于 {lt}", "must be less than {lt}"),
    "less_than_equal": ("应不大于 {le}", "must be at most {le}"),
    "datetime_type": ("应为带时区的时间", "must be a date and time"),
    "datetime_parsing": ("不是有效的时间", "is not a valid date and time"),
    "datetime_from_date_parsing": ("不是有效的时间", "is not a valid date and time"),
    "timezone_aware": ("时间须带时区", "must carry a time zone"),
}
_JSON_PLACE = re.compile(r"at line (\d+) column (\d+)$")
_OTHER = ("不符合要求", "does not keep the contract")


def problem(where: str, code: str, zh: str, en: str) -> Problem:
    """Make a problem; shorter to read at the places that make many."""
    return Problem(pointer=where, code=code, zh=zh, en=en)


def broken_json(where: str, error: str) -> Problem:
    """Returns that a text is not JSON.

    Args:
        where: the pointer.
        error: what pydantic says of it, with the place at its end.
    """
    place = _JSON_PLACE.search(error)
    at = f"（第 {place[1]} 行第 {place[2]} 列）" if place else ""
    return problem(
        where, "json_invalid", f"不是有效的 JSON{at}", f"is not valid JSON: {error}"
    )


class WrongValueError(ValueError):
    """Raised by a validator of ours: the code and both sentences are its own."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


def translate(error: ValidationError, under: str = "") -> list[Problem]:
    """Turn pydantic's errors into ours.

    Args:
        error: what pydantic raised.
        under: what the pointers start with (``ce_`` for the envelope).
    """
    return [
        _one(detail, under)
        for detail in error.errors(include_url=False, include_input=False)
    ]


def _one(detail: Any, under: str) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    where = under + (
        pointer(detail["loc"]) if not under else ".".join(map(str, detail["loc"]))
    )
    ours = context.get("error")
    if isinstance(ours, WrongValueError):
        return problem(where, ours.code, ours.zh, ours.en)
    if detail["type"] == "json_invalid":
        return broken_json(where, context["error"])
    zh, en = _SENTENCES.get(detail["type"], _OTHER)
    listed = str(context.get("expected", "")).replace(", ", "、").replace(" or ", "或")
    return problem(
        where,
        detail["type"],
        _fill(zh, context | {"expected": listed}),
        _fill(en, context),
    )


def _fill(sentence: str, context: dict[str, Any]) -> str:
    names = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    return sentence.format(**{name: context.get(name, "?") for name in names})
