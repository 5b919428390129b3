"""From bytes to an event and back: the one place that knows the wire format."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from pydantic_core import to_json as dump_json

from twincity_schemas.ambiguity import ambiguities
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.envelope import Envelope, Headers
from twincity_schemas.problems import ContractError, Problem, problem, translate

Data_co = TypeVar("Data_co", bound=BaseModel, covariant=True)

STRUCTURED = "application/cloudevents+json"

LARGEST_STATEMENT = 65_536
"""Bytes. A record holds every member's statement and has to fit a message."""

LARGEST_MESSAGE = 1_048_576
"""Bytes. What Kafka takes by default; nothing larger is read."""


@dataclass(frozen=True, slots=True)
class Event(Generic[Data_co]):
    """An envelope, what is in it, and the JSON it was read from."""

    envelope: Envelope
    type: EventType
    data: Data_co
    value: bytes

    def to_message(self) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
        """Write key, value and headers of a Kafka record (binary mode).

        An event of a type that goes says so in its own headers.
        """
        envelope = self.envelope
        if (going := self.type.deprecation) is not None:
            envelope = envelope.model_copy(
                update={
                    "deprecation": going.since.isoformat(),
                    "sunset": going.sunset.isoformat(),
                }
            )
        return envelope.subject.encode(), self.value, envelope.to_headers()


def to_json(data: BaseModel) -> bytes:
    """Write an event's data: UTF-8, without the fields nobody filled in."""
    return data.model_dump_json(exclude_none=True).encode()


def parse(
    headers: Headers,
    value: bytes | None,
    *,
    gate: bool = False,
    event_types: Mapping[str, EventType] = EVENT_TYPES,
) -> Event[BaseModel]:
    """Read a Kafka record, binary or structured mode.

    Args:
        headers: as the Kafka client hands them over.
        value: the record's value.
        gate: read as an inbox is read. What is ambiguous is refused too: a
            field that appears twice, NaN, a statement larger than
            ``LARGEST_STATEMENT``. Whoever reads a topic behind the gate need
            not look again.
        event_types: the types that are known, by name.

    Raises:
        ContractError: with everything that is wrong with envelope and data.
    """
    headers = tuple(headers)
    if value is None:
        raise ContractError(
            [problem("", "no_value", "消息没有内容", "the message has no value")]
        )
    largest = LARGEST_STATEMENT if gate else LARGEST_MESSAGE
    if len(value) > largest:
        raise ContractError([_too_large(largest)])
    problems = ambiguities(value) if gate else []
    if _content_type(headers).startswith(STRUCTURED):
        headers, value = _unwrap(value)
    envelope = None
    try:
        envelope = Envelope.from_headers(headers)
    except ContractError as error:
        problems += error.problems
    # The data is read even where the envelope is broken, as far as its type is
    # known: whoever mends the one learns of the other in the same receipt.
    event_type = event_types.get(
        envelope.type if envelope else _header(headers, "ce_type")
    )
    if event_type is None:
        if envelope is not None:
            problems.append(
                problem(
                    "ce_type",
                    "unknown_type",
                    f"不认识的事件类型 {envelope.type}",
                    f"{envelope.type} is not a known event type",
                )
            )
        problems += _syntax(value)
        raise ContractError(problems, envelope)
    try:
        data = event_type.model.model_validate_json(value, strict=True)
    except ValidationError as error:
        problems += translate(error)
    if problems or envelope is None:
        raise ContractError(problems, envelope)
    return Event(envelope, event_type, data, value)


def glimpse(headers: Headers) -> Mapping[str, str]:
    """What can still be read of a broken message's envelope, for its receipt."""
    return {
        name: text
        for name in ("id", "source", "type", "subject", "correlationid")
        if (text := _header(headers, f"ce_{name}"))
    }


def _too_large(largest: int) -> Problem:
    return problem(
        "",
        "too_large",
        f"内容超过 {largest} 字节",
        f"is larger than {largest} bytes",
    )


def _header(headers: Headers, wanted: str) -> str:
    for name, value in headers:
        if name == wanted and value is not None:
            return value.decode(errors="replace")
    return ""


def _content_type(headers: Headers) -> str:
    return _header(headers, "content-type")


def _syntax(value: bytes) -> list[Problem]:
    try:
        from_json(value)
    except ValueError as error:
        return [
            problem(
                "",
                "json_invalid",
                f"不是有效的 JSON：{error}",
                f"is not valid JSON: {error}",
            )
        ]
    return []


def _unwrap(value: bytes) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    """Turn a structured-mode message into the binary mode's headers and value.

    Source: JSON event format of CloudEvents 1.0.2, section 2 (attributes are
    strings, integers or booleans; null is absent) and 3.1 (``data_base64``).
    """
    if syntax := _syntax(value):
        raise ContractError(syntax)
    document = from_json(value)
    if not isinstance(document, dict):
        raise ContractError(
            [problem("", "model_type", "应为 JSON 对象", "must be a JSON object")]
        )
    data = dump_json(document.pop("data", None))
    if "data_base64" in document:
        data = _decoded(document.pop("data_base64"))
    attributes = tuple(
        (f"ce_{name}", _as_header(name, content))
        for name, content in document.items()
        if content is not None
    )
    return attributes, data


def _decoded(text: Any) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise ContractError(
            [problem("/data_base64", "base64_invalid", "不是 Base64", "is not Base64")]
        ) from None


def _as_header(name: str, content: Any) -> bytes:
    match content:
        case bool():
            return b"true" if content else b"false"
        case str() | int():
            return str(content).encode()
        case _:
            raise ContractError(
                [
                    problem(
                        f"/{name}",
                        "attribute_type",
                        "信封属性应为字符串、整数或布尔值",
                        "an attribute must be a string, an integer or a boolean",
                    )
                ]
            )
