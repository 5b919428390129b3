"""The deriving engine: what parties said is applied, and records are derived.

A deriving service is a table of *kinds* of subjects on this engine. A kind has
*parts*: the subject itself (its header), and what repeats within it (a month, an
obstacle), each with a state, a record and an order of its own::

    apply(view, event, states) -> view      one party's word, in its own order
    derive(states)             -> Derived   records, what is open, no effect

both pure. The engine alone keeps states, finds what rests on what has changed
(whatever a derivation looked at), publishes what differs, leaves tombstones,
counts, gives notice, and takes everything back when a transaction aborts.

A record follows from the set of statements, whatever order they came in: nothing
of arrival enters it. Notices alone tell of arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from services.runtime import ahead
from services.runtime.derivation import Derivation
from services.runtime.incoming import Incoming
from services.runtime.kinds import Index, Kind, Views
from services.runtime.nodes import Nodes, Written, part_of, subject_of
from services.runtime.outcomes import DerivationFailed, Outcome, Publish, Save
from services.runtime.partitions import place_of
from services.runtime.telling import TooLarge
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.topology import KINDS


class NotTaken(Exception):  # noqa: N818  reads as what it says
    """A type of statement is accepted and no part of its kind takes it."""


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""By view: to build one takes milliseconds, and every shard has the same."""


def _adapter(view: type[Any]) -> TypeAdapter[Any]:
    if view not in _ADAPTERS:
        _ADAPTERS[view] = TypeAdapter(view)
    return _ADAPTERS[view]


