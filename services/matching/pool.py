"""A pool: its entries, what their owners answered, and the pairs that follow.

What is remembered of an entry is what its owner said, in the owner's order
(``entries``); everything here is derived from that and can be derived anew. So the
pairs of a pool do not depend on how the owners' statements interleave.
"""

from collections.abc import Mapping
from heapq import heappush, heappushpop

from services.matching import rows
from services.matching.assignment import OTHER, TIE_BITS, Assignment, Side, weight
from services.matching.candidates import NOBODY, CandidateIndex, Comparison
from services.matching.certificate import Certificate
from services.matching.digests import (
    NO_MEMBERS,
    changed,
    edge,
    of_members,
)
from services.matching.entries import EntryView
from services.matching.figures import PoolFigures
from services.matching.nearest import Nearest
from services.matching.owners import Owners
from services.matching.prices import Prices
from services.matching.scale import fitting, solve
from services.matching.scorer import (
    BOXES,
    Prepared,
    explain,
    points,
    prepare,
    worth,
)
from services.matching.stability import Wishes
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing_record import Term

Pair = tuple[str, str]
"""Two entries, demand first."""


class Pool(Owners):
    """One opportunity list and its pairing.

    Attributes:
        prepared: the entries that can be paired, by side and name.
        assignment: what is recommended for the places that agreements leave.
        held: the agreements, demand first, and what each scores.
        wishes: what the owners would say of what is recommended.
        figures: of what is recommended.
        nearest: to the entries that nobody can be recommended to.
        edges: the pairs that can be recommended and their scores, as a set.
        altered: of those pairs, which the last event brought, took or rescored.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.prepared: dict[Side, dict[str, Prepared]] = {"demand": {}, "supply": {}}
        self.assignment = Assignment()
        self.held: dict[Pair, int] = {}
        self.edges = NO_MEMBERS
        self.wishes = Wishes()
        self.figures = PoolFigures()
        self.altered: set[Pair] = set()
        self._prices = Prices()
        self._stale: set[str] | None = None
        """Whose pairs or places changed since the prices were worked out."""
        self._explained: dict[Pair, tuple[Prepared, Prepared, tuple[Term, ...]]] = {}
        self._candidates = CandidateIndex()
        self.nearest = Nearest(self._near, self._candidates.know)
        self._rows = rows.Rows(self._heaviest, self._ask)
        self._last: tuple[Prepared, Comparison] | None = None

    def load(self, views: Mapping[str, EntryView]) -> None:
        """Take in a whole pool at once, as after a restart."""
        for subject, view in views.items():
            self.see(subject, view)
            if view.listed is not None:
                self._shelve(prepare(subject, view.listed))
        for subject in views:
            self._hold(subject)
        for demand in self.prepared["demand"]:
            self._rows.put(demand, "demand", {})
        self.assignment = solve(
            self._rows.kept,
            {
                side: {name: self.room(name) for name in listed}
                for side, listed in self.prepared.items()
            },
        )
        listed = [entry for known in self.prepared.values() for entry in known]
        self.wishes.learn(self.assignment, listed)
        self.figures.learn(self.assignment, self.wishes, listed)
        self._stale = {*listed}
        for subject in listed:
            self.nearest.ask(subject)
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
        self.assignment.touched.clear()
        held = self._holding(subject)
        self.see(subject, view)
        self._unshelve(subject)
        self._hold(subject)
        compared = self._pair(subject, view)
        resized = held ^ self._holding(subject)
        for other in sorted(resized):
            self._resize(other)
        differ = {subject, *(entry for pair in self.altered for entry in pair)}
        stale = {*resized, *differ, *self.assignment.touched}
        # Of an entry without a pair it is told whom it would be paired with best.
        wishes = self.wishes.learn(self.assignment, stale)
        concerned = {entry for entry in wishes if not self._partners(entry)}
        concerned |= self.figures.learn(self.assignment, self.wishes, stale)
        self._stale = stale | (self._stale or set())
        near = self.answered(subject)
        # Whether an agreement has a place rests on the other's other agreements.
        near |= {further for other in near for further in self.answered(other)}
        near |= self.nearest.learn(subject, compared, differ)
        concerned |= near | self._partners(subject)
        self.assignment = fitting(self.assignment)
        return {subject, *(concerned & self.views.keys())}

    def _pair(self, subject: str, view: EntryView) -> Comparison:
        """Enter an entry's pairs, and those of each demand that keeps others now.

        Returns:
            The entry compared with whatever it could be paired with by its type.
        """
        compared = NOBODY
        self._last = None
        if view.listed is None:
            differ = self._rows.put(subject, None, {})
            self.assignment.remove(subject)
        else:
            own = prepare(subject, view.listed)
            side = self._shelve(own)
            compared = self._compared(own)
            column = self._column(own, compared) if side == "supply" else {}
            differ = self._rows.put(subject, side, column)
            row = self._rows.kept.get(subject) or self._rows.column(subject)
            self.assignment.put(side, subject, row, self.room(subject))
        weights = self.assignment.sides["demand"].weights
        for demand in sorted(differ):
            row = self._rows.kept.get(demand, {})
            if demand in weights and weights[demand] != row:
                self.assignment.put("demand", demand, row, self.room(demand))
        before, now = (
            {
                (demand, supply): value
                for demand in differ
                for supply, value in of.get(demand, {}).items()
            }
            for of in (differ, self._rows.kept)
        )
        self.altered = {pair for pair, _ in before.items() ^ now.items()}
        gone, come = (
            {pair: edge(*pair, of[pair]) for pair in self.altered if pair in of}
            for of in (before, now)
        )
        self.edges = changed(self.edges, gone, come)
        return compared

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
            agreement = self.agreement(subject, other)
            d, s = (side.subject for side in agreement.demand_first())
            # Either way round: an entry may have changed sides since.
            self.held.pop((d, s), None)
            self.held.pop((s, d), None)
            if agreement.held:
                self.held[d, s] = points(self.read(d), self.read(s))

    def _resize(self, subject: str) -> None:
        """Give an entry the places that its agreements leave now."""
        if (side := self.side(subject)) is not None:
            row = dict(self.assignment.sides[side].weights[subject])
            self.assignment.put(side, subject, row, self.room(subject))

    def _heaviest(self, demand: str) -> rows.KnownRow:
        """A demand's heaviest pairs by the whole list, and down to which weight."""
        own, out = self.prepared["demand"][demand], self.out(demand)
        most, heaviest = rows.MOST + rows.SPARE, dict[str, int]()
        best: list[int] = []
        for alike, other in self._compared(own).best():
            if len(best) == most and _most(alike) < best[0]:
                break  # no box brings it, or those behind it, to what the last weighs
            score = worth(own, other, alike)
            if score is None or other.subject in out:
                continue
            value = heaviest[other.subject] = weight(score, demand, other.subject)
            (heappush if len(best) < most else heappushpop)(best, value)
        floor = best[0] if len(best) == most else 0
        return {s: value for s, value in heaviest.items() if value >= floor}, floor

    def _ask(self, demand: str, floor: int) -> None:
        """Say how alike a supply has to be for a demand to keep it, if boxes allow."""
        self._candidates.ask(demand, -(-floor >> TIE_BITS) - BOXES - 1)

    def _column(self, own: Prepared, compared: Comparison) -> rows.Row:
        """Returns the weights of a supply's pairs that their demands might keep."""
        out, floor = self.out(own.subject), self._rows.floor
        column = {}
        for alike, other in compared.keeping():
            demand = other.subject
            if _most(alike) < floor[demand] or demand in out:
                continue
            if (score := worth(other, own, alike)) is not None:
                column[demand] = weight(score, demand, own.subject)
        return column

    def _compared(self, own: Prepared) -> Comparison:
        """Compares an entry with each of the other side; remembers the last answer."""
        if self._last is None or self._last[0] is not own:
            self._last = own, self._candidates.compared(own)
        return self._last[1]

    def _near(self, subject: str) -> Comparison | None:
        """Compares a lonely entry with the other side; None where some are kept."""
        side = self.side(subject)
        if side is None or self.assignment.sides[side].weights[subject]:
            return None
        return self._compared(self.prepared[side][subject])

    # --- what is known of it --------------------------------------------------

    def _holding(self, subject: str) -> set[str]:
        """The entries that an entry has agreements with."""
        return {
            other
            for other in self.answered(subject)
            if (subject, other) in self.held or (other, subject) in self.held
        }

    def _partners(self, subject: str) -> set[str]:
        """Whom an entry is recommended to."""
        side = self.side(subject)
        return set() if side is None else self.assignment.sides[side].chosen[subject]

    def room(self, subject: str) -> int:
        """Returns how many places an entry's agreements leave for recommendations."""
        entry = self.views[subject].entry
        return max(0, entry.capacity - len(self._holding(subject))) if entry else 0

    def side(self, subject: str) -> Side | None:
        """Returns which side an entry is on; None if it cannot be paired."""
        if subject in self.prepared["demand"]:
            return "demand"
        return "supply" if subject in self.prepared["supply"] else None

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

    @property
    def prices(self) -> Prices:
        """The prices, worked out once whatever changed since."""
        if self._stale is not None:
            self._prices.learn(self.assignment, self._stale)
            self._stale = None
        return self._prices

    @property
    def proof(self) -> Certificate:
        """The certificate of what is recommended."""
        return self.prices.proof(self.assignment)

    def explain(self, demand: str, supply: str) -> tuple[Term, ...]:
        """Returns a pair's score, term by term; remembered while both are unchanged."""
        d, s = self.read(demand), self.read(supply)
        known = self._explained.get((demand, supply))
        if known is not None and known[0] is d and known[1] is s:
            return known[2]
        # As many as there are entries: it grows with the pool and no further.
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


def _most(alike: int) -> int:
    """Returns the most that a pair can weigh whose texts are so alike."""
    return (alike + BOXES + 1) << TIE_BITS
