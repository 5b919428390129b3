"""Settings of every process, from ``TWINCITY_*`` in the environment.

Topic names are code, not settings: an environment differs by its prefix. What
cannot work is refused before anything starts, by one sentence that names the
setting: :meth:`Settings.load`.
"""

import os
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.runtime.errors import TwinCityError, WrongSetting, sentence
from twincity_schemas.catalogue import SHARDS
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError, WrongValueError, translate

_ROOT = Path(__file__).parents[2]
_PREFIX = "TWINCITY_"
_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
_PORTS = range(1, 65_536)
_LONGEST_PREFIX = 100
"""A topic's name may have 249 characters; ours have up to 60 and a party's code."""


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    HUMAN = "human"


class LogLevel(StrEnum):
    """From which level on they are."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


def _for_whom() -> LogFormat:
    """Readable lines for a person at a terminal, JSON for what collects logs."""
    return LogFormat.HUMAN if sys.stderr.isatty() else LogFormat.JSON


def _addresses(text: str) -> str:
    addresses = [address.strip() for address in text.split(",") if address.strip()]
    for address in addresses:
        found = re.fullmatch(
            r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]+))?", address
        )
        if not found or (found[1] and int(found[1]) not in _PORTS):
            raise WrongValueError(
                "address",
                f"应为 主机:端口（1–65535），逗号分隔，而非 {address}",
                f"must be host:port (1-65535), separated by commas, not {address}",
            )
    return ",".join(addresses)


def _numbers(given: Any) -> Any:
    """Read ``0``, ``0,1`` and ``[0, 1]`` alike."""
    if not isinstance(given, str):
        return given
    numbers = given.strip().removeprefix("[").removesuffix("]").split(",")
    if not all(re.fullmatch(r"\s*[0-9]{1,9}\s*", number) for number in numbers):
        raise WrongValueError("shards", "应为编号，如 [0,1]", "must be as in [0,1]")
    return tuple(map(int, numbers))


def _distinct(numbers: tuple[int, ...] | None) -> tuple[int, ...] | None:
    if numbers is not None and len({*numbers}) != len(numbers):
        raise WrongValueError("shards", "编号重复", "a number appears twice")
    return numbers


def _listen(given: Any) -> Any:
    """Read ``9100`` as that port of the loopback address, and ``host:port``."""
    if not isinstance(given, str):
        return given
    host, _, port = given.strip().rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) not in _PORTS:
        raise WrongValueError(
            "address",
            "应为端口（1–65535）或 主机:端口",
            "must be a port (1-65535) or host:port",
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def _lower(given: Any) -> Any:
    return given.lower() if isinstance(given, str) else given


def _upper(given: Any) -> Any:
    return given.upper() if isinstance(given, str) else given


def _duration(given: Any) -> Any:
    """Read ``30s``, ``5m``, seconds alone, and ISO 8601's ``PT30S``."""
    if not isinstance(given, str):
        return given
    if found := re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smh]?)\s*", given):
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    try:
        return _ISO_DURATION.validate_python(given)
    except ValidationError:
        raise WrongValueError(
            "duration", "应为时长，如 30s 或 PT30S", "must be as 30s or PT30S"
        ) from None


_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_ISO_DURATION = TypeAdapter(timedelta)
_Wait = Annotated[
    timedelta,
    BeforeValidator(_duration),
    Field(ge=timedelta(seconds=1), le=timedelta(hours=1)),
]


_Bound = Annotated[
    timedelta,
    BeforeValidator(_duration),
    Field(ge=timedelta(), le=timedelta(hours=1)),
]


def _places(given: Any) -> Any:
    """Read positions as ``topic/partition@offset``, separated by commas."""
    if not isinstance(given, str):
        return given
    places = tuple(place.strip() for place in given.split(",") if place.strip())
    for place in places:
        if not re.fullmatch(r"[A-Za-z0-9._-]+/[0-9]+@[0-9]+", place):
            raise WrongValueError(
                "position",
                f"应为 主题/分区@位置，而非 {place}",
                f"must be as topic/partition@offset, not {place}",
            )
    return places


