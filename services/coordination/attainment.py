"""How much of a target is attained, and how much of its time is over.

Exact fractions throughout: a decimal that was rounded on the way could put one
runner of a race before another that is its equal.
"""

from calendar import monthrange
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from twincity_schemas.bound import Bound

_WHOLE = Fraction(100)


def attained(
    value: Decimal, target: Decimal, baseline: Decimal | None, bound: Bound
) -> Fraction | None:
    """(value - baseline) / (target - baseline), in per cent.

    Returns:
        None where the target does not lie beyond the baseline in its direction.
        Without a baseline a least counts from zero, and a most has no share.
    """
    if baseline is None:
        if bound is Bound.AT_MOST:
            return None
        baseline = Decimal()
    if not _beyond(target, baseline, bound):
        return None
    return (
        (Fraction(value) - Fraction(baseline))
        / (Fraction(target) - Fraction(baseline))
        * _WHOLE
    )


def _beyond(target: Decimal, baseline: Decimal, bound: Bound) -> bool:
    return target > baseline if bound is Bound.AT_LEAST else target < baseline


def spent(value: Decimal, target: Decimal) -> Fraction | None:
    """Returns how much of a ceiling is used up, in per cent; None of one of nothing."""
    return Fraction(value) / Fraction(target) * _WHOLE if target > 0 else None


def meets(value: Decimal, target: Decimal, bound: Bound) -> bool:
    """Returns whether a value is on the good side of its target."""
    return value >= target if bound is Bound.AT_LEAST else value <= target


def elapsed(as_of: str, begins: str, ends: str) -> Fraction:
    """The part of a period that is over at the end of a date, from 0 to 100 %.

    Args:
        as_of: a partial date, to its last day.
        begins: a partial date, from its first day.
        ends: a partial date that is not before it, to its last day.
    """
    start = _months(begins, last=False)
    part = (_months(as_of, last=True) - start) / (_months(ends, last=True) - start)
    return min(max(part, Fraction(0)), Fraction(1)) * _WHOLE


def last_day(date: str) -> str:
    """The last day of a partial date: 2022-09 gives 2022-09-30."""
    year, month, day = _parts(date, last=True)
    return f"{year:04}-{month:02}-{day:02}"


@lru_cache(maxsize=1_200)  # asked of every value
def month_ends_before(day: str, count: int) -> tuple[str, ...]:
    """The last days of the months before a day's, the last first."""
    year, month, _ = _parts(day, last=True)
    months = (divmod(year * 12 + month - 1 - back, 12) for back in range(1, count + 1))
    return tuple(last_day(f"{y:04}-{m + 1:02}") for y, m in months if y > 0)


def _months(date: str, *, last: bool) -> Fraction:
    """Months since the year 0, at the beginning or the end of a date."""
    year, month, day = _parts(date, last=last)
    days = day if last else day - 1
    return year * 12 + month - 1 + Fraction(days, _days(year, month))


def _parts(date: str, *, last: bool) -> tuple[int, int, int]:
    known = [int(part) for part in date.split("-")]
    year = known[0]
    month = known[1] if len(known) > 1 else (12 if last else 1)
    if len(known) > 2:  # noqa: PLR2004  year, month and day
        return year, month, known[2]
    return year, month, _days(year, month) if last else 1


def _days(year: int, month: int) -> int:
    return monthrange(year, month)[1]
