"""Challenges (揭榜挂帅) and races (赛马制): one record of all that was said.

What counts up to the award is decided in ``selection``, what becomes of the
winners in ``race``, and who comes before whom in ``ranking``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from services.coordination.entries import (
    ChallengeView,
    EntryMove,
    Judgement,
    Offer,
    Post,
    Views,
)
from services.coordination.place import in_domain
from services.coordination.race import Race, open_steps, printed, run
from services.coordination.ranking import ranks, review_score
from services.coordination.selection import Selection, posted_at_once, select
from services.rules.rates import hundredths
from services.rules.remembered import Content, Remembered
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.challenge import (
    ChallengeAccepted,
    ChallengeAwarded,
    ChallengeEntered,
    ChallengeFailed,
    ChallengePosted,
    ChallengeReported,
    ChallengeReturned,
    ChallengeReviewed,
    ChallengeTerms,
    ChallengeVerified,
)
from twincity_schemas.challenge_record import (
    ChallengeRecorded,
    ChallengeState,
    EntryRecord,
    EntryReview,
    EntryState,
    EntryStep,
    PostingRecord,
)
from twincity_schemas.message import Event
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import Domain, Subject, Value

Trimmed = TypeVar("Trimmed", bound=Value)

_AT_WORK = {EntryState.IMPLEMENTING, EntryState.REPORTED, EntryState.VERIFIED}


def apply(before: ChallengeView, event: Event[Any], _states: States) -> ChallengeView:
    """Returns a party's view after its next statement about the challenge."""
    counted = replace(before, statements=before.statements + 1)
    match event.data:
        case ChallengePosted(title=title, domain=domain) as data:
            post = Post(title=title, domain=domain, terms=_part(ChallengeTerms, data))
            return replace(counted, posted=(*before.posted, _as(post, before, event)))
        case ChallengeEntered() as data:
            entry = _as(_part(Offer, data), before, event)
            return replace(counted, entered=(*before.entered, entry))
        case ChallengeReviewed() as data:
            review = _as(_part(Judgement, data), before, event)
            return replace(counted, reviewed=(*before.reviewed, review))
        case ChallengeAwarded() as data:
            award = _as(data, before, event)
            return replace(counted, awarded=(*before.awarded, award))
        case _:
            return replace(counted, moves=(*before.moves, _move(event)))


def _as(
    content: Content, before: ChallengeView, event: Event[Any]
) -> Remembered[Content]:
    """Returns what is remembered of a statement, at its place among its party's."""
    id_, recorded = event.envelope.id, event.envelope.recorded
    return Remembered(id_, recorded, content, place=before.statements)


def _move(event: Event[Any]) -> EntryMove:
    data = event.data
    return EntryMove(
        step=event.type.fact,
        id=event.envelope.id,
        answers=data.answers,
        recorded=event.envelope.recorded,
        key=f"{data.entrant}/{data.entry}",
        as_of=data.as_of,
        note=data.note,
        measured=data.measured if isinstance(data, ChallengeReported) else None,
    )


def _part(model: type[Trimmed], data: BaseModel) -> Trimmed:
    """Returns what is remembered of a statement: a long text of it is not."""
    return model(**{name: getattr(data, name) for name in model.model_fields})


def record_domain(views: Views) -> Domain | None:
    """The domain that the posting in force names; None before there is one."""
    selection = select(views)
    return None if selection is None else selection.posting.content.domain


def derive(states: States) -> ChallengeRecorded | Derived | None:
    """The joint record; None as long as nobody has posted the challenge."""
    subject, views = states.subject, states.own
    selection = select(views)
    if selection is None:
        tie = posted_at_once(views)
        return Derived(no_effect=tie) if tie else None
    race = run(selection, views, subject.members)
    posting = selection.posting.content
    entries = _entries(subject, selection, race)
    idle = [*selection.no_effect, *race.no_effect]
    award = selection.award
    return ChallengeRecorded(
        subject=str(subject),
        state=_state(selection, entries),
        domain=posting.domain,
        title=posting.title,
        poster=selection.poster,
        posting=selection.posting.id,
        postings=tuple(
            PostingRecord(
                statement=posting.id,
                recorded=posting.recorded,
                deadline=posting.content.terms.deadline,
                in_force=posting == selection.posting,
            )
            for posting in views[selection.poster].posted
        ),
        terms=posting.terms,
        award=None if award is None else award.id,
        winners=selection.winners,
        entries=entries,
        gates=race.gates,
        open=_open(subject, selection),
        statements=states.statements,
        no_effect=tuple(sorted(idle, key=lambda u: (u.party, u.step, u.statement))),
    )


