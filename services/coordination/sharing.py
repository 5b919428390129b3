"""Sharing across the border (经济区与行政区适度分离): the agreement, and each year.

An agreement is agreed as a project's description is. Each year is a part of its own:
whoever collects an item states the figure, and the shares follow from the text that
was agreed when the year ended. A party's share is its stock and, of what comes on top,
its part of the ratio; the shares add up to the total exactly. What another member
doubts of a figure stands beside it (``sharing_disputes``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from services.coordination import sharing_disputes, stance, standing
from services.coordination.sharing_amounts import (
    against,
    is_of_the_year,
    shared,
    slips,
)
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
from services.rules.remembered import no_effect_of, remember
from services.runtime.kinds import Derived, Doubted, Kind, Part, States
from twincity_schemas.message import Event
from twincity_schemas.problems import Problem
from twincity_schemas.sharing import (
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
            why = against(terms, code, party) if by_text else None
            if why is None:
                stated.setdefault(code, {})[party] = versions
            else:
                no_effect += [no_effect_of(party, one, why) for one in versions]
    figures = {(p, code): one for code, by in stated.items() for p, one in by.items()}
    disputes = Disputes(figures, {p: v.disputes for p, v in states.own.items()})
    no_effect += disputes.no_effect
    doubtful = {
        at: tuple(_doubts(states, by_text, at, versions[-1]))
        for at, versions in figures.items()
    }
    items = {
        code: _item(
            terms.get(code),
            stated[code],
            disputes.of_item(code),
            {party: doubtful[party, code] for party in stated[code]},
            year,
        )
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
    doubted = (
        Doubted(at[0], figures[at][-1].id, doubt)
        for at, those in doubtful.items()
        for doubt in those
    )
    due = {part: str(year)} if waits else {}
    return Derived({part: record}, no_effect, open=due, doubted=doubted)


def _doubts(
    states: States, by_text: AgreedText | None, at: tuple[str, str], now: Collected
) -> Iterator[Problem]:
    """Doubt a party's figure of an item beside that of the year before."""
    party, code = at
    terms, year = _terms(by_text).get(code), int(states.name)
    if terms is None or not is_of_the_year(now, year):
        return
    before = states.of(str(states.subject), "share", str(year - 1)).get(party)
    last = before.items.get(code) if before else None
    yield from slips(terms, party, now, last[-1] if last else None)


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


def _item(
    terms: SharedTerms | None,
    stated: Mapping[str, tuple[Collected, ...]],
    disputes: Mapping[str, tuple[FigureDispute, ...]],
    doubts: Mapping[str, tuple[Problem, ...]],
    year: int,
) -> ItemShares:
    if terms is None:
        by = {
            party: _shown(versions, disputes.get(party, ()), doubts[party])
            for party, versions in stated.items()
        }
        return ItemShares(state=ShareState.NOT_AGREED, by=by)
    stock = {one.party: one.amount for one in terms.stock}
    ratio = {one.party: one.percent for one in terms.ratio}
    amounts = {
        party: versions[-1].content.amount
        for party, versions in stated.items()
        if is_of_the_year(versions[-1], year)
    }
    missing = tuple(sorted(stock.keys() - amounts.keys()))
    stock_in_all = sum(stock.values(), Decimal())
    total = increment = None
    shares: Mapping[str, Decimal] = {}
    state = ShareState.INCOMPLETE
    if not missing:
        total = sum(amounts.values(), Decimal())
        increment = total - stock_in_all
        state, shares = shared(terms, amounts, increment)
    by = {
        party: _shown(
            stated.get(party, ()),
            disputes.get(party, ()),
            doubts.get(party, ()),
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


def _shown(  # noqa: PLR0913, PLR0917  what one line shows
    versions: tuple[Collected, ...],
    disputes: tuple[FigureDispute, ...],
    doubts: tuple[Problem, ...],
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
        doubts=doubts,
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
