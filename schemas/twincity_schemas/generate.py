"""Write what is derived from the models and the catalogue, or check it.

``python -m twincity_schemas.generate [--check]`` in a checkout: the JSON
Schemas under ``schemas/json`` and the tables of ``schemas/README.md``.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from twincity_schemas.catalogue import EVENT_TYPES, EventType, topics
from twincity_schemas.parties import Party, Registry

_SCHEMAS = Path(__file__).parents[1]
_EXAMPLE_PARTY = Party(
    code="party", zh="主体", en="a party", region="510100", cluster="home"
)


def json_schema(event_type: EventType) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of an event type's data."""
    schema = event_type.model.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:twincity:{event_type.name}",
        **schema,
        "title": event_type.words.en,
        "x-title-zh": event_type.words.zh,
    }


def event_table() -> str:
    """Every event type as a Markdown table."""
    rows = ["| event type | 中文 | said by | about |", "|---|---|---|---|"]
    for event_type in EVENT_TYPES.values():
        by = "a party" if event_type.is_statement else "a service"
        rows.append(
            f"| [`{event_type.name}`](json/{event_type.name}.json) "
            f"| {event_type.words.zh} | {by} | `{event_type.subject}/…` |"
        )
    return "\n".join(rows) + "\n"


def topic_table() -> str:
    """Every topic that somebody outside reads or writes, as a Markdown table."""
    rows = [
        "| topic | 中文 | key | partitions | kept | written by | read by |",
        "|---|---|---|---|---|---|---|",
    ]
    for topic in topics(Registry(party=(_EXAMPLE_PARTY,))):
        if not topic.events:
            continue
        name = topic.name.replace(".party", ".<party>")
        kept = "latest per key" if topic.cleanup == "compact" else "for ever"
        rows.append(
            f"| `{name}` | {topic.words.zh} | {topic.key} | {topic.partitions} "
            f"| {kept} | {', '.join(topic.producers)} | {', '.join(topic.consumers)} |"
        )
    return "\n".join(rows) + "\n"


def derived() -> Iterator[tuple[Path, str]]:
    """Every derived file with its content."""
    for event_type in EVENT_TYPES.values():
        text = json.dumps(json_schema(event_type), ensure_ascii=False, indent=2)
        yield _SCHEMAS / "json" / f"{event_type.name}.json", text + "\n"
    readme = _SCHEMAS / "README.md"
    text = readme.read_text("utf-8")
    for name, table in (("events", event_table()), ("topics", topic_table())):
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, rest = text.split(begin)
        text = head + begin + table + end + rest.split(end)[1]
    yield readme, text


def stale() -> list[str]:
    """The derived files that are not as they would be written."""
    return [
        str(path.relative_to(_SCHEMAS))
        for path, text in derived()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def main() -> None:
    """Write, or with ``--check`` fail with what has drifted."""
    if "--check" in sys.argv[1:]:
        if drifted := stale():
            sys.exit(
                f"not as the catalogue has it: {', '.join(drifted)}; make generate"
            )
        return
    for path, text in derived():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
