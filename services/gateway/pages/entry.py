"""An entry of an opportunity list: its pairs with their reasons, or why it has none."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup
from starlette.responses import Response

from services.gateway.pages import scores
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.opportunities import STATE_WORDS
from services.gateway.pages.pools import pool_of
from services.gateway.pages.readable import readable
from services.gateway.pages.records import records_of, subject_of
from services.gateway.pages.today import NEEDS
from services.gateway.pages.traces import ReadableEvent, readable_event
from services.gateway.rows import Filter
from services.gateway.view import View
from services.rules.families import Family
from twincity_schemas.match import MatchAccepted
from twincity_schemas.opportunity import Direction, OpportunityPublished
from twincity_schemas.pairing_record import Pair, PairingRecorded
from twincity_schemas.parties import CHINA
from twincity_schemas.topology import MATCHING_CANDIDATES

_DESCRIBED = ("twincity.opportunity.published.v1", "twincity.opportunity.revised.v1")
_ACCEPTED = "twincity.match.accepted.v1"
_HISTORY, _STEPS, _CANDIDATES, _ALL = 30, 50, 15, 1_000_000


class EntrySaid(NamedTuple):
    """An entry as its owner said it last, with a pair's words marked."""

    statement: str
    title: Markup
    content: Markup
    unit: str


class PairOfEntry(NamedTuple):
    """A pair or an offer with what speaks for it.

    Attributes:
        bar: an SVG of its terms.
        mine: this entry's text; None where nobody has said it here.
        since: the day when the one owner took it up; "" where nobody waits.
        accepted: the statement by which it did.
    """

    pair: Pair
    offer: bool
    bar: str
    mine: EntrySaid | None
    theirs: EntrySaid | None
    since: str
    accepted: str


class ListedCandidate(NamedTuple):
    """An entry that could be paired with one."""

    other: str
    score: int
    chosen: bool


def entry(visit: Visit) -> Response:
    """All that there is about an entry."""
    subject = subject_of(visit, "opportunity")
    record, _ = records_of(visit.view, subject, PairingRecorded)
    listed = candidates(visit.view, record)
    most = max((pair.score for pair in (*record.pairs, *record.offers)), default=1)
    published = visit.view.statements_about(subject, 1, *_DESCRIBED)
    return show(
        visit,
        "entry.html",
        subject=subject,
        record=record,
        pairs=list(_pairs(record, most, visit)),
        candidates=listed[:_CANDIDATES],
        more=len(listed) - _CANDIDATES,
        own=readable_event(visit, published[0]) if published else None,
        fields=list(readable(published[0].data, visit.tell)) if published else [],
        history=list(_history(visit, subject)),
        matters=visit.view.matters.of_subject(subject),
        needs=NEEDS,
        states=STATE_WORDS,
        scores=scores,
    )


def candidates(view: View, record: PairingRecorded) -> list[ListedCandidate]:
    """The entries that an entry can be paired with, the best first."""
    chosen = {pair.counterpart for pair in record.pairs}
    if record.direction is Direction.DEMAND:
        row = view.at(MATCHING_CANDIDATES, f"{record.subject}#candidates")
        score_by = json.loads(row.value or b"{}").get("scores", {}) if row else {}
        scored = score_by.items()
    else:
        scored = _of_supply(view, record.subject)
    listed = [ListedCandidate(other, score, other in chosen) for other, score in scored]
    return sorted(listed, key=lambda one: (-one.score, one.other))


def _of_supply(view: View, subject: str) -> Iterator[tuple[str, int]]:
    """The demands that keep a supply among their best; demands tell it."""
    wanted = Filter((Family.CANDIDATES,), type="candidates.recorded")
    named = json.dumps(subject).encode()
    for row in view.page(wanted, "", _ALL):
        if named in (row.value or b""):
            yield row.subject, json.loads(row.value or b"{}")["scores"][subject]


def _pairs(record: PairingRecorded, most: int, visit: Visit) -> Iterator[PairOfEntry]:
    pool = pool_of(visit, record.pool, drawn=False).record
    days = pool.answer_within_days if pool else 0
    sides = (record.direction, _other_side(record.direction))
    for offer, pairs in ((False, record.pairs), (True, record.offers)):
        for pair in pairs:
            words = scores.shared_words(pair.terms)
            mine, theirs = (
                _words_of(visit, subject, words.of(side))
                for subject, side in zip(
                    (record.subject, pair.counterpart), sides, strict=True
                )
            )
            since = _since(pair, days)
            yield PairOfEntry(
                pair,
                offer,
                scores.bar(pair.terms, most, visit.tell, wide=460),
                mine,
                theirs,
                since,
                _accepted(visit.view, record.subject, pair.counterpart, since),
            )


def _other_side(side: Direction) -> Direction:
    return Direction.SUPPLY if side is Direction.DEMAND else Direction.DEMAND


def _since(pair: Pair, days: int) -> str:
    """The day of the acceptance: the pool's rule counts the days from it."""
    if pair.answer_by is None or not days:
        return ""
    return (date.fromisoformat(pair.answer_by) - timedelta(days=days)).isoformat()


def _accepted(view: View, one: str, other: str, since: str) -> str:
    """The statement by which one of two owners took their pair up on a day."""
    if not since:
        return ""
    for mine, theirs in ((one, other), (other, one)):
        for row in view.statements_about(mine, _STEPS, _ACCEPTED):
            recorded = datetime.fromisoformat(row.recorded).astimezone(CHINA)
            data = row.data
            if (
                isinstance(data, MatchAccepted)
                and data.counterpart == theirs
                and recorded.date().isoformat() == since
            ):
                return row.id
    return ""


def _words_of(visit: Visit, subject: str, words: tuple[str, ...]) -> EntrySaid | None:
    row = next(iter(visit.view.statements_about(subject, 1, *_DESCRIBED)), None)
    if row is None or not isinstance(row.data, OpportunityPublished):
        return None
    data = row.data
    return EntrySaid(
        row.id,
        scores.marked(data.title, words),
        scores.marked(data.content, words),
        data.responsible_unit.name,
    )


def _history(visit: Visit, subject: str) -> Iterator[tuple[ReadableEvent, str]]:
    """Yields what its owner said of it, the newest first, and of which other entry."""
    for row in visit.view.statements_about(subject, _HISTORY):
        event = readable_event(visit, row)
        yield event, str(getattr(event.data, "counterpart", "") or "")
