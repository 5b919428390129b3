"""The contract as an AsyncAPI 3 document, in Chinese or in English.

Generated from the contract rather than by a framework: it has the headers, the
key, the partitions, retention and cleanup, and the examples. It describes this
system, so an inbox is what it receives and a record what it sends.

Payloads keep to what the draft-07 dialect of AsyncAPI and draft 2020-12 have in
common; only the ``$defs`` move to the document's components.
"""

from collections.abc import Mapping
from typing import Any, Literal

from twincity_schemas.contract import ANY_PARTY, Document

Language = Literal["en", "zh"]

_INFO = {
    "en": (
        "TwinCity event system",
        (
            "Statements in, records out: each party publishes only what it says, and"
            " every joint fact is derived. CloudEvents 1.0 in binary mode on Kafka;"
            " read with isolation.level=read_committed."
        ),
    ),
    "zh": (
        "成渝双城协同事件系统",
        (
            "填报进，记录出：各主体只发布自己的填报，共同事实一律由系统推导。"
            "消息为 Kafka 上的 CloudEvents 1.0 二进制模式；"
            "读取时请设置 isolation.level=read_committed。"
        ),
    ),
}
_PARTY = {
    "en": "The code of a party in the registry, such as chengdu.",
    "zh": "登记表中的主体代码，例如 chengdu。",
}
_SERVERS = {
    "local": ("localhost:9092", "kafka", (), "A broker on this machine.", "本机代理。"),
    "partner": (
        "{host}",
        "kafka-secure",
        ("certificate", "password"),
        "A city's cluster: TLS, and a certificate or a password for each party.",
        "城市集群：TLS，各主体使用证书或口令。",
    ),
}


def asyncapi(
    contract: Document,
    examples: Mapping[str, Mapping[str, Any]],
    language: Language,
) -> Document:
    """Draw the AsyncAPI document.

    Args:
        contract: what :func:`twincity_schemas.contract.contract` gives.
        examples: the documents (``envelope``, ``data``) by fact and story.
        language: of titles and descriptions; the other is beside them.
    """
    schemas: Document = {}
    messages = {
        name: _message(name, event, examples.get(event["fact"], {}), schemas)
        for name, event in contract["events"].items()
    }
    channels = {
        _id(name): _channel(name, topic) for name, topic in contract["topics"].items()
    }
    title, description = _INFO[language]
    document = {
        "asyncapi": "3.1.0",
        "id": "urn:twincity:contract",
        "info": {
            "title": title,
            "version": contract["version"],
            "description": description,
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": "cloudevents"}, {"name": "kafka"}],
        },
        "defaultContentType": "application/json",
        "servers": {name: _server(name, language) for name in _SERVERS},
        "channels": channels,
        "operations": {
            f"{_action(topic)}-{_id(name)}": _operation(name, topic)
            for name, topic in contract["topics"].items()
        },
        "components": {
            "messages": messages,
            "schemas": {"headers": _headers(contract["envelope"]), **schemas},
            "parameters": {"party": {"description": _PARTY[language]}},
            "securitySchemes": {
                "certificate": {"type": "X509"},
                "password": {"type": "scramSha512"},
            },
        },
    }
    spoken: Document = _in(language, document)
    return spoken


def _id(topic: str) -> str:
    return topic.removeprefix("twincity.").replace(f".{ANY_PARTY}", "")


def _server(name: str, language: Language) -> Document:
    host, protocol, security, en, zh = _SERVERS[name]
    server: Document = {
        "host": host,
        "protocol": protocol,
        "description": {"en": en, "zh": zh}[language],
    }
    if "{host}" in host:
        server["variables"] = {"host": {"default": "kafka.chengdu.example:9093"}}
    if security:
        server["security"] = [
            {"$ref": f"#/components/securitySchemes/{scheme}"} for scheme in security
        ]
    return server


def _channel(name: str, topic: Document) -> Document:
    channel: Document = {
        "address": name,
        **_words(topic),
        "messages": {
            event: {"$ref": f"#/components/messages/{event}"}
            for event in topic["events"]
        },
        "bindings": {
            "kafka": {
                "topic": name,
                "partitions": topic["partitions"],
                "topicConfiguration": {
                    "cleanup.policy": [topic["cleanup"]],
                    "retention.ms": topic["retention_ms"],
                },
                "bindingVersion": "0.5.0",
            }
        },
        "x-key": topic["key"],
        "x-producers": topic["producers"],
        "x-consumers": topic["consumers"],
    }
    if ANY_PARTY in name:
        channel["parameters"] = {"party": {"$ref": "#/components/parameters/party"}}
    return channel


def _action(topic: Document) -> str:
    return "receive" if topic["producers"] == [ANY_PARTY] else "send"


def _operation(name: str, topic: Document) -> Document:
    return {
        "action": _action(topic),
        "channel": {"$ref": f"#/channels/{_id(name)}"},
        "messages": [
            {"$ref": f"#/channels/{_id(name)}/messages/{event}"}
            for event in topic["events"]
        ],
    }


def _message(
    name: str, event: Document, examples: Mapping[str, Any], schemas: Document
) -> Document:
    schema = {k: v for k, v in event["schema"].items() if k not in ("$schema", "$id")}
    for part, definition in schema.pop("$defs", {}).items():
        # One name is one class in the whole contract; a test holds it.
        schemas[part] = _moved(definition)
    schemas[name] = _moved(schema)
    message: Document = {
        "name": name,
        **_words(event["schema"]),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {
            "kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"},
        },
        "examples": [
            {
                "name": story,
                "headers": {f"ce_{k}": v for k, v in example["envelope"].items()},
                "payload": example["data"],
            }
            for story, example in sorted(examples.items())
        ],
    }
    if event["deprecation"] is not None:
        message["x-deprecation"] = event["deprecation"]
    return message


def _headers(envelope: Document) -> Document:
    return {
        "type": "object",
        **_words(envelope),
        "properties": {f"ce_{k}": v for k, v in envelope["properties"].items()},
        "required": [f"ce_{name}" for name in envelope["required"]],
    }


def _words(worded: Document) -> Document:
    names = ("title", "x-title-zh", "description", "x-description-zh")
    return {name: worded[name] for name in names}


def _moved(schema: Any) -> Any:
    """Let references point to where the definitions have moved."""
    match schema:
        case {"$ref": str(reference)}:
            moved = reference.replace("#/$defs/", "#/components/schemas/")
            return {**schema, "$ref": moved}
        case dict():
            return {key: _moved(value) for key, value in schema.items()}
        case list():
            return [_moved(value) for value in schema]
        case _:
            return schema


def _in(language: Language, document: Any) -> Any:
    """Put the language's titles where tools look; the other ones beside them."""
    match document:
        case {"x-title-zh": zh, "title": en, **rest} if language == "zh":
            named = {"title": zh, "x-title-en": en}
            if "x-description-zh" in rest:
                named["description"] = rest.pop("x-description-zh")
                named["x-description-en"] = document["description"]
                del rest["description"]
            return named | {key: _in(language, value) for key, value in rest.items()}
        case dict():
            return {key: _in(language, value) for key, value in document.items()}
        case list():
            return [_in(language, value) for value in document]
        case _:
            return document
