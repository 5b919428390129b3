"""The values that the field's statements are made of.

Sources: GB/T 2260 (regions), GB 32100-2015 (credit codes), GB/T 40058-2021
(project codes). Amounts are in ``decimals.py``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from typing_extensions import override

from twincity_schemas.problems import WrongValueError
from twincity_schemas.words import Coded, Worded, Words, named


def _exists(text: str) -> str:
    # A year and a month always exist; a thirty-first may not.
    if text.count("-") == len(("year", "month")):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise WrongValueError(
                "no_such_day",
                f"{text} 这一天不存在",
                f"{text} is not a day that exists",
            ) from None
    return text


PartialDate = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
    ),
    AfterValidator(_exists),
]
"""2026, 2026-11 or 2026-11-23: as exact as the paper it is taken from."""

_MOMENT = (
    r"^(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)


def _moment(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, str) or not re.fullmatch(_MOMENT, value):
        raise WrongValueError(
            "moment_shape",
            "应为 1970 至 2199 年间带时区的时间，例如 2026-11-23T09:30:00+08:00",
            "must be a time from 1970 to 2199 with its zone, such as"
            " 2026-11-23T09:30:00+08:00",
        )
    _exists(value[: len("2026-11-23")])
    return datetime.fromisoformat(value.upper())


Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _MOMENT}),
]
"""A moment with its zone (RFC 3339), of the years 1970 to 2199.

A ``T`` stands between day and time, a colon in the zone; there is no second 60.
"""


def _in_milliseconds(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


Recorded = Annotated[
    datetime,
    PlainValidator(_moment),
    PlainSerializer(_in_milliseconds, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _MOMENT}),
]
"""A moment as a broker records it, written in UTC and milliseconds."""


def earlier(one: str, other: str) -> bool:
    """Whether a partial date is before another, as far as both say.

    2026 is not before 2026-11: it may be the same day.
    """
    known = min(len(one), len(other))
    return one[:known] < other[:known]


PartyCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z-]*[a-z]$", max_length=32)
]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[1-8][0-9]{5}$")]
"""GB/T 2260, six digits."""

ProjectCode = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{5}[0-9A-Z]$"
    ),
]
"""GB/T 40058-2021: YYYY-AAAAAA-BB-CC-DDDDDC; the older form ends in six digits."""

CreditCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
"""统一社会信用代码, GB 32100-2015. Its check digit is a warning, not a rejection."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Line = Annotated[
    str,
    StringConstraints(
        pattern=r"\S", min_length=1, max_length=200, strip_whitespace=True
    ),
]
Paragraph = Annotated[
    str,
    StringConstraints(
        pattern=r"\S", min_length=1, max_length=4000, strip_whitespace=True
    ),
]


class Value(Worded):
    """A part of a statement or a record: immutable, readers ignore what is new."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@named(
    "互联互通领域", "Connectivity domain", "五个领域互联互通；领域决定记录所在的主题。"
)
class Domain(Coded):
    """The five connectivity domains; a record lies in the topic of its domain."""

    TRANSPORT = (
        "transport",
        "交通基础设施",
        "transport infrastructure",
        "轨道、公路、机场等交通设施的互联互通。",
        "Railways, metro lines, roads and airports.",
    )
    INDUSTRY = (
        "industry",
        "现代产业体系",
        "modern industrial system",
        "产业链协作、产业集群与合作园区。",
        "Industry chains, clusters and cooperation parks.",
    )
    INNOVATION = (
        "innovation",
        "科技创新资源",
        "science and innovation resources",
        "科技平台、设施与成果的共建共享。",
        "Science platforms, facilities and results, built and shared jointly.",
    )
    CITY_SERVICES = (
        "city-services",
        "城市服务功能",
        "city services",
        "教育、医疗、公交一码通等城市服务。",
        "Education, health, one-code transit and other services of a city.",
    )
    PUBLIC_POLICY = (
        "public-policy",
        "社会公共政策",
        "public policy",
        "跨域通办、住房公积金等政策的协同。",
        "Policies that work across borders, such as the housing fund.",
    )


def credit_code_holds(code: str) -> bool:
    """Whether a credit code's check digit is right.

    GB 32100-2015: weights 3^(i-1) mod 31 over the first 17 characters,
    check = (31 - sum mod 31) mod 31.
    """
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return alphabet[-total % 31] == code[17]


_SUBJECT = re.compile(
    r"(?P<kind>[a-z]+)/(?P<members>[a-z-]+(?:\.[a-z-]+)*)/"
    r"(?P<name>[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)"
)


@dataclass(frozen=True)
class Subject:
    """What is spoken about; its identifier names its members.

    ``project/chengdu.deyang/s11``: kind, party codes sorted and joined by
    ``.``, a name within them.
    """

    kind: str
    members: tuple[str, ...]
    name: str

    @classmethod
    @lru_cache(maxsize=10_000)  # the same few are read at every step of a statement
    def parse(cls, text: str) -> Self:
        """Read an identifier.

        Raises:
            WrongValueError: it has another shape, or its members are not
                sorted and unique.
        """
        found = _SUBJECT.fullmatch(text)
        if found is None:
            raise WrongValueError(
                "subject_shape",
                "事项标识应为 种类/主体.主体/名称，例如 project/chengdu.deyang/s11",
                "must be kind/party.party/name, such as project/chengdu.deyang/s11",
            )
        members = tuple(found["members"].split("."))
        if list(members) != sorted(set(members)):
            raise WrongValueError(
                "subject_members",
                "事项标识中的主体须按字母排序且不重复",
                "must name its parties sorted and without repetition",
            )
        return cls(found["kind"], members, found["name"])

    @override
    def __str__(self) -> str:
        return f"{self.kind}/{'.'.join(self.members)}/{self.name}"


def _is_subject(text: str) -> str:
    Subject.parse(text)
    return text


SubjectId = Annotated[
    str,
    AfterValidator(_is_subject),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{re.sub(r'[?]P<[a-z]+>', '', _SUBJECT.pattern)}$",
        }
    ),
]
"""A subject's identifier as text, checked; :class:`Subject` takes it apart."""


@named("责任单位", "Organisation", "对某事项负责的单位。")
class Organisation(Value):
    """A unit that answers for something."""

    name: Annotated[
        Line, Words("单位名称", "Name", "单位全称。", "The unit's name in full.")
    ]
    credit_code: Annotated[
        CreditCode | None,
        Words(
            "统一社会信用代码",
            "Unified social credit code",
            "GB 32100-2015，18 位；校验位不符只作提醒。",
            "GB 32100-2015, 18 characters; a wrong check digit is only a warning.",
        ),
    ] = None
    region: Annotated[
        RegionCode | None,
        Words(
            "行政区划代码",
            "Region, GB/T 2260",
            "单位所在地，六位代码。",
            "Where the unit is, as a six-digit code.",
        ),
    ] = None
    formerly: Annotated[
        tuple[Line, ...],
        Field(max_length=10),
        Words(
            "曾用名",
            "Formerly",
            "该单位更名或合并前的全称；据此仍认作同一单位，没有时不填。",
            "Its names before it was renamed or merged: it is the same unit still.",
        ),
    ] = ()
