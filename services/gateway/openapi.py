"""OpenAPI 3.1 of the gateway, from the contract, in Chinese or in English."""

from functools import lru_cache
from typing import Any

from services.gateway.opening import BATCH, MOST_IN_BATCH
from services.gateway.refusing import PROBLEM
from services.gateway.tables import CSV, XLSX
from twincity_schemas.asyncapi import Language, asyncapi
from twincity_schemas.contract import contract
from twincity_schemas.message import STRUCTURED
from twincity_schemas.values import Domain

Document = dict[str, Any]
Both = tuple[str, str]
"""The same in Chinese and in English."""

_TITLE = ("成渝双城协同事件系统：网关", "TwinCity: the gateway")
_ABOUT = (
    "陈述以 CloudEvents 投递，答复即回执；记录可查询、可跟随。重发同一陈述只生效一次。",
    "Statements in, the receipt is the answer; records out. Said again: in effect once",
)
_FILTERS: dict[str, Both] = {
    "domain": ("领域", "The domain"),
    "party": ("主体代码", "A party's code"),
    "kind": ("事项种类，如 project", "The kind of subject, such as project"),
    "type": ("事件类型，如 obstacle.recorded", "Event type, as obstacle.recorded"),
    "state": ("状态；回执为受理结论", "The state; of a receipt, its verdict"),
    "subject": ("事项标识", "The subject's identifier"),
}
_LIMIT = ("每页条数", "How many a page has")
_AFTER = ("上页给出的位置", "The place that the page before gave")
_WAIT = (
    "等待回执的秒数，如 wait=5",
    "Seconds to wait for the receipt, as wait=5",
)


def openapi(language: str) -> Document:
    """The document; ``language`` is ``zh`` or ``en``."""
    return _drawn("zh" if language == "zh" else "en")


@lru_cache(maxsize=2)
def _drawn(language: Language) -> Document:
    document = contract()
    schemas = asyncapi(document, {}, language)["components"]["schemas"]
    said = [name for name, event in document["events"].items() if event["statement"]]

    def told(both: Both) -> str:
        return both[0] if language == "zh" else both[1]

    return {
        "openapi": "3.1.0",
        "info": {
            "title": told(_TITLE),
            "version": document["version"],
            "description": told(_ABOUT),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": _paths(told, said),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT, Ed25519",
                }
            },
            "schemas": {**schemas, **_own(said, schemas["headers"])},
        },
    }


def _own(said: list[str], headers: Document) -> Document:
    attributes = {
        name.removeprefix("ce_"): schema
        for name, schema in headers["properties"].items()
    }
    required = [name.removeprefix("ce_") for name in headers["required"]]
    text = {"type": "string"}
    return {
        "statement": {"oneOf": [{"$ref": _ref(f"said.{name}")} for name in said]},
        **{
            f"said.{name}": {
                "type": "object",
                "properties": {
                    **attributes,
                    "type": {"const": name},
                    "data": {"$ref": _ref(name)},
                },
                "required": [*required, "data"],
            }
            for name in said
        },
        "event": {"type": "object", "required": ["specversion", "id", "type"]},
        "page": {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": {"type": "object"}},
                "next": {"type": ["string", "null"]},
            },
        },
        "problem": {
            "type": "object",
            "required": ["type", "title", "status"],
            "properties": {
                "type": text,
                "title": text,
                "title_zh": text,
                "title_en": text,
                "status": {"type": "integer"},
                "instance": text,
                "problems": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["pointer", "code", "detail", "zh", "en"],
                        "properties": dict.fromkeys(
                            ("pointer", "code", "detail", "zh", "en"), text
                        ),
                    },
                },
            },
        },
    }


