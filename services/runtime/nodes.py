"""What a projection remembers: nodes, and what follows from them at a glance.

A node is a subject (``project/chengdu.deyang/s11``) or one part of it
(``project/chengdu.deyang/s11#progress/2026-09``). Three things are kept of it,
each under a key of its own, so that a statement writes what it changes:

* ``<party>@<node>``: what one party has said of it;
* ``@<node>``: what was published of it, and who was given notice;
* ``*<node>``: which other nodes its records rest on.

Sums by subject and part, lists of what is open and the dependants are indexes over
these: they change with each value that is put, are put back with it by a rollback, and
are there again once the changelog has been read.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter

from services.runtime.outcomes import Spelled
from services.runtime.sums import NO_RECORDS, Sum, counted
from services.runtime.worked import KEPT_SUBJECTS, WorkedOut

_KEPT, _RESTS = "@", "*"
_NONE: Mapping[str, str] = {}
_NOTHING: Mapping[str, int] = {}


def _none() -> Mapping[str, str]:
    return _NONE  # one for all: most nodes have nothing open, and all have effect


def _nothing() -> Mapping[str, int]:
    return _NOTHING


@dataclass(slots=True)  # never changed; not frozen, which takes four times as long
class Kept:
    """The published records of a node, and its parties' notices.

    Attributes:
        records: the digest of each record as it was published, by its part of
            the subject; ``""`` is the subject itself.
        open: when each open item is due, by its part of the subject.
        tally: what it counts, summed over the nodes of its part.
        no_effect: the reason's code of each statement without effect, by
            ``<party> <statement>``.
        doubted: the codes of each statement's doubts that were told, likewise.
        topic: where the records lie; of a subject itself.
        statements: how many were taken in about the subject; of itself.
        statements_digest: of their set; of the subject itself.
        stale: whether its records could not be derived when they had to be.
        waits: the statements, likewise, of which their parties were told that they
            have no effect before somebody opens the subject.
    """

    records: Mapping[str, str] = field(default_factory=_none)
    open: Mapping[str, str] = field(default_factory=_none)
    tally: Mapping[str, int] = field(default_factory=_nothing)
    no_effect: Mapping[str, str] = field(default_factory=_none)
    doubted: Mapping[str, str] = field(default_factory=_none)
    topic: str | None = None
    statements: int = 0
    statements_digest: str = ""
    stale: bool = False
    waits: tuple[str, ...] = ()


NOTHING_KEPT = Kept()
KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)
RESTS: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
"""Write and read what is kept of every node, whatever its view."""


class Written(NamedTuple):
    """A value with its JSON, so that it is written once."""

    value: Any
    json: bytes


def node_key(subject: str, part: str, name: str = "") -> str:
    """The node of a part of a subject; of the subject itself where part is empty."""
    if not part:
        return subject
    return f"{subject}#{part}/{name}" if name else f"{subject}#{part}"


@lru_cache(maxsize=10_000)  # asked some thirty times of each statement
def subject_of(node: str) -> str:
    """The subject that a node belongs to."""
    return node.partition("#")[0]


@lru_cache(maxsize=10_000)
def part_of(node: str) -> tuple[str, str]:
    """The part and its name: ``("progress", "2026-09")``; empty of the subject."""
    part, _, name = node.partition("#")[2].partition("/")
    return part, name


def view_key(party: str, node: str) -> str:
    """The key of what a party has said of a node."""
    return f"{party}@{node}"


def kept_key(node: str) -> str:
    """The key of what was published of a node."""
    return _KEPT + node


def rests_key(node: str) -> str:
    """The key of what a node's records rest on."""
    return _RESTS + node


def record_changes(
    before: Kept, now: Kept
) -> Iterator[tuple[str, str | None, str | None]]:
    """Of each record that is not as it was: its part, and both digests."""
    for place in before.records.keys() | now.records.keys():
        was, is_ = before.records.get(place), now.records.get(place)
        if place and was != is_:
            yield place.partition("/")[0], was, is_


