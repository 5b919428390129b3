"""Policies: which statements make up which turn of the loop.

A turn is an edition. The first is there as soon as a member issues it; the next
one when a member issues it in answer to an improvement of the turn before. All
other statements answer to an edition. No later statement takes a counted one its
turn away, and an edition never changes: other words are another edition.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.coordination.place import (
    differing,
    domain_of,
    domain_or_why_not,
    in_domain,
    text_of,
)
from services.coordination.policy_turn import Issued, Turn, record, waiting_steps
from services.rules.remembered import (
    Content,
    Remembered,
    in_order,
    no_effect_of,
    remember,
)
from services.rules.turns import IN_ADVANCE
from services.runtime.kinds import Derived, States, whole
from twincity_schemas.message import Event
from twincity_schemas.parties import day_of
from twincity_schemas.policy import (
    PolicyCoordinated,
    PolicyImproved,
    PolicyIssued,
    PolicyVerified,
)
from twincity_schemas.policy_record import PolicyRecorded
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.values import Domain


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One party's statements about a policy, each kind in its own order."""

    issued: tuple[Remembered[PolicyIssued], ...] = ()
    coordinated: tuple[Remembered[PolicyCoordinated], ...] = ()
    verified: tuple[Remembered[PolicyVerified], ...] = ()
    improved: tuple[Remembered[PolicyImproved], ...] = ()

    @property
    def everything(self) -> tuple[Remembered[Any], ...]:
        """Every statement, by kind."""
        return (*self.issued, *self.coordinated, *self.verified, *self.improved)


Views = Mapping[str, PolicyView]


def apply(before: PolicyView, event: Event[Any], _states: States) -> PolicyView:
    """Returns a party's view after its next statement about the policy."""
    match event.data:
        case PolicyIssued():
            return replace(before, issued=(*before.issued, remember(event)))
        case PolicyCoordinated():
            return replace(before, coordinated=(*before.coordinated, remember(event)))
        case PolicyVerified():
            return replace(before, verified=(*before.verified, remember(event)))
        case _:
            return replace(before, improved=(*before.improved, remember(event)))


def record_domain(views: Views) -> Domain | None:
    """The domain of the first edition, as whoever was recorded first issued it."""
    return domain_of(_first_editions(views))


def _first_editions(views: Views) -> dict[str, tuple[Remembered[PolicyIssued], ...]]:
    """By party, its first edition, which no later word of it changes."""
    editions: dict[str, tuple[Remembered[PolicyIssued], ...]] = {}
    for party, view in sorted(views.items()):
        own = [
            one
            for one in view.issued
            if one.content.edition == 1 and _fits(one.content)
        ]
        if own:
            editions[party] = (own[0],)
    return editions


def derive(states: States) -> PolicyRecorded | Derived | None:
    """The joint record; None as long as nobody has issued a first edition."""
    subject, views = states.subject, states.own
    firsts = _first_editions(views)
    domain = domain_or_why_not(firsts)
    if not isinstance(domain, Domain):
        return domain
    # What is to hold from a later date does not hold yet. Which day that is judged on
    # is the last that the record knows of: no clock is asked.
    day = day_of(
        max(one.recorded for view in views.values() for one in view.everything)
    )
    turns = [*_turns(views, day)]
    records = tuple(
        record(turn, after, subject.members)
        for turn, after in zip(turns, [*turns[1:], None], strict=True)
    )
    latest = turns[-1]
    steps = waiting_steps(latest, subject.members)
    return PolicyRecorded(
        subject=str(subject),
        domain=domain,
        title=text_of(_issuers(views, latest), "title"),
        differing=differing(firsts, "domain"),
        edition=latest.edition,
        as_of=day,
        stage=records[-1].stage,
        turns=records,
        open=steps,
        statements=states.statements,
        no_effect=tuple(_no_effect_of(views, turns, steps)),
    )


def _issuers(
    views: Views, turn: Turn
) -> dict[str, tuple[Remembered[PolicyIssued], ...]]:
    """By party: how it issued the edition of a turn."""
    issued = {
        party: tuple(o for o in view.issued if o.id in turn.editions)
        for party, view in views.items()
    }
    return {party: own for party, own in issued.items() if own}


def _turns(views: Views, day: str) -> Iterator[Turn]:
    # An edition counts if it answers to an improvement that counts, of the one before:
    # followed from the first on, so that no order of arrival matters.
    edition, improvements = 1, dict[str, datetime]()
    while issued := _unchanged(
        _counting(_issued(views), _issuing(edition, improvements))
    ):
        turn = _turn(views, edition, issued, day)
        yield turn
        edition += 1
        improvements = {one.id: one.recorded for _, one in turn.improved}


def _issued(views: Views) -> dict[str, tuple[Remembered[PolicyIssued], ...]]:
    return {party: view.issued for party, view in views.items()}


def _issuing(
    edition: int, improvements: Mapping[str, datetime]
) -> Callable[[Remembered[PolicyIssued]], bool]:
    return lambda one: (
        one.content.edition == edition
        and _fits(one.content)
        and (one.content.answers is None or _follows(one, improvements))
    )


def _follows(one: Remembered[Any], moments: Mapping[str, datetime]) -> bool:
    """Returns whether what a statement answers to was recorded before it."""
    begun = moments.get(one.content.answers)
    return begun is not None and begun <= one.recorded


def _fits(content: PolicyIssued) -> bool:
    return (content.edition == 1) == (content.answers is None)


