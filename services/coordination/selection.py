"""From posting to award (发榜、揭榜、评审、确定揭榜方): what counts of what was said.

Of several members who post, the one counts who was recorded first; two at the same
instant are a tie, which is told and not decided. The poster's own order decides
which posting is in force: the last one before the first of its awards that holds.
What an award rests on it names, so a review on its way changes nothing, whichever
arrives first.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.coordination.entries import (
    SAID_BEFORE,
    UNKNOWN,
    Award,
    Entry,
    Post,
    Posting,
    Review,
    ValidEntries,
    Views,
    reviewed_entry,
    winners_of,
)
from services.rules.closing import over
from services.rules.remembered import first
from services.runtime.kinds import Reason, no_effect
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import earlier

Jurors = Mapping[str, Mapping[tuple[str, str], Review]]
"""The review that counts, by the entry's key and by the juror's party and unit."""


@dataclass(frozen=True)
class Selection:
    """The statements that count.

    Attributes:
        poster: who posted the challenge.
        posting: the one in force.
        award: the one that holds, if any.
        entries: the version in force of each, by ``<entrant>/<entry>``.
        reviews: those that count, by the entry's key.
        no_effect: what has no effect, and why.
    """

    poster: str
    posting: Posting
    award: Award | None
    entries: Mapping[str, Entry]
    reviews: Mapping[str, tuple[Review, ...]]
    no_effect: tuple[NoEffect, ...]

    @property
    def winners(self) -> tuple[str, ...]:
        """The keys of the entries that won, in the award's order."""
        return () if self.award is None else winners_of(self.award)


def select(views: Views) -> Selection | None:
    """Returns what counts of a challenge's statements; None before it is posted."""
    posters = first_posters(views)
    if len(posters) != 1:
        return None
    [poster] = posters
    posting, award, late = _in_force(poster, views)
    candidates = ValidEntries(views, posting)
    entries = _entries(candidates, award)
    jurors = _jurors(candidates, award, entries)
    idle = [
        *(
            step_without_effect(p, "entered", e.id, why)
            for p, e, why in candidates.invalid
        ),
        *_late_versions(candidates, award, entries),
        *_idle_reviews(views, candidates, award, jurors),
        *(step_without_effect(poster, "posted", one.id, _ENTERED) for one in late),
        *_idle_acts(views, candidates, poster, award, late),
    ]
    return Selection(
        poster=poster,
        posting=posting,
        award=award,
        entries=entries,
        reviews={key: tuple(by.values()) for key, by in jurors.items()},
        no_effect=tuple(idle),
    )


def first_posters(views: Views) -> list[str]:
    """Returns who was recorded first of those who posted; several on a tie."""
    return first({p: v.posted[0].recorded for p, v in views.items() if v.posted})


def posted_at_once(views: Views) -> list[NoEffect]:
    """Returns the statements without effect where two posted at one instant."""
    return [
        step_without_effect(party, "posted", posting.id, _AT_ONCE)
        for party in first_posters(views)
        for posting in views[party].posted
    ]


def _in_force(
    poster: str, views: Views
) -> tuple[Posting, Award | None, tuple[Posting, ...]]:
    """Returns the posting and the award that hold, and the postings that came late."""
    view = views[poster]
    postings = {posting.place: posting for posting in view.posted}
    awards = {award.place: award for award in view.awarded}
    # The first award that holds closes it: no posting afterwards changes the terms
    # under which it was won.
    posting = view.posted[0]
    late: list[Posting] = []
    for at in sorted({*postings, *awards}):
        if at in postings:
            # In the same words it is the same: else all entries would be outdated.
            if postings[at].content == posting.content:
                continue
            if _is_late(views, posting, postings[at]):
                late.append(postings[at])
            else:
                posting = postings[at]
        elif at > posting.place:
            award = awards[at]
            if ValidEntries(views, posting).against_award(award) is None:
                return posting, award, tuple(late)
    return posting, None, tuple(late)


def _is_late(views: Views, posting: Posting, again: Posting) -> bool:
    """Returns whether a posting would outdate entries that could not be made anew.

    Once somebody has entered, whoever knows the entries neither opens the challenge
    again after its deadline nor ends it earlier.
    """
    deadline = posting.content.terms.deadline
    if not over(deadline, again.recorded) and not earlier(
        again.content.terms.deadline, deadline
    ):
        return False
    return any(
        version.recorded <= again.recorded
        for versions in ValidEntries(views, posting).versions.values()
        for version in versions.values()
    )


