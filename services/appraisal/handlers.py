"""Appraisal's subscriptions: remember what was said, tell whose record it changed.

Records are derived once a batch: a dispatch lists hundreds of projects, and a
batch may speak of many of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from services.appraisal import board, cluster, dispatch
from services.appraisal.appraised import Appraised
from services.appraisal.facts import Facts
from services.appraisal.facts import hear as hear_facts
from services.runtime.delivery import Incoming
from services.runtime.memory import Memory
from services.runtime.outcomes import Outcome, Save, derived, objections
from services.runtime.service import Mind
from twincity_schemas.canonical import digest
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.envelope import Envelope
from twincity_schemas.parties import Registry
from twincity_schemas.values import Subject

SERVICE = "appraisal"

APPRAISED: dict[str, Appraised[Any]] = {
    kind.kind: kind for kind in (dispatch.AGGREGATE, board.AGGREGATE, cluster.AGGREGATE)
}


class Appraisal:
    """A shard's memory, and which records rest on which subjects."""

    def __init__(self) -> None:
        kinds: dict[str, Any] = {k: dict[str, a.view] for k, a in APPRAISED.items()}  # type: ignore[name-defined]
        self.memory: Memory[dict[str, Any]] = Memory(
            {"project": dict[str, Facts], **kinds}, on_rollback=self.forget
        )
        self._resting: dict[str, set[str]] | None = None
        self._told: dict[str, str] = {}
        self._causes: dict[str, Envelope] = {}

    def forget(self) -> None:
        """Drop what was derived: after an abort it may be ahead of the memory."""
        self._resting = None
        self._causes.clear()

    def hear(self, statement: Incoming) -> Iterator[Outcome[dict[str, Any]]]:
        """Remember a statement."""
        envelope, data = statement.envelope, statement.event.data
        subject = envelope.subject
        before = self.memory.get(subject) or {}
        appraised = APPRAISED.get(Subject.parse(subject).kind)
        if appraised is None:
            party = envelope.party
            told = hear_facts(before.get(party) or Facts(), envelope, data)
            after = {**before, party: told}
        else:
            after = appraised.take_in(before, envelope, data)
        yield Save(subject, after)
        if appraised is not None:
            self._resting = None  # it may rest on other subjects now
        self._causes[subject] = envelope

    def tell(self) -> Iterator[Outcome[dict[str, Any]]]:
        """Tell each record that the batch has changed."""
        for subject, cause in self._changed().items():
            record = self.record(subject)
            if record is None or self._told.get(subject) == (name := digest(record)):
                continue
            self._told[subject] = name
            yield derived(
                APPRAISAL_RECORDS,
                cause,
                record,
                service=SERVICE,
                subject=subject,
                index=subject,
            )
            for said in self._causes.values():
                if said.subject == subject:
                    yield from objections(said, record.unmet, SERVICE)
        self._causes.clear()

    def record(self, subject: str) -> Any | None:
        """The record of an appraised subject as things stand."""
        parsed = Subject.parse(subject)
        return APPRAISED[parsed.kind].derive(
            parsed, self._views(subject), self._views, self._views
        )

    def _views(self, subject: str) -> Mapping[str, Any]:
        return self.memory.get(subject) or {}

    def _changed(self) -> dict[str, Envelope]:
        """What may have changed in this batch, with the last cause of it."""
        if self._resting is None:
            self._resting = self._rests()
        changed: dict[str, Envelope] = {}
        for subject, cause in self._causes.items():
            for resting in sorted(self._resting.get(subject, ())):
                changed[resting] = cause
            if Subject.parse(subject).kind in APPRAISED:
                changed[subject] = cause
        return changed

    def _rests(self) -> dict[str, set[str]]:
        """By subject, whose records rest on it."""
        resting: dict[str, set[str]] = defaultdict(set)
        for subject, views in self.memory.items():
            appraised = APPRAISED.get(Subject.parse(subject).kind)
            if appraised is not None:
                for other in appraised.rests_on(views, self._views):
                    resting[other].add(subject)
        return resting


def make_mind(_registry: Registry) -> Mind:
    """A shard's memory, and how it decides about a statement."""
    appraisal = Appraisal()
    return Mind(appraisal.memory, appraisal.hear, appraisal.tell)
