"""Settings of every process, from ``TWINCITY_*`` in the environment.

Topic names are code, not settings: an environment differs by its prefix.
"""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.errors import TwinCityError

_ROOT = Path(__file__).parents[2]


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    HUMAN = "human"


class Settings(BaseSettings):
    """What a process needs to know before it starts."""

    model_config = SettingsConfigDict(env_prefix="TWINCITY_", frozen=True)

    kafka: str = ""
    """Bootstrap servers. Empty: a command that can, starts an embedded Kafka."""

    prefix: str = ""
    """Put before every topic, group and transactional id."""

    parties: Path = _ROOT / "deploy" / "parties.toml"
    """The registry of parties."""

    database: SecretStr = SecretStr("sqlite:///.twincity/ledger.sqlite3")
    """Where the ledger writes; ``postgresql://user:password@host/name`` too."""

    shards: tuple[int, ...] | None = None
    """Which shards of its service a process runs; unset: all of them."""

    log_format: LogFormat = LogFormat.JSON
    log_level: str = "INFO"

    transaction_timeout: timedelta = timedelta(minutes=1)
    """After this the broker aborts what a dead shard left open, so that
    read-committed readers can go on; a batch takes well under a second."""

    commit_wait: timedelta = timedelta(seconds=30)
    """How long the outcome of a produce or a commit is waited for. Longer, and
    the process leaves with status 70: the committed offset is the truth."""

    batch_size: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Most records in one transaction: past 500 the gain per record is small,
    and an abort repeats the whole batch."""

    batch_bytes: Annotated[int, Field(ge=1)] = 8_000_000
    """Most bytes of input in one transaction, uncompressed."""

    batch_time: timedelta = timedelta(seconds=10)
    """After this a batch takes in no further record: its transaction must be
    over well before ``transaction_timeout``. The rest comes again."""

    dead_letter_limit: Annotated[int, Field(ge=1)] = 20
    """Most subjects of a shard that may fail for one reason, since its start,
    before it is asked whether the deployment is at fault: a bad one must not
    drain a topic into the dead letters."""

    stall_after: timedelta = timedelta(minutes=5)
    """A shard that has got no further for so long, though there is more to read
    and the broker answers, leaves the process with status 70."""

    accept_gaps: tuple[str, ...] = ()
    """Positions at which records are known to be missing, as ``shard.halted``
    names them (``topic/partition@offset``): go on at what there is."""


def with_kafka() -> Settings:
    """The settings, where a broker is set.

    Raises:
        TwinCityError: none is.
    """
    settings = Settings()
    if not settings.kafka:
        raise TwinCityError(
            "TWINCITY_KAFKA is not set; set it to a broker, or run twincity up "
            "未设置 TWINCITY_KAFKA"
        )
    return settings
