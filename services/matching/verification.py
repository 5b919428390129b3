"""Whether what was published of a pool holds together, from the records alone.

It trusts nothing of the service: the prices have to prove the recommended pairs the
best, both entries of a pair have to say the same of it, figures have to be the sums of
what they sum up, and digests have to be those of what was read, so that a record
that is missing or behind is named.

What rests on texts, titles, dates and on which statement said what, records alone do
not show where both entries are changed alike: scores with their terms, how far an
agreement has come, what is open, what had no effect, who comes nearest to an entry that
has no possible pair. That is compared with the statements.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from services.matching import lifecycle
from services.matching.assignment import Assignment, weight
from services.matching.certificate import Certificate, verify
from services.matching.confidence import confidence_of
from services.matching.digests import Members, digest_of, edge, of_members, price_digest
from services.matching.nearest import best_possible, why_unpaired
from services.matching.pools import CANDIDATES, PRICE
from services.matching.rows import MOST
from services.matching.stability import BLOCKING_LISTED, wishes
from services.matching.table import VERSION, load
from services.runtime.nodes import node_key
from services.runtime.sums import added
from twincity_schemas.opportunity import Direction, pool_of
from twincity_schemas.pairing_record import (
    CandidatesRecorded,
    Pair,
    PairingRecorded,
    PairStatus,
    PoolRecorded,
    PriceRecorded,
    SetDigest,
)
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS
from twincity_schemas.values import Subject

Place = tuple[str, bytes]
"""A topic without its prefix, and a key."""
_NUMBER = re.compile(r"-?[0-9]{1,99}")
_OFFERED = (PairStatus.ACCEPTED_BY_DEMAND, PairStatus.ACCEPTED_BY_SUPPLY)
_RECOMMENDED = (PairStatus.RECOMMENDED, *_OFFERED)
_DEFERRED = lifecycle.fact("deferred")


@dataclass
class Published:
    """The present records of one pool.

    Attributes:
        misplaced: what is wrong with where they stand.
    """

    pool: PoolRecorded | None = None
    pairings: dict[str, PairingRecorded] = field(default_factory=dict)
    prices: dict[str, PriceRecorded] = field(default_factory=dict)
    candidates: dict[str, CandidatesRecorded] = field(default_factory=dict)
    misplaced: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Everything that is wrong with them; nothing if all holds."""
        if self.pool is None:
            none = "the pool has no record, and so no certificate 清单没有凭证"
            return [*self.misplaced, none]
        numbers = [
            *(self.pool.certificate.total, self.pool.certificate.dual_total),
            *(record.price for record in self.prices.values()),
        ]
        if wrong := [text for text in numbers if not _NUMBER.fullmatch(text)]:
            return [f"{text!r} is no price or total 不是数" for text in wrong]
        return [
            *self.misplaced,
            *self._incomplete(self.pool),
            *self._disagreements(),
            *self._wrong_exits(),
            *self._unproved(self.pool),
            *self._wrong_figures(self.pool),
        ]

    # --- whether all of it is there -------------------------------------------

    def _incomplete(self, pool: PoolRecorded) -> Iterator[str]:
        mine = (VERSION, load().digest, MOST, lifecycle.ANSWER_WITHIN_DAYS)
        bounds = pool.most_candidates, pool.answer_within_days
        if (rules := (pool.scorer, pool.table, *bounds)) != mine:
            yield f"its rules are {rules}, and not {mine}"
        digests = [
            r.statements_digest.partition(":")[2] for r in self.pairings.values()
        ]
        rests_on: Members = (
            sum(record.statements for record in self.pairings.values()),
            added("", *((digest, 1) for digest in digests)),
        )
        claimed = SetDigest(count=pool.statements, digest=pool.statements_digest)
        proof = pool.certificate
        for what, published, wanted in (
            ("the entries' records rest on statements", rests_on, claimed),
            ("prices", self._priced(), proof.prices),
            ("pairs that can be recommended", self._edges(), proof.candidates),
        ):
            if digest_of(published) != wanted:
                yield (
                    f"{what}: {published[0]} were read, the pool's record tells of"
                    f" {wanted.count}, or of others: a record is missing, changed or"
                    " behind"
                )

    def _priced(self) -> Members:
        return of_members(
            price_digest(entry, record.places, int(record.price))
            for entry, record in self.prices.items()
        )

    def _edges(self) -> Members:
        return of_members(
            edge(d, s, weight(score, d, s))
            for d, record in self.candidates.items()
            for s, score in record.scores.items()
        )

    # --- whether both sides say the same --------------------------------------

    def _disagreements(self) -> Iterator[str]:
        for entry, record in sorted(self.pairings.items()):
            for name, pairs in (("pairs", record.pairs), ("offers", record.offers)):
                for pair in pairs:
                    yield from self._of_pair(entry, name, pair)

    def _of_pair(self, entry: str, name: str, pair: Pair) -> Iterator[str]:
        both = f"{entry} and {pair.counterpart}"
        other = self.pairings.get(pair.counterpart)
        theirs = () if other is None else (other.pairs, other.offers)[name == "offers"]
        known = [_as_published(p) for p in theirs if p.counterpart == entry]
        if known != [_as_published(pair)]:
            yield f"{both} do not say the same of their pair"
        if pair.score != sum(term.points for term in pair.terms):
            yield f"the terms of {both} do not add up to {pair.score}"
        recommended, offered = pair.status in _RECOMMENDED, pair.status in _OFFERED
        judged = pair.mutual_first_choice or pair.confidence is not None
        if (
            offered != (pair.answer_by is not None)
            or (recommended and pair.beyond_capacity)
            or (name == "offers" and not offered)
            or (judged and (name == "offers" or not recommended))
        ):
            yield f"what is told of {both} does not go with {pair.status.value}"

    def _wrong_exits(self) -> Iterator[str]:
        left = defaultdict[tuple[str, str], list[tuple[str, str, str | None]]](list)
        for entry, record in self.pairings.items():
            for one in record.left:
                left[entry, one.counterpart].append((one.party, one.step, one.until))
            gone = [exit_.counterpart for exit_ in record.left]
            final = {e.counterpart for e in record.left if e.step != _DEFERRED}
            paired = [(p.status in _RECOMMENDED, p.counterpart) for p in record.pairs]
            offered = [offer.counterpart for offer in record.offers]
            standing = {*offered, *(other for _, other in paired)}
            if record.declined != tuple(sorted(final)) or standing & {*gone}:
                yield f"whom {entry} has left is told wrongly"
            orders = paired, offered, gone
            if len(standing) < len(paired) + len(offered) or any(
                [*order] != sorted(order) for order in orders
            ):
                yield f"{entry} tells of a pair twice, or out of order"
        for (entry, other), exits in [*left.items()]:
            # Each tells of its own step first.
            if other in self.pairings and left[other, entry] != exits[::-1]:
                yield f"{entry} and {other} do not say the same of who left"

    # --- whether no other pairs are better ------------------------------------

    def _unproved(self, pool: PoolRecorded) -> Iterator[str]:
        proof = pool.certificate
        duals = self._by_side(lambda record: int(record.price))
        certificate = Certificate(int(proof.total), int(proof.dual_total), *duals)
        chosen, weights = [*self._chosen()], self._weights()
        for d, s, pair in chosen:
            if (score := self._score(d, s)) != pair.score:
                yield f"{d} and {s} score {pair.score}, as candidates {score}"
        pairs = [(d, s) for d, s, _ in chosen]
        problems = verify(weights, pairs, self._places(), certificate)
        yield from problems
        if problems:
            return
        demands, supplies = self._places()
        assignment = Assignment.resume(
            weights,
            {"demand": demands, "supply": supplies},
            pairs,
            {"demand": duals[0], "supply": duals[1]},
        )
        claimed = wishes(assignment)
        for d, s, pair in chosen:
            first = claimed.is_mutual_first_choice(pair.score, d, s)
            known = first, confidence_of(pair.terms, first=first)
            if known != (pair.mutual_first_choice, pair.confidence):
                yield f"whether {d} and {s} are first choices is told wrongly"
        block = claimed.blocking()
        named = tuple(block[:BLOCKING_LISTED])
        if (pool.blocking, pool.blocking_pairs) != (len(block), named):
            yield f"{len(block)} pairs block, not {pool.blocking}, or others"
        yield from self._wrong_reasons(assignment)

    def _wrong_reasons(self, assignment: Assignment) -> Iterator[str]:
        """Names entries that are told wrongly why they have no pair."""
        for entry, record in self.pairings.items():
            price, row = self.prices.get(entry), dict[str, int]()
            if price is not None:
                row = assignment.sides[price.direction.value].weights[entry]
            why = (
                None
                if record.pairs
                else why_unpaired(
                    on_list=record.open,
                    listed=price is not None,
                    places=0 if price is None else price.places,
                    possible=bool(row),
                )
            )
            nearest = () if record.pairs else tuple(best_possible(row))
            # Whom an entry is like that it cannot be paired with, texts alone say.
            by_texts = price is not None and not (record.pairs or row)
            if record.why_unpaired != why or not (
                by_texts or record.nearest == nearest
            ):
                yield f"{entry} is told wrongly why it has no pair"
            if price is not None and (record.open, record.direction) != (
                True,
                price.direction,
            ):
                yield f"{entry} has a price, and is not on the list or on another side"

    def _chosen(self) -> Iterator[tuple[str, str, Pair]]:
        """The recommended pairs, demand first."""
        for entry, record in self.pairings.items():
            if record.direction is Direction.DEMAND:
                for pair in record.pairs:
                    if pair.status in _RECOMMENDED:
                        yield entry, pair.counterpart, pair

    def _score(self, demand: str, supply: str) -> int | None:
        record = self.candidates.get(demand)
        return None if record is None else record.scores.get(supply)

    def _weights(self) -> dict[str, dict[str, int]]:
        demands, supplies = self._places()
        return {
            d: {
                s: weight(score, d, s)
                for s, score in self.candidates[d].scores.items()
                if s in supplies
            }
            if d in self.candidates
            else {}
            for d in demands
        }

    def _places(self) -> tuple[dict[str, int], dict[str, int]]:
        return self._by_side(lambda record: record.places)

    def _by_side(
        self, of: Callable[[PriceRecorded], int]
    ) -> tuple[dict[str, int], dict[str, int]]:
        sides: Mapping[Direction, dict[str, int]] = {d: {} for d in Direction}
        for entry, record in self.prices.items():
            sides[record.direction][entry] = of(record)
        return sides[Direction.DEMAND], sides[Direction.SUPPLY]

    # --- whether the figures are the sums -------------------------------------

    def _wrong_figures(self, pool: PoolRecorded) -> Iterator[str]:
        pairs = {
            frozenset((entry, pair.counterpart)): pair
            for entry, record in self.pairings.items()
            for pair in record.pairs
        }
        demands, supplies = self._places()
        agreed = [p for p in pairs.values() if p.status not in _RECOMMENDED]
        for name, computed in (
            ("demands", len(demands)),
            ("supplies", len(supplies)),
            ("pairs", len(pairs)),
            ("agreed", len(agreed)),
            ("score", sum(pair.score for pair in pairs.values())),
            (
                "mutual_first_choices",
                sum(pair.mutual_first_choice for pair in pairs.values()),
            ),
        ):
            if (claimed := getattr(pool, name)) != computed:
                yield f"{name}: records come to {computed}, the pool's says {claimed}"