class Settings(BaseSettings):
    """What a process needs to know before it starts."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,  # compose files write an unset one as an empty one
        frozen=True,
    )

    kafka: Annotated[str, AfterValidator(_addresses)] = ""
    """Bootstrap servers. Empty: a command that can, starts an embedded Kafka."""

    prefix: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._-]*\z", max_length=_LONGEST_PREFIX)
    ] = ""
    """Put before every topic, group and transactional id."""

    parties: Path = _ROOT / "deploy" / "parties.toml"
    """The registry of parties."""

    party: str = ""
    """Whose the gateway is: it writes that inbox alone and takes that party's tokens.
    Empty: it reads alone."""

    gateway_listen: Annotated[str, AfterValidator(_addresses)] = "127.0.0.1:8080"
    """Where the gateway listens; TLS and client certificates are nginx's."""

    gateway_trying: bool = False
    """One gateway for every party and without tokens, on loopback. For trying alone:
    whoever reaches it speaks for all."""

    story_time: bool = False
    """Let publishers stamp the records of their inboxes, so that a story of last
    year plays as if it were then. For trying alone: anyone could backdate."""

    database: SecretStr = SecretStr("sqlite:///.twincity/ledger.sqlite3")
    """Where the ledger writes; ``postgresql://user:password@host/name`` too."""

    shards: Annotated[
        tuple[int, ...] | None,
        NoDecode,
        BeforeValidator(_numbers),
        AfterValidator(_distinct),
    ] = None
    """Which shards of its service a process runs; unset: all of them."""

    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = Field(
        default_factory=_for_whom
    )
    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = LogLevel.INFO

    transaction_timeout: _Wait = timedelta(minutes=1)
    """After this the broker aborts what a dead shard left open, so that
    read-committed readers can go on; a batch takes well under a second."""

    commit_wait: _Wait = timedelta(seconds=30)
    """How long the outcome of a produce or a commit is waited for. Longer, and
    the process leaves with status 70: the committed offset is the truth."""

    batch_size: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Most records in one transaction: past 500 the gain per record is small,
    and an abort repeats the whole batch."""

    batch_bytes: Annotated[int, Field(ge=1)] = 8_000_000
    """Most bytes of input in one transaction, uncompressed."""

    batch_time: _Bound = timedelta(seconds=10)
    """After this a batch takes in no further record: its transaction must be
    over well before ``transaction_timeout``. The rest comes again."""

    dead_letter_limit: Annotated[int, Field(ge=1)] = 20
    """Most subjects of a shard that may fail for one reason, since its start,
    before it is asked whether the deployment is at fault: a bad one must not
    drain a topic into the dead letters."""

    stall_after: _Wait = timedelta(minutes=5)
    """A shard that has got no further for so long, though there is more to read
    and the broker answers, leaves the process with status 70."""

    affirm_every: _Wait = timedelta(seconds=30)
    """An idle shard says so often that it lives, and learns whether it is fenced."""

    progress_every: _Wait = timedelta(seconds=5)
    """So often a shard that works says what it did, and looks how far it is behind."""

    log_focus: Path | None = None
    """A file that names whose way through the services the log tells; it may be
    written and removed while they run."""

    health: Annotated[tuple[str, int] | None, NoDecode, BeforeValidator(_listen)] = None
    """Where a service answers ``/livez``, ``/readyz`` and ``/metrics``: a port of
    the loopback address, or host:port. Unset: nowhere."""

    accept_gaps: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_places)] = ()
    """Positions at which records are known to be missing, as ``shard.halted``
    names them (``topic/partition@offset``): go on at what there is."""

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            WrongSetting: with every setting that cannot work, the registry of
                parties included.
        """
        refuse_unknown(cls)
        try:
            settings = cls()
        except ValidationError as error:
            raise WrongSetting("; ".join(_sentences(error))) from None
        try:
            registry = Registry.load(settings.parties)
        except ContractError as error:
            raise WrongSetting(
                f"{_PREFIX}PARTIES={settings.parties}: {sentence(error.problems)}"
            ) from None
        settings._check_gateway(registry)
        return settings

    def _check_gateway(self, registry: Registry) -> None:
        host, _, port = self.gateway_listen.rpartition(":")
        if not host or not port.isdecimal():
            raise WrongSetting(
                f"{_PREFIX}GATEWAY_LISTEN={self.gateway_listen}: must be host:port "
                "应为 主机:端口"
            )
        if self.party and self.party not in registry.codes:
            raise WrongSetting(
                f"{_PREFIX}PARTY={self.party} is not in the registry 主体未登记"
            )
        if self.gateway_trying and host not in _LOOPBACK:
            raise WrongSetting(
                f"{_PREFIX}GATEWAY_TRYING speaks for every party without tokens, so "
                f"it listens on loopback alone, not on {host} 仅限本机试用"
            )

    def of_service(self, service: str) -> Self:
        """Check what only a service knows: that it has such shards.

        Raises:
            WrongSetting: it has none of a number that is set.
        """
        there = range(SHARDS.get(service, 1))  # the ledger is one
        if self.shards is not None and not {*self.shards} <= {*there}:
            numbers = ", ".join(map(str, there))
            raise WrongSetting(
                f"{_PREFIX}SHARDS={list(self.shards)}: {service} has the shards "
                f"{numbers} 没有该分片"
            )
        return self


_OTHERS = frozenset({"CACHE", "RETRIEVAL", "ORACLE_EVENTS"})
"""Read elsewhere: where Kafka's jars lie, and by benchmarks and tests."""

_LINK = re.compile(r".*_SERVICE_(HOST|PORT.*)|(.*_)?PORT(_[0-9]+_(TCP|UDP).*)?")
"""What Kubernetes writes for a service whose name begins with ours."""


def refuse_unknown(settings: type[BaseSettings]) -> None:
    """Refuse a variable that nobody reads: most likely it is misspelt.

    Raises:
        WrongSetting: with each, and what may have been meant.
    """
    known = {name.upper() for name in settings.model_fields} | _OTHERS
    wrong = []
    for name in sorted(os.environ):
        if name.upper().startswith(_PREFIX):
            given = name.upper().removeprefix(_PREFIX)
            if given not in known and not _LINK.fullmatch(given):
                meant = get_close_matches(given, sorted(known), n=1)
                hint = f", perhaps 或为 {_PREFIX}{meant[0]}" if meant else ""
                wrong.append(f"{name} is no setting 没有该设置{hint}")
    if wrong:
        raise WrongSetting("; ".join(wrong))


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail, problem in zip(error.errors(), translate(error), strict=True):
        name = str(detail["loc"][0]).upper()
        yield f"{_PREFIX}{name}={detail['input']}: {problem.zh} {problem.en}"


def with_kafka() -> Settings:
    """The settings, where a broker is set.

    Raises:
        TwinCityError: none is.
    """
    settings = Settings.load()
    if not settings.kafka:
        raise TwinCityError(
            "TWINCITY_KAFKA is not set; set it to a broker, or run twincity up "
            "未设置 TWINCITY_KAFKA"
        )
    return settings
