"""One turn of a policy's loop: what its statements amount to."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.rules.comparison import compared
from services.rules.remembered import Remembered, first_of
from twincity_schemas.policy import (
    FindingOutcome,
    PolicyChange,
    PolicyCoordinated,
    PolicyImproved,
    PolicyIssued,
    PolicyVerified,
)
from twincity_schemas.policy_record import (
    ChangeRecord,
    EditionText,
    FindingBefore,
    InEffect,
    InEffectBefore,
    PolicyFinding,
    PolicyStage,
    PolicyTurn,
    ProvisionRecord,
    ProvisionState,
)
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import OpenStep
from twincity_schemas.values import earlier

Issued = tuple[str, Remembered[PolicyIssued]]
Coordinated = tuple[str, Remembered[PolicyCoordinated]]
Verified = tuple[str, Remembered[PolicyVerified]]
Improved = tuple[str, Remembered[PolicyImproved]]
PartyStatement = tuple[str, Remembered[Any]]
"""A party and its statement."""

CoordinatedBy = dict[str, dict[str, list[Remembered[PolicyCoordinated]]]]
"""By provision and party: its words on how it is put into effect, the last counts."""

Tried = tuple[str, str, str]
"""A party, its name for a finding, and the provision: of another it is another."""

_STAGES = tuple(PolicyStage)


def _tried(party: str, trial: Remembered[PolicyVerified]) -> Tried:
    return party, trial.content.finding, trial.content.provision


@dataclass(frozen=True)
class Turn:
    """The statements that count in one turn, in the order of their recording.

    Attributes:
        day: of the policy's last statement: what is to begin after it has not begun.
    """

    edition: int
    issued: tuple[Issued, ...]
    coordinated: tuple[Coordinated, ...]
    verified: tuple[Verified, ...]
    improved: tuple[Improved, ...]
    day: str

    @property
    def everything(self) -> tuple[PartyStatement, ...]:
        """All of them."""
        return (*self.issued, *self.coordinated, *self.verified, *self.improved)

    @property
    def texts(self) -> dict[str, Remembered[PolicyIssued]]:
        """The edition as each member has issued it in the end."""
        return dict(self.issued)

    @property
    def editions(self) -> frozenset[str]:
        """The statements that issued it."""
        return frozenset(statement.id for _, statement in self.issued)

    @property
    def findings(self) -> frozenset[str]:
        """The statements of what was found."""
        return frozenset(statement.id for _, statement in self.verified)

    @property
    def told_of(self) -> CoordinatedBy:
        """By provision and party, every word on how it is put into effect."""
        coordinated: CoordinatedBy = defaultdict(lambda: defaultdict(list))
        for party, statement in self.coordinated:
            coordinated[statement.content.provision][party].append(statement)
        return coordinated

    def has_begun(self, words: list[Remembered[PolicyCoordinated]]) -> bool:
        """Returns whether a provision is in effect where a party spoke of it.

        By its last word, and not before the edition that it answers to holds.
        """
        content = words[-1].content
        effective = {one.id: one.content.effective for _, one in self.issued}
        begins = (content.since, effective[content.answers])
        return not any(earlier(self.day, one) for one in begins)

    @property
    def trials(self) -> dict[Tried, list[Remembered[PolicyVerified]]]:
        """By what was tried, every trial: the last counts, the others stay."""
        tried: dict[Tried, list[Remembered[PolicyVerified]]] = defaultdict(list)
        for party, statement in self.verified:
            tried[_tried(party, statement)].append(statement)
        return tried

    @property
    def answered(self) -> dict[Tried, tuple[str, ...]]:
        """By what was tried, the improvements that answer it."""
        names = {trial.id: _tried(p, trial) for p, trial in self.verified}
        by: dict[Tried, tuple[str, ...]] = defaultdict(tuple)
        for _, statement in self.improved:
            for name in sorted(
                {names[finding] for finding in statement.content.findings}
            ):
                by[name] += (statement.id,)
        return by


def record(turn: Turn, after: Turn | None, members: tuple[str, ...]) -> PolicyTurn:
    """Returns what a turn amounts to.

    Args:
        turn: the turn.
        after: the turn after it, if there is one.
        members: of the policy.
    """
    later = None if after is None else _by_provision(after)
    begun = _begun(turn)
    stages = {member: _stage(turn, member, begun) for member in members}
    return PolicyTurn(
        edition=turn.edition,
        # As far as the furthest; each member's own stage stands beside it.
        stage=max(stages.values(), key=_STAGES.index),
        members=stages,
        texts={party: _text(statement) for party, statement in turn.texts.items()},
        provisions=_provisions(turn, len(members)),
        changes=tuple(
            ChangeRecord(
                code=change.code,
                was=change.was,
                now=change.now,
                party=party,
                statement=statement.id,
                reason=statement.content.reason,
                adopted=None if later is None else _adopted(change, later),
            )
            for party, statement in turn.improved
            for change in statement.content.changes
        ),
    )


def _begun(turn: Turn) -> set[str]:
    """Returns the parties where something of the edition is in effect."""
    return {
        party
        for by_party in turn.told_of.values()
        for party, words in by_party.items()
        if turn.has_begun(words)
    }


def _stage(turn: Turn, member: str, begun: Collection[str]) -> PolicyStage:
    reached = (
        (PolicyStage.IMPROVED, {party for party, _ in turn.improved}),
        (PolicyStage.VERIFIED, {party for party, _ in turn.verified}),
        (PolicyStage.COORDINATED, begun),
        (PolicyStage.ISSUED, turn.texts),
    )
    for stage, parties in reached:
        if member in parties:
            return stage
    return PolicyStage.SILENT


def _text(statement: Remembered[PolicyIssued]) -> EditionText:
    content = statement.content
    return EditionText(
        statement=statement.id,
        answers=content.answers,
        title=content.title,
        document_number=content.document_number,
        issuer=content.issuer,
        effective=content.effective,
    )


def _by_provision(turn: Turn) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for party, statement in turn.texts.items():
        for provision in statement.content.provisions:
            texts[provision.code][party] = provision.text
    return texts


def _provisions(turn: Turn, members: int) -> dict[str, ProvisionRecord]:
    told_of, findings = turn.told_of, _findings(turn)
    return {
        code: _provision(
            texts,
            turn,
            told_of.get(code, {}),
            findings.get(code, ()),
            members,
        )
        for code, texts in sorted(_by_provision(turn).items())
    }


def _provision(
    texts: Mapping[str, str],
    turn: Turn,
    told_of: Mapping[str, list[Remembered[PolicyCoordinated]]],
    findings: tuple[PolicyFinding, ...],
    members: int,
) -> ProvisionRecord:
    in_effect = {p: words for p, words in told_of.items() if turn.has_begun(words)}
    to_come = {p: words for p, words in told_of.items() if p not in in_effect}
    # An issuer that leaves the provision out contradicts those that have it.
    state = compared(texts.get(issuer) for issuer in turn.texts)
    settled = state is not FieldState.DISPUTED
    return ProvisionRecord(
        state=_provision_state(len(in_effect), findings, members),
        text_state=state,
        text=next(iter(texts.values())) if settled else None,
        texts=dict(texts),
        in_effect=_put_into_effect(in_effect),
        to_come=_put_into_effect(to_come),
        findings=findings,
    )


def _put_into_effect(
    told_of: Mapping[str, list[Remembered[PolicyCoordinated]]],
) -> dict[str, InEffect]:
    return {
        party: InEffect(
            statement=last.id,
            how=last.content.how,
            unit=last.content.unit,
            since=last.content.since,
            before=tuple(
                InEffectBefore(statement=one.id, since=one.content.since)
                for one in before
            ),
        )
        for party, (*before, last) in told_of.items()
    }


def _provision_state(
    in_effect: int, findings: tuple[PolicyFinding, ...], members: int
) -> ProvisionState:
    # One trial that failed outweighs that all have put the provision into effect.
    if any(finding.outcome is not FindingOutcome.WORKS for finding in findings):
        return ProvisionState.WANTING
    if in_effect == members:
        return ProvisionState.PROVEN if findings else ProvisionState.IN_EFFECT
    return ProvisionState.PARTLY_IN_EFFECT if in_effect else ProvisionState.ISSUED


def _findings(turn: Turn) -> dict[str, tuple[PolicyFinding, ...]]:
    answered = turn.answered
    by: dict[str, tuple[PolicyFinding, ...]] = defaultdict(tuple)
    for tried, (*before, last) in sorted(turn.trials.items()):
        content = last.content
        by[content.provision] += (
            PolicyFinding(
                party=tried[0],
                finding=content.finding,
                statement=last.id,
                outcome=content.outcome,
                terminal=content.terminal,
                channel=content.channel,
                sample=content.sample,
                quote=content.quote,
                as_of=content.as_of,
                answered_by=answered.get(tried, ()),
                before=tuple(
                    FindingBefore(
                        statement=one.id,
                        outcome=one.content.outcome,
                        as_of=one.content.as_of,
                    )
                    for one in before
                ),
            ),
        )
    return by


def _adopted(change: PolicyChange, later: Mapping[str, Mapping[str, str]]) -> bool:
    texts = later.get(change.code, {}).values()
    return not texts if change.now is None else change.now in texts


def waiting_steps(turn: Turn, members: tuple[str, ...]) -> tuple[OpenStep, ...]:
    """Returns what the loop waits for in its latest turn, and from whom."""
    issuers, edition = turn.texts, first_of(turn.issued)
    texts, told_of = _by_provision(turn), turn.told_of
    begun = _begun(turn)
    tried = {party for party, _ in turn.verified}
    answered = turn.answered
    unanswered = any(
        trials[-1].content.outcome is not FindingOutcome.WORKS and name not in answered
        for name, trials in turn.trials.items()
    )
    waits = [
        ("issued", [m for m in members if m not in issuers], edition.content.answers),
        (
            "coordinated",
            [m for m in members if any(m not in told_of[code] for code in texts)],
            edition.id,
        ),
        ("verified", [m for m in members if m in begun - tried], edition.id),
        ("improved", members if unanswered else (), edition.id),
        *(("issued", members, first_of(turn.improved).id) for _ in turn.improved[:1]),
    ]
    return tuple(
        OpenStep(step=f"policy.{step}", parties=tuple(parties), answers=answers)
        for step, parties, answers in waits
        if parties
    )
