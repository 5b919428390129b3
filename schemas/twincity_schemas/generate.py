"""Write what is derived from the models and the catalogue, or check it.

``python -m twincity_schemas.generate [--check|--release|--build]`` in a checkout: the
JSON Schemas under ``schemas/json``, the AsyncAPI document and the tables of
``schemas/README.md``; with ``--build`` the AsyncAPI document in Chinese and the
catalogue page, which are not committed.
"""

import json
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twincity_schemas.asyncapi import asyncapi
from twincity_schemas.catalogue import CONTRACT_VERSION, EVENT_TYPES
from twincity_schemas.contract import Document, contract
from twincity_schemas.page import page
from twincity_schemas.rules import Rule
from twincity_schemas.words import table

_SCHEMAS = Path(__file__).parents[1]


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
    for name, topic in contract()["topics"].items():
        kept = "latest per key" if topic["cleanup"] == "compact" else "for ever"
        rows.append(
            f"| `{name}` | {topic['x-title-zh']} | {topic['key']} "
            f"| {topic['partitions']} | {kept} "
            f"| {', '.join(topic['producers'])} | {', '.join(topic['consumers'])} |"
        )
    return "\n".join(rows) + "\n"


def rule_table() -> str:
    """Every rule that a schema names and cannot say, as a Markdown table."""
    rows = ["| code | 中文 | meaning |", "|---|---|---|"]
    for code, words in table(Rule.__module__).items():
        rows.append(f"| `{code}` | {words.note_zh} | {words.note_en} |")
    return "\n".join(rows) + "\n"


def examples() -> dict[str, dict[str, Any]]:
    """The example documents by fact and by the story that the file is named for.

    They are no part of the distribution: outside of a checkout there are none.
    """
    folder = _SCHEMAS / "examples"
    return {
        one.name: {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in sorted(one.glob("*.json"))
        }
        for one in sorted(folder.iterdir() if folder.is_dir() else ())
    }


def derived() -> Iterator[tuple[Path, str]]:
    """Every derived file with its content."""
    whole, stories = contract(), examples()
    for name, event in whole["events"].items():
        yield _SCHEMAS / "json" / f"{name}.json", _spelled(event["schema"])
    yield _SCHEMAS / "json" / "envelope.json", _spelled(whole["envelope"])
    yield _SCHEMAS / "asyncapi.json", _spelled(asyncapi(whole, stories, "en"))
    readme = _SCHEMAS / "README.md"
    text = readme.read_text("utf-8")
    tables = {"events": event_table(), "rules": rule_table(), "topics": topic_table()}
    for name, rows in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, rest = text.split(begin)
        text = head + begin + rows + end + rest.split(end)[1]
    yield readme, text


def built() -> dict[str, str]:
    """Return what is built when it is wanted, and never committed, by file name."""
    whole, stories = contract(), examples()
    return {
        "asyncapi.zh.json": _spelled(asyncapi(whole, stories, "zh")),
        "catalogue.html": page(whole, stories),
    }


def _spelled(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def stale() -> list[str]:
    """The derived files that are not as they would be written."""
    return [
        str(path.relative_to(_SCHEMAS))
        for path, text in derived()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def release() -> Path:
    """Keep the contract as it is now, for all later ones to be compared with.

    Raises:
        FileExistsError: this version was released before.
    """
    path = _SCHEMAS / "releases" / f"{CONTRACT_VERSION}.json"
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(_spelled(contract()))
    return path


def build() -> None:
    """Build the catalogue page and the AsyncAPI document in Chinese, and open it."""
    folder = _SCHEMAS / "build"
    folder.mkdir(exist_ok=True)
    for name, text in built().items():
        (folder / name).write_text(text, "utf-8")
    address = (folder / "catalogue.html").as_uri()
    sys.stdout.write(f"{address}\n")
    if sys.stdout.isatty():
        webbrowser.open(address)


def main() -> None:
    """Write, or check (fails with what has drifted), keep a release, or build."""
    if "--build" in sys.argv[1:]:
        build()
        return
    if "--release" in sys.argv[1:]:
        try:
            release()
        except FileExistsError:
            sys.exit(f"{CONTRACT_VERSION} was released before; raise CONTRACT_VERSION")
        return
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
