"""What a failure says: of the record, of the deployment, or of the moment.

A bad release fails for one reason with whatever it is given; a bad record fails
alone, and a party that sends a thousand of them must not stop anybody else. So
failures are counted by reason, party and subject: a shard is halted only where
most subjects fail, for one reason, and of more than one party.
"""

from collections import defaultdict
from traceback import extract_tb

from aiokafka import errors as kafka

from services.runtime.errors import BadDeployment, Unavailable
from services.runtime.fitting import Oversized
from twincity_schemas.operations import DeadLetterReason

_MOST_REMEMBERED = 10_000
"""Subjects; a deployment that so many went well with is in order."""

MOST_TRIES = 5
"""How often what may pass is repeated: with the pauses between aborted
transactions, for a second and a half."""

_OF_THE_RECORD = (
    kafka.MessageSizeTooLargeError,
    kafka.RecordListTooLargeError,
    kafka.InvalidMessageError,
    kafka.InvalidTimestampError,
    kafka.PolicyViolationError,
)
"""What a broker would refuse again, however often it is sent."""


class Repeat(Exception):  # noqa: N818  reads as what it says
    """A failure that may pass: the batch is to be repeated."""


class BatchFails(Exception):  # noqa: N818  names the fact, as the log does
    """A record of which a batch of its own fails as a whole."""

    def __init__(self) -> None:
        super().__init__("its batch fails with it 整批因其失败")


def may_pass(error: BaseException) -> bool:
    """Returns whether a repetition may cure it: memory, disk, network, an absence."""
    return isinstance(error, (OSError, TimeoutError, MemoryError, Unavailable))


def is_of_the_broker(error: BaseException) -> bool:
    """Returns whether the broker or the connection is at fault, and no record."""
    return isinstance(error, kafka.KafkaError) and not isinstance(error, _OF_THE_RECORD)


def reason_of(error: BaseException) -> DeadLetterReason:
    """The published code of a failure."""
    if isinstance(error, BatchFails):
        return DeadLetterReason.BATCH
    if isinstance(error, Oversized):
        return DeadLetterReason.TOO_LARGE
    return DeadLetterReason.REPEATED if may_pass(error) else DeadLetterReason.UNDECIDED


class Failures:
    """The failures of one shard since its start.

    Args:
        limit: so many subjects may fail for one reason in any case.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._well: set[str] = set()
        self._failed: dict[str, dict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )

    def went_well(self, subject: str) -> None:
        """Note that a statement about a subject was decided about."""
        if len(self._well) < _MOST_REMEMBERED:
            self._well.add(subject)

    def failed(self, error: Exception, party: str, subject: str) -> None:
        """Note that it could not be.

        Raises:
            BadDeployment: it is the deployment's fault.
        """
        reason = _reason(error)
        by_party = self._failed[reason]
        if len(by_party[party]) < _MOST_REMEMBERED:
            by_party[party].add(subject)
        counts = sorted(len(subjects) for subjects in by_party.values())
        # One party may send what it likes: the others have to fail as well.
        of_others = sum(counts[:-1])
        if (
            sum(counts) > self._limit
            and of_others * 4 >= self._limit
            and sum(counts) > len(self._well)
        ):
            raise BadDeployment(
                f"{sum(counts)} subjects of {len(counts)} parties fail alike: {reason} "
                "多个主体的多个事项因同一原因失败，疑为版本故障"
            ) from error


def _reason(error: Exception) -> str:
    """Returns what failed and where; the text may differ with every record."""
    frames = extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
