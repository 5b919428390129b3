"""What does not fit beside what was said before: doubts that need the history.

A doubt refuses nothing. Its party gets a notice, and the record carries it where the
figure stands. What needs the statement alone admission has warned of
(``twincity_schemas.plausible``).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from services.rules.closing import has_begun, period
from twincity_schemas import plausible
from twincity_schemas.decimals import plain
from twincity_schemas.problems import Problem, problem

_THOUSANDFOLD = Decimal(1000)


class Figures(NamedTuple):
    """A party's figures of a period, its sections together; in 万元."""

    year: int
    plan: Decimal
    invested: Decimal
    cumulative: Decimal


def added(figures: Sequence[Figures]) -> Figures:
    """Returns the sum of several parties' figures of one period."""
    if len(figures) == 1:
        return figures[0]
    zero = Decimal()
    return Figures(
        year=figures[0].year,
        plan=sum((one.plan for one in figures), zero),
        invested=sum((one.invested for one in figures), zero),
        cumulative=sum((one.cumulative for one in figures), zero),
    )


def fits(section: Figures, whole: Figures) -> bool:
    """Returns whether a section is no more than the whole, figure by figure."""
    return (
        section.plan <= whole.plan
        and section.invested <= whole.invested
        and section.cumulative <= whole.cumulative
    )


def beside_the_last(now: Figures, last: Figures) -> Iterator[Problem]:
    """Doubt figures that do not follow on the party's last ones."""
    same_year = now.year == last.year
    yield from _follows(
        "/cumulative_investment",
        ("累计完成投资", "what is invested in all"),
        now.cumulative,
        last.cumulative,
        may_grow_tenfold=False,
    )
    if same_year:
        yield from _follows(
            "/annual_investment",
            ("本年完成投资", "what is invested this year"),
            now.invested,
            last.invested,
            may_grow_tenfold=True,  # as from January to February
        )
        if factor := plausible.slip(now.plan, last.plan):
            yield _slip("/annual_plan", ("年度计划", "the plan"), factor, now, last)
        elif now.plan < last.plan:
            # It raises the rate as more work would.
            yield problem(
                "/annual_plan",
                "plan_lowered",
                f"年度计划 {plain(now.plan)} 小于上期的 {plain(last.plan)}",
                f"the year's plan is {plain(now.plan)}, less than {plain(last.plan)}"
                " before",
            )


def before_its_month(year: int, month: int, recorded: datetime) -> Iterator[Problem]:
    """Doubt figures of a month that had not begun when they were recorded."""
    if not has_begun(year, month, recorded):
        name = period(year, month)
        yield problem(
            "/through_month",
            "before_its_month",
            f"收件时 {name} 尚未开始，不计入调度、榜单和汇总，请届时再报",
            f"{name} had not begun when it was recorded: it counts for no dispatch,"
            " board or area; report again then",
        )


def _follows(
    where: str,
    what: plausible.Named,
    now: Decimal,
    last: Decimal,
    *,
    may_grow_tenfold: bool,
) -> Iterator[Problem]:
    """Doubt a running total that falls, or leaps by a factor of units."""
    slips = [*slipped(where, what, now, last, may_grow_tenfold=may_grow_tenfold)]
    yield from slips
    if not slips and now < last:
        yield problem(
            where,
            "running_total_falls",
            f"{what[0]} {plain(now)} 小于上期的 {plain(last)}",
            f"{what[1]} is {plain(now)}, less than {plain(last)} before",
        )


def slipped(
    where: str,
    what: plausible.Named,
    now: Decimal,
    last: Decimal,
    *,
    may_grow_tenfold: bool,
) -> Iterator[Problem]:
    """Doubt a figure that differs from the last one by a factor of units.

    Args:
        where: the figure's place in its statement.
        what: its name.
        now: the figure.
        last: the one before, in the same unit.
        may_grow_tenfold: whether ten times as much is no doubt, as in a running total.
    """
    leapt = last > 0 and now >= last * _THOUSANDFOLD
    slip = plausible.slip(now, last) is not None
    if leapt or (slip and not (now > last and may_grow_tenfold)):
        yield problem(
            where,
            "unit_slip",
            f"{what[0]} {plain(now)}，上期 {plain(last)}，疑为单位有误",
            f"{what[1]} is {plain(now)} after {plain(last)}: the unit may be wrong",
        )


def _slip(
    where: str, what: plausible.Named, factor: Decimal, now: Figures, last: Figures
) -> Problem:
    return problem(
        where,
        "unit_slip",
        f"{what[0]} {plain(now.plan)}，上期 {plain(last.plan)}，相差约 {factor} 倍",
        f"{what[1]} is {plain(now.plan)} after {plain(last.plan)},"
        f" a factor of {factor}",
    )


def within_the_total(now: Figures, total: Decimal) -> Iterator[Problem]:
    """Doubt figures above a project's described total investment; both in 万元."""
    whole = ("总投资", "the total investment")
    for where, part, amount in (
        ("/annual_plan", ("年度计划投资", "the year's plan"), now.plan),
        ("/annual_investment", ("本年完成投资", "invested this year"), now.invested),
        ("/cumulative_investment", ("累计完成投资", "in all"), now.cumulative),
    ):
        yield from plausible.at_most(where, part, amount, whole, total)


def within_the_whole(party: str, section: Figures, whole: Figures) -> Iterator[Problem]:
    """Doubt a section that is more than the whole that another member reports.

    Args:
        party: whose it is; ``""``: all sections together.
        section: its figures.
        whole: those of the whole.
    """
    where = f"/by/{party}" if party else "/by"
    zh = f"{party} 区段" if party else "各区段合计"
    en = f"{party}'s section" if party else "the sections together"
    for name, part, amount, limit in (
        ("annual_plan", "年度计划", section.plan, whole.plan),
        ("annual_investment", "本年完成", section.invested, whole.invested),
        ("cumulative_investment", "累计完成", section.cumulative, whole.cumulative),
    ):
        yield from plausible.at_most(
            f"{where}/{name}",
            (f"{zh}{part}", f"{en}, {name.replace('_', ' ')},"),
            amount,
            ("整个项目", "the whole's"),
            limit,
        )


def beside_the_described(
    reported: Decimal, described: Decimal, *, complete: bool
) -> Iterator[Problem]:
    """Doubt plans that do not add up to the one described.

    Args:
        reported: their sum, in 万元.
        described: the year's plan as the project is described, in 万元.
        complete: whether everybody has reported; until then less is no doubt.
    """
    missing = described - reported
    if missing < 0 or (complete and missing):
        zh = "尚差" if missing > 0 else "超出"
        en = "missing" if missing > 0 else "too many"
        factor = plausible.slip(reported, described) if complete else None
        yield problem(
            "/described_plan",
            "unit_slip" if factor else "plan_differs",
            f"所述年度计划 {plain(described)}，所报合计 {plain(reported)}，"
            f"{zh} {plain(abs(missing))}",
            f"described {plain(described)}, reported {plain(reported)},"
            f" {plain(abs(missing))} {en}",
        )
