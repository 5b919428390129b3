"""From bytes to an event and back: the one place that knows the wire format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from pydantic_core import to_json as dump_json

from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.envelope import Envelope, Headers
from twincity_schemas.problems import ContractError, Problem, problem, translate

Data_co = TypeVar("Data_co", bound=BaseModel, covariant=True)

STRUCTURED = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Event(Generic[Data_co]):
    """An envelope, what is in it, and the JSON it was read from."""

    envelope: Envelope
    type: EventType
    data: Data_co
    value: bytes

    def to_message(self) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
        """Write key, value and headers of a Kafka record (binary mode)."""
        return (
            self.envelope.subject.encode(),
            self.value,
            self.envelope.to_headers(),
        )


def to_json(data: BaseModel) -> bytes:
    """Write an event's data: UTF-8, without the fields nobody filled in."""
    return data.model_dump_json(exclude_none=True).encode()


def parse(headers: Headers, value: bytes | None) -> Event[BaseModel]:
    """Read a Kafka record, binary or structured mode.

    Raises:
        ContractError: with everything that is wrong with envelope and data.
    """
    headers = tuple(headers)
    if value is None:
        raise ContractError(
            [problem("", "no_value", "消息没有内容", "the message has no value")]
        )
    if _content_type(headers).startswith(STRUCTURED):
        headers, value = _unwrap(value)
    problems: list[Problem] = []
    envelope = None
    try:
        envelope = Envelope.from_headers(headers)
    except ContractError as error:
        problems += error.problems
    # The data is read even where the envelope is broken, as far as its type is
    # known: whoever mends the one learns of the other in the same receipt.
    event_type = EVENT_TYPES.get(
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
        data = event_type.model.model_validate_json(value)
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
    """Turn a structured-mode message into the binary mode's headers and value."""
    if syntax := _syntax(value):
        raise ContractError(syntax)
    document = from_json(value)
    if not isinstance(document, dict):
        raise ContractError(
            [problem("", "model_type", "应为 JSON 对象", "must be a JSON object")]
        )
    data = document.pop("data", None)
    attributes = tuple(
        (f"ce_{name}", str(text).encode()) for name, text in document.items()
    )
    return attributes, dump_json(data)
