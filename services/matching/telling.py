"""What is told of a pool: each entry's pairing, its candidates, the whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest

from services.matching import idle, lifecycle
from services.matching.agreements import PairAgreement
from services.matching.assignment import Side, score_of
from services.matching.confidence import confidence_of
from services.matching.digests import digest_of
from services.matching.entries import EntryView
from services.matching.nearest import best_possible, why_unpaired
from services.matching.pool import Pool
from services.matching.rows import MOST
from services.matching.scorer import Prepared, doubts, explain, mismatches, points
from services.matching.stability import BLOCKING_LISTED
from services.matching.table import VERSION, load
from services.runtime.kinds import no_effect
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing_record import (
    CandidatesRecorded,
    CertificateRecorded,
    Failed,
    Near,
    Pair,
    PairExit,
    PairingRecorded,
    PairStatus,
    PoolRecorded,
    PriceRecorded,
    Term,
)
from twincity_schemas.steps import NoEffect

_CANDIDATES = 5
_NO_EFFECT_LISTED = 20


def pairing(pool: Pool, subject: str) -> PairingRecorded | None:
    """Returns what an entry is paired with now; None if it was never published."""
    view = pool.views[subject]
    entry = view.entry
    if entry is None:
        return None
    known = pool.agreements(subject)
    pairs = (*_agreed(pool, known), *_recommended(pool, subject))
    paired = {pair.counterpart for pair in pairs}
    left = tuple(exit_ for one in known for exit_ in _exits(one))
    return PairingRecorded(
        subject=subject,
        pool=pool.name,
        title=entry.title,
        direction=entry.direction,
        area=entry.area,
        need_type=entry.need_type,
        open=view.on_list,
        pairs=pairs,
        offers=tuple(
            _pair(pool, one)
            for one in known
            if one.offered and one.theirs.subject not in paired
        ),
        declined=tuple(sorted({e.counterpart for e in left if _is_final(e)})),
        left=left,
        no_effect=tuple(without_effect(pool, subject))[-_NO_EFFECT_LISTED:],
        statements=view.statements,
        statements_digest=digest_of((view.statements, view.digest)).digest,
        nearest=() if pairs else tuple(_nearest(pool, subject)),
        why_unpaired=None if pairs else _why_unpaired(pool, subject, view),
    )


def without_effect(pool: Pool, subject: str) -> Iterator[NoEffect]:
    """The owner's statements that have no effect, and agreements without a place."""
    yield from pool.views[subject].no_effect
    known = pool.agreements(subject)
    for one in known:
        yield from one.no_effect()
    for one, places in _without_place(known):
        if step := one.mine.stand.accepted:
            why, fact = idle.beyond_capacity(places), lifecycle.fact(step.answer)
            yield no_effect(one.mine.owner, step.statement, fact, why)


def in_effect(pool: Pool, subject: str) -> set[str]:
    """The owner's statements that its answers rest on."""
    return {
        step.statement
        for one in pool.agreements(subject)
        for step in one.mine.stand.rests_on
    }


def _without_place(known: list[PairAgreement]) -> Iterator[tuple[PairAgreement, int]]:
    """The agreements that exceed an entry's capacity, and how much that is.

    The places are taken in the order in which the pairs were agreed. A capacity that
    was lowered since leaves what was agreed under the former one.
    """
    held = sorted((one for one in known if one.held), key=lambda one: one.place)
    for taken, one in enumerate(held):
        entry, entered = one.mine.view.entry, one.mine.entered
        places = max(e.capacity for e in (entry, entered) if e is not None)
        if taken >= places:
            yield one, places


def _exceeds(pool: Pool, one: PairAgreement) -> bool:
    """Returns whether one of the two entries had no place left for the agreement."""
    pair = {one.mine.subject, one.theirs.subject}
    return any(
        pair == {condition.mine.subject, condition.theirs.subject}
        for subject in pair
        for condition, _ in _without_place(pool.agreements(subject))
    )


