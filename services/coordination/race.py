"""From award to acceptance (实施、赛马、验收): each winner's chain, gate by gate.

Each winner's steps are a chain of their own (``turns``). Whether a winner may
report at the next gate depends on who else came through the last one, so the
chains are followed again each time that a gate closes: they only grow.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from services.coordination.entries import EntryMove, Views, foreign_goals
from services.coordination.ranking import ranks, result_score
from services.coordination.selection import Selection, step_without_effect
from services.rules.closing import over
from services.rules.editions import Editions
from services.rules.rates import hundredths
from services.rules.turns import Chain, in_turn
from twincity_schemas.challenge import ChallengeTerms, StageGate
from twincity_schemas.challenge_record import (
    ChallengeResult,
    EntryExit,
    EntryState,
    GateRecord,
)
from twincity_schemas.steps import NoEffect, OpenStep


@dataclass(frozen=True)
class WinnerStanding:
    """One winner while its chain of steps is followed.

    Attributes:
        judges: who finds its reports true: the poster, or where the poster has
            entered itself any other member.
        cleared: how many gates it has come through, by what is known of all.
        gate: at which gate it is; past the last, its number is that of the gates.
        pending: the report that the poster has yet to judge; none or one.
        verified: the reports that the poster found true, one a gate, and the
            accepted one at the end.
        places: at which gate each step was taken.
    """

    entrant: str
    poster: str
    judges: tuple[str, ...]
    gates: int
    cleared: int = 0
    gate: int = 0
    state: EntryState = EntryState.IMPLEMENTING
    pending: tuple[EntryMove, ...] = ()
    verified: tuple[EntryMove, ...] = ()
    places: tuple[int, ...] = ()


@dataclass(frozen=True)
class Race:
    """The winners' chains, by their keys."""

    chains: Mapping[str, Chain[WinnerStanding, EntryMove]]
    exits: Mapping[str, EntryExit]
    gates: tuple[GateRecord, ...]
    no_effect: tuple[NoEffect, ...]


def open_steps(standing: WinnerStanding, head: str) -> tuple[OpenStep, ...]:
    """Returns who may do what, in each state: the rule of the race."""
    entrant, judges = (standing.entrant,), standing.judges
    # At the last gate there is nothing to go on to: to find it true is to accept it.
    found_true = "accepted" if standing.gate == standing.gates else "verified"
    may: dict[str, tuple[str, ...]] = {}
    if standing.state is EntryState.IMPLEMENTING:
        may = {"reported": entrant, "failed": judges}
    elif standing.state is EntryState.REPORTED:
        may = {found_true: judges, "returned": judges, "failed": judges}
    return tuple(
        OpenStep(step=f"challenge.{step}", parties=parties, answers=head)
        for step, parties in may.items()
    )


def _after(standing: WinnerStanding, _party: str, step: EntryMove) -> WinnerStanding:
    here = replace(standing, places=(*standing.places, standing.gate))
    match step.step.removeprefix("challenge."):
        case "reported":
            return replace(here, state=EntryState.REPORTED, pending=(step,))
        case "returned":
            return replace(here, state=EntryState.IMPLEMENTING, pending=())
        case "failed":
            return replace(here, state=EntryState.FAILED, pending=())
        case _:  # verified or accepted
            return _found_true(here)


def _found_true(standing: WinnerStanding) -> WinnerStanding:
    here = replace(
        standing, verified=(*standing.verified, *standing.pending), pending=()
    )
    if here.gate == here.gates:
        return replace(here, state=EntryState.ACCEPTED)
    gate = here.gate + 1
    # Beyond the gate through which it was kept it waits, until it is ranked.
    on = EntryState.IMPLEMENTING if gate <= here.cleared else EntryState.VERIFIED
    return replace(here, state=on, gate=gate)


def run(selection: Selection, views: Views, members: tuple[str, ...]) -> Race:
    """Follow every winner as far as it has come."""
    moves, no_effect = _moves(selection, views)
    course = _Course(selection, moves, members)
    gates = [
        gate
        for number in range(len(selection.posting.content.terms.gates) + 1)
        if (gate := course.gate(number)) is not None
    ]
    no_effect += [u for chain in course.chains.values() for u in chain.no_effect]
    return Race(course.chains, course.exits, tuple(gates), tuple(no_effect))


Moves = Mapping[str, Mapping[str, tuple[EntryMove, ...]]]


def _moves(selection: Selection, views: Views) -> tuple[Moves, list[NoEffect]]:
    """The steps about each winner by party; those about nobody are no_effect."""
    moves: dict[str, dict[str, tuple[EntryMove, ...]]] = defaultdict(dict)
    no_effect: list[NoEffect] = []
    for party in sorted(views):
        for step in views[party].moves:
            why = foreign_goals(selection.posting.content.terms, step.measured or {})
            # Asked second and told first: without an award no goal is anybody's.
            if step.key not in selection.winners:
                why = (
                    "not_awarded",
                    f"{step.key} 未中榜或尚未确定揭榜方",
                    f"{step.key} has not been awarded the challenge",
                )
            if why is None:
                moves[step.key][party] = (*moves[step.key].get(party, ()), step)
            else:
                fact = step.step.removeprefix("challenge.")
                no_effect.append(step_without_effect(party, fact, step.id, why))
    return moves, no_effect


