r"""Decimals as the field needs them: written as strings, without surprises.

A JSON number would pass through somebody's binary floating point, and
``1e5`` and ``100000`` would be one amount in two spellings. So an amount is a
string of digits with at most a point, ``"3079400"`` or ``"54.8"``, and what a
JSON Schema validator accepts is what the models accept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from twincity_schemas.problems import WrongValueError
from twincity_schemas.words import RULES


@lru_cache(maxsize=10_000)  # a figure is written again with every record it is in
def plain(number: Decimal) -> str:
    """Write a decimal without exponent, trailing zeros or a negative zero."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


@dataclass(frozen=True)
class DecimalText:
    """A decimal that travels as a string of this pattern.

    Attributes:
        pattern: both of JSON Schema and of the validator (so: no look-around).
        above: the value must be greater; ``None`` for no bound.
    """

    pattern: str
    above: Decimal | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """From JSON a string of the pattern, in Python a Decimal."""
        text = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=self.pattern),
            custom_error_type="decimal_text",
            custom_error_message="must be a decimal number written as a string",
        )
        read = core_schema.no_info_plain_validator_function(self._read)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([text, read]),
            python_schema=core_schema.no_info_after_validator_function(
                self._writable, core_schema.decimal_schema(allow_inf_nan=False)
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                plain, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The pattern; a bound that it cannot hold is an ``x-`` note beside it."""
        described: dict[str, Any] = {"type": "string", "pattern": self.pattern}
        if self.above is not None:
            described["x-greater-than"] = plain(self.above)
            described[RULES] = ["greater_than"]
        return described

    @cached_property
    def _fits(self) -> Callable[[str], Any]:
        return re.compile(self.pattern).fullmatch

    def _read(self, text: str) -> Decimal:
        number = Decimal(text)
        if self.above is not None and number <= self.above:
            raise WrongValueError(
                "greater_than",
                f"应大于 {plain(self.above)}",
                f"must be greater than {plain(self.above)}",
            )
        return number

    def _writable(self, number: Decimal) -> Decimal:
        text = plain(number)
        if self._fits(text) is None:
            raise WrongValueError(
                "decimal_text",
                f"{number} 无法按 {self.pattern} 书写",
                f"{number} cannot be written as {self.pattern}",
            )
        if self.above is not None:
            self._read(text)
        return number


_WHOLE = "(0|[1-9][0-9]{0,11})"
_SIX_PLACES = r"(\.[0-9]{1,6})?"

Money = Annotated[Decimal, DecimalText(f"^{_WHOLE}{_SIX_PLACES}$")]
"""An amount in 万元 (10,000 yuan), zero or more: ``"3079400"``."""

PositiveMoney = Annotated[
    Decimal, DecimalText(f"^{_WHOLE}{_SIX_PLACES}$", above=Decimal())
]
"""An amount in 万元 that something is divided by, so more than zero."""

Number = Annotated[Decimal, DecimalText(f"^-?{_WHOLE}{_SIX_PLACES}$")]
"""A measured figure; its unit stands beside it."""

Computed = Annotated[Decimal, DecimalText(r"^-?(0|[1-9][0-9]{0,23})(\.[0-9]{1,6})?$")]
"""A figure that a service derives: wide enough for any sum or ratio of what is said."""

Share = Annotated[
    Decimal, DecimalText(r"^(100(\.0{1,4})?|[1-9]?[0-9](\.[0-9]{1,4})?)$")
]
"""A part of a whole, in per cent from 0 to 100."""

Weight = Annotated[
    Decimal, DecimalText(r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?$", above=Decimal())
]
"""How much something counts among its like, more than zero."""