def _agreed(pool: Pool, known: list[PairAgreement]) -> Iterator[Pair]:
    for one in known:
        if one.held:
            yield _pair(pool, one, beyond=_exceeds(pool, one))


def _recommended(pool: Pool, subject: str) -> Iterator[Pair]:
    side = pool.side(subject)
    if side is None:
        return
    for other in sorted(pool.assignment.sides[side].chosen[subject]):
        score = score_of(pool.assignment.sides[side].weights[subject][other])
        first = pool.wishes.is_mutual_first_choice(score, subject, other)
        yield _pair(pool, pool.agreement(subject, other), first=first)


def _pair(
    pool: Pool, one: PairAgreement, *, beyond: bool = False, first: bool | None = None
) -> Pair:
    """A pair as it is told; ``first``, of a recommended one, whether it is for both."""
    demand, supply = one.demand_first()
    terms = pool.explain(demand.subject, supply.subject)
    answers = (demand.answer, supply.answer)
    offered = [
        side.stand.accepted
        for side in (demand, supply)
        if side.stand.accepted and side.answer in lifecycle.LADDER and not one.void
    ]
    return Pair(
        counterpart=one.theirs.subject,
        status=PairStatus.RECOMMENDED if one.void else lifecycle.status(*answers),
        score=sum(term.points for term in terms),
        terms=terms,
        mutual_first_choice=first is True,
        confidence=None if first is None else confidence_of(terms, first=first),
        beyond_capacity=beyond,
        answer_by=lifecycle.answer_by(offered[0]) if len(offered) == 1 else None,
        open=lifecycle.open_steps(
            (demand.owner, answers[0]), (supply.owner, answers[1]), void=one.void
        ),
    )


def _exits(one: PairAgreement) -> Iterator[PairExit]:
    for side in (one.mine, one.theirs):
        last = side.stand.last
        if last is not None and side.answer in (*lifecycle.EXITS, "deferred"):
            yield PairExit(
                counterpart=one.theirs.subject,
                party=side.owner,
                step=f"match.{side.answer}",
                until=last.until,
            )


def _is_final(exit_: PairExit) -> bool:
    return exit_.step != "match.deferred"


def _why_unpaired(pool: Pool, subject: str, view: EntryView) -> str:
    side = pool.side(subject)
    return why_unpaired(
        on_list=view.on_list,
        listed=side is not None,
        places=view.entry.capacity if view.entry else 0,
        possible=side is not None
        and bool(pool.assignment.sides[side].weights[subject]),
    )


def _nearest(pool: Pool, subject: str) -> Iterator[Near]:
    """Yields what comes nearest to an entry without a pair, and what is in the way."""
    side = pool.side(subject)
    if side is None:
        return
    if weights := pool.assignment.sides[side].weights[subject]:
        yield from best_possible(weights)
        return
    for other in pool.nearest.of(subject):
        d, s = pool.pair(subject, other)
        failed = tuple(_failed(pool, d, s))
        yield Near(counterpart=other, score=points(d, s), failed=failed)


def _failed(pool: Pool, d: Prepared, s: Prepared) -> Iterator[Failed]:
    known = pool.agreement(d.subject, s.subject)
    for exit_ in _exits(known):
        zh = f"{exit_.party} 已退出（{exit_.step}）"
        yield Failed(code="left", zh=zh, en=f"{exit_.party} left it ({exit_.step})")
    reasons = [*mismatches(d, s)] or [*doubts(d, s)]
    for reason in reasons:
        yield Failed(code=reason.code, zh=reason.zh, en=reason.en)
    if not known.left and not reasons:
        zh = f"未进入该需求的前 {MOST} 名"
        en = f"it is not among the demand's {MOST} best"
        yield Failed(code="not_among_best", zh=zh, en=en)


