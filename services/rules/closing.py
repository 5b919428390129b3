"""Closed is closed: what may still move at a moment, and what may not.

A deadline moves as long as it is not over. Days are those of the field's one
zone (UTC+8): a statement recorded on the day that is the deadline is in time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.rules.remembered import Remembered
from services.runtime.kinds import Reason
from twincity_schemas.deadline import DeadlineChange
from twincity_schemas.parties import day_of
from twincity_schemas.values import earlier


def period(year: int, through_month: int) -> str:
    """Returns the name of January to a month, such as 2026-09; sorts as time does."""
    return f"{year:04}-{through_month:02}"


def has_begun(year: int, month: int, moment: datetime) -> bool:
    """Returns whether a month had begun at a moment: before, nothing is known of it."""
    return not earlier(day_of(moment), period(year, month))


def closed_before(year: int, month: int, recorded: datetime) -> bool:
    """Returns whether a period was closed before something of it was recorded.

    It is reported in the month that follows it; what comes after that is a backfill.
    """
    follows = period(year + month // 12, month % 12 + 1)
    return over(follows, recorded)


def over(due: str, moment: datetime) -> bool:
    """Returns whether a deadline was over at a moment.

    Args:
        due: a partial date; 2024-09 is over once September is.
        moment: usually when something was recorded.
    """
    return earlier(due, day_of(moment))


def deadline_changes(
    versions: Iterable[tuple[Remembered[Any], Reason | None]],
) -> tuple[DeadlineChange, ...]:
    """Returns the dates that were said again, and which of them count.

    Args:
        versions: of what has a ``due``, each with why it has no effect, if it has none.
    """
    return tuple(
        DeadlineChange(
            statement=version.id,
            recorded=version.recorded,
            due=version.content.due,
            counts=why is None,
        )
        for version, why in versions
    )
