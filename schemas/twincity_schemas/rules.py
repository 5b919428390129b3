"""Rules that a schema cannot say, by code: ``x-rules`` names them where they hold.

What the schema allows and none of its rules refuses is accepted. Each code has its
words in ``words/rules.tsv``; the problem of a receipt carries the same code.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from twincity_schemas.problems import WrongValueError
from twincity_schemas.words import RULES


@dataclass(frozen=True)
class Rule:
    """Says of a type that a validator refuses more than the schema."""

    code: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the code to the schema of the value."""
        described = dict(handler(schema))
        return described | {RULES: [*described.get(RULES, ()), self.code]}


@dataclass(frozen=True)
class EachOnce(Rule):
    """A list in which no two items have the same names.

    Attributes:
        by: the fields that name an item.
    """

    code: str = "code_twice"
    by: tuple[str, ...] = ("code",)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the items once they are read."""
        return core_schema.no_info_after_validator_function(
            self._checked, handler(source)
        )

    def _checked(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        seen = set()
        for item in items:
            names = tuple(getattr(item, name) for name in self.by)
            if names in seen:
                joined = "/".join(str(name) for name in names if name is not None)
                raise WrongValueError(
                    self.code, f"{joined} 重复", f"{joined} is there twice"
                )
            seen.add(names)
        return items