def candidates(pool: Pool, subject: str) -> CandidatesRecorded | None:
    """Returns the scores of a demand's pairs; None where it is none on the list."""
    if pool.side(subject) != "demand":
        return None
    weights = pool.weights()[subject]
    return CandidatesRecorded(
        subject=subject,
        pool=pool.name,
        scores={other: score_of(weights[other]) for other in sorted(weights)},
    )


def price(pool: Pool, subject: str) -> PriceRecorded | None:
    """An entry's price in the certificate; None where it is not on the list."""
    quote = pool.prices.quotes.get(subject)
    if quote is None:
        return None
    side, places, dual = quote
    return PriceRecorded(
        subject=subject,
        pool=pool.name,
        direction=Direction(side),
        places=places,
        price=str(dual),
    )


@dataclass(frozen=True)
class Candidate:
    """An entry that could be paired with one, chosen or not."""

    counterpart: str
    score: int
    chosen: bool
    terms: tuple[Term, ...]


def best_candidates(pool: Pool, subject: str) -> Iterator[Candidate]:
    """The entries of the other side that an entry goes best with, the best first."""
    side = pool.side(subject)
    if side is None:
        return
    nodes = pool.assignment.sides[side]
    weights = nodes.weights[subject]
    best = nlargest(_CANDIDATES, weights, key=lambda other: (weights[other], other))
    for other in best:
        chosen = other in nodes.chosen[subject]
        terms = explain(*pool.pair(subject, other))
        yield Candidate(other, sum(term.points for term in terms), chosen, terms)


def summary(pool: Pool) -> PoolRecorded:
    """The pairing as a whole, with its certificate."""
    figures, prices = pool.figures, pool.prices
    return PoolRecorded(
        pool=pool.name,
        scorer=VERSION,
        table=load().digest,
        demands=len(pool.prepared["demand"]),
        supplies=len(pool.prepared["supply"]),
        pairs=figures.pairs + len(pool.held),
        agreed=len(pool.held),
        score=figures.score + sum(pool.held.values()),
        most_candidates=MOST,
        answer_within_days=lifecycle.ANSWER_WITHIN_DAYS,
        mutual_first_choices=figures.mutual_first_choices,
        blocking=pool.wishes.blocked,
        blocking_pairs=tuple(pool.wishes.blocking(BLOCKING_LISTED)),
        certificate=CertificateRecorded(
            total=str(prices.total),
            dual_total=str(prices.dual_total),
            prices=digest_of(prices.members),
            candidates=digest_of(pool.edges),
        ),
        statements=pool.statements[0],
        statements_digest=digest_of(pool.statements).digest,
    )


def why_not(pool: Pool, demand: str, supply: str) -> Iterator[tuple[str, str]]:
    """Yields why two entries are not paired: each reason in Chinese and in English.

    Nothing where they are paired.

    Raises:
        KeyError: one of them is not an entry of the pool that can be paired.
    """
    d, s = pool.pair(demand, supply)
    known = pool.agreement(demand, supply)
    for exit_ in _exits(known):
        answer = exit_.step.removeprefix("match.")
        yield (
            f"{exit_.party} 已退出（{exit_.step}）",
            f"{exit_.party} left it ({answer})",
        )
    if known.held:
        return
    reasons = [*mismatches(d, s)]
    for reason in reasons or doubts(d, s):
        yield reason.zh, reason.en
    value = pool.weights()[demand].get(supply)
    if value is None or (demand, supply) in pool.recommended():
        return
    yield from _held(pool, demand, "demand", score_of(value))
    yield from _held(pool, supply, "supply", score_of(value))


def _held(pool: Pool, subject: str, side: Side, mine: int) -> Iterator[tuple[str, str]]:
    nodes = pool.assignment.sides[side]
    for other in sorted(nodes.chosen[subject]):
        held = sum(t.points for t in explain(*pool.pair(subject, other)))
        yield (
            f"{subject} 已与 {other} 配对（{held} 分；本对 {mine} 分），总分由此更高",
            f"{subject} is paired with {other} ({held} points; this pair {mine})",
        )
