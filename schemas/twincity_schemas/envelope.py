"""The envelope: CloudEvents 1.0, binary mode on Kafka.

Attributes travel as ``ce_*`` headers, the statement itself as the JSON value.
Nothing has a default: a default id, time or type would turn a broken message
into a new one. Extension names are lower case without separators, as the
CloudEvents specification demands.

Source: CloudEvents 1.0.2 and its Kafka protocol binding.
"""

import uuid
from datetime import datetime
from hashlib import sha1
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from twincity_schemas.headers import (
    TRACE,
    Headers,
    is_traceparent,
    is_tracestate,
    trace,
)
from twincity_schemas.problems import (
    ContractError,
    Problem,
    problem,
    translate,
)
from twincity_schemas.values import Moment, Recorded, in_milliseconds
from twincity_schemas.words import Worded

CONTENT_TYPE = "application/json"

LONGEST_ATTRIBUTE = 256

_Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ATTRIBUTE)]


def _traceparent(given: object) -> object:
    return given if is_traceparent(given) else None


def _tracestate(given: object) -> object:
    return given if is_tracestate(given) else None


class Envelope(Worded):
    """The attributes: who said what kind of thing about which subject, and when."""

    # Extensions that we do not know travel on with the event.
    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: Literal["1.0"]
    id: _Text
    source: Annotated[
        str, StringConstraints(pattern=r"^/[a-z][a-z-]*[a-z](/\S{1,200})?$")
    ]
    type: _Text
    subject: _Text
    time: Annotated[Moment, WithJsonSchema({"type": "string", "format": "date-time"})]
    correlationid: _Text | None = None
    causationid: _Text | None = None
    traceparent: Annotated[str | None, BeforeValidator(_traceparent)] = None
    tracestate: Annotated[str | None, BeforeValidator(_tracestate)] = None
    recordedtime: Recorded | None = None

    deprecation: _Text | None = None
    sunset: _Text | None = None

    @property
    def party(self) -> str:
        """The party that speaks: the first part of the source."""
        return self.source.split("/", 2)[1]

    @property
    def recorded(self) -> datetime:
        """Returns when it entered its inbox: what lateness goes by.

        An event that admission has not seen counts as recorded when it was said.
        """
        return self.recordedtime or self.time

    @property
    def correlation(self) -> str:
        """Returns what all events of one story share: given, or this event's own id."""
        return self.correlationid or self.id

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        """Read the ``ce_*`` headers of a Kafka record.

        Raises:
            ContractError: with every problem of every attribute.
        """
        headers = tuple(headers)
        try:
            attributes = {
                name[3:]: value.decode()  # type: ignore[union-attr]
                for name, value in headers
                if _is_read(name)
            }
            return cls.model_validate(attributes | trace(headers))
        except (AttributeError, UnicodeDecodeError, ValidationError):
            raise ContractError(_problems(cls, headers)) from None

    def to_headers(self) -> list[tuple[str, bytes]]:
        """Write the headers of a Kafka record, content type included."""
        # Every message is written here: 5 µs, 7 by model_dump, 10 by iterating a model.
        written = {**vars(self), **(self.model_extra or {})}
        written["time"] = self.time.isoformat()
        if self.recordedtime is not None:
            written["recordedtime"] = in_milliseconds(self.recordedtime)
        headers = [
            (f"ce_{name}", text.encode())
            for name, text in written.items()
            if text is not None
        ]
        return [*headers, ("content-type", CONTENT_TYPE.encode())]

    def headers_caused(
        self, *, service: str, type_: str, subject: str, index: int | str
    ) -> list[tuple[str, bytes]]:
        """Write the headers of an event that a service derives from this one.

        The id is uuid5 of (service, this event's source and id, index) and the
        time is this event's: a replay makes the same bytes.
        """
        # An envelope made for its headers alone would cost four times as much.
        recorded = self.recordedtime
        written = (
            ("ce_specversion", self.specversion),
            ("ce_id", derived_id(service, self.source, self.id, index)),
            ("ce_source", f"/twincity/{service}"),
            ("ce_type", type_),
            ("ce_subject", subject),
            ("ce_time", self.time.isoformat()),
            ("ce_correlationid", self.correlation),
            ("ce_causationid", self.id),
            ("ce_traceparent", self.traceparent),
            ("ce_tracestate", self.tracestate),
            (
                "ce_recordedtime",
                None if recorded is None else in_milliseconds(recorded),
            ),
            ("content-type", CONTENT_TYPE),
        )
        return [(name, text.encode()) for name, text in written if text is not None]


_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:twincity:derived").bytes


def derived_id(*parts: object) -> str:
    """Name a derived event by what it is derived from.

    A UUID of version 5, as ``uuid.uuid5`` makes it, written without its object:
    every message that a service writes has one.
    """
    named = "\x1f".join(map(str, parts)).encode()
    digest = sha1(_NAMESPACE + named, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return (
        f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-"
        f"{variant}{digest[17:20]}-{digest[20:32]}"
    )


# What the value is, the content type says, though some SDKs say it twice; the
# trace is read apart.
_UNREAD = TRACE | {"datacontenttype"}


def _is_read(name: str) -> bool:
    return name.startswith("ce_") and name[3:] not in _UNREAD


def _problems(cls: type[Envelope], headers: Headers) -> list[Problem]:
    """Everything that is wrong with the headers; only broken ones come here."""
    attributes: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in headers:
        if not _is_read(name):
            continue
        if value is None:
            problems.append(
                problem(name, "header_null", "消息头没有值", "the header has no value")
            )
            continue
        try:
            attributes[name[3:]] = value.decode()
        except UnicodeDecodeError:
            problems.append(
                problem(
                    name,
                    "header_not_utf8",
                    "消息头不是 UTF-8 文本",
                    "the header is not UTF-8 text",
                )
            )
    try:
        cls.model_validate(attributes)
    except ValidationError as error:
        unreadable = {p.pointer for p in problems}
        problems += [
            p for p in translate(error, under="ce_") if p.pointer not in unreadable
        ]
    return problems
