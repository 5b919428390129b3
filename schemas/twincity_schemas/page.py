"""The catalogue page: the contract as one HTML file that opens from disk.

The page carries the contract and the examples as JSON and draws them itself,
in the reader's language, with the script of ``page.html``; where scripts are
forbidden, plain lists remain. It asks nothing of any network, and its policy
lets no script or style run but its own.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from twincity_schemas.contract import Document

Examples = Mapping[str, Mapping[str, Any]]
"""By fact (``project.described``), then by the story that the file is named for."""

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_OWN = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
# "<" ends a script or opens a comment in it; the separators end a line in older
# JavaScript; half a surrogate pair cannot be written as UTF-8.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def page(contract: Document, examples: Examples) -> str:
    """Draw the catalogue page.

    Args:
        contract: What :func:`twincity_schemas.contract.contract` gives.
        examples: The documents (``envelope``, ``data``) by fact and story.

    Returns:
        HTML, the same for the same arguments: no date, nothing of the machine.
    """
    template = files("twincity_schemas").joinpath("page.html").read_text("utf-8")
    slots = {
        "csp": _policy(template),
        "version": escape(str(contract["version"])),
        "lists": "\n".join(_lists(contract)),
        "contract": _embedded(contract),
        "examples": _embedded(
            {fact: dict(sorted(examples[fact].items())) for fact in sorted(examples)}
        ),
    }
    # In one pass: what an example says about a slot is not taken for one.
    return _SLOT.sub(lambda slot: slots[slot[1]], template)


def _embedded(value: Any) -> str:
    """JSON that no HTML parser reads anything into."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda unsafe: f"\\u{ord(unsafe[0]):04x}", text)


def _policy(template: str) -> str:
    """Let the page's own script and style run, by their hashes, and nothing else."""
    allowed = [
        f"{kind}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
        for kind, text in _OWN.findall(template)
    ]
    return "; ".join(
        ("default-src 'none'", *allowed, "img-src data:", "base-uri 'none'")
    )


def _lists(contract: Document) -> Iterator[str]:
    """Returns every topic and event in both languages, for readers without scripts."""
    events = {name: event["schema"] for name, event in contract["events"].items()}
    for heading, named in (
        ("主题 Topics", contract["topics"]),
        ("事件类型 Event types", events),
    ):
        yield f"<h2>{heading}</h2>\n<ul>"
        for name, words in named.items():
            text = " · ".join(
                escape(words[key])
                for key in ("x-title-zh", "title", "x-description-zh", "description")
                if words.get(key)
            )
            yield f"<li><code>{escape(name)}</code> {text}</li>"
        yield "</ul>"
