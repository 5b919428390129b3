"""Sharing across the border (经济区与行政区适度分离): the agreement, and each year.

An agreement is agreed as a project's description is. Each year is a part of its own:
whoever collects an item states the figure, and the shares follow from the text that
was agreed when the year ended. A party's share is its stock and, of what comes on top,
its part of the ratio; the shares add up to the total exactly. What another member
doubts of a figure stands beside it (``sharing_disputes``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal
from typing import Any

from services.coordination import sharing_disputes, stance, standing
from services.coordination.sharing_disputes import (
    Collected,
    Disputes,
    DisputesView,
)
from services.coordination.sharing_terms import (
    AgreedText,
    SharingView,
    Views,
    agreed_of,
    apply,
    latest_in_force,
    of_year,
    position,
)
from services.rules import presence
from services.rules.remembered import no_effect_of, remember
from services.runtime.kinds import Derived, Kind, Part, Reason, States
from twincity_schemas.message import Event
from twincity_schemas.sharing import (
    BelowStock,
    SharedTerms,
    SharingAnswered,
    SharingCollected,
    SharingDeclined,
    SharingDescribed,
    SharingDisputed,
    SharingEndorsed,
    SharingReopened,
    SharingWithdrawn,
)
from twincity_schemas.sharing_record import (
    AmountBefore,
    DisputeState,
    FigureDispute,
    ItemShares,
    PartyShare,
    ShareRecorded,
    ShareState,
    SharingRecorded,
    TextInForce,
)
from twincity_schemas.steps import NoEffect
from twincity_schemas.topology import records

_FEN = Decimal("0.000001")
"""Of 万元; the smallest amount of money, and of a figure that is counted."""
_WHOLE = Decimal(100)


def _stands(views: Views) -> dict[str, stance.StanceView[SharingDescribed]]:
    return {party: view.acts[-1][1] for party, view in sorted(views.items())}


def topic(states: States) -> str | None:
    """Returns where the records lie; None while no domain is known."""
    domain = stance.described_domain(_stands(states.own))
    return None if domain is None else records(domain)


def derive(states: States) -> Derived:
    """The joint record; none while nobody has described the agreement in a domain."""
    views = _stands(states.own)
    domain = stance.described_domain(views)
    no_effect = stance.idle(views, "sharing")
    if domain is None:
        return Derived(no_effect=no_effect)
    now = position(states.subject, states.own)
    eldest = stance.eldest(views, standing.texts(now.standings) or None)
    projects = {text.content.project for text in eldest}
    open_parts, due_first = states.open
    record = SharingRecorded(
        subject=str(states.subject),
        agreement=now.agreement,
        domain=domain,
        title=" / ".join(sorted({text.content.title for text in eldest})),
        project=projects.pop() if len(projects) == 1 else None,
        in_force=_in_force(states),
        members={party: one.stance for party, one in now.standings.items()},
        fields=dict(now.fields),
        awaiting=standing.awaiting(now.positions, now.standings),
        parts=states.parts,
        open_parts=open_parts,
        open=due_first,
        statements=states.statements,
        statements_digest=states.statements_digest,
        no_effect=no_effect,
    )
    return Derived({"": record}, no_effect)


def _in_force(states: States) -> TextInForce | None:
    holds = latest_in_force(agreed_of(states))
    if holds is None:
        return None
    return TextInForce(
        since=holds.since,
        begins=holds.text.begins,
        ends=holds.text.ends,
        terms=holds.text.terms,
    )


# --- a year -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearView:
    """One party's figures of a year, by item: the last counts; and its disputes."""

    items: Mapping[str, tuple[Collected, ...]] = field(default_factory=dict)
    disputes: DisputesView = field(default_factory=DisputesView)


def year_of(event: Event[Any]) -> str:
    """Returns the year that a figure, a dispute or an answer is of."""
    return str(event.data.year)


def apply_year(before: YearView, event: Event[Any], _states: States) -> YearView:
    """Returns a party's figures and disputes of a year after its next statement."""
    if not isinstance(event.data, SharingCollected):
        disputes = sharing_disputes.apply(before.disputes, event)
        return replace(before, disputes=disputes)
    code = event.data.item
    versions = before.items.get(code, ())
    last = versions[-1] if versions else None
    reports = (*versions, remember(event, last))
    return replace(before, items={**before.items, code: reports})


