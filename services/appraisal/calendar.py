"""Which boards the same members have opened for a year, whoever of them did.

A year's result is the mean of its boards. Whoever opens the year must not choose
which of them it is made of: so each board tells its year, and the year asks.
"""

from dataclasses import dataclass
from typing import Any

from services.runtime.kinds import Part, States
from twincity_schemas.board import BoardOpened
from twincity_schemas.message import Event
from twincity_schemas.values import Subject

_PART = "calendar"


@dataclass(frozen=True, slots=True)
class OfYear:
    """A party's opening of the board for a year: made, or not."""

    opened: bool = False


def apply(_before: OfYear, _event: Event[Any], _states: States) -> OfYear:
    """Returns that it has: once is enough."""
    return OfYear(opened=True)


def boards_of(board: str, year: int, states: States) -> list[str]:
    """Returns the other boards that the members of one were said to have for a year.

    Args:
        board: which asks.
        year: of which.
        states: what is remembered.
    """
    subject = Subject.parse(board)
    named = states.all_of(_year_of(subject, year), _PART)
    prefix, _, _ = board.rpartition("/")
    return [f"{prefix}/{name}" for name in sorted(named) if name != subject.name]


def _year_of(subject: Subject, year: int) -> str:
    return f"board/{'.'.join(subject.members)}/{year}"


PART = Part(
    _PART,
    OfYear,
    {BoardOpened: lambda event: Subject.parse(event.envelope.subject).name},
    apply,
    of=lambda event: _year_of(Subject.parse(event.envelope.subject), event.data.year),
)
"""The line of the table of boards."""
