"""One turn of a policy's loop: what its statements amount to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.rules.heard import Heard
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
    InEffect,
    PolicyFinding,
    PolicyStage,
    PolicyTurn,
    ProvisionRecord,
    ProvisionState,
)
from twincity_schemas.project_record import FieldState
from twincity_schemas.steps import OpenStep

Issued = tuple[str, Heard[PolicyIssued]]
Coordinated = tuple[str, Heard[PolicyCoordinated]]
Verified = tuple[str, Heard[PolicyVerified]]
Improved = tuple[str, Heard[PolicyImproved]]
Said = tuple[str, Heard[Any]]
"""Who said it, and what."""

_STAGES = tuple(PolicyStage)


@dataclass(frozen=True)
class Turn:
    """The statements that count in one turn, in the order of their recording."""

    edition: int
    issued: tuple[Issued, ...]
    coordinated: tuple[Coordinated, ...]
    verified: tuple[Verified, ...]
    improved: tuple[Improved, ...]

    @property
    def everything(self) -> tuple[Said, ...]:
        """All of them."""
        return (*self.issued, *self.coordinated, *self.verified, *self.improved)

    @property
    def texts(self) -> dict[str, Heard[PolicyIssued]]:
        """The edition as each member has issued it in the end."""
        return dict(self.issued)

    @property
    def editions(self) -> frozenset[str]:
        """The statements that issued it."""
        return frozenset(heard.statement for _, heard in self.issued)

    @property
    def findings(self) -> frozenset[str]:
        """The statements of what was found."""
        return frozenset(heard.statement for _, heard in self.verified)

    @property
    def improvements(self) -> frozenset[str]:
        """The statements that the next edition can answer to."""
        return frozenset(heard.statement for _, heard in self.improved)

    @property
    def in_effect(self) -> dict[str, dict[str, Heard[PolicyCoordinated]]]:
        """By provision and party, the last word on how it was put into effect."""
        found: dict[str, dict[str, Heard[PolicyCoordinated]]] = defaultdict(dict)
        for party, heard in self.coordinated:
            found[heard.content.provision][party] = heard
        return found

    @property
    def found(self) -> dict[tuple[str, str], Heard[PolicyVerified]]:
        """By party and its name for the finding, the latest trial."""
        return {(p, heard.content.finding): heard for p, heard in self.verified}

    @property
    def answered(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """By party and its name for the finding, the improvements that answer it."""
        names = {h.statement: (p, h.content.finding) for p, h in self.verified}
        by: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
        for _, heard in self.improved:
            for name in sorted({names[found] for found in heard.content.findings}):
                by[name] += (heard.statement,)
        return by


def record(turn: Turn, after: Turn | None, members: tuple[str, ...]) -> PolicyTurn:
    """What a turn amounts to.

    Args:
        turn: the turn.
        after: the turn after it, if there is one.
        members: of the policy.
    """
    later = None if after is None else _by_provision(after)
    stages = {member: _stage(turn, member) for member in members}
    return PolicyTurn(
        edition=turn.edition,
        stage=max(stages.values(), key=_STAGES.index),
        members=stages,
        texts={party: _text(heard) for party, heard in turn.texts.items()},
        provisions=_provisions(turn, len(members)),
        changes=tuple(
            ChangeRecord(
                code=change.code,
                was=change.was,
                now=change.now,
                party=party,
                statement=heard.statement,
                reason=heard.content.reason,
                adopted=None if later is None else _adopted(change, later),
            )
            for party, heard in turn.improved
            for change in heard.content.changes
        ),
    )


def _stage(turn: Turn, member: str) -> PolicyStage:
    reached = (
        (PolicyStage.IMPROVED, turn.improved),
        (PolicyStage.VERIFIED, turn.verified),
        (PolicyStage.COORDINATED, turn.coordinated),
        (PolicyStage.ISSUED, turn.issued),
    )
    for stage, said in reached:
        if any(party == member for party, _ in said):
            return stage
    return PolicyStage.SILENT


def _text(heard: Heard[PolicyIssued]) -> EditionText:
    content = heard.content
    return EditionText(
        statement=heard.statement,
        answers=content.answers,
        title=content.title,
        document_number=content.document_number,
        issuer=content.issuer,
        effective=content.effective,
    )


def _by_provision(turn: Turn) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for party, heard in turn.texts.items():
        for provision in heard.content.provisions:
            texts[provision.code][party] = provision.text
    return texts


def _provisions(turn: Turn, members: int) -> dict[str, ProvisionRecord]:
    in_effect, findings = turn.in_effect, _findings(turn)
    return {
        code: _provision(
            texts,
            len(turn.texts),
            in_effect.get(code, {}),
            findings.get(code, ()),
            members,
        )
        for code, texts in sorted(_by_provision(turn).items())
    }


def _provision(
    texts: Mapping[str, str],
    issuers: int,
    in_effect: Mapping[str, Heard[PolicyCoordinated]],
    findings: tuple[PolicyFinding, ...],
    members: int,
) -> ProvisionRecord:
    alike = len(set(texts.values())) == 1 and len(texts) == issuers
    settled = FieldState.SETTLED if issuers > 1 else FieldState.SINGLE
    return ProvisionRecord(
        state=_provision_state(len(in_effect), findings, members),
        text_state=settled if alike else FieldState.DISPUTED,
        text=next(iter(texts.values())) if alike else None,
        texts=dict(texts),
        in_effect={
            party: InEffect(
                statement=heard.statement,
                how=heard.content.how,
                unit=heard.content.unit,
                since=heard.content.since,
            )
            for party, heard in in_effect.items()
        },
        findings=findings,
    )


def _provision_state(
    in_effect: int, findings: tuple[PolicyFinding, ...], members: int
) -> ProvisionState:
    if any(found.outcome is not FindingOutcome.WORKS for found in findings):
        return ProvisionState.WANTING
    if in_effect == members:
        return ProvisionState.PROVEN if findings else ProvisionState.IN_EFFECT
    return ProvisionState.PARTLY_IN_EFFECT if in_effect else ProvisionState.ISSUED


def _findings(turn: Turn) -> dict[str, tuple[PolicyFinding, ...]]:
    answered = turn.answered
    by: dict[str, tuple[PolicyFinding, ...]] = defaultdict(tuple)
    for (party, name), heard in sorted(turn.found.items()):
        content = heard.content
        by[content.provision] += (
            PolicyFinding(
                party=party,
                finding=name,
                statement=heard.statement,
                outcome=content.outcome,
                terminal=content.terminal,
                channel=content.channel,
                sample=content.sample,
                quote=content.quote,
                as_of=content.as_of,
                answered_by=answered.get((party, name), ()),
            ),
        )
    return by


def _adopted(change: PolicyChange, later: Mapping[str, Mapping[str, str]]) -> bool:
    texts = later.get(change.code, {}).values()
    return not texts if change.now is None else change.now in texts


def open_steps(turn: Turn, members: tuple[str, ...]) -> tuple[OpenStep, ...]:
    """What the loop waits for in its latest turn, and from whom."""
    issuers = turn.texts
    first = next(iter(issuers.values()))
    issued = first.statement
    texts, in_effect = _by_provision(turn), turn.in_effect
    begun = {party for by_party in in_effect.values() for party in by_party}
    tried = {party for party, _ in turn.verified}
    answered = turn.answered
    unanswered = any(
        heard.content.outcome is not FindingOutcome.WORKS and name not in answered
        for name, heard in turn.found.items()
    )
    waits = [
        ("issued", [m for m in members if m not in issuers], first.content.answers),
        (
            "coordinated",
            [m for m in members if any(m not in in_effect[code] for code in texts)],
            issued,
        ),
        ("verified", [m for m in members if m in begun - tried], issued),
        ("improved", members if unanswered else (), issued),
        *(("issued", members, heard.statement) for _, heard in turn.improved[:1]),
    ]
    return tuple(
        OpenStep(step=f"policy.{step}", parties=tuple(parties), answers=answers)
        for step, parties, answers in waits
        if parties
    )
