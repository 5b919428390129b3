"""Disputes about a year's figure of a sharing agreement (年度数质疑).

Another member than who stated a figure doubts it, with evidence. The shares follow
the figure as it was stated, and the dispute stands beside it. It is over once another
amount is stated or the figure is kept with a reason; the same amount said again
answers nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.rules.remembered import Remembered, in_order, no_effect_of, remember
from services.runtime.kinds import Reason
from twincity_schemas.message import Event
from twincity_schemas.sharing import (
    SharingAnswered,
    SharingCollected,
    SharingDisputed,
)
from twincity_schemas.sharing_record import DisputeState, FigureDispute
from twincity_schemas.steps import NoEffect

Collected = Remembered[SharingCollected]
Disputed = Remembered[SharingDisputed]
Answered = Remembered[SharingAnswered]


@dataclass(frozen=True, slots=True)
class DisputesView:
    """One party's disputes of a year and its answers to others', each in its order."""

    raised: tuple[Disputed, ...] = ()
    answered: tuple[Answered, ...] = ()


def apply(before: DisputesView, event: Event[Any]) -> DisputesView:
    """Add a party's next dispute, or its next answer to one."""
    if isinstance(event.data, SharingDisputed):
        return replace(before, raised=(*before.raised, remember(event)))
    return replace(before, answered=(*before.answered, remember(event)))


Place = tuple[str, str]
"""Whose figure it is, and the item's code."""
Figures = Mapping[Place, tuple[Collected, ...]]
"""The figures of a year that count, each with all that was stated of it, in order."""


class Disputes:
    """The disputes of a year.

    Args:
        figures: of the year.
        views: each party's disputes and answers.

    Attributes:
        by_place: those that count, as they were recorded.
        no_effect: the disputes and answers that do not count.
    """

    def __init__(self, figures: Figures, views: Mapping[str, DisputesView]) -> None:
        self._figures = figures
        self._places = {
            (place[0], one.id): place
            for place, versions in figures.items()
            for one in versions
        }
        self._views = views
        self._counting: dict[tuple[str, str], Disputed] = {}
        self._answers: set[tuple[str, str]] = set()
        self.no_effect: list[NoEffect] = []
        by_place: dict[Place, list[FigureDispute]] = defaultdict(list)
        for party, one in in_order({p: v.raised for p, v in views.items()}):
            why = self._against(party, one)
            if why is not None:
                self.no_effect.append(no_effect_of(party, one, why))
                continue
            self._counting[party, one.id] = one
            place = self._places[one.content.party, one.content.answers]
            by_place[place].append(self._record(party, one, self._figures[place]))
        self.by_place: Mapping[Place, list[FigureDispute]] = by_place
        self.no_effect += self._idle_answers()

    def of_item(self, code: str) -> dict[str, tuple[FigureDispute, ...]]:
        """Returns those that count about an item, by whose figure it is."""
        return {
            party: tuple(disputes)
            for (party, item), disputes in self.by_place.items()
            if item == code
        }

    def _against(self, party: str, one: Disputed) -> Reason | None:
        """Returns why a dispute does not count; None if it does."""
        about = one.content
        if about.party == party:
            return _OWN_FIGURE
        place = self._places.get((about.party, about.answers))
        if place is None:
            return _NO_FIGURE
        anew = _stated_anew(self._figures[place], about.answers)
        if anew is not None and anew.recorded < one.recorded:
            return _REPLACED
        doubted = {
            (other.content.party, other.content.answers)
            for (raiser, _), other in self._counting.items()
            if raiser == party
        }
        if (about.party, about.answers) in doubted:
            return _SAID_BEFORE
        return None

    def _record(
        self, party: str, one: Disputed, versions: tuple[Collected, ...]
    ) -> FigureDispute:
        about = one.content
        figure = next(f for f in versions if f.id == about.answers)
        anew = _stated_anew(versions, about.answers)
        answer = self._answer(party, one)
        state, answered_by = DisputeState.OPEN, None
        if anew is not None:
            state, answered_by = DisputeState.CORRECTED, anew.id
        elif answer is not None:
            state, answered_by = DisputeState.KEPT, answer.id
        return FigureDispute(
            raised_by=party,
            statement=one.id,
            recorded=one.recorded,
            figure=figure.id,
            amount=figure.content.amount,
            claimed=about.claimed,
            evidence=about.evidence,
            state=state,
            answer=answered_by,
            reason=answer.content.reason if answer else None,
        )

    def _answer(self, party: str, one: Disputed) -> Answered | None:
        """Returns the first answer recorded since of whoever stated the figure."""
        by = one.content.party
        view = self._views.get(by, DisputesView())
        for answer in view.answered:
            if _about(answer) == (party, one.id) and answer.recorded >= one.recorded:
                self._answers.add((by, answer.id))
                return answer
        return None

    def _idle_answers(self) -> Iterator[NoEffect]:
        for party, view in sorted(self._views.items()):
            for answer in view.answered:
                if (party, answer.id) in self._answers:
                    continue
                dispute = self._counting.get(_about(answer))
                if dispute is None or answer.recorded < dispute.recorded:
                    why = _NO_DISPUTE
                elif dispute.content.party != party:
                    why = _not_yours(dispute.content.party)
                else:
                    why = _SAID_BEFORE
                yield no_effect_of(party, answer, why)


def _about(answer: Answered) -> tuple[str, str]:
    return answer.content.raised_by, answer.content.answers


def _stated_anew(versions: tuple[Collected, ...], figure: str) -> Collected | None:
    """Returns the first statement after a figure's that gives another amount."""
    ids = [one.id for one in versions]
    place = ids.index(figure)
    amount = versions[place].content.amount
    later = versions[place + 1 :]
    return next((one for one in later if one.content.amount != amount), None)


def _not_yours(by: str) -> Reason:
    return "not_your_step", f"由填报方 {by} 答复", f"it is {by} that answers"


_OWN_FIGURE = (
    "own_figure",
    "本方的年度数请直接重报",
    "the figure is this party's own: it is stated anew, not disputed",
)
_NO_FIGURE = (
    "no_figure",
    "该方当年没有此编号的有效年度数",
    "that party has stated no figure of the year under this id that counts",
)
_REPLACED = (
    "figure_replaced",
    "提出质疑前该方已重报另一数；请对现数提出",
    "another amount had been stated before; dispute that one",
)
_NO_DISPUTE = ("no_dispute", "没有该质疑", "there is no such dispute")
_SAID_BEFORE = (
    "said_already",
    "此前已提出或答复，以首次为准",
    "it was said before, and the first stands",
)
