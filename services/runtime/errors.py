"""Errors that know their fate.

::

    TwinCityError                 one sentence for a person; exit status 1
    ├── Unavailable               something outside does not answer; try again
    └── Unrecoverable             leave the process; the supervisor starts it anew
        ├── OutcomeUnknown        a commit may or may not have happened
        └── TooManyDeadLetters    the deployment is at fault, not the records
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


class TooManyDeadLetters(Unrecoverable):
    """The limit on dead letters was reached; nothing more is laid aside."""
