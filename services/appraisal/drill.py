"""Quarterly drill (季拉练): sites visited, scored on the spot, units compared.

A drill is the dispatch of a quarter whose call lists sites. Its members score them,
nobody a site of its own where others could; a unit stands by the mean of its sites'
means. As everything of a dispatch it is closed by the cut-off: what is scored later is
an amendment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.appraisal.afterwards import Late
from services.appraisal.opening import AFTER_THE_CUT_OFF, Opened
from services.rules.editions import Editions
from services.rules.rates import hundredths
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Doubted, Part, Reason, States
from twincity_schemas.correction_record import ChangedField
from twincity_schemas.dispatch import (
    DispatchCalled,
    DispatchKind,
    DrillSite,
    SiteScored,
)
from twincity_schemas.dispatch_record import DrillRecorded, SiteRecorded, SiteScore
from twincity_schemas.message import Event
from twincity_schemas.problems import problem
from twincity_schemas.steps import NoEffect


@dataclass(frozen=True, slots=True)
class SiteView:
    """One party's scores of a site, in its order."""

    scored: tuple[Remembered[SiteScored], ...] = ()


Views = Mapping[str, SiteView]


def apply(before: SiteView, event: Event[Any], _states: States) -> SiteView:
    """Add a score; none replaces another, since the cut-off may lie between."""
    return SiteView(scored=(*before.scored, remember(event)))


@dataclass(frozen=True)
class DrilledSite:
    """A site with what its members scored by the cut-off.

    Attributes:
        site: as the call has it.
        listed: when a call listed it first; what was scored before is of no drill.
        scores: the last of each member.
        missing: the members that could have scored it and did not.
    """

    site: DrillSite
    listed: datetime
    scores: Mapping[str, Remembered[SiteScored]]
    missing: tuple[str, ...]

    @property
    def mean(self) -> Fraction | None:
        """The exact mean of the scores; None where there is none."""
        scores = [Fraction(one.content.score) for one in self.scores.values()]
        return sum(scores, Fraction()) / len(scores) if scores else None


def drilled(called: Opened[DispatchCalled], states: States) -> list[DrilledSite]:
    """Returns the sites of a drill as they stood at its cut-off; none of a month."""
    return DRILLED.at(called.content.cut_off)(called, states)


def _drilled_1(called: Opened[DispatchCalled], states: States) -> list[DrilledSite]:
    members, listed = states.subject.members, _listed(called, states)
    sites = states.all_of(str(states.subject), "site") if listed else {}
    return [
        _site(site, since, called.content, members, sites.get(code, {}))
        for code, (site, since) in listed.items()
    ]


Listed = dict[str, tuple[DrillSite, datetime]]
"""By code: each site, and when a call that was in force listed it first."""


def _listed(called: Opened[DispatchCalled], states: States) -> Listed:
    """Returns the sites of a drill.

    One that was scored stays as it was listed then, whatever is called afterwards: a
    score that does not suit must not go with its site, nor to another unit.
    """
    listed: Listed = {}
    views_by_site: Mapping[str, Views] = states.all_of(str(states.subject), "site")
    for version, why in called.versions:
        call = version.content
        if why is None and (listed or call.sites):
            members = states.subject.members
            kept = _scored(listed, views_by_site, members, version.recorded)
            of_quarter = call.kind is DispatchKind.QUARTERLY
            listed = kept | {
                site.code: (site, listed.get(site.code, (site, version.recorded))[1])
                for site in (call.sites if of_quarter else ())
                if site.code not in kept
            }
    return listed


def _scored(
    listed: Listed,
    views_by_site: Mapping[str, Views],
    members: tuple[str, ...],
    by: datetime,
) -> Listed:
    return {
        code: (site, since)
        for code, (site, since) in listed.items()
        if any(
            may_score(site, party, members) and _last(view, since, by)
            for party, view in views_by_site.get(code, {}).items()
        )
    }


def doubts(called: Opened[DispatchCalled], states: States) -> Iterator[Doubted]:
    """Yields the sites that the call in force has otherwise than they stand."""
    call = [version for version, why in called.versions if why is None][-1]
    now = {site.code: site for site in call.content.sites}
    for one in drilled(called, states):
        if now.get(one.site.code) != one.site:
            kept = problem(
                "/sites",
                "scored_already",
                f"现场 {one.site.code} 已打分，仍按打分时所列计",
                f"{one.site.code} was scored: it stays as it was listed then",
            )
            yield Doubted(called.by or "", call.id, kept)


def _site(
    site: DrillSite,
    listed: datetime,
    dispatch: DispatchCalled,
    members: tuple[str, ...],
    views: Views,
) -> DrilledSite:
    scorers = [party for party in members if may_score(site, party, members)]
    scores = {
        party: last
        for party in scorers
        if party in views
        and (last := _last(views[party], listed, dispatch.cut_off)) is not None
    }
    missing = tuple(party for party in scorers if party not in scores)
    return DrilledSite(site, listed, scores, missing)


