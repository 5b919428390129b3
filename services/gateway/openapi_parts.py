"""The parts that paths of the OpenAPI document are made of."""

from typing import Any

from services.gateway.refusing import PROBLEM
from services.gateway.tables import CSV
from services.gateway.workbooks import XLSX

Document = dict[str, Any]
Both = tuple[str, str]
"""The same in Chinese and in English."""


def problems(localized: Any, *statuses: int) -> Document:
    """Problems, under each status that they are answered with."""
    words = localized(("未完成，原因如下", "not done, and why"))
    return {
        str(status): {"description": words, "content": {PROBLEM: of("problem")}}
        for status in statuses
    }


def answer(words: str, receipt: str | None) -> Document:
    """An answer in JSON; ``receipt`` says that it is one, or each one's of several."""
    schema: Document = {"type": "object"}
    if receipt is not None:
        receipt_schema = {"$ref": ref("twincity.receipt.issued.v1")}
        schema = {"anyOf": [receipt_schema, {"required": ["results"]}]}
    return {
        "description": words,
        "content": {"application/json": {"schema": schema}},
    }


def table(schema: str) -> Document:
    """An answer in JSON, or as a table."""
    text: Document = {"schema": {"type": "string"}}
    return {"application/json": of(schema), CSV: text, XLSX: {}}


def query(name: str, words: str, schema: Document | None = None) -> Document:
    """A parameter of the query string; text, where no schema says more."""
    return {
        "name": name,
        "in": "query",
        "description": words,
        "schema": {"type": "string", **(schema or {})},
    }


def path(name: str, example: str) -> Document:
    """A parameter of the path, which may have slashes."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
        "x-contains-slashes": True,
    }


def of(schema: str) -> Document:
    """Content of a schema."""
    return {"schema": {"$ref": ref(schema)}}


def ref(schema: str) -> str:
    """Returns the reference to a schema."""
    return f"#/components/schemas/{schema}"
