"""One record, one decision, and what it asks for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import TopicPartition

from services.runtime.failures import MOST_TRIES, Repeat, may_pass
from services.runtime.fitting import refuse_oversized
from services.runtime.incoming import Incoming
from services.runtime.outcomes import DerivationFailed, Outcome, Publish, Refused, Save
from services.runtime.shard import Shard
from services.runtime.way import Way

T = TypeVar("T")
log = structlog.get_logger()

Decide = Callable[[Incoming], Iterable[Outcome[T]]]
Finish = Callable[[], Iterable[Outcome[T]]]


@dataclass(frozen=True)
class LetterNote(Generic[T]):
    """A service's note on a record that becomes a dead letter, undecided.

    Attributes:
        note: what only the moment tells, for when the record is decided.
        outcomes: what the decision about later records needs.
    """

    note: str = ""
    outcomes: Sequence[Outcome[T]] = ()


NoteLetter = Callable[[Incoming], LetterNote[T]]


def note_nothing(_: Incoming) -> LetterNote[Any]:
    """Keep nothing: most decisions rest on what was decided before alone."""
    return LetterNote()


Decided = list[tuple[Outcome[T], bytes | None]]
"""What a decision asks for, each with the bytes that it writes to the changelog."""


class Deciding(Generic[T]):
    """Decides about records for one shard, and acts on what comes of it.

    Args:
        shard: whose they are.
        decide: about one record.
        way: tells of the statements that were decided about; None: nobody does.
    """

    def __init__(
        self, shard: Shard[T], decide: Decide[T], way: Way | None = None
    ) -> None:
        self._shard = shard
        self._way = way
        self._decide = decide
        self._tried: Counter[tuple[TopicPartition, int]] = Counter()

    def decided(self, incoming: Incoming) -> Decided[T]:
        """Returns what the decision about a record asks for, all of it.

        Nothing is acted on before the last is known: a decision that fails
        half-way leaves nothing behind.

        Raises:
            Repeat: it failed, and may not when it is repeated.
            Exception: it fails.
        """
        try:
            return [(one, self.fitting(one)) for one in self._decide(incoming)]
        except Exception as error:
            place = incoming.source, incoming.record.offset
            self._tried[place] += 1
            if may_pass(error) and self._tried[place] < MOST_TRIES:
                raise Repeat(f"{error!r}") from error
            raise

    def tell(self, incoming: Incoming, decided: Decided[T]) -> None:
        """Count a record that was decided about, and tell of its way."""
        self._shard.flow.batch.decided += 1
        if self._way is not None:
            self._way.decided(incoming.fields, [outcome for outcome, _ in decided])

    def tried(self, incoming: Incoming) -> int:
        """Returns how often a record that fails was tried without an end."""
        return self._tried[incoming.source, incoming.record.offset]

    def settle(self) -> None:
        """Forget how often: the batch is decided."""
        self._tried.clear()

    def fitting(self, outcome: Outcome[T]) -> bytes | None:
        """Returns the bytes of an outcome; refused where Kafka would refuse it.

        Found at the send only, it would abort the batch again and again.

        Raises:
            ValueError: it is larger than Kafka takes, or cannot be written.
        """
        match outcome:
            case Publish(value=content, key=key, headers=headers):
                refuse_oversized(key, content, headers)
            case Save(key=key, value=value):
                content = self._shard.memory.dump(value)
                refuse_oversized(key.encode(), content)
            case DerivationFailed() | Refused():
                content = None
        return content

    async def act(self, decided: Decided[T], source: TopicPartition) -> None:
        """Write what a decision asks for, within the transaction."""
        shard = self._shard
        for outcome, content in decided:
            match outcome:
                case Publish():
                    await shard.send(outcome)
                    shard.flow.batch.published += 1
                case Save(key, value, place):
                    shard.memory.change(key, value)
                    shard.save(self._placed(place, source), key.encode(), content)
                case DerivationFailed(subject, reason):
                    log.error("record.not_derived", subject=subject, reason=reason)
                case Refused():
                    shard.flow.batch.refused += 1

    def _placed(
        self, place: tuple[str, int] | None, source: TopicPartition
    ) -> TopicPartition:
        """Returns the input partition whose changelog a value goes to."""
        if place is None:
            return source
        there = TopicPartition(self._shard.settings.prefix + place[0], place[1])
        # A statement that lies elsewhere must not stop the batch.
        return there if there in self._shard.inputs else source