def may_score(site: DrillSite, party: str, members: tuple[str, ...]) -> bool:
    """Returns whether a member scores a site: its own, only if there is nobody else."""
    return party != site.party or len(members) == 1


def _last(
    view: SiteView, listed: datetime, by: datetime
) -> Remembered[SiteScored] | None:
    counting = (one for one in reversed(view.scored) if listed <= one.recorded <= by)
    return next(counting, None)


def records(
    sites: list[DrilledSite], subject: str
) -> Iterator[SiteRecorded | DrillRecorded]:
    """Yields a record for each site, and for each unit where it stands."""
    of_unit: dict[str, list[DrilledSite]] = {}
    for one in sites:
        of_unit.setdefault(one.site.unit, []).append(one)
        yield SiteRecorded(
            subject=subject,
            part=f"site/{one.site.code}",
            site=one.site.code,
            project=one.site.project,
            party=one.site.party,
            unit=one.site.unit,
            place=one.site.place,
            scores={
                party: SiteScore(
                    statement=scored.id,
                    visited=scored.content.visited,
                    score=scored.content.score,
                    remark=scored.content.remark,
                )
                for party, scored in one.scores.items()
            },
            missing=one.missing,
            score=_shown(one.mean),
        )
    unit_scores = {unit: _shown(_mean(own)) for unit, own in of_unit.items()}
    scores = [score for score in unit_scores.values() if score is not None]
    for unit, own in of_unit.items():
        score = unit_scores[unit]
        yield DrillRecorded(
            subject=subject,
            part=f"drill/{unit}",
            unit=unit,
            name=own[0].site.organisation.name,
            sites=len(own),
            visited=sum(one.mean is not None for one in own),
            score=score,
            rank=None if score is None else 1 + sum(other > score for other in scores),
            tied=score is not None and scores.count(score) > 1,
        )


def _mean(sites: list[DrilledSite]) -> Fraction | None:
    # Each site once: one that more members visited weighs no more than the others.
    means = [mean for one in sites if (mean := one.mean) is not None]
    return sum(means, Fraction()) / len(means) if means else None


def _shown(exact: Fraction | None) -> Decimal | None:
    return None if exact is None else hundredths(exact)


def late(called: Opened[DispatchCalled], states: States) -> Iterator[Late]:
    """Yields each score after the cut-off that would have counted by then."""
    cut_off = called.content.cut_off
    for one in drilled(called, states):
        code = one.site.code
        views: Views = states.of(str(states.subject), "site", code)
        for party, view in views.items():
            if not may_score(one.site, party, states.subject.members):
                continue
            before = one.scores.get(party)
            was = None if before is None else f"{before.content.score:f}"
            for place, statement in enumerate(view.scored):
                if statement.recorded > cut_off and statement.recorded >= one.listed:
                    now = f"{statement.content.score:f}"
                    record_fields = {
                        "statement": statement.id,
                        "step": "site.scored",
                        "changed": (
                            ChangedField(pointer="/site", now=code),
                            ChangedField(pointer="/score", was=was, now=now),
                        ),
                    }
                    yield Late(statement.recorded, party, (code, place), record_fields)
                    was = now


def no_effect(called: Opened[DispatchCalled], states: States) -> Iterator[NoEffect]:
    """Yields each score that does not count, and why."""
    subject, cut_off = states.subject, called.content.cut_off
    sites = {one.site.code: one for one in drilled(called, states)}
    views_by_site: Mapping[str, Views] = states.all_of(str(subject), "site")
    for code, views in views_by_site.items():
        site = sites.get(code)
        for party, view in sorted(views.items()):
            for statement in view.scored:
                why: Reason | None = None
                if site is None:
                    why = _no_such_site(code)
                elif not may_score(site.site, party, subject.members):
                    why = _OWN_SITE
                elif statement.recorded > cut_off:
                    why = AFTER_THE_CUT_OFF
                elif statement.recorded < site.listed:
                    why = _BEFORE_THE_CALL
                if why is not None:
                    yield no_effect_of(party, statement, why)


def _no_such_site(code: str) -> Reason:
    return (
        "not_in_the_drill",
        f"本次拉练没有现场 {code}",
        f"the drill has no site {code}",
    )


_OWN_SITE = (
    "own_site",
    "本方的现场由其他成员打分",
    "a site of one's own is scored by the other members",
)

_BEFORE_THE_CALL = (
    "before_the_call",
    "收件时本次拉练尚未列出该现场，不计入；请实地拉练后再打分",
    "recorded before a call had listed the site: score it when it was visited",
)

DRILLED = Editions("drilled", _drilled_1)

PART = Part("site", SiteView, {SiteScored: lambda event: event.data.site}, apply)
