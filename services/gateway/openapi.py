"""OpenAPI 3.1 of the gateway, from the contract, in Chinese or in English."""

from functools import lru_cache
from typing import Any

from services.gateway import openapi_parts as parts
from services.gateway.openapi_parts import Both, Document
from services.gateway.openapi_sheets import lists
from services.gateway.opening import BATCH, MOST_IN_BATCH
from services.gateway.streaming import FAMILIES
from twincity_schemas.asyncapi import Language, asyncapi
from twincity_schemas.contract import contract
from twincity_schemas.message import STRUCTURED
from twincity_schemas.values import Domain

_TITLE = ("成渝双城协同事件系统：网关", "TwinCity: the gateway")
_ABOUT = (
    "填报以 CloudEvents 投递，答复即回执；记录可查询、可跟随。重发同一填报只生效一次。",
    "Statements in, the receipt is the answer; records out. Said again: in effect once",
)
_FILTERS: dict[str, Both] = {
    "domain": ("领域", "The domain"),
    "party": ("主体代码", "A party's code"),
    "kind": ("事项种类，如 project", "The kind of subject, such as project"),
    "type": ("事件类型，如 obstacle.recorded", "Event type, as obstacle.recorded"),
    "state": (
        "状态；项目、利益共享为一致情况，政策为环节，回执为受理结论",
        "The state; if its members agree, a policy's stage, or a receipt's verdict",
    ),
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
    types = [name for name, event in document["events"].items() if event["statement"]]

    def localized(both: Both) -> str:
        return both[0] if language == "zh" else both[1]

    return {
        "openapi": "3.1.0",
        "info": {
            "title": localized(_TITLE),
            "version": document["version"],
            "description": localized(_ABOUT),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": _paths(localized, types),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT, Ed25519",
                }
            },
            "schemas": {**schemas, **_own(types, schemas["headers"])},
        },
    }


def _own(types: list[str], headers: Document) -> Document:
    attributes = {
        name.removeprefix("ce_"): schema
        for name, schema in headers["properties"].items()
    }
    required = [name.removeprefix("ce_") for name in headers["required"]]
    text = {"type": "string"}
    return {
        "statement": {"oneOf": [{"$ref": parts.ref(f"said.{name}")} for name in types]},
        **{
            f"said.{name}": {
                "type": "object",
                "properties": {
                    **attributes,
                    "type": {"const": name},
                    "data": {"$ref": parts.ref(name)},
                },
                "required": [*required, "data"],
            }
            for name in types
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


def _paths(localized: Any, types: list[str]) -> Document:
    filters = [
        parts.query(
            name,
            localized(words),
            {"enum": [str(d) for d in Domain]} if name == "domain" else {},
        )
        for name, words in _FILTERS.items()
    ]
    pages = [
        {
            **parts.query("limit", localized(_LIMIT)),
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
        parts.query("after", localized(_AFTER)),
    ]
    wait = {
        "name": "Prefer",
        "in": "header",
        "description": localized(_WAIT),
        "schema": {"type": "string"},
    }
    event, page = parts.table("event"), parts.table("page")
    return {
        "/statements": {
            "post": {
                "operationId": "say",
                "summary": localized(("发布填报", "Say something")),
                "parameters": [wait],
                "requestBody": {
                    "required": True,
                    "content": {
                        STRUCTURED: parts.of("statement"),
                        BATCH: {
                            "schema": {
                                "type": "array",
                                "items": {"$ref": parts.ref("statement")},
                                "minItems": 1,
                                "maxItems": MOST_IN_BATCH,
                            }
                        },
                        "application/json": {
                            "schema": {"oneOf": [{"$ref": parts.ref(n)} for n in types]}
                        },
                    },
                },
                "responses": {
                    "200": parts.answer(
                        localized(("已受理或重复", "accepted, or a duplicate")),
                        "receipt",
                    ),
                    "202": parts.answer(
                        localized(
                            ("尚无回执；见 Location", "no receipt yet: see Location")
                        ),
                        None,
                    ),
                    **parts.problems(
                        localized, 400, 401, 403, 408, 413, 415, 422, 429, 500, 503
                    ),
                },
            }
        },
        **lists(localized),
        "/records": _get(
            localized,
            "records",
            ("现有记录", "Present records"),
            [*filters, *pages],
            page,
        ),
        "/records/{key}": _get(
            localized,
            "record",
            ("一条记录，或其分项", "One record, or a part of one"),
            [parts.path("key", "project/chengdu.deyang/s11")],
            event,
        ),
        "/subjects/{subject}": _get(
            localized,
            "subject",
            ("一个事项的全部记录", "All records of a subject"),
            [parts.path("subject", "project/chengdu.deyang/s11")],
            page,
        ),
        "/receipts": _get(
            localized, "receipts", ("回执", "Receipts"), [*filters, *pages], page
        ),
        "/receipts/{place}": _get(
            localized,
            "receipt",
            ("一条消息的回执", "The receipt of one message"),
            [parts.path("place", "twincity.inbox.chengdu/0/7"), wait],
            event,
        ),
        "/trace/{subject}": _get(
            localized,
            "trace",
            (
                "追溯：谁何时说了什么，结果如何",
                "Who said what when, and what it became",
            ),
            [parts.path("subject", "project/chengdu.deyang/s11"), *pages],
            page,
        ),
        "/due": _get(
            localized,
            "due",
            ("到期与逾期", "What is due, overdue or unowned"),
            [
                {
                    **parts.query("as_of", localized(("截至日期", "As of which date"))),
                    "required": True,
                },
                parts.query("party", localized(_FILTERS["party"])),
                parts.query("subject", localized(_FILTERS["subject"])),
                *pages,
            ],
            page,
        ),
        "/match/{entry}/explain": _get(
            localized,
            "explain",
            ("配对、候选及得分", "Pairs, candidates and what they score"),
            [
                parts.path("entry", "opportunity/chengdu/2022-1-0387"),
                parts.query("with", localized(("对方条目", "The other entry"))),
            ],
            {"application/json": {"schema": {"type": "object"}}},
        ),
        "/events": _get(
            localized,
            "follow",
            ("现状，然后实时", "What there is, then what comes"),
            [
                *filters,
                parts.query(
                    "family",
                    localized(("记录、回执或提示", "Records, receipts or notices")),
                    {"enum": [*FAMILIES]},
                ),
                parts.query(
                    "after", localized(("最后收到的 id", "The id that was read last"))
                ),
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "schema": {"type": "string"},
                },
            ],
            parts.streamed(localized, FAMILIES),
        ),
    }


def _get(
    localized: Any,
    name: str,
    words: Both,
    parameters: list[Document],
    content: Document,
) -> Document:
    return {
        "get": {
            "operationId": name,
            "summary": localized(words),
            "parameters": parameters,
            "responses": {
                "200": {"description": "OK", "content": content},
                "304": {"description": localized(("没有变化", "not changed"))},
                **parts.problems(localized, 400, 401, 403, 404, 406, 500, 503),
            },
        }
    }
