"""Which boards of a year, and which dispatches, the same members have opened.

A year's result is the mean of its boards, and a dispatch follows what earlier ones
decided. Whoever opens one must not choose which others it rests on: so each is entered
here, whoever of the members opened it, and the year and the later dispatch ask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.runtime.kinds import Part, States
from twincity_schemas.board import BoardOpened
from twincity_schemas.dispatch import DispatchCalled
from twincity_schemas.message import Event
from twincity_schemas.values import Subject

_PART = "calendar"


@dataclass(frozen=True, slots=True)
class Booked:
    """A party's opening of a board for a year, or of a dispatch: made, or not."""

    opened: bool = False


def apply(_before: Booked, _event: Event[Any], _states: States) -> Booked:
    """Returns that it has: once is enough."""
    return Booked(opened=True)


def boards_of(board: str, year: int, states: States) -> list[str]:
    """Returns the other boards that the members of one were said to have for a year.

    Args:
        board: which asks.
        year: of which.
        states: what is remembered.
    """
    return _others(board, str(year), states)


def dispatches_beside(dispatch: str, states: States) -> list[str]:
    """Returns the other dispatches that the members of one were said to have called."""
    return _others(dispatch, _ALL, states)


def _others(opened: str, page: str, states: States) -> list[str]:
    prefix, _, name = opened.rpartition("/")
    entered = states.all_of(f"{prefix}/{page}", _PART)
    return [f"{prefix}/{other}" for other in sorted(entered) if other != name]


_ALL = "all"
"""The one page of all dispatches: what was decided stays due over the years."""


def _part(opening: type[Any], page_of: Callable[[Any], str]) -> Part:
    return Part(
        _PART,
        Booked,
        {opening: lambda event: Subject.parse(event.envelope.subject).name},
        apply,
        of=lambda event: (
            f"{event.envelope.subject.rpartition('/')[0]}/{page_of(event.data)}"
        ),
    )


BOARDS = _part(BoardOpened, lambda opening: str(opening.year))
"""The line of the table of boards."""
DISPATCHES = _part(DispatchCalled, lambda _call: _ALL)
"""The line of the table of dispatches."""
