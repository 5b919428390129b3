"""What a thing is called, in Chinese and English, from one source.

A field carries its :class:`Words` in ``Annotated``; a model or a code list
gets them from :func:`named`, whose English description is the docstring; a
coded value is a member of a :class:`Coded` enumeration. All of them put their
words into the JSON Schema (``title``, ``description`` and their ``x-…-zh``),
so that no document needs a second list of names.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

Class = TypeVar("Class", bound=type)
_WORDS = "__words__"


@dataclass(frozen=True)
class Words:
    """A title in both languages, and a description in both."""

    zh: str
    en: str
    note_zh: str = ""
    note_en: str = ""

    @property
    def complete(self) -> bool:
        """Whether title and description are there in both languages."""
        return all((self.zh, self.en, self.note_zh, self.note_en))

    def as_schema(self) -> dict[str, str]:
        """The words as JSON Schema spells them."""
        return {
            "title": self.en,
            "x-title-zh": self.zh,
            "description": self.note_en,
            "x-description-zh": self.note_zh,
        }

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the words to the field's schema."""
        return dict(handler(schema)) | self.as_schema()


def named(zh: str, en: str, note_zh: str) -> Callable[[Class], Class]:
    """Give a model or a code list its words; its docstring is ``note_en``."""

    def name(cls: Class) -> Class:
        note_en = " ".join(inspect.cleandoc(cls.__doc__ or "").split())
        setattr(cls, _WORDS, Words(zh, en, note_zh, note_en))
        return cls

    return name


def words_of(cls: type) -> Words:
    """The words of a model or a code list itself, not those of what it extends.

    Raises:
        KeyError: it has none.
    """
    words: Words = vars(cls)[_WORDS]
    return words


class Worded(BaseModel):
    """A model whose schema carries the words that :func:`named` gave it."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        reference = handler(schema)
        handler.resolve_ref_schema(reference).update(words_of(cls).as_schema())
        return reference


class Coded(StrEnum):
    """A code list: each member has a wire value and its words.

    ``MEMBER = "wire-value", "中文", "English", "中文说明", "Description"``
    """

    words: Words

    def __new__(cls, value: str, *words: str) -> Self:
        """Keep the wire value as the member's value and the words beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = Words(*words) if words else Words("", "")
        return member

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
