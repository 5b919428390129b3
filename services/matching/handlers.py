"""Matching's subscription: re-pair the pool, tell what changed and why."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from services.matching import telling
from services.matching.pool import EntryView, Pool, take_in
from services.runtime.delivery import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Save, derived, objections
from services.runtime.service import Mind
from twincity_schemas.canonical import digest
from twincity_schemas.catalogue import MATCHING_CANDIDATES, MATCHING_RECORDS
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
        # The last statement about an entry in this batch, and its partition.
        self._causes: dict[str, tuple[Envelope, int]] = {}

    def forget(self) -> None:
        """Drop what was derived: after an abort it may be ahead of the memory."""
        self._pools = None
        self._causes.clear()

    def pair(self, statement: Incoming) -> Iterator[Outcome[EntryView]]:
        """Take a statement in and tell each entry whose record changed."""
        envelope = statement.envelope
        subject, partition = envelope.subject, statement.record.partition
        view = take_in(
            self.memory.get(subject) or EntryView(),
            statement.event.data,
            party=envelope.party,
            statement=envelope.id,
        )
        yield Save(subject, view)
        try:
            told = self._pair(subject, view)
        except Exception:
            self._pools = None  # half re-paired: to be derived anew
            raise
        self._causes.pop(subject, None)
        self._causes[subject] = envelope, partition
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
        yield from objections(envelope, view.unmet[-1:], SERVICE)

    def _pair(self, subject: str, view: EntryView) -> list[tuple[str, PairingRecorded]]:
        """Re-pair the entry's pool; the records that are not as they were told."""
        pool = self._pool(subject)
        told = []
        for entry in sorted(pool.put(subject, view)):
            record = telling.pairing(pool, entry)
            if record is not None and self._told.get(entry) != (name := digest(record)):
                self._told[entry] = name
                told.append((entry, record))
        return told

    def sum_up(self) -> Iterator[Outcome[EntryView]]:
        """Tell what is long once a batch: candidates, and each pool's certificate."""
        pools: dict[str, tuple[Envelope, int]] = {}
        for subject, (cause, partition) in self._causes.items():
            pool = self._pool(subject)
            pools[pool.name] = cause, partition
            if (record := telling.candidates(pool, subject)) is not None:
                yield derived(
                    MATCHING_CANDIDATES,
                    cause,
                    record,
                    service=SERVICE,
                    subject=subject,
                    index=f"candidates/{subject}",
                    partition=partition,
                )
        for name, (cause, partition) in pools.items():
            yield derived(
                MATCHING_RECORDS,
                cause,
                telling.summary(self._all()[name]),
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
            self._pools = pools_of(dict(self.memory.items()))
            # What stands in the memory was told when it was committed.
            self._told = {
                subject: digest(record)
                for pool in self._pools.values()
                for subject in pool.views
                if (record := telling.pairing(pool, subject)) is not None
            }
        return self._pools


def pools_of(views: Mapping[str, EntryView]) -> dict[str, Pool]:
    """The pools that these entries make up, by name."""
    by_pool: dict[str, dict[str, EntryView]] = defaultdict(dict)
    for subject, view in views.items():
        by_pool[pool_of(Subject.parse(subject))][subject] = view
    pools = {name: Pool(name) for name in by_pool}
    for name, known in by_pool.items():
        pools[name].load(known)
    return pools


def make_mind(_registry: Registry) -> Mind:
    """A shard's pools, and how it decides about a statement."""
    pools = Pools()
    return Mind(pools.memory, pools.pair, pools.sum_up)
