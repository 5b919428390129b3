"""The values that the field's statements are made of.

Sources: GB/T 2260 (regions), GB 32100-2015 (credit codes), GB/T 40058-2021
(project codes). Amounts are in ``decimals.py``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
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

from twincity_schemas.canonical import comparable
from twincity_schemas.problems import WrongValueError
from twincity_schemas.rules import Rule
from twincity_schemas.words import Coded, Shared, Worded


def _exists(text: str) -> str:
    # A year and a month always exist; a thirty-first may not.
    if text.count("-") == len(("year", "month")):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise _no_such_day(text) from None
    return text


def _no_such_day(text: str) -> WrongValueError:
    return WrongValueError(
        "no_such_day", f"{text} 这一天不存在", f"{text} is not a day that exists"
    )


PartialDate = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
    ),
    AfterValidator(_exists),
    Rule("no_such_day"),
]
"""2026, 2026-11 or 2026-11-23: as exact as the paper it is taken from."""

_MOMENT = (
    r"^(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)


_is_moment = re.compile(_MOMENT).fullmatch


def _moment(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, str) or not _is_moment(value):
        raise WrongValueError(
            "moment_shape",
            "应为 1970 至 2199 年间带时区的时间，例如 2026-11-23T09:30:00+08:00",
            "must be a time from 1970 to 2199 with its zone, such as"
            " 2026-11-23T09:30:00+08:00",
        )
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise _no_such_day(value[: len("2026-11-23")]) from None


Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _MOMENT}),
    Rule("no_such_day"),
]
"""A moment with its zone (RFC 3339), of the years 1970 to 2199.

A ``T`` stands between day and time, a colon in the zone; there is no second 60.
"""


@lru_cache(maxsize=1_000)  # a receipt and its statement say the same moment thrice
def in_milliseconds(moment: datetime) -> str:
    """Write a moment as a broker records it: in UTC, to the millisecond."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


Recorded = Annotated[
    datetime,
    PlainValidator(_moment),
    PlainSerializer(in_milliseconds, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _MOMENT}),
    Rule("no_such_day"),
]
"""A moment as a broker records it, written in UTC and milliseconds."""


def earlier(one: str, other: str) -> bool:
    """Returns whether a partial date is before another, as far as both say.

    2026 is not before 2026-11: it may be the same day.
    """
    known = min(len(one), len(other))
    return one[:known] < other[:known]


PartyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z-]*[a-z]$", max_length=32),
    Shared(__name__, "PartyCode"),
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

Source = Annotated[Line, Shared(__name__, "Source")]
"""The paper that something is taken from."""

AsOf = Annotated[PartialDate, Shared(__name__, "AsOf")]
"""The day, month or year up to which what is said holds."""

StepDate = Annotated[PartialDate, Shared(__name__, "StepDate")]
"""The day of a step, as its party says: when it acted."""

StatementId = Annotated[str, Shared(__name__, "StatementId")]
"""The ``ce_id`` of the statement that something was said in."""


class Value(Worded):
    """A part of a statement or a record: immutable, readers ignore what is new."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Domain(Coded):
    """The five connectivity domains; a record lies in the topic of its domain."""

    TRANSPORT = "transport"
    INDUSTRY = "industry"
    INNOVATION = "innovation"
    CITY_SERVICES = "city-services"
    PUBLIC_POLICY = "public-policy"


def credit_code_holds(code: str) -> bool:
    """Returns whether a credit code's check digit is right.

    GB 32100-2015: weights 3^(i-1) mod 31 over the first 17 characters,
    check = (31 - sum mod 31) mod 31.
    """
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return alphabet[-total % 31] == code[17]


_MEMBERS = r"[a-z-]+(?:\.[a-z-]+)*"
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_SUBJECT = re.compile(f"(?P<kind>[a-z]+)/(?P<members>{_MEMBERS})/(?P<name>{_NAME})")


def subject_pattern(kind: str) -> str:
    """The pattern of identifiers whose kind matches; a pattern itself, or a name."""
    return f"^{kind}/{_MEMBERS}/{_NAME}$"


@dataclass(frozen=True)
class Subject:
    """The matter that is spoken about; its identifier names its members.

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
        parsed = _SUBJECT.fullmatch(text)
        if parsed is None:
            raise WrongValueError(
                "subject_shape",
                "事项标识应为 种类/主体.主体/名称，例如 project/chengdu.deyang/s11",
                "must be kind/party.party/name, such as project/chengdu.deyang/s11",
            )
        members = tuple(parsed["members"].split("."))
        if list(members) != sorted(set(members)):
            raise WrongValueError(
                "subject_members",
                "事项标识中的主体须按字母排序且不重复",
                "must name its parties sorted and without repetition",
            )
        return cls(parsed["kind"], members, parsed["name"])

    @override
    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        return f"{self.kind}/{'.'.join(self.members)}/{self.name}"


def _is_subject(text: str) -> str:
    Subject.parse(text)
    return text


SubjectId = Annotated[
    str,
    AfterValidator(_is_subject),
    WithJsonSchema({"type": "string", "pattern": subject_pattern("[a-z]+")}),
    Rule("subject_members"),
]
"""A subject's identifier as text, checked; :class:`Subject` takes it apart."""


class Organisation(Value):
    """A unit that answers for something."""

    name: Line
    credit_code: CreditCode | None = None
    region: RegionCode | None = None
    officer: Line | None = None
    formerly: Annotated[tuple[Line, ...], Field(max_length=10)] = ()

    def continues(self, other: "Organisation") -> bool:
        """Returns whether it is, or was, another: by credit code or a name."""
        names = {comparable(name) for name in (self.name, *self.formerly)}
        return (
            comparable(other.name) in names
            or (other.credit_code or "") == self.credit_code
        )
