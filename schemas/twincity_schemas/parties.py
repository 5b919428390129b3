"""The registry of parties: who may speak, and in which inbox."""

import re
import tomllib
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from twincity_schemas.problems import (
    ContractError,
    WrongValueError,
    problem,
    translate,
)
from twincity_schemas.values import Line, PartyCode, RegionCode
from twincity_schemas.words import Worded

CHINA = timezone(timedelta(hours=8))
"""The registry's days: one zone, without summer time."""


def day_of(moment: datetime) -> str:
    """Returns the day of a moment in the field's zone, such as 2024-09-30."""
    return moment.astimezone(CHINA).date().isoformat()


RESERVED = frozenset(
    {
        "twincity",
        *("admission", "coordination", "matching", "appraisal", "ledger", "gateway"),
        *("operators", "integrators", "mirror"),
    }
)
"""No party's code: the catalogue gives rights to these names."""


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, CHINA).date()


def _is_ed25519(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", text):
        raise WrongValueError(
            "ed25519_key",
            "应为 43 个 base64url 字符（32 字节的 Ed25519 公钥）",
            "must be 43 characters of base64url: an Ed25519 public key of 32 bytes",
        )
    return text


class PublicKey(Worded):
    """A key whose private half a party holds: what it signs is its word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}\z")]
    ed25519: Annotated[str, AfterValidator(_is_ed25519)]
    since: date
    until: date | None = None

    def counts(self, seconds: float) -> bool:
        """Returns whether the key counts at a moment, in seconds since 1970."""
        day = _day(seconds)
        return self.since <= day and (self.until is None or day < self.until)


class _Days(Worded):
    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date
    until: date | None = None

    def include(self, seconds: float) -> bool:
        """Returns whether they include a moment, in seconds since 1970."""
        day = _day(seconds)
        return self.since <= day and (self.until is None or day < self.until)


class Suspension(_Days):
    """Days on which a party may not speak."""


class SecondPerson(_Days):
    """Days on which a discard takes two people."""


class Party(Worded):
    """A city government, or another body, that may speak (主体)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: PartyCode
    zh: Line
    en: Line
    region: RegionCode
    cluster: Line
    keys: tuple[PublicKey, ...] = ()
    since: date | None = None
    suspensions: tuple[Suspension, ...] = ()

    def is_at_home(self, cluster: str) -> bool:
        """Returns whether its inbox is written on a cluster; "" is the only one."""
        return cluster in {"", self.cluster}

    def registered(self, seconds: float) -> bool:
        """Returns whether it was registered at a moment, in seconds since 1970."""
        return self.since is None or self.since <= _day(seconds)

    def suspended(self, seconds: float) -> bool:
        """Returns whether it may not speak at a moment, in seconds since 1970."""
        return any(one.include(seconds) for one in self.suspensions)


def _unreadable(path: Path, error: Exception) -> ContractError:
    return ContractError(
        [
            problem(
                str(path),
                "registry_unreadable",
                f"无法读取主体登记表：{error}",
                f"the registry of parties cannot be read: {error}",
            )
        ]
    )


class Registry(Worded):
    """All parties of one deployment, in one file that both clusters share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: tuple[Party, ...]
    time_tolerance_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    """Where ``time`` and ``recordedtime`` are further apart, the receipt warns."""
    second_person: tuple[SecondPerson, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read ``parties.toml``.

        Raises:
            ContractError: the file cannot be read, is not TOML, or does not
                describe parties with distinct codes.
        """
        try:
            return cls.read(path.read_text("utf-8"), path)
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(path, error) from None

    @classmethod
    def read(cls, text: str, path: Path) -> Self:
        """Read the text of ``parties.toml``.

        Args:
            text: what it holds, or will hold.
            path: where: named where something is wrong.

        Raises:
            ContractError: it is not TOML, or does not describe parties with
                distinct codes.
        """
        try:
            registry = cls.model_validate(tomllib.loads(text))
        except ValidationError as error:
            raise ContractError(translate(error)) from None
        except ValueError as error:  # no TOML
            raise _unreadable(path, error) from None
        if taken := registry.codes & RESERVED:
            raise ContractError(
                [
                    problem(
                        str(path),
                        "registry_reserved",
                        f"主体代码 {min(taken)} 由系统保留",
                        f"{min(taken)} is the system's own name, no party's code",
                    )
                ]
            )
        if len(registry.codes) != len(registry.party):
            raise ContractError(
                [
                    problem(
                        str(path),
                        "registry_repeats",
                        "主体代码重复",
                        "a party code appears twice",
                    )
                ]
            )
        return registry

    @property
    def codes(self) -> frozenset[str]:
        """Every party's code."""
        return frozenset(party.code for party in self.party)

    def takes_two(self, seconds: float) -> bool:
        """Returns whether a discard took two people; seconds since 1970."""
        return any(one.include(seconds) for one in self.second_person)

    @property
    def time_tolerance(self) -> timedelta:
        """Returns how far time and recorded time may be apart without a warning."""
        return timedelta(days=self.time_tolerance_days)

    def __getitem__(self, code: str) -> Party:
        """The party of a code; KeyError where there is none."""
        for party in self.party:
            if party.code == code:
                return party
        raise KeyError(code)
