"""One derivation: what a statement, or a batch's end, leads to.

It sees the memory through what it has changed so far, and changes nothing: what
it comes to is told as outcomes once it is whole. So a statement that cannot be
derived leaves nothing behind.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

from services.runtime import ahead
from services.runtime.kinds import Derived, Doubted, Index, Kind, Part
from services.runtime.looking import Looking
from services.runtime.nodes import (
    Kept,
    Nodes,
    Written,
    node_key,
    part_of,
    subject_of,
)
from services.runtime.outcomes import Outcome, Spelled
from services.runtime.seeing import Seen
from services.runtime.sums import added
from services.runtime.telling import Telling, statement_of
from services.runtime.unbegun import tell_unbegun
from services.runtime.worked import WorkedOut
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.problems import Problem
from twincity_schemas.statement import Statement
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Subject

LARGEST_STATE = 600_000
"""Bytes of what the parties may say of one node, shared out evenly among the
members: what is derived of it has to fit a message of Kafka's 1 MB. By party, so
that what is too much does not turn on who spoke first."""


class Derivation:
    """The changes of one cause.

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
        self.seen = Seen(nodes)
        self._telling = Telling(service, cause)

    def outcomes(self) -> Iterator[Outcome[Written]]:
        """Yields what it has come to."""
        yield from self.seen.saves()
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
            subject = event.envelope.subject
            self.derive(subject, (n for n in changed if subject_of(n) == subject))
        return changed

    def apply(self, event: Event[Any]) -> tuple[str, ...]:
        """Apply a statement; returns the nodes of which its party's view changed."""
        if isinstance(event.data, Statement) and event.data.provenance is not None:
            # Where it was written down changes nothing of what it says.
            event = replace(event, data=event.data.without_provenance())
        subject = event.envelope.subject
        kind = self._kind(subject)
        changed: dict[str, None] = {}
        for part in ahead.taking(kind, event):
            namer = part.takes.get(type(event.data))
            name = None if namer is None else namer(event)
            if name is None:
                continue
            node = node_key(part.of(event) if part.of else subject, part.name, name)
            if self._apply(part, node, event):
                changed[node] = None
        if kind.has_header:
            self._count(event)
        return tuple(changed)

    def _apply(self, part: Part, node: str, event: Event[Any]) -> bool:
        party = event.envelope.party
        assert part.view is not None  # noqa: S101  whatever takes remembers
        before = self.seen.views(node).get(party)
        view = before if before is not None else part.view()
        after = part.apply(view, event, Looking(self, node))
        if after == view:
            return False
        written = self._nodes.adapter(node).dump_json(after, exclude_defaults=True)
        # A share each, so that nobody's words leave no room for another member's.
        most = LARGEST_STATE // len(Subject.parse(subject_of(node)).members)
        if len(written) > most:
            self.refuse(event, f"{most} bytes")
            return False
        self.seen.change_view(node, party, Written(after, written))
        return True

    def refuse(self, event: Event[Any], limit: str) -> None:
        """Tell a party that its statement is beyond a limit, and was not used."""
        self._telling.too_much(event, limit)

    def _count(self, event: Event[Any]) -> None:
        subject = event.envelope.subject
        published = self.seen.kept(subject)
        member = sha256(f"{event.envelope.source} {event.envelope.id}".encode())
        digest = added(published.statements_digest, (member.hexdigest(), 1))
        now = replace(published, statements=published.statements + 1)
        self.seen.change_kept(subject, replace(now, statements_digest=digest))

    # --- deriving -------------------------------------------------------------

    def derive(self, subject: str, changed: Iterable[str]) -> None:
        """Derive the nodes of a subject that changed or rest on those, then its header.

        Where the subject's records come to lie on another topic, all of them move.
        """
        kind = self._kind(subject)
        before = topic = self.seen.kept(subject).topic
        had_begun = bool(self.seen.kept(subject).records)
        due = dict.fromkeys(changed)
        if before is None or subject in due:
            topic = kind.topic(Looking(self, subject))
        if topic != before:
            due = dict.fromkeys(self.nodes_of(subject))
        else:
            due |= dict.fromkeys(self._resting(kind, subject, tuple(due)))
        derived = dict.fromkeys([*due, subject])
        header_differs = (
            topic != before
            or not due.keys().isdisjoint({subject, ahead.node_of(subject)})
            or self.seen.tells_of_its_nodes(subject)
        )
        due.pop(subject, None)
        self._derive_parts(kind, due, before, topic)
        if kind.has_header:
            if header_differs:
                self._derive(subject, before, topic)
            if topic != before:
                published = replace(self.seen.kept(subject), topic=topic)
                self.seen.change_kept(subject, published)
            if had_begun != bool(self.seen.kept(subject).records):
                derived = dict.fromkeys(self.nodes_of(subject))

            def counts_elsewhere(step: NoEffect) -> bool:
                return kind.counts_elsewhere(step, Looking(self, subject))

            tell_unbegun(subject, derived, self.seen, self._telling, counts_elsewhere)

    def _derive_parts(
        self, kind: Kind, due: Iterable[str], before: str | None, topic: str | None
    ) -> None:
        """Derive in the table's order: a part may ask what those before it count."""
        by_place: list[dict[str, None]] = [{} for _ in kind.parts]
        for node in due:
            by_place[kind.places[part_of(node)[0]]][node] = None
        for place, nodes in enumerate(by_place):
            for node in nodes:
                counted = self.seen.kept(node).tally
                self._derive(node, before, topic)
                if self.seen.kept(node).tally == counted:
                    continue
                for later in self._of_subject(subject_of(node), node):
                    if (its := kind.places[part_of(later)[0]]) > place:
                        by_place[its][later] = None

    def _resting(
        self, kind: Kind, subject: str, changed: Sequence[str]
    ) -> Iterator[str]:
        """Yields the nodes of a subject that rest on changed ones, or were never told.

        The latter are of parts without a state, which no statement changes.
        """
        for node in changed:
            yield from self._of_subject(subject, node)
        for part in kind.parts:
            node = node_key(subject, part.name)
            if part.view is None and not self._nodes.is_kept(node):
                yield node

    def _of_subject(self, subject: str, node: str) -> Iterator[str]:
        for dependant in self._nodes.dependants(node):
            if subject_of(dependant) == subject:
                yield dependant

    def _derive(self, node: str, before: str | None, topic: str | None) -> None:
        """Derive one node, whose records lay on one topic and lie on another now."""
        subject, published = subject_of(node), self.seen.kept(node)
        derived, looked = self.derived(node)
        no_effect = tuple(derived.no_effect)
        if (own := self._part(node).topic) is not None:
            before, topic = before and own, topic and own
        records = derived.records if topic else {}
        digests, written = self._digests(node, records)
        if before is not None:
            for part in published.records:
                if before != topic or part not in digests:
                    self._telling.remove(before, subject, part)
        if topic is not None:
            for part, record in records.items():
                if before != topic or published.records.get(part) != digests[part]:
                    spelled = written.get(part) or Spelled.of(record)
                    self._telling.publish(topic, subject, part, spelled)
        self._give_notice(node, published, no_effect, derived.in_effect)
        after = Kept(
            records=digests,
            open=derived.open if topic else {},
            tally=derived.tally if topic else {},
            no_effect={statement_of(one): one.code for one in no_effect},
            doubted=self._tell_doubts(node, published, derived.doubted),
            topic=published.topic,
            statements=published.statements,
            statements_digest=published.statements_digest,
            waits=published.waits,
        )
        self.seen.change_kept(node, after)
        self.seen.change_rests(node, looked)

    def _digests(
        self, node: str, records: Mapping[str, BaseModel | Spelled]
    ) -> tuple[dict[str, str], dict[str, Spelled]]:
        """Returns each record's digest, and the records that were written for it."""
        before = self._nodes.spelled.get(node, {})
        now: dict[str, tuple[BaseModel | Spelled, str]] = {}
        written = {}
        for part, record in records.items():
            last = before.get(part)
            if last is None or last[0] is not record:
                written[part] = Spelled.of(record)
                last = record, written[part].digest(part)
            now[part] = last
        if subject_of(node) in self._nodes.worked:  # else every record would be kept
            self._nodes.spelled[node] = now
        return {part: digest for part, (_, digest) in now.items()}, written

    def worked_out(self, node: str) -> tuple[WorkedOut, ...]:
        """Returns what was worked out of a node's subject, its own first."""
        of_subject = self._nodes.worked.get(subject_of(node), {})
        own = of_subject.get(node, {})
        return own, *(one for one in of_subject.values() if one is not own)

    def derived(self, node: str) -> tuple[Derived, set[str]]:
        """Returns what follows of a node, and what the derivation has looked at."""
        states = Looking(self, node)
        derived = ahead.listed(self._part(node).derive(states), node, self.seen)
        if states.worked:
            self._nodes.keep_worked(node, states.worked)
        return derived, states.looked

    def nodes_of(self, subject: str) -> Iterator[str]:
        """Every node of a subject, its header last."""
        kind = self._kind(subject)
        for part in kind.parts:
            if not part.name:
                continue
            if part.view is None:
                yield node_key(subject, part.name)
            for name in self.seen.names(subject, part.name):
                yield node_key(subject, part.name, name)
        if kind.has_header:
            yield subject

    def leave_stale(self, nodes: Iterable[str]) -> None:
        """Remember that nodes could not be derived, and are to be tried again."""
        for node in nodes:
            self.seen.change_kept(node, replace(self.seen.kept(node), stale=True))

    def _kind(self, subject: str) -> Kind:
        return self._kinds[subject.partition("/")[0]]

    def _part(self, node: str) -> Part:
        return self._kind(node).by_name[part_of(node)[0]]

    def _tell_doubts(
        self, node: str, published: Kept, doubted: Iterable[Doubted]
    ) -> dict[str, str]:
        """Tell whoever said what does not fit, or does again; returns what does not."""
        doubts: dict[str, list[Problem]] = {}
        for one in doubted:
            doubts.setdefault(f"{one.party} {one.statement}", []).append(one.problem)
        codes = {
            statement_key: " ".join(sorted({problem.code for problem in problems}))
            for statement_key, problems in doubts.items()
        }
        for statement_key in sorted(codes.keys() | published.doubted.keys()):
            if published.doubted.get(statement_key) != codes.get(statement_key):
                party, _, statement = statement_key.partition(" ")
                problems = doubts.get(statement_key, ())
                self._telling.doubtful(node, party, statement, problems)
        return codes

    def _give_notice(
        self,
        node: str,
        published: Kept,
        no_effect: Sequence[NoEffect],
        in_effect: Container[str] | None,
    ) -> None:
        """Tell whoever said what has no effect now, or has effect again."""
        subject = subject_of(node)
        for one in no_effect:
            if published.no_effect.get(statement_of(one)) != one.code:
                self._telling.no_effect(subject, one)
        still = {statement_of(one) for one in no_effect}
        for name in published.no_effect:
            party, _, statement = name.partition(" ")
            # Where its own party has just spoken, the statement may be one that
            # is replaced, and not one that takes effect.
            if name not in still and (
                not self.seen.has_spoken(party, node)
                if in_effect is None
                else statement in in_effect
            ):
                self._telling.in_effect(subject, party, statement)
