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
from typing import Annotated, Self, TypedDict, Unpack

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.runtime.errors import TwinCityError, WrongSetting, sentence
from services.runtime.layout import WHOLE, Ordinal, most_shards
from services.runtime.security import Security, addresses
from services.runtime.spellings import (
    Bound,
    Wait,
    listen,
    lower,
    ordinal,
    places,
    upper,
)
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError, translate
from twincity_schemas.topic import Topic
from twincity_schemas.topology import DECIDING, topics

_ROOT = Path(__file__).parents[2]
_PREFIX = "TWINCITY_"
_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
_LONGEST_PREFIX = 100
"""A topic's name may have 249 characters; ours have up to 60 and a party's code."""


class Language(StrEnum):
    """Of what readers are shown."""

    ZH = "zh"
    EN = "en"


class LogFormat(StrEnum):
    """The formats of log lines."""

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


class SettingsChanges(TypedDict, total=False):
    """The settings that a command sets itself, whatever the environment says."""

    kafka: str
    prefix: str
    database: SecretStr
    story_time: bool
    gateway_listen: str
    gateway_trying: bool
    log_focus: Path | None


class Settings(Security):
    """The settings of a process, from the environment."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,  # compose files write an unset one as an empty one
        frozen=True,
    )

    prefix: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._-]*\z", max_length=_LONGEST_PREFIX)
    ] = ""
    """Put before every topic, group and transactional id."""

    parties: Path = _ROOT / "deploy" / "parties.toml"
    """The registry of parties."""

    party: str = ""
    """Whose the gateway is: it writes that inbox alone and takes that party's tokens.
    Empty: it reads alone."""

    gateway_listen: Annotated[str, AfterValidator(addresses)] = "127.0.0.1:8080"
    """Where the gateway listens; TLS and client certificates are nginx's."""

    gateway_trying: bool = False
    """One gateway for every party and without tokens, on loopback. For trying alone:
    whoever reaches it speaks for all."""

    profiles: Path = Path("profiles")
    """Where it is kept how each publisher's tables are read: of ``import`` and of
    the gateway."""

    gateway_operators: bool = False
    """The gateway is the operators': it reads everything, and writes their acts."""

    people: Path | None = None
    """Who may sign in at the gateway's pages by a password: ``twincity people``
    writes it. Unset: nobody; with a party's token only."""

    logs: Path | None = None
    """A folder of the services' log lines, which the operators' pages show: ``up``
    keeps one. Unset: they show none."""

    language: Annotated[Language, BeforeValidator(lower)] = Language.ZH
    """In which language tables and the demo are printed: ``zh`` or ``en``."""

    notify: Path | None = None
    """Who is told by webhook or mail, as ``deploy/notify.toml`` shows: of the
    notifier."""

    notify_store: Path = Path(".twincity/notifier.sqlite3")
    """What the notifier has read and delivered."""

    story_time: bool = False
    """Let publishers stamp the records of their inboxes, so that a story of last
    year plays as if it were then. For trying alone: anyone could backdate."""

    database: SecretStr = SecretStr("sqlite:///.twincity/ledger.sqlite3")
    """Where the ledger writes; ``postgresql://user:password@host/name`` too."""

    cluster: str = ""
    """Which cluster this is, as the registry's parties name theirs: the inboxes of
    the others' are mirrored. Empty: the only one."""

    shard: Annotated[Ordinal, NoDecode, BeforeValidator(ordinal)] = WHOLE
    """Which shard of its service the process runs, and of how many: ``0/2`` and
    ``1/2`` for two processes. Up to one for each input partition."""

    log_format: Annotated[LogFormat, BeforeValidator(lower)] = Field(
        default_factory=_for_whom
    )
    log_level: Annotated[LogLevel, BeforeValidator(upper)] = LogLevel.INFO

    transaction_timeout: Wait = timedelta(minutes=1)
    """After this the broker aborts what a dead shard left open, so that
    read-committed readers can go on; a batch takes well under a second."""

    commit_wait: Wait = timedelta(seconds=30)
    """How long the outcome of a produce or a commit is waited for. Longer, and
    the process leaves with status 70: the committed offset is the truth."""

    batch_size: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Most records in one transaction: past 500 the gain per record is small,
    and an abort repeats the whole batch."""

    batch_bytes: Annotated[int, Field(ge=1)] = 8_000_000
    """Most bytes of input in one transaction, uncompressed."""

    batch_time: Bound = timedelta(seconds=10)
    """After this a batch takes in no further record: its transaction must be
    over well before ``transaction_timeout``. The rest comes again."""

    dead_letter_limit: Annotated[int, Field(ge=1)] = 20
    """Most subjects of a shard that may fail for one reason, since its start,
    before it is asked whether the deployment is at fault: a bad one must not
    drain a topic into the dead letters."""

    stall_after: Wait = timedelta(minutes=5)
    """A shard that has got no further for so long, though there is more to read
    and the broker answers, leaves the process with status 70."""

    affirm_every: Wait = timedelta(seconds=30)
    """An idle shard says so often that it lives, and learns whether it is fenced."""

    progress_every: Wait = timedelta(seconds=5)
    """So often a shard that works says what it did, and looks how far it is behind."""

    log_focus: Path | None = None
    """A file that names whose way through the services the log tells; it may be
    written and removed while they run."""

    health: Annotated[tuple[str, int] | None, NoDecode, BeforeValidator(listen)] = None
    """Where a service answers ``/livez``, ``/readyz`` and ``/metrics``: a port of
    the loopback address, or host:port. Unset: nowhere."""

    traces: Annotated[str, Field(pattern=r"^(https?://\S+)?\z")] = ""
    """The collector that gets one span a batch, by OTLP over HTTP, such as
    ``http://localhost:4318/v1/traces``. Empty: tracing is off."""

    accept_gaps: Annotated[tuple[str, ...], NoDecode, BeforeValidator(places)] = ()
    """Positions at which records are known to be missing, as the error
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
        settings._check_cluster(registry)
        settings._check_gateway(registry)
        settings.check_security()
        return settings

    def _check_cluster(self, registry: Registry) -> None:
        named = sorted({party.cluster for party in registry.party})
        if self.cluster and self.cluster not in named:
            raise WrongSetting(
                f"{_PREFIX}CLUSTER={self.cluster} is no party's; there are "
                f"{', '.join(named)} 没有主体以此为所在集群"
            )

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
        if self.gateway_operators and (self.party or self.gateway_trying):
            raise WrongSetting(
                f"{_PREFIX}GATEWAY_OPERATORS is for a gateway of no party, and not for "
                "trying 运维网关不属于任何主体，也不用于试用"
            )
        if self.gateway_operators and self.people is None and host not in _LOOPBACK:
            raise WrongSetting(
                f"{_PREFIX}GATEWAY_OPERATORS without {_PREFIX}PEOPLE is read by all, "
                f"so it listens on loopback alone, not on {host} "
                "未登记人员的运维网关仅限本机"
            )
        if self.party and not registry[self.party].is_at_home(self.cluster):
            raise WrongSetting(
                f"{_PREFIX}PARTY={self.party} speaks on the cluster "
                f"{registry[self.party].cluster}; here its inbox is mirrored "
                "该主体的收件箱在另一集群，此处仅为镜像"
            )
        if self.gateway_trying and host not in _LOOPBACK:
            raise WrongSetting(
                f"{_PREFIX}GATEWAY_TRYING speaks for every party without tokens, so "
                f"it listens on loopback alone, not on {host} 仅限本机试用"
            )

    def catalogue(self, registry: Registry) -> Iterator[Topic]:
        """Every topic as it is to be on this cluster."""
        return topics(registry, story_time=self.story_time, cluster=self.cluster)

    def but(self, **changes: Unpack[SettingsChanges]) -> Self:
        """Returns these settings with others in the place of some."""
        return self.model_copy(update=changes)

    def of_service(self, service: str) -> Self:
        """Check what only a service knows: in how many shards it can be.

        Raises:
            WrongSetting: not in as many as are set.
        """
        most = 1  # the ledger and the gateway
        if service in DECIDING:
            most = most_shards(service, topics(Registry.load(self.parties)))
        if self.shard.of > most:
            raise WrongSetting(
                f"{_PREFIX}SHARD={self.shard}: {service} can be in {most} shards at "
                f"most 最多 {most} 个分片"
            )
        return self


_OTHERS = frozenset({"CACHE", "RETRIEVAL", "ORACLE_EVENTS", "TEST_SECURE"})
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
            setting = name.upper().removeprefix(_PREFIX)
            if setting not in known and not _LINK.fullmatch(setting):
                meant = get_close_matches(setting, sorted(known), n=1)
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