def _entries(candidates: ValidEntries, award: Award | None) -> dict[str, Entry]:
    """Of each entry the version in force: the judged one, or else the latest."""
    judged: dict[str, set[str]] = {}
    if award is not None:
        for _, review in candidates.reviews(award):
            judged.setdefault(reviewed_entry(review), set()).add(review.content.answers)
        for key, winner in zip(winners_of(award), award.content.winners, strict=True):
            judged[key] = {winner.answers}
    return {
        key: [v for v in versions.values() if v.id in judged.get(key, versions)][-1]
        for key, versions in sorted(candidates.versions.items())
    }


def _jurors(
    candidates: ValidEntries, award: Award | None, entries: Mapping[str, Entry]
) -> Jurors:
    jurors: dict[str, dict[tuple[str, str], Review]] = {key: {} for key in entries}
    for party, review in candidates.reviews(award):
        key = reviewed_entry(review)
        if review.content.answers == entries[key].id:
            # A juror's later review takes the place of its earlier one.
            jurors[key][party, review.content.unit.name] = review
    return jurors


def _late_versions(
    candidates: ValidEntries, award: Award | None, entries: Mapping[str, Entry]
) -> Iterator[NoEffect]:
    """Entries entered anew after the version that the award judged."""
    if award is None:
        return
    for key in sorted(
        {reviewed_entry(review) for _, review in candidates.reviews(award)}
    ):
        for version in candidates.versions[key].values():
            if version.place > entries[key].place:
                party = key.partition("/")[0]
                yield step_without_effect(party, "entered", version.id, _AWARDED)


def _idle_reviews(
    views: Views, candidates: ValidEntries, award: Award | None, jurors: Jurors
) -> Iterator[NoEffect]:
    for party in sorted(views):
        for review in views[party].reviewed:
            why = candidates.against_review(party, review)
            if why is None:
                juror = (party, review.content.unit.name)
                counted = jurors[reviewed_entry(review)].get(juror)
                # What its juror has replaced had its effect: that is no notice.
                if counted is not None and review.place <= counted.place:
                    continue
                why = _REVISED if award is None else _NOT_NAMED
            yield step_without_effect(party, "reviewed", review.id, why)


def _idle_acts(
    views: Views,
    candidates: ValidEntries,
    poster: str,
    award: Award | None,
    late: Collection[Posting],
) -> Iterator[NoEffect]:
    """Postings and awards of others, and those of the poster that do not hold."""
    for party, view in sorted(views.items()):
        posted = (one for one in view.posted if one not in late)
        yield from _idle_postings(party, posted, poster, award)
        for other in view.awarded:
            why: Reason | None = None
            if party != poster:
                why = _NOT_YOURS
            elif award is None or other.place < award.place:
                why = candidates.against_award(other) or UNKNOWN
            elif other.place > award.place:
                why = _AWARDED
            if why is not None:
                yield step_without_effect(party, "awarded", other.id, why)


def _idle_postings(
    party: str, posted: Iterable[Posting], poster: str, award: Award | None
) -> Iterator[NoEffect]:
    latest: Post | None = None
    for posting in posted:
        why: Reason | None = None
        if party != poster:
            why = _taken(poster)
        elif award is not None and posting.place > award.place:
            why = _AWARDED
        elif posting.content == latest:
            why = SAID_BEFORE
        latest = posting.content
        if why is not None:
            yield step_without_effect(party, "posted", posting.id, why)


def step_without_effect(party: str, fact: str, statement: str, why: Reason) -> NoEffect:
    """Returns the word that a statement about a challenge has no effect."""
    return no_effect(party, statement, f"challenge.{fact}", why)


def _taken(poster: str) -> Reason:
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
_ENTERED = (
    "entered_already",
    "已有揭榜，截止后不得再改榜单，也不得提前截止；另有要求请另立事项",
    "it was entered: not posted anew past its deadline, nor ended earlier",
)
_REVISED = (
    "overtaken",
    "该揭榜已有新版本，请按新版本评审",
    "the entry has a new version; review that one",
)
_NOT_NAMED = (
    "not_named",
    "已确定揭榜方，所依据的评审不含此份",
    "the award that was made does not rest on this review",
)
_AWARDED = (
    "awarded_already",
    "已确定揭榜方，不再变更",
    "it has been awarded; nothing of this changes any more",
)
_NOT_YOURS = (
    "not_your_step",
    "该步骤不由本方办理",
    "this step is not this party's to take",
)
