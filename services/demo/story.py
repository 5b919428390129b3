"""The story's statements, as files that anyone can read and say again.

``story/<chapter>/<order>-<what-happens>.json``: a statement is
``{envelope, data}``; where its data answers to another file's description,
``@<chapter>/<file>`` stands for that description's digest. A bad message is
``{inbox, headers, value_text | value_base64, expect}``.
"""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.envelope import Envelope
from twincity_schemas.project import ProjectDescribed

STORY = Path(__file__).with_name("story")

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True)
class StoryMessage:
    """A message for an inbox."""

    inbox: str
    key: bytes
    value: bytes
    headers: Headers
    time: datetime | None = None
    """When it comes in the story; None: when the one before it in the inbox came."""


@dataclass(frozen=True)
class Bad:
    """A message and what its receipt has to say."""

    name: str
    message: StoryMessage
    verdict: str
    codes: tuple[str, ...]


def statement(envelope: Envelope, value: bytes) -> StoryMessage:
    """A statement in the inbox of the party that makes it."""
    return StoryMessage(
        envelope.party,
        envelope.subject.encode(),
        value,
        envelope.to_headers(),
        envelope.time,
    )


def chapter(name: str) -> dict[str, tuple[Envelope, StoryMessage]]:
    """The statements of a chapter by file name, in the order of the story."""
    return {
        path.stem: _statement(path) for path in sorted((STORY / name).glob("*.json"))
    }


def bad_messages(name: str) -> list[Bad]:
    """The bad messages of a chapter, in the order of the story."""
    return [_bad(path) for path in sorted((STORY / name).glob("*.json"))]


def digest_of(reference: str) -> str:
    """The digest of the description in a file of the story."""
    document = json.loads((STORY / f"{reference}.json").read_text("utf-8"))
    return ProjectDescribed.model_validate_json(json.dumps(document["data"])).digest


def _statement(path: Path) -> tuple[Envelope, StoryMessage]:
    document = json.loads(path.read_text("utf-8"))
    envelope = Envelope.model_validate(document["envelope"])
    assert envelope.type in EVENT_TYPES, path  # noqa: S101  our own files
    value = json.dumps(_resolved(document["data"]), ensure_ascii=False).encode()
    return envelope, statement(envelope, value)


def _resolved(data: dict[str, Any]) -> dict[str, Any]:
    answered = data.get("description")
    if isinstance(answered, str) and answered.startswith("@"):
        return {**data, "description": digest_of(answered[1:])}
    return data


def _bad(path: Path) -> Bad:
    document = json.loads(path.read_text("utf-8"))
    value = (
        document["value_text"].encode()
        if "value_text" in document
        else b64decode(document["value_base64"])
    )
    headers = [(name, _bytes(text)) for name, text in document["headers"]]
    expect = document["expect"]
    message = StoryMessage(document["inbox"], b"", value, headers)
    return Bad(path.stem, message, expect["verdict"], tuple(expect.get("codes", ())))


def _bytes(text: Any) -> bytes | None:
    match text:
        case None:
            return None
        case {"base64": encoded}:
            return b64decode(encoded)
        case _:
            return str(text).encode()
