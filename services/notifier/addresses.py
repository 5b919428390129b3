"""Who is told what, and where: the file that ``TWINCITY_NOTIFY`` names."""

import base64
import binascii
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

import httpx
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from services.runtime.errors import WrongSetting
from twincity_schemas.parties import Registry
from twincity_schemas.values import PartyCode

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class NoticeSubject(StrEnum):
    """The subjects that a party can ask to be told of."""

    REJECTED = "rejected"
    NO_EFFECT = "no-effect"
    DOUBTFUL = "doubtful"
    WAITS = "waits"
    DUE = "due"
    OVERDUE = "overdue"
    SILENT = "silent"


def _is_address(text: str) -> str:
    try:
        address = httpx.URL(text)  # as it is posted to
    except httpx.InvalidURL as error:
        raise ValueError(f"{error} 网址有误") from None
    safe = address.scheme == "https" or (
        address.scheme == "http" and address.host in _LOOPBACK
    )
    if not (safe and address.host and 0 < (address.port or 443) < 65_536):  # noqa: PLR2004  TCP's
        raise ValueError("a webhook is https://…, or http:// on loopback 应为 https")
    return text


def _is_secret(secret: SecretStr) -> SecretStr:
    key = secret.get_secret_value()
    try:
        long_enough = len(base64.b64decode(key.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        long_enough = 0
    if not 24 <= long_enough <= 64:  # noqa: PLR2004  as Standard Webhooks has it
        raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64 密钥有误")
    return secret


def _is_key(key: SecretStr) -> SecretStr:
    try:
        seed = base64.b64decode(
            key.get_secret_value().removeprefix("whsk_"), validate=True
        )
    except binascii.Error:
        seed = b""
    if len(seed) != 32:  # noqa: PLR2004  an Ed25519 key
        raise ValueError("a key is whsk_ and 32 bytes in base64 私钥有误")
    return key


Url = Annotated[str, AfterValidator(_is_address)]
Secret = Annotated[SecretStr, AfterValidator(_is_secret)]
Key = Annotated[SecretStr, AfterValidator(_is_key)]
Mail = Annotated[str, Field(pattern=r"^[^@\s,<>]+@[^@\s,<>]+\z")]


class Address(BaseModel):
    """One place where a party is told: a webhook or a mail address.

    Attributes:
        secret: a webhook is signed by, and its receiver has too (HMAC, ``v1``).
        key: it is signed by, of which the receiver has the public half (Ed25519,
            ``v1a``): nobody but us could have signed it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: PartyCode
    about: tuple[NoticeSubject, ...] = tuple(NoticeSubject)
    webhook: Url | None = None
    secret: Secret | None = None
    key: Key | None = None
    mail: Mail | None = None
    language: Literal["zh", "en"] = "zh"

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.webhook is None) == (self.mail is None):
            raise ValueError("name a webhook or a mail address 网址与邮箱择一")
        signed = self.secret is not None or self.key is not None
        if (self.webhook is not None) != signed:
            raise ValueError(
                "a webhook, and it alone, has a secret or a key 网址须有密钥"
            )
        return self

    @property
    def place(self) -> str:
        """Returns what names it: of one party, no two are the same."""
        return f"{self.party} {self.webhook or self.mail}"


class Smtp(BaseModel):
    """The mail server that takes what is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 25
    sender: Mail
    starttls: bool = True
    user: str = ""
    password: SecretStr = SecretStr("")


class Addresses(BaseModel):
    """The whole file.

    Attributes:
        due_days: so many days before something falls due, its party is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: tuple[Address, ...]
    smtp: Smtp | None = None
    due_days: Annotated[int, Field(ge=0, le=366)] = 7

    @classmethod
    def load(cls, path: Path, registry: Registry) -> Self:
        """Read the file.

        Raises:
            WrongSetting: it cannot be read, or names what cannot be told.
        """
        try:
            addresses = cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise WrongSetting(
                f"TWINCITY_NOTIFY={path}: {where}: {first['msg']} 内容有误"
            ) from None
        except (OSError, ValueError) as error:
            raise WrongSetting(
                f"TWINCITY_NOTIFY={path} cannot be read 无法读取：{error}"
            ) from None
        for wrong in addresses.faults(registry):
            raise WrongSetting(f"TWINCITY_NOTIFY={path}: {wrong}")
        return addresses

    def faults(self, registry: Registry) -> Iterator[str]:
        """Returns what no model of one part can see, a sentence each."""
        for one in self.to:
            if one.party not in registry.codes:
                yield f"{one.party} is not in the registry 主体未登记"
            if one.mail and self.smtp is None:
                yield "[smtp] is missing: nobody takes the mail 缺少邮件服务器"
        if len({one.place for one in self.to}) != len(self.to):
            yield "an address appears twice 地址重复"

    @property
    def parties(self) -> frozenset[str]:
        """Returns the parties that named an address."""
        return frozenset(one.party for one in self.to)

    def of(self, party: str, about: NoticeSubject) -> Iterator[Address]:
        """Returns the addresses of a party that want to know of this."""
        return (a for a in self.to if a.party == party and about in a.about)
