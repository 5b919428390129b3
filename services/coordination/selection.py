"""From posting to award (发榜、揭榜、评审、授榜): what counts of what was said.

Of several members who post, the one counts who was recorded first; two at the same
instant are a tie, which is told and not decided. The poster's own order decides
which posting is in force: the last one before the first of its awards that holds.
What an award rests on it names, so a review on its way changes nothing, whichever
arrives first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.coordination.entries import (
    UNKNOWN,
    Award,
    Candidates,
    Entry,
    Posting,
    Review,
    Views,
    reviewed,
    winners_of,
)
from services.rules.heard import Why, first
from twincity_schemas.steps import Unmet

Jurors = Mapping[str, Mapping[tuple[str, str], Review]]
"""The review that counts, by the entry's key and by the juror's party and unit."""


@dataclass(frozen=True)
class Selection:
    """What counts.

    Attributes:
        poster: who posted the challenge.
        posting: the one in force.
        award: the one that holds, if any.
        entries: the version in force of each, by ``<entrant>/<entry>``.
        reviews: those that count, by the entry's key.
        unmet: what has no effect, and why.
    """

    poster: str
    posting: Posting
    award: Award | None
    entries: Mapping[str, Entry]
    reviews: Mapping[str, tuple[Review, ...]]
    unmet: tuple[Unmet, ...]

    @property
    def winners(self) -> tuple[str, ...]:
        """The keys of the entries that won, in the award's order."""
        return () if self.award is None else winners_of(self.award)


def select(views: Views) -> Selection | None:
    """What counts of a challenge's statements; None before it is posted."""
    posters = first_posters(views)
    if len(posters) != 1:
        return None
    [poster] = posters
    posting, award = _in_force(poster, views)
    candidates = Candidates(views, posting)
    entries = _entries(candidates, award)
    jurors = _jurors(candidates, award, entries)
    unmet = [
        *(
            objection(p, "entered", e.statement, why)
            for p, e, why in candidates.invalid
        ),
        *_late_versions(candidates, award, entries),
        *_idle_reviews(views, candidates, award, jurors),
        *_idle_acts(views, candidates, poster, award),
    ]
    return Selection(
        poster=poster,
        posting=posting,
        award=award,
        entries=entries,
        reviews={key: tuple(by.values()) for key, by in jurors.items()},
        unmet=tuple(unmet),
    )


def first_posters(views: Views) -> list[str]:
    """Returns who was recorded first of those who posted; several on a tie."""
    return first({p: v.posted[0].recorded for p, v in views.items() if v.posted})


def posted_at_once(views: Views) -> list[Unmet]:
    """Why nothing of a challenge has effect that two posted at the same instant."""
    return [
        objection(party, "posted", posting.statement, _AT_ONCE)
        for party in first_posters(views)
        for posting in views[party].posted
    ]


def _in_force(poster: str, views: Views) -> tuple[Posting, Award | None]:
    said = views[poster]
    postings = {posting.at: posting for posting in said.posted}
    awards = {award.at: award for award in said.awarded}
    posting = said.posted[0]
    for at in sorted({*postings, *awards}):
        if at in postings:
            posting = postings[at]
        elif at > posting.at:
            award = awards[at]
            if Candidates(views, posting).against_award(award) is None:
                return posting, award
    return posting, None


def _entries(candidates: Candidates, award: Award | None) -> dict[str, Entry]:
    """Of each entry the version in force: the judged one, or else the latest."""
    judged: dict[str, set[str]] = {}
    if award is not None:
        for _, review in candidates.reviews(award):
            judged.setdefault(reviewed(review), set()).add(review.content.answers)
        for key, winner in zip(winners_of(award), award.content.winners, strict=True):
            judged[key] = {winner.answers}
    return {
        key: [v for v in versions.values() if v.statement in judged.get(key, versions)][
            -1
        ]
        for key, versions in sorted(candidates.versions.items())
    }


def _jurors(
    candidates: Candidates, award: Award | None, entries: Mapping[str, Entry]
) -> Jurors:
    jurors: dict[str, dict[tuple[str, str], Review]] = {key: {} for key in entries}
    for party, review in candidates.reviews(award):
        key = reviewed(review)
        if review.content.answers == entries[key].statement:
            # A juror's later review takes the place of its earlier one.
            jurors[key][party, review.content.unit.name] = review
    return jurors


def _late_versions(
    candidates: Candidates, award: Award | None, entries: Mapping[str, Entry]
) -> Iterator[Unmet]:
    """Entries entered anew after the version that the award judged."""
    if award is None:
        return
    for key in sorted({reviewed(review) for _, review in candidates.reviews(award)}):
        for version in candidates.versions[key].values():
            if version.at > entries[key].at:
                party = key.partition("/")[0]
                yield objection(party, "entered", version.statement, _AWARDED)


def _idle_reviews(
    views: Views, candidates: Candidates, award: Award | None, jurors: Jurors
) -> Iterator[Unmet]:
    for party in sorted(views):
        for review in views[party].reviewed:
            why = candidates.against_review(party, review)
            if why is None:
                juror = (party, review.content.unit.name)
                counted = jurors[reviewed(review)].get(juror)
                if counted is not None and review.at <= counted.at:
                    continue
                why = _REVISED if award is None else _NOT_NAMED
            yield objection(party, "reviewed", review.statement, why)


def _idle_acts(
    views: Views, candidates: Candidates, poster: str, award: Award | None
) -> Iterator[Unmet]:
    """Postings and awards of others, and those of the poster that do not hold."""
    for party, view in sorted(views.items()):
        for posting in view.posted:
            if party != poster:
                yield objection(party, "posted", posting.statement, _taken(poster))
            elif award is not None and posting.at > award.at:
                yield objection(party, "posted", posting.statement, _AWARDED)
        for other in view.awarded:
            why: Why | None = None
            if party != poster:
                why = _NOT_YOURS
            elif award is None or other.at < award.at:
                why = candidates.against_award(other) or UNKNOWN
            elif other.at > award.at:
                why = _AWARDED
            if why is not None:
                yield objection(party, "awarded", other.statement, why)


def objection(party: str, fact: str, statement: str, why: Why) -> Unmet:
    """Say that a statement about a challenge has no effect."""
    code, zh, en = why
    step = f"challenge.{fact}"
    return Unmet(statement=statement, party=party, step=step, code=code, zh=zh, en=en)


def _taken(poster: str) -> Why:
    return (
        "posted_by_another",
        f"该事项已由 {poster} 发榜，请另立事项",
        f"{poster} has posted here; post under another subject",
    )


_AT_ONCE = (
    "posted_at_once",
    "多方同时发榜，尚无发榜方，请协商后由一方另立事项",
    "several posted at the same instant: agree on one, under another subject",
)
_REVISED = (
    "overtaken",
    "该揭榜已有新版本，请按新版本评审",
    "the entry has a new version; review that one",
)
_NOT_NAMED = (
    "not_named",
    "已授榜，授榜所依据的评审不含此份",
    "the award that was made does not rest on this review",
)
_AWARDED = (
    "awarded_already",
    "已授榜，不再变更",
    "it has been awarded; nothing of this changes any more",
)
_NOT_YOURS = (
    "not_your_step",
    "该步骤不由本方办理",
    "this step is not this party's to take",
)
