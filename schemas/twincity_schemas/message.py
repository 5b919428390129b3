"""From bytes to an event and back: the one place that knows the wire format."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from pydantic_core import to_json as dump_json

from twincity_schemas.ambiguity import ambiguities, syntax, unmarked
from twincity_schemas.catalogue import EVENT_TYPES, EventType
from twincity_schemas.envelope import LONGEST_ATTRIBUTE, Envelope
from twincity_schemas.headers import (
    TRACE,
    Header,
    Headers,
    bounds,
    header,
    header_problems,
    media_type,
    misspelt,
    not_json,
)
from twincity_schemas.problems import (
    ContractError,
    Problem,
    broken_json,
    problem,
    translate,
)

Data_co = TypeVar("Data_co", bound=BaseModel, covariant=True)

STRUCTURED = "application/cloudevents+json"
_CLOUDEVENTS = "application/cloudevents"

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

    def to_message(
        self, recorded: datetime | None = None
    ) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
        """Write key, value and headers of a Kafka record (binary mode).

        Args:
            recorded: when it entered its inbox, where that is stated now.
        """
        headers = [*self.envelope.to_headers(recorded), *going_headers(self.type)]
        return self.envelope.subject.encode(), self.value, headers


def going_headers(type_: EventType) -> list[tuple[str, bytes]]:
    """Write until when a type is there; nothing of one that does not go."""
    if (going := type_.deprecation) is None:
        return []
    return [
        ("ce_deprecation", going.since.isoformat().encode()),
        ("ce_sunset", going.sunset.isoformat().encode()),
    ]


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
            field or header that appears twice, NaN, a statement larger than
            ``LARGEST_STATEMENT``, headers beyond the bounds of ``headers``.
            Whoever reads a topic behind the gate need not look again.
        event_types: the types that are known, by name.

    Raises:
        ContractError: with everything that is wrong with envelope and data.
    """
    headers = tuple(headers)
    if gate and (refused := bounds(headers) or misspelt(headers)):
        raise ContractError(refused)
    if value is None:
        raise ContractError(
            [problem("", "no_value", "消息没有内容", "the message has no value")]
        )
    largest = LARGEST_STATEMENT if gate else LARGEST_MESSAGE
    headers, value, problems = _opened(headers, value, largest, gate=gate)
    if gate:
        problems += header_problems(headers)
    foreign = list(not_json(headers))
    problems += foreign
    envelope = None
    try:
        envelope = Envelope.from_headers(headers)
    except ContractError as error:
        problems += error.problems
    # The data is read even where the envelope is broken, as far as its type is
    # known: whoever mends the one learns of the other in the same receipt.
    event_type = event_types.get(
        envelope.type if envelope else header(headers, "ce_type")
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
        problems += [] if foreign else syntax(value)
        raise ContractError(problems, envelope, headers)
    if foreign:
        raise ContractError(problems, envelope, headers)
    try:
        data = event_type.model.model_validate_json(value, strict=True)
    except ValidationError as error:
        problems += translate(error)
    if problems or envelope is None:
        raise ContractError(problems, envelope, headers)
    return Event(envelope, event_type, data, value)


GLIMPSED = ("id", "source", "type", "subject", "correlationid")
"""The attributes that a receipt repeats."""


def glimpse(headers: Headers) -> dict[str, str]:
    """Returns what can be read of a broken message's envelope, for its receipt."""
    return {
        name: text[:LONGEST_ATTRIBUTE]
        for name in GLIMPSED
        if (text := header(headers, f"ce_{name}"))
    }


def _too_large(largest: int) -> Problem:
    return problem(
        "",
        "too_large",
        f"内容超过 {largest} 字节",
        f"is larger than {largest} bytes",
    )


def _opened(
    headers: Sequence[Header], value: bytes, largest: int, *, gate: bool
) -> tuple[Sequence[Header], bytes, list[Problem]]:
    """Attributes as headers and the data, of either mode; with what is ambiguous.

    Raises:
        ContractError: it is too large, or no CloudEvent that can be read here.
    """
    value = _fitting(value, largest)
    problems = ambiguities(value) if gate else []
    declared = media_type(header(headers, "content-type"))
    if declared == STRUCTURED:
        attributes, data, is_text = _unwrap(value)
        data = _fitting(data, largest)
        if gate:
            if is_text and not problems:  # the rest has been looked at
                problems = ambiguities(data)
            problems += bounds(attributes)
        # The binding lets the attributes stand among the headers once more.
        rest = [h for h in headers if not h[0].startswith("ce_")]
        return [*attributes, *rest], data, problems
    if declared.startswith(_CLOUDEVENTS):
        raise ContractError([_other_format(declared)])
    if not any(name.startswith("ce_") for name, _ in headers):
        raise ContractError([_no_cloudevent()])
    return headers, value, problems


def _fitting(value: bytes, largest: int) -> bytes:
    if len(value) > largest:
        raise ContractError([_too_large(largest)])
    return unmarked(value)


def _other_format(declared: str) -> Problem:
    if "batch" in declared:
        return problem(
            "content-type",
            "batch",
            f"Kafka 上没有批量模式：每条填报单独一条消息，content-type 写 {STRUCTURED}",
            f"Kafka has no batch mode: one message a statement, with {STRUCTURED}",
        )
    return problem(
        "content-type",
        "content_type",
        f"只接受 JSON 格式的 CloudEvents：请写 {STRUCTURED}",
        f"CloudEvents are read in their JSON format alone: write {STRUCTURED}",
    )


def _no_cloudevent() -> Problem:
    return problem(
        "",
        "no_cloudevent",
        "不是 CloudEvents 消息：请写 ce_id、ce_source 等消息头，"
        f"或将 content-type 写为 {STRUCTURED}",
        "is no CloudEvent: write the headers ce_id, ce_source and so on, or the"
        f" content-type {STRUCTURED}",
    )


def _unwrap(value: bytes) -> tuple[Sequence[Header], bytes, bool]:
    """Turn a structured-mode message into the binary mode's headers and value.

    Returns whether the value is a text of its own, too, as ``data_base64`` has one.

    Source: JSON event format of CloudEvents 1.0.2, section 2 (attributes are
    strings, integers or booleans; null is absent) and 3.1 (``data_base64``).
    """
    try:
        document = from_json(value)
    except ValueError as error:
        raise ContractError([broken_json("", str(error))]) from None
    if not isinstance(document, dict):
        raise ContractError(
            [problem("", "model_type", "应为 JSON 对象", "must be a JSON object")]
        )
    if {"data", "data_base64"} <= document.keys():
        raise ContractError(
            [
                problem(
                    "/data_base64",
                    "data_twice",
                    "data 与 data_base64 只能有一个",
                    "must not stand beside data; there is one or the other",
                )
            ]
        )
    data = dump_json(document.pop("data", None))
    is_text = "data_base64" in document
    if is_text:
        data = _decoded(document.pop("data_base64"))
    attributes = tuple(
        (f"ce_{name}", _as_header(name, content))
        for name, content in document.items()
        if content is not None
    )
    return attributes, data, is_text


def _decoded(text: Any) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise ContractError(
            [
                problem(
                    "/data_base64",
                    "base64_invalid",
                    "应为 Base64（RFC 4648），不含换行和空格",
                    "must be Base64 (RFC 4648) without line breaks or spaces",
                )
            ]
        ) from None


def _as_header(name: str, content: Any) -> bytes:
    match content:
        case bool():
            return b"true" if content else b"false"
        case str() | int():
            return str(content).encode()
        case _ if name in TRACE:
            return b""
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
