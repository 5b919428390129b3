"""Policies: which statements make up which turn of the loop.

A turn is an edition. The first is there as soon as a member issues it; the next
one when a member issues it in answer to an improvement of the turn before. All
other statements answer to an edition. No later statement takes a counted one its
turn away, and an edition never changes: other words are another edition.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.coordination.place import (
    differing,
    domain_of,
    in_domain,
    text_of,
    undecided,
)
from services.coordination.policy_turn import Issued, Said, Turn, open_steps, record
from services.rules.heard import Heard, Recorded, in_order, recorded, unmet
from services.runtime.kinds import Derived, States, whole
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

    issued: tuple[Recorded[PolicyIssued], ...] = ()
    coordinated: tuple[Recorded[PolicyCoordinated], ...] = ()
    verified: tuple[Recorded[PolicyVerified], ...] = ()
    improved: tuple[Recorded[PolicyImproved], ...] = ()

    @property
    def everything(self) -> tuple[Heard[Any], ...]:
        """Every statement, by kind."""
        kinds: tuple[tuple[Recorded[Any], ...], ...] = (
            self.issued,
            self.coordinated,
            self.verified,
            self.improved,
        )
        return tuple(one.heard for said in kinds for one in said)


Views = Mapping[str, PolicyView]
Counts = Callable[[Any], bool]
"""Whether a statement of a kind, by its content, counts in a turn."""

_KINDS: dict[type[Any], str] = {
    PolicyIssued: "issued",
    PolicyCoordinated: "coordinated",
    PolicyVerified: "verified",
    PolicyImproved: "improved",
}


def apply(before: PolicyView, event: Event[Any], _states: States) -> PolicyView:
    """Add one statement to what its party has said."""
    kind = _KINDS[type(event.data)]
    said = (*getattr(before, kind), recorded(event))
    return before.model_copy(update={kind: said})


def home(views: Views) -> Domain | None:
    """The domain of the first edition, as whoever was recorded first issued it."""
    return domain_of(_first_editions(views))


def _first_editions(views: Views) -> dict[str, tuple[Recorded[PolicyIssued], ...]]:
    """By party, its first edition, which no later word of it changes."""
    found: dict[str, tuple[Recorded[PolicyIssued], ...]] = {}
    for party, view in sorted(views.items()):
        own = [
            one
            for one in view.issued
            if one.heard.content.edition == 1 and _fits(one.heard.content)
        ]
        if own:
            found[party] = (own[0],)
    return found


def derive(states: States) -> PolicyRecorded | Derived | None:
    """The joint record; None as long as nobody has issued a first edition."""
    subject, views = states.subject, states.own
    firsts = _first_editions(views)
    if not firsts:
        return None
    domain = domain_of(firsts)
    if domain is None:
        return Derived(no_effect=undecided(firsts))
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
        title=text_of(_issuers(views, latest), "title"),
        differing=differing(firsts, "domain"),
        edition=latest.edition,
        stage=records[-1].stage,
        turns=records,
        open=steps,
        statements=states.statements,
        unmet=tuple(_unmet(views, turns, steps)),
    )


def _issuers(views: Views, turn: Turn) -> dict[str, tuple[Recorded[PolicyIssued], ...]]:
    """By party: how it issued the edition of a turn."""
    found = {
        party: tuple(o for o in view.issued if o.heard.statement in turn.editions)
        for party, view in views.items()
    }
    return {party: own for party, own in found.items() if own}


def _turns(views: Views) -> Iterator[Turn]:
    edition, improvements = 1, frozenset[str]()
    while issued := _unchanged(_said(views, "issued", _issuing(edition, improvements))):
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


def _unchanged(issued: list[Issued]) -> list[Issued]:
    """Without what says an edition of a party's own anew in other words."""
    first: dict[str, PolicyIssued] = {}
    return [
        (party, heard)
        for party, heard in issued
        if _words(first.setdefault(party, heard.content)) == _words(heard.content)
    ]


def _words(content: PolicyIssued) -> PolicyIssued:
    """An edition as far as its version says what it is."""
    return content.model_copy(update={"answers": None, "as_of": "", "source": ""})


def _said(views: Views, kind: str, counts: Counts) -> list[Said]:
    """What counts of a kind, in the order in which it was recorded."""
    said = {party: getattr(view, kind) for party, view in views.items()}
    return [
        (party, one.heard) for party, one in in_order(said) if counts(one.heard.content)
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
        return _why_not_issued(content, by_edition, improvements)
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
    content: PolicyIssued, by_edition: Mapping[str, Turn], improvements: set[str]
) -> tuple[str, str, str]:
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