def _unchanged(issued: list[Issued]) -> list[Issued]:
    """Without what says an edition of a party's own anew in other words."""
    # Whoever answered to an edition answered to its words: they stay as they were.
    first: dict[str, PolicyIssued] = {}
    return [
        (party, statement)
        for party, statement in issued
        if _words(first.setdefault(party, statement.content))
        == _words(statement.content)
    ]


def _words(content: PolicyIssued) -> dict[str, Any]:
    """Returns an edition as far as its version says what it is."""
    return {name: value for name, value in content if name not in _NOT_ITS_WORDS}


_NOT_ITS_WORDS = {"answers", "as_of", "source"}


def _counting(
    by_party: Mapping[str, Sequence[Remembered[Content]]],
    counts: Callable[[Remembered[Content]], bool],
) -> list[tuple[str, Remembered[Content]]]:
    """Returns the statements that count, in the order in which they were recorded."""
    return [one for one in in_order(by_party) if counts(one[1])]


def _turn(views: Views, edition: int, issued: list[Issued], day: str) -> Turn:
    editions = {statement.id: statement.recorded for _, statement in issued}
    texts: dict[str, set[str]] = defaultdict(set)
    for _, statement in issued:
        for provision in statement.content.provisions:
            texts[provision.code].add(provision.text)

    def about(one: Remembered[PolicyCoordinated] | Remembered[PolicyVerified]) -> bool:
        return _follows(one, editions) and one.content.provision in texts

    verified = _counting({p: v.verified for p, v in views.items()}, about)
    findings = {statement.id: statement.recorded for _, statement in verified}

    def answering(one: Remembered[PolicyImproved]) -> bool:
        content = one.content
        return (
            _follows(one, editions)
            and findings.keys() >= set(content.findings)
            and all(findings[name] <= one.recorded for name in content.findings)
            and all(
                # It says what the provision was: nobody changes words it has not read.
                change.was is None or change.was in texts[change.code]
                for change in content.changes
            )
        )

    return Turn(
        edition=edition,
        issued=tuple(issued),
        coordinated=tuple(
            _counting({p: v.coordinated for p, v in views.items()}, about)
        ),
        verified=tuple(verified),
        improved=tuple(_counting({p: v.improved for p, v in views.items()}, answering)),
        day=day,
    )


def _no_effect_of(
    views: Views, turns: list[Turn], steps: tuple[OpenStep, ...]
) -> Iterator[NoEffect]:
    # By identity: a party may say the same words twice, and one of them counts.
    counted = {id(statement) for turn in turns for _, statement in turn.everything}
    by_edition = {i: turn for turn in turns for i in turn.editions}
    improvements = {one.id: one.recorded for t in turns for _, one in t.improved}
    for party in sorted(views):
        for statement in views[party].everything:
            if id(statement) not in counted:
                why = _why(statement, by_edition, improvements)
                yield no_effect_of(party, statement, why, steps)


def _why(
    one: Remembered[Any],
    by_edition: Mapping[str, Turn],
    improvements: Mapping[str, datetime],
) -> tuple[str, str, str]:
    content = one.content
    if isinstance(content, PolicyIssued):
        return _why_not_issued(one, by_edition, improvements)
    turn = by_edition.get(content.answers)
    if turn is None:
        return (
            "answers_unknown",
            "所答的版本尚未见到，或未生效",
            "the edition that it answers to has not been seen, or has no effect",
        )
    answered = [content.answers, *getattr(content, "findings", ())]
    if any(
        other.id in answered and other.recorded > one.recorded
        for _, other in turn.everything
    ):
        return IN_ADVANCE
    if not isinstance(content, PolicyImproved):
        return (
            "unknown_provision",
            f"第 {turn.edition} 版没有条款 {content.provision}",
            f"edition {turn.edition} has no provision {content.provision}",
        )
    unknown = ", ".join(sorted(set(content.findings) - turn.findings))
    if unknown:
        return (
            "unknown_finding",
            f"第 {turn.edition} 版没有这些检验：{unknown}",
            f"edition {turn.edition} has no such findings: {unknown}",
        )
    return (
        "was_otherwise",
        f"所列原文不是第 {turn.edition} 版的条文",
        f"what it says a provision was is not what edition {turn.edition} says",
    )


def _why_not_issued(
    one: Remembered[PolicyIssued],
    by_edition: Mapping[str, Turn],
    improvements: Mapping[str, datetime],
) -> tuple[str, str, str]:
    content = one.content
    if improvements.get(content.answers or "", one.recorded) > one.recorded:
        return IN_ADVANCE
    editions = {turn.edition for turn in by_edition.values()}
    if (
        _fits(content)
        and content.edition in editions
        and (content.answers is None or content.answers in improvements)
    ):
        return (
            "same_version",
            f"第 {content.edition} 版的内容不得变更，请另出新版",
            f"edition {content.edition} never changes; issue another edition",
        )
    if not _fits(content):
        return (
            "edition_answers",
            "第一版不答复任何填报，以后各版须写明所落实的优化提升填报",
            "the first edition answers to nothing, a later one to an improvement",
        )
    if content.answers in improvements:
        return (
            "wrong_edition",
            f"所答优化提升之后的一版不是第 {content.edition} 版",
            f"the edition after that improvement is not number {content.edition}",
        )
    return (
        "answers_unknown",
        "所答的优化提升尚未见到，或未生效",
        "the improvement that it answers to has not been seen, or has no effect",
    )


KIND = whole(
    "policy",
    PolicyView,
    (PolicyIssued, PolicyCoordinated, PolicyVerified, PolicyImproved),
    apply,
    derive,
    in_domain(record_domain),
)
