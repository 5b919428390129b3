"""Which project goes on in another's stead, so that it is counted once.

Its members have changed, and its subject with them: both may be listed, by an area, a
dispatch or a unit. Whoever is a member of both says it, on either, or somebody on each;
one side alone could let a bad project go under a stranger's name. Where each is said to
follow the other, neither does.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.runtime.kinds import Name, Part, States
from twincity_schemas.message import Event
from twincity_schemas.project import ProjectDescribed, ProjectSucceeded
from twincity_schemas.values import PartialDate, Subject

_PART, _NAME = "succession", "of"


@dataclass(frozen=True, slots=True)
class SuccessionAct:
    """A party's word at a moment: which project its own follows, or is followed by."""

    recorded: datetime
    succeeds: str | None = None
    successor: str | None = None
    statement: str = ""
    step: str = ""
    as_of: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class SuccessionView:
    """One party's words of it, in its own order."""

    acts: tuple[SuccessionAct, ...] = ()

    def at(self, by: datetime) -> SuccessionAct:
        """Returns what held at a moment."""
        then = SuccessionAct(by)
        for one in self.acts:
            then = one if one.recorded <= by else then
        return then


def apply(before: SuccessionView, event: Event[Any], _states: States) -> SuccessionView:
    """Returns a party's view after its next statement."""
    envelope = event.envelope
    last = before.acts[-1] if before.acts else SuccessionAct(envelope.recorded)
    now = replace(
        last,
        recorded=envelope.recorded,
        statement=envelope.id,
        step=event.type.fact,
        as_of=event.data.as_of,
    )
    match event.data:
        case ProjectDescribed(succeeds=earlier):
            now = replace(now, succeeds=earlier)
        case ProjectSucceeded(successor=later):
            now = replace(now, successor=later)
        case _:
            pass
    if (now.succeeds, now.successor) == (last.succeeds, last.successor):
        return before
    return SuccessionView((*before.acts, now))


TAKES: dict[type[Any], Name] = dict.fromkeys(
    (ProjectDescribed, ProjectSucceeded), lambda _event: _NAME
)
PART_OF_PROJECT = Part(_PART, SuccessionView, TAKES, apply)
"""The line of a service's table of projects."""


def words_of(states: States, project: str) -> Mapping[str, SuccessionView]:
    """Returns each party's words of what a project follows, or is followed by."""
    return states.of(project, _PART, _NAME)


Heirs = Mapping[str, frozenset[str]]
"""By project, those of the listed ones that go on in its stead, near and far."""


def heirs(states: States, projects: Iterable[str], by: datetime) -> Heirs:
    """Returns which of some projects follow which, by what was recorded by a moment."""
    listed = sorted(set(projects))
    forward: dict[tuple[str, str], set[str]] = {}
    backward: dict[tuple[str, str], set[str]] = {}
    for project in listed:
        for party, view in words_of(states, project).items():
            act = view.at(by)
            if act.successor in listed:
                forward.setdefault((project, act.successor), set()).add(party)
            if act.succeeds in listed:
                backward.setdefault((act.succeeds, project), set()).add(party)
    follows: dict[str, set[str]] = {project: set() for project in listed}
    for old, new in {**forward, **backward}:
        parties = {*forward.get((old, new), ()), *backward.get((old, new), ())}
        members = {*Subject.parse(old).members} & {*Subject.parse(new).members}
        each_says = (old, new) in forward and (old, new) in backward
        if old != new and (parties & members or each_says):
            follows[old].add(new)
    reached = {project: _reached(project, follows) for project in listed}
    return {
        project: frozenset(h for h in all_of if project not in reached[h])
        for project, all_of in reached.items()
        if all_of
    }


def _reached(project: str, follows: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = set[str](), [*follows[project]]
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting += follows[one]
    return reached


def counted_as(
    heirs: Heirs, projects: Iterable[str], begun: Collection[str]
) -> dict[str, str]:
    """Returns which project counts in whose stead; those that count are left out.

    A project counts until the one that follows it has begun: so a name that nobody
    reports under takes nothing out of a sum.

    Args:
        heirs: which follow which.
        projects: all that are listed.
        begun: those of which something is reported.
    """
    instead: dict[str, str] = {}
    for project in sorted(projects):
        later = sorted(heirs.get(project, frozenset()) & {*begun})
        if later:
            instead[project] = _last(later, heirs)
    for project in sorted(set(projects) - {*begun} - instead.keys()):
        before = [
            old
            for old in sorted(heirs)
            if old in begun and old not in instead and project in heirs[old]
        ]
        if before:
            instead[project] = before[0]
        elif its := sorted(heirs.get(project, frozenset())):
            instead[project] = _last(its, heirs)
    return instead


def _last(projects: list[str], heirs: Heirs) -> str:
    """Returns the one that none of the others follows."""
    last = (one for one in projects if not heirs.get(one, frozenset()) & {*projects})
    return next(last, projects[0])
