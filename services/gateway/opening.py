"""From an HTTP message to the messages of an inbox: the bytes stay as they came.

Source: HTTP protocol binding of CloudEvents 1.0.2, sections 3.1 (binary: headers
``ce-…``, percent-encoded), 3.2 (structured) and 3.3 (batch: a JSON array). What a
statement has to be admission judges; refused here is only what no inbox could take.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from services.gateway.refusing import Refusal
from twincity_schemas.headers import TRACE, media_type
from twincity_schemas.message import LARGEST_STATEMENT, STRUCTURED

BATCH = "application/cloudevents-batch+json"
LARGEST_BATCH = 1_048_576
MOST_IN_BATCH = 100

_JSON = re.compile(r"application/([a-z0-9.-]+\+)?json")
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message for an inbox.

    Attributes:
        value: as it was posted.
        headers: of the Kafka record.
        source: as far as it can be read, like the subject: says whose inbox it is
            for where a gateway speaks for several.
        subject: the record's key.
    """

    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    source: str
    subject: str

    @property
    def party(self) -> str:
        """The party that the source names."""
        return self.source.removeprefix("/").partition("/")[0]


def largest(content_type: str) -> int:
    """Bytes that a body of this type may have."""
    whole = media_type(content_type)
    return LARGEST_BATCH if whole == BATCH else LARGEST_STATEMENT


def opened(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> list[InboxMessage]:
    """The statements in a request.

    Args:
        headers: of the request, names in lower case, as ASGI has them.
        body: not larger than :func:`largest`.

    Raises:
        Refusal: 400, 413 or 415.
    """
    headers = list(headers)
    content_type = next((v for n, v in headers if n == b"content-type"), b"")
    declared = media_type(content_type.decode("latin-1"))
    trace = tuple(
        (name.decode("latin-1"), value)
        for name, value in headers
        if name.decode("latin-1") in TRACE
    )
    if declared == BATCH:
        return [_structured(part, trace) for part in _parts(body)]
    if declared == STRUCTURED:
        return [_structured(body, trace)]
    if not _JSON.fullmatch(declared):
        media = declared[:100] or "—"
        raise Refusal(
            415,
            "media_type",
            (
                f"请发送 JSON 格式的 CloudEvents，而非 {media}",
                f"send CloudEvents in JSON, not {media}",
            ),
            headers={"Accept-Post": f"application/json, {STRUCTURED}, {BATCH}"},
        )
    attributes = tuple(
        (f"ce_{name[3:].decode('latin-1')}", _unquoted(value))
        for name, value in headers
        if name.startswith(b"ce-")
    )
    if not attributes:
        raise Refusal(
            400,
            "no_cloudevent",
            (
                f"缺少 ce-id、ce-source 等请求头；或将 content-type 写为 {STRUCTURED}",
                f"ce-id, ce-source and so on are missing; or write {STRUCTURED}",
            ),
        )
    texts = {name: value.decode(errors="replace") for name, value in attributes}
    return [
        InboxMessage(
            body,
            (*attributes, ("content-type", content_type), *trace),
            texts.get("ce_source", ""),
            texts.get("ce_subject", ""),
        )
    ]


def _unquoted(value: bytes) -> bytes:
    """A header's value without what the binding puts around it (3.1.3.2)."""
    if len(value) > 1 and value[:1] == value[-1:] == b'"':
        value = re.sub(rb"\\(.)", rb"\1", value[1:-1])
    return unquote_to_bytes(value)


def _structured(value: bytes, trace: tuple[tuple[str, bytes], ...]) -> InboxMessage:
    attributes = _read(value)
    source, subject = (
        str(attributes.get(name) or "") if isinstance(attributes, dict) else ""
        for name in ("source", "subject")
    )
    headers = (("content-type", STRUCTURED.encode()), *trace)
    return InboxMessage(value, headers, source, subject)


def _read(value: bytes) -> Any:
    """Returns a document's statement as far as it can be read; admission judges it."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _parts(body: bytes) -> Iterator[bytes]:
    """The elements of a JSON array, each in the bytes that it came in.

    Raises:
        Refusal: it is none, holds nothing, too many or one that is too large.
    """
    try:
        text = body.decode("utf-8-sig")
        elements = list(_elements(text))
    except (ValueError, RecursionError):
        raise Refusal(
            400,
            "no_batch",
            ("批量消息应为 JSON 数组", "a batch must be an array in JSON"),
        ) from None
    if not 0 < len(elements) <= MOST_IN_BATCH:
        raise Refusal(
            400 if not elements else 413,
            "batch_size",
            (
                f"每批 1 至 {MOST_IN_BATCH} 条",
                f"a batch has 1 to {MOST_IN_BATCH} statements",
            ),
        )
    for element in elements:
        value = element.encode()
        if len(value) > LARGEST_STATEMENT:
            raise too_large(LARGEST_STATEMENT)
        yield value


def _elements(text: str) -> Iterator[str]:
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError("no array")
    at = _skip(text, at + 1)
    more = text[at : at + 1] != "]"
    while more:
        _, end = _DECODER.raw_decode(text, at)
        yield text[at:end]
        at = _skip(text, end)
        if more := text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    if text[at : at + 1] != "]" or _skip(text, at + 1) != len(text):
        raise ValueError("no end")


def _skip(text: str, at: int) -> int:
    spaces = _SPACE.match(text, at)
    return spaces.end() if spaces else at


def too_large(limit: int) -> Refusal:
    """413."""
    return Refusal(
        413,
        "too_large",
        (f"内容超过 {limit} 字节", f"is larger than {limit} bytes"),
        more={"limit": limit},
    )
