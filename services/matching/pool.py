"""The life of a pool: its entries, what their owners answered, its pairs.

What is remembered of an entry is what its owner said, in the owner's order;
everything else here is derived from that and can be derived anew. So the pairs
of a pool do not depend on how the owners' statements interleave.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, Field

from services.matching.assignment import OTHER, PINNED, Assignment, Side, weight
from services.matching.certificate import certify
from services.matching.scorer import Prepared, explain, possible, prepare, score
from services.matching.table import VERSION
from twincity_schemas.match import MatchAccepted, MatchDeclined
from twincity_schemas.opportunity import (
    Direction,
    OpportunityPublished,
    OpportunityWithdrawn,
)
from twincity_schemas.pairing import (
    CertificateRecorded,
    Pair,
    PairingRecorded,
    PairStatus,
    PoolRecorded,
)
from twincity_schemas.values import Value

Answer = Literal["accepted", "declined"]


class EntryView(Value):
    """What an owner has said of an entry, and of its pairs."""

    entry: OpportunityPublished | None = None
    on_list: bool = False
    answers: Mapping[str, Answer] = Field(default_factory=dict)


def take_in(view: EntryView, data: BaseModel) -> EntryView:
    """Add one statement of the owner; a later answer replaces an earlier one."""
    match data:
        case OpportunityPublished():
            change = {"entry": data, "on_list": True}
        case OpportunityWithdrawn():
            change = {"on_list": False}
        case MatchAccepted():
            change = {"answers": {**view.answers, data.counterpart: "accepted"}}
        case MatchDeclined():
            change = {"answers": {**view.answers, data.counterpart: "declined"}}
        case _:
            change = {}
    return view.model_copy(update=change)


class Pool:
    """One opportunity list and its pairing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._views: dict[str, EntryView] = {}
        self._declined_by: dict[str, set[str]] = defaultdict(set)
        self._prepared: dict[Side, dict[str, Prepared]] = {"demand": {}, "supply": {}}
        self._assignment = Assignment()

    def put(self, subject: str, view: EntryView) -> set[str]:
        """Take in what is now known of an entry.

        Returns:
            The entries whose record may have changed, this one included.
        """
        before = self._views.get(subject, EntryView())
        self._views[subject] = view
        touched = self._assignment.touched
        touched.clear()
        self._forget(subject)
        if view.on_list and view.entry is not None:
            self._list(subject, view.entry)
        # An answer changes the other entry's record too: its pair's status.
        for other in {*before.answers, *view.answers}:
            if before.answers.get(other) != view.answers.get(other):
                touched.add(other)
                if view.answers.get(other) == "declined":
                    self._declined_by[other].add(subject)
                else:
                    self._declined_by[other].discard(subject)
        return {subject, *(touched & self._views.keys())}

    def _forget(self, subject: str) -> None:
        self._assignment.remove(subject)
        for prepared in self._prepared.values():
            prepared.pop(subject, None)

    def _list(self, subject: str, entry: OpportunityPublished) -> None:
        side: Side = "demand" if entry.direction is Direction.DEMAND else "supply"
        new = prepare(subject, entry)
        self._prepared[side][subject] = new
        weights = {
            other: value
            for other, old in self._prepared[OTHER[side]].items()
            if (value := self._weight(*_in_order(side, new, old))) is not None
        }
        self._assignment.put(side, subject, weights, entry.capacity)

    def _weight(self, demand: Prepared, supply: Prepared) -> int | None:
        """What a pair weighs; None if it is impossible, unlikely or declined."""
        answers = self._answers(demand.subject, supply.subject)
        if "declined" in answers:
            return None
        pinned = answers == ("accepted", "accepted")
        points = score(demand, supply)
        if points is None:
            if not pinned or not possible(demand, supply):
                return None
            points = 0  # the owners know better than the score
        value = weight(points, demand.subject, supply.subject)
        return value + PINNED if pinned else value

    def _answers(self, demand: str, supply: str) -> tuple[Answer | None, Answer | None]:
        return (
            self._views[demand].answers.get(supply),
            self._views[supply].answers.get(demand),
        )

    # --- what is told of it ---------------------------------------------------

    def record(self, subject: str) -> PairingRecorded | None:
        """What an entry is paired with now; None if it was never published."""
        view = self._views[subject]
        if view.entry is None:
            return None
        entry = view.entry
        pairs = tuple(self._pairs(subject, entry))
        return PairingRecorded(
            subject=subject,
            pool=self.name,
            title=entry.title,
            direction=entry.direction,
            area=entry.area,
            need_type=entry.need_type,
            open=view.on_list,
            pairs=pairs,
            declined=tuple(sorted(self._declined(subject))),
            why_unpaired=None if pairs else self._why_unpaired(subject, view),
        )

    def _pairs(self, subject: str, entry: OpportunityPublished) -> Iterator[Pair]:
        side: Side = "demand" if entry.direction is Direction.DEMAND else "supply"
        mine = self._prepared[side].get(subject)
        if mine is None:
            return
        for other in sorted(self._assignment.sides[side].chosen[subject]):
            theirs = self._prepared[OTHER[side]][other]
            demand, supply = _in_order(side, mine, theirs)
            terms = explain(demand, supply)
            yield Pair(
                counterpart=other,
                status=_status(self._answers(demand.subject, supply.subject)),
                score=sum(term.points for term in terms),
                terms=terms,
            )

    def _declined(self, subject: str) -> set[str]:
        """The entries that are ruled out, by this owner or by theirs."""
        answers = self._views[subject].answers
        mine = {other for other, answer in answers.items() if answer == "declined"}
        return mine | self._declined_by[subject]

    def _why_unpaired(self, subject: str, view: EntryView) -> str:
        if not view.on_list:
            return "条目已撤回 / the entry was withdrawn"
        for nodes in self._assignment.sides.values():
            if subject in nodes.weights:
                if nodes.capacity[subject] == 0:
                    return "可对接数为零 / its capacity is zero"
                if nodes.weights[subject]:
                    return (
                        "可对接的条目与他方配对总分更高 / "
                        "its possible partners are worth more elsewhere"
                    )
        return "没有满足条件的条目 / no entry meets the conditions"

    def summary(self) -> PoolRecorded:
        """The pairing as a whole, with its certificate."""
        certificate = certify(self._assignment)
        pairs = self._assignment.pairs()
        both = ("accepted", "accepted")
        return PoolRecorded(
            pool=self.name,
            scorer=VERSION,
            demands=len(self._prepared["demand"]),
            supplies=len(self._prepared["supply"]),
            pairs=len(pairs),
            agreed=sum(self._answers(*pair) == both for pair in pairs),
            score=sum(self._points(*pair) for pair in pairs),
            certificate=CertificateRecorded(
                total=str(certificate.total),
                dual_total=str(certificate.dual_total),
                demands={k: str(v) for k, v in sorted(certificate.demands.items())},
                supplies={k: str(v) for k, v in sorted(certificate.supplies.items())},
            ),
        )

    def _points(self, demand: str, supply: str) -> int:
        prepared = self._prepared
        return score(prepared["demand"][demand], prepared["supply"][supply]) or 0

    def weights(self) -> Mapping[str, Mapping[str, int]]:
        """The weight of every possible pair, by demand and supply."""
        return self._assignment.sides["demand"].weights

    def pairs(self) -> list[tuple[str, str]]:
        """The chosen pairs, demand first."""
        return self._assignment.pairs()

    def capacities(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The capacities of the demands and of the supplies."""
        sides = self._assignment.sides
        return sides["demand"].capacity, sides["supply"].capacity


def _in_order(
    side: Side, mine: Prepared, theirs: Prepared
) -> tuple[Prepared, Prepared]:
    return (mine, theirs) if side == "demand" else (theirs, mine)


def _status(answers: tuple[Answer | None, Answer | None]) -> PairStatus:
    match answers:
        case ("accepted", "accepted"):
            return PairStatus.AGREED
        case ("accepted", _):
            return PairStatus.ACCEPTED_BY_DEMAND
        case (_, "accepted"):
            return PairStatus.ACCEPTED_BY_SUPPLY
        case _:
            return PairStatus.RECOMMENDED
