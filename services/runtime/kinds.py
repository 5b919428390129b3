"""The table of a deriving service: its kinds of subjects and their parts.

A part is the subject itself (its header) or what repeats within it (a month, an
obstacle). Each has states, records and an order of its own, told by two pure
functions; ``projection`` does everything else.
"""

from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from pydantic import BaseModel

from services.runtime.outcomes import Spelled
from twincity_schemas.message import Event
from twincity_schemas.parts import OpenPart, PartCount
from twincity_schemas.problems import Problem
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.values import Subject

Views = Mapping[str, Any]
"""What each party has said of one node."""
Name = Callable[[Event[Any]], str | None]
"""Which node of a part an event speaks of; None: of none."""


Reason = tuple[str, str, str]
"""Why a statement has no effect: a code, and the reason in Chinese and English."""


def no_effect(
    party: str,
    statement: str,
    step: str,
    why: Reason,
    open_steps: tuple[OpenStep, ...] = (),
) -> NoEffect:
    """Returns the word that a statement has no effect.

    Args:
        party: its publisher.
        statement: its id.
        step: its type, such as ``obstacle.verified``.
        why: the code and the reason in Chinese and in English.
        open_steps: the steps that could be taken instead.
    """
    code, zh, en = why
    return NoEffect(
        statement=statement,
        party=party,
        step=step,
        code=code,
        zh=zh,
        en=en,
        open=open_steps,
    )


@dataclass(frozen=True)
class Doubted:
    """A statement that counts, and does not fit what was said before it.

    Attributes:
        problem: what to check; a record carries it where the figure stands.
    """

    party: str
    statement: str
    problem: Problem


@dataclass(frozen=True)
class Derived:
    """The results of a derivation of a node.

    Attributes:
        records: by part of the subject; ``""`` is the subject's own.
        no_effect: statements that were taken in and have no effect.
        open: when each open item is due, by its part of the subject.
        tally: what the node counts, by label; a part that comes later in the table
            may ask for the sums, at a cost that does not grow with the nodes.
        in_effect: the statements that have effect now, where the derivation knows
            them: of those alone it is told that they have it again.
        doubted: statements of which their parties are told a doubt.
    """

    records: Mapping[str, BaseModel | Spelled] = field(default_factory=dict)
    no_effect: Iterable[NoEffect] = ()
    open: Mapping[str, str] = field(default_factory=dict)
    tally: Mapping[str, int] = field(default_factory=dict)
    in_effect: Container[str] | None = None
    doubted: Iterable[Doubted] = ()


class States(Protocol):
    """The views that a derivation may look at. Whatever it looks at, it rests on."""

    @property
    def subject(self) -> Subject:
        """The subject that is derived."""

    @property
    def node(self) -> str:
        """Returns what is derived: the subject, or one part of it."""

    @property
    def name(self) -> str:
        """The node's name within its part."""

    @property
    def own(self) -> Views:
        """The node's own views."""

    def of(self, subject: str, part: str = "", name: str = "") -> Views:
        """The views of another node; empty where nothing was said of it."""

    def all_of(self, subject: str, part: str) -> Mapping[str, Views]:
        """The views of every node of a part of a subject, by name."""

    def once(self, key: Hashable, derive: Callable[..., Any], *about: Any) -> Any:
        """Returns ``derive(*about, states)``; anew only if what it looks at differs.

        Args:
            key: of the result among those of the node.
            derive: pure; it looks at nothing of the states but views.
            about: what else the result follows from, compared by value.
        """

    def tally(self, part: str) -> Mapping[str, int]:
        """Returns what the nodes of a part of the subject count, summed by label."""

    def last(self, part: str, label: str) -> str | None:
        """Returns the last of a part's nodes, by name, that counts a label; or None."""

    @property
    def statements(self) -> int:
        """Returns how many statements about the subject were taken in."""

    @property
    def statements_digest(self) -> str:
        """Of their set."""

    @property
    def parts(self) -> dict[str, PartCount]:
        """Returns how many records there are of each part of the subject."""

    @property
    def open(self) -> tuple[int, tuple[OpenPart, ...]]:
        """Returns how much is open on the subject, and what is due first."""

    @property
    def index(self) -> Any:
        """Returns what the service keeps over all its nodes, if it keeps anything."""