def _open(subject: Subject, selection: Selection) -> tuple[OpenStep, ...]:
    if selection.award is not None:
        return ()
    entered = OpenStep(
        step=Offer.step,
        parties=subject.members,
        answers=selection.posting.id,
    )
    awarded = OpenStep(step="challenge.awarded", parties=(selection.poster,))
    return (entered, awarded) if any(selection.reviews.values()) else (entered,)


def _state(selection: Selection, entries: Mapping[str, EntryRecord]) -> ChallengeState:
    if selection.award is None:
        if any(selection.reviews.values()):
            return ChallengeState.UNDER_REVIEW
        return ChallengeState.ENTERED if entries else ChallengeState.POSTED
    states = {entries[key].state for key in selection.winners}
    # One winner's end is not the challenge's, while another is at work.
    if states & _AT_WORK:
        return ChallengeState.IMPLEMENTING
    if EntryState.ACCEPTED in states:
        return ChallengeState.ACCEPTED
    return ChallengeState.FAILED


def _entries(
    subject: Subject, selection: Selection, race: Race
) -> dict[str, EntryRecord]:
    """Every entry, in the order of the reviews, then of their keys."""
    reviews = _reviews(selection)
    order = [*reviews, *(key for key in selection.entries if key not in reviews)]
    return {
        key: _entry(subject, selection, race, key, reviews.get(key)) for key in order
    }


def _reviews(selection: Selection) -> dict[str, EntryReview]:
    scores = {
        key: review_score(
            selection.posting.content.terms, [r.content.scores for r in reviews]
        )
        for key, reviews in selection.reviews.items()
        if reviews
    }
    placed = ranks({key: score.total for key, score in scores.items()})
    return {
        key: EntryReview(
            score=hundredths(scores[key].total),
            by_criterion=printed(scores[key].parts),
            rank=rank,
            tied=tied,
            reviews=tuple(review.id for review in selection.reviews[key]),
        )
        for key, (rank, tied) in placed.items()
    }


def _entry(
    subject: Subject,
    selection: Selection,
    race: Race,
    key: str,
    review: EntryReview | None,
) -> EntryRecord:
    version = selection.entries[key]
    content = version.content
    return EntryRecord(
        entrant=key.partition("/")[0],
        entry=content.entry,
        statement=version.id,
        team=content.team,
        members=content.members,
        conflict_of_interest=key.partition("/")[0] == selection.poster,
        promised=dict(content.promised),
        budget=content.budget,
        as_of=content.as_of,
        review=review,
        exit=race.exits.get(key),
        **_standing(subject, selection, race, key),
    )


def _standing(
    subject: Subject, selection: Selection, race: Race, key: str
) -> dict[str, Any]:
    """Returns how far an entry has come, and what is open of it."""
    if selection.award is None:
        reviewed = OpenStep(
            step=Judgement.step,
            parties=tuple(
                member for member in subject.members if member != key.partition("/")[0]
            ),
            answers=selection.entries[key].id,
        )
        return {"state": EntryState.ENTERED, "open": (reviewed,)}
    if key not in race.chains:
        return {"state": EntryState.NOT_CHOSEN}
    chain = race.chains[key]
    standing, gates = chain.state, selection.posting.content.terms.gates
    codes = [*(gate.code for gate in gates), None]
    left = race.exits.get(key)
    out = left is not None and left.code == "ranked_out"
    steps = (
        EntryStep(
            step=step.step,
            gate=codes[place],
            party=party,
            statement=step.id,
            as_of=step.as_of,
            note=step.note,
        )
        for (party, step), place in zip(chain.taken, standing.places, strict=True)
    )
    waiting = standing.state is EntryState.VERIFIED
    # It is through, and waits behind that gate until the others have come there.
    at = standing.gate - 1 if waiting else standing.gate
    return {
        "state": EntryState.OUT if out else standing.state,
        "gate": codes[at] if standing.state in _AT_WORK and not out else None,
        "steps": tuple(steps),
        "open": open_steps(standing, chain.head),
    }


KIND = whole(
    "challenge",
    ChallengeView,
    (
        ChallengePosted,
        ChallengeEntered,
        ChallengeReviewed,
        ChallengeAwarded,
        ChallengeReported,
        ChallengeVerified,
        ChallengeReturned,
        ChallengeAccepted,
        ChallengeFailed,
    ),
    apply,
    derive,
    in_domain(record_domain),
)
