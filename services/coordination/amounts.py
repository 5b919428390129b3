"""The year's plan and the total investment of a project, as they stood at a moment.

A plan that is adjusted in mid-year (优化调整) does not reach into the months before:
each is judged by the amounts that its members stood by when it ended. What was said for
the first time afterwards is the first that there was, and holds before, too.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from services.coordination.stance import VERSION, KeptDescription
from services.rules import presence
from services.runtime.kinds import States
from twincity_schemas.project import ProjectDescribed

Amount = TypeVar("Amount")
Texts = Sequence[tuple[datetime, ProjectDescribed]]
"""Each text that a party stood by, and since when."""


def stood(
    states: States, parties: Sequence[str], year: int, moment: datetime
) -> tuple[Decimal | None, Decimal | None]:
    """Returns a year's plan and the total investment at a moment, in 万元.

    Each is None where nobody has said it, or the parties differ.

    Args:
        states: of the project, or of a part of it.
        parties: whose word counts.
        year: of the plan.
        moment: at which.
    """
    where = presence.of(states, str(states.subject))
    texts = [tuple(_texts(states, where, party)) for party in parties]
    plans = [
        plan
        for own in texts
        # The plan of another year says nothing of this one.
        if (plan := _at(_of_year(own, year), moment, lambda t: t.annual_plan))
        is not None
    ]
    # An adjusted plan has a higher version: only the newest are compared, for whoever
    # has not described the project again says nothing against it.
    newest = max((plan.version for plan in plans), default=0)
    amounts = {plan.amount for plan in plans if plan.version == newest}
    totals = {
        total.amount
        for own in texts
        if (total := _at(own, moment, lambda t: t.total_investment)) is not None
    }
    return _only(amounts), _only(totals)


def _texts(
    states: States, where: presence.Views, party: str
) -> Iterator[tuple[datetime, ProjectDescribed]]:
    for act in where[party].acts if party in where else ():
        # Whoever has described and endorsed nothing stood by no text, and has no say.
        if act.digest is None:
            continue
        described: KeptDescription | None = states.of(
            str(states.subject), VERSION, act.digest
        ).get(act.of or party)
        if described is not None and described.description is not None:
            yield act.recorded, described.description.content


def _of_year(texts: Texts, year: int) -> Texts:
    return [
        (since, text)
        for since, text in texts
        if text.annual_plan is None or text.annual_plan.year == year
    ]


def _at(
    texts: Texts,
    moment: datetime,
    amount: Callable[[ProjectDescribed], Amount | None],
) -> Amount | None:
    """Returns an amount as it stood; the first that there was where none did."""
    amounts = [(since, amount(text)) for since, text in texts]
    then = [value for since, value in amounts if since <= moment]
    if any(value is not None for value in then):
        # The last word, not the last amount: who leaves it out has taken it back.
        return then[-1]
    return next((value for _, value in amounts if value is not None), None)


def _only(amounts: set[Decimal]) -> Decimal | None:
    return amounts.pop() if len(amounts) == 1 else None