def _paths(told: Any, said: list[str]) -> Document:
    filters = [
        _query(
            name,
            told(words),
            {"enum": [str(d) for d in Domain]} if name == "domain" else {},
        )
        for name, words in _FILTERS.items()
    ]
    pages = [
        {
            **_query("limit", told(_LIMIT)),
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
        _query("after", told(_AFTER)),
    ]
    wait = {
        "name": "Prefer",
        "in": "header",
        "description": told(_WAIT),
        "schema": {"type": "string"},
    }
    event, page = _table("event"), _table("page")
    return {
        "/statements": {
            "post": {
                "operationId": "say",
                "summary": told(("发布陈述", "Say something")),
                "parameters": [wait],
                "requestBody": {
                    "required": True,
                    "content": {
                        STRUCTURED: _of("statement"),
                        BATCH: {
                            "schema": {
                                "type": "array",
                                "items": {"$ref": _ref("statement")},
                                "minItems": 1,
                                "maxItems": MOST_IN_BATCH,
                            }
                        },
                        "application/json": {
                            "schema": {"oneOf": [{"$ref": _ref(n)} for n in said]}
                        },
                    },
                },
                "responses": {
                    "200": _answer(
                        told(("已受理或重复", "accepted, or a duplicate")), "receipt"
                    ),
                    "202": _answer(
                        told(("尚无回执；见 Location", "no receipt yet: see Location")),
                        None,
                    ),
                    **_problems(told, 400, 401, 403, 408, 413, 415, 422, 429, 500, 503),
                },
            }
        },
        "/records": _get(
            told, "records", ("现有记录", "Present records"), [*filters, *pages], page
        ),
        "/records/{key}": _get(
            told,
            "record",
            ("一条记录，或其分项", "One record, or a part of one"),
            [_path("key", "project/chengdu.deyang/s11")],
            event,
        ),
        "/subjects/{subject}": _get(
            told,
            "subject",
            ("一个事项的全部记录", "All records of a subject"),
            [_path("subject", "project/chengdu.deyang/s11")],
            page,
        ),
        "/receipts": _get(
            told, "receipts", ("回执", "Receipts"), [*filters, *pages], page
        ),
        "/receipts/{place}": _get(
            told,
            "receipt",
            ("一条消息的回执", "The receipt of one message"),
            [_path("place", "twincity.inbox.chengdu/0/7"), wait],
            event,
        ),
        "/trace/{subject}": _get(
            told,
            "trace",
            (
                "追溯：谁何时说了什么，结果如何",
                "Who said what when, and what it became",
            ),
            [_path("subject", "project/chengdu.deyang/s11"), *pages],
            page,
        ),
        "/due": _get(
            told,
            "due",
            ("到期与逾期", "What is due, overdue or unowned"),
            [
                {
                    **_query("as_of", told(("截至日期", "As of which date"))),
                    "required": True,
                },
                _query("party", told(_FILTERS["party"])),
                _query("subject", told(_FILTERS["subject"])),
                *pages,
            ],
            page,
        ),
        "/match/{entry}/explain": _get(
            told,
            "explain",
            ("配对、候选及得分", "Pairs, candidates and what they score"),
            [
                _path("entry", "opportunity/chengdu/2022-1-0387"),
                _query("with", told(("对方条目", "The other entry"))),
            ],
            {"application/json": {"schema": {"type": "object"}}},
        ),
        "/events": _get(
            told,
            "follow",
            ("现状，然后实时", "What there is, then what comes"),
            [
                *filters,
                _query(
                    "family",
                    told(("记录、回执或提示", "Records, receipts or notices")),
                    {"enum": ["record", "receipt", "notice"]},
                ),
                _query("after", told(("最后收到的 id", "The id that was read last"))),
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "schema": {"type": "string"},
                },
            ],
            {"text/event-stream": {"schema": {"type": "string"}}},
        ),
    }


def _get(
    told: Any, name: str, words: Both, parameters: list[Document], content: Document
) -> Document:
    return {
        "get": {
            "operationId": name,
            "summary": told(words),
            "parameters": parameters,
            "responses": {
                "200": {"description": "OK", "content": content},
                "304": {"description": told(("没有变化", "not changed"))},
                **_problems(told, 400, 401, 403, 404, 406, 500, 503),
            },
        }
    }


def _problems(told: Any, *statuses: int) -> Document:
    words = told(("未完成，原因如下", "not done, and why"))
    return {
        str(status): {"description": words, "content": {PROBLEM: _of("problem")}}
        for status in statuses
    }


def _answer(words: str, receipt: str | None) -> Document:
    schema: Document = {"type": "object"}
    if receipt is not None:
        receipt_schema = {"$ref": _ref("twincity.receipt.issued.v1")}
        schema = {"anyOf": [receipt_schema, {"required": ["results"]}]}
    return {
        "description": words,
        "content": {"application/json": {"schema": schema}},
    }


def _table(schema: str) -> Document:
    text: Document = {"schema": {"type": "string"}}
    return {"application/json": _of(schema), CSV: text, XLSX: {}}


def _query(name: str, words: str, schema: Document | None = None) -> Document:
    return {
        "name": name,
        "in": "query",
        "description": words,
        "schema": {"type": "string", **(schema or {})},
    }


def _path(name: str, example: str) -> Document:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
        "x-contains-slashes": True,
    }


def _of(schema: str) -> Document:
    return {"schema": {"$ref": _ref(schema)}}


def _ref(schema: str) -> str:
    return f"#/components/schemas/{schema}"
