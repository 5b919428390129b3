"""The envelope: CloudEvents 1.0, binary mode on Kafka.

Attributes travel as ``ce_*`` headers, the statement itself as the JSON value.
Nothing has a default: a default id, time or type would turn a broken message
into a new one. Extension names are lower case without separators, as the
CloudEvents specification demands.

Source: CloudEvents 1.0.2 and its Kafka protocol binding.
"""

import uuid
from datetime import datetime
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
from twincity_schemas.values import Moment, Recorded
from twincity_schemas.words import Worded, Words, named

CONTENT_TYPE = "application/json"

LONGEST_ATTRIBUTE = 256

_Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ATTRIBUTE)]


def _traceparent(given: object) -> object:
    return given if is_traceparent(given) else None


def _tracestate(given: object) -> object:
    return given if is_tracestate(given) else None


@named("信封", "Envelope", "谁在何时就哪个事项说了什么。")
class Envelope(Worded):
    """Who said what kind of thing about which subject, and when."""

    # Extensions that we do not know travel on with the event.
    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: Annotated[
        Literal["1.0"],
        Words("规范版本", "CloudEvents version", "固定为 1.0。", "Always 1.0."),
    ]
    id: Annotated[
        _Text,
        Words(
            "编号",
            "Identifier",
            "由发布方给定；来源与编号都相同即为重复。",
            "Set by the publisher; equal source and id mean a duplicate.",
        ),
    ]
    source: Annotated[
        Annotated[str, StringConstraints(pattern=r"^/[a-z][a-z-]*[a-z](/\S{1,200})?$")],
        Words(
            "来源",
            "Source",
            "主体在前，部门在后，例如 /chengdu/transport-bureau。",
            "The party first, then its bureau: /chengdu/transport-bureau.",
        ),
    ]
    type: Annotated[
        _Text,
        Words(
            "事件类型",
            "Event type",
            "目录中的类型名，含主版本号。",
            "A name from the catalogue, with its major version.",
        ),
    ]
    subject: Annotated[
        _Text,
        Words(
            "事项",
            "Subject",
            "所陈述的事项，标识中写明成员：project/chengdu.deyang/s11。",
            "What is spoken about; it names its members: project/chengdu.deyang/s11.",
        ),
    ]
    time: Annotated[
        Moment,
        WithJsonSchema({"type": "string", "format": "date-time"}),
        Words(
            "陈述时间",
            "When it was said",
            "RFC 3339，1970 至 2199 年，须带时区，例如 2026-11-23T09:30:00+08:00。",
            "RFC 3339, 1970 to 2199, with its zone: 2026-11-23T09:30:00+08:00.",
        ),
    ]
    correlationid: Annotated[
        _Text | None,
        Words(
            "关联编号",
            "Correlation id",
            "同一件事的各事件共有；未给出时取首个事件的编号。",
            "Shared by all events of one story; where absent, the first event's id.",
        ),
    ] = None
    causationid: Annotated[
        _Text | None,
        Words(
            "起因编号",
            "Causation id",
            "引起本事件的事件编号；推导事件总是带有。",
            "The id of the event that caused this one; derived events always have it.",
        ),
    ] = None
    traceparent: Annotated[
        str | None,
        BeforeValidator(_traceparent),
        Words(
            "链路追踪",
            "W3C trace parent",
            "W3C Trace Context 的 traceparent；不合规的忽略不计，不因此退回。",
            "The traceparent of W3C Trace Context; passed over where it is invalid.",
        ),
    ] = None
    tracestate: Annotated[
        str | None,
        BeforeValidator(_tracestate),
        Words(
            "链路状态",
            "W3C trace state",
            "W3C Trace Context 的 tracestate；不合规的忽略不计，不因此退回。",
            "The tracestate of W3C Trace Context; passed over where it is invalid.",
        ),
    ] = None
    recordedtime: Annotated[
        Recorded | None,
        Words(
            "收件时间",
            "When it was recorded",
            "陈述进入收件箱的时间，取自 Kafka，由受理写入；主体不得自填。"
            "推导事件沿用其起因的收件时间。",
            "When the statement entered its inbox, by Kafka's clock; admission states"
            " it, no party does. A derived event has that of its cause.",
        ),
    ] = None

    deprecation: Annotated[
        _Text | None,
        Words(
            "停用公告日",
            "Deprecation",
            "该事件类型自此日起不建议使用（RFC 9745）；仅停用中的类型带有。",
            "Since when the type is deprecated (RFC 9745); only where it is.",
        ),
    ] = None
    sunset: Annotated[
        _Text | None,
        Words(
            "停用日",
            "Sunset",
            "该事件类型最迟发布至此日（RFC 8594）；仅停用中的类型带有。",
            "Until when the type is published (RFC 8594); only where it goes.",
        ),
    ] = None

    @property
    def party(self) -> str:
        """The party that speaks: the first part of the source."""
        return self.source.split("/", 2)[1]

    @property
    def recorded(self) -> datetime:
        """When it entered its inbox: what lateness goes by.

        An event that admission has not seen counts as recorded when it was said.
        """
        return self.recordedtime or self.time

    @property
    def correlation(self) -> str:
        """What all events of one story share: given, or this event's own id."""
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
        written = self.model_dump(exclude_none=True)
        return [(f"ce_{name}", text.encode()) for name, text in written.items()] + [
            ("content-type", CONTENT_TYPE.encode())
        ]

    def caused(
        self, *, service: str, type_: str, subject: str, index: int | str
    ) -> "Envelope":
        """Make the envelope of an event that a service derives from this one.

        The id is uuid5 of (service, this event's source and id, index) and the
        time is this event's: a replay makes the same bytes.
        """
        return Envelope.model_construct(
            specversion="1.0",
            id=str(derived_id(service, self.source, self.id, index)),
            source=f"/twincity/{service}",
            type=type_,
            subject=subject,
            time=self.time,
            correlationid=self.correlation,
            causationid=self.id,
            traceparent=self.traceparent,
            tracestate=self.tracestate,
            recordedtime=self.recordedtime,
        )


_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:twincity:derived")


def derived_id(*parts: object) -> uuid.UUID:
    """Name a derived event by what it is derived from."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(map(str, parts)))


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
