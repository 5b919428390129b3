"""What parties have said of a board, and whose opening of it counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.appraisal import appeals, published
from services.appraisal.opening import Opened, after_either, opened
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Reason, States
from twincity_schemas.board import BoardOpened, ExemptionGranted, FigureStated
from twincity_schemas.message import Event
from twincity_schemas.values import Subject

EVER = datetime.max.replace(tzinfo=UTC)
"""After all that was said."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """One party's statements about a board, each kind in its own order."""

    opened: tuple[Remembered[BoardOpened], ...] = ()
    stated: tuple[Remembered[FigureStated], ...] = ()
    exempted: tuple[Remembered[ExemptionGranted], ...] = ()


Views = Mapping[str, BoardView]


def apply(before: BoardView, event: Event[Any], _states: States) -> BoardView:
    """Returns a party's view after its next statement about the board.

    None replaces another, since a cut-off may lie between.
    """
    match event.data:
        case BoardOpened():
            return replace(before, opened=(*before.opened, remember(event)))
        case FigureStated():
            return replace(before, stated=(*before.stated, remember(event)))
        case _:
            return replace(before, exempted=(*before.exempted, remember(event)))


def opening(board: str, states: States) -> Opened[BoardOpened]:
    """Returns who opened a board, and with what.

    An opening whose rules its party had published before, under the same name and with
    other content, is none: on whichever board that was.
    """
    openings: dict[str, tuple[Remembered[BoardOpened], ...]] = {}
    other: list[tuple[str, Remembered[BoardOpened]]] = []
    for party, view in sorted(states.of(board).items()):
        own = [one for one in view.opened if _stand(party, one, states)]
        other += [(party, one) for one in view.opened if one not in own]
        openings[party] = tuple(own)
    opened_by = opened(openings, _why_not_anew, Subject.parse(board).members)
    idle = (no_effect_of(party, one, _SAME_VERSION) for party, one in other)
    return replace(opened_by, no_effect=(*opened_by.no_effect, *idle))


def _stand(party: str, one: Remembered[BoardOpened], states: States) -> bool:
    rules = one.content.rules
    return published.first(states, party, rules.name) == rules


_SAME_VERSION = (
    "same_version",
    "本方同一规则版本的内容不得变更，请另立版本",
    "a party's rules of one version never change; give them another version",
)


def _why_not_anew(opened: BoardOpened, later: Remembered[BoardOpened]) -> Reason | None:
    """Returns why a board that is opened again stays as it was."""
    return after_either(opened.cut_off, later.content.cut_off, later.recorded)


def answers_by(
    board: str, opened: BoardOpened, by: str, states: States, moment: datetime
) -> dict[tuple[str, str], Decimal]:
    """Returns the figures that answers recorded by a moment have put right.

    Of several that are about one figure the last recorded stands.
    """
    upheld = []
    views_by_unit = states.all_of(board, "appeal")
    odd = appeals.at_odds(views_by_unit, opened, by)
    for name, views in views_by_unit.items():
        answered, appeal = (
            appeals.answer(name, views, opened, by, odd),
            appeals.raised(name, views, opened),
        )
        if not answered or not appeal or answered.recorded > moment:
            continue
        if (value := answered.content.value) is not None:
            about = appeal.content
            place = (about.unit, about.measure)
            upheld.append((answered.recorded, name, place, value))
    # Of one instant there is nothing to choose: those at odds are left out above.
    return {place: value for _, _, place, value in sorted(upheld)}