class Index(Protocol):
    """An index over many nodes at once, costly to derive anew.

    It is told of every change and says whose records may change by it. It can be
    made anew from the states at any time, and must then be the same.
    """

    def load(self, views: Iterable[tuple[str, Views]]) -> None:
        """Take in every node there is."""

    def put(self, node: str, views: Views) -> Iterable[str]:
        """Take in a node as it is now; returns the nodes to be derived anew."""

    def settle(self) -> Iterable[tuple[str, str]]:
        """Returns what has come to differ since it was last asked, by all that was put.

        Asked once a batch, so that what is costly is not worked out for each node.

        Returns:
            The nodes to be derived anew, each with the subject whose change is
            named as the cause.
        """


def nothing(_states: States) -> Derived:
    """Derive nothing: a part that others look at."""
    return Derived()


@dataclass(frozen=True)
class Part:
    """A repeated part of a subject, or its header where the name is empty.

    Attributes:
        name: the part's; ``""`` is the header.
        view: what is remembered of one party; made without arguments it has
            said nothing. None: the part has no state and rests on others.
        takes: which node each type of statement speaks of.
        apply: one party's view, its next statement and the states before it give
            its view after it.
        derive: what follows.
        topic: where its records lie, if not with the subject's others.
        of: which other subject of the kind it belongs to, by a statement; for what a
            party says once and holds for many, in a service of one shard. Nothing is
            derived of it: others look at it.
    """

    name: str = ""
    view: type[Any] | None = None
    takes: Mapping[type[BaseModel], Name] = field(default_factory=dict)
    apply: Callable[[Any, Event[Any], States], Any] = lambda view, _event, _states: view
    derive: Callable[[States], Derived] = nothing
    topic: str | None = None
    of: Callable[[Event[Any]], str] | None = None


class CountsElsewhere(Protocol):
    """A rule of a kind: what counts in another service before its subject begins."""

    def __call__(self, step: NoEffect, states: States) -> bool:
        """Returns it of one statement, by the views of its subject."""


def _nowhere_else(step: NoEffect, states: States) -> bool:  # noqa: ARG001  a default
    return False


@dataclass(frozen=True)
class Kind:
    """A kind of subject.

    Attributes:
        name: the first part of the subjects' identifiers.
        parts: in the order in which they take a statement in and are derived.
        topic: where a subject's records lie, by its own views; None while there are
            none.
        counts_elsewhere: whether a statement counts in another service that reads it,
            though the subject has no record here.
    """

    name: str
    parts: tuple[Part, ...]
    topic: Callable[[States], str | None] = lambda _states: None
    counts_elsewhere: CountsElsewhere = _nowhere_else

    @cached_property
    def by_name(self) -> Mapping[str, Part]:
        """The parts; the header under ``""``."""
        return {part.name: part for part in self.parts}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each part in the table."""
        return {part.name: place for place, part in enumerate(self.parts)}

    @property
    def has_header(self) -> bool:
        """Returns whether the subject itself has a record, counts and a place."""
        return "" in self.by_name


def whole(  # noqa: PLR0913, PLR0917  a line of a table
    name: str,
    view: type[Any],
    types: Iterable[type[BaseModel]],
    apply: Callable[[Any, Any, States], Any],
    derive: Callable[[States], Any | None],
    topic: Callable[[States], str | None],
) -> Kind:
    """Returns a kind of subject without parts: one state, one record.

    Args:
        name: the first part of the subjects' identifiers.
        view: what is remembered of one party.
        types: of the statements about it.
        apply: a party's view after its next statement.
        derive: the record, with ``no_effect``; None as long as there is none, or
            ``Derived`` where statements have no effect all the same.
        topic: where the record lies.
    """

    def derive_header(states: States) -> Derived:
        record = derive(states)
        if isinstance(record, Derived):
            return record
        return Derived() if record is None else Derived({"": record}, record.no_effect)

    takes = dict.fromkeys(types, lambda _event: "")
    return Kind(name, (Part("", view, takes, apply, derive_header),), topic)
