"""The dead letters of a shard that are not resolved: its queues, in order.

A queue is what waits of one subject in one input partition. Each message has an
entry of its own in the changelog, so that a long queue costs no more than a short
one; its bytes stay where they were read, and lie in the dead letters besides.
"""

from dataclasses import dataclass

from aiokafka import TopicPartition
from pydantic import TypeAdapter

from services.runtime.discarding import Proposed
from twincity_schemas.operations import DeadLetterReason

KEY = b"waiting\x00"
"""Begins the changelog keys; no subject begins so."""

Queue = tuple[TopicPartition, str]


@dataclass(frozen=True, slots=True)
class Waits:
    """A waiting message: why, how often it was tried, its service's note.

    ``discard`` is one that waits for a second person.
    """

    reason: DeadLetterReason
    tried: int = 1
    note: str = ""
    discard: Proposed | None = None


_WAITS: TypeAdapter[Waits] = TypeAdapter(Waits)


class Waiting:
    """The queues of one shard; they change with its transaction."""

    def __init__(self) -> None:
        self._queues: dict[Queue, dict[int, Waits]] = {}
        self._undo: list[tuple[Queue, int, Waits | None]] = []

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    @property
    def subjects(self) -> int:
        """Returns how many queues there are."""
        return len(self._queues)

    def __contains__(self, queue: Queue) -> bool:
        return queue in self._queues

    def offsets(self, queue: Queue) -> list[int]:
        """Returns where the messages of a queue were read, in order."""
        return sorted(self._queues.get(queue, ()))

    def get(self, queue: Queue, offset: int) -> Waits | None:
        """Returns why a message waits; None: it does not."""
        return self._queues.get(queue, {}).get(offset)

    def note(self, queue: Queue, offset: int) -> str:
        """Returns what its service noted of a message when it became a dead letter."""
        waits = self.get(queue, offset)
        return "" if waits is None else waits.note

    def only_waits(self, queue: Queue, offset: int) -> bool:
        """Returns whether a message has not failed itself, and waits behind another."""
        waits = self.get(queue, offset)
        return waits is not None and waits.reason is DeadLetterReason.BEHIND

    def change(
        self, queue: Queue, offset: int, waits: Waits | None
    ) -> tuple[bytes, bytes | None]:
        """Change a message's place within the batch; None: it waits no longer.

        Returns:
            The changelog's key and value for it.
        """
        self._undo.append((queue, offset, self.get(queue, offset)))
        self._set(queue, offset, waits)
        key = KEY + queue[1].encode() + b"\x00%d" % offset
        return key, None if waits is None else _WAITS.dump_json(waits)

    def restore(self, source: TopicPartition, key: bytes, value: bytes | None) -> None:
        """Take in one record of a partition's changelog."""
        subject, _, offset = key.removeprefix(KEY).rpartition(b"\x00")
        waits = None if value is None else _WAITS.validate_json(value)
        self._set((source, subject.decode()), int(offset), waits)

    def commit(self) -> None:
        """Keep this batch's changes."""
        self._undo.clear()

    def rollback(self) -> None:
        """Put everything back that this batch has changed."""
        for queue, offset, before in reversed(self._undo):  # one may change twice
            self._set(queue, offset, before)
        self._undo.clear()

    def _set(self, queue: Queue, offset: int, waits: Waits | None) -> None:
        if waits is not None:
            self._queues.setdefault(queue, {})[offset] = waits
            return
        there = self._queues.get(queue, {})
        there.pop(offset, None)
        if not there:
            self._queues.pop(queue, None)
