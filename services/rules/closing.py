"""Closed is closed: what may still move at a moment, and what may not.

A deadline moves as long as it is not over. Days are those of the field's one
zone (UTC+8): a statement recorded on the day that is the deadline is in time.
"""

from datetime import datetime, timedelta, timezone

from twincity_schemas.values import earlier

FIELD = timezone(timedelta(hours=8))
"""China Standard Time; there is no summer time."""


def day(moment: datetime) -> str:
    """Returns the day of a moment in the field's zone, such as 2024-09-30."""
    return moment.astimezone(FIELD).date().isoformat()


def over(due: str, moment: datetime) -> bool:
    """Whether a deadline was over at a moment.

    Args:
        due: a partial date; 2024-09 is over once September is.
        moment: usually when something was recorded.
    """
    return earlier(due, day(moment))