class Projection:
    """The states of one shard, and how they go on.

    Args:
        service: which one, for the ids of what is derived.
        kinds: of the subjects that it takes statements about.
        index: makes what is kept over all nodes, where something is.

    Raises:
        NotTaken: a type that the service answers for is taken by no part.
    """

    def __init__(
        self,
        service: str,
        kinds: Iterable[Kind],
        index: Callable[[], Index] | None = None,
    ) -> None:
        self.service = service
        self.kinds = {kind.name: kind for kind in kinds}
        self._refuse_untaken()
        self.kinds = {name: ahead.with_part(kind) for name, kind in self.kinds.items()}
        self.nodes = Nodes(
            {
                f"{kind.name}#{part.name}": _adapter(part.view)
                for kind in self.kinds.values()
                for part in kind.parts
                if part.view is not None
            },
            on_rollback=self.forget,
        )
        self._causes: dict[str, Envelope] = {}
        self._due: dict[str, dict[str, Envelope]] = {}
        """By subject, the nodes to be derived at the batch's end, and why."""
        self._make_index = index
        self._index: Index | None = None
        self._decided: tuple[str, Views] | None = None

    def _refuse_untaken(self) -> None:
        for event_type in EVENT_TYPES.values():
            kind = KINDS.get(event_type.subject)
            if not event_type.is_statement or kind is None:
                continue
            if kind.service != self.service:
                continue
            parts = self.kinds[event_type.subject].parts
            if not any(event_type.model in part.takes for part in parts):
                raise NotTaken(f"{self.service} takes no {event_type.name}")

    def _derivation(self, cause: Envelope) -> Derivation:
        return Derivation(self.service, self.kinds, self.nodes, self.index, cause)

    @property
    def index(self) -> Index | None:
        """Returns the index over all nodes, made anew where it is stale."""
        if self._make_index is None:
            return None
        if self._decided is not None:
            node, views = self._decided
            self._decided = None
            if self.nodes.views(node) != views:  # the statement is a dead letter
                self._index = None
        if self._index is None:
            self._index = self._make_index()
            self._index.load(
                (node, views)
                for node, views in self.nodes.all_views()
                if part_of(node)[0] != ahead.NAME
            )
            if not self._causes:  # what it comes to was told before
                for _ in self._index.settle():
                    pass
        return self._index

    def decide(self, statement: Incoming) -> Iterator[Outcome[Written]]:
        """Take one statement in; tell what follows for its own subject."""
        event = statement.event
        cause = event.envelope
        derivation = self._derivation(cause)
        try:
            changed = derivation.take(event)
        except TooLarge:
            # Anew, so that of what was applied so far nothing is remembered.
            derivation = self._derivation(cause)
            derivation.refuse(event, "1 MB")
            changed = ()
        self._causes[cause.subject] = cause
        elsewhere = {subject_of(node) for node in changed} - {cause.subject}
        self._causes |= dict.fromkeys(elsewhere, cause)
        for node in changed:
            self._tell_index(node, derivation.seen.views(node), cause)
        for outcome in derivation.outcomes():
            yield _placed(outcome, elsewhere) if elsewhere else outcome

    def _tell_index(self, node: str, views: Views, cause: Envelope) -> None:
        if part_of(node)[0] == ahead.NAME and self._make_index is not None:
            self._is_due(subject_of(node), cause)
            return
        if self._index is None:
            return
        try:
            touched = self._index.put(node, views)
        except Exception:
            self._index = None  # half changed: to be made anew
            raise
        self._decided = node, views
        for subject in touched:
            self._is_due(subject, cause)

    def _is_due(self, node: str, cause: Envelope) -> None:
        nodes = self._due.setdefault(subject_of(node), {})
        nodes.pop(node, None)
        nodes[node] = cause

    def flush(self) -> Iterator[Outcome[Written]]:
        """Tell what follows for other subjects, once a batch.

        One that cannot be derived is named, stays as it was told, and is tried
        again with the next batch.
        """
        for node in self.nodes.changed:
            for dependant in self.nodes.dependants(node):
                if subject_of(dependant) != subject_of(node):
                    self._is_due(dependant, self._causes[subject_of(node)])
        self._settle()
        self._again()
        due, self._due = self._due, {}
        self.nodes.changed.clear()
        self._causes.clear()
        # Sorted: a batch that comes again writes the same in the same order.
        for subject, nodes in sorted(due.items()):
            place = place_of(subject)
            for outcome in self._derive(subject, nodes):
                yield (
                    replace(outcome, place=place)
                    if isinstance(outcome, Save)
                    else outcome
                )

    def _derive(
        self, subject: str, nodes: Mapping[str, Envelope]
    ) -> Iterator[Outcome[Written]]:
        cause = next(reversed(list(nodes.values())))
        derivation = self._derivation(cause)
        try:
            derivation.derive(subject, nodes)
        except Exception as error:  # noqa: BLE001  it must not hold up the batch
            yield DerivationFailed(subject, repr(error))
            # Anew: half of a subject's records must not be published.
            derivation = self._derivation(cause)
            derivation.leave_stale(nodes)
        yield from derivation.outcomes()

    def _settle(self) -> None:
        """Add what the index has come to by all of the batch."""
        if self._causes and (index := self.index) is not None:
            latest = next(reversed(self._causes.values()))
            for node, because in index.settle():
                self._is_due(node, self._causes.get(because, latest))

    def _again(self) -> None:
        """Add what could not be derived before, if there is a cause to name."""
        if self._causes:
            cause = next(reversed(self._causes.values()))
            for node in tuple(self.nodes.stale):
                self._is_due(node, cause)

    def forget(self) -> None:
        """Drop what a batch left that was aborted."""
        self._causes.clear()
        self._due.clear()
        self._index = self._decided = None

    def remember(self, events: Iterable[Event[Any]]) -> None:
        """Take statements in and derive nothing: for whoever asks for some records."""
        for event in events:
            derivation = Derivation(
                self.service, self.kinds, self.nodes, None, event.envelope
            )
            derivation.apply(event)
            for outcome in derivation.outcomes():
                if isinstance(outcome, Save):
                    self.nodes.put(outcome.key, outcome.value)
        self.nodes.commit()
        self._index = None

    def records(self, subject: str) -> dict[tuple[str, bytes], bytes]:
        """Every record of a remembered subject, by topic and key, as published."""
        derivation = self._derivation(_NOBODY)
        derivation.derive(subject, ())
        return {
            (one.topic, one.key): one.value
            for one in derivation.outcomes()
            if isinstance(one, Publish) and one.value is not None
        }


def _placed(outcome: Outcome[Written], subjects: set[str]) -> Outcome[Written]:
    """Puts what is remembered of another subject where all that is said of it lies."""
    if isinstance(outcome, Save):
        subject = subject_of(outcome.key.partition("@")[2])
        if subject in subjects:
            return replace(outcome, place=place_of(subject))
    return outcome


_NOBODY = Envelope.model_construct(
    specversion="1.0",
    id="",
    source="//",
    type="",
    subject="",
    time=datetime.fromtimestamp(0, UTC),
)
"""Who asks where nothing is published."""