def _as_published(pair: Pair) -> dict[str, object]:
    """Returns what is told of a pair, whichever of the two tells it."""
    return pair.model_dump(exclude={"counterpart"})


def by_pool(records: Mapping[Place, BaseModel]) -> dict[str, Published]:
    """The present records by pool.

    Args:
        records: by topic and key, what was published last.
    """
    pools = defaultdict[str, Published](Published)
    for (topic, key), record in records.items():
        text = key.decode(errors="replace")
        match record:
            case PoolRecorded(pool=name):
                own = MATCHING_RECORDS, f"pool/{name}"
                pools[name].pool = record
            case PairingRecorded(pool=name, subject=entry):
                own = MATCHING_RECORDS, entry
                pools[name].pairings[entry] = record
            case PriceRecorded(pool=name, subject=entry):
                own = MATCHING_CANDIDATES, node_key(entry, PRICE)
                pools[name].prices[entry] = record
            case CandidatesRecorded(pool=name, subject=entry):
                own = MATCHING_CANDIDATES, node_key(entry, CANDIDATES)
                pools[name].candidates[entry] = record
            case _:
                own, name = ("", ""), pool_named(text)
        if (topic, text) != own or pool_named(text) != name:
            pools[name].misplaced.append(f"{topic} {text} holds what is another's")
    return dict(pools)


def pool_named(key: str) -> str:
    """The pool that a record's key is of; "" where it is no key of matching's."""
    subject = key.partition("#")[0]
    kind, _, name = subject.partition("/")
    if kind == "pool":
        return name
    try:
        return pool_of(Subject.parse(subject))
    except ValueError:
        return ""
