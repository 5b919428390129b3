"""The registry of parties: who may speak, and in which inbox."""

import re
import tomllib
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from twincity_schemas.problems import (
    ContractError,
    WrongValueError,
    problem,
    translate,
)
from twincity_schemas.values import Line, PartyCode, RegionCode
from twincity_schemas.words import Words

CHINA = timezone(timedelta(hours=8))
"""The registry's days: one zone, without summer time."""


def _is_ed25519(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", text):
        raise WrongValueError(
            "ed25519_key",
            "应为 43 个 base64url 字符（32 字节的 Ed25519 公钥）",
            "must be 43 characters of base64url: an Ed25519 public key of 32 bytes",
        )
    return text


class PublicKey(BaseModel):
    """A key whose private half a party holds: what it signs is its word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}\z"),
        Words("密钥编号", "Id", "在本主体内唯一。", "Unique within the party."),
    ]
    ed25519: Annotated[
        str,
        AfterValidator(_is_ed25519),
        Words(
            "Ed25519 公钥",
            "Ed25519 public key",
            "32 字节，base64url，不带等号（JWK 的 x）。",
            "32 bytes in base64url without padding (x of a JWK).",
        ),
    ]
    since: Annotated[
        date,
        Words("启用日", "Since", "自该日零时（北京时间）起有效。", "Beijing time."),
    ]
    until: Annotated[
        date | None,
        Words(
            "停用日",
            "Until",
            "自该日零时（北京时间）起无效；不填即一直有效。",
            "From this day on, Beijing time, it does not count; absent: it does.",
        ),
    ] = None

    def counts(self, seconds: float) -> bool:
        """Whether the key counts at a moment, in seconds since 1970."""
        day = datetime.fromtimestamp(seconds, CHINA).date()
        return self.since <= day and (self.until is None or day < self.until)


class Party(BaseModel):
    """A city government, or another body, that may speak (主体)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[PartyCode, Words("主体代码", "Party code")]
    zh: Annotated[Line, Words("中文名称", "Name in Chinese")]
    en: Annotated[Line, Words("英文名称", "Name in English")]
    region: Annotated[RegionCode, Words("行政区划代码", "Region, GB/T 2260")]
    cluster: Annotated[
        Line,
        Words(
            "所在集群", "Home cluster", "其收件箱写入之处", "Where its inbox is written"
        ),
    ]
    keys: Annotated[
        tuple[PublicKey, ...],
        Words("公钥", "Public keys", "轮换时新旧并存。", "Old and new at a rotation."),
    ] = ()


class Registry(BaseModel):
    """All parties of one deployment, in one file that both clusters share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: tuple[Party, ...]
    time_tolerance_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    """Where ``time`` and ``recordedtime`` are further apart, the receipt warns."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read ``parties.toml``.

        Raises:
            ContractError: the file cannot be read, is not TOML, or does not
                describe parties with distinct codes.
        """
        try:
            registry = cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except ValidationError as error:
            raise ContractError(translate(error)) from None
        except (OSError, ValueError) as error:  # no TOML, or not even UTF-8
            raise ContractError(
                [
                    problem(
                        str(path),
                        "registry_unreadable",
                        f"无法读取主体登记表：{error}",
                        f"the registry of parties cannot be read: {error}",
                    )
                ]
            ) from None
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

    @property
    def time_tolerance(self) -> timedelta:
        """How far ``time`` and ``recordedtime`` may be apart without a warning."""
        return timedelta(days=self.time_tolerance_days)

    def __getitem__(self, code: str) -> Party:
        """The party of a code; KeyError where there is none."""
        for party in self.party:
            if party.code == code:
                return party
        raise KeyError(code)
