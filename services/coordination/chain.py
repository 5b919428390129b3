"""Industry chains: the sides beside each other, and each side's gaps.

A gap is one member's own: it declares it, says that it is filled or takes it back,
and may declare it anew. So each party's own order is enough, and no statement
answers to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from services.coordination.place import (
    differing,
    domain_of,
    domain_or_why_not,
    in_domain,
    text_of,
)
from services.rules.comparison import compared
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Derived, Reason, States, whole
from twincity_schemas.chain import (
    CarrierRole,
    ChainCarrier,
    ChainDescribed,
    ChainElement,
    ElementHeld,
    GapDeclared,
    GapFilled,
    GapWithdrawn,
)
from twincity_schemas.chain_record import (
    CarrierRecord,
    ChainRecorded,
    ElementRecord,
    ElementSide,
    ElementState,
    GapBefore,
    GapRecord,
    GapState,
)
from twincity_schemas.message import Event
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import Domain, RegionCode


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap as its party last declared it, and what came of it since.

    Attributes:
        before: as it had declared it earlier, the first of them first.
        withdrawn: its party took it back; what it was is kept for whoever declares
            it anew.
    """

    declared: Remembered[GapDeclared]
    filled: Remembered[GapFilled] | None = None
    before: tuple[GapBefore, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ChainView:
    """One party's statements about a chain."""

    described: tuple[Remembered[ChainDescribed], ...] = ()
    """The first, which says who was first, and the latest, which counts."""
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    strays: tuple[Remembered[GapDeclared | GapFilled | GapWithdrawn], ...] = ()
    """What was filled or taken back and stood declared by nobody, and what was
    declared once more in the same words after it was filled."""

    def stands(self, code: str) -> bool:
        """Tells whether a gap is declared and not withdrawn."""
        return code in self.gaps and not self.gaps[code].withdrawn

    def repeats(self, declared: GapDeclared) -> bool:
        """Tells whether a gap stands declared in the same words, as of the same day."""
        code = declared.gap
        return self.stands(code) and self.gaps[code].declared.content == declared


Views = Mapping[str, ChainView]
Described = Mapping[str, Remembered[ChainDescribed]]
"""By party, the latest; whoever was recorded first is first."""


def apply(before: ChainView, event: Event[Any], _states: States) -> ChainView:
    """Returns a party's view after its next statement about the chain."""
    match event.data:
        case ChainDescribed():
            described = (*before.described[:1], remember(event))
            return replace(before, described=described)
        case GapDeclared():
            return _declared(before, event)
        case GapFilled(gap=code) if before.stands(code):
            gap = replace(before.gaps[code], filled=remember(event))
            return _with_gap(before, code, gap)
        case GapWithdrawn(gap=code) if before.stands(code):
            gap = replace(before.gaps[code], withdrawn=True)
            return _with_gap(before, code, gap)
        # A gap is its party's own, and a party's order is that of its inbox: so this
        # can be judged when it is taken in, and no cluster judges otherwise.
        case GapFilled() | GapWithdrawn():
            return replace(before, strays=(*before.strays, remember(event)))
        case _:
            return before


def _declared(before: ChainView, event: Event[GapDeclared]) -> ChainView:
    data = event.data
    # A list that is sent once more says nothing new: what was filled stays so. As of a
    # later day, or in other words, it is declared anew.
    if not before.repeats(data):
        return _with_gap(before, data.gap, _anew(before.gaps.get(data.gap), event))
    if before.gaps[data.gap].filled is None:
        return before
    return replace(before, strays=(*before.strays, remember(event)))


def _anew(gap: Gap | None, event: Event[Any]) -> Gap:
    """Declare a gap; anew it is open again, whatever was filled before."""
    if gap is None:
        return Gap(remember(event))
    was = gap.declared.content
    before = GapBefore(
        statement=gap.declared.id,
        title=was.title,
        what=was.what,
        as_of=was.as_of,
        filled=None if gap.filled is None else gap.filled.id,
    )
    return Gap(remember(event, gap.declared), before=(*gap.before, before))


def _with_gap(before: ChainView, code: str, gap: Gap) -> ChainView:
    return replace(before, gaps={**before.gaps, code: gap})


def record_domain(views: Views) -> Domain | None:
    """The domain as whoever was recorded first says; None before anybody has."""
    return domain_of(_stated(views))


def _stated(views: Views) -> dict[str, tuple[Remembered[ChainDescribed], ...]]:
    described = {
        party: view.described for party, view in views.items() if view.described
    }
    return dict(sorted(described.items(), key=lambda s: (s[1][0].recorded, s[0])))


def derive(states: States) -> ChainRecorded | Derived | None:
    """The joint record; None as long as nobody has described the chain."""
    subject, views = states.subject, states.own
    stated = _stated(views)
    domain = domain_or_why_not(stated)
    if not isinstance(domain, Domain):
        return domain
    described = {party: own[-1] for party, own in stated.items()}
    elements = {element: _element(element, described) for element in ChainElement}
    gaps = {
        f"{party}/{code}": _gap(party, gap, elements)
        for party in sorted(views)
        for code, gap in sorted(views[party].gaps.items())
        if not gap.withdrawn
    }
    return ChainRecorded(
        subject=str(subject),
        domain=domain,
        title=text_of(stated, "title"),
        differing=differing(stated, "domain", "title"),
        elements=elements,
        carriers=_carriers(described),
        gaps=dict(
            sorted(gaps.items(), key=lambda g: (g[1].state is GapState.FILLED, g[0]))
        ),
        statements=states.statements,
        no_effect=tuple(
            no_effect_of(party, stray, _why_stray(stray), _declare(party))
            for party in sorted(views)
            for stray in views[party].strays
        ),
    )


_NOT_DECLARED = (
    "not_declared",
    "本方此前未申报该缺口，或已撤销",
    "this party had not declared the gap before, or had withdrawn it",
)
_SAID_BEFORE = (
    "said_already",
    "与此前申报逐字相同，该缺口已填补；确有新情况请写明新的日期",
    "it was declared in these words before, and is filled: give the day if it is new",
)


def _why_stray(stray: Remembered[GapDeclared | GapFilled | GapWithdrawn]) -> Reason:
    return _SAID_BEFORE if isinstance(stray.content, GapDeclared) else _NOT_DECLARED


def _declare(party: str) -> tuple[OpenStep, ...]:
    return (OpenStep(step="gap.declared", parties=(party,)),)


def _element(element: ChainElement, described: Described) -> ElementRecord:
    by = {party: _side(element, statement) for party, statement in described.items()}
    # Missing on one side and there on the other is what a chain across cities is for.
    have = [bool(side.holders) for side in by.values()]
    if all(have):
        state = ElementState.PRESENT
    else:
        state = ElementState.COMPLEMENTARY if any(have) else ElementState.MISSING
    return ElementRecord(state=state, by=by)


def _side(element: ChainElement, statement: Remembered[ChainDescribed]) -> ElementSide:
    held: ElementHeld = getattr(statement.content.elements, element)
    return ElementSide(
        holders=held.holders,
        note=held.note,
        statement=statement.id,
        as_of=statement.content.as_of,
    )


def _carriers(described: Described) -> dict[CarrierRole, CarrierRecord]:
    by_role = {
        role: {
            party: places
            for party, statement in described.items()
            if (
                places := tuple(c for c in statement.content.carriers if c.role is role)
            )
        }
        for role in CarrierRole
    }
    return {role: _carrier(by) for role, by in by_role.items() if by}


def _carrier(by: Mapping[str, tuple[ChainCarrier, ...]]) -> CarrierRecord:
    # Which places carry a role, each once, in whatever order they are listed.
    state = compared(frozenset((c.party, c.place) for c in own) for own in by.values())
    regions: dict[tuple[CarrierRole, str, str], set[RegionCode]] = {}
    for one in chain.from_iterable(by.values()):
        own = regions.setdefault((one.role, one.party, one.place), set())
        own |= {one.region} if one.region else set()
    places = tuple(
        ChainCarrier(
            role=role,
            party=party,
            place=place,
            # As far as nobody who names it names another.
            region=next(iter(own)) if len(own) == 1 else None,
        )
        for (role, party, place), own in sorted(regions.items())
    )
    disputed = state is FieldState.DISPUTED
    return CarrierRecord(state=state, places=() if disputed else places, by=dict(by))


def _gap(
    party: str, gap: Gap, elements: Mapping[ChainElement, ElementRecord]
) -> GapRecord:
    content = gap.declared.content
    filled = None if gap.filled is None else gap.filled.content
    sides = {} if content.element is None else elements[content.element].by
    return GapRecord(
        state=GapState.OPEN if filled is None else GapState.FILLED,
        title=content.title,
        what=content.what,
        element=content.element,
        need_type=content.need_type,
        declared_by=party,
        statement=gap.declared.id,
        as_of=content.as_of,
        opportunity=content.opportunity,
        held_by=tuple(p for p, side in sides.items() if side.holders and p != party),
        filled_by=None if filled is None else filled.filled_by,
        filled_from=None if filled is None else filled.party,
        version=gap.declared.version,
        before=gap.before,
    )


KIND = whole(
    "chain",
    ChainView,
    (ChainDescribed, GapDeclared, GapFilled, GapWithdrawn),
    apply,
    derive,
    in_domain(record_domain),
)