class _Course:
    """The winners on their way, gate by gate."""

    def __init__(
        self, selection: Selection, moves: Moves, members: tuple[str, ...]
    ) -> None:
        self._selection = selection
        self._members = members
        self._moves = moves
        self._racing = list(selection.winners)
        self.chains = {key: self._follow(key, 0) for key in self._racing}
        self.exits: dict[str, EntryExit] = {}

    def _follow(self, key: str, cleared: int) -> Chain[WinnerStanding, EntryMove]:
        award, poster = self._selection.award, self._selection.poster
        entrant = key.partition("/")[0]
        others = tuple(member for member in self._members if member != entrant)
        start = WinnerStanding(
            entrant=entrant,
            poster=poster,
            judges=others if entrant == poster else (poster,),
            gates=len(self._selection.posting.content.terms.gates),
            cleared=cleared,
        )
        root, begun = ("", None) if award is None else (award.id, award.recorded)
        moves = self._moves.get(key, {})
        return in_turn(start, root, moves, open_steps, _after, begun=begun)

    def gate(self, number: int) -> GateRecord | None:
        """Rank who came through a gate, and send on those that it keeps.

        Returns:
            What it shows; None as long as nobody has a result at it.
        """
        terms = self._selection.posting.content.terms
        gate = terms.gates[number] if number < len(terms.gates) else None
        code = None if gate is None else gate.code
        standings = {key: self.chains[key].state for key in self._racing}
        passed = {
            key: standing.verified[number]
            for key, standing in standings.items()
            if len(standing.verified) > number
        }
        failed = [
            key
            for key, standing in standings.items()
            # Who failed at a later gate came through this one, and keeps its rank here.
            if standing.state is EntryState.FAILED and key not in passed
        ]
        # Open until every winner has come through or failed: to rank before would keep
        # whoever is quick, not whoever is good.
        closed = bool(standings) and len(passed) + len(failed) == len(standings)
        if not passed and not failed:
            # Nobody has come this far, so nobody is to be looked for at a later gate.
            self._racing = []
            return None
        reached = self._reached(number)
        results = GATES.at(reached)(terms, gate, passed, closed=closed)
        for key in failed:
            self.exits[key] = _failed(code)
        if gate is not None and closed:
            self._send_on(number, gate, results)
        self._racing = [k for k, r in results.items() if r.goes_on]
        return GateRecord(
            gate=code,
            closed=closed,
            editions=(GATES.name_at(reached),),
            results=tuple(results.values()),
        )

    def _reached(self, number: int) -> datetime:
        """Returns when the last step up to a gate was recorded; if closed, for good."""
        return max(
            step.recorded
            for chain in map(self.chains.__getitem__, self._racing)
            for (_, step), place in zip(chain.taken, chain.state.places, strict=True)
            if place <= number
        )

    def _send_on(
        self, number: int, gate: StageGate, results: Mapping[str, ChallengeResult]
    ) -> None:
        """Let the best go on from a closed gate, and the others out."""
        for key, result in results.items():
            if result.goes_on:
                self.chains[key] = self._follow(key, number + 1)
            else:
                self.exits[key] = _ranked_out(gate, result)


def _results_1(
    terms: ChallengeTerms,
    gate: StageGate | None,
    passed: Mapping[str, EntryMove],
    *,
    closed: bool,
) -> dict[str, ChallengeResult]:
    """Returns each result that was reached, in the order of the ranks."""
    scores = {
        key: result_score(terms, report.measured or {})
        for key, report in passed.items()
    }
    placed = ranks({key: score.total for key, score in scores.items()})
    return {
        key: ChallengeResult(
            entrant=key.partition("/")[0],
            entry=key.partition("/")[2],
            measured=dict(passed[key].measured or {}),
            attained=printed(scores[key].parts),
            score=hundredths(scores[key].total),
            rank=rank,
            tied=tied,
            late=None if gate is None else over(gate.due, passed[key].recorded),
            goes_on=_goes_on(gate, rank) if closed else None,
            statement=passed[key].id,
        )
        for key, (rank, tied) in placed.items()
    }


GATES = Editions("gates", _results_1)


def _goes_on(gate: StageGate | None, rank: int) -> bool | None:
    """Returns whether a rank is kept at a closed gate; None at the end, after all."""
    # Tied on the line all go on: nothing picks one of two that are equal.
    return None if gate is None else gate.keep is None or rank <= gate.keep


def printed(parts: Mapping[str, Fraction]) -> dict[str, Decimal]:
    """Exact parts as a record shows them."""
    return {code: hundredths(part) for code, part in parts.items()}


def _failed(gate: str | None) -> EntryExit:
    return EntryExit(
        gate=gate,
        code="failed",
        zh="发榜方认定未能完成，理由见其填报",
        en="the poster found that it would not make it; its statement says why",
    )


def _ranked_out(gate: StageGate, result: ChallengeResult) -> EntryExit:
    return EntryExit(
        gate=gate.code,
        code="ranked_out",
        zh=f"第 {result.rank} 名，该关保留前 {gate.keep} 名",
        en=f"it came in at rank {result.rank}; the gate keeps the best {gate.keep}",
    )
