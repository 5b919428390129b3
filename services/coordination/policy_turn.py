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

Issued = tuple[str, Remembered[PolicyIssued]]
Coordinated = tuple[str, Remembered[PolicyCoordinated]]
Verified = tuple[str, Remembered[PolicyVerified]]
Improved = tuple[str, Remembered[PolicyImproved]]
PartyStatement = tuple[str, Remembered[Any]]
"""A party and its statement."""

Tried = tuple[str, str, str]
"""A party, its name for a finding, and the provision: of another it is another."""

_STAGES = tuple(PolicyStage)


def _tried(party: str, trial: Remembered[PolicyVerified]) -> Tried:
    return party, trial.content.finding, trial.content.provision


@dataclass(frozen=True)
class Turn:
    """The statements that count in one turn, in the order of their recording."""

    edition: int
    issued: tuple[Issued, ...]
    coordinated: tuple[Coordinated, ...]
    verified: tuple[Verified, ...]
    improved: tuple[Improved, ...]

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
    def in_effect(self) -> dict[str, dict[str, list[Remembered[PolicyCoordinated]]]]:
        """By provision and party, every word on how it was put into effect."""
        coordinated: dict[str, dict[str, list[Remembered[PolicyCoordinated]]]]
        coordinated = defaultdict(lambda: defaultdict(list))
        for party, statement in self.coordinated:
            coordinated[statement.content.provision][party].append(statement)
        return coordinated

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
    stages = {member: _stage(turn, member) for member in members}
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


def _stage(turn: Turn, member: str) -> PolicyStage:
    reached = (
        (PolicyStage.IMPROVED, turn.improved),
        (PolicyStage.VERIFIED, turn.verified),
        (PolicyStage.COORDINATED, turn.coordinated),
        (PolicyStage.ISSUED, turn.issued),
    )
    for stage, statements in reached:
        if any(party == member for party, _ in statements):
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
    in_effect, findings = turn.in_effect, _findings(turn)
    return {
        code: _provision(
            texts,
            turn.texts,
            in_effect.get(code, {}),
            findings.get(code, ()),
            members,
        )
        for code, texts in sorted(_by_provision(turn).items())
    }


def _provision(
    texts: Mapping[str, str],
    issuers: Collection[str],
    in_effect: Mapping[str, list[Remembered[PolicyCoordinated]]],
    findings: tuple[PolicyFinding, ...],
    members: int,
) -> ProvisionRecord:
    # An issuer that leaves the provision out contradicts those that have it.
    state = compared(texts.get(issuer) for issuer in issuers)
    settled = state is not FieldState.DISPUTED
    return ProvisionRecord(
        state=_provision_state(len(in_effect), findings, members),
        text_state=state,
        text=next(iter(texts.values())) if settled else None,
        texts=dict(texts),
        in_effect={
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
            for party, (*before, last) in in_effect.items()
        },
        findings=findings,
    )


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
    texts, in_effect = _by_provision(turn), turn.in_effect
    begun = {party for by_party in in_effect.values() for party in by_party}
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
            [m for m in members if any(m not in in_effect[code] for code in texts)],
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
