"""A schema and what it refers to, as text that is equal where the schemas are."""

import json
import re
from typing import Any

from twincity_schemas.contract import Document

ANNOTATIONS = frozenset(
    {
        *("title", "description", "x-title-zh", "x-description-zh", "x-enum-words"),
        *("tsType", "examples", "$comment", "$id", "$defs"),
    }
)
"""What refuses nothing, whatever it says."""
ABSENT = object()
"""What a keyword that is not there has; null is a value."""


def target(schema: Document, parts: Document) -> Any:
    """Returns what a schema refers to; None where to nothing that is known."""
    named = str(schema.get("$ref", ""))
    prefix = "#/$defs/"
    return parts.get(named.removeprefix(prefix)) if prefix in named else None


def resolved(schema: Any, parts: Document) -> Any:
    """Returns a schema with what it refers to in its place.

    Where both say something of one keyword, they stay apart, as what is not known.
    """
    seen = set[str]()
    while isinstance(schema, dict) and (to := target(schema, parts)) is not None:
        if as_text(schema) in seen:
            return {"allOf": [schema]}
        seen.add(as_text(schema))
        if not (more := beside(schema)):
            schema = to
        elif isinstance(to, bool) or more.keys() & to.keys():
            return {"allOf": [{"$ref": schema["$ref"]}, more]}
        else:
            schema = to | more
    return schema


def beside(schema: Document) -> Document:
    """Returns what holds beside a schema's alternatives, or what it refers to."""
    ignored = ANNOTATIONS | {"anyOf", "$ref", "default"}
    if "$ref" in schema:
        ignored -= {"anyOf"}
    return {name: rule for name, rule in schema.items() if name not in ignored}


def whole(value: Any, parts: Document) -> str:
    """Returns a value as text, with all that it refers to."""
    texts, todo = {}, [("", value)]
    while todo:
        name, one = todo.pop()
        texts[name] = as_text(one)
        named = re.findall(r'"\$ref": "#/\$defs/([^"]*)"', texts[name])
        todo += [(n, parts[n]) for n in {*named} - texts.keys() if n in parts]
    return as_text(texts)


def as_text(value: Any) -> str:
    """Returns a value as text: 1 is not true, and what is absent is not null."""
    if value is None or value is ABSENT:
        return "—" if value is ABSENT else "null"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
