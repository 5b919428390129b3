"""What parties have said of a board, and whose opening of it counts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.appraisal import appeals
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened, opened
from services.rules.heard import Recorded, Why, recorded
from services.runtime.kinds import States
from twincity_schemas.board import BoardOpened, ExemptionGranted, FigureStated
from twincity_schemas.message import Event
from twincity_schemas.values import Value

EVER = datetime.max.replace(tzinfo=UTC)
"""After all that was said."""


class BoardView(Value):
    """What one party has said of a board."""

    opened: tuple[Recorded[BoardOpened], ...] = ()
    stated: tuple[Recorded[FigureStated], ...] = ()
    exempted: tuple[Recorded[ExemptionGranted], ...] = ()


Views = Mapping[str, BoardView]


def apply(before: BoardView, event: Event[Any], _states: States) -> BoardView:
    """Add one statement; none replaces another, since a cut-off may lie between."""
    kinds: dict[type[Any], str] = {
        BoardOpened: "opened",
        FigureStated: "stated",
        ExemptionGranted: "exempted",
    }
    kind = kinds[type(event.data)]
    said = (*getattr(before, kind), recorded(event))
    return before.model_copy(update={kind: said})


def opening(views: Views) -> Opened[BoardOpened]:
    """Returns who opened a board, and with what."""
    return opened({party: view.opened for party, view in views.items()}, _why_not_anew)


def _why_not_anew(told: BoardOpened, later: Recorded[BoardOpened]) -> Why | None:
    """Why a board that is opened again stays as it was."""
    content = later.heard.content
    if content.rules.name == told.rules.name and content.rules != told.rules:
        return (
            "same_version",
            "同一规则版本的内容不得变更，请另立版本",
            "rules of one version never change; give them another version",
        )
    closed = min(told.cut_off, content.cut_off)
    return AFTER_THE_CUT_OFF if later.recorded > closed else None


def answers_by(
    board: str, told: BoardOpened, by: str, states: States, moment: datetime
) -> dict[tuple[str, str], Decimal]:
    """Returns the figures that answers recorded by a moment have put right.

    Of several that are about one figure the last recorded stands.
    """
    upheld = []
    for name, views in states.all_of(board, "appeal").items():
        said, appeal = (
            appeals.answer(name, views, told, by),
            appeals.raised(name, views),
        )
        if not said or not appeal or said.recorded > moment:
            continue
        if (value := said.heard.content.value) is not None:
            about = appeal.heard.content
            place = (about.unit, about.measure)
            upheld.append((said.recorded, name, place, value))
    return {place: value for _, _, place, value in sorted(upheld)}
