"""What flowed through one shard since its start: counted by batch, told once true.

A batch counts, and the lines about its statements are written, when its
transaction has committed; an abort drops both, since the batch comes again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from time import monotonic, time
from typing import TYPE_CHECKING, Any

from services.runtime.reading import Record

if TYPE_CHECKING:
    from services.runtime.spans import Tracing


@dataclass(slots=True)
class Counts:
    """Of one batch, or of all of them.

    Attributes:
        taken: records taken in.
        decided: of them, those that the service decided about.
        published: messages written, dead letters apart.
        refused: statements rejected, or said before.
        dead_letters: records that could not be processed, or wait behind one.
    """

    taken: int = 0
    decided: int = 0
    published: int = 0
    refused: int = 0
    dead_letters: int = 0

    def add(self, other: "Counts") -> None:
        """Add another's counts."""
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def since(self, earlier: Mapping[str, int]) -> dict[str, int]:
        """Returns what was added to earlier counts."""
        return {name: getattr(self, name) - earlier.get(name, 0) for name in NAMES}

    def as_dict(self) -> dict[str, int]:
        """Each count by its name."""
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.name for field in fields(Counts))


class Flow:
    """Of one shard, or of the ledger.

    Attributes:
        total: of every committed batch.
        batch: of the one that is open.
        batches: how many were committed.
        aborted: how many were taken back.
        aborted_in_a_row: since the last commit.
        waits: whether the last was for want of a database; no fault of the process.
        working_s: seconds spent in committed batches.
        fetch_failures: reads that failed.
        unreadable: records that are damaged.
        started_at: seconds since 1970; None until the memory is read back.
        committed_at: of the last commit, or of the last sign of life.
        answered_at: when the broker last answered.
        oldest_at: the timestamp of the oldest record not taken in; None at the end.
        standing_s: for how long there has been more to read and no progress.
        traced: is told of each batch at its end; None: tracing is off.
    """

    def __init__(self) -> None:
        self.total, self.batch = Counts(), Counts()
        self.batches = self.aborted = self.aborted_in_a_row = 0
        self.waits = False
        self.fetch_failures = self.unreadable = 0
        self.working_s = self.standing_s = 0.0
        self.started_at: float | None = None
        self.committed_at: float | None = None
        self.answered_at: float | None = None
        self.oldest_at: float | None = None
        self.traced: Tracing | None = None
        self._began = 0.0
        self._lines: list[Callable[[], None]] = []

    def start(self) -> None:
        """The memory is read back, and the shard is ours."""
        self.started_at = self.committed_at = time()

    def begin(self) -> None:
        """A batch begins."""
        self.batch = Counts()
        self._lines.clear()
        self._began = monotonic()

    def tell(self, write: Callable[..., None], name: str, **fields: Any) -> None:
        """Write a line about this batch once it has committed."""
        self._lines.append(lambda: write(name, **fields))

    def commit(self, records: Sequence[Record]) -> None:
        """The batch is committed, with what it took in."""
        self.batch.taken = len(records)
        self.total.add(self.batch)
        self.batches += 1
        self.aborted_in_a_row = 0
        self.waits = False
        self.working_s += monotonic() - self._began
        self.committed_at = time()
        for write in self._lines:
            write()
        self._lines.clear()
        self._trace(records, committed=True)

    def abort(self, records: Sequence[Record], *, waits: bool = False) -> None:
        """The batch is taken back; it comes again.

        Args:
            records: what it took in.
            waits: whether for want of a database, which is waited for.
        """
        self.waits = waits
        self.aborted += 1
        self.aborted_in_a_row += 1
        self._lines.clear()
        self._trace(records, committed=False)

    def _trace(self, records: Sequence[Record], *, committed: bool) -> None:
        if self.traced is not None:
            self.traced(records, monotonic() - self._began, committed=committed)

    @property
    def behind_s(self) -> float:
        """Seconds behind: the age of the oldest record that is not taken in."""
        return 0.0 if self.oldest_at is None else max(0.0, time() - self.oldest_at)
