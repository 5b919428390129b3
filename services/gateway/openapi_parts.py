"""The parts that paths of the OpenAPI document are made of."""

from collections.abc import Iterable
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


def streamed(localized: Any, families: Iterable[str]) -> Document:
    """An answer of server-sent events: the schema is each one's.

    So is it read before OpenAPI 3.2, which has ``itemSchema`` for it.

    Args:
        localized: gives words in the document's language.
        families: the sorts of events that can be asked for.
    """
    read = (
        "读到何处：作为 Last-Event-ID 交回",
        "up to where it was read: given back as Last-Event-ID",
    )
    names = (
        "record 等类别；removed 记录已撤；live 以下为实时；ended 令牌不再有效",
        "record or so; removed: it is no more; live: as it comes; ended: token is over",
    )
    text = ("JSON：CloudEvents 或说明", "JSON: a CloudEvent, or words")
    event = {
        "type": "object",
        "required": ["id", "event", "data"],
        "properties": {
            "id": {"type": "string", "description": localized(read)},
            "event": {
                "enum": [*families, "removed", "live", "resync", "resumed", "ended"],
                "description": localized(names),
            },
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "description": localized(text),
            },
        },
    }
    return {"text/event-stream": {"schema": event}}


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
