"""A pool: its entries, what their owners answered, and the pairs that follow.

What is remembered of an entry is what its owner said, in the owner's order
(``entries``); everything here is derived from that and can be derived anew. So the
pairs of a pool do not depend on how the owners' statements interleave.
"""

from collections import defaultdict
from collections.abc import Mapping

from services.matching.agreements import Agreement, agreement
from services.matching.assignment import OTHER, Assignment, Side, weight
from services.matching.candidates import Candidates
from services.matching.certificate import Certificate, certify
from services.matching.digests import (
    NO_MEMBERS,
    Members,
    changed,
    edge,
    of_members,
    price,
)
from services.matching.entries import NOTHING_SAID, EntryView
from services.matching.rows import Rows
from services.matching.scale import fitting, solve
from services.matching.scorer import (
    Prepared,
    alike,
    explain,
    is_kindred,
    points,
    prepare,
)
from services.matching.stability import Wishes, wishes
from services.runtime.nodes import added
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing import Term

Pair = tuple[str, str]
"""Two entries, demand first."""
NEAREST = 3
"""How many entries an unpaired one is told that come nearest."""
Quote = tuple[Side, int, int]
"""An entry's side, the places that it has left, its price in the certificate."""


class Pool:
    """One opportunity list and its pairing.

    Attributes:
        views: what the owners said, by entry.
        prepared: the entries that can be paired, by side and name.
        assignment: what is recommended for the places that agreements leave.
        held: the agreements, demand first, and what each scores.
        statements: those that it rests on, as a set.
        edges: the pairs that can be recommended and their scores, as a set.
        altered: of those pairs, which the last event brought, took or rescored.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.views: dict[str, EntryView] = {}
        self.prepared: dict[Side, dict[str, Prepared]] = {"demand": {}, "supply": {}}
        self.assignment = Assignment()
        self.held: dict[Pair, int] = {}
        self.statements = NO_MEMBERS
        self.edges = NO_MEMBERS
        self._proof: Certificate | None = None
        self._quotes: dict[str, Quote] = {}
        self._prices = NO_MEMBERS
        self._requoted: set[str] = set()
        self.wishes = Wishes()
        self._explained: dict[Pair, tuple[Prepared, Prepared, tuple[Term, ...]]] = {}
        self._nearest: dict[str, list[tuple[int, str]]] = {}
        self.altered: set[Pair] = set()
        self._rows = Rows()
        self._candidates = Candidates()
        self._answered_by: dict[str, set[str]] = defaultdict(set)

    def load(self, views: Mapping[str, EntryView]) -> None:
        """Take in a whole pool at once, as after a restart."""
        for subject, view in views.items():
            self._see(subject, view)
            if view.listed is not None:
                self._shelve(prepare(subject, view.listed))
        for subject in views:
            self._hold(subject)
        for demand, own in self.prepared["demand"].items():
            self._rows.put(demand, "demand", self._weights("demand", own))
        self.assignment = solve(
            self._rows.kept,
            {
                side: {name: self.room(name) for name in listed}
                for side, listed in self.prepared.items()
            },
        )
        self.wishes = wishes(self.assignment)
        for listed in self.prepared.values():
            for subject in listed:
                self._ask_nearest(subject)
        self.edges = of_members(
            edge(d, s, value)
            for d, row in self.weights().items()
            for s, value in row.items()
        )

    def put(self, subject: str, view: EntryView) -> set[str]:
        """Take in what is now known of an entry.

        Returns:
            The entries whose record may have changed, this one included.
        """
        self._proof = None
        self.assignment.touched.clear()
        held, could = self._holding(subject), self._rows.possible(subject)
        self._see(subject, view)
        self._unshelve(subject)
        self._hold(subject)
        self._pair(subject, view)
        could ^= self._rows.possible(subject)
        resized = held ^ self._holding(subject)
        for other in sorted(resized):
            self._resize(other)
        differ = {subject, *(entry for pair in self.altered for entry in pair)}
        self.wishes.learn(
            self.assignment, {*resized, *differ, *self.assignment.touched}
        )
        near = self.answered(subject)
        # Whether an agreement has a place rests on the other's other agreements.
        near |= {further for other in near for further in self.answered(other)}
        near |= differ | could
        near |= self._neighbours(subject, differ)
        touched = self.assignment.touched | near
        self.assignment = fitting(self.assignment)
        return {subject, *(touched & self.views.keys())}

    def _pair(self, subject: str, view: EntryView) -> None:
        """Enter an entry's pairs, and those of each demand that keeps others now."""
        if view.listed is None:
            rows = self._rows.put(subject, None, {})
            self.assignment.remove(subject)
        else:
            own = prepare(subject, view.listed)
            side = self._shelve(own)
            rows = self._rows.put(subject, side, self._weights(side, own))
            kept = self._rows.kept.get(subject) or self._rows.column(subject)
            self.assignment.put(side, subject, kept, self.room(subject))
        weights = self.assignment.sides["demand"].weights
        for demand in sorted(rows):
            kept = self._rows.kept.get(demand, {})
            if demand in weights and weights[demand] != kept:
                self.assignment.put("demand", demand, kept, self.room(demand))
        before, now = (
            {
                (demand, supply): edge(demand, supply, value)
                for demand in rows
                for supply, value in of.get(demand, {}).items()
            }
            for of in (rows, self._rows.kept)
        )
        self.edges = changed(self.edges, before, now)
        self.altered = {pair for pair, _ in before.items() ^ now.items()}

    def _neighbours(self, subject: str, changed: set[str]) -> set[str]:
        """Ask again who is nearest to entries that could be paired with nobody.

        Args:
            subject: what was put.
            changed: whose possible pairs changed by it.

        Returns:
            Those to which others are nearest now.
        """
        side = self.side(subject)
        again = {subject, *changed}
        for lonely, known in self._nearest.items():
            if any(other == subject for _, other in known):
                again.add(lonely)
            elif side is not None and lonely in self.prepared[OTHER[side]]:
                pair = self.pair(subject, lonely)
                least = known[-1][0] if len(known) == NEAREST else 1
                if is_kindred(*pair) and alike(*pair) >= least:
                    again.add(lonely)
        return {one for one in again if self._ask_nearest(one)}

    def _ask_nearest(self, subject: str) -> bool:
        """Whether others than before are nearest to an entry."""
        side, before = self.side(subject), self._nearest.pop(subject, None)
        if side is None or self.assignment.sides[side].weights[subject]:
            return before is not None
        own = self.prepared[side][subject]
        now = self._nearest[subject] = self._candidates.nearest(own, NEAREST)
        # The same entries may score otherwise now, or lack something else.
        return before != now or bool(now)

    def nearest(self, subject: str) -> list[str]:
        """The entries nearest to one that nobody can be recommended to."""
        return [other for _, other in self._nearest.get(subject, ())]

    def _see(self, subject: str, view: EntryView) -> None:
        before = self.views.get(subject, NOTHING_SAID)
        count, digest = self.statements
        for known, sign in ((before, -1), (view, 1)):
            if known.entry is not None:  # one that is not published has no record
                count += sign * known.statements
                digest = added(digest, (known.digest or "0", sign))
        self.statements = count, digest
        self.views[subject] = view
        for other in view.answers:
            self._answered_by[other].add(subject)

    def _shelve(self, own: Prepared) -> Side:
        side: Side = "demand" if own.entry.direction is Direction.DEMAND else "supply"
        self.prepared[side][own.subject] = own
        self._candidates.add(own)
        return side

    def _unshelve(self, subject: str) -> None:
        self._candidates.remove(subject)
        for listed in self.prepared.values():
            listed.pop(subject, None)

    def _hold(self, subject: str) -> None:
        """Note the agreements of an entry, and what they score."""
        for other in self.answered(subject):
            found = self.agreement(subject, other)
            d, s = (side.subject for side in found.demand_first())
            self.held.pop((d, s), None)
            self.held.pop((s, d), None)
            if found.held:
                self.held[d, s] = points(self.read(d), self.read(s))

    def _resize(self, subject: str) -> None:
        """Give an entry the places that its agreements leave now."""
        if (side := self.side(subject)) is not None:
            row = dict(self.assignment.sides[side].weights[subject])
            self.assignment.put(side, subject, row, self.room(subject))

    def _weights(self, side: Side, own: Prepared) -> dict[str, int]:
        """What every pair of an entry weighs that can be recommended."""
        found = {
            other: weight(points, *_names(side, own.subject, other))
            for other, points in self._candidates.scores(own).items()
        }
        for other in self.answered(own.subject):
            known = self.agreement(own.subject, other)
            if known.left or known.held:
                found.pop(other, None)
        return found

    # --- what is known of it --------------------------------------------------

    def answered(self, subject: str) -> set[str]:
        """The entries that its owner has answered on, or whose owners have."""
        mine = self.views.get(subject, NOTHING_SAID).answers
        return {*mine, *self._answered_by.get(subject, ())}

    def agreement(self, subject: str, other: str) -> Agreement:
        """What the owners of two entries have come to."""
        mine, theirs = (self.views.get(n, NOTHING_SAID) for n in (subject, other))
        return agreement(subject, mine, other, theirs)

    def agreements(self, subject: str) -> list[Agreement]:
        """Of an entry with each that its owner or theirs spoke of, by name."""
        return [self.agreement(subject, o) for o in sorted(self.answered(subject))]

    def _holding(self, subject: str) -> set[str]:
        """The entries that an entry has agreements with."""
        return {
            other
            for other in self.answered(subject)
            if (subject, other) in self.held or (other, subject) in self.held
        }

    def room(self, subject: str) -> int:
        """How many places an entry's agreements leave for recommendations."""
        entry = self.views[subject].entry
        return max(0, entry.capacity - len(self._holding(subject))) if entry else 0

    def side(self, subject: str) -> Side | None:
        """Which side an entry is on; None if it cannot be paired."""
        return next((s for s, own in self.prepared.items() if subject in own), None)

    def read(self, subject: str) -> Prepared:
        """An entry as its owner last said it, on the list or not.

        Raises:
            KeyError: it was never published.
        """
        side = self.side(subject)
        if side is not None:
            return self.prepared[side][subject]
        entry = self.views[subject].entry if subject in self.views else None
        if entry is None:
            raise KeyError(subject)
        return prepare(subject, entry)

    def pair(self, subject: str, other: str) -> tuple[Prepared, Prepared]:
        """An entry and one of the other side, demand first.

        Raises:
            KeyError: they are not two entries of the pool that can be paired.
        """
        side: Side = "demand" if subject in self.prepared["demand"] else "supply"
        mine, theirs = self.prepared[side][subject], self.prepared[OTHER[side]][other]
        return (mine, theirs) if side == "demand" else (theirs, mine)

    def is_possible(self, subject: str) -> bool:
        """Whether an entry could be paired with any, among the best or not."""
        return bool(self._rows.possible(subject))

    @property
    def proof(self) -> Certificate:
        """The certificate of what is recommended, worked out once a change."""
        if self._proof is None:
            self._proof = certify(self.assignment)
            self._quote(self._proof)
        return self._proof

    def _quote(self, proof: Certificate) -> None:
        duals: Mapping[Side, Mapping[str, int]] = {
            "demand": proof.demands,
            "supply": proof.supplies,
        }
        now = {
            entry: (side, places, duals[side][entry])
            for side, nodes in self.assignment.sides.items()
            for entry, places in nodes.capacity.items()
        }
        differ = {entry for entry, _ in self._quotes.items() ^ now.items()}
        before, after = (
            {e: price(e, *quotes[e][1:]) for e in differ & quotes.keys()}
            for quotes in (self._quotes, now)
        )
        self._prices = changed(self._prices, before, after)
        self._quotes = now
        self._requoted |= differ

    def quote(self, subject: str) -> Quote | None:
        """An entry's places and price; None where it is not on the list."""
        assert self.proof  # noqa: S101  quotes follow from it
        return self._quotes.get(subject)

    @property
    def prices(self) -> Members:
        """Every entry's places and price, as a set."""
        assert self.proof  # noqa: S101  as above
        return self._prices

    def requoted(self) -> list[str]:
        """The entries whose places or price came to differ since it was last asked."""
        assert self.proof  # noqa: S101  as above
        found, self._requoted = sorted(self._requoted), set()
        return found

    def explain(self, demand: str, supply: str) -> tuple[Term, ...]:
        """What a pair scores, term by term; remembered while both are as they were."""
        d, s = self.read(demand), self.read(supply)
        known = self._explained.get((demand, supply))
        if known is not None and known[0] is d and known[1] is s:
            return known[2]
        if len(self._explained) > len(self.views):
            self._explained.clear()
        terms = explain(d, s)
        self._explained[demand, supply] = d, s, terms
        return terms

    def weights(self) -> Mapping[str, Mapping[str, int]]:
        """The weight of every pair that can be recommended, by demand and supply."""
        return self.assignment.sides["demand"].weights

    def recommended(self) -> list[Pair]:
        """The recommended pairs, demand first."""
        return self.assignment.pairs()

    def pairs(self) -> list[Pair]:
        """The recommended pairs and the agreements, demand first."""
        return sorted([*self.assignment.pairs(), *self.held])

    def capacities(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The places left for recommendations, of the demands and of the supplies."""
        sides = self.assignment.sides
        return sides["demand"].capacity, sides["supply"].capacity


def _names(side: Side, mine: str, other: str) -> Pair:
    return (mine, other) if side == "demand" else (other, mine)
