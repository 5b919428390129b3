"""What is valid of a posting's entries, reviews and awards (揭榜、评审、确定揭榜方)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from services.rules.closing import over
from services.rules.remembered import Remembered
from services.rules.turns import IN_ADVANCE, Move
from services.runtime.kinds import Reason
from twincity_schemas.challenge import ChallengeAwarded, ChallengeTerms
from twincity_schemas.decimals import Money, Number, Share
from twincity_schemas.parties import day_of
from twincity_schemas.values import (
    Domain,
    Organisation,
    PartialDate,
    Value,
)

UNKNOWN = (
    "answers_unknown",
    "所答填报尚未见到、不生效，或不属于本项",
    "what it answers to has not been seen, has no effect, or belongs elsewhere",
)


SAID_BEFORE = (
    "said_already",
    "与此前填报逐字相同，以首次为准",
    "it was said before in the same words, and the first stands",
)


class Post(Value):
    """A posting, as far as its record needs it."""

    step: ClassVar[str] = "challenge.posted"

    title: str
    domain: Domain
    terms: ChallengeTerms


class Offer(Value):
    """An entry, as far as its record needs it."""

    step: ClassVar[str] = "challenge.entered"

    entry: str
    answers: str
    team: Organisation
    members: tuple[Organisation, ...] = ()
    promised: Mapping[str, Number]
    budget: Money
    as_of: PartialDate


class Judgement(Value):
    """A review, as far as its record needs it."""

    step: ClassVar[str] = "challenge.reviewed"

    entrant: str
    entry: str
    answers: str
    unit: Organisation
    scores: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class EntryMove(Move):
    """One party's step of a winner or about it, after the award."""

    key: str
    as_of: PartialDate
    note: str
    measured: Mapping[str, Number] | None = None


Posting = Remembered[Post]
Entry = Remembered[Offer]
Review = Remembered[Judgement]
Award = Remembered[ChallengeAwarded]


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """One party's statements about a challenge, each kind in its own order.

    Each has its place among all of the party's, since a posting is in force until an
    award, and an entry is judged in the version that stood.
    """

    posted: tuple[Posting, ...] = ()
    entered: tuple[Entry, ...] = ()
    reviewed: tuple[Review, ...] = ()
    awarded: tuple[Award, ...] = ()
    moves: tuple[EntryMove, ...] = ()
    statements: int = 0


Views = Mapping[str, ChallengeView]


def winners_of(award: Award) -> tuple[str, ...]:
    """The keys, ``<entrant>/<entry>``, that it is awarded to."""
    return tuple(f"{w.entrant}/{w.entry}" for w in award.content.winners)


def reviewed_entry(review: Review) -> str:
    """The key of the entry that a review judges."""
    return f"{review.content.entrant}/{review.content.entry}"


