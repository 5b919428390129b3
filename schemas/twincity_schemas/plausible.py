"""What looks wrong in a statement: a doubt is told, and refuses nothing.

These are the checks that need the statement alone; admission's receipt warns of
them. Those that need what was said before are with the service that has it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from twincity_schemas.decimals import plain
from twincity_schemas.problems import Problem, problem
from twincity_schemas.values import earlier

Named = tuple[str, str]
"""What a figure or a date is called, in Chinese and in English."""

_SLIPS = (Decimal(10), Decimal(10_000))
"""亿元 for 万元 is a factor of 10,000; a digit too many one of ten."""
_NEAR = Decimal("1.1")
_RATES_DIFFER = Decimal(1)
"""Percentage points: rounding to whole per cent is no doubt."""
_TOO_MUCH = Decimal(200)
"""Per cent of a year's plan; published returns stay below."""


def slip(one: Decimal, other: Decimal) -> Decimal | None:
    """Returns the factor by which a unit or a digit was mistaken, if it looks so."""
    low, high = sorted((one, other))
    if low <= 0:
        return None
    ratio = high / low
    return next((f for f in _SLIPS if f / _NEAR <= ratio <= f * _NEAR), None)


def rate(
    plan: Decimal, invested: Decimal, reported: Decimal | None
) -> Iterator[Problem]:
    """Doubt a rate that does not follow from plan and investment: 万元 and per cent."""
    if not plan:
        if invested or reported:
            yield problem(
                "/annual_plan",
                "invested_without_plan",
                f"本年无计划，却报完成 {plain(invested)}",
                f"nothing is planned this year, yet {plain(invested)} is invested",
            )
        return
    computed = invested / plan * 100
    if reported is not None and abs(computed - reported) > _RATES_DIFFER:
        factor = slip(computed, reported)
        zh = f"，相差约 {factor} 倍，疑为单位有误" if factor else ""
        en = f", a factor of {factor}: the unit may be wrong" if factor else ""
        yield problem(
            "/completion_rate",
            "unit_slip" if factor else "rate_differs",
            f"计算完成率 {computed:.2f}%，自报 {plain(reported)}%{zh}",
            f"computed {computed:.2f} %, reported {plain(reported)} %{en}",
        )
    if computed > _TOO_MUCH:
        yield problem(
            "/annual_investment",
            "far_above_plan",
            f"本年完成 {plain(invested)}，为年度计划 {plain(plan)} 的 {computed:.0f}%",
            f"{plain(invested)} is {computed:.0f} % of the year's plan {plain(plan)}",
        )


def at_most(
    where: str, part: Named, amount: Decimal, whole: Named, limit: Decimal
) -> Iterator[Problem]:
    """Doubt a part that is more than its whole; both in one unit, as 万元."""
    if amount > limit:
        yield problem(
            where,
            "above_the_whole",
            f"{part[0]} {plain(amount)} 大于{whole[0]} {plain(limit)}",
            f"{part[1]} {plain(amount)} is more than {whole[1]} {plain(limit)}",
        )


def in_order(
    where: str, later: Named, one: str | None, sooner: Named, other: str | None
) -> Iterator[Problem]:
    """Doubt a date that lies before one that it cannot be before."""
    if one is not None and other is not None and earlier(one, other):
        yield problem(
            where,
            "dates_out_of_order",
            f"{later[0]} {one} 早于{sooner[0]} {other}",
            f"{later[1]} {one} is earlier than {sooner[1]} {other}",
        )


def of_period(as_of: str, year: int, through_month: int) -> Iterator[Problem]:
    """Doubt a date of figures that lies before their period ends, or years later."""
    month = f"{year:04}-{through_month:02}"
    if earlier(as_of, month) or int(as_of[:4]) > year + 1:
        yield problem(
            "/as_of",
            "not_of_the_period",
            f"数据截至 {as_of} 与 {year} 年 1—{through_month} 月不符",
            f"as of {as_of} does not fit January to month {through_month} of {year}",
        )


def whole_shares(where: str, shares: Iterable[Decimal]) -> Iterator[Problem]:
    """Doubt shares that leave something of the whole unspoken for."""
    given = [*shares]
    total = sum(given, Decimal())
    if given and total != 100:  # noqa: PLR2004  per cent
        yield problem(
            where,
            "shares_below_whole",
            f"比例合计 {plain(total)}%，尚差 {plain(100 - total)}%",
            f"the shares add up to {plain(total)} %, {plain(100 - total)} % are left",
        )


def once(where: str, names: Iterable[str]) -> Iterator[Problem]:
    """Doubt a list that names one thing twice."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield problem(
                f"{where}/{index}",
                "named_twice",
                f"{name} 列了两次",
                f"{name} is listed twice",
            )
        seen.add(name)
