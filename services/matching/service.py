"""Matching's table: entries of an opportunity list, and the pool that pairs them."""

from pydantic import BaseModel

from services.matching import lifecycle, telling
from services.matching.entries import EntryView, apply
from services.matching.pools import CANDIDATES, PRICE, Pools
from services.runtime.kinds import Derived, Kind, Part, States
from services.runtime.projection import Projection
from services.runtime.service import Processor
from twincity_schemas.opportunity import (
    OpportunityPublished,
    OpportunityRevised,
    OpportunityWithdrawn,
)
from twincity_schemas.parties import Registry
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS

SERVICE = "matching"


def _pairing(states: States) -> Derived:
    pool = states.index.pool(states.node)
    record = telling.pairing(pool, states.node)
    no_effect = tuple(telling.without_effect(pool, states.node))
    return Derived(
        {} if record is None else {"": record},
        no_effect,
        in_effect=telling.in_effect(pool, states.node),
    )


def _candidates(states: States) -> Derived:
    entry = str(states.subject)
    record = telling.candidates(states.index.pool(entry), entry)
    return Derived() if record is None else Derived({CANDIDATES: record})


def _price(states: States) -> Derived:
    entry = str(states.subject)
    record = telling.price(states.index.pool(entry), entry)
    return Derived() if record is None else Derived({PRICE: record})


def _pool(states: States) -> Derived:
    name = states.node.partition("/")[2]
    return Derived({"": telling.summary(states.index.named(name))})


def _topic(_states: States) -> str:
    return MATCHING_RECORDS


_TYPES: tuple[type[BaseModel], ...] = (
    OpportunityPublished,
    OpportunityRevised,
    OpportunityWithdrawn,
    *lifecycle.ANSWER_OF,
)
KINDS = (
    Kind(
        "opportunity",
        (
            Part("", EntryView, dict.fromkeys(_TYPES, lambda _: ""), apply, _pairing),
            Part(CANDIDATES, derive=_candidates, topic=MATCHING_CANDIDATES),
            Part(PRICE, derive=_price, topic=MATCHING_CANDIDATES),
        ),
        _topic,
    ),
    Kind("pool", (Part(derive=_pool),), _topic),
)


def make_processor(_registry: Registry) -> Processor:
    """A shard's projection of its entries and pools."""
    projection = Projection(SERVICE, KINDS, Pools)
    return Processor(
        projection.nodes,
        projection.decide,
        projection.flush,
        # One change tells twenty records that are alike: a fifth of the bytes is left.
        compression="gzip",
    )