class ValidEntries:
    """The valid entries of one posting.

    Attributes:
        versions: of each entry by its key and then by statement, in its
            entrant's order.
        invalid: the parties and statements of the others, and why.
    """

    def __init__(self, views: Views, posting: Posting) -> None:
        self._views = views
        self._posting = posting
        self.versions: dict[str, dict[str, Entry]] = {}
        self.invalid: list[tuple[str, Entry, Reason]] = []
        for party in sorted(views):
            for entry in views[party].entered:
                why = self._against_entry(entry)
                if why is not None:
                    self.invalid.append((party, entry, why))
                    continue
                key = f"{party}/{entry.content.entry}"
                versions = self.versions.setdefault(key, {})
                # In the same words it is no new version: else an entry that was judged
                # badly would only have to be handed in once more.
                if versions and [*versions.values()][-1].content == entry.content:
                    self.invalid.append((party, entry, SAID_BEFORE))
                    continue
                versions[entry.id] = entry

    def _against_entry(self, entry: Entry) -> Reason | None:
        content, terms = entry.content, self._posting.content.terms
        if content.answers != self._posting.id:
            posted = (p for view in self._views.values() for p in view.posted)
            if any(content.answers == old.id for old in posted):
                return (
                    "overtaken",
                    "所答榜单不是现行榜单，请按现行榜单重新揭榜",
                    "it answers to another posting; answer to the one in force",
                )
            return UNKNOWN
        if entry.recorded < self._posting.recorded:
            return IN_ADVANCE
        if over(terms.deadline, entry.recorded):
            came = day_of(entry.recorded)
            return (
                "after_deadline",
                f"收件日期 {came} 晚于揭榜截止 {terms.deadline}",
                f"it was recorded {came}, after the deadline {terms.deadline}",
            )
        return foreign_goals(terms, content.promised)

    def against_review(self, party: str, review: Review) -> Reason | None:
        """Returns why a party's review has no effect on any version of an entry."""
        content = review.content
        if content.entrant == party:
            return (
                "own_entry",
                "不得评审本方的揭榜，须由其他成员评审",
                "it is of this party's own entry; another member has to review it",
            )
        entry = self.versions.get(reviewed_entry(review), {}).get(content.answers)
        if entry is None or review.recorded < entry.recorded:
            return UNKNOWN if entry is None else IN_ADVANCE
        criteria = {
            criterion.code for criterion in self._posting.content.terms.criteria
        }
        if content.scores.keys() != criteria:
            return (
                "criteria_differ",
                f"应按各项标准评全：{'、'.join(sorted(criteria))}",
                f"has to judge by exactly: {', '.join(sorted(criteria))}",
            )
        return None

    def reviews(self, award: Award | None) -> list[tuple[str, Review]]:
        """The valid reviews with their parties; given an award, those it names."""
        valid = self._valid_reviews()
        if award is None:
            return list(valid)
        # An award names what it rests on: so a review that comes later changes no rank
        # under which somebody has won.
        refs = {(ref.party, ref.statement) for ref in award.content.reviews}
        return [(p, review) for p, review in valid if (p, review.id) in refs]

    def _valid_reviews(self) -> Iterator[tuple[str, Review]]:
        for party in sorted(self._views):
            for review in self._views[party].reviewed:
                if self.against_review(party, review) is None:
                    yield party, review

    def against_award(self, award: Award) -> Reason | None:
        """Returns why an award of the poster does not hold; None if it does."""
        content, terms = award.content, self._posting.content.terms
        most = terms.winners
        # Whoever has time left to enter must not find it awarded.
        if not over(terms.deadline, award.recorded):
            return (
                "before_deadline",
                f"揭榜截止 {terms.deadline} 未过，不得确定揭榜方",
                f"entries are taken until {terms.deadline}: it is awarded after that",
            )
        if len(content.winners) > most:
            return (
                "too_many_winners",
                f"榜单最多授予 {most} 家",
                f"the challenge is awarded to {most} at most",
            )
        named = self.reviews(award)
        known = {(party, review.id) for party, review in named}
        refs = {(ref.party, ref.statement) for ref in content.reviews}
        winners = dict(zip(winners_of(award), content.winners, strict=True))
        # What it rests on was there when it was made: a review that comes later would
        # bear out an award that had none.
        if any(review.recorded > award.recorded for _, review in named):
            return IN_ADVANCE
        if refs - known or any(
            winner.answers not in self.versions.get(key, {})
            for key, winner in winners.items()
        ):
            return UNKNOWN
        judged = {
            (reviewed_entry(review), review.content.answers) for _, review in named
        }
        for key, winner in winners.items():
            if (key, winner.answers) not in judged:
                return (
                    "not_reviewed",
                    f"所依据的评审中没有对 {key} 的评审",
                    f"none of the reviews it names is of {key}",
                )
        return None


def foreign_goals(terms: ChallengeTerms, values: Mapping[str, object]) -> Reason | None:
    """Returns why values do not fit the terms: they name goals that are not there."""
    foreign = sorted(values.keys() - {goal.code for goal in terms.goals})
    if not foreign:
        return None
    return (
        "unknown_goal",
        f"榜单中没有指标：{'、'.join(foreign)}",
        f"the challenge has no goal {', '.join(foreign)}",
    )
