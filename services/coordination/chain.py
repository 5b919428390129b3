"""Industry chains: the sides beside each other, and each side's gaps.

A gap is one member's own: it declares it, says that it is filled, and may declare
it anew. So each party's own order is enough, and no statement answers to another.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from services.coordination.place import (
    differing,
    domain_of,
    in_domain,
    text_of,
    undecided,
)
from services.rules.heard import Heard, Recorded, recorded, unmet
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.chain import (
    CarrierRole,
    ChainCarrier,
    ChainDescribed,
    ChainElement,
    ElementHeld,
    GapDeclared,
    GapFilled,
)
from twincity_schemas.chain_record import (
    CarrierRecord,
    ChainRecorded,
    ElementRecord,
    ElementSide,
    ElementState,
    GapRecord,
    GapState,
)
from twincity_schemas.message import Event
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import Domain, Value


class Gap(Value):
    """A gap as its party last declared it, and whether it was filled since."""

    declared: Heard[GapDeclared]
    filled: Heard[GapFilled] | None = None


class ChainView(Value):
    """What one party has said of a chain."""

    described: tuple[Recorded[ChainDescribed], ...] = ()
    """The first, which says who was first, and the latest, which counts."""
    gaps: Mapping[str, Gap] = Field(default_factory=dict)
    strays: tuple[Heard[GapFilled], ...] = ()
    """What was said to be filled before it was declared."""


Views = Mapping[str, ChainView]
Described = Mapping[str, Heard[ChainDescribed]]
"""By party, the latest; whoever was recorded first is first."""


def apply(before: ChainView, event: Event[Any], _states: States) -> ChainView:
    """Add one statement to what its party has said."""
    envelope, data = event.envelope, event.data
    match data:
        case ChainDescribed():
            described = (*before.described[:1], recorded(event))
            return before.model_copy(update={"described": described})
        case GapDeclared(gap=code):
            gap = Gap(declared=Heard[GapDeclared](statement=envelope.id, content=data))
        case GapFilled(gap=code):
            filled = Heard[GapFilled](statement=envelope.id, content=data)
            if code not in before.gaps:
                return before.model_copy(update={"strays": (*before.strays, filled)})
            gap = before.gaps[code].model_copy(update={"filled": filled})
        case _:
            return before
    return before.model_copy(update={"gaps": {**before.gaps, code: gap}})


def home(views: Views) -> Domain | None:
    """The domain as whoever was recorded first says; None before anybody has."""
    return domain_of(_said(views))


def _said(views: Views) -> dict[str, tuple[Recorded[ChainDescribed], ...]]:
    found = {party: view.described for party, view in views.items() if view.described}
    return dict(sorted(found.items(), key=lambda s: (s[1][0].recorded, s[0])))


def derive(states: States) -> ChainRecorded | Derived | None:
    """The joint record; None as long as nobody has described the chain."""
    subject, views = states.subject, states.own
    said = _said(views)
    if not said:
        return None
    domain = domain_of(said)
    if domain is None:
        return Derived(no_effect=undecided(said))
    described = {party: own[-1].heard for party, own in said.items()}
    elements = {element: _element(element, described) for element in ChainElement}
    gaps = {
        f"{party}/{code}": _gap(party, gap, elements)
        for party in sorted(views)
        for code, gap in sorted(views[party].gaps.items())
    }
    return ChainRecorded(
        subject=str(subject),
        domain=domain,
        title=text_of(said, "title"),
        differing=differing(said, "domain", "title"),
        elements=elements,
        carriers=_carriers(described),
        gaps=dict(
            sorted(gaps.items(), key=lambda g: (g[1].state is GapState.FILLED, g[0]))
        ),
        statements=states.statements,
        unmet=tuple(
            unmet(party, stray, _NOT_DECLARED, _declare(party))
            for party in sorted(views)
            for stray in views[party].strays
        ),
    )


_NOT_DECLARED = (
    "not_declared",
    "本方此前未申报该缺口",
    "this party had not declared the gap before",
)


def _declare(party: str) -> tuple[OpenStep, ...]:
    return (OpenStep(step="gap.declared", parties=(party,)),)


def _element(element: ChainElement, described: Described) -> ElementRecord:
    by = {party: _side(element, heard) for party, heard in described.items()}
    have = [bool(side.holders) for side in by.values()]
    if all(have):
        state = ElementState.PRESENT
    else:
        state = ElementState.COMPLEMENTARY if any(have) else ElementState.MISSING
    return ElementRecord(state=state, by=by)


def _side(element: ChainElement, heard: Heard[ChainDescribed]) -> ElementSide:
    held: ElementHeld = getattr(heard.content.elements, element)
    return ElementSide(
        holders=held.holders,
        note=held.note,
        statement=heard.statement,
        as_of=heard.content.as_of,
    )


def _carriers(described: Described) -> dict[CarrierRole, CarrierRecord]:
    by_role = {
        role: {
            party: places
            for party, heard in described.items()
            if (places := tuple(c for c in heard.content.carriers if c.role is role))
        }
        for role in CarrierRole
    }
    return {role: _carrier(by) for role, by in by_role.items() if by}


def _carrier(by: Mapping[str, tuple[ChainCarrier, ...]]) -> CarrierRecord:
    seen = {frozenset((c.party, c.place) for c in places) for places in by.values()}
    if len(seen) > 1:
        return CarrierRecord(state=FieldState.DISPUTED, by=dict(by))
    return CarrierRecord(
        state=FieldState.SETTLED if len(by) > 1 else FieldState.SINGLE,
        places=next(iter(by.values())),
        by=dict(by),
    )


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
        statement=gap.declared.statement,
        as_of=content.as_of,
        opportunity=content.opportunity,
        held_by=tuple(p for p, side in sides.items() if side.holders and p != party),
        filled_by=None if filled is None else filled.filled_by,
        filled_from=None if filled is None else filled.party,
    )


KIND = whole(
    "chain",
    ChainView,
    (ChainDescribed, GapDeclared, GapFilled),
    apply,
    derive,
    in_domain(home),
)