class Nodes:
    """The memory of one shard's projection.

    Args:
        adapters: for writing and reading a view, by ``<kind>#<part>``.
        on_rollback: told after an abort.
    """

    def __init__(
        self,
        adapters: Mapping[str, TypeAdapter[Any]],
        on_rollback: Callable[[], None] = lambda: None,
    ) -> None:
        self._adapters = adapters
        self._on_rollback = on_rollback
        self._values: dict[str, Any] = {}
        self._undo: list[tuple[str, Any]] = []
        self._views: dict[str, dict[str, Any]] = {}
        self._names: dict[str, dict[str, int]] = defaultdict(dict)
        self._dependants: dict[str, dict[str, None]] = defaultdict(dict)
        self._sums: dict[str, dict[str, Sum]] = {}
        self._open: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._tallies: dict[str, Counter[str]] = defaultdict(Counter)
        self._labelled: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.stale: dict[str, None] = {}
        self.changed: dict[str, None] = {}
        """The nodes of which a party's view changed in this batch."""
        self.worked: dict[str, dict[str, WorkedOut]] = {}
        """By subject and node, what its last derivation worked out."""
        self.spelled: dict[str, dict[str, tuple[BaseModel | Spelled, str]]] = {}
        """By node and part, the record that was derived last, and its digest."""

    # --- what a shard needs of a memory ---------------------------------------

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Every key with its value, this batch's changes included."""
        return iter(self._values.items())

    def dump(self, value: Written | None) -> bytes | None:
        """The changelog's bytes for a value; nothing is changed."""
        return None if value is None else value.json

    def change(self, key: str, value: Written | None) -> None:
        """Change a value within the batch."""
        self._undo.append((key, self._values.get(key)))
        if key[0] not in (_KEPT, _RESTS):
            self.changed[key.partition("@")[2]] = None
        self._set(key, None if value is None else value.value)

    def put(self, key: str, value: Written | None) -> bytes | None:
        """Change a value within the batch; gives the changelog's bytes."""
        self.change(key, value)
        return self.dump(value)

    def commit(self) -> None:
        """Keep this batch's changes."""
        self._undo.clear()
        self.changed.clear()

    def rollback(self) -> None:
        """Put everything back that this batch has changed."""
        for key, before in reversed(self._undo):  # a key may have changed twice
            self._set(key, before)
        self._undo.clear()
        self.changed.clear()
        self._on_rollback()

    def restore(self, key: str, value: bytes | None) -> None:
        """Take in one record of the changelog."""
        self._set(key, None if value is None else self._read(key, value))

    def _read(self, key: str, value: bytes) -> Any:
        if key.startswith(_KEPT):
            return KEPT.validate_json(value)
        if key.startswith(_RESTS):
            return RESTS.validate_json(value)
        return self.adapter(key.partition("@")[2]).validate_json(value)

    # --- reading --------------------------------------------------------------

    def adapter(self, node: str) -> TypeAdapter[Any]:
        """Returns what writes and reads the views of a node."""
        return self._adapters[f"{node.partition('/')[0]}#{part_of(node)[0]}"]

    def views(self, node: str) -> Mapping[str, Any]:
        """Returns what each party has said of a node."""
        return self._views.get(node, {})

    def all_views(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every node with what each party has said of it."""
        return iter(self._views.items())

    def kept(self, node: str) -> Kept:
        """Returns what was published of a node."""
        published: Kept = self._values.get(kept_key(node), NOTHING_KEPT)
        return published

    def is_kept(self, node: str) -> bool:
        """Returns whether anything was derived of a node before."""
        return kept_key(node) in self._values

    def rests_on(self, node: str) -> tuple[str, ...]:
        """Returns which other nodes a node's records rest on."""
        rests: tuple[str, ...] = self._values.get(rests_key(node), ())
        return rests

    def names(self, subject: str, part: str) -> Iterator[str]:
        """The names of the nodes of one part of a subject."""
        return iter(self._names.get(node_key(subject, part), ()))

    def dependants(self, node: str) -> Iterator[str]:
        """The nodes whose records rest on a node, or on every one of its part."""
        subject, part = subject_of(node), part_of(node)[0]
        yield from self._dependants.get(node, ())
        group = node_key(subject, part)
        if group != node:
            yield from self._dependants.get(group, ())

    def sums(self, subject: str) -> Mapping[str, Sum]:
        """Returns how many records a subject has of each part, and the set's digest."""
        return self._sums.get(subject, {})

    def open(self, subject: str) -> Sequence[tuple[str, str]]:
        """Returns a subject's open items: when each is due and its part, in order."""
        return self._open.get(subject, ())

    def keep_worked(self, node: str, worked: WorkedOut) -> None:
        """Keep what a derivation worked out; forget the subject used longest ago."""
        subject = subject_of(node)
        self.worked[subject] = {**self.worked.pop(subject, {}), node: worked}
        if len(self.worked) > KEPT_SUBJECTS:
            for forgotten in self.worked.pop(next(iter(self.worked))):
                self.spelled.pop(forgotten, None)

    def tally(self, subject: str, part: str) -> Mapping[str, int]:
        """Returns what the nodes of one part of a subject count, summed."""
        return self._tallies.get(node_key(subject, part), _NOTHING)

    def labelled(self, subject: str, part: str, label: str) -> Sequence[str]:
        """Returns the names of the nodes of a part that count a label, in order."""
        return self._labelled.get((node_key(subject, part), label), ())

    # --- indexes --------------------------------------------------------------

    def _set(self, key: str, value: Any) -> None:
        before = self._values.get(key)
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value
        mark, _, node = key.partition("@")
        if key.startswith(_RESTS):
            self._set_rests(key[1:], before or (), value or ())
        elif not mark:
            self._set_kept(node, before or NOTHING_KEPT, value or NOTHING_KEPT)
        else:
            self._set_view(node, mark, value)

    def _set_view(self, node: str, party: str, view: Any) -> None:
        (part, name), subject = part_of(node), subject_of(node)
        if view is not None:
            self._views.setdefault(node, {})[party] = view
        else:
            views = self._views.get(node, {})
            views.pop(party, None)
            if not views:
                self._views.pop(node, None)
        if part:
            group = self._names[node_key(subject, part)]
            if node in self._views:
                group[name] = 1
            else:
                group.pop(name, None)

    def _set_rests(
        self, node: str, before: tuple[str, ...], now: tuple[str, ...]
    ) -> None:
        for gone in before:
            if gone not in now:
                self._dependants[gone].pop(node, None)
        for target in now:
            self._dependants[target][node] = None

    def _set_kept(self, node: str, before: Kept, now: Kept) -> None:
        subject = subject_of(node)
        if now.stale:
            self.stale[node] = None
        else:
            self.stale.pop(node, None)
        for part, was, is_ in record_changes(before, now):
            sums = self._sums.setdefault(subject, {})
            sums[part] = counted(sums.get(part, NO_RECORDS), was, is_)
            if sums[part] == NO_RECORDS:
                del sums[part]
        if before.tally != now.tally:
            self._set_tally(node, before.tally, now.tally)
        if before.open != now.open:
            items = self._open[subject]
            for part, due in before.open.items():
                if now.open.get(part) != due:
                    del items[bisect_left(items, (due, part))]
            for part, due in now.open.items():
                if before.open.get(part) != due:
                    insort(items, (due, part))

    def _set_tally(
        self, node: str, before: Mapping[str, int], now: Mapping[str, int]
    ) -> None:
        group, name = node_key(subject_of(node), part_of(node)[0]), part_of(node)[1]
        self._tallies[group].subtract(before)
        self._tallies[group].update(now)
        for label in before.keys() - now.keys():
            names = self._labelled[group, label]
            del names[bisect_left(names, name)]
        for label in now.keys() - before.keys():
            insort(self._labelled[group, label], name)
