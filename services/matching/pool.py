"""A pool: its entries, what their owners answered, and the pairs that follow.

What is remembered of an entry is what its owner said, in the owner's order;
everything else here is derived from that and can be derived anew. So the pairs
of a pool do not depend on how the owners' statements interleave.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from services.matching import life
from services.matching.assignment import OTHER, PINNED, Assignment, Side, weight
from services.matching.candidates import Candidates
from services.matching.life import Answer
from services.matching.scale import fitting, solve
from services.matching.scorer import Prepared, points, possible, prepare, score
from services.runtime.kinds import States
from twincity_schemas.match import Answered
from twincity_schemas.message import Event
from twincity_schemas.opportunity import (
    Direction,
    OpportunityPublished,
    OpportunityWithdrawn,
)
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Subject, Value, earlier

_MOST_UNMET = 20


class EntryView(Value):
    """What an owner has said of an entry, and of its pairs."""

    entry: OpportunityPublished | None = None
    on_list: bool = False
    answers: Mapping[str, Answer] = Field(default_factory=dict)
    """By the other entry: the last step that counted."""
    unmet: tuple[Unmet, ...] = ()

    @property
    def listed(self) -> OpportunityPublished | None:
        """The entry, if it can be paired: on the list, its window not over.

        Whether the window is over, the entry's own data say (``as_of``).
        """
        entry = self.entry if self.on_list else None
        if entry is None or (entry.valid_to and earlier(entry.valid_to, entry.as_of)):
            return None
        return entry


def apply(view: EntryView, event: Event[Any], _states: States) -> EntryView:
    """Add one statement of the owner."""
    envelope = event.envelope
    return apply_data(view, event.data, envelope.party, envelope.id)


def apply_data(
    view: EntryView, data: BaseModel, party: str = "", statement: str = ""
) -> EntryView:
    """Add what an owner says.

    Args:
        view: what the owner said before.
        data: what it says now.
        party: the owner.
        statement: the statement's id, to name it where it has no effect.
    """
    match data:
        case OpportunityPublished():
            change = {"entry": data, "on_list": True}
        case OpportunityWithdrawn():
            change = {"on_list": False}
        case Answered(counterpart=other):
            step = life.ANSWER_OF[type(data)]
            before = view.answers.get(other)
            if life.counts(before, step):
                change = {"answers": {**view.answers, other: life.after(before, step)}}
            else:
                told = life.unmet(party, statement, before, step)
                change = {"unmet": (*view.unmet, told)[-_MOST_UNMET:]}
        case _:
            change = {}
    return view.model_copy(update=change)


class Pool:
    """One opportunity list and its pairing.

    Attributes:
        views: what the owners said, by entry.
        prepared: the entries that can be paired, by side and name.
        assignment: the pairing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.views: dict[str, EntryView] = {}
        self.prepared: dict[Side, dict[str, Prepared]] = {"demand": {}, "supply": {}}
        self.assignment = Assignment()
        self._candidates = Candidates()
        self._answered_by: dict[str, set[str]] = defaultdict(set)

    def load(self, views: Mapping[str, EntryView]) -> None:
        """Take in a whole pool at once, as after a restart."""
        for subject, view in views.items():
            self._see(subject, view)
            if view.listed is not None:
                self._shelve(prepare(subject, view.listed))
        self.assignment = solve(
            {
                demand: self._weights("demand", own)
                for demand, own in self.prepared["demand"].items()
            },
            {
                side: {name: own.entry.capacity for name, own in listed.items()}
                for side, listed in self.prepared.items()
            },
        )

    def put(self, subject: str, view: EntryView) -> set[str]:
        """Take in what is now known of an entry.

        Returns:
            The entries whose record may have changed, this one included.
        """
        self.assignment.touched.clear()
        answered = self._see(subject, view)
        self._unshelve(subject)
        if view.listed is None:
            self.assignment.remove(subject)
        else:
            own = prepare(subject, view.listed)
            side = self._shelve(own)
            self.assignment.put(
                side, subject, self._weights(side, own), own.entry.capacity
            )
        touched = set(self.assignment.touched)
        self.assignment = fitting(self.assignment)
        # An answer changes the other entry's record too: its pair's status.
        return {subject, *((touched | answered) & self.views.keys())}

    def _see(self, subject: str, view: EntryView) -> set[str]:
        """Keep a view; the entries that it now answers otherwise."""
        before = self.views.get(subject, EntryView()).answers
        self.views[subject] = view
        changed = {
            other
            for other in {*before, *view.answers}
            if before.get(other) != view.answers.get(other)
        }
        for other in changed:
            self._answered_by[other].add(subject)
        return changed

    def _shelve(self, own: Prepared) -> Side:
        side: Side = "demand" if own.entry.direction is Direction.DEMAND else "supply"
        self.prepared[side][own.subject] = own
        self._candidates.add(own)
        return side

    def _unshelve(self, subject: str) -> None:
        self._candidates.remove(subject)
        for listed in self.prepared.values():
            listed.pop(subject, None)

    def _weights(self, side: Side, own: Prepared) -> dict[str, int]:
        """What every possible pair of an entry weighs."""
        found = {
            other: weight(points, *_names(side, own.subject, other))
            for other, points in self._candidates.scores(own).items()
        }
        # An answer rules a pair out, or in though it scores little.
        theirs = self._answered_by.get(own.subject, set())
        for other in {*self.views[own.subject].answers, *theirs}:
            found.pop(other, None)
            if (listed := self.prepared[OTHER[side]].get(other)) is not None:
                value = self._weight(*in_order(side, own, listed))
                if value is not None:
                    found[other] = value
        return found

    def _weight(self, demand: Prepared, supply: Prepared) -> int | None:
        """What a pair weighs; None if it is impossible, unlikely or left."""
        answers = self.answers(demand.subject, supply.subject)
        if life.left(*answers):
            return None
        found = score(demand, supply)
        if not life.pinned(*answers):
            if found is None:
                return None
            return weight(found, demand.subject, supply.subject)
        if not possible(demand, supply):
            return None
        # The owners know better than the threshold.
        value = weight(points(demand, supply), demand.subject, supply.subject)
        return value + PINNED

    # --- what is known of it --------------------------------------------------

    def answers(self, demand: str, supply: str) -> tuple[Answer | None, Answer | None]:
        """What the two owners answered last."""
        return (
            self.views[demand].answers.get(supply),
            self.views[supply].answers.get(demand),
        )

    def side(self, subject: str) -> Side | None:
        """Which side an entry is on; None if it cannot be paired."""
        return next((s for s, own in self.prepared.items() if subject in own), None)

    def pair(self, subject: str, other: str) -> tuple[Prepared, Prepared]:
        """An entry and one of the other side, demand first.

        Raises:
            KeyError: they are not two entries of the pool that can be paired.
        """
        side: Side = "demand" if subject in self.prepared["demand"] else "supply"
        mine, theirs = self.prepared[side][subject], self.prepared[OTHER[side]][other]
        return in_order(side, mine, theirs)

    def exits(self, subject: str) -> Iterator[tuple[str, str, Answer]]:
        """The pairs of an entry that were left: the other, who left it, how."""
        mine = self.views[subject].answers
        for other in sorted({*mine, *self._answered_by.get(subject, ())}):
            theirs = self.views[other].answers if other in self.views else {}
            for owner, answer in (
                (subject, mine.get(other)),
                (other, theirs.get(subject)),
            ):
                if answer in life.EXITS:
                    yield other, Subject.parse(owner).members[0], answer

    def weights(self) -> Mapping[str, Mapping[str, int]]:
        """The weight of every possible pair, by demand and supply."""
        return self.assignment.sides["demand"].weights

    def pairs(self) -> list[tuple[str, str]]:
        """The chosen pairs, demand first."""
        return self.assignment.pairs()

    def capacities(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The capacities of the demands and of the supplies."""
        sides = self.assignment.sides
        return sides["demand"].capacity, sides["supply"].capacity


def in_order(side: Side, mine: Prepared, theirs: Prepared) -> tuple[Prepared, Prepared]:
    """Two entries, demand first, given the side of the first."""
    return (mine, theirs) if side == "demand" else (theirs, mine)


def _names(side: Side, mine: str, theirs: str) -> tuple[str, str]:
    return (mine, theirs) if side == "demand" else (theirs, mine)
