"""Errors that know their fate.

::

    TwinCityError                 one sentence for a person; exit status 1
    ├── Unavailable               something outside does not answer; try again
    ├── Halted                    one shard stops until an operator releases it
    │   ├── BadDeployment         the deployment is at fault, not the records
    │   └── RecordsMissing        the log no longer holds what comes next
    └── Unrecoverable             leave the process; the supervisor starts it anew
        ├── OutcomeUnknown        a commit may or may not have happened
        └── Stalled               a shard gets no further, and nobody says why
"""


class TwinCityError(Exception):
    """Something a person has to know; ``str`` is the sentence."""

    exit_status = 1


class Unavailable(TwinCityError):  # noqa: N818  reads as what it says
    """Kafka, the database or a file cannot be reached."""


class Unrecoverable(TwinCityError):  # noqa: N818
    """Only a fresh start is right: the committed offset is the truth."""

    exit_status = 70  # EX_SOFTWARE of sysexits.h


class OutcomeUnknown(Unrecoverable):
    """The producer was fenced or lost, or a commit got no answer in time."""


class Stalled(Unrecoverable):
    """A shard does not move though it could."""


class Halted(TwinCityError):  # noqa: N818
    """A shard must not go on; the others of the process do."""


class BadDeployment(Halted):
    """Many subjects of several parties fail for one reason since the start."""


class RecordsMissing(Halted):
    """A log begins after, or ends before, the position that a shard has reached."""
