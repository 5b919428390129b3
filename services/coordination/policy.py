"""Policies: which statements make up which turn of the loop.

A turn is an edition. The first is there as soon as a member issues it; the next
one when a member issues it in answer to an improvement of the turn before. All
other statements answer to an edition. No later statement takes a counted one its
turn away: a correction of a text adds to what may be answered to.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.coordination.place import in_domain
from services.coordination.policy_turn import Issued, Said, Turn, open_steps, record
from services.rules.heard import Heard, unmet
from services.runtime.kinds import States, whole
from twincity_schemas.message import Event
from twincity_schemas.policy import (
    PolicyCoordinated,
    PolicyImproved,
    PolicyIssued,
    PolicyVerified,
)
from twincity_schemas.policy_record import PolicyRecorded
from twincity_schemas.steps import OpenStep, Unmet
from twincity_schemas.values import Domain, Value


class PolicyView(Value):
    """What one party has said of a policy, each kind in its own order."""

    issued: tuple[Heard[PolicyIssued], ...] = ()
    coordinated: tuple[Heard[PolicyCoordinated], ...] = ()
    verified: tuple[Heard[PolicyVerified], ...] = ()
    improved: tuple[Heard[PolicyImproved], ...] = ()

    @property
    def everything(self) -> tuple[Heard[Any], ...]:
        """Every statement, by kind."""
        return (*self.issued, *self.coordinated, *self.verified, *self.improved)


Views = Mapping[str, PolicyView]
Counts = Callable[[Any], bool]
"""Whether a statement of a kind, by its content, counts in a turn."""


def apply(before: PolicyView, event: Event[Any], _states: States) -> PolicyView:
    """Add one statement to what its party has said."""
    envelope, data = event.envelope, event.data
    heard: Heard[Any]
    change: dict[str, tuple[Heard[Any], ...]]
    match data:
        case PolicyIssued():
            heard = Heard[PolicyIssued](statement=envelope.id, content=data)
            change = {"issued": (*before.issued, heard)}
        case PolicyCoordinated():
            heard = Heard[PolicyCoordinated](statement=envelope.id, content=data)
            change = {"coordinated": (*before.coordinated, heard)}
        case PolicyVerified():
            heard = Heard[PolicyVerified](statement=envelope.id, content=data)
            change = {"verified": (*before.verified, heard)}
        case PolicyImproved():
            heard = Heard[PolicyImproved](statement=envelope.id, content=data)
            change = {"improved": (*before.improved, heard)}
        case _:
            return before
    return before.model_copy(update=change)


def home(views: Views) -> Domain | None:
    """The domain of the first edition, by its first issuer in code order."""
    firsts = [
        heard.content.domain
        for party in sorted(views)
        for heard in views[party].issued[::-1]
        if heard.content.edition == 1 and _fits(heard.content)
    ]
    return firsts[0] if firsts else None


def derive(states: States) -> PolicyRecorded | None:
    """The joint record; None as long as nobody has issued a first edition."""
    subject, views = states.subject, states.own
    domain = home(views)
    if domain is None:
        return None
    turns = [*_turns(views)]
    records = tuple(
        record(turn, after, subject.members)
        for turn, after in zip(turns, [*turns[1:], None], strict=True)
    )
    latest = turns[-1]
    steps = open_steps(latest, subject.members)
    return PolicyRecorded(
        subject=str(subject),
        domain=domain,
        title=latest.texts[min(latest.texts)].content.title,
        edition=latest.edition,
        stage=records[-1].stage,
        turns=records,
        open=steps,
        statements=states.statements,
        unmet=tuple(_unmet(views, turns, steps)),
    )


def _turns(views: Views) -> Iterator[Turn]:
    edition, improvements = 1, frozenset[str]()
    while issued := _said(views, "issued", _issuing(edition, improvements)):
        turn = _turn(views, edition, issued)
        yield turn
        edition, improvements = edition + 1, turn.improvements


def _issuing(edition: int, improvements: frozenset[str]) -> Counts:
    return lambda content: (
        content.edition == edition
        and _fits(content)
        and (content.answers is None or content.answers in improvements)
    )


def _fits(content: PolicyIssued) -> bool:
    return (content.edition == 1) == (content.answers is None)


def _said(views: Views, kind: str, counts: Counts) -> list[Said]:
    return [
        (party, heard)
        for party in sorted(views)
        for heard in getattr(views[party], kind)
        if counts(heard.content)
    ]


def _turn(views: Views, edition: int, issued: list[Issued]) -> Turn:
    editions = {heard.statement for _, heard in issued}
    texts: dict[str, set[str]] = defaultdict(set)
    for _, heard in issued:
        for provision in heard.content.provisions:
            texts[provision.code].add(provision.text)

    def about(content: PolicyCoordinated | PolicyVerified) -> bool:
        return content.answers in editions and content.provision in texts

    verified = _said(views, "verified", about)
    findings = {heard.statement for _, heard in verified}

    def answering(content: PolicyImproved) -> bool:
        return (
            content.answers in editions
            and findings.issuperset(content.findings)
            and all(
                change.was is None or change.was in texts[change.code]
                for change in content.changes
            )
        )

    return Turn(
        edition=edition,
        issued=tuple(issued),
        coordinated=tuple(_said(views, "coordinated", about)),
        verified=tuple(verified),
        improved=tuple(_said(views, "improved", answering)),
    )


def _unmet(
    views: Views, turns: list[Turn], steps: tuple[OpenStep, ...]
) -> Iterator[Unmet]:
    # By identity: a party may say the same words twice, and one of them counts.
    counted = {id(heard) for turn in turns for _, heard in turn.everything}
    by_edition = {i: turn for turn in turns for i in turn.editions}
    improvements = {i for turn in turns for i in turn.improvements}
    for party in sorted(views):
        for heard in views[party].everything:
            if id(heard) not in counted:
                why = _why(heard.content, by_edition, improvements)
                yield unmet(party, heard, why, steps)


def _why(
    content: PolicyIssued | PolicyCoordinated | PolicyVerified | PolicyImproved,
    by_edition: Mapping[str, Turn],
    improvements: set[str],
) -> tuple[str, str, str]:
    if isinstance(content, PolicyIssued):
        return _why_not_issued(content, improvements)
    turn = by_edition.get(content.answers)
    if turn is None:
        return (
            "answers_unknown",
            "所答的版本尚未见到，或未生效",
            "the edition that it answers to has not been seen, or has no effect",
        )
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
    content: PolicyIssued, improvements: set[str]
) -> tuple[str, str, str]:
    if not _fits(content):
        return (
            "edition_answers",
            "第一版不答复任何陈述，以后各版须写明所落实的优化提升陈述",
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
    in_domain(home),
)
