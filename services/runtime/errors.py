"""Errors that know their fate.

::

    TwinCityError                 one sentence for a person; exit status 1
    ├── WrongSetting              it cannot work before a person changes a setting
    ├── Unavailable               something outside does not answer; try again
    ├── Halted                    one shard stops until an operator releases it
    │   ├── BadDeployment         the deployment is at fault, not the records
    │   └── RecordsMissing        the log no longer holds what comes next
    └── Unrecoverable             leave the process; the supervisor starts it anew
        ├── OutcomeUnknown        a commit may or may not have happened
        └── Stalled               a shard gets no further, and nobody says why
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from twincity_schemas.problems import Problem


class TwinCityError(Exception):
    """Something a person has to know; ``str`` is the sentence."""

    exit_status = 1


class WrongSetting(TwinCityError):  # noqa: N818  reads as what it says
    """A setting, an option or a folder with which nothing can work."""

    exit_status = 2  # as for a wrong option

    @classmethod
    def of_path(cls, path: Path, error: OSError, setting: str = "") -> Self:
        """Say why a path cannot be used, and which setting names it."""
        named = f"{setting}={path}" if setting else str(path)
        return cls(f"{named} cannot be used 无法使用: {error.strerror or error}")


class Unavailable(TwinCityError):  # noqa: N818  reads as what it says
    """Kafka, the database or a file cannot be reached."""


class Unrecoverable(TwinCityError):  # noqa: N818  names the fact, as the log does
    """Only a fresh start is right: the committed offset is the truth."""

    exit_status = 70  # EX_SOFTWARE of sysexits.h


class OutcomeUnknown(Unrecoverable):
    """The producer was fenced or lost, or a commit got no answer in time."""


class Stalled(Unrecoverable):
    """A shard does not move though it could."""


class Halted(TwinCityError):  # noqa: N818  names the fact, as the log does
    """A shard must not go on; the others of the process do."""


class BadDeployment(Halted):
    """Many subjects of several parties fail for one reason since the start."""


class RecordsMissing(Halted):
    """A log begins after, or ends before, the position that a shard has reached."""


def sentence(problems: Iterable[Problem]) -> str:
    """Returns what the contract objects to, in both languages."""
    return "; ".join(f"{p.pointer or '/'}: {p.zh} {p.en}" for p in problems)
