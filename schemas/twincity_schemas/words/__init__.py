"""What a thing is called, in Chinese and English: tables beside the models.

The words of a module lie in ``words/<module>.tsv`` beside it, a line a thing:
``ProjectDescribed`` (a class), ``ProjectDescribed.name`` (a field of it),
``Phase.in-use`` (a code of a list), ``Corrects`` (a type that fields share). They
are read when they are asked for, and put into the JSON Schema (``title``,
``description`` and their ``x-…-zh``), so that no document needs a second list of
names.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

RULES = "x-rules"
"""The keyword of rules that a schema cannot say, by code (``rules.py``)."""

COLUMNS = ("name", "zh", "en", "note_zh", "note_en")


@dataclass(frozen=True)
class Words:
    """A title in both languages, and a description in both."""

    zh: str
    en: str
    note_zh: str = ""
    note_en: str = ""

    @property
    def complete(self) -> bool:
        """Returns whether title and description are there in both languages."""
        return all((self.zh, self.en, self.note_zh, self.note_en))

    def filled(self, *about: "Words") -> "Words":
        """Put the titles of what it is about in its places: ``{0}`` is the first."""
        zh, en = [one.zh for one in about], [one.en for one in about]
        return Words(
            self.zh.format(*zh),
            self.en.format(*en),
            self.note_zh.format(*zh),
            self.note_en.format(*en),
        )

    def as_schema(self) -> dict[str, str]:
        """The words as JSON Schema spells them."""
        return {
            "title": self.en,
            "x-title-zh": self.zh,
            "description": self.note_en,
            "x-description-zh": self.note_zh,
        }


class UnwordedError(LookupError):
    """A thing of the contract has no line in its module's table."""


@cache
def table(module: str) -> Mapping[str, Words]:
    """The words of a module by name; empty where it has no table.

    Raises:
        ValueError: a table has other columns.
    """
    beside = Path(sys.modules[module].__file__ or "")
    path = beside.parent / "words" / f"{beside.stem}.tsv"
    if not path.exists():
        return {}
    head, *lines = path.read_text("utf-8").splitlines()
    if tuple(head.split("\t")) != COLUMNS:
        raise ValueError(f"{path} has other columns than {', '.join(COLUMNS)}")
    rows = (line.split("\t") for line in lines)
    return {name: Words(*words) for name, *words in rows}


def words_of(cls: type) -> Words:
    """The words of a model or a code list itself, not those of what it extends.

    Raises:
        UnwordedError: it has none.
    """
    return words_at(cls.__module__, cls.__name__)


def words_at(module: str, name: str) -> Words:
    """The words of a name in a module's table.

    Raises:
        UnwordedError: it is not there.
    """
    try:
        return table(module)[name]
    except KeyError:
        raise UnwordedError(f"{name} of {module} has no words") from None


@dataclass(frozen=True)
class Shared:
    """Gives every field of a type the same words: ``Annotated[…, Shared(…)]``.

    A field that has words of its own keeps them.
    """

    module: str
    name: str

    @property
    def words(self) -> Words:
        """The words.

        Raises:
            UnwordedError: the module's table does not have them.
        """
        return words_at(self.module, self.name)


class Worded(BaseModel):
    """A model whose schema carries its words and those of its fields."""

    refuses: ClassVar[tuple[str, ...]] = ()
    """What its validators refuse beyond the schema, by code."""

    @classmethod
    def field_words(cls, name: str) -> Words:
        """The words of a field: its own, those it inherits, or those of its type.

        Raises:
            UnwordedError: it has none.
        """
        for owner in cls.__mro__[: cls.__mro__.index(Worded)]:
            if words := table(owner.__module__).get(f"{owner.__name__}.{name}"):
                return words
        for one in cls.model_fields[name].metadata:
            if isinstance(one, Shared):
                return one.words
        raise UnwordedError(f"{cls.__name__}.{name} has no words")

    @classmethod
    @override
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Have each field ask for its words when its schema is described."""
        for name, field in cls.__pydantic_fields__.items():
            field.metadata = [*field.metadata, _Field(cls, name)]
        return handler(source)

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        reference = handler(schema)
        described = handler.resolve_ref_schema(reference)
        described.update(words_of(cls).as_schema())
        if cls.refuses:
            described[RULES] = list(cls.refuses)
        return reference


@dataclass(frozen=True)
class _Field:
    """Adds the words of a field to its schema."""

    owner: type[Worded]
    name: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(handler(schema)) | self.owner.field_words(self.name).as_schema()


class Coded(StrEnum):
    """A code list, whose codes have words as their list has."""

    if not TYPE_CHECKING:  # which would take it for a member
        # Without a frame, since each code that is written asks for it.
        value = property(attrgetter("_value_"))

    @property
    def words(self) -> Words:
        """The words of a code.

        Raises:
            UnwordedError: it has none.
        """
        return words_at(type(self).__module__, f"{type(self).__name__}.{self.value}")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the words of the list and of every member to its schema."""
        reference = handler(schema)
        described: dict[str, Any] = handler.resolve_ref_schema(reference)
        described.update(words_of(cls).as_schema())
        described["x-enum-words"] = {m.value: m.words.as_schema() for m in cls}
        return reference
