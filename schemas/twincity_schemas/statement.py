"""What every statement has in common: it is one party's word on one subject."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from twincity_schemas.problems import Problem, pointer, problem
from twincity_schemas.regions import region_warnings
from twincity_schemas.values import credit_code_holds
from twincity_schemas.words import Worded


class Statement(Worded):
    """The data of an event that a party publishes.

    Unknown fields are kept aside, not refused: the publisher may be newer than
    the reader. Admission warns of them, so that a typing error shows.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    def warnings(self) -> list[Problem]:
        """What looks wrong without being a reason to reject."""
        unknown = [
            problem(
                pointer([name]),
                "unknown_field",
                "不认识的字段，未予采用",
                "is not a known field; it was not used",
            )
            for name in sorted(self.model_extra or ())
        ]
        return [*unknown, *code_warnings(self), *self.doubts()]

    def doubts(self) -> list[Problem]:
        """What does not fit together in it; the record shows it with the figure."""
        return []


def code_warnings(statement: Statement) -> Iterator[Problem]:
    """Warn of codes that look wrong: regions out of date, credit codes mistyped.

    Wherever in the statement they stand: a field that holds a region code is named
    ``region`` or ``regions``, an organisation brings its own codes.
    """
    as_of = getattr(statement, "as_of", None)
    for path, code in _codes(statement, ()):
        if path[-1] == "credit_code":
            if not credit_code_holds(code):
                yield problem(
                    pointer(path),
                    "credit_code_check",
                    f"统一社会信用代码 {code} 校验位不符，请核对",
                    f"the check digit of {code} does not fit; please check",
                )
        elif as_of is not None:
            yield from region_warnings(pointer(path), code, as_of)


Path = tuple[str | int, ...]


def _codes(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _codes(getattr(value, name), (*path, name))
        case str():
            if _names_a_code(path):
                yield path, value
        case Mapping():
            for name, item in value.items():
                yield from _codes(item, (*path, name))
        case tuple():
            for index, item in enumerate(value):
                yield from _codes(item, (*path, index))
        case _:
            pass


def _names_a_code(path: Path) -> bool:
    names = [name for name in path if isinstance(name, str)]
    return bool(names) and names[-1] in {"region", "regions", "credit_code"}
