"""What a thing is called, in Chinese and English, from one source.

A field carries its :class:`Words` in ``Annotated``; a coded value is a member
of a :class:`Coded` enumeration. Both put their words into the JSON Schema
(``title``, ``x-title-zh``, ``x-enum-words``), so a document never needs a
second list of names.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Words:
    """A name in both languages, and a note where the name alone misleads."""

    zh: str
    en: str
    note_zh: str = ""
    note_en: str = ""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the words to the field's schema."""
        described = dict(handler(schema))
        described["title"] = self.en
        described["x-title-zh"] = self.zh
        if self.note_en:
            described["description"] = self.note_en
            described["x-description-zh"] = self.note_zh
        return described


class Coded(StrEnum):
    """A code list: each member has a wire value and its words.

    ``MEMBER = "wire-value", "中文", "English"``
    """

    words: Words

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Keep the wire value as the member's value and the words beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = Words(zh, en)
        return member

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add every member's words to the enumeration's schema."""
        reference = handler(schema)
        described: dict[str, Any] = handler.resolve_ref_schema(reference)
        described["x-enum-words"] = {
            member.value: {"zh": member.words.zh, "en": member.words.en}
            for member in cls
        }
        return reference
