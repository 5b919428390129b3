"""What is told of a pool: each entry's pairing, its candidates, the whole."""

from collections.abc import Iterator
from heapq import nlargest

from services.matching import life
from services.matching.assignment import PINNED, Side, score_of
from services.matching.certificate import certify
from services.matching.pool import EntryView, Pool
from services.matching.scorer import doubts, explain, objections
from services.matching.stability import blocking, is_mutual_first_choice
from services.matching.table import VERSION, load
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing import (
    Candidate,
    CandidatesRecorded,
    CertificateRecorded,
    Pair,
    PairExit,
    PairingRecorded,
    PoolRecorded,
)

_CANDIDATES = 5
_BLOCKING_LISTED = 50


def pairing(pool: Pool, subject: str) -> PairingRecorded | None:
    """What an entry is paired with now; None if it was never published."""
    view = pool.views[subject]
    entry = view.entry
    if entry is None:
        return None
    pairs = tuple(_pairs(pool, subject))
    left = tuple(
        PairExit(counterpart=other, party=party, step=f"match.{answer}")
        for other, party, answer in pool.exits(subject)
    )
    return PairingRecorded(
        subject=subject,
        pool=pool.name,
        title=entry.title,
        direction=entry.direction,
        area=entry.area,
        need_type=entry.need_type,
        open=view.on_list,
        pairs=pairs,
        declined=tuple(sorted({exit_.counterpart for exit_ in left})),
        left=left,
        unmet=view.unmet,
        why_unpaired=None if pairs else _why_unpaired(pool, subject, view),
    )


def _pairs(pool: Pool, subject: str) -> Iterator[Pair]:
    side = pool.side(subject)
    if side is None:
        return
    for other in sorted(pool.assignment.sides[side].chosen[subject]):
        demand, supply = pool.pair(subject, other)
        answers = pool.answers(demand.subject, supply.subject)
        terms = explain(demand, supply)
        yield Pair(
            counterpart=other,
            status=life.status(*answers),
            score=sum(term.points for term in terms),
            terms=terms,
            mutual_first_choice=is_mutual_first_choice(
                pool.assignment, demand.subject, supply.subject
            ),
            open=life.open_steps(
                (demand.owner, answers[0]), (supply.owner, answers[1])
            ),
        )


def _why_unpaired(pool: Pool, subject: str, view: EntryView) -> str:
    if not view.on_list:
        return "条目已撤回 / the entry was withdrawn"
    side = pool.side(subject)
    if side is None:
        return "有效期已过 / its time window is over"
    nodes = pool.assignment.sides[side]
    if nodes.capacity[subject] == 0:
        return "可对接数为零 / its capacity is zero"
    if nodes.weights[subject]:
        return (
            "可对接的条目与他方配对总分更高 / its possible partners are worth more"
            " elsewhere"
        )
    return "没有满足条件的条目 / no entry meets the conditions"


def candidates(pool: Pool, subject: str) -> CandidatesRecorded | None:
    """An entry's best candidates and its pairs' weights; None if unpublished."""
    entry = pool.views[subject].entry
    if entry is None:
        return None
    side: Side = "demand" if entry.direction is Direction.DEMAND else "supply"
    nodes = pool.assignment.sides[side]
    weights = nodes.weights.get(subject, {})
    best = nlargest(_CANDIDATES, weights, key=lambda other: (weights[other], other))
    return CandidatesRecorded(
        subject=subject,
        pool=pool.name,
        direction=entry.direction,
        capacity=nodes.capacity.get(subject, 0),
        candidates=tuple(_candidate(pool, side, subject, other) for other in best),
        weights={other: str(weights[other]) for other in sorted(weights)},
    )


def _candidate(pool: Pool, side: Side, subject: str, other: str) -> Candidate:
    terms = explain(*pool.pair(subject, other))
    return Candidate(
        counterpart=other,
        score=sum(term.points for term in terms),
        chosen=other in pool.assignment.sides[side].chosen[subject],
        terms=terms,
    )


def summary(pool: Pool) -> PoolRecorded:
    """The pairing as a whole, with its certificate."""
    certificate = certify(pool.assignment)
    pairs, weights = pool.pairs(), pool.weights()
    blocked = blocking(pool.assignment)
    return PoolRecorded(
        pool=pool.name,
        scorer=VERSION,
        table=load().digest,
        demands=len(pool.prepared["demand"]),
        supplies=len(pool.prepared["supply"]),
        pairs=len(pairs),
        agreed=sum(life.pinned(*pool.answers(*pair)) for pair in pairs),
        score=sum(score_of(weights[d][s] % PINNED) for d, s in pairs),
        mutual_first_choices=sum(
            is_mutual_first_choice(pool.assignment, *pair) for pair in pairs
        ),
        blocking=len(blocked),
        blocking_pairs=tuple(blocked[:_BLOCKING_LISTED]),
        # Made of the pool's own names: to check them again takes longest of all.
        certificate=CertificateRecorded.model_construct(
            total=str(certificate.total),
            dual_total=str(certificate.dual_total),
            demands={k: str(v) for k, v in sorted(certificate.demands.items())},
            supplies={k: str(v) for k, v in sorted(certificate.supplies.items())},
        ),
    )


def why_not(pool: Pool, demand: str, supply: str) -> Iterator[tuple[str, str]]:
    """Why two entries are not paired: each reason in Chinese and in English.

    Nothing where they are paired.

    Raises:
        KeyError: one of them is not an entry of the pool that can be paired.
    """
    d, s = pool.pair(demand, supply)
    answers = pool.answers(demand, supply)
    for owner, answer in zip((d.owner, s.owner), answers, strict=True):
        if answer in life.EXITS:
            yield f"{owner} 已退出（match.{answer}）", f"{owner} left it ({answer})"
    reasons = [*objections(d, s)]
    if not life.pinned(*answers):
        reasons += doubts(d, s) if not reasons else ()
    for found in reasons:
        yield found.zh, found.en
    value = pool.weights()[demand].get(supply)
    if value is None or (demand, supply) in pool.pairs():
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
