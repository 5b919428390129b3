"""The whole contract as one plain document: what is compared, drawn, released.

The JSON Schemas, the AsyncAPI document, the catalogue page, ``twincity
contract`` and the evolution gate all read this one document, so that none of
them can say something that another does not.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import AnySchema, DictSchema
from typing_extensions import override

from twincity_schemas.catalogue import CONTRACT_VERSION, EVENT_TYPES, EventType
from twincity_schemas.envelope import Envelope
from twincity_schemas.parties import Party, Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import topics

Document = dict[str, Any]
"""JSON-ready: objects, arrays, strings, integers, true, false and null."""

ANY_PARTY = "{party}"
"""Stands for a party's code in the names of the topics that each party has."""

_STAND_IN = Party(
    code="party", zh="各主体", en="each party", region="510100", cluster="home"
)


class _Portable(GenerateJsonSchema):
    """Writes maps as code generators of other languages read them.

    ``patternProperties`` becomes a class without fields there, and lets names that
    do not fit pass with any value; ours are refused. What may be any JSON says so.
    """

    @override
    def any_schema(self, schema: AnySchema) -> JsonSchemaValue:
        # json-schema-to-typescript takes what has a title and no type for an object.
        return {"tsType": "unknown"}

    @override
    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        for pattern, values in written.pop("patternProperties", {}).items():
            names = {"pattern": pattern, **written.get("propertyNames", {})}
            written |= {"additionalProperties": values, "propertyNames": names}
        return written


def json_schema(event_type: EventType) -> Document:
    """The JSON Schema (draft 2020-12) of an event type's data."""
    schema = event_type.model.model_json_schema(
        mode="validation", schema_generator=_Portable
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:twincity:{event_type.name}",
        **schema,
    }


def envelope_schema() -> Document:
    """The JSON Schema of the envelope's attributes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:twincity:envelope",
        **Envelope.model_json_schema(mode="validation"),
    }


def contract(
    event_types: Mapping[str, EventType] = EVENT_TYPES,
) -> Document:
    """The contract that this package is: events and topics, without a registry.

    Returns:
        ``version``; ``envelope`` (its schema); ``events`` by name with
        ``fact``, ``subject``, ``statement`` (said by a party rather than
        derived), ``deprecation`` (null, or its dates and successor) and
        ``schema``; ``topics`` by name, in the order of the flow.
    """
    return {
        "version": CONTRACT_VERSION,
        "envelope": envelope_schema(),
        "events": {
            name: {
                "fact": event_type.fact,
                "subject": event_type.subject,
                "statement": event_type.is_statement,
                "deprecation": _deprecation(event_type),
                "schema": json_schema(event_type),
            }
            for name, event_type in event_types.items()
        },
        "topics": {
            name.replace(".party", f".{ANY_PARTY}"): _topic(topic)
            for name, topic in outward_topics().items()
        },
    }


def outward_topics() -> dict[str, Topic]:
    """The topics that somebody outside reads or writes, for a stand-in party."""
    return {
        topic.name: topic
        for topic in topics(Registry(party=(_STAND_IN,)))
        if topic.events
    }


def load(path: Path) -> Document:
    """Read a contract that was released.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a contract.
    """
    document = json.loads(path.read_text("utf-8"))
    if not (isinstance(document, dict) and {"events", "topics"} <= document.keys()):
        raise ValueError(f"{path} is not a contract of this system")
    return document


def last_release(folder: Path) -> Path:
    """The contract released last: the highest version in ``schemas/releases``.

    Raises:
        ValueError: the folder holds none.
    """
    return max(
        folder.glob("*.json"), key=lambda path: tuple(map(int, path.stem.split(".")))
    )


def _deprecation(event_type: EventType) -> Document | None:
    going = event_type.deprecation
    if going is None:
        return None
    return {
        "since": going.since.isoformat(),
        "sunset": going.sunset.isoformat(),
        "successor": going.successor,
    }


def _topic(topic: Topic) -> Document:
    return {
        **topic.words.as_schema(),
        "key": topic.key,
        "partitions": topic.partitions,
        "cleanup": str(topic.cleanup),
        "retention_ms": int(topic.config["retention.ms"]),
        "events": list(topic.events),
        "producers": [_outward(name) for name in topic.producers],
        "consumers": [_outward(name) for name in topic.consumers],
    }


def _outward(name: str) -> str:
    return ANY_PARTY if name == _STAND_IN.code else name
