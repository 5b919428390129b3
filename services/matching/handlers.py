"""Matching's subscription: re-pair the pool, tell what changed and why."""

from collections.abc import Iterator

from services.matching.pool import EntryView, Pool, take_in
from services.runtime.delivery import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Save, derived
from services.runtime.service import Mind
from twincity_schemas.canonical import digest
from twincity_schemas.catalogue import MATCHING_RECORDS
from twincity_schemas.envelope import Envelope
from twincity_schemas.opportunity import pool_of
from twincity_schemas.pairing import PairingRecorded
from twincity_schemas.parties import Registry
from twincity_schemas.values import Subject

SERVICE = "matching"


class Pools:
    """The pools of a shard: derived from its memory, anew after an abort."""

    def __init__(self) -> None:
        self.memory: Memory[EntryView] = Memory(EntryView, on_rollback=self.forget)
        self._pools: dict[str, Pool] | None = None
        self._told: dict[str, str] = {}
        # The last statement about a pool in this batch, and its partition.
        self._causes: dict[str, tuple[Envelope, int]] = {}

    def forget(self) -> None:
        """Drop what was derived: after an abort it may be ahead of the memory."""
        self._pools = None
        self._causes.clear()

    def pair(self, statement: Incoming) -> Iterator[Outcome[EntryView]]:
        """Take a statement in and tell each entry whose record changed."""
        envelope = statement.envelope
        subject, partition = envelope.subject, statement.record.partition
        view = take_in(self.memory.get(subject) or EntryView(), statement.event.data)
        yield Save(subject, view)
        try:
            told = self._pair(subject, view)
        except Exception:
            self._pools = None  # half re-paired: to be derived anew
            raise
        self._causes[pool_of(Subject.parse(subject))] = envelope, partition
        for entry, record in told:
            yield derived(
                MATCHING_RECORDS,
                envelope,
                record,
                service=SERVICE,
                subject=entry,
                index=entry,
                partition=partition,
            )

    def _pair(self, subject: str, view: EntryView) -> list[tuple[str, PairingRecorded]]:
        """Re-pair the entry's pool; the records that are not as they were told."""
        pool = self._pool(subject)
        told = []
        for entry in sorted(pool.put(subject, view)):
            record = pool.record(entry)
            if record is not None and self._told.get(entry) != (name := digest(record)):
                self._told[entry] = name
                told.append((entry, record))
        return told

    def sum_up(self) -> Iterator[Outcome[EntryView]]:
        """Tell each pool as a whole, once a batch: its certificate is long."""
        for name, (cause, partition) in self._causes.items():
            yield derived(
                MATCHING_RECORDS,
                cause,
                self._all()[name].summary(),
                service=SERVICE,
                subject=f"pool/{name}",
                index=f"pool/{name}",
                partition=partition,
            )
        self._causes.clear()

    def _pool(self, subject: str) -> Pool:
        name = pool_of(Subject.parse(subject))
        return self._all().setdefault(name, Pool(name))

    def _all(self) -> dict[str, Pool]:
        if self._pools is None:
            self._pools = {}
            self._told = {}
            known = dict(self.memory.items())
            for subject, view in known.items():
                self._pool(subject).put(subject, view)
            # What stands in the memory was told when it was committed.
            for subject in known:
                if (record := self._pool(subject).record(subject)) is not None:
                    self._told[subject] = digest(record)
        return self._pools


def make_mind(_registry: Registry) -> Mind:
    """A shard's pools, and how it decides about a statement."""
    pools = Pools()
    return Mind(pools.memory, pools.pair, pools.sum_up)
