"""The places that something may follow from: of a board that is closed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.rules.remembered import Remembered
from services.runtime.kinds import Reason
from twincity_schemas.board import BoardOpened, BoardUnit, Colour
from twincity_schemas.board_record import Place


@dataclass(frozen=True)
class ClosedPlaces:
    """The places of a closed board's units, as far as anything follows from them.

    Attributes:
        by: who opened the board.
        opened: the opening in force.
        at: each unit's place, by the answers to appeals recorded by a moment.
        amended: by unit, the numbers of the amendments that would change its place.
    """

    by: str
    opened: BoardOpened
    at: Callable[[datetime | None], Mapping[str, Place]]
    amended: Mapping[str, tuple[int, ...]]

    def against(
        self, unit: BoardUnit, colour: Colour, statement: Remembered[Any]
    ) -> Reason | None:
        """Returns why nothing followed from a unit's place when it was said."""
        if statement.recorded <= self.opened.cut_off:
            return _NOT_CLOSED
        # The place that counted when it was said: an answer to an appeal that comes
        # later takes back no summons.
        place = self.at(statement.recorded).get(unit.code)
        if place is None or place.colour is not colour:
            return _NOT_BLACK if colour is Colour.BLACK else _NOT_RED
        return None

    def standing(self, unit: BoardUnit, colour: Colour) -> dict[str, Any]:
        """Returns what the record of anything that followed says of the place."""
        place, amended = self.at(None)[unit.code], self.amended.get(unit.code, ())
        return {
            "unit": unit.code,
            "name": unit.unit.name,
            "place": place,
            "moved": place.colour is not colour,
            "amendments": len(amended),
            "latest_amendment": amended[-1] if amended else None,
        }


_NOT_CLOSED = (
    "not_closed",
    "截止前榜单未定，不得据此约谈或激励",
    "the board was not closed yet, and nothing follows from it",
)
_NOT_BLACK = (
    "not_black",
    "该单位当时不在黑榜",
    "the unit was not on the black board then",
)
_NOT_RED = ("not_red", "该单位当时不在红榜", "the unit was not on the red board then")

SAID_BEFORE = (
    "said_already",
    "此前已填报，以首次为准",
    "it was said before, and the first stands",
)