def derive_year(states: States) -> Derived:
    """The record of a year: what was collected, and whose it is."""
    year, header = int(states.name), states.of(str(states.subject))
    if stance.described_domain(_stands(header)) is None:
        return Derived()
    by_text = of_year(agreed_of(states), year)
    terms = _terms(by_text)
    stated: dict[str, dict[str, tuple[Collected, ...]]] = {code: {} for code in terms}
    no_effect: list[NoEffect] = []
    for party, view in sorted(states.own.items()):
        for code, versions in sorted(view.items.items()):
            # Without a text nothing is out of place yet: figures may come before it.
            why = _against(terms, code, party) if by_text else None
            if why is None:
                stated.setdefault(code, {})[party] = versions
            else:
                no_effect += [no_effect_of(party, one, why) for one in versions]
    figures = {(p, code): one for code, by in stated.items() for p, one in by.items()}
    disputes = Disputes(figures, {p: v.disputes for p, v in states.own.items()})
    no_effect += disputes.no_effect
    items = {
        code: _item(terms.get(code), stated[code], disputes.of_item(code), year)
        for code in sorted(stated)
    }
    part = f"share/{year}"
    record = ShareRecorded(
        subject=str(states.subject),
        part=part,
        year=year,
        agreed_since=by_text.since if by_text else None,
        items=items,
        no_effect=tuple(no_effect),
    )
    waits = any(map(_waits, items.values()))
    return Derived({part: record}, no_effect, open={part: str(year)} if waits else {})


def _waits(item: ItemShares) -> bool:
    """Returns whether a figure is missing, or a dispute has no answer."""
    return item.state is ShareState.INCOMPLETE or any(
        dispute.state is DisputeState.OPEN
        for share in item.by.values()
        for dispute in share.disputes
    )


def _terms(by_text: AgreedText | None) -> dict[str, SharedTerms]:
    if by_text is None:
        return {}
    return {terms.code: terms for terms in by_text.text.terms}


def _against(terms: Mapping[str, SharedTerms], code: str, party: str) -> Reason | None:
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


def _item(
    terms: SharedTerms | None,
    stated: Mapping[str, tuple[Collected, ...]],
    disputes: Mapping[str, tuple[FigureDispute, ...]],
    year: int,
) -> ItemShares:
    if terms is None:
        by = {
            party: _shown(versions, disputes.get(party, ()))
            for party, versions in stated.items()
        }
        return ItemShares(state=ShareState.NOT_AGREED, by=by)
    stock = {one.party: one.amount for one in terms.stock}
    ratio = {one.party: one.percent for one in terms.ratio}
    # What is stated before the year's last month is not the year's: half a year
    # against a year's stock would be shared as a loss.
    amounts = {
        party: versions[-1].content.amount
        for party, versions in stated.items()
        if versions[-1].recorded > presence.end_of(year, 11)
    }
    missing = tuple(sorted(stock.keys() - amounts.keys()))
    stock_in_all = sum(stock.values(), Decimal())
    total = increment = None
    shares: Mapping[str, Decimal] = {}
    state = ShareState.INCOMPLETE
    if not missing:
        total = sum(amounts.values(), Decimal())
        increment = total - stock_in_all
        state, shares = _shared(terms, amounts, increment)
    by = {
        party: _shown(
            stated.get(party, ()),
            disputes.get(party, ()),
            stock.get(party),
            ratio.get(party),
            shares.get(party),
        )
        for party in sorted(terms.parties)
    }
    return ItemShares(
        state=state,
        kind=terms.kind,
        name=terms.name,
        missing=missing,
        stock=stock_in_all,
        total=total,
        increment=increment,
        by=by,
    )


def _shared(
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


def _shown(
    versions: tuple[Collected, ...],
    disputes: tuple[FigureDispute, ...],
    stock: Decimal | None = None,
    percent: Decimal | None = None,
    share: Decimal | None = None,
) -> PartyShare:
    last = versions[-1] if versions else None
    collected = last.content.amount if last else None
    return PartyShare(
        collected=collected,
        stock=stock,
        percent=percent,
        share=share,
        transfer=None if share is None else share - (collected or Decimal()),
        as_of=last.content.as_of if last else None,
        source=last.content.source if last else None,
        statement=last.id if last else None,
        version=last.version if last else None,
        before=tuple(
            AmountBefore(statement=one.id, amount=one.content.amount)
            for one in versions[:-1]
        ),
        disputes=disputes,
    )


KIND = Kind(
    "sharing",
    (
        Part(
            "",
            SharingView,
            dict.fromkeys(
                (
                    SharingDescribed,
                    SharingEndorsed,
                    SharingDeclined,
                    SharingWithdrawn,
                    SharingReopened,
                ),
                lambda _event: "",
            ),
            apply,
            derive,
        ),
        Part(
            "share",
            YearView,
            dict.fromkeys(
                (SharingCollected, SharingDisputed, SharingAnswered), year_of
            ),
            apply_year,
            derive_year,
        ),
    ),
    topic,
)
