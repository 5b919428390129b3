"""The amounts of a year of sharing: which count, whose they are, which look wrong."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal

from services.coordination import plausibility
from services.coordination.sharing_disputes import Collected
from services.rules import presence
from services.runtime.kinds import Reason
from twincity_schemas.problems import Problem
from twincity_schemas.sharing import BelowStock, SharedTerms
from twincity_schemas.sharing_record import ShareState

_FEN = Decimal("0.000001")
"""Of 万元; the smallest amount of money, and of a figure that is counted."""
_WHOLE = Decimal(100)


def against(terms: Mapping[str, SharedTerms], code: str, party: str) -> Reason | None:
    """Returns why a figure has no effect under the year's text."""
    if code not in terms:
        return (
            "not_an_item",
            f"当年的约定中没有事项 {code}",
            f"the year's text has no item {code}",
        )
    if party not in {one.party for one in terms[code].stock}:
        return (
            "not_collected_by",
            f"按当年的约定，本方不是 {code} 的征收方",
            f"by the year's text this party does not collect {code}",
        )
    return None


def is_of_the_year(figure: Collected, year: int) -> bool:
    """Returns whether a figure was recorded in the year's last month or later."""
    # What is stated before is not the year's: half a year against a year's stock
    # would be shared as a loss.
    return figure.recorded > presence.end_of(year, 11)


def shared(
    terms: SharedTerms, amounts: Mapping[str, Decimal], increment: Decimal
) -> tuple[ShareState, dict[str, Decimal]]:
    """Returns each party's share in 万元; together they are the total exactly.

    A part of the increment is cut off below the fen, towards zero whether there is more
    or less than the stock; what that leaves over goes where the text says.
    """
    if increment < 0 and terms.below_stock is BelowStock.KEPT:
        collected = {p: amounts.get(p, Decimal()) for p in terms.parties}
        return ShareState.STOCK_ONLY, collected
    shares = dict.fromkeys(terms.parties, Decimal())
    for one in terms.stock:
        shares[one.party] += one.amount
    left = increment
    for share in terms.ratio:
        part = (increment * share.percent / _WHOLE).quantize(_FEN, ROUND_DOWN)
        shares[share.party] += part
        left -= part
    shares[terms.remainder_to] += left
    return ShareState.SHARED, shares


def slips(
    terms: SharedTerms, party: str, now: Collected, last: Collected | None
) -> Iterator[Problem]:
    """Doubt a year's figure that differs by a factor of units from the last one.

    Args:
        terms: of the item.
        party: whose figure it is.
        now: the figure.
        last: that of the year before. Without it the stock stands for it, and ten
            times as much is no doubt: what comes on top may be as much.
    """
    stock = (one.amount for one in terms.stock if one.party == party)
    yield from plausibility.slipped(
        "/amount",
        ("年度数", "the year's figure"),
        now.content.amount,
        next(stock, Decimal()) if last is None else last.content.amount,
        may_grow_tenfold=last is None,
    )
