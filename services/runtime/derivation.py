"""One derivation: what a statement, or a batch's end, leads to.

It sees the memory through what it has changed so far, and changes nothing: what
it comes to is told as outcomes once it is whole. So a statement that cannot be
derived leaves nothing behind.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import Any

from pydantic import TypeAdapter

from services.runtime.kinds import Derived, Doubted, Index, Kind, Part, Views
from services.runtime.looking import Looking
from services.runtime.nodes import (
    NO_RECORDS,
    Kept,
    Nodes,
    Written,
    added,
    counted,
    kept_key,
    node_key,
    part_of,
    record_changes,
    rests_key,
    subject_of,
    view_key,
)
from services.runtime.outcomes import Outcome, Save
from services.runtime.telling import Telling
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, to_json
from twincity_schemas.problems import Problem
from twincity_schemas.statement import PROVENANCE
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Subject

LARGEST_STATE = 600_000
"""Bytes of what the parties may say of one node, shared out evenly among the
members: what is derived of it has to fit a message of Kafka's 1 MB. By party, so
that what is too much does not turn on who spoke first."""

OPEN_LISTED = 20
"""How many of the open items a header names: those that are due first."""

_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)
_RESTS: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])


class Derivation:
    """What one cause changes.

    Args:
        service: whose records they are.
        kinds: its table.
        nodes: its memory.
        index: what is kept over all nodes, if anything.
        cause: the statement that everything derived here names.
    """

    def __init__(
        self,
        service: str,
        kinds: Mapping[str, Kind],
        nodes: Nodes,
        index: Index | None,
        cause: Envelope,
    ) -> None:
        self.index = index
        self.cause = cause
        self._kinds = kinds
        self._nodes = nodes
        self._views: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, Kept] = {}
        self._names: dict[str, dict[str, None]] = {}
        self._saves: dict[str, Written | None] = {}
        self._telling = Telling(service, cause)

    def outcomes(self) -> Iterator[Outcome[Written]]:
        """What it has come to."""
        for key, written in self._saves.items():
            yield Save(key, written)
        for node, kept in self._kept.items():
            if kept != self._nodes.kept(node) or not self._nodes.is_kept(node):
                json = _KEPT.dump_json(kept, exclude_defaults=True)
                yield Save(kept_key(node), Written(kept, json))
        yield from self._telling.messages()

    # --- taking a statement in ------------------------------------------------

    def take(self, event: Event[Any]) -> tuple[str, ...]:
        """Apply a statement, and derive what it changes of its own subject.

        Returns:
            The nodes of which its party's view changed.

        Raises:
            TooLarge: what follows from it does not fit a message.
        """
        changed = self.apply(event)
        if self.index is None:  # it says at the batch's end what is to be derived
            self.derive(event.envelope.subject, changed)
        return changed

    def apply(self, event: Event[Any]) -> tuple[str, ...]:
        """Apply a statement; returns the nodes of which its party's view changed."""
        if getattr(event.data, PROVENANCE, None) is not None:
            # Where it was written down changes nothing of what it says.
            data = event.data.model_copy(update={PROVENANCE: None})
            event = replace(event, data=data)
        subject = event.envelope.subject
        kind = self._kind(subject)
        changed: dict[str, None] = {}
        for part in kind.parts:
            namer = part.takes.get(type(event.data))
            name = None if namer is None else namer(event)
            if name is None:
                continue
            node = node_key(subject, part.name, name)
            if self._apply(part, node, event):
                changed[node] = None
        if kind.has_header:
            self._count(event)
        return tuple(changed)

    def _apply(self, part: Part, node: str, event: Event[Any]) -> bool:
        party = event.envelope.party
        assert part.view is not None  # noqa: S101  whatever takes remembers
        before = self.views(node).get(party)
        view = before if before is not None else part.view()
        after = part.apply(view, event, Looking(self, node))
        if after == view:
            return False
        written = self._nodes.adapter(node).dump_json(after, exclude_defaults=True)
        most = LARGEST_STATE // len(Subject.parse(subject_of(node)).members)
        if len(written) > most:
            self.refuse(event, f"{most} bytes")
            return False
        self._views.setdefault(node, {})[party] = after
        self._saves[view_key(party, node)] = Written(after, written)
        group, name = part_of(node)
        if group:
            self._names.setdefault(node_key(subject_of(node), group), {})[name] = None
        return True

    def refuse(self, event: Event[Any], limit: str) -> None:
        """Tell a party that its statement is beyond a limit, and was not used."""
        subject = event.envelope.subject
        self._telling.no_effect(subject, _too_much(event, limit))

    def _count(self, event: Event[Any]) -> None:
        subject = event.envelope.subject
        kept = self.kept(subject)
        said = sha256(f"{event.envelope.source} {event.envelope.id}".encode())
        digest = added(kept.statements_digest, (said.hexdigest(), 1))
        self._kept[subject] = replace(
            kept, statements=kept.statements + 1, statements_digest=digest
        )

    # --- deriving -------------------------------------------------------------

    def derive(self, subject: str, changed: Iterable[str]) -> None:
        """Derive the nodes of a subject that changed or rest on those, then its header.

        Where the subject's records come to lie on another topic, all of them move.
        """
        kind = self._kind(subject)
        before = self.kept(subject).topic
        topic = kind.topic(Looking(self, subject))
        if topic != before:
            due = dict.fromkeys(self.nodes_of(subject))
        else:
            due = dict.fromkeys(changed)
            for node in tuple(due):
                for dependant in self._nodes.dependants(node):
                    if subject_of(dependant) == subject:
                        due[dependant] = None
            for part in kind.parts:
                node = node_key(subject, part.name)
                if part.view is None and not self._nodes.is_kept(node):
                    due[node] = None
        due.pop(subject, None)
        for node in due:
            self._derive(node, before, topic)
        if kind.has_header:
            self._derive(subject, before, topic)
            self._kept[subject] = replace(self.kept(subject), topic=topic)

    def _derive(self, node: str, before: str | None, topic: str | None) -> None:
        """Derive one node, whose records lay on one topic and lie on another now."""
        subject, kept = subject_of(node), self.kept(node)
        found, looked = self.derived(node)
        no_effect = tuple(found.no_effect)
        if (own := self._part(node).topic) is not None:
            before, topic = before and own, topic and own
        written = {p: to_json(r) for p, r in found.records.items()} if topic else {}
        digests = {part: _digest(part, value) for part, value in written.items()}
        if before is not None:
            for part in kept.records:
                if before != topic or part not in digests:
                    self._telling.remove(before, subject, part)
        if topic is not None:
            for part, value in written.items():
                if before != topic or kept.records.get(part) != digests[part]:
                    record = found.records[part]
                    self._telling.publish(topic, subject, part, record, value)
        self._give_notice(node, kept, no_effect, found.in_effect)
        self._kept[node] = replace(
            kept,
            records=digests,
            open=found.open if topic else {},
            no_effect={_said(one): one.code for one in no_effect},
            doubted=self._tell_doubts(node, kept, found.doubted),
            stale=False,
        )
        rests = tuple(sorted(looked))
        if rests != self._nodes.rests_on(node):
            self._saves[rests_key(node)] = (
                Written(rests, _RESTS.dump_json(rests)) if rests else None
            )

    def derived(self, node: str) -> tuple[Derived, set[str]]:
        """What follows of a node, and what the derivation has looked at."""
        states = Looking(self, node)
        return self._part(node).derive(states), states.looked

    def nodes_of(self, subject: str) -> Iterator[str]:
        """Every node of a subject, its header last."""
        kind = self._kind(subject)
        for part in kind.parts:
            if not part.name:
                continue
            if part.view is None:
                yield node_key(subject, part.name)
            for name in self.names(subject, part.name):
                yield node_key(subject, part.name, name)
        if kind.has_header:
            yield subject

    def leave_stale(self, nodes: Iterable[str]) -> None:
        """Remember that nodes could not be derived, and are to be tried again."""
        for node in nodes:
            self._kept[node] = replace(self.kept(node), stale=True)

    # --- seeing ---------------------------------------------------------------

    def views(self, node: str) -> Views:
        """What each party has said of a node, this cause's statement included."""
        found, before = self._views.get(node), self._nodes.views(node)
        return before if found is None else {**before, **found}

    def kept(self, node: str) -> Kept:
        """What was published of a node."""
        found = self._kept.get(node)
        return self._nodes.kept(node) if found is None else found

    def names(self, subject: str, part: str) -> list[str]:
        """The names of the nodes of one part of a subject, sorted."""
        fresh = self._names.get(node_key(subject, part), {})
        return sorted({*self._nodes.names(subject, part), *fresh})

    def sums(self, subject: str) -> dict[str, tuple[int, str]]:
        """How many records a subject has of each part, and the digest of the set."""
        found = dict(self._nodes.sums(subject))
        for node, now in self._changed_of(subject):
            for part, was, is_ in record_changes(self._nodes.kept(node), now):
                found[part] = counted(found.get(part, NO_RECORDS), was, is_)
        return {part: found[part] for part in sorted(found) if found[part][0]}

    def open(self, subject: str) -> tuple[int, list[tuple[str, str]]]:
        """How much is open on a subject, and what is due first: (due, part)."""
        gone: set[tuple[str, str]] = set()
        fresh: list[tuple[str, str]] = []
        for node, now in self._changed_of(subject):
            gone |= {(due, part) for part, due in self._nodes.kept(node).open.items()}
            fresh += [(due, part) for part, due in now.open.items()]
        listed = self._nodes.open(subject)
        first = islice((i for i in listed if i not in gone), OPEN_LISTED)
        total = len(listed) - len(gone) + len(fresh)
        return total, sorted([*first, *fresh])[:OPEN_LISTED]

    def _changed_of(self, subject: str) -> Iterator[tuple[str, Kept]]:
        for node, kept in self._kept.items():
            if subject_of(node) == subject:
                yield node, kept

    def _kind(self, subject: str) -> Kind:
        return self._kinds[subject.partition("/")[0]]

    def _part(self, node: str) -> Part:
        group, _ = part_of(node)
        parts = self._kind(node).parts
        return next(part for part in parts if part.name == group)

    def _tell_doubts(
        self, node: str, kept: Kept, doubted: Iterable[Doubted]
    ) -> dict[str, str]:
        """Tell whoever said what does not fit; returns what was told, all in all."""
        found: dict[str, list[Problem]] = {}
        for one in doubted:
            found.setdefault(f"{one.party} {one.statement}", []).append(one.problem)
        told: dict[str, str] = {}
        for said, problems in found.items():
            told[said] = " ".join(sorted({problem.code for problem in problems}))
            if kept.doubted.get(said) != told[said]:
                party, _, statement = said.partition(" ")
                self._telling.doubtful(node, party, statement, problems)
        return told

    def _give_notice(
        self,
        node: str,
        kept: Kept,
        no_effect: Sequence[NoEffect],
        in_effect: Container[str] | None,
    ) -> None:
        """Tell whoever said what has no effect now, or has effect again."""
        subject = subject_of(node)
        for one in no_effect:
            if kept.no_effect.get(_said(one)) != one.code:
                self._telling.no_effect(subject, one)
        still = {_said(one) for one in no_effect}
        for said in kept.no_effect:
            party, _, statement = said.partition(" ")
            # Where its own party has just spoken, the statement may be one that
            # is replaced, and not one that takes effect.
            if said not in still and (
                party not in self._views.get(node, {})
                if in_effect is None
                else statement in in_effect
            ):
                self._telling.in_effect(subject, party, statement)


def _digest(part: str, value: bytes) -> str:
    return sha256(part.encode() + b"\n" + value).hexdigest()


def _said(one: NoEffect) -> str:
    return f"{one.party} {one.statement}"


def _too_much(event: Event[Any], limit: str) -> NoEffect:
    return NoEffect(
        statement=event.envelope.id,
        party=event.envelope.party,
        step=event.type.fact,
        code="too_much",
        zh=f"就该项的陈述合计超过上限（{limit}），本条不予采用",
        en=f"what is said of it is beyond the limit ({limit}); not used",
    )
